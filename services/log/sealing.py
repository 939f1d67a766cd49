"""From what was decided to what is stored: sealed, under its cover, encoded, with its tags."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from domain.decision import Act, Command
from events.envelope import Origin, encode
from events.event import Cover, Event, id_fields, id_kinds
from events.ids import ContactId, PersonId, ProjectId, derived_uuid
from events.personal import ERASED, marked
from services.vault.vault import Vault

VEIL: Final = "system:withheld"
"""Who acts, for all that a veiled fact says of it."""
PERSON: Final = f"{PersonId.prefix}_"
CONTACT: Final = f"{ContactId.prefix}_"
CONCEALED: Final = (PersonId, ProjectId)
"""The kinds of ids by which what lies under a cover can be found."""
MOST_OF_ONE_THING: Final = 2  # people: an application has one, a pairing two


class Shut(NamedTuple):
    """A fact that waits for its position: as it is stored, as rules know it, and its bytes.

    `tags` are those under which it is found, `borne` the ids by which knowledge in memory is;
    `parts` is what is kept beside the log, by digest.
    """

    stored: Event
    known: Event
    body: bytes
    tags: list[str]
    borne: Iterable[str]
    parts: Mapping[str, bytes] = MappingProxyType({})


def shut(facts: Sequence[Event], act: Act, origin: Origin, vault: Vault) -> list[Shut]:
    """The facts of one command, sealed and encoded.

    ErasedAudience, TooMuchToSeal or EventTooLarge if one of them can't be.
    """
    return [_shut(fact, number, act, origin, vault) for number, fact in enumerate(facts)]


def _shut(fact: Event, number: int, act: Act, origin: Origin, vault: Vault) -> Shut:
    event_id = str(derived_uuid(act.time, act.command_id, "event", str(number)))
    said_by = who(origin) if fact.stored_as().veiled else {}
    if said_by and "by" in type(fact).model_fields:
        fact = fact.model_copy(update={"by": said_by})
    known = vault.seal(fact, event_id, for_rules=False)
    sealed, parts = vault.seal_beside(vault.seal(known, event_id, for_rules=True), event_id)
    if vault.fallen:
        known = _as_folded(known, vault)
    shown, cover = veiled(origin) if said_by else origin, fact.cover
    if cover is None:
        tags = [*fact.tags(), act.command_id]
        return Shut(sealed, known, encode(sealed, event_id, shown), tags, tags, parts)
    stored = vault.covered(sealed, event_id, said_by)
    body = encode(stored, event_id, shown)
    hidden = hidden_tags(fact, stored, event_id, vault.hidden_tag)
    tags = [*stored.tags(), *hidden, act.command_id]
    borne = {*tags, *fact.tags()} if cover.hidden_tags else tags
    return Shut(stored, known, body, tags, borne)


def _as_folded(known: Event, vault: Vault) -> Event:
    """A fact as it will be known when it is folded anew: nothing in it of who was erased."""
    gone = {
        name: ERASED
        for name, mark in marked(type(known), for_rules=True)
        if not mark.beside and mark.audience(known) in vault.fallen
    }
    return known.model_copy(update=gone) if gone else known


def who(origin: Origin) -> dict[str, str]:
    """What a veiled fact says, sealed, of who acted and on what cause."""
    said = {
        "actor": origin.actor,
        "actorrole": origin.role,
        "onbehalfof": origin.on_behalf_of,
        "asked": origin.asked,
        "issuer": origin.issuer,
        "credential": origin.credential,
        "reason": origin.reason,
        "rules": origin.rules,
        "correlationid": origin.correlation_id,
        "causationid": origin.causation_id,
        "traceparent": origin.traceparent,
    }
    return {name: value for name, value in said.items() if value is not None}


def veiled(origin: Origin) -> Origin:
    """The same for every act, but for its command's id, its digest and its times."""
    return origin._replace(
        actor=VEIL,
        role="system",
        on_behalf_of=None,
        asked=None,
        issuer=None,
        credential=None,
        reason=None,
        rules=None,
        correlation_id=origin.command_id,
        causation_id=origin.command_id,
        traceparent=traceparent_of(origin.command_id),
    )


def traceparent_of(command_id: str) -> str:
    """The trace of a command that brings none (W3C Trace Context)."""
    trace = sha256(command_id.encode()).hexdigest()
    return f"00-{trace[:32]}-{trace[32:48]}-01"


def hidden_tags(fact: Event, cover: Cover, event_id: str, keyed: Callable[[str], str]) -> list[str]:
    """As many keyed tags as all facts under this cover have; some lead to nobody."""
    shown = set(cover.tags())
    found_by = [one for one in fact.tags() if isinstance(one, CONCEALED) and one not in shown]
    names = [*found_by, event_id][: cover.hidden_tags]
    return [keyed(name) for name in names]


def shown_tags(fact: Event) -> Sequence[str]:
    """The ids that a fact shows once it is stored."""
    return tuple(fact.cover.ids_over(fact).values()) if fact.cover else fact.tags()


def tells_of_people(command: BaseModel, kinds: Iterable[type[Event]] = ()) -> bool:
    """Whether a command, or the kinds of facts that it brought about, say anything that could be
    guessed of somebody, and so must not be confirmed for ever: more than ids, or under a cover.
    """
    return any(kind.stored_as().veiled for kind in kinds) or any(
        getattr(command, name) != default for name, default in _other_fields(type(command))
    )


@cache
def _other_fields(kind: type[BaseModel]) -> tuple[tuple[str, Any], ...]:
    ids = {name for name, _ in id_kinds(kind)}
    fields = kind.model_fields.items()
    return tuple((name, it.get_default()) for name, it in fields if name not in ids)


def people_told_of(command: BaseModel, tags: Iterable[Sequence[str]]) -> set[str]:
    """The people by whom a command's digest is keyed, from the ids that its facts show.

    Those whom it names, and who is told of by the facts about what it names (or by all, if it names
    nothing), if these are one or two: what a command says of a cohort or a run is about nobody in
    particular. A contact is told of by any fact that shows one.
    """
    named, borne = set(people_named(command)), list(tags)
    contacts = {tag for one in borne for tag in one if tag.startswith(CONTACT)}
    (rarest, *_) = id_fields(type(command)) or ("",)
    thing = getattr(command, rarest, None)
    about = (one for one in borne if thing is None or thing in one)
    told = {tag for one in about for tag in one if tag.startswith(PERSON)}
    named |= told if len(told) <= MOST_OF_ONE_THING else set()
    return named | contacts if len(contacts) <= MOST_OF_ONE_THING else named


def people_of(command: Command, known: tuple[Any, ...]) -> Iterator[str]:
    """The people whom a command is about: those it names, and whom its knowledge is about."""
    yield from people_named(command)
    yield from command.concerns(known)


def people_named(command: BaseModel) -> Iterator[str]:
    """The people whom a command names."""
    for name in _names_of_people(type(command)):
        if who := getattr(command, name):
            yield who


@cache
def _names_of_people(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, it in id_kinds(kind) if issubclass(it, PersonId))
