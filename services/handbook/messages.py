"""Who hears of what, and what each message asks for: `docs/messages.md`."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from types import FunctionType
from typing import Any, Final, NamedTuple, cast

from domain.catalogue import COMMANDS, NOTICES
from domain.hearing import NOBODY, hearers
from domain.notice import Asks, Hearer, Notice, NoticeRule
from events.catalogue import EVERY
from events.event import Event
from services.handbook.code import calls_in
from services.handbook.commands import TEMPLATE, templates_in
from services.handbook.markdown import MADE, first_of, table
from services.notices.letters import PLACEHOLDER

BEFORE: Final = f"""{MADE}
# Messages

Who hears of each fact, or why nobody does; and of each message its subject, what it asks for, and
the command that answers it. Whoever has no way to sign in answers by telephone or in writing, and a
coordinator notes it down by the same command.

- Of the team it says whom a fact concerns, since something of theirs begins with it; all others get
  a message.
- Whether a message is still sent once its cohort was cancelled or has come to its end stands in
  [states](states.md); by which channel and in which form, with each person's wishes.
- Contacts get a message only once they agreed ([decision 028](decisions/028-contacts.md)), and
  whoever took back their consent gets none but the one that says so.
- `…` stands for what is known of the thing or the person.
"""
FACTS_BEFORE: Final = """## Who hears of what
"""
MESSAGES_BEFORE: Final = """## What each message says and asks
"""


class Message(NamedTuple):
    """A message as its rule words it: the subject, and the command that answers it, if it asks."""

    template: str
    subject: str
    asks: str


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield BEFORE
    yield FACTS_BEFORE
    yield from table(("fact", "who hears of it", "messages, or why there is none"), _facts())
    yield MESSAGES_BEFORE
    for context, rows in groupby(sorted(_messages()), key=lambda row: row[0].split(".", 1)[0]):
        yield f"### {context.strip('`').capitalize()}\n"
        yield from table(("message", "of the fact", "to", "subject", "asks for"), rows)


def _facts() -> Iterator[tuple[str, str, str]]:
    for fact in EVERY:
        who = hearers(fact)
        named = [
            _shown(one.template) for rule in NOTICES.get(fact, ()) for one in messages_of(rule)
        ]
        again = first_of(NOTICES[fact][0]) if fact in NOTICES and not named else ""
        why = NOBODY.get(str(fact.name), "It is theirs to look after." if who else "")
        yield (
            f"`{fact.name}`",
            _named(who) or "nobody",
            ", ".join(dict.fromkeys(named)) or again or why,
        )


def _named(hearers: Iterable[Hearer]) -> str:
    return ", ".join(one.value for one in hearers)


def _messages() -> Iterator[tuple[str, ...]]:
    for rule, facts in _rules().items():
        of = ", ".join(f"`{fact.name}`" for fact in facts)
        for one in messages_of(rule):
            yield _shown(one.template), of, _named(vars(rule)["to"]), one.subject, one.asks


def _rules() -> Mapping[NoticeRule, list[type[Event]]]:
    found: dict[NoticeRule, list[type[Event]]] = {}
    for fact, rules in NOTICES.items():
        for rule in rules:
            found.setdefault(rule, []).append(fact)
    return found


def _shown(template: str) -> str:
    return f"`{template}…`" if template.endswith("-") else f"`{template}`"


def messages_of(rule: NoticeRule) -> list[Message]:
    """The messages of a rule, as they stand in its code; each template once, with all that any of
    its wordings asks for.
    """
    calls = calls_in(cast("FunctionType", rule))
    subjects: dict[str, str] = {}
    asks = defaultdict[str, list[str]](list)
    unnamed = ""
    for call, names in calls:
        template, subject = _said(call, names)
        if template and subject:
            subjects[template] = subject
            asks[template] += _asked(call, calls)
        elif subject:
            unnamed = subject  # its template is one of several, in a loop
    for template in templates_in(rule) - subjects.keys() if unnamed else ():
        subjects[template] = unnamed
        asks[template] += _asked(None, calls)
    return [
        Message(template, subjects[template], ", or ".join(dict.fromkeys(asks[template])))
        for template in sorted(subjects)
    ]


def _said(call: ast.Call, names: Mapping[str, Any]) -> tuple[str, str]:
    """Template and subject, where something is worded; empty where they come from elsewhere."""
    if isinstance(call.func, ast.Name) and call.func.id == Notice.__name__:
        parts = {one.arg: _text(one.value, names) for one in call.keywords}
        return parts["template"], parts["subject"]
    texts = [_text(one, names) for one in call.args]
    for template, subject in pairwise(texts):
        if TEMPLATE.fullmatch(template) and template not in COMMANDS:
            return template, subject
    return "", ""


def _text(node: ast.AST, names: Mapping[str, Any]) -> str:
    """A text in the code; `…` for what is filled in, and nothing for what is no text there."""
    match node:
        case ast.Constant(value=str(text)):
            return _filled(text)
        case ast.Name(id=name):
            found = names.get(name)
            return found if isinstance(found, str) else ""
        case ast.JoinedStr(values=parts):
            return _filled("".join(_text(part, names) or "…" for part in parts))
    return ""


def _filled(text: str) -> str:
    """Placeholders as what is filled in."""
    return PLACEHOLDER.sub("…", text)


def _asked(call: ast.Call | None, calls: Iterable[tuple[ast.Call, Mapping[str, Any]]]) -> list[str]:
    """The commands that answer a message, and whether by a day."""
    within = [one for one in ast.walk(call) if isinstance(one, ast.Call)] if call else []
    every = [one for one, _ in calls]
    asks = list(filter(_is_asks, within))
    if not asks and (call is None or any(it.arg == "asks" for it in call.keywords)):
        asks = list(filter(_is_asks, every))
    return list(map(_command, asks))


def _is_asks(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == Asks.__name__


def _command(asks: ast.Call) -> str:
    name = str(cast("ast.Constant", asks.args[0]).value)
    return f"`{name}`, by a day" if len(asks.args) > 2 else f"`{name}`"  # noqa: PLR2004 - its third
