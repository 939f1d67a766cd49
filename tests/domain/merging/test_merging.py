"""Two registrations of one person are one, and can be parted again as they were."""

from collections.abc import Iterable

import pytest

from domain.applications.application import APPLIES_THEMSELVES, Applications
from domain.applications.applying import StartApplication
from domain.applications.leaving import WithdrawThoseOf
from domain.assessments.standing_down import StandDown
from domain.catalogue import POLICIES
from domain.decision import StandsInTheWay
from domain.merging.merging import (
    BothGoOn,
    MergedAlready,
    MergePersons,
    MergeReason,
    NotForYourself,
    NotMerged,
    OthersMergedInto,
    PartPersons,
    PartReason,
    TwoPeople,
)
from domain.merging.notices import registered_twice, two_after_all
from domain.merging.recorded import RecordedPerson
from domain.pairings.engagement import Engagement
from domain.pairings.watching import KeepApart
from domain.people.consents import GiveConsent
from domain.people.person import Person, PersonIsErased, Reach, SamePerson, UnknownPerson
from domain.roles.authority import Authority
from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.assessments import AssessorAppointed, PanelActed
from events.cohorts import CohortCompleted
from events.event import Event
from events.identities import IdentityTied, IdentityUntied
from events.ids import PROGRAMME, ApplicationId, CohortId, PersonId, TieId
from events.one_person import OnePerson
from events.pairings import PairingHeld, PairingLapsed
from events.people import (
    ConsentGiven,
    ConsentWithdrawn,
    Contact,
    PersonDetailsChanged,
    PersonErased,
    PersonMerged,
    PersonParted,
    PersonRegistered,
)
from events.personal import ERASED
from events.roles import RoleGranted, RoleWithdrawn
from events.terms import Relationship, Role, Side
from tests.domain.people.test_ties import declared
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    applied,
    confirmed,
    opened,
    planned,
    registered,
)
from tests.scenes.given import NOON, folded, given, person
from tests.scenes.pairs import TWO, active, cohort_of, pairing, proposed, recorded
from tests.scenes.team import granted

TWICE = person("Ada under another name")
MERGE = MergePersons(person_id=ADA, merged_id=TWICE, reason=MergeReason.REGISTERED_TWICE)
PART = PartPersons(merged_id=TWICE, reason=PartReason.TWO_PEOPLE)
BOTH = [registered(ADA), registered(TWICE)]
MINE = (application(TWICE),)


def merged(
    *cohorts: CohortId,
    into: PersonId = ADA,
    one: PersonId = TWICE,
    applications: tuple[ApplicationId, ...] = (),
) -> PersonMerged:
    return PersonMerged(
        person_id=into,
        merged_id=one,
        applications=applications,
        cohorts=cohorts,
        reason="merge.registered-twice",
    )


def parted() -> PersonParted:
    return PersonParted(person_id=ADA, merged_id=TWICE, reason="part.two-people")


def begun(who: PersonId, cohort: CohortId = AUTUMN) -> ApplicationStarted:
    mine = application(who, cohort)
    return ApplicationStarted(
        application_id=mine, cohort_id=cohort, person_id=who, side=Side.PATIENT_LEADER
    )


def taken_back(who: PersonId, cohort: CohortId = AUTUMN) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application(who, cohort),
        cohort_id=cohort,
        person_id=who,
        side=Side.PATIENT_LEADER,
        reason="application.changed-mind",
    )


def known_after(*facts: Event | Iterable[Event]) -> OnePerson:
    return OnePerson(given(*facts).facts)


def test_two_registrations_become_one_person() -> None:
    given(BOTH).when(MERGE).then(merged())


@pytest.mark.parametrize("asked_for", [ADA, TWICE])
def test_whoever_asks_for_either_knows_both(asked_for: PersonId) -> None:
    facts = [
        *BOTH,
        ConsentGiven(person_id=TWICE),
        granted(TWICE, Role.FACILITATOR),
        PersonDetailsChanged(person_id=ADA, full_name="Ada Again"),
        merged(),
    ]
    assert folded(Person(asked_for), facts).consents
    assert folded(Authority(asked_for), facts).held
    assert folded(Reach(asked_for), facts).full_name == "Ada Again"
    assert folded(Person(asked_for), facts).person_id == ADA


def test_a_command_with_the_old_id_is_decided_as_the_kept_one() -> None:
    known = given(BOTH, merged())
    known.when(GiveConsent(person_id=TWICE), by=TWICE, role=Role.APPLICANT).then(
        ConsentGiven(person_id=ADA)
    )
    again = given(BOTH, ConsentGiven(person_id=ADA), merged())
    again.when(GiveConsent(person_id=TWICE), by=ADA, role=Role.APPLICANT).then_already_so()


def test_what_somebody_has_in_a_cohort_goes_on_under_the_id_with_which_they_came() -> None:
    here = [*opened(), *opened(SPRING), *BOTH, *list(applied(TWICE, PATIENT))[1:]]
    given(here).when(MERGE).then(merged(AUTUMN, applications=MINE))
    ida = known_after(here, merged(AUTUMN, applications=MINE))
    assert ida.recorded(granted(ADA, Role.HOST, AUTUMN)) == granted(TWICE, Role.HOST, AUTUMN)
    assert ida.recorded(granted(ADA, Role.HOST, SPRING)) == granted(ADA, Role.HOST, SPRING)


def test_nobody_is_merged_who_has_something_that_goes_on_in_the_same_cohort() -> None:
    facts = [*opened(), *BOTH, begun(ADA), begun(TWICE)]
    given(facts).when(MERGE).then_refused(BothGoOn)
    theirs = merged(applications=MINE)
    given(facts, taken_back(TWICE)).when(MERGE).then(theirs)
    given(facts, taken_back(ADA)).when(MERGE).then(merged(AUTUMN, applications=MINE))
    given(facts, CohortCompleted(cohort_id=AUTUMN)).when(MERGE).then(theirs)


ASSESSES = AssessorAppointed(cohort_id=AUTUMN, assessor_id=TWICE, lay=True)


@pytest.mark.parametrize("kept", [ADA, TWICE])
def test_whoever_applied_under_another_id_does_not_assess_any_more(kept: PersonId) -> None:
    """However it went: as if they had applied under the id with which they assess."""
    other = {ADA: TWICE, TWICE: ADA}[kept]
    merge = MERGE.model_copy(update={"person_id": kept, "merged_id": other})
    known = given(opened(), BOTH, ASSESSES, begun(ADA), taken_back(ADA))
    found = known.when(merge).then_kinds(PersonMerged, RoleWithdrawn)
    gone = found.facts[-1]
    assert gone == RoleWithdrawn(
        person_id=TWICE, cohort_id=AUTUMN, role=Role.ASSESSOR, reason=APPLIES_THEMSELVES
    )
    assert known_after(found.facts).recorded(gone) == gone
    follows = [one for rule in POLICIES[RoleWithdrawn] for one in rule(recorded(gone))]
    assert StandDown(cohort_id=AUTUMN, assessor_id=TWICE) in follows


def test_who_assesses_where_the_other_one_never_applied_goes_on() -> None:
    elsewhere = [begun(ADA, SPRING), taken_back(ADA, SPRING)]
    facts = [*opened(), *opened(SPRING), *BOTH, ASSESSES, *elsewhere]
    given(facts).when(MERGE).then(merged(AUTUMN))
    here = [*opened(), *BOTH, ASSESSES, begun(ADA), taken_back(ADA)]
    over = CohortCompleted(cohort_id=AUTUMN)
    given(here, over).when(MERGE).then_kinds(PersonMerged)


@pytest.mark.parametrize(
    "other",
    [
        ASSESSES,
        granted(TWICE, Role.COORDINATOR, AUTUMN),
    ],
)
def test_nor_who_applies_where_the_other_one_judges_or_acts(other: Event) -> None:
    given(opened(), BOTH, begun(ADA), other).when(MERGE).then_refused(BothGoOn)
    elsewhere = other.model_copy(update={"cohort_id": SPRING})
    given(opened(), planned(SPRING), BOTH, begun(ADA), elsewhere).when(MERGE).then(merged(SPRING))


def test_an_application_that_was_taken_back_takes_no_other_one_with_it() -> None:
    """Who was registered twice may have begun two at one time, and kept the first."""
    facts = [*opened(), *BOTH, begun(ADA), begun(TWICE), taken_back(TWICE), merged()]
    assert folded(Applications(AUTUMN, ADA), facts).live_id == application(ADA)
    start = StartApplication(cohort_id=AUTUMN, person_id=TWICE, side=PATIENT)
    known = given(facts, ConsentGiven(person_id=ADA))
    known.when(start, by=TWICE, role=Role.APPLICANT).then_already_so()


def test_somebody_is_matched_by_the_application_for_which_they_have_a_place() -> None:
    other = list(applied(TWICE, HEALTHCARE))[1:]
    facts = [*opened(), *BOTH, *[*confirmed(ADA, PATIENT)][1:-1], *other]
    place = [*confirmed(ADA, PATIENT)][-1]
    known = folded(Engagement(AUTUMN, ADA), [*facts, place, merged()])
    assert known.side is PATIENT
    assert known.confirmed
    since = folded(Engagement(AUTUMN, ADA), [*facts[: -len(other)], place, *other, merged()])
    assert since.side is PATIENT
    assert since.confirmed


def test_nobody_has_two_partners_by_being_one() -> None:
    here = cohort_of(ADA, beside=(BEN,))
    there = cohort_of(TWICE, beside=(BOLA,))
    spring = [one.model_copy(update={"cohort_id": SPRING}) for one in there if "cohort" in one.name]
    facts = [*here, registered(TWICE), *active(), *spring, proposed(TWICE, BOLA)]
    given(facts).when(MERGE).then_refused(StandsInTheWay)


def test_who_faces_one_another_is_two_people() -> None:
    tie = declared(ADA, Relationship.ACQUAINTED, TWICE)
    given(BOTH, tie).when(MERGE).then_refused(TwoPeople)
    asked = proposed(ADA, TWICE)
    lapsed = PairingLapsed(
        pairing_id=asked.pairing_id,
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=TWICE,
    )
    given(planned(), BOTH, asked, lapsed).when(MERGE).then_refused(TwoPeople)


@pytest.mark.parametrize("who", [ADA, TWICE, AOIFE])
def test_nobody_says_so_of_themselves(who: PersonId) -> None:
    facts = [*BOTH, registered(AOIFE), merged(one=AOIFE)]
    given(facts).when(MERGE, by=who).then_refused(NotForYourself)
    given(facts, merged()).when(PART, by=who).then_refused(NotForYourself)


def test_an_id_is_merged_once_and_no_chain_is_made() -> None:
    known = given(BOTH, registered(AOIFE), merged())
    known.when(MERGE).then_refused(MergedAlready)
    into_merged = MERGE.model_copy(update={"person_id": TWICE, "merged_id": AOIFE})
    known.when(into_merged).then_refused(MergedAlready)
    the_other_way = MERGE.model_copy(update={"person_id": AOIFE, "merged_id": ADA})
    known.when(the_other_way).then_refused(OthersMergedInto)
    third = MERGE.model_copy(update={"merged_id": AOIFE})
    known.when(third).then(merged(one=AOIFE))


def test_what_was_merged_before_counts_too() -> None:
    """The third registration may not go on beside the second one."""
    facts = [*opened(), *BOTH, registered(AOIFE), begun(TWICE), merged(AUTUMN), begun(AOIFE)]
    third = MERGE.model_copy(update={"merged_id": AOIFE})
    given(facts).when(third).then_refused(BothGoOn)


def test_who_is_not_there_is_not_merged() -> None:
    same = MERGE.model_copy(update={"merged_id": ADA})
    given(BOTH).when(same).then_refused(SamePerson)
    nobody = MERGE.model_copy(update={"merged_id": NOBODY})
    given(BOTH).when(nobody).then_refused(UnknownPerson)
    given(BOTH, PersonErased(person_id=TWICE)).when(MERGE).then_refused(PersonIsErased)
    given(BOTH).when(PART).then_refused(NotMerged)


def test_two_people_are_parted_as_they_were() -> None:
    facts = [*BOTH, ConsentGiven(person_id=TWICE), merged()]
    given(facts).when(PART).then(parted())
    assert not folded(Person(ADA), [*facts, parted()]).consents
    assert folded(Person(TWICE), [*facts, parted()]).consents
    given(facts, parted()).when(MERGE).then(merged())


def test_what_was_taken_from_them_meanwhile_does_not_come_back() -> None:
    tie = TieId.derived(NOON, "a sign-in")
    held = [
        granted(TWICE, Role.FACILITATOR),
        IdentityTied(tie_id=tie, person_id=TWICE, issuer="trust", subject="0"),
    ]
    gone = [
        RoleWithdrawn(
            person_id=ADA,
            programme_id=PROGRAMME,
            role=Role.FACILITATOR,
            reason="role.left",
        ),
        IdentityUntied(tie_id=tie, person_id=ADA),
    ]
    found = given(BOTH, held, merged(), gone).when(PART)
    found.then_kinds(PersonParted, RoleWithdrawn, IdentityUntied)
    assert all(TWICE in fact.tags() for fact in found.new)
    given(BOTH, held, merged()).when(PART).then(parted())


def test_an_application_goes_on_under_the_id_with_which_it_began() -> None:
    """Also one that was taken back, in a cohort in which the other one has something."""
    facts = [*opened(), *BOTH, begun(ADA), begun(TWICE), taken_back(TWICE)]
    one_person = known_after(facts, merged(applications=MINE))
    old = PanelActed(
        application_id=application(TWICE), cohort_id=AUTUMN, person_id=ADA, content=ERASED
    )
    assert one_person.recorded(old).tags() == (application(TWICE), TWICE, AUTUMN)
    assert one_person.recorded(begun(ADA)) == begun(ADA)
    other = known_after(facts, merged(AUTUMN, applications=MINE))
    assert other.recorded(begun(ADA)) == begun(ADA)


def test_what_keeps_one_from_somebody_keeps_both() -> None:
    close = [registered(TWICE), declared(TWICE, Relationship.FAMILY, BEN), merged()]
    known = given(cohort_of(ADA, beside=(BEN,)), active(), close)
    follows = [one for rule in POLICIES[PersonMerged] for one in rule(recorded(merged()))]
    assert KeepApart(person_id=ADA) in follows
    held = PairingHeld(**TWO, rule="rule.one-family")
    known.when(KeepApart(person_id=ADA), role=Role.SYSTEM, by="system:policies").then(held)
    assert pairing() == held.pairing_id


def test_what_was_said_last_of_the_use_of_ones_data_holds_for_both() -> None:
    last = [ConsentGiven(person_id=ADA), ConsentGiven(person_id=TWICE)]
    here = [*opened(), *BOTH, begun(ADA), *last, ConsentWithdrawn(person_id=TWICE), merged()]
    follows = [one for rule in POLICIES[PersonMerged] for one in rule(recorded(merged()))]
    assert WithdrawThoseOf(person_id=ADA) in follows
    found = given(here).when(WithdrawThoseOf(person_id=ADA), role=Role.SYSTEM)
    found.then_kinds(ApplicationWithdrawn)
    first = [ConsentGiven(person_id=TWICE), ConsentWithdrawn(person_id=TWICE)]
    anew = [*opened(), *BOTH, begun(ADA), *first, ConsentGiven(person_id=ADA), merged()]
    given(anew).when(WithdrawThoseOf(person_id=ADA), role=Role.SYSTEM).then_already_so()


def test_what_is_recorded_under_one_id_alone_can_still_be_asked() -> None:
    facts = [*BOTH, merged()]
    assert folded(RecordedPerson(TWICE), facts).person_id == TWICE
    assert folded(RecordedPerson(TWICE), facts).registered


def test_they_hear_of_it_and_neither_who_the_other_is() -> None:
    def know(wanted: object) -> object:
        return wanted

    (one,) = registered_twice(recorded(merged()), know)  # type: ignore[arg-type]
    assert one.to == ADA
    two = list(two_after_all(recorded(parted()), know))  # type: ignore[arg-type]
    assert [it.to for it in two] == [ADA, TWICE]
    words = " ".join(" ".join(it.paragraphs) for it in (one, *two))
    assert "merge" not in words
    assert ADA not in words


def test_names_are_changed_wherever_they_stand() -> None:
    """In lists and objects within a fact, in what nobody outside can say, and not in what is
    sealed.
    """
    one_person = OnePerson([merged()])
    fact = PersonRegistered(person_id=TWICE, full_name="A Person", contact=Contact(town="Truro"))
    assert one_person.named(fact).person_id == ADA
    assert one_person.named({TWICE: [(TWICE, BEN)]}) == {ADA: [(ADA, BEN)]}
    same = RoleGranted.model_validate(granted(BEN, Role.HOST).model_dump())
    assert one_person.named(same) is same
    assert one_person.ids(TWICE) == one_person.ids(ADA) == (ADA, TWICE)
    assert one_person.ids(AMINA) == (AMINA,)
