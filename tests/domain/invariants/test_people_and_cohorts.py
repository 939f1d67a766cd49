"""What must hold of people and cohorts: each invariant has a history that breaks it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from events.applications import ApplicationWithdrawn
from events.cohorts import (
    ApplicationsClosed,
    ApplicationsOpened,
    CohortCancelled,
    CohortCompleted,
    CohortStarted,
    DecisionsReleased,
    ReleaseOverdue,
)
from events.offers import ReserveEnded
from events.people import ConsentGiven, ConsentWithdrawn, PersonErased
from events.terms import Purpose
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
    planned,
    registered,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, judged, stands, told
from tests.scenes.pairs import active, cohort_of, ended, left, proposed, yes
from tests.scenes.selection import RELEASE_DAY, offer, offered
from tests.scenes.training import booking, skills_day

CLOSED = datetime(2024, 10, 11, 23, tzinfo=UTC)  # midnight in London
CANCELLED = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
RELEASED = DecisionsReleased(cohort_id=AUTUMN)


def test_nothing_new_is_kept_of_somebody_who_was_erased() -> None:
    before = [opened(), applied(ADA, PATIENT), PersonErased(person_id=ADA)]
    breaks("people.nothing-new-of-the-erased", before, offer(ADA, PATIENT))


def test_one_person_is_registered_once() -> None:
    breaks("people.registered-once", [registered(ADA)], registered(ADA))


def test_a_cohort_is_planned_once() -> None:
    breaks("cohorts.planned-once", [planned()], planned())


def test_a_cohort_takes_each_step_once_and_in_order() -> None:
    name = "cohorts.step-by-step"
    released = [planned(), *opened()][1:]
    breaks(name, released, ApplicationsOpened(cohort_id=AUTUMN))
    breaks(name, [planned()], CohortStarted(cohort_id=AUTUMN))
    breaks(name, [planned()], ApplicationsClosed(cohort_id=AUTUMN))
    ran = [planned(), RELEASED, CohortStarted(cohort_id=AUTUMN), CohortCompleted(cohort_id=AUTUMN)]
    breaks(name, ran, CANCELLED)


def test_applications_are_open_on_the_days_for_them() -> None:
    name = "cohorts.opened-and-closed-on-its-days"
    early = datetime(2024, 8, 1, tzinfo=UTC)
    breaks(name, [told(planned(), at=early)], told(ApplicationsOpened(cohort_id=AUTUMN), at=early))
    breaks(name, list(opened()), told(ApplicationsClosed(cohort_id=AUTUMN), at=CLOSED - DAY))


def test_decisions_are_not_released_before_their_day() -> None:
    breaks("cohorts.released-on-its-day", list(opened()), told(RELEASED, at=RELEASE_DAY - DAY))
    on_the_day = judged([opened(), told(RELEASED, at=RELEASE_DAY)], RELEASE_DAY)
    assert on_the_day.of("cohorts.released-on-its-day") == []


def test_nothing_goes_on_of_a_cohort_that_was_cancelled() -> None:
    name = "cohorts.nothing-goes-on-when-cancelled"
    breaks(name, [*offered(ADA, PATIENT), CANCELLED], offer(ADA, PATIENT))
    both = [*cohort_of(ADA, beside=(BEN,)), proposed()]
    breaks(name, [*both, CANCELLED], yes(BEN))
    breaks(name, [*both, skills_day(), CANCELLED], booking(ADA))


def test_what_people_had_of_a_cancelled_cohort_may_come_to_its_end() -> None:
    history = [cohort_of(ADA, beside=(BEN,)), active(), CANCELLED, left(BEN, HEALTHCARE), ended()]
    assert judged(history).of("cohorts.nothing-goes-on-when-cancelled") == []


def test_what_belongs_to_a_cancelled_cohort_and_does_not_end_is_found() -> None:
    name = "cohorts.all-ends-when-cancelled"
    both = [*cohort_of(ADA, beside=(BEN,)), *active(), skills_day()]
    off = told(CANCELLED, at=CLOSED)
    later = told(registered(CLEO), at=CLOSED + DAY)
    found = judged([*both, off, later], CLOSED + DAY).of(name)
    assert len(found) == 4  # two applications, their pairing and a workshop


def test_a_cohort_that_never_closes_is_found() -> None:
    name = "cohorts.closing-not-forgotten"
    stands(name, list(opened()), until=CLOSED + DAY, from_then=CLOSED + 3 * DAY)
    closed = [*opened(), told(ApplicationsClosed(cohort_id=AUTUMN), at=CLOSED)]
    assert (
        judged([*closed, told(registered(ADA), at=CLOSED + 9 * DAY)], CLOSED + 9 * DAY).of(name)
        == []
    )


def test_that_everybody_hears_late_is_said_once_for_each_day_and_not_forgotten() -> None:
    over, day = datetime(2024, 11, 5, tzinfo=UTC), date(2024, 11, 4)
    late = ReleaseOverdue(cohort_id=AUTUMN, decisions_on=day)
    here = list(opened())
    said = told(late, at=over)
    name = "cohorts.release-overdue-once"
    assert judged([*here, said]).of(name) == []
    breaks(name, here, told(late, at=over - timedelta(minutes=1)))
    breaks(name, [*here, said], told(late, at=over + DAY))
    breaks(name, [*here, told(DecisionsReleased(cohort_id=AUTUMN), at=over)], said)
    other = ReleaseOverdue(cohort_id=AUTUMN, decisions_on=day - DAY)
    breaks(name, here, told(other, at=over))
    name = "cohorts.lateness-not-forgotten"
    stands(name, here, until=over + DAY, from_then=over + 3 * DAY)
    after = over + 9 * DAY
    for right in ([said], [told(DecisionsReleased(cohort_id=AUTUMN), at=over)]):
        assert judged([*here, *right, told(registered(ADA), at=after)], after).of(name) == []


def test_what_is_late_is_not_lost_as_long_as_nothing_happens_at_all() -> None:
    quiet = judged(list(opened()), NOON + 300 * DAY)
    assert quiet.of("cohorts.closing-not-forgotten") == []


def test_who_took_back_their_consent_takes_no_part() -> None:
    name, no = "people.no-part-without-consent", ConsentWithdrawn(person_id=ADA)
    later, soon = NOON + timedelta(hours=9), NOON + timedelta(hours=2)
    other = told(ConsentGiven(person_id=BEN, purpose=Purpose.NEWS), at=later)
    for here in ([*opened(), *eligible(ADA, PATIENT)], [*cohort_of(ADA, beside=(BEN,)), *active()]):
        stands(name, [*here, no], until=NOON, from_then=soon)
        for right in (
            [ConsentWithdrawn(person_id=ADA, purpose=Purpose.NEWS)],
            [no, ConsentGiven(person_id=ADA)],
        ):
            assert judged([*here, *right, other], later).of(name) == []
    mine: dict[str, Any] = {
        "application_id": application(ADA),
        "cohort_id": AUTUMN,
        "person_id": ADA,
        "side": PATIENT,
    }
    gone = ApplicationWithdrawn(**mine, reason="application.consent-withdrawn")
    for over in ([no, gone], [ReserveEnded(**mine), no]):
        assert judged([*opened(), *eligible(ADA, PATIENT), *over, other], later).of(name) == []
