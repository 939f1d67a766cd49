from datetime import UTC, date, datetime, timedelta

import pytest

from domain.cohorts.cohort import UnknownCohort
from domain.deciding import decided, known_for
from domain.decision import Act, NotYours
from domain.offers.offer import NotOnTheCohort
from domain.pairings.availability import PairedElsewhere
from domain.pairings.compatibility import KeptApart
from domain.pairings.engagement import AlreadyPaired, WrongSide
from domain.pairings.pairing import NotYourPairing, PairingIsOver, UnknownPairing
from domain.pairings.proposals import (
    AcceptPairing,
    DeclinePairing,
    DeclineReason,
    LapsePairing,
    NotAFormerPairing,
    NotAsked,
    ProjectLeftBehind,
    ProposePairing,
    StillTimeToAccept,
    TooLateToAccept,
)
from domain.people.person import PersonIsErased, SamePerson
from events.event import Event
from events.ids import PairingId, PersonId, ProjectId
from events.matching import PairForbidden, Reason
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingDeclined,
    PairingLapsed,
    PairingProposed,
    PartnerReplaced,
)
from events.people import PersonErased, RelationshipDeclared
from events.projects import ProjectProposed
from events.terms import Relationship, Role, Theme
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    confirmed,
)
from tests.scenes.given import NOON, Given, Sharing, command_id, given
from tests.scenes.pairs import (
    AFTER_ACCEPT_BY,
    active,
    ada_lost_ben,
    asked_again,
    cohort_of,
    completed,
    ended,
    left,
    on_a_break,
    pairing,
    proposed,
    yes,
)

LAST_MINUTE = datetime(2024, 9, 26, 22, 59, tzinfo=UTC)
UNKNOWN = PairingId.derived(NOON, "never proposed")
TREATS = RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)


def propose(
    one: PersonId = ADA, other: PersonId = BEN, follows: PairingId | None = None
) -> ProposePairing:
    return ProposePairing(
        cohort_id=AUTUMN,
        patient_leader_id=one,
        healthcare_leader_id=other,
        former_pairing_id=follows,
    )


def says_yes(who: PersonId, one: PersonId = ADA, other: PersonId = BEN) -> AcceptPairing:
    return AcceptPairing(pairing_id=pairing(one, other), person_id=who)


def says_no(
    who: PersonId, reason: DeclineReason = DeclineReason.NO_TIME, which: PairingId | None = None
) -> DeclinePairing:
    return DeclinePairing(pairing_id=which or pairing(), person_id=who, reason=reason)


def declined(who: PersonId, reason: str = "no-time") -> PairingDeclined:
    return PairingDeclined(
        pairing_id=pairing(),
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        declined_by=who,
        reason=reason,
    )


def both_asked(*facts: Event) -> Given:
    return given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), [proposed()], facts)


def test_two_free_people_are_proposed_to_each_other_once() -> None:
    asked = given(cohort_of(ADA, beside=(BEN,))).when(propose()).then_kinds(PairingProposed)
    asked.when(propose(), named="again").then_already_so()
    fact = asked.facts[-1]
    assert isinstance(fact, PairingProposed)
    assert fact.accept_by == date(2024, 9, 26)
    assert fact.reasons == (
        Reason(code="themes.open", points=10),
        Reason(code="area.same", points=15),
    )


@pytest.mark.parametrize("cohort", [[proposed()], list(active()), list(completed())])
def test_nobody_has_two_partners_at_a_time(cohort: list[Event]) -> None:
    stage = given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), cohort)
    stage.when(propose(ADA, BOLA)).then_refused(AlreadyPaired)
    stage.when(propose(AMINA, BEN)).then_refused(AlreadyPaired)
    stage.when(propose(AMINA, BOLA)).then_kinds(PairingProposed)


def test_a_pair_is_one_of_each_side_both_confirmed_in_the_same_cohort() -> None:
    stage = given(
        cohort_of(ADA, AMINA, beside=(BEN,)),
        confirmed(BOLA, HEALTHCARE, SPRING),
        left(AMINA, PATIENT),
    )
    stage.when(propose(BEN, ADA)).then_refused(WrongSide)
    stage.when(propose(ADA, ADA)).then_refused(SamePerson)
    stage.when(propose(ADA, BOLA)).then_refused(NotOnTheCohort)
    stage.when(propose(NOBODY, BEN)).then_refused(NotOnTheCohort)
    stage.when(propose(AMINA, BEN)).then_refused(NotOnTheCohort)
    given(confirmed(ADA, PATIENT), confirmed(BEN, HEALTHCARE)).when(propose()).then_refused(
        UnknownCohort
    )


@pytest.mark.parametrize(
    "fact",
    [
        TREATS,
        ended(reason="relationship"),
        declined(BEN, "relationship"),
        PairForbidden(
            cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="other"
        ),
    ],
)
def test_two_whom_a_rule_keeps_apart_are_not_proposed(fact: Event) -> None:
    given(cohort_of(ADA, beside=(BEN,)), [fact]).when(propose()).then_refused(KeptApart)


def test_the_second_yes_makes_the_pairing_active() -> None:
    activated = list(active())[-1]
    both_asked().when(says_yes(ADA), by=ADA, role=Role.PARTICIPANT).then(yes(ADA)).when(
        says_yes(BEN), by=BEN, role=Role.PARTICIPANT
    ).then(yes(BEN), activated).when(says_yes(BEN)).then_already_so()


def test_saying_yes_twice_is_saying_yes_once() -> None:
    both_asked(yes(ADA)).when(says_yes(ADA), at=AFTER_ACCEPT_BY).then_already_so()


def test_a_yes_counts_until_midnight_after_the_last_day() -> None:
    both_asked().when(says_yes(ADA), at=LAST_MINUTE).then(yes(ADA))
    both_asked().when(says_yes(ADA), at=AFTER_ACCEPT_BY).then_refused(TooLateToAccept)


def test_nobody_answers_for_somebody_else() -> None:
    as_ben = {"by": BEN, "role": Role.PARTICIPANT}
    asked = both_asked()
    asked.when(says_yes(ADA), by=BEN, role=Role.PARTICIPANT).then_refused(NotYours)
    asked.when(says_no(ADA), by=as_ben["by"], role=Role.PARTICIPANT).then_refused(NotYours)
    asked.when(says_yes(AMINA)).then_refused(NotYourPairing)
    asked.when(says_no(AMINA)).then_refused(NotYourPairing)


def test_a_pairing_that_nobody_proposed_is_not_answered() -> None:
    for wish in (
        AcceptPairing(pairing_id=UNKNOWN, person_id=ADA),
        says_no(ADA, which=UNKNOWN),
        LapsePairing(pairing_id=UNKNOWN),
    ):
        both_asked().when(wish).then_refused(UnknownPairing)


def test_what_has_come_between_the_two_meanwhile_stops_a_yes() -> None:
    both_asked(yes(ADA), TREATS).when(says_yes(BEN)).then_refused(KeptApart)
    both_asked(yes(ADA), *left(ADA, PATIENT)).when(says_yes(BEN)).then_refused(NotOnTheCohort)


@pytest.mark.parametrize("gone", [ADA, BEN])
def test_who_was_erased_is_neither_proposed_nor_paired(gone: PersonId) -> None:
    erased = PersonErased(person_id=gone)
    given(cohort_of(ADA, beside=(BEN,)), [erased]).when(propose()).then_refused(NotOnTheCohort)
    other = AMINA if gone == ADA else BOLA
    pair = (other, BEN) if gone == ADA else (ADA, other)
    stage = given(cohort_of(ADA, AMINA, beside=(BEN, BOLA)), [erased])
    stage.when(propose(*pair)).then_kinds(PairingProposed)


@pytest.mark.parametrize("gone", [ADA, BEN])
@pytest.mark.parametrize("who", [ADA, BEN])
def test_once_one_of_the_two_was_erased_nobody_says_yes(gone: PersonId, who: PersonId) -> None:
    both_asked(PersonErased(person_id=gone)).when(says_yes(who)).then_refused(PersonIsErased)


@pytest.mark.parametrize("says", [(ADA, BEN), (BEN, ADA)])
def test_two_between_whom_somebody_who_was_erased_stood_are_kept_apart(
    says: tuple[PersonId, PersonId],
) -> None:
    """Amina may have been the patient of one, and the family of the other."""
    ties = [
        RelationshipDeclared(person_id=says[0], other_id=AMINA, kind=Relationship.TEAM),
        RelationshipDeclared(person_id=AMINA, other_id=says[1], kind=Relationship.TEAM),
    ]
    stage = given(cohort_of(ADA, beside=(BEN,)), ties)
    stage.when(propose()).then_kinds(PairingProposed)
    given(stage.facts, PersonErased(person_id=AMINA)).when(propose()).then_refused(KeptApart)


def test_a_no_frees_both() -> None:
    no = both_asked(yes(ADA)).when(says_no(BEN)).then(declined(BEN))
    no.when(says_no(BEN)).then_already_so()
    no.when(says_yes(BEN)).then_refused(PairingIsOver)
    no.when(propose(ADA, BOLA)).then_kinds(PairingProposed)
    no.when(propose(AMINA, BEN)).then_kinds(PairingProposed)


def test_an_active_pairing_is_not_declined_any_more() -> None:
    given(cohort_of(ADA, beside=(BEN,)), active()).when(says_no(BEN)).then_refused(NotAsked)


@pytest.mark.parametrize("reason", DeclineReason)
def test_after_a_no_the_same_two_are_not_asked_again(reason: DeclineReason) -> None:
    no = both_asked().when(says_no(BEN, reason)).then_kinds(PairingDeclined)
    no.when(propose()).then_refused(KeptApart)
    no.when(propose(ADA, BOLA)).then_kinds(PairingProposed)


def test_nobody_has_a_second_partner_in_another_cohort() -> None:
    """Ada is in both; once she has completed in autumn, spring may ask her."""
    spring = [*confirmed(ADA, PATIENT, SPRING), *confirmed(CARYS, HEALTHCARE, SPRING)]
    ask = propose(ADA, CARYS).model_copy(update={"cohort_id": SPRING})
    for before in ([proposed()], active(), [*active(), on_a_break("away")]):
        given(cohort_of(ADA, beside=(BEN,)), spring, before).when(ask).then_refused(PairedElsewhere)
    for before in ([proposed(), declined(BEN)], completed()):
        given(cohort_of(ADA, beside=(BEN,)), spring, before).when(ask).then_kinds(PairingProposed)


def test_nobody_says_yes_to_a_second_partner() -> None:
    """Whatever had come about: a log may hold two proposals."""
    stage = given(cohort_of(ADA, beside=(BEN, BOLA)), active(), [proposed(ADA, BOLA)])
    stage.when(says_yes(BOLA, ADA, BOLA)).then_refused(PairedElsewhere)


def test_the_time_to_answer_begins_when_it_is_recorded() -> None:
    act = Act(
        command_id=command_id(),
        time=NOON - timedelta(days=30),
        actor="system:rehearsal",
        role=Role.COORDINATOR,
        asked_at=NOON,
    )
    know = Sharing([*cohort_of(ADA, beside=(BEN,))])
    (fact,) = decided(propose(), act, known_for(propose(), know))
    assert isinstance(fact, PairingProposed)
    assert fact.accept_by == date(2024, 9, 26)


def test_a_proposal_lapses_after_its_last_day_and_once() -> None:
    wish = LapsePairing(pairing_id=pairing())
    both_asked(yes(ADA)).when(wish, at=LAST_MINUTE).then_refused(StillTimeToAccept)
    over = both_asked(yes(ADA)).when(wish, at=AFTER_ACCEPT_BY).then_kinds(PairingLapsed)
    over.when(wish, at=AFTER_ACCEPT_BY).then_already_so()
    over.when(says_yes(BEN)).then_refused(PairingIsOver)
    over.when(propose(ADA, BOLA)).then_kinds(PairingProposed)


def test_what_was_answered_does_not_lapse() -> None:
    stage = given(cohort_of(ADA, beside=(BEN,)), active())
    stage.when(LapsePairing(pairing_id=pairing()), at=AFTER_ACCEPT_BY).then_already_so()


def test_a_new_pairing_follows_the_one_that_was_lost() -> None:
    asked = given(ada_lost_ben()).when(propose(ADA, BOLA)).then_kinds(PairingProposed)
    fact = asked.facts[-1]
    assert isinstance(fact, PairingProposed)
    assert fact.former_pairing_id == pairing(ADA, BEN)
    given(ada_lost_ben()).when(propose(ADA, BOLA, follows=pairing(ADA, BEN))).then(fact)


def test_a_pairing_follows_only_what_one_of_the_two_has_lost() -> None:
    cohort = given(ada_lost_ben(), confirmed(AMINA, PATIENT))
    cohort.when(propose(ADA, BOLA, follows=UNKNOWN)).then_refused(NotAFormerPairing)
    cohort.when(propose(AMINA, BOLA, follows=pairing(ADA, BEN))).then_refused(NotAFormerPairing)


def test_when_both_have_said_yes_the_partner_is_replaced() -> None:
    new = proposed(ADA, BOLA, follows=pairing(ADA, BEN))
    asked = given(ada_lost_ben(), [new, yes(BOLA, ADA, BOLA)])
    asked.when(says_yes(ADA, ADA, BOLA)).then(
        yes(ADA, ADA, BOLA),
        list(active(ADA, BOLA))[-1],
        PartnerReplaced(
            pairing_id=pairing(ADA, BOLA),
            former_pairing_id=pairing(ADA, BEN),
            cohort_id=AUTUMN,
            person_id=ADA,
        ),
    )


def test_a_chain_of_pairings_keeps_each_as_it_was() -> None:
    """The proposal that follows an ended pairing bears its id, and changes nothing in it."""
    asked = given(ada_lost_ben(), [proposed(ADA, BOLA, follows=pairing(ADA, BEN))])
    asked.when(AcceptPairing(pairing_id=pairing(ADA, BEN), person_id=BOLA)).then_refused(
        NotYourPairing
    )
    asked.when(says_yes(BOLA, ADA, BOLA)).then_kinds(PairingAccepted)


def test_a_lapsed_proposal_leaves_the_place_at_the_front() -> None:
    new = proposed(ADA, BOLA, follows=pairing(ADA, BEN))
    over = given(ada_lost_ben(), confirmed(CARYS, HEALTHCARE), [new]).when(
        LapsePairing(pairing_id=new.pairing_id), at=AFTER_ACCEPT_BY
    )
    again = over.then_kinds(PairingLapsed).when(propose(ADA, CARYS), named="again")
    fact = again.then_kinds(PairingProposed).facts[-1]
    assert isinstance(fact, PairingProposed)
    assert fact.former_pairing_id == pairing(ADA, BEN)


def both_lost(*facts: Event) -> Given:
    """Ada has lost Ben, and Bola Amina; `facts` are from before."""
    return given(
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        active(ADA, BEN),
        active(AMINA, BOLA),
        facts,
        [ended(ADA, BEN), ended(AMINA, BOLA)],
        [asked_again(ADA, PATIENT), asked_again(BOLA, HEALTHCARE, AMINA, BOLA)],
    )


def their_project(*two: PersonId) -> ProjectProposed:
    return ProjectProposed(
        project_id=ProjectId.derived(NOON, *two),
        pairing_id=pairing(*two),
        cohort_id=AUTUMN,
        proposed_by=two[0],
        title="Kinder letters",
        theme=Theme.ACCESS,
        aim="Be understood.",
    )


def test_of_two_lost_partners_the_one_with_the_project_is_followed() -> None:
    for two in ((ADA, BEN), (AMINA, BOLA)):
        stage = both_lost(their_project(*two))
        fact = stage.when(propose(ADA, BOLA)).then_kinds(PairingProposed).facts[-1]
        assert isinstance(fact, PairingProposed)
        assert fact.former_pairing_id == pairing(*two)
        other = next(one for one in ((ADA, BEN), (AMINA, BOLA)) if one != two)
        stage.when(propose(ADA, BOLA, follows=pairing(*other))).then_refused(ProjectLeftBehind)


def test_if_both_have_a_project_somebody_says_which_goes_along_and_the_other_waits() -> None:
    stage = both_lost(their_project(ADA, BEN), their_project(AMINA, BOLA))
    stage.when(propose(ADA, BOLA)).then_refused(ProjectLeftBehind)
    asked = stage.when(propose(ADA, BOLA, follows=pairing(AMINA, BOLA)))
    new = asked.then_kinds(PairingProposed).facts[-1]
    assert isinstance(new, PairingProposed)
    one = given(asked.facts, new).when(AcceptPairing(pairing_id=new.pairing_id, person_id=ADA))
    yes = AcceptPairing(pairing_id=new.pairing_id, person_id=BOLA)
    together = one.then_kinds(PairingAccepted).when(yes)
    found = [fact for fact in together.new if isinstance(fact, PartnerReplaced)]
    lost = [(fact.former_pairing_id, fact.person_id) for fact in found]
    assert lost == [(pairing(AMINA, BOLA), BOLA), (pairing(ADA, BEN), ADA)]


def test_who_lost_two_partners_brings_along_the_older_pairing() -> None:
    fact = both_lost().when(propose(ADA, BOLA)).then_kinds(PairingProposed).facts[-1]
    assert isinstance(fact, PairingProposed)
    assert fact.former_pairing_id == min(pairing(ADA, BEN), pairing(AMINA, BOLA))


def test_who_has_a_new_partner_is_not_at_the_front_any_more() -> None:
    stage = given(ada_lost_ben(), active(ADA, BOLA))
    assert PairingActivated in {type(fact) for fact in stage.facts}
    stage.when(propose(ADA, BOLA, follows=pairing(ADA, BEN))).then_already_so()
