from collections.abc import Iterable

from domain.continuation import notices as continuation
from domain.decision import K
from domain.matching import notices as matching
from domain.matching.certificate import MORE_ON_YOUR_SIDE, NO_ALLOWED_PARTNER, PARTNERS_TAKEN
from domain.notice import Notice, NoticeRule
from domain.pairings import notices as pairings
from domain.pairings import proposal_notices as proposals
from domain.pairings.engagement import LEADS_ELSEWHERE, TEAM_LOOKS_FIRST
from domain.pairings.suitability import SCORES
from events.continuation import CheckInDue
from events.event import Event
from events.ids import MatchingRunId
from events.matching import LeftUnpaired, Reason
from events.pairings import PairingLapsed
from events.personal import ERASED
from events.rules import FIRST
from tests.scenes.cast import ADA, AUTUMN, BEN, PATIENT, registered
from tests.scenes.given import NOON, folded
from tests.scenes.pairs import active, asked_again, completed, declined, pairing, proposed, recorded

NAMES = (registered(ADA, "Ada Fairweather"), registered(BEN, "Ben Okafor"))


def found(telling: NoticeRule, fact: Event, *others: Event) -> list[Notice]:
    """What is said once all that it wants to know is folded, and nothing amiss before."""

    def unfolded(wanted: K) -> K:
        return wanted

    def know(wanted: K) -> K:
        return folded(wanted, [*NAMES, *others, fact])

    list(telling(recorded(fact), unfolded))
    return list(telling(recorded(fact), know))


def words(notice: Notice) -> str:
    return " ".join(notice.paragraphs).format(**notice.values)


def two_of(notices: Iterable[Notice]) -> tuple[Notice, Notice]:
    by_person = {notice.to: notice for notice in notices}
    assert set(by_person) == {ADA, BEN}
    return by_person[ADA], by_person[BEN]


def test_a_proposal_says_who_why_and_until_when() -> None:
    reasons = (
        Reason(code="themes.in-common", points=20),
        Reason(code="area.same", points=15),
    )
    asked = proposed().model_copy(update={"reasons": reasons})
    to_ada, to_ben = two_of(found(proposals.proposed, asked))
    assert to_ada.template == "pairing.proposed"
    assert "you and Ben Okafor could lead together" in words(to_ada)
    assert "you and Ada Fairweather could lead together" in words(to_ben)
    assert "You care about some of the same things. You are from the same area." in words(to_ada)
    assert "Please say yes or no by Thursday 26 September 2024." in words(to_ada)


def test_a_proposal_without_reasons_says_something_all_the_same() -> None:
    to_ada, _ = two_of(found(proposals.proposed, proposed()))
    assert proposals.BY_CHANCE in words(to_ada)


def test_that_somebody_waited_is_said_once() -> None:
    codes = ("waiting.left-over", "waiting.months")
    fact = proposed().model_copy(
        update={"reasons": tuple(Reason(code=code, points=1) for code in codes)}
    )
    to_ada, _ = two_of(found(proposals.proposed, fact))
    assert words(to_ada).count(proposals.WAITED) == 1


def test_every_reason_has_its_sentence() -> None:
    assert {score.code for score in SCORES} == set(proposals.REASONS)
    found = {MORE_ON_YOUR_SIDE, NO_ALLOWED_PARTNER, PARTNERS_TAKEN}
    assert found | {LEADS_ELSEWHERE, TEAM_LOOKS_FIRST} == set(matching.REASONS)


def test_two_who_said_yes_are_introduced_by_name_only() -> None:
    fact = list(active())[-1]
    to_ada, to_ben = two_of(found(pairings.introduced, fact))
    assert "You and Ben Okafor now lead together. You are equal partners." in words(to_ada)
    assert "Ada Fairweather" in words(to_ben)
    assert "@" not in words(to_ada) + words(to_ben)


def test_a_no_is_told_kindly_and_without_its_reason() -> None:
    to_ada, to_ben = two_of(found(proposals.declined, declined()))
    assert "it is not your fault" in words(to_ada)
    assert "We are looking for another partner for you." in words(to_ada)
    assert "That is fine." in words(to_ben)
    assert (to_ada.template, to_ben.template) == ("pairing.declined", "pairing.you-declined")


def test_when_somebody_left_their_partner_hears_it_once() -> None:
    assert not found(proposals.declined, declined(reason="left-programme"))
    (to_ada,) = found(pairings.partner_left, asked_again(ADA, PATIENT), proposed())
    assert to_ada.to == ADA
    assert "You and Ben Okafor will not lead together any more." in words(to_ada)
    assert "You keep your place on the programme." in words(to_ada)


def test_who_may_have_left_is_not_told_that_they_keep_their_place() -> None:
    (to_ada,) = found(proposals.declined, declined(reason=ERASED))
    assert (to_ada.to, to_ada.template) == (ADA, "pairing.declined")


def test_nobody_is_blamed_for_silence() -> None:
    lapsed = PairingLapsed(
        pairing_id=pairing(), cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN
    )
    to_ada, to_ben = two_of(found(proposals.lapsed, lapsed))
    assert to_ada.paragraphs == to_ben.paragraphs
    assert "You keep your place." in words(to_ada)


def test_who_is_left_over_hears_why() -> None:
    alone = LeftUnpaired(
        run_id=MatchingRunId.derived(NOON, "run"),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        reason=MORE_ON_YOUR_SIDE,
    )
    (to_ada,) = found(matching.left_unpaired, alone)
    assert "more people have joined from your side" in words(to_ada)
    assert "You keep your place." in words(to_ada)


def test_who_completed_is_asked_how_to_go_on() -> None:
    to_ada, _ = two_of(found(pairings.completed, list(completed())[-1]))
    assert "You and Ben Okafor have done what you set out to do." in words(to_ada)
    assert "Would you like to go on leading together?" in words(to_ada)


def test_each_check_in_asks_both() -> None:
    for months in (1, *FIRST.check_in_months):
        fact = CheckInDue(
            pairing_id=pairing(),
            cohort_id=AUTUMN,
            patient_leader_id=ADA,
            healthcare_leader_id=BEN,
            months=months,
        )
        to_ada, _ = two_of(found(continuation.how_is_it_going, fact))
        assert to_ada.template == f"continuation.check-in-{months}"
        assert (
            f"It is {months} month{'s' * (months > 1)} since you and Ben Okafor finished"
            in words(to_ada)
        )
