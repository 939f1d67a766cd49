"""What must hold of every fact, whatever it is about: its place, its id, its command, its actor."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final

from domain.invariants.chronicle.chronicle import Chronicle
from domain.invariants.invariant import Finding, Invariant
from domain.invariants.learning import learns
from events.applications import ApplicationStarted
from events.catalogue import EVERY, Recorded
from events.cohorts import CohortPlanned
from events.contacts import ContactNamed, ContactStated
from events.event import Event, id_kinds
from events.identities import IdentityTied
from events.ids import (
    FIRST_RULES,
    CohortId,
    CommandId,
    Id,
    PersonId,
    ProgrammeId,
    RulesId,
    TaskId,
)
from events.imports import ImportBegun
from events.matching import MatchingRunApproved, MatchingRunAsked, MatchingRunMade
from events.notices import NoticeUndelivered
from events.pairings import PairingProposed
from events.people import PersonRegistered
from events.projects import MilestonePlanned, ProjectProposed
from events.reflections import ReflectionSubmitted
from events.rules import RulesProposed
from events.terms import NEWCOMER, EarlierReason, Role, System
from events.troubles import TroubleNoted
from events.workshops import WorkshopScheduled

CLOCKS: Final = timedelta(minutes=5)
"""So far may two clocks be apart, or one be put right."""
WITHHELD: Final = "system:withheld"
ACTORS: Final = frozenset({*(f"system:{one}" for one in System), WITHHELD})
ROLES: Final = frozenset(Role)
REASONS: Final = frozenset(EarlierReason)
PERSON: Final = f"{PersonId.prefix}_"
COMMAND: Final = f"{CommandId.prefix}_"
MAY_SAY_EARLIER: Final = frozenset({Role.COORDINATOR, Role.IMPORTER})
BEGINNINGS: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        ApplicationStarted: "application_id",
        CohortPlanned: "cohort_id",
        ContactNamed: "contact_id",
        ContactStated: "contact_id",
        IdentityTied: "tie_id",
        ImportBegun: "import_id",
        MatchingRunAsked: "run_id",
        MatchingRunMade: "run_id",  # the first ones were asked for and made at once
        MilestonePlanned: "milestone_id",
        NoticeUndelivered: "notice_id",
        PairingProposed: "pairing_id",
        PersonRegistered: "person_id",
        ProjectProposed: "project_id",
        ReflectionSubmitted: "reflection_id",
        RulesProposed: "rules_id",
        TroubleNoted: "trouble_id",
        WorkshopScheduled: "workshop_id",
    }
)
"""The first fact of each thing, by the field that names it."""
MAY_BE_ANYBODY: Final = (MatchingRunApproved, "signed_by")
"""Who acts need not be registered."""


def _named(kind: type[Event]) -> tuple[str, ...]:
    """The fields by which a fact names things and people that must be known."""
    fields = ((name, it) for name, it in id_kinds(kind) if it is not ProgrammeId)
    return tuple(name for name, _ in fields if (kind, name) != MAY_BE_ANYBODY)


def _of_a_cohort(kind: type[Event]) -> tuple[str, ...]:
    """The fields by which a fact of a cohort names its things."""
    fields: dict[str, type[Id]] = dict(id_kinds(kind))
    shared = CohortId | PersonId | ProgrammeId | RulesId
    things = (one for one, it in fields.items() if not issubclass(it, shared))
    return tuple(things) if "cohort_id" in fields else ()


NAMED: Final = MappingProxyType({kind: _named(kind) for kind in EVERY})
THINGS: Final = MappingProxyType({kind: _of_a_cohort(kind) for kind in EVERY})
OF_A_COHORT: Final = tuple(kind for kind in EVERY if THINGS[kind])


def _thing(one: Any) -> Any:
    """What an id is of: of a task, what it is about."""
    return one.about if isinstance(one, TaskId) else one


class NoGap(Invariant):
    """A position of the log is missing, doubled or out of order."""

    name: ClassVar = "everywhere.no-gap"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._last = 0

    @learns(*EVERY)
    def comes_next(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Each position follows the one before it."""
        before, self._last = self._last, fact.envelope.position
        if self._last == before + 1 or self._unread(before):
            return None
        return [self.found((fact.envelope.id,), before, self._last)]

    def _unread(self, before: int) -> bool:
        """Whether nothing is missing but what can't be read."""
        between = range(before + 1, self._last)
        return bool(between) and self.log.unread.issuperset(between)


class PreviousOfItsContext(Invariant):
    """A fact does not name the fact of its context that came before it, so one seems lost."""

    name: ClassVar = "everywhere.previous-of-its-context"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._last: dict[str, int] = {}

    @learns(*EVERY)
    def follows(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Contexts are counted each by itself."""
        envelope = fact.envelope
        context = envelope.type.partition(".")[0]
        before = self._last.get(context, 0)
        self._last[context] = envelope.position
        if envelope.previous == before or envelope.previous in self.log.unread:
            return None
        return [self.found((envelope.id,), before, envelope.previous, envelope.position)]


class IdsUnique(Invariant):
    """Two facts have one id."""

    name: ClassVar = "everywhere.ids-unique"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._positions: dict[str, int] = {}

    @learns(*EVERY)
    def is_named(self, fact: Recorded[Any]) -> list[Finding] | None:
        """Each id is new."""
        envelope = fact.envelope
        before = self._positions.setdefault(envelope.id, envelope.position)
        if before == envelope.position:
            return None
        return [self.found((envelope.id,), before, envelope.position)]


class CommandActsOnce(Invariant):
    """A command had its effect twice: facts of it stand at two places of the log."""

    name: ClassVar = "everywhere.command-acts-once"
    rules: ClassVar = (29,)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._positions: dict[str, int] = {}
        self._last = ""

    @learns(*EVERY)
    def acts(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What follows from a command stands together."""
        command = fact.envelope.origin.command_id
        if command == self._last:
            return None
        self._last = command
        before = self._positions.setdefault(command, fact.envelope.position)
        if before == fact.envelope.position:
            return None
        return [self.found((command,), before, fact.envelope.position)]


class OneOrigin(Invariant):
    """Facts of one command tell of two: their digest, their time, their actor or their correlation
    differ.
    """

    name: ClassVar = "everywhere.one-origin"
    rules: ClassVar = (28, 29)

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._of: tuple[str, str, datetime] | None = None
        self._said: tuple[str, ...] | None = None
        self._at = self._said_at = 0

    @learns(*EVERY)
    def tells(self, fact: Recorded[Any]) -> list[Finding] | None:
        """What a veil leaves out can't be compared."""
        origin, at = fact.envelope.origin, fact.envelope.position
        before = self._of
        self._of = origin.command_id, origin.digest, origin.time
        same = before is not None and before[0] == origin.command_id
        if not same:
            self._said = None
        was, self._at = self._at, at
        if origin.actor == WITHHELD:
            differs = same and before != self._of
        else:
            said = origin.actor, origin.role, origin.correlation_id, origin.source
            differs = same and (before != self._of or self._said not in (None, said))
            self._said = said
        return [self.found((origin.command_id,), was, at)] if differs else None


class RecordedInOrder(Invariant):
    """A fact was recorded earlier than the one before it."""

    name: ClassVar = "everywhere.recorded-in-order"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._last: tuple[datetime, int] | None = None

    @learns(*EVERY)
    def is_recorded(self, fact: Recorded[Any]) -> list[Finding] | None:
        """The log's clock never goes back."""
        envelope, before = fact.envelope, self._last
        self._last = envelope.recorded, envelope.position
        if before is None or before[0] <= envelope.recorded:
            return None
        return [self.found((envelope.id,), before[1], envelope.position)]


class HappenedBeforeRecorded(Invariant):
    """Something was recorded before it happened."""

    name: ClassVar = "everywhere.happened-before-recorded"

    @learns(*EVERY)
    def happened(self, fact: Recorded[Any]) -> list[Finding] | None:
        """The door's clock may be a little ahead of the log's."""
        envelope = fact.envelope
        if envelope.origin.time <= envelope.recorded + CLOCKS:
            return None
        return [self.found((envelope.id,), envelope.position)]


class EarlierCause(Invariant):
    """Something followed by itself from a fact that did not stand in the log before."""

    name: ClassVar = "everywhere.earlier-cause"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._known: set[str] = set()

    @learns(*EVERY)
    def follows(self, fact: Recorded[Any]) -> list[Finding] | None:
        """A wish from outside may have a cause that the log does not know."""
        envelope = fact.envelope
        self._known.add(envelope.id)
        origin = envelope.origin
        cause = origin.causation_id
        if origin.actor not in ACTORS or cause in self._known or cause.startswith(COMMAND):
            return None
        if self.log.unread:
            return None  # it may be the cause
        return [self.found((envelope.id, cause), envelope.position)]


class SomebodyAnswers(Invariant):
    """Nobody can be found who answers for a fact: it lacks an actor, a role, or a reason."""

    name: ClassVar = "everywhere.somebody-answers"
    rules: ClassVar = (28,)

    @learns(*EVERY)
    def answers(self, fact: Recorded[Any]) -> list[Finding] | None:
        """People act in roles of people, and systems under their names."""
        origin = fact.envelope.origin
        person = origin.actor == NEWCOMER or origin.actor.startswith(PERSON)
        known = (person or origin.actor in ACTORS) and origin.role in ROLES
        may = not person or origin.role != Role.SYSTEM
        said = origin.reason is None or (
            origin.reason in REASONS and origin.role in MAY_SAY_EARLIER
        )
        for_whom = origin.on_behalf_of is None or origin.on_behalf_of.startswith(PERSON)
        if known and may and said and for_whom:
            return None
        return [self.found((fact.envelope.id, origin.actor), fact.envelope.position)]


class NothingBeforeItsBeginning(Invariant):
    """A fact tells of something, or of somebody, of whom no fact told that they began."""

    name: ClassVar = "everywhere.nothing-before-its-beginning"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._known: set[str] = {FIRST_RULES}

    @learns(*EVERY)
    def names(self, fact: Recorded[Any]) -> Iterator[Finding] | None:
        """Once told, it is not told of the same thing again."""
        event, known = fact.event, self._known
        if self.log.unread:
            return None  # it may have begun there
        if first := BEGINNINGS.get(type(event)):
            known.add(getattr(event, first))
        for field in NAMED[type(event)]:
            one = _thing(getattr(event, field))
            if one is not None and one not in known:
                return self._unknown(fact)
        return None

    def _unknown(self, fact: Recorded[Any]) -> Iterator[Finding]:
        for field in NAMED[type(fact.event)]:
            one = _thing(getattr(fact.event, field))
            if one is not None and one not in self._known:
                self._known.add(one)
                yield self.found((one,), fact.envelope.position)


class OfOneCohort(Invariant):
    """A thing of one cohort stands in a fact of another."""

    name: ClassVar = "everywhere.of-one-cohort"

    def __init__(self, chronicle: Chronicle) -> None:
        super().__init__(chronicle)
        self._cohorts: dict[str, tuple[CohortId, int]] = {}

    @learns(*OF_A_COHORT)
    def names(self, fact: Recorded[Any]) -> Iterator[Finding] | None:
        """What names a thing first says whose it is."""
        event, at = fact.event, fact.envelope.position
        cohort_id = event.cohort_id
        for field in THINGS[type(event)]:
            one = getattr(event, field)
            if one is not None:
                first = self._cohorts.setdefault(one, (cohort_id, at))
                if first[0] != cohort_id:
                    return iter([self.found((one, first[0], cohort_id), first[1], at)])
        return None
