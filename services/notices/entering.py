"""What comes into the ledger: the notices that answer a fact; and whether each may go."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.catalogue import NOTICES
from domain.cohorts.cohort import Cohort
from domain.contacts.reaching import Reached, may_hear, reach_of
from domain.contacts.supporting import copies
from domain.decision import Know
from domain.notice import Notice
from domain.states import is_still_said
from events.catalogue import Recorded
from services.log.finding import Source
from services.log.memory import Memory


class NoticeKey(NamedTuple):
    """Which notice: its cause (an event's id), whom it goes to, and its template."""

    cause: str
    person: str
    template: str


@dataclass(frozen=True)
class LedgerEntry:
    """A notice with its cause, and how the person it goes to is reached."""

    cause: Recorded[Any]
    notice: Notice
    reach: Reached

    @property
    def key(self) -> NoticeKey:
        """Cause, person and template: what it is never sent twice for."""
        return NoticeKey(self.cause.envelope.id, self.notice.to, self.notice.template)


def entries_for(fact: Recorded[Any], memory: Memory, source: Source) -> list[LedgerEntry]:
    """The notices that answer a fact, on what was known when it happened; none to contacts who may
    not be written to.
    """
    rules = NOTICES.get(type(fact.event), ())

    def ask() -> list[LedgerEntry]:
        cohort = memory.know(cohort_of(fact))
        state = cohort.stands_still
        told = (notice for rule in rules for notice in rule(fact, memory.know))
        answers = (one for notice in told for one in _with_copies(notice, cohort, memory.know))
        answers = (one for one in answers if is_still_said(one.template, state))
        entries = [LedgerEntry(fact, one, memory.know(reach_of(one.to))) for one in answers]
        return [one for one in entries if may_hear(one.reach, one.notice)]

    found = None
    while found is None:  # heavy knowledge comes part by part, and a message waits for the whole
        found = memory.fill(source, [ask])
    return found[0]


def reached_now(one: LedgerEntry, memory: Memory, source: Source) -> Reached | None:
    """How whom it is for is reached by all that is known now, or None if it may not go to them any
    more: a contact may have come to an end, a cohort may have been cancelled, somebody may have
    taken back their consent since its fact happened.
    """
    found = None
    while found is None:
        ask = [lambda: (memory.know(reach_of(one.notice.to)), memory.know(cohort_of(one.cause)))]
        found = memory.fill(source, ask)
    ((reach, cohort),) = found
    still = may_hear(reach, one.notice) and is_still_said(one.notice.template, cohort.stands_still)
    return reach if still else None


def _with_copies(notice: Notice, cohort: Cohort, know: Know) -> Iterator[Notice]:
    yield notice
    yield from copies(notice, cohort.cohort_id, know)


def cohort_of(fact: Recorded[Any]) -> Cohort:
    """What must be known of the cohort that a fact is about, if it is about one."""
    return Cohort(getattr(fact.event, "cohort_id", None))
