from typing import Any

import pytest
from pydantic import ValidationError

from domain.catalogue import NOTICES
from domain.decision import Act, NotYours
from domain.identities.tying import (
    FoundTies,
    NoSuchIssuer,
    TieAnew,
    TiedToAnother,
    TieIdentity,
    UntieIdentity,
)
from domain.people.person import PersonIsErased, UnknownPerson
from domain.roles.acting import NotTied, RoleNotHeld, authorised
from domain.roles.authority import Authority
from events.event import Event
from events.identities import IdentityTied, IdentityUntied
from events.ids import PersonId, TieId
from events.people import PersonErased
from events.terms import Role
from tests.scenes.cast import ADA, AUTUMN, BEN, NOBODY, registered
from tests.scenes.given import NOON, Sharing, command_id, given
from tests.scenes.pairs import recorded
from tests.scenes.team import RUTH, granted, in_office

SUBJECT = "a" * 64
TIE, OTHER = TieId.derived(NOON, "one"), TieId.derived(NOON, "another")
THERE = [*in_office(), registered(ADA), registered(BEN)]


def tied(who: PersonId = ADA, tie: TieId = TIE) -> IdentityTied:
    return IdentityTied(tie_id=tie, person_id=who, issuer="nhs", subject=SUBJECT)


def untied(who: PersonId = ADA, tie: TieId = TIE) -> IdentityUntied:
    return IdentityUntied(tie_id=tie, person_id=who)


def ties(*others: tuple[PersonId, TieId], who: PersonId = ADA) -> TieIdentity:
    command = TieIdentity(person_id=who, issuer="nhs", subject="ada-at-the-trust")
    return command.having_found(FoundTies(SUBJECT, others))


def unties(tie: TieId | None = None, who: PersonId = ADA) -> UntieIdentity:
    return UntieIdentity(person_id=who, tie_id=tie)


def test_a_coordinator_ties_somebody_to_an_issuer_s_subject() -> None:
    mine = TieId.derived(NOON, command_id("wish"))
    given(THERE).when(ties(), by=RUTH).then(tied(tie=mine))


def test_nobody_is_tied_who_is_not_known() -> None:
    given(THERE).when(ties(who=NOBODY), by=RUTH).then_refused(UnknownPerson)
    erased = [*THERE, PersonErased(person_id=ADA)]
    given(erased).when(ties(), by=RUTH).then_refused(PersonIsErased)
    command = TieIdentity(person_id=ADA, issuer="nhs", subject="x")
    unknown = command.having_found(FoundTies(None))
    given(THERE).when(unknown, by=RUTH).then_refused(NoSuchIssuer)


def test_a_subject_is_one_person_s_at_a_time() -> None:
    given([*THERE, tied()]).when(ties((ADA, TIE), who=BEN), by=RUTH).then_refused(TiedToAnother)
    given([*THERE, tied()]).when(ties((ADA, TIE)), by=RUTH).then_already_so()
    free = [*THERE, tied(), untied()]
    given(free).when(ties((ADA, TIE), who=BEN), by=RUTH).then_kinds(IdentityTied)


def test_what_leads_to_a_tie_that_nobody_recorded_makes_nobody_known() -> None:
    given(THERE).when(ties((ADA, TIE), who=BEN), by=RUTH).then_kinds(IdentityTied)
    others = [*THERE, tied(BEN, TIE)]  # Ada's row leads to a tie that is another's
    given(others).when(ties((ADA, TIE), who=BEN), by=RUTH).then_kinds(IdentityTied)


def test_a_subject_of_somebody_who_was_erased_may_be_tied_anew() -> None:
    gone = [*THERE, tied(), PersonErased(person_id=ADA)]
    given(gone).when(ties((ADA, TIE), who=BEN), by=RUTH).then_kinds(IdentityTied)


@pytest.mark.parametrize("subject", ["", " ", "é", "x\ny", "x" * 256])
def test_a_subject_is_as_issuers_write_them(subject: str) -> None:
    with pytest.raises(ValidationError):
        TieIdentity(person_id=ADA, issuer="nhs", subject=subject)


def test_a_person_may_have_several_ties_and_lose_one_or_all() -> None:
    both = [*THERE, tied(), tied(tie=OTHER)]
    given(both).when(unties(OTHER), by=RUTH).then(untied(tie=OTHER))
    given(both).when(unties(), by=RUTH).then(*(untied(tie=one) for one in sorted((TIE, OTHER))))
    given(THERE).when(unties(), by=RUTH).then_already_so()
    given(THERE).when(unties(who=NOBODY), by=RUTH).then_refused(UnknownPerson)
    given([*both, untied()]).when(unties(TIE), by=RUTH).then_already_so()


def test_people_untie_themselves_and_nobody_else() -> None:
    here = [*THERE, tied()]
    given(here).when(unties(), by=ADA, role=Role.APPLICANT).then(untied())
    given(here).when(unties(), by=BEN, role=Role.APPLICANT).then_refused(NotYours)


def acts(command: Any, who: PersonId, facts: list[Event], **said: Any) -> Role | None:
    know = Sharing(facts)
    act = Act(command_id("wish"), NOON, who, None, **said)
    return authorised(command, act, know(Authority(who)), command.needs(know)).role


def test_only_who_coordinates_the_whole_programme_ties() -> None:
    """Whoever could tie a sign-in of theirs to somebody could act as them."""
    assert acts(ties(), RUTH, THERE) is Role.COORDINATOR
    of_one = [*THERE, granted(BEN, Role.COORDINATOR, AUTUMN)]
    for who in (ADA, BEN):
        with pytest.raises(RoleNotHeld):
            acts(ties(), who, of_one)


def test_whoever_acts_by_a_tie_does_so_only_while_it_stands() -> None:
    here = [*THERE, tied(RUTH)]
    assert acts(ties(), RUTH, here, tie=TIE) is Role.COORDINATOR
    for facts in (THERE, [*here, untied(RUTH)], [*THERE, tied(ADA)], [*THERE, tied(RUTH, OTHER)]):
        with pytest.raises(NotTied):
            acts(ties(), RUTH, facts, tie=TIE)
    with pytest.raises(NotTied):
        acts(ties(), RUTH, [*here, PersonErased(person_id=RUTH)], tie=TIE)


def test_whoever_is_tied_is_told_and_when_it_is_undone_too() -> None:
    """So nobody can act as somebody else for long whom they have tied to themselves."""
    for fact in (tied(), untied()):
        (rule,) = NOTICES[type(fact)]
        (told,) = rule(recorded(fact), lambda wanted: wanted)
        assert (told.template, told.to) == (fact.name, ADA)


def test_what_could_not_be_looked_up_whole_ties_nobody() -> None:
    """A tie would be recorded that leads to nobody, or a subject would be two people's."""
    command = TieIdentity(person_id=ADA, issuer="nhs", subject="ada-at-the-trust")
    for found in (FoundTies(SUBJECT, whole=False), FoundTies(None, whole=False)):
        given(THERE).when(command.having_found(found), by=RUTH).then_refused(TieAnew)
