"""`do`: one command, or many of one kind, through the door."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
from uuid import uuid4

import click
from nats.aio.client import Client
from nats.errors import Error as NatsError

from events.ids import CommandId
from events.terms import AskedBy, Role
from services.cli.console import (
    Installation,
    answer,
    data_option,
    json_option,
    print_err,
    print_json,
    print_out,
    run,
)
from services.cli.fields import Data, given, must_be_text
from services.cli.finding import Finder, NotOne
from services.cli.leaving import INTERRUPTED, INVALID, fail, guarded
from services.cli.many import (
    STOPPED,
    Acting,
    Line,
    Many,
    exit_code,
    for_whom,
    report,
    shown_progress,
    totals,
)
from services.cli.meant import not_one
from services.cli.rows_given import FOR, AskedRow, read, rows_of
from services.cli.signing import Shows, shows
from services.door.asking import UNANSWERED, ask
from services.door.forms import in_words
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.door.requests import commands, document, fields_of, known, required_of, unknown
from services.engines.addresses import BusAddress
from services.engines.faults import kind_of
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of

ARGUMENTS: Final = (
    "Ids may be names, titles, or the ends of ids, as they are shown. Everybody on this machine",
    "sees arguments: what is said of people, and their names, is to stand in a FILE or on the",
    "input: FIELD=@FILE, FIELD=-, or all fields at once with @FILE or -.",
)
NOT_DONE: Final = {*TO_BE_ASKED_AGAIN, "failed"}
DECIDED: Final = {"accepted", "refused"}  # what is NOT_DONE says its id itself; else none was used
ITS_ID: Final = "Its id: "
TWO_VARY: Final = "Only one field may be given more than once, and not with --each: {}."
FOR_WHAT: Final = {
    "always": "The team does it only for who asked: --for and --asked.",
    "sometimes": "Where it is theirs alone to say, the team does it only for who asked: --for and"
    " --asked.",
}
PERHAPS: Final = "Stopped before there was an answer: it may have been done. Its id: --id {}"


@click.command(add_help_option=False)
@click.argument("name", required=False, metavar="[CONTEXT.VERB]")
@click.argument("fields", nargs=-1, metavar="[FIELD=[VALUE | @FILE | -] | JSON | @FILE | -]...")
@click.option(
    "--each",
    metavar="[FILE | -]",
    help="Once for each row of a file, or of the input: JSON line by line, a table (CSV) with the"
    " fields in its header, or a word a line where one field is missing.",
)
@click.option(
    "--as",
    "by",
    metavar="PERSON",
    help="Who does it, of those whom you named for engines of your own (`identity name`); without"
    " it, the first of them.",
)
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="In which of their roles, if it matters.",
)
@click.option(
    "--for",
    "on_behalf",
    metavar="[PERSON | FIELD]",
    help="Who asked for it, if it is theirs to say; or the field with what is theirs.",
)
@click.option(
    "--asked", type=click.Choice([way.value for way in AskedBy]), help="How they asked for it."
)
@click.option(
    "--id",
    "command_id",
    metavar="COMMAND_ID",
    help="The command's own id, so that it can be sent again safely. Of many rows the ids derive"
    " from it and from what a row says; give another one to have the same done once more.",
)
@click.option("--at", "time", metavar="TIME", help="When it happened, if earlier (ISO 8601).")
@click.option("--reason", metavar="CODE", help="Why an earlier time is right: required with --at.")
@click.option("--list", "list_all", is_flag=True, help="List all commands.")
@click.option(
    "--schemas", is_flag=True, help="Print the form of all requests and answers (JSON Schema)."
)
@click.option(
    "--help", "-h", "help_wanted", is_flag=True, help="Show this, or the fields of CONTEXT.VERB."
)
@json_option
@data_option
@click.pass_context
@guarded
def do(  # noqa: PLR0917 - click hands options over by name
    context: click.Context,
    name: str | None,
    fields: tuple[str, ...],
    each: str | None,
    by: str | None,
    role: str | None,
    on_behalf: str | None,
    asked: str | None,
    command_id: str | None,
    time: str | None,
    reason: str | None,
    list_all: bool,
    schemas: bool,
    help_wanted: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Send a command, or many of one kind, and say what came of it.

    Its fields are given one by one (FIELD=VALUE), or as a JSON object, in a FILE, on the input (-),
    or as an argument. Where a field asks for an id, a name does, a title, a number, or the end of
    an id, as far as you may find it: one find is taken and shown, several are told and not guessed
    among. What is an argument is seen by everybody on this machine, and kept by your shell: let it
    be no word of people, nor their names.

    With --each, or where one field is given more than once, it is done for each row: several at
    once, those about one thing in their order. Called again, also after Ctrl-C, nothing is done
    twice, and what was refused is tried again.

    Who does it is who is signed in (`identity sign-in`); on engines of your own, whom you named.

    An id is made if none is given, and shown (beside the answer, on the error stream): a command
    that is sent again with its id is never done twice.

    Exit codes: 0 done, 1 refused, 2 not well-formed or not found, 3 engines unreachable or busy, or
    no answer; of many, the worst.
    """
    root, command_id = command_id, command_id or _new_id()
    context.params["command_id"] = command_id
    if list_all or schemas:
        _list(as_json=as_json, schemas=schemas)
    elif name is None:
        print_out(*context.get_help().splitlines())
    elif name not in commands():
        answer(_with_id(unknown(name), command_id, in_words=not as_json), as_json=as_json)
    elif help_wanted:
        _describe(name, as_json=as_json)
    else:
        optional = {"role": role, "asked": asked, "time": time, "reason": reason}
        body = {key: value for key, value in optional.items() if value is not None}
        must_be_text(body, {FOR: on_behalf})
        is_field = on_behalf in fields_of(name)
        rows = _rows(name, fields, each, {FOR: on_behalf} if on_behalf and not is_field else {})
        installation = Installation(data)
        acting = Acting(body, on_behalf if is_field else None)
        call = Call(installation.bus(), shows(installation, by), name, acting, as_json)
        if isinstance(rows, AskedRow):
            _do_one(call, command_id, rows)
        _do_many(call, root or "", rows)


class Call(NamedTuple):
    """What is called: where and as whom, which command, how it is done, and how it is answered."""

    bus: BusAddress
    token: Shows
    name: str
    acting: Acting
    as_json: bool


def _rows(
    name: str, words: Sequence[str], each: str | None, beside: Data
) -> AskedRow | list[AskedRow]:
    """What is to be done: once, or for each row of a file or value of a field."""
    said, several = given(words, fields_of(name))
    if len(several) > (each is None):
        fail(TWO_VARY.format(", ".join(several)), INVALID)
    if each is not None:
        return read(each, name, said | beside)
    for varies, values in several.items():
        return rows_of(said | beside, [{varies: value} for value in values])
    return AskedRow(1, said | beside)


def _do_one(call: Call, command_id: str, row: AskedRow) -> NoReturn:
    """Send one command, and leave with what came of it."""

    async def send() -> Reply:
        reply: Reply | None = None
        try:
            async with connection_of("client", call.bus) as client:
                body = await _body(client, call, row)
                reply = UNANSWERED
                whole = {"id": command_id, **body}
                reply = await ask(client, call.name, whole, token=call.token())
        except (NatsError, OSError) as error:
            # A bus that goes away before there is an answer may have passed the command on.
            if reply is None or kind_of(error).kind != "away":
                raise
        return reply

    try:
        reply = run(send())
    except KeyboardInterrupt:
        fail(PERHAPS.format(command_id), INTERRUPTED)
    beside = f"{ITS_ID}{command_id}" if reply.status in DECIDED else None
    reply = _with_id(reply, command_id, in_words=not call.as_json)
    answer(reply, as_json=call.as_json, beside=beside)


async def _body(client: Client, call: Call, row: AskedRow) -> dict[str, Any]:
    """What is sent: ids in place of names. It ends the call if something is not found."""
    finder, forms = Finder(client, call.token), fields_of(call.name)
    try:
        data, found = await finder.resolved(forms, row.said)
        data |= await for_whom(finder, forms, data, call.acting.whose)
    except (NotOne, CantLook) as problem:
        not_one(problem, of_command=True)
    if not call.as_json:
        print_err(*(f"{one.called} ({one.id})" for one in found))
    behalf = data.pop(FOR, None)
    return {**call.acting.body, "data": data} | ({"onbehalfof": behalf} if behalf else {})


def _do_many(call: Call, root: str, rows: list[AskedRow]) -> NoReturn:
    """Send a command for each row, report, and leave with the worst that became of any."""
    lines, stopped = dict[int, Line](), False

    async def send() -> None:
        async with connection_of("client", call.bus) as client:
            with shown_progress(call.name, len(rows), quiet=call.as_json) as progress:
                many = Many(client, call.token, call.name, call.acting, root, lines)
                await many.run(rows, progress)

    try:
        run(send())
    except KeyboardInterrupt:
        stopped = True
    if call.as_json:
        for row in sorted(lines):
            print_json(lines[row].as_json())
        print_json({"rows": len(rows), "totals": totals(lines)})
    else:
        print_out(*report(lines))
    if stopped:
        fail(STOPPED, INTERRUPTED)
    raise SystemExit(exit_code(lines))


def _new_id() -> CommandId:
    return CommandId.derived(datetime.now(UTC), uuid4().hex)


def _with_id(reply: Reply, command_id: str, *, in_words: bool) -> Reply:
    """The answer with the command's id, which whoever has to send it again needs."""
    told: dict[str, Any] = {"command": command_id}
    if in_words and reply.status in NOT_DONE:
        told["sentence"] = f"{reply.sentence} Its id: --id {command_id}"
    return reply.model_copy(update=told)


def _list(*, as_json: bool, schemas: bool) -> None:
    if schemas:
        print_json(document())
        return
    says = {name: _first(one["says"]) for name, one in commands().items()}
    if as_json:
        print_json(says)
        return
    width = max(map(len, says))
    for name, sentence in says.items():
        print_out(f"{name:<{width}}  {sentence}")


def _first(says: str) -> str:
    """The first paragraph."""
    return says.partition("\n\n")[0]


def _describe(name: str, *, as_json: bool) -> None:
    command = commands()[name]
    if as_json:
        print_json({**command["data"], "$defs": known()})
        return
    print_out(name, _first(command["says"]), "")
    print_out(f"Roles: {', '.join(command['roles'])}")
    if sentence := FOR_WHAT.get(command["only_if_asked"]):
        print_out(sentence)
    print_out("Fields:")
    required = required_of(name)
    for field, form in fields_of(name).items():
        needed = f", but required {form['needed']}" if "needed" in form else ""
        need = "required" if field in required else f"optional{needed}"
        print_out(f"  {field} ({need}): {in_words(form, known())}")
    example = " ".join(f"{field}=…" for field in required)
    print_out("", f"leading-together do {name} {example}".rstrip())
    print_out(f"leading-together do {name} @FILE, with such lines, or a JSON object, in FILE")
    print_out(f"leading-together do {name} --each FILE, with the fields in its header")
    print_out(*ARGUMENTS)
