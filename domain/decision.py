"""How a command is decided: what it must know, what follows, and what it may not.

A command names its needs; each need folds the facts that bear its tags. The needs together with
the command's own id are the consistency boundary, so a rule over two people or over a cohort's
capacity is one plain decision.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar, TypeVarTuple

from pydantic import BaseModel, ConfigDict, Field

from events.calendar import local_day
from events.event import Event
from events.ids import CohortId, CommandId, Id, ImportId, PersonId, RulesId, TieId
from events.personal import marked
from events.terms import AskedBy, Role, Side, System

Ks = TypeVarTuple("Ks")
AnId = TypeVar("AnId", bound=Id)
S = TypeVar("S")
T = TypeVar("T")
E = TypeVar("E", bound=Event)
Learning = Callable[[S, E], None]


def learns(*facts: type[Event]) -> Callable[[Learning[S, E]], Learning[S, E]]:
    """Marks the method by which a knowledge learns from these facts."""

    def mark(method: Learning[S, E]) -> Learning[S, E]:
        vars(method)["learns"] = facts
        return method

    return mark


def needed(when: str) -> Any:
    """Marks a field that may be left out, but not always: `when` is told to whoever asks."""
    return Field(json_schema_extra={"needed": when})


class Knowledge:
    """What a decision knows of one thing: a fold of the facts that bear all its tags.

    Subclasses are dataclasses whose first fields are the ids; a knowledge with a missing id
    (None) stays empty. It keeps what rules may not read only to hand it on unread, sealed.

    All who ask for a class and tags share one object, so its tags must tell all that its ids do:
    ids that may be named in any order are put into one (as in `Between`). To ask changes nothing.

    What was erased comes as `Erased`, in every fold alike: when somebody is erased, knowledge that
    rests on sealed values is folded anew without theirs. Then a rule answers as if it were
    forbidden (docs/rules.md). `finds_concealed`: facts that do not show its ids are of concern too.
    """

    facts: ClassVar[Mapping[type[Event], str]] = {}
    finds_concealed: ClassVar[bool] = False
    as_recorded: ClassVar[bool] = False
    """Whether it knows people under the ids with which they are recorded, and does not fold all ids
    of one person together (events/one_person.py)."""
    unopened: ClassVar[bool] = False
    """Whether it reads nothing that is sealed: facts come to it as they are stored, which is sooner
    done."""

    def __init_subclass__(cls) -> None:
        found = dict(cls.facts)
        for name, method in vars(cls).items():
            found.update(dict.fromkeys(getattr(method, "learns", ()), name))
        cls.facts = found

    @classmethod
    @cache
    def wire_names(cls) -> tuple[str, ...]:
        """The wire names under which the facts that it learns from are stored."""
        return tuple(dict.fromkeys(fact.stored_as().wire_name() for fact in cls.facts))

    @classmethod
    @cache
    def rests_on_what_is_sealed(cls) -> bool:
        """Whether it learns from anything that may be erased."""
        may_fall = (fact.cover or marked(fact, for_rules=True) for fact in cls.facts)
        return not cls.unopened and any(may_fall)

    @property
    def about(self) -> tuple[PersonId, ...]:
        """The people whom it is about, where it is about one or two and not about many."""
        return tuple([tag for tag in self.tags if isinstance(tag, PersonId)])

    @property
    def stands_still(self) -> "type[Refusal] | None":
        """Why nothing goes on with it, if nothing does: its state, as the refusal of who tries.

        What goes on all the same is told by the table of states (domain/states.py).
        """
        return None

    @property
    def tags(self) -> tuple[str | None, ...]:
        """The ids that a fact must bear to be of concern, rarest first."""
        raise NotImplementedError  # abstract: dataclasses and ABC's slots do not mix here

    def learn(self, event: Event) -> None:
        """Take one fact in."""
        if name := self.facts.get(type(event)):
            getattr(self, name)(event)


K = TypeVar("K", bound=Knowledge)


class Know(Protocol):
    """Gives the knowledge with the same class and tags, folded as far as the log is known."""

    def __call__(self, wanted: K, /) -> K:
        """The folded knowledge; `wanted` itself, empty, if it must be loaded first."""


OWN_ROLES: Final = frozenset({Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR})
"""Those in which people act for themselves alone."""
WORKERS: Final = frozenset({System.POLICIES, System.SCHEDULER})
"""What acts of its own accord; all others are tools, and hold no right by themselves."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who (a person, `newcomer` or `system:<worker>`) does it, when, in which role, and for whom.

    Until it is `authorised`, `role` and `on_behalf_of` are what somebody says, or None. `asked` is
    how whoever it is done for asked for it, if somebody of the team does it. `side` is what a
    co-chair signs for; `asked_at` when it was asked for, if `time` is earlier; `tie` by which it is
    known who acts, if an issuer outside says so; `import_id` what it came with.
    """

    command_id: CommandId
    time: datetime
    actor: str
    role: Role | None
    on_behalf_of: PersonId | None = None
    asked: AskedBy | None = None
    reason: str | None = None
    side: Side | None = None
    import_id: ImportId | None = None
    asked_at: datetime | None = None
    tie: TieId | None = None

    @property
    def today(self) -> date:
        """The calendar day in London."""
        return local_day(self.time)

    @property
    def asked_on(self) -> date:
        """The calendar day in London on which it is asked for, whenever it happened: by it is
        judged what somebody may do.
        """
        return local_day(self.asked_at or self.time)

    @property
    def person(self) -> PersonId | None:
        """Who acts, if it is a person."""
        return PersonId(self.actor) if PersonId.pattern.fullmatch(self.actor) else None

    def must_not_be_older(self, than: datetime | None) -> None:
        """Refuses what is said to have been said before something else that counts: the newer word
        stays. Who speaks of now says the newest, whatever the clocks.
        """
        if self.asked_at is not None and than is not None and self.time < than:
            raise NewerCounts

    def new(self, kind: type[AnId], *parts: str) -> AnId:
        """A new id that the same command always gives the same thing (`parts` tells two apart)."""
        return kind.derived(self.time, self.command_id, *parts)

    def must_speak_for(self, person_id: PersonId) -> None:
        """Refuses those who act for themselves, in somebody else's name; and whoever acts for
        somebody, but names another.
        """
        if self.role in OWN_ROLES and self.actor != person_id:
            raise NotYours
        if self.role is not Role.SYSTEM and self.on_behalf_of not in (None, person_id):
            raise NotYours


class Refusal(Exception):
    """A rule says no. The docstring of each kind is the sentence that people are shown."""

    code: ClassVar[str]

    @property
    def sentence(self) -> str:
        """What people are told."""
        return " ".join((type(self).__doc__ or "").split())


class TooEarly(Refusal):
    """Nothing is wrong with a wish but its moment: once the time has come, the same may be right.

    A kind of refusals, each with a code and a sentence of its own. It is no answer for ever:
    whoever asks by a clock that is a little ahead asks again.
    """


class AnotherDay(Refusal):
    """Nothing is wrong with a wish but the day that it names, and the nearest one would do.

    A kind of refusals, each with a code and a sentence of its own, behind which it `names` that.
    """

    names: ClassVar[str]

    def __init__(self, day: date) -> None:
        """`day` is the first that would do, or the last."""
        super().__init__(day)
        self.day = day

    @property
    def sentence(self) -> str:
        """What people are told."""
        return f"{super().sentence} {self.names} {self.day}."


class NotForYou(Refusal):
    """Whoever asks is not who may do it.

    A kind of refusals, each with a code and a sentence of its own. They come first: nobody else is
    told in which state a thing is.
    """


class NotYours(NotForYou):
    """You can do this for yourself only. Ask a coordinator to do it for someone else."""

    code = "acting.not-yours"


class NotYourRole(NotForYou):
    """You act in a role that may not do this. Ask a coordinator who can do it."""

    code = "acting.not-your-role"


class NewerCounts(Refusal):
    """Something newer was said of it, and that counts: what was said before was not taken in. If it
    is to count all the same, say it as of today.
    """

    code = "acting.newer-counts"


class SoAlready(Refusal):
    """Something is so already, and what is said of it now is something else.

    A kind of refusals, each with a code and a sentence of its own, which says how to change it.
    They come before the state of the thing, which does not tell that.
    """


class StandsInTheWay(Refusal):
    """Something else rests on this by now, so it can't be put right."""

    code = "correction.stands-in-the-way"

    def __init__(self, *things: str) -> None:
        """`things` is what stands in the way: "the offer", "the pairing pairing-…"; ids, no names.

        Each is named so that whoever asks can put that right first.
        """
        super().__init__(*things)
        self.things = things

    @property
    def sentence(self) -> str:
        """What people are told."""
        if not self.things:
            return super().sentence
        return f"This can't be put right while this rests on it: {', '.join(self.things)}."


class Each(tuple[T, ...]):
    """Many things, each of which a command is about: one that stands still is left out, and holds
    up none of the others (domain/deciding.py).
    """

    __slots__ = ()


class Decides(Generic[*Ks]):
    """Ties what a command needs to what it decides on; the type checker holds them equal."""

    def needs(self, know: Know) -> tuple[*Ks]:
        """What must be known. Pure, and asked again until nothing is missing."""
        raise NotImplementedError  # abstract: pydantic's metaclass leaves no room for ABC's

    def decide(self, act: Act, *known: *Ks) -> Iterator[Event]:
        """What follows: facts, nothing (already so), or a refusal."""
        raise NotImplementedError  # abstract, as above


class Command(BaseModel):
    """Somebody's wish, checked for its form. `name` is `<context>.<verb>` on the wire."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )

    name: ClassVar[str]
    roles: ClassVar[frozenset[Role]] = frozenset({Role.COORDINATOR, Role.SYSTEM})
    systems: ClassVar[frozenset[System]] = WORKERS
    """Who may ask in role `system`."""
    of_people: ClassVar[bool] = False
    """Whether it is about people wherever they are, so that a role on any cohort will do. All else
    is about one cohort, or about the programme as a whole."""
    open_to_anybody: ClassVar[bool] = False
    """Whether somebody may ask of whom we know nothing yet."""
    also_unasked: ClassVar[bool] = False
    """Whether the team may do of its own accord what people may do for themselves."""
    as_recorded: ClassVar[bool] = False
    """Whether ids that were merged into others are meant just as they are named."""
    in_confidence: ClassVar[bool] = False
    """Whether it belongs to the log of what is told in confidence, and is asked for there alone."""
    at_the_door: ClassVar[bool] = True
    """Whether the door takes it; what it does not take is asked for by who may write to the log."""

    @property
    def is_their_word(self) -> bool:
        """Whether it is somebody's own to say: all that people may do in a role of their own, but
        for what the team may do unasked as well. Of the team nobody does it but for who asked.
        """
        return not self.also_unasked and not self.roles.isdisjoint(OWN_ROLES)

    def cohort(self, known: tuple[Any, ...]) -> CohortId | None:
        """The cohort that it concerns: the one that it names, else the first of its knowledge; None
        if it concerns none, or one that is not known.
        """
        named: CohortId | None = vars(self).get("cohort_id")
        return named or _cohort_known(known)

    def given(self, reason: S) -> S | None:
        """The reason, if one was given: who leaves it out takes back nothing of what was said."""
        return reason if "reason" in self.model_fields_set else None

    def concerns(self, known: tuple[Any, ...]) -> Iterable[PersonId]:
        """The people whom it is about beside those whom it names: whom its knowledge is about."""
        return _people_known(known)


def _people_known(known: Iterable[Any]) -> Iterator[PersonId]:
    for one in known:
        yield from one.about if isinstance(one, Knowledge) else _people_known(one)


def _cohort_known(known: Iterable[Any]) -> CohortId | None:
    for one in known:
        try:
            is_one = isinstance(one, Knowledge)
            found = getattr(one, "cohort_id", None) if is_one else _cohort_known(one)
        except Refusal:  # of what is not known
            continue
        if found is not None:
            return found
    return None


class Guard:
    """A need that says who must not act at all, before anything else is decided.

    It is iterated for the knowledge that it rests on.
    """

    def __iter__(self) -> Iterator[Knowledge]:
        raise NotImplementedError  # abstract, as a knowledge is

    def must_let(self, act: Act) -> None:
        """Refuses whoever must not do this, whatever they wish."""
        raise NotImplementedError  # abstract, as above


def guards(known: Iterable[Any]) -> Iterator[Guard]:
    """Those among the needs of a command, which let nobody act who must not."""
    for one in known:
        if isinstance(one, Guard):
            yield one
        elif not isinstance(one, Knowledge):
            yield from guards(one)


def rules_named(known: Iterable[Any], act: Act) -> RulesId | None:
    """The programme's rules by which a decision goes on the day on which it is asked for: whatever
    it knows of them says so, and no command by itself. None if it knows none.
    """
    for one in known:
        if says := getattr(one, "rules_on", None):
            found: RulesId | None = says(act.asked_on)
            return found
        if isinstance(one, tuple) and (found := rules_named(one, act)):
            return found
    return None
