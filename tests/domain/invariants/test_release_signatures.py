"""What must hold of the signatures under a release: each invariant has a history that breaks it."""

from datetime import timedelta

from events.applications import ApplicationAmended
from events.assessments import AssessorStoodDown, DecisionReopened
from events.cohorts import DecisionsReleased, ReleaseSigned
from events.event import Event
from events.ids import PROGRAMME, PersonId
from events.roles import RoleWithdrawn
from events.terms import Outcome, Relationship, Role, Side
from tests.scenes.cast import ADA, AMINA, AUTUMN, CARYS, HEALTHCARE, PATIENT, opened
from tests.scenes.given import NOON
from tests.scenes.history_choosing import about, profile_of
from tests.scenes.judged import Told, breaks, judged, told
from tests.scenes.selection import (
    SARA,
    WYN,
    co_chairs,
    conflict,
    decided,
    decision,
    reinstated,
    withdrawn,
)
from tests.scenes.team import granted

RELEASED = DecisionsReleased(cohort_id=AUTUMN)


def signs(who: PersonId, side: Side, by: PersonId | None = None) -> Told:
    mine = ReleaseSigned(cohort_id=AUTUMN, side=side, signed_by=who, decisions="0" * 64)
    return told(mine, by=by or who, role="co-chair")


def ada_is_decided() -> list[Event]:
    return [*opened(), *decided(ADA, PATIENT)]


BOTH = (signs(WYN, PATIENT), signs(SARA, HEALTHCARE))


def test_two_people_sign_one_for_each_side() -> None:
    name = "cohorts.release-signed-by-both"
    breaks(name, ada_is_decided(), told(RELEASED))
    breaks(name, [*ada_is_decided(), BOTH[0]], told(RELEASED))
    breaks(name, [*ada_is_decided(), BOTH[0], signs(WYN, HEALTHCARE)], told(RELEASED))
    breaks(name, ada_is_decided(), signs(WYN, PATIENT, by=SARA))
    assert judged([*ada_is_decided(), *BOTH, told(RELEASED)]).of(name) == []


def test_nobody_signs_what_is_decided_on_them() -> None:
    name = "cohorts.nobody-signs-for-themselves"
    breaks(name, ada_is_decided(), signs(ADA, PATIENT))
    assert judged([*ada_is_decided(), *BOTH]).of(name) == []


def test_what_is_released_is_what_was_signed() -> None:
    name = "cohorts.released-as-signed"
    before = [*ada_is_decided(), *BOTH]
    anew = decision(ADA, PATIENT, Outcome.DECLINE, reasons=("dates.do-not-fit",))
    undoing = (
        conflict(CARYS, ADA, Relationship.TEAM),
        about(AssessorStoodDown, ADA, assessor_id=CARYS, scored=True),
        about(DecisionReopened, ADA),
        about(ApplicationAmended, ADA, profile=profile_of(ADA), experiences=1, interest="More."),
    )
    for change in (anew, withdrawn(ADA, PATIENT), *undoing):
        breaks(name, [*before, change], told(RELEASED))
        assert judged([*before, change, *BOTH, told(RELEASED)]).of(name) == []
    breaks(name, [*before, anew, BOTH[0]], told(RELEASED))
    known = conflict(CARYS, ADA, Relationship.ACQUAINTED)
    idle = about(AssessorStoodDown, ADA, assessor_id=CARYS, scored=False)
    assert judged([*before, known, idle, told(RELEASED)]).of(name) == []
    for nobodys in (conflict(CARYS, AMINA, Relationship.TEAM), withdrawn(AMINA, PATIENT)):
        assert judged([*before, nobodys, told(RELEASED)]).of(name) == []
    gone = withdrawn(ADA, PATIENT)
    undone = conflict(CARYS, ADA, Relationship.TEAM)
    assert judged([*before, gone, *BOTH, undone, told(RELEASED)]).of(name) == []
    breaks(name, [*before, gone, *BOTH, reinstated(ADA, PATIENT)], told(RELEASED))


def test_whoever_signed_is_still_co_chair_when_all_is_released() -> None:
    name = "cohorts.released-by-co-chairs"
    before = [*ada_is_decided(), *co_chairs(), *BOTH]
    assert judged([*before, told(RELEASED)]).of(name) == []
    gone = RoleWithdrawn(
        person_id=SARA, programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )
    breaks(name, [*before, gone], told(RELEASED))
    breaks(name, [*ada_is_decided(), *BOTH], told(RELEASED))
    over = granted(WYN, Role.CO_CHAIR, side=PATIENT, ends_on=NOON.date() - timedelta(days=1))
    breaks(name, [*before, over], told(RELEASED))
    back = granted(SARA, Role.CO_CHAIR, AUTUMN, side=HEALTHCARE)
    assert judged([*before, gone, back, told(RELEASED)]).of(name) == []
