from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.decision import NewerCounts, NotYourRole, NotYours
from domain.people.consents import GiveConsent, WithdrawConsent
from domain.people.person import (
    Met,
    NoAddressForThis,
    PersonIsErased,
    RegisterPerson,
    SamePerson,
    UnknownPerson,
)
from domain.people.preferences import StateAccessNeeds, StateContactPreference
from domain.people.ties import DeclareRelationship
from events.ids import PersonId
from events.people import (
    AccessNeedsStated,
    ConsentGiven,
    ConsentWithdrawn,
    Contact,
    ContactPreferenceStated,
    PersonErased,
    PersonRegistered,
    RelationshipDeclared,
)
from events.personal import Sealed
from events.terms import Channel, Format, Purpose, Relationship, Role
from tests.scenes.cast import ADA, BEN, NOBODY, registered
from tests.scenes.given import NOON, Given, folded, given

SEALED = Sealed(audience=ADA, key="1", event="event", field="contact", sealed="bm90aGluZw")


def coming(met: Met | None, name: str = "Ada") -> RegisterPerson:
    """Somebody who registers, and who the door says they may be."""
    said = RegisterPerson(full_name=name, email="ada@example.org")
    return said.having_met(met) if met else said


def test_somebody_new_is_registered_under_the_id_that_the_door_gives() -> None:
    said = RegisterPerson(full_name="Ada Fairweather", phone="01632 960 017", town="Exeter")
    given().when(said.having_met(Met(ADA))).then(
        PersonRegistered(
            person_id=ADA,
            full_name="Ada Fairweather",
            contact=Contact(phone="01632 960 017", town="Exeter"),
            reached_by=(Channel.PHONE,),
        )
    )


def test_somebody_whom_the_door_knows_again_is_registered_once() -> None:
    came = PersonRegistered(
        person_id=ADA,
        full_name="Ada",
        contact=Contact(email="ada@example.org"),
        reached_by=(Channel.EMAIL,),
    )
    known = given().when(coming(Met(ADA))).then(came)
    known.when(coming(Met(None, (ADA,))), named="another wish").then_already_so()
    known.when(coming(Met(BEN, (ADA,))), named="in the same group").then_already_so()


def test_who_it_is_depends_on_who_is_registered_and_not_on_what_the_door_says() -> None:
    """Whom a command was refused has left a card, and nothing in the log."""
    given(registered(BEN)).when(coming(Met(ADA, (NOBODY,)))).then_kinds(PersonRegistered)
    given(registered(BEN)).when(coming(Met(ADA, (NOBODY, BEN)))).then_already_so()


def whom(scene: Given, *same: PersonId) -> tuple[PersonId, ...]:
    """Whom a registration is about, by what is known."""
    command = coming(Met(NOBODY, same))
    known = command.needs(lambda wanted: folded(wanted, scene.facts))
    return command.concerns(known)


def test_it_is_about_the_one_whom_we_know_or_about_nobody() -> None:
    scene = given(registered(ADA), registered(BEN), PersonErased(person_id=BEN))
    assert whom(scene) == whom(scene, BEN) == whom(scene, NOBODY) == ()
    assert whom(scene, NOBODY, BEN, ADA) == (ADA,)


def test_nothing_is_decided_before_somebody_looked_who_it_is() -> None:
    with pytest.raises(LookupError, match="nobody looked"):
        given().when(coming(None))


@pytest.mark.parametrize("field", ["person_id", "_met", "met"])
def test_nobody_outside_says_who_they_are(field: str) -> None:
    said = {"full_name": "Ada", "email": "ada@example.org", field: ADA}
    with pytest.raises(ValidationError, match="Extra inputs"):
        RegisterPerson.model_validate(said)


def test_a_newcomer_may_register_themselves() -> None:
    given().when(
        coming(Met(ADA)), role=Role.APPLICANT, by="somebody at the online form"
    ).then_kinds(PersonRegistered)


def test_nobody_is_registered_whom_we_could_never_reach() -> None:
    with pytest.raises(ValidationError, match="e-mail address or a telephone number"):
        RegisterPerson(full_name="Ada")


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.org", "a da@example.org", "ada@nhs"])
def test_what_is_no_email_address_is_not_taken_and_not_repeated(email: str) -> None:
    with pytest.raises(ValidationError) as found:
        RegisterPerson(full_name="Ada", email=email)
    assert f"'{email}'" not in str(found.value)


@pytest.mark.parametrize("phone", ["n/a", "-", "01632"])
def test_what_is_no_telephone_number_is_not_taken(phone: str) -> None:
    with pytest.raises(ValidationError):
        RegisterPerson(full_name="Ada", phone=phone)


@pytest.mark.parametrize("phone", ["(01632) 960017", "+447700 900017", "07700-900-017 ext 3"])
def test_telephone_numbers_are_taken_as_people_write_them(phone: str) -> None:
    assert RegisterPerson(full_name="Ada", phone=phone).phone == phone


def test_a_preference_is_noted_when_it_changes() -> None:
    wish = StateContactPreference(person_id=ADA, channel=Channel.EMAIL, format=Format.EASY_READ)
    stated = ContactPreferenceStated(
        person_id=ADA,
        channel=Channel.EMAIL,
        format=Format.EASY_READ,
        language="en",
        said_at=NOON,
    )
    after = given(registered(ADA)).when(wish).then(stated)
    after.when(wish).then_already_so()
    after.when(wish.model_copy(update={"language": "cy"})).then_kinds(ContactPreferenceStated)


def test_nobody_is_rung_up_whose_number_we_do_not_have() -> None:
    given(registered(ADA)).when(
        StateContactPreference(person_id=ADA, channel=Channel.PHONE)
    ).then_refused(NoAddressForThis)


def test_an_address_that_is_sealed_is_still_an_address() -> None:
    known = registered(ADA).model_copy(update={"contact": SEALED})
    given(known).when(StateContactPreference(person_id=ADA, channel=Channel.EMAIL)).then_kinds(
        ContactPreferenceStated
    )


def test_access_needs_are_noted_in_somebodys_own_words() -> None:
    stated = AccessNeedsStated(
        person_id=ADA, needs="A hearing loop", supporter_comes=True, said_at=NOON
    )
    given(registered(ADA)).when(
        StateAccessNeeds(person_id=ADA, access_needs="A hearing loop", supporter_comes=True)
    ).then(stated)


def test_access_needs_are_called_needs_on_the_wire() -> None:
    wish = StateAccessNeeds.model_validate_json(f'{{"person_id":"{ADA}","needs":"Large print"}}')
    assert wish.access_needs == "Large print"
    assert StateAccessNeeds.model_validate(wish.model_dump()) == wish
    with pytest.raises(ValidationError):
        StateAccessNeeds.model_validate(wish.model_dump() | {"hopes": "none"})


def test_consent_is_given_once_and_withdrawn_once() -> None:
    given_consent = ConsentGiven(person_id=ADA)
    withdrawn = ConsentWithdrawn(person_id=ADA, said_at=NOON)
    yes, no = GiveConsent(person_id=ADA), WithdrawConsent(person_id=ADA)
    agreed = given(registered(ADA)).when(yes).then(given_consent)
    agreed.when(yes).then_already_so()
    disagreed = agreed.when(no).then(withdrawn)
    disagreed.when(no).then_already_so()
    disagreed.when(yes).then(given_consent)


def test_consent_to_one_purpose_is_none_to_another() -> None:
    given(registered(ADA), ConsentGiven(person_id=ADA, purpose=Purpose.RESEARCH)).when(
        GiveConsent(person_id=ADA)
    ).then(ConsentGiven(person_id=ADA, purpose=Purpose.PROGRAMME))


ABOUT_ADA = (
    StateContactPreference(person_id=ADA, channel=Channel.EMAIL),
    StateAccessNeeds(person_id=ADA, access_needs="A hearing loop"),
    GiveConsent(person_id=ADA),
    WithdrawConsent(person_id=ADA),
    DeclareRelationship(person_id=ADA, other_id=BEN, kind=Relationship.FAMILY),
)


@pytest.mark.parametrize("wish", ABOUT_ADA, ids=lambda wish: wish.name)
def test_people_speak_for_themselves_only(wish: GiveConsent) -> None:
    scene = given(registered(ADA), registered(BEN))
    scene.when(wish, by=BEN, role=Role.APPLICANT).then_refused(NotYours)
    assert scene.when(wish, by=ADA, role=Role.APPLICANT).refusal is None


@pytest.mark.parametrize("wish", ABOUT_ADA, ids=lambda wish: wish.name)
def test_nothing_is_noted_of_a_person_whom_we_do_not_know(wish: GiveConsent) -> None:
    given(registered(BEN)).when(wish).then_refused(UnknownPerson)


AGAIN = coming(Met(None, (ADA,)))


@pytest.mark.parametrize("wish", [*ABOUT_ADA, AGAIN], ids=lambda wish: wish.name)
def test_nothing_new_is_kept_about_somebody_who_was_erased(wish: GiveConsent) -> None:
    known = given(registered(ADA), registered(BEN), ConsentGiven(person_id=ADA))
    result = given(known.facts, PersonErased(person_id=ADA)).when(wish)
    result.then_refused(PersonIsErased)
    assert result.refusal
    assert result.refusal.code == "person.erased"
    assert given(known.facts, PersonErased(person_id=BEN)).when(AGAIN).refusal is None


def test_who_was_erased_comes_again_as_somebody_new() -> None:
    forgotten = given(registered(ADA), PersonErased(person_id=ADA))
    result = forgotten.when(coming(Met(NOBODY, (ADA,))))
    result.then_kinds(PersonRegistered)
    assert [one.person_id for one in result.new if isinstance(one, PersonRegistered)] == [NOBODY]


def test_nobody_is_related_to_somebody_who_was_erased() -> None:
    given(registered(ADA), registered(BEN), PersonErased(person_id=BEN)).when(
        DeclareRelationship(person_id=ADA, other_id=BEN, kind=Relationship.FAMILY)
    ).then_refused(PersonIsErased)


@pytest.mark.parametrize("wish", ABOUT_ADA, ids=lambda wish: wish.name)
def test_a_host_notes_nothing_of_other_people(wish: GiveConsent) -> None:
    given(registered(ADA), registered(BEN)).when(wish, role=Role.HOST).then_refused(NotYourRole)


def test_a_relationship_is_declared_once_in_each_direction() -> None:
    wish = DeclareRelationship(person_id=ADA, other_id=BEN, kind=Relationship.TREATS)
    fact = RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.TREATS)
    after = given(registered(ADA), registered(BEN)).when(wish).then(fact)
    after.when(wish).then_already_so()
    after.when(
        DeclareRelationship(person_id=BEN, other_id=ADA, kind=Relationship.TREATS)
    ).then_kinds(RelationshipDeclared)


def test_nobody_is_related_to_themselves_or_to_nobody() -> None:
    scene = given(registered(ADA))
    kind = Relationship.FAMILY
    scene.when(DeclareRelationship(person_id=ADA, other_id=ADA, kind=kind)).then_refused(SamePerson)
    scene.when(DeclareRelationship(person_id=ADA, other_id=NOBODY, kind=kind)).then_refused(
        UnknownPerson
    )


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (
            StateContactPreference(person_id=ADA, channel=Channel.EMAIL, format=Format.AUDIO),
            StateContactPreference(person_id=ADA, channel=Channel.EMAIL, format=Format.BRAILLE),
        ),
        (
            StateAccessNeeds(person_id=ADA, access_needs="A hearing loop"),
            StateAccessNeeds(person_id=ADA, access_needs="None any more"),
        ),
        (WithdrawConsent(person_id=ADA), GiveConsent(person_id=ADA)),
    ],
    ids=lambda one: str(one.name),
)
def test_the_newer_word_stays_when_an_older_form_comes(newer: Any, older: Any) -> None:
    scene = given(registered(ADA), ConsentGiven(person_id=ADA)).when(newer)
    known = given(scene.facts, scene.new)
    form: Any = {"role": Role.IMPORTER, "asked": NOON + timedelta(days=9)}
    known.when(older, at=NOON - timedelta(days=1), **form).then_refused(NewerCounts)
    assert known.when(older, at=NOON + timedelta(days=1), **form).new
    assert known.when(older, at=NOON - timedelta(days=1)).new, "a clock that went back is no form"
