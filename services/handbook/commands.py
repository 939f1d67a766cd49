"""What may be asked for, what may come of it, and what follows: `docs/commands.md`."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from types import FunctionType
from typing import Any, Final, cast

from domain.catalogue import COMMANDS, IN_CONFIDENCE, INSIDE, NOTICES, POLICIES
from domain.decision import OWN_ROLES, Command, NotYourRole, Refusal
from domain.imports.importing import CameWith
from domain.roles.acting import NobodyAsked, RoleNotHeld, authorised
from domain.states import STATES
from events.catalogue import EVERY
from events.event import Event
from events.terms import Role
from projections.dues import COMMANDS as DUE
from services.door.forms import Form
from services.handbook.code import classes_in, stop, texts_in
from services.handbook.markdown import FIELD, MADE, fields, first_of, linked, said, table

TEMPLATE: Final = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*-?")
BEFORE: Final = f"""{MADE}
# Commands

All {{number}} commands. Each is a NATS request on `lt.command.<name>`, or
`leading-together do <name>` with its fields as FIELD=VALUE, or as JSON in a file (`@FILE`) or on
the input (`-`); names and titles stand for ids there. Its answer is
that it is durable, with positions; that it was so already; or a refusal, with a code and
[the sentence](#refusals) that people are shown.

- [For those who ask](asking.md): what a request holds, what each answer means, when to send again.
- All this as JSON Schema, for programs: [requests.json](../services/door/requests.json).
- **Roles** are those in which it may be done. Whoever asks must hold one of them, on the cohort
  that it concerns or on all: else they are refused with `{RoleNotHeld.code}`, or, if they name a
  role that does not stand here, with `{NotYourRole.code}`. Participants and applicants follow from
  places, assessors from panels, and all others are granted (`role.grant`). `system` is our own
  workers. What is somebody's own to say the team does only for who asked, and says who and how
  (`{NobodyAsked.code}`).
- **Facts** and **refusals** are what the rules of a command may come to, read from their code.
- What follows by itself from each fact stands [at the end](#what-follows).
"""
INSIDE_BEFORE: Final = """## Not at the door

Whoever may write to the log, with the database URLs of the worker `commands`, asks for these; the
door does not know them. Their facts stand in the log like all others.
"""
OF_ALL: Final = (authorised, CameWith.must_bring_into, CameWith.must_take)
"""What may refuse any command, whatever its own rules are."""
EVERY_COMMAND: Final = (*COMMANDS.values(), *INSIDE.values(), *IN_CONFIDENCE.values())
IN_CONFIDENCE_BEFORE: Final = """## In confidence

What is told in confidence has a door of its own, on `lt.concern.<verb>`, and a log of its own
([decision 042](decisions/042-concerns.md)). Whoever asks shows a token as everywhere, and is
answered in the same form, without `events`: no position is told. What may be read is in `told`.
Nobody is told whether there is anything under an id that they may not read.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield BEFORE.format(number=len(COMMANDS))
    for context, names in groupby(COMMANDS, key=lambda name: name.split(".", 1)[0]):
        yield f"## {context.capitalize()}\n"
        for name in names:
            yield from _command(COMMANDS[name])
    yield INSIDE_BEFORE
    for kind in INSIDE.values():
        yield from _command(kind)
    yield IN_CONFIDENCE_BEFORE
    for kind in IN_CONFIDENCE.values():
        yield from _command(kind)
    yield "## Parts of fields\n"
    yield from _parts()
    yield "## Refusals\n"
    yield from table(("code", "what people are shown"), _refusals())
    yield "## What follows\n"
    yield "Facts from which nothing follows by itself, and of which nobody is told, are left out.\n"
    yield from table(("fact", "asked for by itself", "who is told"), _followed())


def _command(kind: type[Command]) -> Iterator[str]:
    yield f"### {kind.name}\n"
    yield f"{said(kind)}\n"
    due = " Asked for by the scheduler when it is due." if kind.name in DUE else ""
    roles = ", ".join(sorted(role.value for role in kind.roles))
    yield f"Roles: {roles}.{_if_asked(kind)}{due}\n"
    schema = kind.model_json_schema()
    yield from table(FIELD, _fields(schema, schema))
    yield f"Facts: {_names(fact.name for fact in classes_in(kind, Event))}.\n"
    codes = _names(one.code for one in refusals_of(kind))
    yield f"Refusals: {codes}.\n" if codes else "No rule refuses it.\n"


def _if_asked(kind: type[Command]) -> str:
    """That the team may do it only for who asked."""
    depends = {"always": "", "sometimes": ", where it is theirs alone to say"}
    found = only_if_asked(kind)
    return f" The team does it only for who asked{depends[found]}." if found in depends else ""


def only_if_asked(kind: type[Command]) -> str:
    """Whether the team may do it only for who asked: `always`, `sometimes` (it depends on what is
    said) or `never`.
    """
    team = kind.roles - OWN_ROLES - {Role.SYSTEM}
    if kind.also_unasked or not team or kind.roles.isdisjoint(OWN_ROLES):
        return "never"
    return "sometimes" if "is_their_word" in vars(kind) else "always"


def refusals_of(kind: type[Command]) -> list[type[Refusal]]:
    """What its rules may say no with, and the states in which it is refused."""
    return sorted({*classes_in(kind, Refusal), *stop(kind)}, key=lambda one: one.code)


def _fields(schema: Form, whole: Form) -> Iterator[tuple[str, str, str]]:
    """Choices in place, since they are mostly the reasons of one command; larger parts as links."""
    choices = {name: form for name, form in whole.get("$defs", {}).items() if "enum" in form}
    return fields(schema, {**linked(whole), **choices})


def _parts() -> Iterator[str]:
    """The larger parts, which commands share. ValueError if two of them have one name."""
    found: dict[str, tuple[Form, Form]] = {}
    for kind in EVERY_COMMAND:
        whole = kind.model_json_schema()
        for name, form in whole.get("$defs", {}).items():
            if "enum" not in form and found.setdefault(name, (form, whole))[0] != form:
                raise ValueError(f"two things are called {name}: give one of them another name")
    for name, (form, of) in sorted(found.items()):
        yield f"### {name}\n"
        yield f"{' '.join(form.get('description', '').split())}\n"
        yield from table(FIELD, _fields(form, of))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _refusals() -> Iterator[tuple[str, str]]:
    rules = (*OF_ALL, *EVERY_COMMAND)
    found = {one for rule in rules for one in classes_in(cast("FunctionType", rule), Refusal)}
    found |= {state for states in STATES.values() for state in states}
    for refusal in sorted(found, key=lambda one: one.code):
        yield f"`{refusal.code}`", said(refusal)


def _followed() -> Iterator[tuple[str, str, str]]:
    for fact in EVERY:
        asked = " ".join(map(_policy, POLICIES.get(fact, ())))
        heard = " ".join(map(_notice, NOTICES.get(fact, ())))
        if asked or heard:
            yield f"`{fact.name}`", asked, heard


def _policy(rule: Any) -> str:
    wishes = _names(one.name for one in classes_in(cast("FunctionType", rule), Command))
    return f"{wishes}: {first_of(rule)}"


def templates_in(rule: Any) -> set[str]:
    """The templates of the messages of a rule; a command that answers one looks alike."""
    texts = texts_in(cast("FunctionType", rule)) - COMMANDS.keys()
    return {one for one in texts if TEMPLATE.fullmatch(one)}


def _notice(rule: Any) -> str:
    templates = (f"{one}…" if one.endswith("-") else one for one in sorted(templates_in(rule)))
    return f"{_names(templates) or 'what was told before'}: {first_of(rule)}"
