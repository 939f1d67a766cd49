"""`do`: one command, through the door."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click
from nats.errors import Error as NatsError

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from events.ids import CommandId
from events.terms import AskedBy, Role
from services.cli.console import (
    Installation,
    answer,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
)
from services.cli.given import words_in
from services.cli.leaving import INVALID, fail, guarded
from services.cli.signing import shows
from services.door.asking import UNANSWERED, ask
from services.door.forms import in_words
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.door.wire import unknown
from services.engines.addresses import BusAddress
from services.engines.faults import kind_of
from services.handbook.markdown import first_of
from services.stream.connections import connection_of

ALL: Final = {**COMMANDS, **IN_CONFIDENCE}
ARGUMENTS: Final = (
    "or with - for @FILE, and the same on the input.",
    "(Everybody on this machine sees arguments: what is said of people is to be none.)",
)
NOT_DONE: Final = {*TO_BE_ASKED_AGAIN, "failed"}


@click.command(add_help_option=False)
@click.argument("name", required=False, metavar="[CONTEXT.VERB]")
@click.argument("fields", required=False, metavar="[JSON | @FILE | -]")
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
    "--for", "on_behalf", metavar="PERSON", help="Who asked for it, if it is theirs to say."
)
@click.option(
    "--asked", type=click.Choice([way.value for way in AskedBy]), help="How they asked for it."
)
@click.option(
    "--id",
    "command_id",
    metavar="COMMAND_ID",
    help="The command's own id, so that it can be sent again safely.",
)
@click.option("--at", "time", metavar="TIME", help="When it happened, if earlier (ISO 8601).")
@click.option("--reason", metavar="CODE", help="Why an earlier time is right.")
@click.option("--list", "list_all", is_flag=True, help="List all commands.")
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
    fields: str | None,
    by: str | None,
    role: str | None,
    on_behalf: str | None,
    asked: str | None,
    command_id: str | None,
    time: str | None,
    reason: str | None,
    list_all: bool,
    help_wanted: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Send one command and say what came of it.

    Its fields are a JSON object, in a FILE, on the input (-), or as an argument. What is an
    argument is seen by everybody on this machine, and kept by your shell: let it be ids alone,
    never names or words of people.

    Who does it is who is signed in (`identity sign-in`); on engines of your own, whom you named.

    An id is made if none is given, and shown where it may be needed: a command that is sent again
    with its id is never done twice.

    Exit codes: 0 done, 1 refused, 2 not well-formed, 3 engines unreachable or busy, or no answer.
    """
    command_id = context.params["command_id"] = command_id or _new_id()
    if list_all:
        _list(as_json=as_json)
    elif name is None:
        print_out(*context.get_help().splitlines())
    elif name not in ALL:
        answer(_with_id(unknown(name), command_id, in_words=not as_json), as_json=as_json)
    elif help_wanted:
        _describe(name, as_json=as_json)
    else:
        optional = {"id": command_id, "role": role, "onbehalfof": on_behalf, "asked": asked}
        optional |= {"time": time, "reason": reason}
        body: dict[str, Any] = {key: value for key, value in optional.items() if value is not None}
        body |= {"data": _fields(fields)}
        installation = Installation(data)
        mine = shows(installation, by)
        reply = run(_send(installation.bus(), name, body, mine()))
        answer(_with_id(reply, command_id, in_words=not as_json), as_json=as_json)


def _new_id() -> CommandId:
    return CommandId.derived(datetime.now(UTC), uuid4().hex)


def _with_id(reply: Reply, command_id: str, *, in_words: bool) -> Reply:
    """The answer with the command's id, which whoever has to send it again needs."""
    told: dict[str, Any] = {"command": command_id}
    if in_words and reply.status in NOT_DONE:
        told["sentence"] = f"{reply.sentence} Its id: --id {command_id}"
    return reply.model_copy(update=told)


async def _send(bus: BusAddress, name: str, body: dict[str, Any], token: str) -> Reply:
    """The answer. A bus that goes away before there is one may have passed the command on."""
    reply: Reply | None = None
    try:
        async with connection_of("client", bus) as client:
            reply = UNANSWERED
            reply = await ask(client, name, body, token=token)
    except (NatsError, OSError) as error:
        if reply is None or kind_of(error).kind != "away":
            raise
    return reply


def _fields(given: str | None) -> dict[str, Any]:
    found = words_in(given) if given else None
    try:
        fields = json.loads(found if found is not None else given or "{}")
    except ValueError:
        fail('The fields must be JSON, as in \'{"cohort_id": "cohort_…"}\'.', INVALID)
    if not isinstance(fields, dict):
        fail("The fields must be one JSON object.", INVALID)
    return fields


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json({name: first_of(kind) for name, kind in ALL.items()})
        return
    width = max(map(len, ALL))
    for name, kind in ALL.items():
        print_out(f"{name:<{width}}  {first_of(kind)}")


def _describe(name: str, *, as_json: bool) -> None:
    kind = ALL[name]
    schema = kind.model_json_schema()
    if as_json:
        print_json(schema)
        return
    print_out(name, first_of(kind), "")
    print_out(f"Roles: {', '.join(sorted(role.value for role in kind.roles))}", "Fields:")
    required = schema.get("required", ())
    for field, form in schema.get("properties", {}).items():
        need = "required" if field in required else "optional"
        print_out(f"  {field} ({need}): {in_words(form, schema.get('$defs', {}))}")
    example = json.dumps(dict.fromkeys(required, "…"), ensure_ascii=False)
    print_out("", f"leading-together do {name} @FILE", f"with {example} in FILE; {ARGUMENTS[0]}")
    print_out(*ARGUMENTS[1:])
