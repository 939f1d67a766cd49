from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.cohorts.cohort import CohortIsCancelled
from domain.decision import NotYourRole, NotYours
from domain.offers.offer import AcceptOffer, Membership, NotOnTheCohort
from domain.offers.places import (
    ConfirmEmployerRelease,
    GiveUpPlace,
    GiveUpReason,
    NoReleaseNeeded,
)
from events.cohorts import CohortCancelled
from events.offers import (
    EmployerAwaited,
    EmployerReleaseConfirmed,
    OfferAccepted,
    PlaceConfirmed,
    PlaceGivenUp,
)
from events.terms import Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    confirmed,
    eligible,
    opened,
)
from tests.scenes.given import folded, given
from tests.scenes.selection import RELEASE_DAY, accepted, offered, withdrawn

RELEASED = ConfirmEmployerRelease(application_id=application(BEN))
YES = AcceptOffer(application_id=application(BEN))


def gives_up(who: str, cohort: str = AUTUMN) -> GiveUpPlace:
    return GiveUpPlace.model_validate(
        {"cohort_id": cohort, "person_id": who, "reason": GiveUpReason.WORK}
    )


def test_the_release_after_the_yes_makes_the_place_firm() -> None:
    given(opened(), offered(BEN, HEALTHCARE)).when(YES, at=RELEASE_DAY).then_kinds(
        OfferAccepted, EmployerAwaited
    ).when(RELEASED, at=RELEASE_DAY).then_kinds(EmployerReleaseConfirmed, PlaceConfirmed).when(
        RELEASED, at=RELEASE_DAY
    ).then_already_so()


def test_the_yes_after_the_release_makes_the_place_firm() -> None:
    given(opened(), offered(BEN, HEALTHCARE)).when(RELEASED).then_kinds(
        EmployerReleaseConfirmed
    ).when(YES, at=RELEASE_DAY).then_kinds(OfferAccepted, PlaceConfirmed)


def test_the_release_of_one_is_not_the_release_of_another() -> None:
    given(opened(), offered(BEN, HEALTHCARE), offered(BOLA, HEALTHCARE)).when(
        ConfirmEmployerRelease(application_id=application(BOLA))
    ).then_kinds(EmployerReleaseConfirmed).when(YES, at=RELEASE_DAY).then_kinds(
        OfferAccepted, EmployerAwaited
    )


def test_a_release_alone_is_no_place() -> None:
    given(opened(), eligible(BEN, HEALTHCARE)).when(RELEASED).then_kinds(EmployerReleaseConfirmed)


def test_a_patient_leader_needs_no_release() -> None:
    given(opened(), offered(ADA, PATIENT)).when(
        ConfirmEmployerRelease(application_id=application(ADA))
    ).then_refused(NoReleaseNeeded)


def test_a_release_for_an_application_that_does_not_exist_is_refused() -> None:
    given(opened()).when(RELEASED).then_refused(UnknownApplication)


def test_a_release_for_a_withdrawn_application_is_refused() -> None:
    given(
        opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), withdrawn(BEN, HEALTHCARE)
    ).when(RELEASED).then_refused(ApplicationIsWithdrawn)


def test_nobody_comes_on_a_cancelled_cohort() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.too-few")
    given(opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), off).when(
        RELEASED
    ).then_refused(CohortIsCancelled)


def test_nobody_releases_themselves() -> None:
    given(opened(), offered(BEN, HEALTHCARE)).when(
        RELEASED, by=BEN, role=Role.APPLICANT
    ).then_refused(NotYourRole)


def test_a_place_is_given_up_once() -> None:
    left = (
        given(opened(), confirmed(ADA, PATIENT))
        .when(gives_up(ADA), by=ADA, role=Role.PARTICIPANT)
        .then(
            PlaceGivenUp(
                application_id=application(ADA),
                cohort_id=AUTUMN,
                person_id=ADA,
                side=PATIENT,
                reason="place.work",
            )
        )
    )
    left.when(gives_up(ADA)).then_already_so()
    assert not folded(Membership(AUTUMN, ADA), left.facts).confirmed


def test_a_yes_without_the_employer_can_be_given_up_too() -> None:
    given(opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE)).when(
        gives_up(BEN)
    ).then_kinds(PlaceGivenUp)


def test_who_has_no_place_has_none_to_give_up() -> None:
    given(opened(), offered(ADA, PATIENT)).when(gives_up(ADA)).then_refused(NotOnTheCohort)
    given(opened()).when(gives_up(ADA)).then_refused(NotOnTheCohort)


def test_a_place_on_another_cohort_is_not_given_up_here() -> None:
    given(opened(), opened(SPRING), confirmed(ADA, PATIENT)).when(
        gives_up(ADA, SPRING)
    ).then_refused(NotOnTheCohort)


def test_nobody_gives_up_somebody_elses_place() -> None:
    given(opened(), confirmed(ADA, PATIENT)).when(
        gives_up(ADA), by=BEN, role=Role.PARTICIPANT
    ).then_refused(NotYours)
