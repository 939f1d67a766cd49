"""What anybody can read of each fact, why, and who can read the rest: `docs/clear.md`."""

from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Final

from events.catalogue import BENEATH, CATALOGUE, CONTEXTS, facts_of
from events.clear import FIELDS, clear_fields, why
from events.clear_because import IDS
from events.clear_envelope import ATTRIBUTES
from events.event import Cover, Event, declared_id_fields
from events.forms import NotClear, form_of, kinds_in
from events.notices import OfNotice
from events.personal import (
    JOINED,
    Mark,
    OfCase,
    OfCohort,
    OfPanel,
    OfProgramme,
    OfRun,
    OfTwo,
    marked,
)
from events.schemas import ENVELOPE, schema_of
from events.terms import AskedBy, EarlierReason, Role
from services.crew import CREW
from services.door.forms import in_words
from services.handbook.markdown import MADE, first_of, said, table

Row = tuple[str, ...]

HOLDERS: Final = ", ".join(f"`{one.name}`" for one in CREW if one.vault)
BEFORE: Final = f"""{MADE}
# What stands in the clear

For whoever answers for people's data. Here stands every field of every fact: who can read it, with
whom it falls, and, where it is clear, why it may be.

**What a subscriber can learn.** What kind of thing happened, when, in which cohort and to which id.
So: how many apply, are chosen, are paired and go on; which ids are paired with each other; when
they came, gave a place back or left. A person's id is the same in all facts and stays so. These
data are therefore pseudonymous and not anonymous: whoever knows from elsewhere that somebody came
to a workshop on one day, say, may find their id, and with it all that this page calls clear. Treat
the stream as personal data.

**What a subscriber can't learn.** Names, addresses, and anything that people typed. Why somebody
withdrew, was declined, gave a place back or left. Health; what helps somebody to take part; how two
people stand to each other, and who is kept apart. That one of these was said looks as if any other
was ([beneath covers](#beneath-covers)), and who said it is sealed too. Who on a
panel did what, and what it decided until decisions are released. What a matching weighed.

**What falls with a person.** When somebody is erased their keys are destroyed. Nobody can then open
what is sealed for them or for rules about them, what lies between them and somebody else, what a
panel did about them, and any matching run that weighed them; nor in any copy or backup of the log.
With their keys go the card and the index by which they were found, and contacts who were named for
them come to their end. A key in a backup of the vault
falls with the end of its epoch (`vault rotate epoch`).

**What falls with a contact.** Who they are, for whom and as what, under a key of their own. Once a
contact has ended nobody opens that any more, whether or not the key is still there.

**What stays.** All that is clear, with the id. What is said for a cohort, or kept for a case: it
falls with the key of that cohort or case and not with a person, so whoever erases somebody must ask
whether a case is to fall too. And what has left the programme, as letters have.

**Beside the log.** Who may read the ledger of notices (operators) sees which kind of letter went to
which id, when, for which fact and by which channel; so also which act of a panel gave an
application to which assessor, and who was told that a contact said no. Commands that brought about
nothing are kept with keyed ids, senders and digests, and sealed names.

**Who can read what is sealed.** All keys are in the vault. Who holds them could open
anything that has not fallen: the workers {HOLDERS}; `ops check` and
`vault`, which have a container each (`check`, `keeper`); and the owner of a data folder. `for whom`
says for whom they do, and `rules` whether rules and the wording of notices read it, or only a
screen or a letter shows it.

**What a sealed field shows all the same.** That it is there; for whom it is sealed, by ids; under
which versions of their keys; of which fact and field it is; and its length, in steps that the
tables name.
"""
IDS_BEFORE: Final = """## Ids

An id is a kind, and 26 letters or digits: the time at which it was made, to the millisecond, and
chance. The ids in a fact are also the tags by which the log finds it. Its index of tags, which
subscribers don't see, has a keyed tag as well for each `person.stated` and `contact.stated`. It
names nobody; but where two facts have the same, the same person, or project, lies beneath both.
"""
ENVELOPE_BEFORE: Final = """## The document around each fact

All of it is clear, and all of it stays. An attribute that says nothing is left out.
"""
BENEATH_BEFORE: Final = """## Beneath covers

These {number} kinds of facts stand in no stream and in no schema. Each is stored as its cover, and
lies in its `content`, of which whoever holds no key sees only that it is there. This section is for
those who hold keys. What is not sealed once more is there for whoever may open the cover.
"""
HEAD: Final = (
    "fact",
    "field",
    "form",
    "for whom",
    "rules",
    "falls with",
    "why it is clear, or what shows",
)
CLEAR: Final = ("everybody", "yes", "nothing")
COVERED: Final = ("as the cover", "yes", "as the cover")


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield BEFORE
    yield IDS_BEFORE
    yield from table(("id", "of", "what it tells"), _ids())
    yield ENVELOPE_BEFORE
    yield from table(("attribute", "form", "why it is clear, and what it tells"), _attributes())
    for module in CONTEXTS:
        yield from _context(module)
    yield BENEATH_BEFORE.format(number=len(BENEATH))
    for cover in dict.fromkeys(kind.cover for kind in BENEATH.values() if kind.cover):
        yield from _beneath(cover)
    yield "## The lists\n"
    for one in sorted(_lists(), key=lambda one: one.__name__):
        yield f"### {one.__name__}\n"
        yield f"{first_of(one)} {', '.join(f'`{choice.value}`' for choice in one)}\n"


def _ids() -> Iterator[Row]:
    for kind, tells in IDS.items():
        yield f"`{kind.prefix}_…`", first_of(kind), tells


def _attributes() -> Iterator[Row]:
    for name in ENVELOPE["properties"]:
        if name in ATTRIBUTES:
            form, reason = ATTRIBUTES[name]
            yield f"`{name}`", _linked(form), reason


def _context(module: ModuleType) -> Iterator[str]:
    yield f"## {module.__name__.rpartition('.')[2].capitalize()}\n"
    stored = [kind for kind in facts_of(module) if kind.cover is None]
    yield from table(HEAD, (row for kind in stored for row in _fields(kind)))


def _fields(kind: type[Event]) -> Iterator[Row]:
    """The fields of a fact that is stored."""
    sealed = dict(marked(kind))
    for name in kind.model_fields:
        if name in sealed:
            row = (*_sealed(sealed[name]), _shows(kind, name, sealed[name]))
        else:
            row = (_form(kind, name), *CLEAR, _reason(kind, name))
        yield f"`{kind.name}`", f"`{name}`", *row


def _form(kind: type[Event], name: str) -> str:
    field = kind.model_fields[name]
    return _linked(form_of(field.annotation, field.metadata))


def _reason(kind: type[Event], name: str) -> str:
    """ValueError if nobody has given one."""
    if name in declared_id_fields(kind) and (kind.name, name) not in FIELDS:
        return "[what it tells](#ids)"
    if reason := why(kind, name):
        return reason
    raise ValueError(f"say in events/clear.py why {kind.name}.{name} may be clear, or seal it")


def _sealed(mark: Mark) -> Row:
    """The form of a sealed field, for whom it is, whether rules read it, and with what it falls."""
    form = "sealed, beside the log" if mark.beside else "sealed"
    rules = "yes" if mark.for_rules else "no"
    return form, f"{mark.whose} {_named(mark.of)}", rules, _falls_with(mark)


def _named(names: str) -> str:
    return " and ".join(f"`{one}`" for one in names.split(JOINED))


def _falls_with(mark: Mark) -> str:
    match mark:
        case OfTwo():
            return "either of the two"
        case OfPanel():
            return f"the person in `{mark.about}`, or the panel"
        case OfRun():
            return "anybody whom the run weighed"
        case OfNotice():
            return "whom the message is for"
        case OfCohort() | OfProgramme() | OfCase():
            return f"the {mark.purpose.removesuffix(':')}'s key, and no person"
        case _:
            return f"the person in `{mark.of}`"


def _shows(kind: type[Event], name: str, mark: Mark) -> str:
    """What anybody can tell of a sealed field."""
    if issubclass(kind, Cover):
        return f"nothing: it is there in each, and of one length ({kind.size} bytes)"
    if mark.beside:
        return f"its length, in steps of {mark.even // 1024} KiB"
    field = kind.model_fields[name]
    absent = "whether there is one, and " if _may_be_absent(field.default, mark) else ""
    return f"{absent}its length, in steps of {mark.even} bytes"


def _may_be_absent(default: object, mark: Mark) -> bool:
    return default is None and not mark.always


def _beneath(cover: type[Cover]) -> Iterator[str]:
    yield f"### {cover.name}\n"
    yield f"{said(cover)}\n"
    ((_, mark),) = marked(cover)
    _, whom, _, falls = _sealed(mark)
    yield f"The cover is for {whom}. It falls with {falls}.\n"
    if cover.veiled:
        yield (
            "Beside the fact lies `by`: of the attributes around it, those that tell who acted, for"
            " whom, and on what cause.\n"
        )
    kinds = [kind for kind in BENEATH.values() if kind.cover is cover]
    yield from table(HEAD[:-1], (row for kind in kinds for row in _inner(kind)))


def _inner(kind: type[Event]) -> Iterator[Row]:
    """The fields of a fact as whoever opens its cover finds them."""
    schema, sealed = schema_of(kind), dict(marked(kind))
    for name, form in schema["properties"].items():
        if name in sealed:
            row = _sealed(sealed[name])
        else:
            row = (_any_form(kind, name, in_words(form, schema.get("$defs", {}))), *COVERED)
        yield f"`{kind.name}`", f"`{name}`", *row


def _any_form(kind: type[Event], name: str, words: str) -> str:
    """The form of a field as if it were clear; if it could not be, these words."""
    try:
        return _form(kind, name)
    except NotClear:
        return words


def _enums(kind: type[Event], name: str) -> list[type[Enum]]:
    """The lists from which a field may have its value."""
    found = kinds_in(kind.model_fields[name].annotation)
    return [one for one in found if issubclass(one, Enum)]


@cache
def _lists() -> frozenset[type[Enum]]:
    """Every list from which something stands in the clear, or beneath a cover."""
    found = {
        one
        for kind in (*CATALOGUE.values(), *BENEATH.values())
        for name in clear_fields(kind)
        for one in _enums(kind, name)
    }
    return frozenset({Role, AskedBy, EarlierReason, *found})


def _linked(form: str) -> str:
    """A form in which the name of a list leads to its choices."""
    for one in _lists():
        form = form.replace(f"`{one.__name__}`", f"[{one.__name__}](#{one.__name__.lower()})")
    return form
