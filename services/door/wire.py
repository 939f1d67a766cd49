"""The form of a command on the wire, and of its answer; nothing malformed goes past this file."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from json import dumps
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from domain.decision import Act, Command
from domain.roles.acting import NotTied
from events.characters import unfit
from events.envelope import Origin
from events.ids import CommandId, ImportId, PersonId, TieId
from events.personal import several_lines
from events.terms import BEGUN, NEWCOMER, SYSTEM, AskedBy, EarlierReason, Reference, Role
from services.crew import CASES, CONCERN, CREW, OF_WORKERS, REQUESTS
from services.door.problems import problems_of
from services.door.replies import FieldProblem, Reply
from services.identity.refusals import NothingShown
from services.identity.showing import Comer
from services.log.sealing import traceparent_of
from services.log.wishes import Accepted
from services.log.written import Written

MAX_REQUEST: Final = 256 * 1024
MAY_BACKDATE: Final = (Role.IMPORTER, Role.COORDINATOR, None)  # None: as far as they hold one
ASKED_BY: Final = {
    f"{SYSTEM}{one.name}": frozenset((*one.asks, *one.within))
    for one in CREW
    if one.asks or one.within
}
"""The commands that each worker may ask for, by who it is; it is known by its own subjects."""

TOLD_BY_WHAT_IS_SHOWN: Final = "who asks is known by the token that they show: leave it out"


class Asker(NamedTuple):
    """Who asks, as far as it was verified: what facts will say of them.

    `actor` is a person's id, `newcomer` or `system:<worker>`; `sender` in whose name ids are taken,
    `issuer` (a code) and `credential` who vouched for them and by what, `tie` by which tie.
    """

    actor: str
    sender: str
    issuer: str | None = None
    credential: str | None = None
    tie: TieId | None = None


def asker_of(comer: Comer) -> Asker:
    """Who asks, of somebody who has come in with a token."""
    who, issuer, credential, sender, tie = comer
    return Asker(who or NEWCOMER, sender, issuer, credential, tie)


def tool(name: str) -> Asker:
    """What asks of its own accord, by a name that begins with `system:`."""
    return Asker(name, name)


class Request(BaseModel):
    """A command as it is sent: its own fields, and what is said of it.

    Who wants it is known by a token. Whoever acts does so in a role that they hold, which they may
    name; whoever acts for somebody names them (`onbehalfof`) and says how they `asked`. `time` may
    name an earlier moment only for an importer or coordinator who gives a `reason`, and none before
    the programme began. What an importer asks for may come with an import (`importid`): rows ask
    for the same whichever file they stand in, so that is no part of what is asked for. A request
    without an `id` is given one, and can't be repeated safely by its
    sender.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: CommandId | None = None
    role: Role | None = None
    onbehalfof: PersonId | None = None
    asked: AskedBy | None = None
    time: Annotated[AwareDatetime, Field(ge=BEGUN)] | None = None
    reason: EarlierReason | None = None
    importid: ImportId | None = None
    correlationid: Reference | None = None
    causationid: Reference | None = None
    traceparent: Annotated[str, Field(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | (
        None
    ) = None
    data: dict[str, Any]


@dataclass(slots=True)
class AcceptedReply:
    """What a `Reply` to what was accepted has, in the same order; what is None is left out."""

    status: str
    command: str
    events: tuple[Written, ...]
    repeated: bool | None
    ids: dict[str, str] | None


# With a form, JSON of ids takes a fifth of the time: without one, what each of them is, is tried.
ACCEPTED: Final = TypeAdapter(AcceptedReply).serializer
ACTING: Final = TypeAdapter(tuple[str | None, ...]).serializer


def accepted(command: str, answered: Accepted, ids: dict[str, str] | None) -> bytes:
    """The answer to what was accepted, as `Reply` would encode it: it is the one that counts."""
    repeated = answered.repeated or None
    answer = AcceptedReply("accepted", command, answered.written, repeated, ids)
    return ACCEPTED.to_json(answer, exclude_none=True)


class Malformed(Exception):
    """What was sent can't become a command; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(frozen=True)
class Parsed:
    """A well-formed command with its request, and who asks."""

    command: Any
    request: Request
    asker: Asker


def parse(subject: str, body: bytes, comer: Comer | None = None) -> Parsed:
    """The command in a message; `Malformed` if there is none.

    On a worker's own subjects it is the worker's, else the `comer`'s. A stranger learns of nothing
    but what is open to anybody (NotTied).
    """
    worker, name = _sent_by(subject)
    kind = (IN_CONFIDENCE if subject.startswith(CASES) else COMMANDS).get(name)
    asker = tool(worker) if worker else _come(comer, kind)
    if kind is None or (worker and name not in ASKED_BY.get(worker, ())):
        raise Malformed(unknown(name))
    if len(body) > MAX_REQUEST:
        raise Malformed(invalid([("", f"a command may have {MAX_REQUEST} bytes")]))
    try:
        request = _of_worker(body) if worker else _of_somebody(body)
    except ValidationError as error:
        raise Malformed(_problems(error)) from None
    if unreadable := list(_unreadable(request.data, several_lines(kind))):
        raise Malformed(invalid(unreadable))
    try:
        return Parsed(kind.model_validate(request.data), request, asker)
    except ValidationError as error:
        raise Malformed(_problems(error, "data.")) from None


def _sent_by(subject: str) -> tuple[str, str]:
    """The worker on whose subject it came, empty if on nobody's; and the command's name."""
    if subject.startswith(CASES):
        return "", f"{CONCERN}{subject.removeprefix(CASES)}"
    if not subject.startswith(OF_WORKERS):
        return "", subject.removeprefix(REQUESTS)
    worker, _, name = subject.removeprefix(OF_WORKERS).partition(".")
    return f"{SYSTEM}{worker}", name


def _come(comer: Comer | None, kind: type[Command] | None) -> Asker:
    if comer is None:
        raise NothingShown
    if comer.person_id is None and not (kind and kind.open_to_anybody):
        raise NotTied
    return asker_of(comer)


def _of_somebody(body: bytes) -> Request:
    """Nobody says who they are, and no role is a worker's but on that worker's subjects."""
    try:
        request = Request.model_validate_json(body)
    except ValidationError as error:
        claims = any(one["loc"] == ("actor",) for one in error.errors(include_input=False))
        if not claims:
            raise
        raise Malformed(invalid([("actor", TOLD_BY_WHAT_IS_SHOWN)])) from None
    if request.role is Role.SYSTEM:
        raise Malformed(invalid([("role", "only our own workers act in role system")]))
    return request


def _of_worker(body: bytes) -> Request:
    """What a worker asks of its own accord, which can't be anything but the worker's."""
    try:
        said = from_json(body)
    except ValueError:
        raise Malformed(invalid([("", "must be JSON")])) from None
    if not isinstance(said, dict):
        raise Malformed(invalid([("", "must be an object")]))
    if claimed := said.keys() & {"actor", "role"}:
        raise Malformed(invalid([(name, "is known by the subject") for name in sorted(claimed)]))
    return Request.model_validate({**said, "role": Role.SYSTEM})


def act_of(parsed: Parsed, now: datetime, recorded: CommandId) -> Act:
    """Who does it, and when, under the id that the log will have; `Malformed` if somebody claims a
    time that they may not.
    """
    request, asker = parsed.request, parsed.asker
    time = request.time or now
    if request.time is not None and (request.role not in MAY_BACKDATE or not request.reason):
        raise Malformed(invalid([("time", "only an importer or coordinator, with a reason")]))
    if time > now:
        raise Malformed(invalid([("time", "must not be in the future")]))
    return Act(
        command_id=recorded,
        time=time,
        actor=asker.actor,
        role=request.role,
        on_behalf_of=request.onbehalfof,
        asked=request.asked,
        reason=request.reason,
        asked_at=now if request.time else None,
        tie=asker.tie,
        import_id=request.importid if request.role is Role.IMPORTER else None,
    )


def origin_of(parsed: Parsed, act: Act, source: str) -> Origin:
    """What all facts of the command will say of their origin, once role and digest are known."""
    request = parsed.request
    return Origin(
        command_id=act.command_id,
        digest="",
        actor=act.actor,
        role=str(act.role or ""),
        source=source,
        time=act.time,
        traceparent=request.traceparent or traceparent_of(act.command_id),
        correlation_id=request.correlationid or act.command_id,
        causation_id=request.causationid or act.command_id,
        on_behalf_of=act.on_behalf_of,
        asked=act.asked,
        issuer=parsed.asker.issuer,
        credential=parsed.asker.credential,
        reason=act.reason,
    )


def content_of(parsed: Parsed) -> bytes:
    """All that makes a command what it is, for its digest: everything but ids and traces, and by
    what its sender was known.

    Without defaults, so that a command which grew by a field is the same as before for whoever
    does not know the field.
    """
    request = parsed.request
    command: BaseModel = parsed.command
    if _has_keys_of_its_own(type(command)):
        data = command.model_dump(mode="json", exclude_defaults=True)
        said = dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    else:  # its fields are in the order of its class, whatever order they came in
        said = command.model_dump_json(exclude_defaults=True)
    moment = request.time and request.time.isoformat()
    acting = (parsed.asker.actor, request.role, request.onbehalfof, moment, request.reason)
    asked = (request.asked,) if request.asked else ()
    how = ACTING.to_json((*acting, *asked))
    return b"%b %b %b" % (parsed.command.name.encode(), how, said.encode())


@cache
def _has_keys_of_its_own(kind: type[BaseModel]) -> bool:
    """Whether somewhere in a command the sender chooses keys, and so their order."""
    forms = [field.annotation for field in kind.model_fields.values()]
    while forms:
        form: Any = forms.pop()
        if form is dict or get_origin(form) is dict:
            return True
        forms += get_args(form)
        if isinstance(form, type) and issubclass(form, BaseModel):
            forms += [field.annotation for field in form.model_fields.values()]
    return False


@lru_cache(maxsize=256)  # to look for near names takes milliseconds, in which nobody is heard
def unknown(name: str) -> Reply:
    """The answer to a command that does not exist, with the names that are near."""
    near = get_close_matches(name, COMMANDS, n=5, cutoff=0.5)
    context = name.split(".", 1)[0]
    same = [known for known in COMMANDS if known.startswith(f"{context}.")]
    return Reply(status="unknown", near=tuple(dict.fromkeys([*near, *same])))


def invalid(problems: list[tuple[str, str]]) -> Reply:
    """The answer to a malformed command: which fields, and what was expected."""
    fields = tuple(FieldProblem(field=field, problem=problem) for field, problem in problems)
    return Reply(status="invalid", fields=fields)


def _unreadable(data: Mapping[str, Any], long: Collection[str]) -> Iterator[tuple[str, str]]:
    """Texts that say nothing, or hide something; `long` are the fields that may have line ends."""
    for name, value in data.items():
        for path, text in _texts(value, f"data.{name}"):
            if problem := unfit(text, lines=name in long):
                yield path, problem


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, f"{path}.{key}")
        case list():
            for number, inner in enumerate(value):
                yield from _texts(inner, f"{path}.{number}")


def _problems(error: ValidationError, prefix: str = "") -> Reply:
    found: dict[str, str] = {}
    for where, kind, problem in problems_of(error):
        keep_all = kind == "extra_forbidden"
        path = ".".join(str(part) for part in where if keep_all or not _is_branch(part))
        found.setdefault(prefix + path if path else prefix.rstrip("."), problem)
    return invalid(list(found.items()))


def _is_branch(part: str | int) -> bool:
    """Whether a step of the path only names one alternative of a union."""
    return isinstance(part, str) and (part[:1].isupper() or "[" in part or "-" in part)
