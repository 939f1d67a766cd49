"""Nobody decides about themselves, somebody close to them, or whom they compete with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from domain.decision import OWN_ROLES, Act, Guard, Know, Knowledge, Refusal, learns
from domain.people.close_ones import CloseOnes
from events.applications import ApplicationStarted
from events.ids import CohortId, PersonId
from events.terms import Role


@dataclass
class CohortApplicants(Knowledge):
    """Everybody who ever began to apply for a cohort."""

    unopened: ClassVar = True
    cohort_id: CohortId | None
    people: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.cohort_id,)

    @learns(ApplicationStarted)
    def applies(self, event: ApplicationStarted) -> None:
        self.people.add(event.person_id)


class YouHaveApplied(Refusal):
    """You have applied for this cohort yourself, so somebody else must do this."""

    code = "selection.you-have-applied"


class TooCloseToThem(Refusal):
    """You are too close to whom this is about, so somebody else must do this."""

    code = "selection.too-close"


@dataclass(frozen=True)
class Impartial(Guard):
    """Whoever acts on applications of a cohort has none there, however it went, and is not close to
    those whom it is about.

    Who acts in a role of their own acts for themselves; whether an assessor is too close is asked
    of the assessor, whoever sends it in.
    """

    applicants: CohortApplicants
    close: tuple[CloseOnes, ...]

    def __iter__(self) -> Iterator[Knowledge]:
        yield self.applicants
        yield from self.close

    def must_let(self, act: Act) -> None:
        """Refuses applicants, and those who are close to whom it is about."""
        judges = act.role not in OWN_ROLES or act.role is Role.ASSESSOR
        if judges and act.person in self.applicants.people:
            raise YouHaveApplied
        if act.role not in OWN_ROLES and self.is_close(act.person):
            raise TooCloseToThem

    def is_concerned(self, who: PersonId | None) -> bool:
        """Whether somebody has applied themselves, or is close to any of whom it is about."""
        return who in self.applicants.people or self.is_close(who)

    def is_close(self, who: PersonId | None) -> bool:
        """Whether somebody is close to any of those whom it is about."""
        return any(one.are_close(who) for one in self.close)


def impartial(
    know: Know, cohort_id: CohortId | None, people: Iterable[PersonId | None] = ()
) -> Impartial:
    """What must be known so that nobody acts for themselves; `people` are those it is about."""
    close = tuple(know(CloseOnes(who)) for who in sorted(filter(None, people)))
    return Impartial(know(CohortApplicants(cohort_id)), close)
