from typing import Any

import pytest
from pydantic import ValidationError

from domain.catalogue import NOTICES
from domain.decision import NotYours
from domain.people.details import ChangeDetails, NothingLeftToReach
from domain.people.person import KnownOtherwise, Met, NoAddressForThis, Reach, RegisterPerson
from domain.people.preferences import StateContactPreference
from events.ids import PersonId
from events.people import (
    Contact,
    ContactChange,
    ContactPreferenceStated,
    PersonDetailsChanged,
    PersonRegistered,
)
from events.terms import Channel, Role, Way
from services.notices.letters import write
from tests.scenes.cast import ADA, BEN, NOBODY, registered
from tests.scenes.given import folded, given
from tests.scenes.office import OFFICE
from tests.scenes.pairs import recorded

BOTH = PersonRegistered(
    person_id=ADA,
    full_name="Ada Fairweather",
    contact=Contact(email="ada@example.org", phone="01632 960017", town="Exeter"),
    reached_by=(Channel.EMAIL, Channel.PHONE),
)
BY_PHONE = ContactPreferenceStated(person_id=ADA, channel=Channel.PHONE)
STREET = "1 High Street, Exeter EX1 1AA"


def changes(**said: Any) -> ChangeDetails:
    return ChangeDetails(person_id=ADA, **said)


def changed(
    reached_by: tuple[Channel, ...], full_name: str | None = None, **said: Any
) -> PersonDetailsChanged:
    return PersonDetailsChanged(
        person_id=ADA,
        full_name=full_name,
        change=ContactChange(**said) if said else None,
        reached_by=reached_by,
    )


EITHER = (Channel.EMAIL, Channel.PHONE)


def test_only_what_is_given_changes() -> None:
    here = given(BOTH)
    by_ada: dict[str, Any] = {"by": ADA, "role": Role.APPLICANT}
    here.when(changes(full_name="Ada Snow"), **by_ada).then(changed(EITHER, "Ada Snow"))
    new = here.when(changes(email="ada@example.com"), **by_ada).then(
        changed(EITHER, email="ada@example.com")
    )
    reach = folded(Reach(ADA), new.facts)
    assert reach.full_name == "Ada Fairweather"
    here.when(changes(postal_address=STREET)).then(
        changed((*EITHER, Channel.POST), postal_address=STREET)
    )
    here.when(changes(town="Truro"), by=BEN, role=Role.APPLICANT).then_refused(NotYours)


def test_a_change_says_what_and_not_two_things_of_one() -> None:
    for said in ({}, {"email": "ada@example.com", "removes": [Way.EMAIL]}, {"email": "ada"}):
        with pytest.raises(ValidationError):
            changes(**said)


def test_somebody_can_still_be_reached_afterwards() -> None:
    here = given(BOTH).when(changes(removes=(Way.EMAIL,))).then_kinds(PersonDetailsChanged)
    assert folded(Reach(ADA), here.facts).reached_by == {Channel.PHONE}
    here.when(changes(removes=(Way.PHONE,))).then_refused(NothingLeftToReach)
    last = here.when(changes(removes=(Way.PHONE,), postal_address=STREET))
    last.then_kinds(PersonDetailsChanged)


def test_who_wished_to_be_reached_by_what_is_gone_is_asked_anew() -> None:
    here = given(BOTH, BY_PHONE).when(changes(removes=(Way.PHONE,)))
    after = here.then_kinds(PersonDetailsChanged)
    assert folded(Reach(ADA), after.facts).channel is None
    letters = told(after.facts, here.new[-1])
    assert all("how you wish to hear" in one.body for one in letters.values())
    kept = given(BOTH, BY_PHONE).when(changes(removes=(Way.EMAIL,)))
    assert folded(Reach(ADA), [*kept.facts, *kept.new]).channel is Channel.PHONE


def test_post_needs_a_postal_address() -> None:
    post = StateContactPreference(person_id=ADA, channel=Channel.POST)
    here = given(BOTH)
    here.when(post).then_refused(NoAddressForThis)
    there = here.when(changes(postal_address=STREET)).then_kinds(PersonDetailsChanged)
    there.when(post).then_kinds(ContactPreferenceStated)


def told(facts: Any, fact: Any) -> dict[str, Any]:
    """The letters about a change, by where they go."""
    (rule,) = NOTICES[PersonDetailsChanged]
    reach = folded(Reach(ADA), facts)
    notices = rule(recorded(fact), lambda wanted: folded(wanted, facts))
    letters = [write([one], reach, lambda value: value, OFFICE) for one in notices]
    return {str(one.address): one for one in letters if one}


def test_they_are_told_at_the_new_and_at_the_old_address() -> None:
    first, then = (changed(EITHER, email=f"ada@{it}.example.org") for it in ("one", "two"))
    assert told([BOTH, first], first).keys() == {"ada@example.org", "ada@one.example.org"}
    facts = [BOTH, first, then]
    assert told(facts, then).keys() == {"ada@one.example.org", "ada@two.example.org"}
    assert told(facts, first).keys() >= {"ada@example.org"}
    elsewhere = changed(EITHER, town="Truro")
    assert told([BOTH, elsewhere], elsewhere).keys() == {"ada@example.org"}


def test_a_letter_by_post_goes_to_the_postal_address() -> None:
    street = changed((*EITHER, Channel.POST), postal_address=STREET)
    wish = ContactPreferenceStated(person_id=ADA, channel=Channel.POST)
    moved = changed((*EITHER, Channel.POST), postal_address="2 Fore Street, Truro")
    letters = told([BOTH, street, wish, moved], moved)
    assert {(one.channel, at) for at, one in letters.items()} == {
        (Channel.POST, STREET),
        (Channel.POST, "2 Fore Street, Truro"),
    }


def again(*otherwise: Way, **said: Any) -> RegisterPerson:
    """Ada registers once more."""
    found = Met(NOBODY, (ADA,), {ADA: frozenset(otherwise)})
    return RegisterPerson(full_name="Ada Fairweather", **said).having_met(found)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.IMPORTER, Role.SYSTEM])
def test_what_the_team_registers_otherwise_is_taken_in(role: Role) -> None:
    said = {"email": "ada@example.org", "phone": "07700 900017", "town": "Truro"}
    wish = again(Way.PHONE, **said)
    given(BOTH).when(wish, role=role).then(changed(EITHER, phone="07700 900017"))
    given(BOTH).when(again(**said), role=role).then_already_so()


def test_so_is_what_somebody_says_of_themselves() -> None:
    wish = again(Way.TOWN, email="ada@example.org", town="Truro")
    given(BOTH).when(wish, by=ADA, role=Role.APPLICANT).then(changed(EITHER, town="Truro"))


@pytest.mark.parametrize("otherwise", [(), (Way.PHONE,)])
def test_nobody_else_changes_it_or_learns_what_we_know(otherwise: tuple[Way, ...]) -> None:
    """Whether the number is right or not, the answer is one."""
    stranger: dict[str, Any] = {"by": BEN, "role": Role.APPLICANT}
    wish = again(*otherwise, email="ada@example.org", phone="07700 900017")
    given(BOTH).when(wish, **stranger).then_refused(KnownOtherwise)
    given(BOTH).when(again(email="ada@example.org"), **stranger).then_already_so()


def test_who_was_never_otherwise_is_as_they_came() -> None:
    came: PersonId = ADA
    assert folded(Reach(came), [registered(came)]).reached_by == {Channel.EMAIL}
