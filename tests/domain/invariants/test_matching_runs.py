"""What must hold of matching runs: each invariant has a history that breaks it."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from events.applications import ApplicationWithdrawn
from events.event import Event
from events.ids import PROGRAMME, ApplicationId, PersonId
from events.matching import (
    LeftUnpaired,
    MatchedPair,
    Matching,
    MatchingRunApproved,
    MatchingRunDiscarded,
    MatchingRunMade,
    MatchingRunPublished,
    PairLocked,
)
from events.offers import OfferWithdrawn
from events.pairings import PairingProposed
from events.people import PersonErased
from events.personal import ERASED
from events.roles import RoleWithdrawn
from events.terms import Role, Side
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
)
from tests.scenes.given import NOON, given
from tests.scenes.judged import Told, breaks, judged, told
from tests.scenes.pairs import active, ada_lost_ben, asked_again, cohort_of, ended, left, proposed
from tests.scenes.runs import (
    CHAIRS,
    co_chairs_of_runs,
    found_by,
    locked,
    made_from,
    signed_run,
    the_asked,
    the_run,
)
from tests.scenes.team import granted

FOUR = [*cohort_of(ADA, AMINA, beside=(BEN,))]
"""Amina, or Ada, is left over."""
SIGNED = signed_run(*FOUR)
RUN = the_run(SIGNED)
FOUND = found_by(RUN)
PUBLISHED = MatchingRunPublished(run_id=RUN.run_id, cohort_id=AUTUMN)
DISCARDED = MatchingRunDiscarded(run_id=RUN.run_id, cohort_id=AUTUMN, reason="other")
((PAIR,), (LEFT,)) = FOUND.pairs, FOUND.unmatched
PROPOSED = PairingProposed.model_validate(
    {
        **proposed().model_dump(),
        "patient_leader_id": PAIR.patient_leader_id,
        "healthcare_leader_id": PAIR.healthcare_leader_id,
        "run_id": RUN.run_id,
    }
)
OVER = LeftUnpaired(
    run_id=RUN.run_id,
    cohort_id=AUTUMN,
    person_id=LEFT.person_id,
    side=PATIENT,
    reason=LEFT.reason,
)


def signature(side: Side, by: str | None) -> MatchingRunApproved:
    fact = {"run_id": RUN.run_id, "cohort_id": AUTUMN, "side": side, "signed_by": by}
    return MatchingRunApproved.model_validate(fact)


def signs(side: Side, by: str) -> Told:
    return told(signature(side, by), by=by, role="co-chair")


def made(found: Any = FOUND) -> list[Event]:
    """Everything up to a run, and the run with other content."""
    fact = RUN.model_copy(update={"found": found})
    return [*FOUR, *co_chairs_of_runs(), fact]


BOTH_SIGN = [signs(PATIENT, CLEO), signs(HEALTHCARE, CARYS)]
AS_FOUND = told(PUBLISHED, PROPOSED, OVER)


def test_what_was_signed_is_published_as_it_is() -> None:
    right = judged([*made(), *BOTH_SIGN, AS_FOUND]).found
    assert [one for one in right if one.invariant.startswith("matching.")] == []


def test_a_published_run_never_changes() -> None:
    name = "matching.published-never-changed"
    published = [*made(), *BOTH_SIGN, AS_FOUND]
    breaks(name, published, DISCARDED)
    breaks(name, published, told(PUBLISHED))
    breaks(name, published, told(PROPOSED))
    breaks(name, [*made(), DISCARDED], signs(PATIENT, CLEO))


def test_both_sides_sign_before_a_run_is_published() -> None:
    name = "matching.signed-by-both-sides"
    breaks(name, [*made(), signs(PATIENT, CLEO)], AS_FOUND)


def test_two_signatures_are_of_two_named_persons() -> None:
    name = "matching.signed-by-two-named-persons"
    breaks(name, made(), told(signature(PATIENT, None)))
    breaks(name, made(), told(signature(PATIENT, CLEO), by=CARYS))
    breaks(name, [*made(), signs(PATIENT, CLEO)], signs(HEALTHCARE, CLEO))


def test_nobody_signs_for_a_side_that_is_not_theirs() -> None:
    breaks("matching.signed-for-their-own-side", made(), signs(HEALTHCARE, ADA))


def test_nobody_signs_the_run_in_which_they_are_matched() -> None:
    name = "matching.nobody-signs-for-their-partner"
    signed = [*made(), signs(PATIENT, PAIR.patient_leader_id), signs(HEALTHCARE, CARYS)]
    breaks(name, signed, AS_FOUND)
    left = [*made(), signs(PATIENT, LEFT.person_id), signs(HEALTHCARE, CARYS)]
    breaks(name, left, AS_FOUND)


def test_what_is_proposed_is_what_was_found() -> None:
    name = "matching.proposed-as-signed"
    breaks(name, [*made(), *BOTH_SIGN], told(PUBLISHED, PROPOSED))
    breaks(name, [*made(), *BOTH_SIGN], told(PUBLISHED, OVER))
    assert judged([*made(ERASED), *BOTH_SIGN, told(PUBLISHED)]).of(name) == []


def test_a_run_proves_that_nothing_is_better() -> None:
    name = "matching.nothing-better"
    breaks(name, FOUR, *made(FOUND.model_copy(update={"pairs": ()}))[-1:])
    dearer = tuple(one.model_copy(update={"points": one.points + 1}) for one in FOUND.prices)
    breaks(name, FOUR, *made(FOUND.model_copy(update={"prices": dearer}))[-1:])
    assert judged(made()).of(name) == judged(made(ERASED)).of(name) == []


def test_whoever_lost_a_partner_is_matched_before_others() -> None:
    """Ada waits for a partner, and Amina, who had none, gets Bola."""
    name = "matching.first-in-line-is-matched"
    waiting = [
        *cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        *active(),
        ended(),
        asked_again(ADA, PATIENT),
    ]
    apart = [*cohort_of(ADA, AMINA, beside=(BOLA,))]
    found = found_by(the_run(signed_run(*apart)))
    assert isinstance(found, Matching)
    run = RUN.model_copy(update={"found": _with(found, AMINA, ADA)})
    assert isinstance(run, MatchingRunMade)
    breaks(name, waiting, run)
    gone = OfferWithdrawn(
        application_id=application(ADA),
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        reason="offer.details-not-right",
    )
    assert judged([*waiting, gone, run]).of(name) == [], "whoever comes again is not first"
    assert (
        judged([*waiting, RUN.model_copy(update={"found": _with(found, ADA, AMINA)})]).of(name)
        == []
    )
    assert [*ada_lost_ben()]


def test_who_comes_first_is_judged_as_it_was_when_a_run_was_asked_for() -> None:
    """Of two who lost Ben one gets Bola; of two who lost nobody Ada does, or Amina."""
    name = "matching.first-in-line-is-matched"
    both = _asked(_lost_ben(ADA), _lost_ben(AMINA))
    (pair,) = found_by(both.run).pairs
    gone = left(pair.patient_leader_id, PATIENT)
    assert judged([*both.history, gone, both.run]).of(name) == [], "both came first"

    nobody = _asked()
    (over,) = found_by(nobody.run).unmatched
    lost = [*confirmed(CARYS, HEALTHCARE), *_lost_ben(over.person_id, CARYS)]
    assert judged([*nobody.history, lost, nobody.run]).of(name) == [], "nobody came first"

    ada = _asked(_lost_ben(ADA))
    passed_over = _with(found_by(ada.run), AMINA, ADA)
    wrong = ada.run.model_copy(update={"found": passed_over})
    breaks(name, [*ada.history, *left(ADA, PATIENT)], wrong)


def test_who_takes_back_another_application_comes_first_as_before() -> None:
    """Ada was registered twice, and only one of her applications brought her to the cohort."""
    name = "matching.first-in-line-is-matched"
    twice = ApplicationId.derived(NOON, "Ada's other application")
    other = ApplicationWithdrawn(
        application_id=twice,
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        reason="application.sent-twice",
    )
    ada = _asked(_lost_ben(ADA), [other])
    passed_over = _with(found_by(ada.run), AMINA, ADA)
    breaks(name, ada.history, ada.run.model_copy(update={"found": passed_over}))


def test_whoever_comes_first_is_not_passed_over_by_a_lock() -> None:
    """Ada comes first, but Amina and Bola are locked."""
    name = "matching.first-in-line-is-matched"
    ada = _asked(_lost_ben(ADA), [locked(AMINA, BOLA)])
    assert [one.person_id for one in found_by(ada.run).unmatched] == [ADA]
    assert judged([*ada.history, ada.run]).of(name) == []


class Asked(NamedTuple):
    """A history at whose end a run was asked for, and what it was found to be."""

    history: list[Event]
    run: MatchingRunMade


def _asked(*before: Iterable[Event]) -> Asked:
    """Of Ada and Amina, and Bola, who alone is free beside them."""
    cohort = [*cohort_of(ADA, AMINA, beside=(BEN, BOLA))]
    history = [*cohort, *chain.from_iterable(before), *left(BEN, HEALTHCARE)]
    made = made_from(given(history))
    return Asked([*history, the_asked(made)], the_run(made))


def _lost_ben(who: PersonId, other: PersonId = BEN) -> Iterator[Event]:
    """Somebody led with Ben, or another, and comes first since."""
    yield from active(who, other)
    yield ended(who, other)
    yield asked_again(who, PATIENT, who, other)


def _with(found: Matching, chosen: str, left: str) -> Matching:
    (pair,), (other,) = found.pairs, found.unmatched
    one = MatchedPair.model_validate({**pair.model_dump(), "patient_leader_id": chosen})
    return found.model_copy(
        update={
            "pairs": (one,),
            "unmatched": (other.model_copy(update={"person_id": left}),),
        }
    )


def test_whoever_signed_is_still_co_chair_when_a_run_is_published() -> None:
    name = "matching.published-by-co-chairs"
    gone = RoleWithdrawn(
        person_id=CHAIRS[PATIENT], programme_id=PROGRAMME, role=Role.CO_CHAIR, reason="role.left"
    )
    breaks(name, [*made(), *BOTH_SIGN, gone], AS_FOUND)
    breaks(name, [*FOUR, RUN, *BOTH_SIGN], AS_FOUND)
    breaks(name, [*made(), *BOTH_SIGN, PersonErased(person_id=CARYS)], AS_FOUND)
    other = granted(CLEO, Role.CO_CHAIR, side=HEALTHCARE)
    breaks(name, [*made(), *BOTH_SIGN, other], AS_FOUND)
    anew = granted(ADA, Role.CO_CHAIR, side=PATIENT)
    after = [*made(), *BOTH_SIGN, gone, anew, signs(PATIENT, ADA), AS_FOUND]
    assert judged(after).of(name) == []


LOCKED = [*FOUR, *confirmed(BOLA, HEALTHCARE), locked(ADA, BOLA)]


def test_whoever_is_locked_is_paired_or_it_is_said_why_not() -> None:
    name = "matching.locked-are-paired"
    after = signed_run(*LOCKED)
    asked, run = the_asked(after), the_run(after)
    found = found_by(run)
    assert [one.lost for one in found.locks] == [None]
    history = [*LOCKED, asked]
    right = judged([*history, run]).found
    assert [one for one in right if one.invariant.startswith("matching.")] == []
    silent = found.model_copy(update={"locks": ()})
    breaks(name, history, run.model_copy(update={"found": silent}))
    others = tuple(
        one.model_copy(
            update={"healthcare_leader_id": BEN if one.patient_leader_id == ADA else BOLA}
        )
        for one in found.pairs
    )
    crossed = found.model_copy(update={"pairs": others})
    breaks(name, history, run.model_copy(update={"found": crossed}))
    nobody = [one for one in history if not isinstance(one, PairLocked)]
    breaks(name, nobody, run)
    before = [*nobody, locked(ADA, BOLA), run]
    later = [one for one in judged(before).found if one.invariant == name]
    assert len(later) == 1
    gone = [*history, PersonErased(person_id=BOLA), run.model_copy(update={"found": ERASED})]
    assert [one for one in judged(gone).found if one.invariant == name] == []
