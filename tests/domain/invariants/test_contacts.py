"""What must hold of contacts: each invariant has a history that breaks it."""

from datetime import UTC, datetime, timedelta

from events.calendar import end_of
from events.cohorts import CohortCancelled
from events.contacts import CONTACT_IS_TOLD
from events.event import Event
from events.people import PersonErased
from events.projects import ProjectStopped
from tests.scenes.cast import ADA, AUTUMN, BEN, HEALTHCARE
from tests.scenes.contacts import (
    ANSWER_BY,
    HARI,
    agreed,
    declined,
    ended,
    host,
    kept,
    line_manager,
    unanswered,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, judged, stands, still_holds, told
from tests.scenes.pairs import cohort_of, left, pairing
from tests.scenes.projects import PROJECT, running

LAPSED = datetime(2025, 5, 30, 23, tzinfo=UTC)  # midnight in London
HOUR = timedelta(hours=1)
NO = told(declined(), ended(reason="contact.declined"))


def there() -> list[Event]:
    return [*cohort_of(ADA, beside=(BEN,)), *running()]


def mae() -> list[Event]:
    return [*there(), line_manager(BEN), kept()]


def test_a_contact_comes_step_by_step() -> None:
    name = "contacts.step-by-step"
    breaks(name, there(), kept())
    breaks(name, mae(), line_manager(BEN))
    breaks(name, mae(), kept())
    breaks(name, [*there(), line_manager(BEN)], agreed())
    breaks(name, [*mae(), agreed()], agreed())
    breaks(name, [*mae(), NO], agreed())
    breaks(name, [*mae(), ended()], ended())
    breaks(name, [*mae(), ended()], told(declined()))
    breaks(name, [*mae(), agreed()], unanswered())
    breaks(name, [*mae(), unanswered()], told(unanswered()))
    assert judged([*mae(), agreed(), NO]).of(name) == []


def test_a_no_is_the_end() -> None:
    name = "contacts.no-is-the-end"
    breaks(name, mae(), told(declined()))
    assert judged([*mae(), NO]).of(name) == []


def test_a_contact_who_never_lapses_is_found() -> None:
    name = "contacts.lapse-not-forgotten"
    stands(name, mae(), until=LAPSED + DAY, from_then=LAPSED + 3 * DAY)
    still_holds(name, [*mae(), ended()], LAPSED + 9 * DAY)


def test_a_contact_who_never_answers_is_found() -> None:
    name = "contacts.silence-not-forgotten"
    over = end_of(ANSWER_BY)
    stands(name, mae(), until=over + DAY, from_then=over + 3 * DAY)
    for then in (agreed(), unanswered(), ended()):
        still_holds(name, [*mae(), then], over + 9 * DAY)


def test_a_contact_who_is_kept_though_nobody_is_needed_is_found() -> None:
    name = "contacts.end-with-what-they-are-for"
    with_a_host = [*there(), host(PROJECT), kept(HARI)]
    stopped = ProjectStopped(
        project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN, reason="project.pair-left"
    )
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    for before, over in (
        (mae(), left(BEN, HEALTHCARE)),
        (mae(), PersonErased(person_id=BEN)),
        (with_a_host, stopped),
        (with_a_host, off),
    ):
        stands(name, [*before, over], until=NOON, from_then=NOON + 2 * HOUR)
        gone = ended() if before[-1] == kept() else ended(HARI)
        later = told(agreed(), at=NOON + 3 * HOUR)
        assert judged([*before, over, gone, later], NOON + 3 * HOUR).of(name) == []


def test_who_agreed_may_be_kept_for_a_few_days_to_hear_that_a_cohort_is_cancelled() -> None:
    name = "contacts.end-with-what-they-are-for"
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    let_go = kept(until=NOON.date() + CONTACT_IS_TOLD)
    stands(name, [*mae(), agreed(), off], until=NOON, from_then=NOON + 2 * HOUR)
    still_holds(name, [*mae(), agreed(), off, let_go], NOON + 9 * DAY)
    stands(name, [*mae(), off, let_go], until=NOON, from_then=NOON + 2 * HOUR)
    lapses = end_of(let_go.until)
    stands(
        "contacts.lapse-not-forgotten",
        [*mae(), agreed(), off, let_go],
        until=lapses + DAY,
        from_then=lapses + 3 * DAY,
    )
    assert judged([*mae(), agreed(), off, let_go]).of("contacts.step-by-step") == []
    breaks("contacts.step-by-step", [*mae(), agreed(), off, let_go], let_go)


def test_nobody_is_named_for_somebody_who_was_erased() -> None:
    erased = [*there(), PersonErased(person_id=BEN)]
    assert judged([*erased, line_manager(BEN)]).of("people.nothing-new-of-the-erased")
