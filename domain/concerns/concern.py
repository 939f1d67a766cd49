"""What was told in confidence: who may raise it, read it, and decide on it.

All of this is decided in a log of its own, on nothing of the programme but what the actor may do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from pydantic import model_validator

from domain.decision import (
    OWN_ROLES,
    Act,
    Command,
    Decides,
    Know,
    Knowledge,
    NotForYou,
    NotYours,
    Refusal,
    learns,
)
from domain.roles.acting import NobodyAsked
from events.concerns import ConcernDecided, ConcernLeadTold, ConcernRaised, ConcernRead
from events.event import Event
from events.ids import ConcernId, PersonId
from events.personal import Words, plain
from events.terms import ConcernDecision, LeadHeard, Role, System

ANYBODY: Final = frozenset(Role) - {Role.SYSTEM}
LEADS: Final = frozenset({Role.SAFEGUARDING_LEAD})
HOLDS_OUT: Final = frozenset({ConcernDecision.HOLD_OUT, ConcernDecision.END_PAIRING})
"""Decisions after which somebody is asked to lead with nobody, until they are let in."""


@dataclass
class Concern(Knowledge):
    """What was told, by whom and about whom, and how it stands: `decided` is what was decided last
    of what others see, and `closed` whether nothing was decided since it was closed. `aware` are
    those who have read it, or were written to that there is something to look at, or can't be.
    """

    concern_id: ConcernId | None
    raised: bool = False
    whom: PersonId | None = None
    tellers: frozenset[PersonId] = frozenset()
    aware: set[PersonId] = field(default_factory=set)
    decided: ConcernDecision | None = None
    closed: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.concern_id,)

    @property
    def holds_out(self) -> bool:
        """Whether somebody is held out over it."""
        return self.decided in HOLDS_OUT

    def is_news_to(self, lead: PersonId) -> bool:
        """Whether a lead is still to hear that there is something to look at: not of what they told
        themselves, nor of what is about them.
        """
        knows = {self.whom, *self.tellers, *self.aware}
        return self.raised and not self.closed and lead not in knows

    def must_be_for(self, act: Act) -> None:
        """Refuses who neither looks after it nor told it, and whom it is about, in the words in
        which one is refused that nobody raised.
        """
        leads = act.role in LEADS
        if not self.raised or act.person in (None, self.whom):
            raise NoSuchConcern
        if not leads and act.person not in self.tellers:
            raise NoSuchConcern

    @learns(ConcernRaised)
    def was_raised(self, event: ConcernRaised) -> None:
        self.raised = True
        self.whom = plain(event.about)
        told = plain(event.raised_by), plain(event.raised_for)
        self.tellers = frozenset(filter(None, told))

    @learns(ConcernRead)
    def was_read(self, event: ConcernRead) -> None:
        self._knows(plain(event.read_by))

    @learns(ConcernLeadTold)
    def was_said(self, event: ConcernLeadTold) -> None:
        self._knows(plain(event.lead_id))

    def _knows(self, who: PersonId | None) -> None:
        if who is not None:
            self.aware.add(who)

    @learns(ConcernDecided)
    def was_decided(self, event: ConcernDecided) -> None:
        self.whom = plain(event.about) or self.whom
        decision = plain(event.decision)
        self.closed = decision is ConcernDecision.CLOSE
        if not self.closed:
            self.decided = decision


class NoSuchConcern(NotForYou):
    """There is nothing under this id that you may read."""

    code = "concern.no-such"


class WhomIsItAbout(Refusal):
    """It is not known here yet whom it is about. Say so with the decision (`about`)."""

    code = "concern.about-whom"


class AboutSomebodyElse(Refusal):
    """It is about somebody else. Raise another concern about this person."""

    code = "concern.about-somebody-else"


class StillHeldOut(Refusal):
    """Somebody is held out over it. Let them in first; as long as they may not be, it is open."""

    code = "concern.still-held-out"


class RaiseConcern(Command, Decides[()]):
    """Anybody tells in confidence that they are worried about somebody, known here or not.

    Only the safeguarding leads read it. Who writes it down for somebody says for whom.
    """

    name: ClassVar = "concern.raise"
    roles: ClassVar = ANYBODY
    of_people: ClassVar = True
    open_to_anybody: ClassVar = True
    also_unasked: ClassVar = True
    in_confidence: ClassVar = True
    about: PersonId | None = None
    raised_for: PersonId | None = None
    words: Words

    def needs(self, know: Know) -> tuple[()]:
        return ()

    def decide(self, act: Act) -> Iterator[Event]:
        if act.role in OWN_ROLES and self.raised_for not in (None, act.person):
            raise NotYours
        if act.role not in OWN_ROLES and self.raised_for != act.on_behalf_of:
            raise NobodyAsked
        yield ConcernRaised(
            concern_id=act.new(ConcernId),
            about=self.about,
            raised_by=act.person,
            raised_for=self.raised_for,
            words=self.words,
        )


class ReadConcern(Command, Decides[Concern]):
    """A safeguarding lead reads what was told; or who told it, what they said and how it stands.

    That it was read, and by whom, is recorded before anything is shown.
    """

    name: ClassVar = "concern.read"
    roles: ClassVar = LEADS | {Role.APPLICANT}
    of_people: ClassVar = True
    open_to_anybody: ClassVar = True
    also_unasked: ClassVar = True
    in_confidence: ClassVar = True
    concern_id: ConcernId

    def needs(self, know: Know) -> tuple[Concern]:
        return (know(Concern(self.concern_id)),)

    def decide(self, act: Act, concern: Concern) -> Iterator[Event]:
        concern.must_be_for(act)
        yield ConcernRead(concern_id=self.concern_id, read_by=act.person)


class DecideConcern(Command, Decides[Concern]):
    """A safeguarding lead decides: whom it is about is held out of leading with others, or their
    pairing ends and they are held out, or they are let in again, or it is closed with a word. All
    others are told no more than of anybody whom the team holds out, or parts from their partner.
    """

    name: ClassVar = "concern.decide"
    roles: ClassVar = LEADS
    of_people: ClassVar = True
    in_confidence: ClassVar = True
    concern_id: ConcernId
    decision: ConcernDecision
    about: PersonId | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def says_why(self) -> Self:
        if self.decision is ConcernDecision.CLOSE and self.note is None:
            raise ValueError("it is closed with a word: say it as `note`")
        return self

    def needs(self, know: Know) -> tuple[Concern]:
        return (know(Concern(self.concern_id)),)

    def decide(self, act: Act, concern: Concern) -> Iterator[Event]:
        concern.must_be_for(act)
        if act.person == self.about:
            raise NoSuchConcern
        if None not in (self.about, concern.whom) and self.about != concern.whom:
            raise AboutSomebodyElse
        if self.decision in HOLDS_OUT and not (self.about or concern.whom):
            raise WhomIsItAbout
        if self.decision is ConcernDecision.CLOSE and concern.holds_out:
            raise StillHeldOut
        if self._is_so(concern):
            return
        yield ConcernDecided(
            concern_id=self.concern_id, about=self.about, decision=self.decision, note=self.note
        )

    def _is_so(self, concern: Concern) -> bool:
        """Whether it stands so already, and nothing more is said."""
        if self.note is not None or (self.about and concern.whom is None):
            return False
        if self.decision is ConcernDecision.CLOSE:
            return concern.closed
        if self.decision is ConcernDecision.END_PAIRING:
            return concern.decided is self.decision
        return concern.holds_out is (self.decision is ConcernDecision.HOLD_OUT)


class ListConcerns(Command, Decides[()]):
    """A safeguarding lead sees which concerns there are, since when, and how each stands; nothing
    that was told.
    """

    name: ClassVar = "concern.list"
    roles: ClassVar = LEADS
    of_people: ClassVar = True
    in_confidence: ClassVar = True

    def needs(self, know: Know) -> tuple[()]:
        return ()

    def decide(self, act: Act) -> Iterator[Event]:
        yield from ()


class NoteLead(Command, Decides[Concern]):
    """Whether a safeguarding lead heard that there is something to look at. Only the worker that
    writes to them asks for it.
    """

    name: ClassVar = "concern.note-lead"
    roles: ClassVar = frozenset({Role.SYSTEM})
    systems: ClassVar = frozenset({System.SAFEGUARDING})
    of_people: ClassVar = True
    at_the_door: ClassVar = False
    in_confidence: ClassVar = True
    concern_id: ConcernId
    lead_id: PersonId
    heard: LeadHeard

    def needs(self, know: Know) -> tuple[Concern]:
        return (know(Concern(self.concern_id)),)

    def decide(self, act: Act, concern: Concern) -> Iterator[Event]:
        if not concern.raised:
            raise NoSuchConcern
        if self.lead_id not in concern.aware:
            yield ConcernLeadTold(**self.model_dump())
