"""The demonstration's decisions are those that its scores give."""

from domain.assessments.scoring import mean, share
from events.ids import ApplicationId
from events.rules import FIRST_CRITERIA
from services.demo.selection import _marks, ranked
from tests.scenes.cast import CARYS, COLM
from tests.scenes.given import NOON

APPLICATIONS = [ApplicationId.derived(NOON, str(number)) for number in range(60)]


def score(application: str) -> int:
    return mean([share(_marks(application, who), FIRST_CRITERIA) for who in (CARYS, COLM)])


def test_who_is_offered_a_place_has_no_lower_score_than_who_waits() -> None:
    order = ranked(dict.fromkeys(APPLICATIONS, (CARYS, COLM)))
    assert order == sorted(APPLICATIONS, key=lambda one: (-score(one), one))
    assert len({score(one) for one in order}) > 10
