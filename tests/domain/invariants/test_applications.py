"""What must hold of applications: each invariant has a history that breaks it."""

from datetime import UTC, date, datetime

from events.applications import ApplicationStarted, EligibilityConfirmed, EligibilityFailed
from events.cohorts import ExtensionGranted
from events.ids import ApplicationId
from events.personal import ERASED
from events.reasons import PersonReasonPutRight
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    eligible,
    opened,
    registered,
)
from tests.scenes.given import NOON
from tests.scenes.judged import DAY, breaks, each, judged, told
from tests.scenes.selection import reinstated, withdrawn

ANOTHER = ApplicationId.derived(NOON, "another one")
CLOSED = datetime(2024, 10, 11, 23, tzinfo=UTC)  # midnight in London
LONGER = ExtensionGranted(
    cohort_id=AUTUMN, person_id=ADA, until=date(2024, 10, 20), reason="extension.our-delay"
)


def begun(which: ApplicationId = ANOTHER, side: str = "patient-leader") -> ApplicationStarted:
    fact = {"application_id": which, "cohort_id": AUTUMN, "person_id": ADA, "side": side}
    return ApplicationStarted.model_validate(fact)


def not_eligible(*reasons: str) -> EligibilityFailed:
    mine = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA}
    return EligibilityFailed.model_validate({**mine, "side": PATIENT, "reasons": reasons})


def test_two_live_applications_of_one_person_are_found() -> None:
    name = "applications.one-live"
    breaks(name, [opened(), applied(ADA, PATIENT)], begun())
    again = [*applied(ADA, PATIENT), withdrawn(ADA, PATIENT), begun()]
    breaks(name, again, reinstated(ADA, PATIENT))


def test_an_application_is_of_one_person_from_one_side() -> None:
    other_side = begun(application(ADA), HEALTHCARE)
    name = "applications.of-one-person"
    breaks(name, [opened(), applied(ADA, PATIENT)], other_side)
    why = {"of": "role.withdrawn", "reason": "role.other-reason", "role": Role.HOST}
    of_none = [PersonReasonPutRight.model_validate({"person_id": it, **why}) for it in (ADA, BEN)]
    assert judged(of_none).of(name) == [], "a reason that is of no application"


def test_what_comes_in_outside_the_window_is_found() -> None:
    name = "applications.inside-the-window"
    breaks(name, [opened(), registered(ADA)], told(begun(), at=CLOSED))
    breaks(name, [opened(), registered(ADA)], told(begun(), at=datetime(2024, 9, 1, tzinfo=UTC)))
    longer = [*opened(), registered(ADA), LONGER]
    breaks(name, longer, told(begun(), at=CLOSED + 9 * DAY), sealed=False)
    assert judged([longer, told(begun(), at=CLOSED + 8 * DAY)]).of(name) == []


def test_an_extension_that_nobody_can_read_may_have_been_enough() -> None:
    longer = LONGER.model_copy(update={"until": ERASED})
    history = [opened(), longer, told(begun(), at=CLOSED + 9 * DAY)]
    assert judged(history).of("applications.inside-the-window") == []


def test_eligible_without_any_experience_is_found() -> None:
    name = "applications.complete-when-eligible"
    facts = [*opened(), *eligible(ADA, PATIENT)]
    *before, eligible_ = facts  # the cast's profile names no background
    breaks(name, before, eligible_)
    erased = [
        one.model_copy(update={"profile": ERASED}) if hasattr(one, "profile") else one
        for one in facts
    ]
    assert judged(erased).of(name) == []


def test_who_is_not_eligible_is_told_why() -> None:
    name = "applications.told-why-not-eligible"
    breaks(name, [opened(), applied(ADA, PATIENT)], not_eligible())
    assert judged([*applied(ADA, PATIENT), not_eligible("eligibility.no-consent")]).of(name) == []


def test_an_application_goes_step_by_step() -> None:
    name = "applications.step-by-step"
    confirmed = EligibilityConfirmed(
        application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
    )
    breaks(name, [opened(), begun(application(ADA))], confirmed)
    back = [*eligible(ADA, PATIENT), withdrawn(ADA, PATIENT)]
    breaks(name, back, *each(withdrawn(ADA, PATIENT)))
    breaks(name, list(eligible(ADA, PATIENT)), reinstated(ADA, PATIENT))
    assert judged([*back, reinstated(ADA, PATIENT), withdrawn(ADA, PATIENT)]).of(name) == []
