"""What waits for a person, and how facts make and end it: the read model of tasks and the decisions
on them fold it alike, by the table of all needs (events/what_waits.py).

A need is about one thing, and may wait for several parts of it at once (two milestones of a
project): a part is the ids that its fact bears of `parts`. No fact is opened to tell that
something waits, so nothing that is sealed shows in a task, nor that there is one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from events.event import Event
from events.tasks import TaskDone, TaskReopened
from events.terms import Role

Ids = Mapping[str, str]
"""What a part of a need is about, by the names of fields."""
If = Callable[[Any], bool]
Facts = dict[type[Event], If]
"""Kinds of facts, each with what must be true of one for it to count."""
WHO: Final = "person_id"
OF_THE_PROGRAMME: Final = frozenset({"person_id", "rules_id"})
"""The fields with ids of things that are no cohort's."""
PEOPLE: Final = ("patient_leader_id", "healthcare_leader_id", "assessor_id")
"""Fields that name people too: a part that is somebody's may be named by any of them."""


class Kind(StrEnum):
    """What waits, as it is named in a task's id."""

    INTEREST = "interest-unanswered"
    RULES = "rules-unsigned"
    ASSESSOR = "assessor-late"
    RELEASE = "release-unsigned"
    LATE = "release-overdue"
    LAPSED = "offer-lapsed"
    EMPLOYER = "employer-silent"
    LOST = "employer-release-lost"
    PLACE = "place-free"
    MATCHING = "matching-unsigned"
    PARTNER = "partner-needed"
    HELD = "pair-held"
    PAUSED = "pair-paused"
    PARTED = "pair-parted"
    REGISTER = "register-open"
    TRAINING = "training-missed"
    HOST = "host-needed"
    PROJECT = "project-unapproved"
    MILESTONE = "milestone-overdue"
    CHECK_IN = "check-in-unanswered"
    CONTACT = "contact-unanswered"
    NOTICE = "message-undelivered"
    MESSAGE_LACKS = "message-lacking"
    LIST_LACKS = "list-lacking"
    STEP_LACKS = "next-step-lacking"


@dataclass(frozen=True)
class Need:
    """One row of the table.

    `about` is the field with the id of the thing; a fact without it is of no concern. `owner` is
    the role, of the cohort, whose task it is. `made` opens it and `ended` ends it, as far as the
    fact names the same parts; `says` what to do, and `commands` do it. It is to be done by the end
    of the day in the field `by` of what made it, or else `within` so many days.

    `asleep` are facts after which nothing waits until one of `awake`. Where there is `ready`, it
    waits only for what one of these facts named, and none of `unready` since; with `at_once`,
    whether it waits is settled by what was so when it was made. What one of `rests` named does not
    wait either, until one of `resumes` does, whether it is ready or not.
    """

    kind: Kind
    about: str
    owner: Role
    says: str
    commands: tuple[str, ...]
    made: Facts
    ended: Facts
    parts: tuple[str, ...] = ()
    by: str = ""
    within: int = 3
    ready: Facts = field(default_factory=dict)
    unready: Facts = field(default_factory=dict)
    rests: Facts = field(default_factory=dict)
    resumes: Facts = field(default_factory=dict)
    asleep: Facts = field(default_factory=dict)
    awake: Facts = field(default_factory=dict)
    begins_asleep: bool = False
    at_once: bool = False

    @property
    def facts(self) -> frozenset[type[Event]]:
        """All kinds of facts that are of concern."""
        over = self.ended, self.unready, self.rests, self.asleep
        every = (self.made, *over, self.ready, self.resumes, self.awake)
        return frozenset(kind for facts in every for kind in facts)

    @property
    def of_a_cohort(self) -> bool:
        """Whether it is a task of a cohort's; else it is one of the programme as a whole."""
        return self.about not in OF_THE_PROGRAMME

    def thing(self, event: Event) -> str | None:
        """The id of the thing, if the fact is about one of these."""
        found = vars(event).get(self.about)
        return str(found) if found else None


class Waits(NamedTuple):
    """What waits of one need about one thing. `parts` wait, as far as they are `ready` and not
    `resting`, and unless it is `asleep`; `done` are those of which somebody said so, and no fact
    since.
    """

    parts: tuple[Ids, ...] = ()
    done: tuple[Ids, ...] = ()
    ready: tuple[Ids, ...] = ()
    resting: tuple[Ids, ...] = ()
    asleep: bool = False


def beginning(need: Need) -> Waits:
    """What waits of a need before any fact."""
    return Waits(asleep=need.begins_asleep)


def waiting(need: Need, waits: Waits) -> tuple[Ids, ...]:
    """The parts that wait for a person now."""
    if waits.asleep:
        return ()
    awake = tuple(part for part in waits.parts if not _is_among(waits.resting, part))
    if not need.ready or need.at_once:
        return awake
    return tuple(part for part in awake if _is_among(waits.ready, part))


def opened(need: Need, event: Event) -> tuple[Ids, ...]:
    """The parts that a fact makes wait, if they are ready for it."""
    return tuple(_named(need, event)) if _counts(need.made, event) else ()


def after(need: Need, waits: Waits, event: Event) -> Waits:
    """What waits after one more fact about the same thing."""
    if isinstance(event, TaskDone):
        return _done(waits, waiting(need, waits))
    if isinstance(event, TaskReopened):
        return waits._replace(parts=(*waits.parts, *waits.done), done=())
    waits = _asleep_after(need, _ready_after(need, waits, event), event)
    if _counts(need.ended, event):
        waits = waits._replace(
            parts=_without(need, waits.parts, event), done=_without(need, waits.done, event)
        )
    new = opened(need, event)
    if need.at_once and need.ready:
        new = tuple(part for part in new if _is_among(waits.ready, part))
    kept = tuple(part for part in waits.parts if part not in new)
    done = tuple(part for part in waits.done if part not in new)
    return waits._replace(parts=(*kept, *new), done=done)


def _done(waits: Waits, found: tuple[Ids, ...]) -> Waits:
    rest = tuple(part for part in waits.parts if part not in found)
    return waits._replace(parts=rest, done=found) if found else waits


def _ready_after(need: Need, waits: Waits, event: Event) -> Waits:
    ready = _changed(need, waits.ready, event, need.ready, need.unready)
    resting = _changed(need, waits.resting, event, need.rests, need.resumes)
    return waits._replace(ready=ready, resting=resting)


def _changed(
    need: Need, known: tuple[Ids, ...], event: Event, begins: Facts, ends: Facts
) -> tuple[Ids, ...]:
    """What is so of what a fact names, after it."""
    if _counts(ends, event):
        known = _without(need, known, event)
    if _counts(begins, event):
        new = tuple(_named(need, event))
        known = (*(one for one in known if one not in new), *new)
    return known


def _asleep_after(need: Need, waits: Waits, event: Event) -> Waits:
    if _counts(need.asleep, event):
        return waits._replace(asleep=True)
    return waits._replace(asleep=False) if _counts(need.awake, event) else waits


def _counts(facts: Facts, event: Event) -> bool:
    counts = facts.get(type(event))
    return counts is not None and counts(event)


def _named(need: Need, event: Event) -> Iterator[Ids]:
    """The parts that a fact names: one, or one for each of two who lead together."""
    said = vars(event)
    one = {name: str(found) for name in need.parts if (found := said.get(name))}
    if WHO not in need.parts or WHO in one:
        yield one
        return
    people = [str(who) for name in PEOPLE if (who := said.get(name))]
    yield from ({**one, WHO: who} for who in people) if people else (one,)


def _without(need: Need, parts: tuple[Ids, ...], event: Event) -> tuple[Ids, ...]:
    """Those of which a fact does not speak: it speaks of all that bear whatever it names."""
    named = list(_named(need, event))
    return tuple(part for part in parts if not any(one.items() <= part.items() for one in named))


def _is_among(named: tuple[Ids, ...], part: Ids) -> bool:
    return any(one.items() <= part.items() for one in named)
