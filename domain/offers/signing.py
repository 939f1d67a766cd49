"""What two co-chairs sign before anybody hears: the decisions of a cohort, as they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, learns
from domain.offers.results import Results, ToRelease, must_take_no_more, to_release
from domain.roles.signing import (
    Signatories,
    must_be_their_side,
    must_not_have_signed,
    signatories,
    still_signing,
)
from events.cohorts import ReleaseSigned
from events.event import Event
from events.ids import CohortId, PersonId
from events.personal import plain
from events.terms import Role, Side


@dataclass
class Signatures(Knowledge):
    """Who last signed a cohort's decisions for each side, and what it was that they signed."""

    cohort_id: CohortId | None
    last: dict[Side, tuple[PersonId, str | None]] = field(default_factory=dict)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ReleaseSigned)
    def signs(self, event: ReleaseSigned) -> None:
        self.last[event.side] = event.signed_by, plain(event.decisions)


class Signing(NamedTuple):
    """The signatures under a cohort's decisions, what those who gave them hold, and who may not
    sign.
    """

    signatures: Signatures
    impartial: Impartial
    signatories: Signatories

    def under(self, results: Results, day: date) -> Mapping[Side, PersonId]:
        """Whose signatures count on a day: under just these decisions, of nobody whom they are
        about or who is close to them, and of who is still co-chair of that side.
        """
        given = self.given(results).items()
        theirs = {side: who for side, who in given if not self.impartial.is_concerned(who)}
        return still_signing(self.signatories, theirs, self.signatures.cohort_id, day)

    def given(self, results: Results) -> Mapping[Side, PersonId]:
        """Whose signatures are under just these decisions, whether or not they count now: they may
        count again.
        """
        last = self.signatures.last.items()
        return {side: who for side, (who, signed) in last if signed == results.digest}

    def must_be_whole(self, results: Results, day: date) -> None:
        """Refuses decisions that two co-chairs, one of each side, have not signed as they stand."""
        if len(set(self.under(results, day).values())) == len(Side):
            return
        if len(self.signatures.last) == len(Side):
            raise SignedOtherwise
        raise NobodyHasSigned


def signing_of(know: Know, cohort_id: CohortId, judging: Impartial) -> Signing:
    """What must be known of the signatures of a cohort."""
    signatures = know(Signatures(cohort_id))
    signed_by = [who for who, _ in signatures.last.values()]
    return Signing(signatures, judging, signatories(know, signed_by))


class NobodyHasSigned(Refusal):
    """Both sides' co-chairs must sign the decisions before they are released. Ask them to sign."""

    code = "release.not-signed-by-both"


class SignedOtherwise(Refusal):
    """The decisions, or who signs for a side, are not what they were. Ask both sides' co-chairs to
    sign again.
    """

    code = "release.signed-otherwise"


class SignRelease(Command, Decides[Cohort, ToRelease, Signing]):
    """A co-chair signs for their side what was decided on a cohort's applications, all together.

    It counts under just these decisions: once one of them is another, both sides sign again.
    """

    name: ClassVar = "cohort.sign-release"
    roles: ClassVar = frozenset({Role.CO_CHAIR})
    cohort_id: CohortId
    side: Side

    def needs(self, know: Know) -> tuple[Cohort, ToRelease, Signing]:
        this = self.cohort_id
        wanted = to_release(know, this)
        return know(Cohort(this)), wanted, signing_of(know, this, wanted.judging)

    def decide(
        self, act: Act, cohort: Cohort, wanted: ToRelease, signing: Signing
    ) -> Iterator[Event]:
        plan = cohort.known
        must_be_their_side(act, self.side)
        if act.person is None or cohort.released:
            return
        must_take_no_more(act, cohort, plan, wanted.results)
        wanted.must_be_whole()
        results = wanted.results
        signed = signing.under(results, act.asked_on)
        if self.side in signed:
            return
        must_not_have_signed(act, self.side, signing.given(results))
        yield ReleaseSigned(
            cohort_id=self.cohort_id,
            side=self.side,
            signed_by=act.person,
            decisions=results.digest,
        )
