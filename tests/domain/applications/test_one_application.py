from collections import Counter
from typing import Any

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from domain.applications.applying import StartApplication, SubmitApplication
from domain.applications.eligibility import ConfirmEligibility
from domain.applications.withdrawals import (
    ReinstatementReason,
    WithdrawalReason,
    WithdrawApplication,
)
from domain.offers.reinstating import ReinstateApplication
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationWithdrawn,
    EligibilityFailed,
    Profile,
)
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.people import ConsentGiven
from events.terms import Area, Background, Side
from tests.scenes.cast import ADA, AUTUMN, BEN, SPRING, opened, registered
from tests.scenes.given import Given, given

PEOPLE, COHORTS = (ADA, BEN), (AUTUMN, SPRING)
CARER = Profile(area=Area.DORSET, background=Background.CARER)

whose = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(COHORTS), st.sampled_from(Side))
wishes = st.one_of(
    st.tuples(st.just("start"), whose),
    st.tuples(st.just("submit"), whose),
    st.tuples(st.sampled_from(("judge", "withdraw", "reinstate")), st.integers(0, 3)),
)


def submit(person_id: PersonId, cohort_id: CohortId, side: Side) -> SubmitApplication:
    return SubmitApplication(
        cohort_id=cohort_id,
        person_id=person_id,
        side=side,
        profile=CARER,
        experiences=1,
        interest="I want to help.",
        leadership="I run a newsletter.",
    )


def command(kind: str, about: Any, applications: list[ApplicationId]) -> Any:
    match kind:
        case "start":
            person_id, cohort_id, side = about
            return StartApplication(cohort_id=cohort_id, person_id=person_id, side=side)
        case "submit":
            return submit(*about)
    if not applications:
        return None
    application_id = applications[about % len(applications)]
    match kind:
        case "judge":
            return ConfirmEligibility(application_id=application_id)
        case "withdraw":
            return WithdrawApplication(
                application_id=application_id, reason=WithdrawalReason.CHANGED_MIND
            )
    return ReinstateApplication(application_id=application_id, reason=ReinstatementReason.MISTAKE)


def live(facts: list[Event]) -> Counter[tuple[PersonId, CohortId]]:
    """How many applications of each person for each cohort are neither taken back nor refused."""
    found: dict[ApplicationId, tuple[PersonId, CohortId]] = {}
    for fact in facts:
        match fact:
            case ApplicationStarted() | ApplicationReinstated():
                found[fact.application_id] = (fact.person_id, fact.cohort_id)
            case ApplicationWithdrawn() | EligibilityFailed():
                found.pop(fact.application_id, None)
    return Counter(found.values())


@settings(max_examples=60, deadline=None)
@over(st.lists(wishes, max_size=24))
def test_one_person_has_at_most_one_live_application_for_a_cohort(
    wanted: list[tuple[str, Any]],
) -> None:
    scene: Given = given(
        opened(), opened(SPRING), registered(ADA), registered(BEN), ConsentGiven(person_id=ADA)
    )
    for number, (kind, about) in enumerate(wanted):
        known = [f.application_id for f in scene.facts if isinstance(f, ApplicationStarted)]
        if wish := command(kind, about, known):
            result = scene.when(wish, named=f"wish {number}")
            scene = given(*result.facts, *result.new)
        assert max(live(list(scene.facts)).values(), default=0) <= 1
