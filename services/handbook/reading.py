"""Who may read what, from the one table: `docs/reading.md`."""

from collections.abc import Iterator
from typing import Final

from projections.catalogue import LISTS
from projections.lists import WorkList
from services.handbook.markdown import MADE, first_of, table
from services.reading import refusals
from services.reading.cells import OPENED, Cell, Readable
from services.reading.desk import MANY, OF_ONE, PATIENCE
from services.reading.listing import for_whom
from services.reading.pages import MAX_ANSWER
from services.reading.questions import MAX_QUESTION, MOST_FIELDS, MOST_KEYS, MOST_ROWS
from services.reading.reaching import REACHED
from services.reading.table import ALL, TABLE

BEFORE: Final = f"""{MADE}
# Who may read what

What is kept ready to be read is asked for on the bus: a request on `lt.query.<name>`, with JSON,
answered with JSON by the worker `reader` to whoever has a credential for [asking](asking.md). It
bears a header `Authorization: Bearer <token>`, which says who asks ([identity](identity.md)). What
that person may read follows from the roles that they hold at this moment, by the log, and from what
a row says of them. Who is nobody here reads nothing; nor does whoever runs the system and holds no
role, but what is about themselves. Why it is so: [decision 026](decisions/026-reading.md).

`leading-together show application_queue --as PERSON` asks so, and so do `show` and `people`
wherever the engines are not those of a data folder of one's own.

## The question

One JSON object of {MAX_QUESTION:,} bytes at most; an empty one asks for the first rows.
"""
QUESTION: Final = (
    ("`where`", "the values that fields must have, as texts; `key` is a row's own"),
    ("`keys`", f"up to {MOST_KEYS} keys: only these rows"),
    (
        "`fields`",
        (
            f"up to {MOST_FIELDS} fields: of each row these are told, and nothing else of it is"
            " opened; those of `where` among them"
        ),
    ),
    ("`sort`", "a field that is marked (↕), behind a minus for the last first; else by key"),
    ("`after`", "what the answer before gave, to go on behind it"),
    (
        "`limit`",
        (
            f"how many rows at most, up to {MOST_ROWS}; 100 if it is not said. The first group of"
            " `people.shared` comes whole, however large it is"
        ),
    ),
    ("`open`", "`true`: what may be opened is. Without it, it says `(sealed)`"),
    (
        "`position`",
        (
            "a position of the log that must be taken in first: so you read what you wrote; or"
            " `head`: all that is recorded when the question comes"
        ),
    ),
    ("`words`", "of `people.find` alone: words, or their beginnings"),
)
PAGES: Final = f"""Only what somebody sees of a row can be asked for: a condition on anything else
is refused in the words in which one on no field at all is. An answer has {MAX_ANSWER // 1024} KiB
at most, and may have fewer rows than `limit`, or none, and yet an `after`. Pages are stable: who
goes on sees each row that was there all the time, once. {MANY} questions wait at once, {OF_ONE} of
one person, none longer than {PATIENCE:.0f} seconds; for a `position` it is {REACHED:.0f}.

## The answer
"""
STATUS: Final = (
    (
        "`answered`",
        (
            "`rows`, which were so at `position` of the log or later; `after`, for more; `cut` is"
            " true if there are more and no way on: ask for less"
        ),
    ),
    ("`refused`", "`code` and `sentence` say why"),
    ("`invalid`", "the form is wrong: `fields` says where"),
    ("`unknown`", "nothing is read under this name"),
    ("`busy`", "nobody came to it; ask again in a moment"),
    ("`failed`", "a fault of ours, which was noted"),
)
ERASED: Final = "What was erased is `(erased)`. Refused is with\n"
AFTER: Final = """or with a code that says why it is not known
[who somebody is](identity.md#what-is-accepted).

## The trail

Whenever a value is opened, a line is committed before: who opens (and by which token), whose it is,
by which query, as whom, when, and at which position of the log. Never the value. Nobody can change
or remove a line. What can't be recorded is not opened. Whoever is found by words, or shares an
address, is on it whether or not `open` was asked for, and before them that somebody looked.

`leading-together show openings --as PERSON` shows a person who has opened what is theirs, and of
contacts named for them; the role `auditor` reads the same of everybody, in `trail.told`. What was
opened as one of those who see what the panel does is told as `the panel`, once, with the number 0
and without a time: else it would tell who assesses whom, and how far they are. In the same way it
is told that somebody read of a contact of their own. Numbers are each person's own.

What nobody is shown is not kept there: what rules and letters read, and what must be known of an
application to tell whether somebody is to assess it. Of what `ops check` judges by, one line a run
is: that everything was gone through.

## The table

**seen**: as it stands, sealed values as `(sealed)`. **opened**: opened, if it is asked for.
**own**: of a list, the parts that are theirs alone. What stands in no line is read by nobody.
Whoever stands in several relations to a row reads what any of them may; but nobody reads more of
their own application than any applicant, whatever else they are.
"""
MADE_OF: Final = """## Lists that are made of these

They are asked for in the same way, and made anew when somebody asks: of what that person is shown
of the read models beneath, opened and put on the trail as there, and of nothing else. So a field is
missing where they are not shown what it comes of, and what comes of sealed values is there only
with `open`. They have one order and no `after`: where `cut` is true, ask for less.
"""


def page() -> str:
    """The whole page."""
    parts = (line for one in ALL for line in _of(one))
    lines = (
        BEFORE,
        *table(("field", "what it is"), QUESTION),
        PAGES,
        *table(("status", "what it means"), STATUS),
        ERASED,
        *_refusals(),
        AFTER,
        *parts,
        MADE_OF,
        *(line for one in LISTS.values() for line in _of_a_list(one)),
    )
    return "\n".join(lines).rstrip() + "\n"


def _refusals() -> Iterator[str]:
    kinds = refusals.NotToBeRead.__subclasses__()
    yield from table(("code", "sentence"), ((f"`{one.code}`", first_of(one)) for one in kinds))


def _of(one: Readable) -> Iterator[str]:
    yield f"### {one.name}\n\n{one.question}\n"
    for relation in one.columns:
        yield f"- *{relation.name}*: {relation.says}"
    for name, theirs in one.theirs.items():
        yield f"- own, of `{name}`: {theirs.says}"
    yield ""
    names = [relation.name for relation in one.columns]
    yield from table(("field", *names), _rows(one, names))


def _of_a_list(one: WorkList) -> Iterator[str]:
    yield f"### {one.name}\n\n{one.question}\n"
    whom = ", ".join(f"*{it.name}*" for it in for_whom(one, TABLE[one.of[0]]))
    yield f"- of {' and '.join(f'`{name}`' for name in one.of)}, for: {whom}"
    yield f"- fields: {', '.join(f'`{name}`' for name in one.fields)}\n"


def _rows(one: Readable, names: list[str]) -> Iterator[tuple[str, ...]]:
    for field in one.fields:
        mark = " ↕" if field in one.chosen_by else ""
        cells = (one.cells[name].get(field) for name in names)
        yield f"`{field}`{mark}", *map(_word, cells)


def _word(cell: Cell | None) -> str:
    if cell is None:
        return ""
    word = "opened" if cell.sight == OPENED else "seen"
    return f"{word}, own" if cell.some else word
