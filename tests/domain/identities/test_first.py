from datetime import date

import pytest
from pydantic import ValidationError

from domain.identities.first import MakeCoordinator, ThereIsACoordinator
from domain.identities.tying import FoundTies, NoSuchIssuer, TiedToAnother
from domain.people.person import UnknownPerson
from events.identities import IdentityTied
from events.ids import PROGRAMME, PersonId, TieId
from events.people import PersonErased
from events.roles import GlassBroken, RoleGranted
from events.terms import Role
from tests.scenes.cast import ADA, BEN, CLEO, opened, registered
from tests.scenes.given import NOON, given
from tests.scenes.team import RUTH, granted, in_office

TODAY = date(2024, 9, 16)
TIE = TieId.derived(NOON, "one")
THERE = [*in_office(), *opened(), registered(ADA), registered(BEN)]


def test_the_first_coordinator_is_made_by_who_may_write_to_the_log() -> None:
    first = granted(CLEO, Role.COORDINATOR, starts_on=TODAY)
    wish = MakeCoordinator(person_id=CLEO)
    made = given(registered(CLEO)).when(wish, role=Role.SYSTEM).then(first)
    made.when(wish, role=Role.SYSTEM).then_already_so()
    given().when(wish, role=Role.SYSTEM).then_refused(UnknownPerson)


def test_once_there_is_one_the_glass_must_be_broken() -> None:
    wish = MakeCoordinator(person_id=ADA)
    given(THERE).when(wish, role=Role.SYSTEM).then_refused(ThereIsACoordinator)
    why = "Ruth has left, and nobody knows where she is."
    given(THERE).when(MakeCoordinator(person_id=ADA, reason=why), role=Role.SYSTEM).then(
        granted(ADA, Role.COORDINATOR, starts_on=TODAY),
        GlassBroken(person_id=ADA, programme_id=PROGRAMME, reason=why),
    )


def test_whoever_was_erased_is_no_coordinator_any_more() -> None:
    wish = MakeCoordinator(person_id=ADA)
    before = given(THERE, PersonErased(person_id=RUTH))
    before.when(wish, role=Role.SYSTEM).then_kinds(RoleGranted)


def sign_in(reason: str | None = None, *others: tuple[PersonId, TieId]) -> MakeCoordinator:
    command = MakeCoordinator(
        person_id=RUTH, issuer="nhs", subject="ruth-at-the-trust", reason=reason
    )
    return command.having_found(FoundTies("a" * 64, others))


def test_the_first_coordinator_is_made_and_tied_at_once_or_not_at_all() -> None:
    here = given(registered(RUTH))
    here.when(sign_in(), role=Role.SYSTEM).then_kinds(RoleGranted, IdentityTied)
    nowhere = sign_in().having_found(FoundTies(None))
    here.when(nowhere, role=Role.SYSTEM).then_refused(NoSuchIssuer)
    theirs = IdentityTied(tie_id=TIE, person_id=ADA, issuer="nhs", subject="a" * 64)
    there = given(registered(RUTH), registered(ADA), theirs)
    there.when(sign_in(None, (ADA, TIE)), role=Role.SYSTEM).then_refused(TiedToAnother)


def test_to_tie_a_coordinator_from_outside_the_glass_must_be_broken() -> None:
    given(THERE).when(sign_in(), role=Role.SYSTEM).then_refused(ThereIsACoordinator)
    broken = given(THERE).when(sign_in("Ruth lost her telephone."), role=Role.SYSTEM)
    after = broken.then_kinds(IdentityTied, GlassBroken)
    tie = next(one.tie_id for one in broken.new if isinstance(one, IdentityTied))
    after.when(sign_in(None, (RUTH, tie)), role=Role.SYSTEM).then_already_so()


def test_a_sign_in_has_both_an_issuer_and_a_subject() -> None:
    with pytest.raises(ValidationError):
        MakeCoordinator(person_id=RUTH, issuer="nhs")
