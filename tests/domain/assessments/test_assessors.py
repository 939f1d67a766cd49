import pytest

from domain.applications.application import ApplicationIsWithdrawn, UnknownApplication
from domain.assessments.assessment import (
    AlreadyDecided,
    NotAssigned,
    NotToAssess,
    TooClose,
)
from domain.assessments.assessors import (
    AppointAssessor,
    AssignAssessor,
    DeclareConflict,
    OwnApplication,
)
from domain.assessments.members import NotAppointed
from domain.cohorts.cohort import UnknownCohort
from domain.decision import NotYourRole, NotYours
from domain.people.person import HARD, PersonIsErased, UnknownPerson
from domain.roles.granting import NotToYourself
from events.assessments import (
    AssessmentsAwaited,
    AssessorAppointed,
    AssessorAssigned,
    ConflictDeclared,
)
from events.ids import PersonId
from events.people import PersonErased, RelationshipDeclared
from events.roles import RoleWithdrawn
from events.terms import Relationship, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    CARYS,
    CLEO,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    applied,
    eligible,
    opened,
    registered,
)
from tests.scenes.given import given
from tests.scenes.selection import (
    SAID,
    appointed,
    assessed,
    assigned,
    conflict,
    decision,
    withdrawn,
)

CLEO_FOR_ADA = AssignAssessor(application_id=application(ADA), assessor_id=CLEO)


def declares(kind: Relationship) -> DeclareConflict:
    return DeclareConflict(application_id=application(ADA), assessor_id=CLEO, kind=kind)


def test_nobody_appoints_themselves() -> None:
    wish = AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    before = given(opened(), registered(CLEO))
    before.when(wish, by=CLEO).then_refused(NotToYourself)
    so = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    given(before.facts, so).when(wish, by=CLEO).then_already_so()


def test_whose_appointment_was_withdrawn_is_given_nothing_until_they_are_appointed_again() -> None:
    so = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    gone = RoleWithdrawn(
        person_id=CLEO, cohort_id=AUTUMN, role=Role.ASSESSOR, reason="role.stepped-down"
    )
    before = given(opened(), eligible(ADA, PATIENT), registered(CLEO), so, gone)
    before.when(CLEO_FOR_ADA).then_refused(NotAppointed)
    wish = AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    before.when(wish).then(so)


def test_an_assessor_is_appointed_once() -> None:
    wish = AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    fact = AssessorAppointed(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    given(opened(), registered(CLEO)).when(wish).then(fact).when(wish).then_already_so()


def test_a_wrong_kind_of_membership_is_put_right() -> None:
    given(opened(), appointed(CLEO)).when(
        AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    ).then_kinds(AssessorAppointed)


def test_nobody_is_appointed_to_a_cohort_that_does_not_exist() -> None:
    given(registered(CLEO)).when(
        AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    ).then_refused(UnknownCohort)


def test_somebody_unknown_is_not_appointed() -> None:
    given(opened()).when(
        AppointAssessor(cohort_id=AUTUMN, assessor_id=NOBODY, lay=True)
    ).then_refused(UnknownPerson)


def test_somebody_who_was_erased_is_not_appointed() -> None:
    given(opened(), registered(CLEO), PersonErased(person_id=CLEO)).when(
        AppointAssessor(cohort_id=AUTUMN, assessor_id=CLEO, lay=True)
    ).then_refused(PersonIsErased)


def test_an_application_is_given_to_an_assessor_once() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO, lay=True)).when(CLEO_FOR_ADA).then(
        assigned(CLEO, ADA, lay=True), SAID
    ).when(CLEO_FOR_ADA).then_already_so()


def test_an_application_that_does_not_exist_is_given_to_nobody() -> None:
    given(opened(), appointed(CLEO)).when(CLEO_FOR_ADA).then_refused(UnknownApplication)


def test_an_application_that_was_not_checked_is_given_to_nobody() -> None:
    given(opened(), applied(ADA, PATIENT), appointed(CLEO)).when(CLEO_FOR_ADA).then_refused(
        NotToAssess
    )


def test_a_withdrawn_application_is_given_to_nobody() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO), withdrawn(ADA, PATIENT)).when(
        CLEO_FOR_ADA
    ).then_refused(ApplicationIsWithdrawn)


def test_somebody_who_was_not_appointed_is_no_assessor() -> None:
    given(opened(), eligible(ADA, PATIENT), registered(CLEO)).when(CLEO_FOR_ADA).then_refused(
        NotAppointed
    )


def test_an_assessor_of_another_cohort_is_no_assessor_here() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO, cohort=SPRING)).when(
        CLEO_FOR_ADA
    ).then_refused(NotAppointed)


def test_nobody_assesses_themselves() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(ADA)).when(
        AssignAssessor(application_id=application(ADA), assessor_id=ADA)
    ).then_refused(OwnApplication)


@pytest.mark.parametrize("kind", sorted(HARD))
@pytest.mark.parametrize("says", [(ADA, CLEO), (CLEO, ADA)])
def test_nobody_assesses_somebody_they_are_close_to(
    kind: Relationship, says: tuple[str, str]
) -> None:
    tie = RelationshipDeclared.model_validate(
        {"person_id": says[0], "other_id": says[1], "kind": kind}
    )
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO), tie).when(CLEO_FOR_ADA).then_refused(
        TooClose
    )


def test_an_acquaintance_may_assess() -> None:
    tie = RelationshipDeclared(person_id=CLEO, other_id=ADA, kind=Relationship.ACQUAINTED)
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO), tie).when(CLEO_FOR_ADA).then(
        assigned(CLEO, ADA), SAID
    )


@pytest.mark.parametrize("says", [(ADA, CLEO), (CLEO, ADA)])
def test_nobody_assesses_somebody_to_whom_they_stood_in_a_way_that_was_erased(
    says: tuple[PersonId, PersonId],
) -> None:
    tie = RelationshipDeclared(person_id=says[0], other_id=says[1], kind=Relationship.ACQUAINTED)
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO), tie, PersonErased(person_id=ADA)).when(
        CLEO_FOR_ADA
    ).then_refused(PersonIsErased)


def test_who_was_erased_is_given_nothing_to_assess() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO), PersonErased(person_id=CLEO)).when(
        CLEO_FOR_ADA
    ).then_refused(PersonIsErased)


def test_what_an_erased_person_said_of_others_keeps_nobody_from_assessing() -> None:
    ties = [
        RelationshipDeclared(person_id=AMINA, other_id=who, kind=Relationship.FAMILY)
        for who in (ADA, CLEO)
    ]
    given(
        opened(), eligible(ADA, PATIENT), appointed(CLEO), ties, PersonErased(person_id=AMINA)
    ).when(CLEO_FOR_ADA).then_kinds(AssessorAssigned, AssessmentsAwaited)


def test_a_hard_conflict_can_not_be_waived() -> None:
    given(
        opened(),
        eligible(ADA, PATIENT),
        appointed(CLEO),
        assigned(CLEO, ADA),
        conflict(CLEO, ADA, Relationship.HOUSEHOLD),
    ).when(CLEO_FOR_ADA).then_refused(TooClose)


def test_what_is_decided_is_given_to_nobody_else() -> None:
    given(opened(), assessed(ADA, PATIENT), decision(ADA, PATIENT), appointed(AMINA)).when(
        AssignAssessor(application_id=application(ADA), assessor_id=AMINA)
    ).then_refused(AlreadyDecided)


@pytest.mark.parametrize("kind", Relationship)
def test_a_conflict_is_recorded_once(kind: Relationship) -> None:
    given(eligible(ADA, PATIENT), appointed(CLEO), assigned(CLEO, ADA)).when(
        declares(kind), by=CLEO, role=Role.ASSESSOR
    ).then(conflict(CLEO, ADA, kind)).when(declares(kind)).then_already_so()


def test_a_hard_conflict_can_follow_a_soft_one() -> None:
    given(
        eligible(ADA, PATIENT),
        assigned(CLEO, ADA),
        conflict(CLEO, ADA, Relationship.ACQUAINTED),
    ).when(declares(Relationship.TEAM)).then_kinds(ConflictDeclared)


def test_only_who_was_assigned_has_a_conflict_to_declare() -> None:
    given(eligible(ADA, PATIENT), appointed(CLEO), assigned(CARYS, ADA)).when(
        declares(Relationship.TEAM)
    ).then_refused(NotAssigned)


def test_a_conflict_over_an_application_that_does_not_exist_is_none() -> None:
    given(appointed(CLEO)).when(declares(Relationship.TEAM)).then_refused(UnknownApplication)


def test_an_assessor_declares_for_themselves_only() -> None:
    given(eligible(ADA, PATIENT), assigned(CLEO, ADA)).when(
        declares(Relationship.TEAM), by=CARYS, role=Role.ASSESSOR
    ).then_refused(NotYours)


def test_an_assessor_assigns_nobody() -> None:
    given(opened(), eligible(ADA, PATIENT), appointed(CLEO)).when(
        CLEO_FOR_ADA, by=CLEO, role=Role.ASSESSOR
    ).then_refused(NotYourRole)
