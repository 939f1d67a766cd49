import pytest

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.applications.eligibility import ConfirmEligibility, NotSubmitted
from domain.applications.policies import when_application_reinstated, when_application_submitted
from domain.decision import NotYourRole
from events.applications import (
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityConfirmed,
    EligibilityFailed,
    Profile,
)
from events.cohorts import CohortCompleted
from events.people import ConsentGiven, ConsentWithdrawn, PersonErased
from events.terms import Area, Background, Profession, Purpose, Role, Side
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    registered,
)
from tests.scenes.given import Given, given
from tests.scenes.pairs import recorded

CHECK = ConfirmEligibility(application_id=application(ADA))
CARER = Profile(area=Area.KENT, background=Background.CARER)
NURSE = Profile(area=Area.KENT, profession=Profession.NURSE)
STARTED = ApplicationStarted(
    application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=PATIENT
)
WITHDRAWN = ApplicationWithdrawn(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    reason="application.no-time",
)
REINSTATED = ApplicationReinstated(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    reason="application.mistake",
)
AGREED = ConsentGiven(person_id=ADA)


def submitted(
    side: Side = PATIENT, profile: Profile = CARER, experiences: int = 1
) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=side,
        profile=profile,
        experiences=experiences,
        interest="I want to help.",
        leadership="I run a newsletter." if experiences else None,
    )


def handed_in(side: Side = PATIENT, profile: Profile = CARER, experiences: int = 1) -> Given:
    begun = STARTED.model_copy(update={"side": side})
    return given(registered(ADA), AGREED, begun, submitted(side, profile, experiences))


def confirmed(side: Side = PATIENT) -> EligibilityConfirmed:
    return EligibilityConfirmed(
        application_id=application(ADA), cohort_id=AUTUMN, person_id=ADA, side=side
    )


def failed(*reasons: str, side: Side = PATIENT) -> EligibilityFailed:
    return EligibilityFailed(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=side,
        reasons=tuple(f"eligibility.{reason}" for reason in reasons),
    )


@pytest.mark.parametrize("background", Background)
def test_one_leadership_experience_is_enough_for_anybody(background: Background) -> None:
    profile = Profile(area=Area.KENT, background=background)
    handed_in(profile=profile).when(CHECK).then(confirmed()).when(CHECK).then_already_so()


@pytest.mark.parametrize("profession", Profession)
def test_every_profession_of_healthcare_is_welcome(profession: Profession) -> None:
    profile = Profile(area=Area.KENT, profession=profession)
    handed_in(HEALTHCARE, profile).when(CHECK).then(confirmed(HEALTHCARE))


def test_no_leadership_experience_is_not_enough() -> None:
    handed_in(experiences=0).when(CHECK).then(failed("no-leadership-experience")).when(
        CHECK
    ).then_already_so()


def test_each_side_tells_what_brings_it_and_the_other_sides_answer_does_not_count() -> None:
    handed_in(PATIENT, NURSE).when(CHECK).then(failed("no-background"))
    handed_in(HEALTHCARE, CARER).when(CHECK).then(failed("no-profession", side=HEALTHCARE))


def test_without_consent_nothing_goes_on() -> None:
    begun = (registered(ADA), registered(BEN), STARTED)
    given(*begun, submitted()).when(CHECK).then(failed("no-consent"))
    for no in (
        (ConsentGiven(person_id=BEN),),
        (ConsentGiven(person_id=ADA, purpose=Purpose.RESEARCH),),
        (AGREED, ConsentWithdrawn(person_id=ADA)),
    ):
        given(*begun, *no, submitted()).when(CHECK).then(failed("no-consent"))


def test_every_reason_is_told_and_not_only_the_first() -> None:
    given(registered(ADA), STARTED, submitted(profile=NURSE, experiences=0)).when(CHECK).then(
        failed("no-leadership-experience", "no-background", "no-consent")
    )


def test_what_was_erased_counts_for_nothing() -> None:
    gone = PersonErased(person_id=ADA)
    given(handed_in().facts, gone).when(CHECK).then(
        failed("no-leadership-experience", "no-background")
    )
    given(handed_in(HEALTHCARE, NURSE).facts, gone).when(CHECK).then(
        failed("no-leadership-experience", "no-profession", side=HEALTHCARE)
    )


def test_a_draft_is_not_judged() -> None:
    given(registered(ADA), STARTED).when(CHECK).then_refused(NotSubmitted)


def test_what_was_taken_back_is_not_judged() -> None:
    given(*handed_in().facts, WITHDRAWN).when(CHECK).then_refused(ApplicationIsWithdrawn)


def test_what_was_taken_back_before_anybody_looked_is_judged_when_it_goes_on() -> None:
    (follows,) = when_application_reinstated(recorded(REINSTATED))
    given(*handed_in().facts, WITHDRAWN, REINSTATED).when(follows, role=Role.SYSTEM).then(
        confirmed()
    )


def test_an_answer_stays_when_an_application_goes_on() -> None:
    given(*handed_in().facts, confirmed(), WITHDRAWN, REINSTATED).when(CHECK).then_already_so()


def test_an_unknown_application_is_not_judged() -> None:
    handed_in().when(ConfirmEligibility(application_id=application(ADA, SPRING))).then_refused(
        UnknownApplication
    )


def test_applicants_do_not_judge_themselves() -> None:
    handed_in().when(CHECK, by=ADA, role=Role.APPLICANT).then_refused(NotYourRole)


def test_whatever_is_handed_in_is_judged_by_itself() -> None:
    assert list(when_application_submitted(recorded(submitted()))) == [CHECK]


def test_who_went_on_just_before_a_cohort_was_over_has_their_answer_all_the_same() -> None:
    """Nobody would look again, if that is taken back."""
    over = CohortCompleted(cohort_id=AUTUMN)
    scene = given(registered(ADA), AGREED, STARTED, submitted(), WITHDRAWN, REINSTATED, over)
    scene.when(CHECK, role=Role.SYSTEM).then_kinds(EligibilityConfirmed)
