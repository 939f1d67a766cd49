from domain.decision import NotYours
from domain.reflections.reflections import (
    NotThere,
    NotYourReflection,
    ReflectionIsWithdrawn,
    ShareReflection,
    SubmitReflection,
    UnknownReflection,
    WithdrawReflection,
)
from domain.workshops.workshop import UnknownWorkshop
from events.ids import ReflectionId
from events.reflections import ReflectionShared, ReflectionSubmitted, ReflectionWithdrawn
from events.terms import Role
from events.workshops import AttendanceCorrected, WorkshopMadeUp
from tests.scenes.cast import ADA, AUTUMN, BEN
from tests.scenes.given import NOON, command_id, given
from tests.scenes.training import MEETING_DAY, SKILLS_DAY, came, four_people, three_days

WORDS = "I was nervous, and then we laughed."
MINE = ReflectionId.derived(NOON, command_id())
SUBMIT = SubmitReflection(workshop_id=SKILLS_DAY, person_id=ADA, words=WORDS)
SHARE = ShareReflection(reflection_id=MINE, person_id=ADA)
WITHDRAW = WithdrawReflection(reflection_id=MINE, person_id=ADA)
SUBMITTED = ReflectionSubmitted(
    reflection_id=MINE, workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA, words=WORDS
)
SHARED = ReflectionShared(reflection_id=MINE, cohort_id=AUTUMN, person_id=ADA)
WITHDRAWN = ReflectionWithdrawn(reflection_id=MINE, cohort_id=AUTUMN, person_id=ADA)


def test_who_came_looks_back_as_often_as_they_like() -> None:
    scene = given(three_days(), four_people(), came(ADA)).when(SUBMIT).then(SUBMITTED)
    scene.when(SUBMIT, named="another wish").then_kinds(ReflectionSubmitted)


def test_who_made_a_workshop_up_looks_back_too() -> None:
    made_up = WorkshopMadeUp(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=ADA, how="make-up.online"
    )
    given(three_days(), four_people(), made_up).when(SUBMIT).then(SUBMITTED)


def test_who_was_not_there_has_nothing_to_look_back_on() -> None:
    scene = given(three_days(), four_people(), came(BEN), came(ADA, MEETING_DAY))
    scene.when(SUBMIT).then_refused(NotThere)
    mistaken = AttendanceCorrected(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        person_id=ADA,
        attended=False,
        reason="attendance.left-early",
    )
    given(scene.facts, came(ADA), mistaken).when(SUBMIT).then_refused(NotThere)
    given(four_people()).when(SUBMIT).then_refused(UnknownWorkshop)


def test_nobody_looks_back_for_somebody_else() -> None:
    scene = given(three_days(), four_people(), came(ADA))
    scene.when(SUBMIT, by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    scene.when(SUBMIT, by=ADA, role=Role.PARTICIPANT).then_kinds(ReflectionSubmitted)


def test_a_reflection_is_shared_once_by_who_wrote_it() -> None:
    scene = given(SUBMITTED)
    scene.when(SHARE).then(SHARED).when(SHARE).then_already_so()
    scene.when(ShareReflection(reflection_id=MINE, person_id=BEN)).then_refused(NotYourReflection)
    scene.when(SHARE, by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    given().when(SHARE).then_refused(UnknownReflection)


def test_a_reflection_is_taken_back_once_by_who_wrote_it() -> None:
    scene = given(SUBMITTED, SHARED)
    taken_back = scene.when(WITHDRAW).then(WITHDRAWN)
    taken_back.when(WITHDRAW).then_already_so()
    given(SUBMITTED, WITHDRAWN).when(SHARE).then_refused(ReflectionIsWithdrawn)
    scene.when(WithdrawReflection(reflection_id=MINE, person_id=BEN)).then_refused(
        NotYourReflection
    )
    given().when(WITHDRAW).then_refused(UnknownReflection)
