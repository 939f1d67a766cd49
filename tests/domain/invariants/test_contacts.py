"""What must hold of contacts: each invariant has a history that breaks it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.calendar import end_of
from events.cohorts import CohortCancelled
from events.contacts import CONTACT_IS_TOLD
from events.event import Event
from events.offers import PlaceGivenBack, ReserveEnded
from events.people import PersonErased
from events.projects import ProjectStopped
from tests.scenes.cast import ADA, AUTUMN, BEN, BOLA, HEALTHCARE, application, opened
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
from tests.scenes.selection import waits

LAPSED = datetime(2025, 5, 30, 23, tzinfo=UTC)  # midnight in London
HOUR = timedelta(hours=1)
BENS: Any = {
    "application_id": application(BEN),
    "cohort_id": AUTUMN,
    "person_id": BEN,
    "side": HEALTHCARE,
}
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


def test_whoever_has_a_part_again_may_have_contacts_again() -> None:
    name = "contacts.end-with-what-they-are-for"
    gone = [*there(), *left(BEN, HEALTHCARE)]
    back = PlaceGivenBack(**BENS, reason="place.given-up-in-error")
    still_holds(name, [*gone, back, line_manager(BEN), kept()], NOON + 2 * HOUR)
    history = [*gone, line_manager(BEN), kept()]
    stands(name, history, until=NOON, from_then=NOON + 2 * HOUR)


def test_a_contact_is_not_kept_for_somebody_for_whom_no_place_came_free() -> None:
    name = "contacts.end-with-what-they-are-for"
    named = [*opened(), *waits(BEN, HEALTHCARE, 1), line_manager(BEN), kept()]
    still_holds(name, named, NOON + 2 * HOUR)
    stands(name, [*named, ReserveEnded(**BENS)], until=NOON, from_then=NOON + 2 * HOUR)


def test_one_of_two_applications_that_is_over_ends_no_contact() -> None:
    name = "contacts.end-with-what-they-are-for"
    twice = {**BENS, "application_id": application(BOLA)}
    over = ApplicationWithdrawn(**twice, reason="application.changed-mind")
    history = [*mae(), ApplicationStarted.model_validate(twice), over]
    still_holds(name, history, NOON + 2 * HOUR)


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
