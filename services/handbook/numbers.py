"""The numbers by which the programme goes until others are signed: `docs/numbers.md`."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from domain.rules.adopting import ProposeRules
from events.ids import FIRST_RULES
from events.rules import FIRST, FIRST_CRITERIA, MOST_IN_A_RUN, Choice, ProgrammeRules
from services.door.forms import in_words
from services.handbook.markdown import MADE, table

BEFORE: Final = f"""{MADE}
# The numbers

The programme goes by rules that are facts: somebody proposes all of them (`rules.propose`), a
co-chair of each side signs (`rules.sign`), and they are in force from their day on, until others
are. **A number counts on the day on which it is applied, and what follows from it is written down
there and stays; a cohort is chosen and trained by the rules that were in force when it was
planned.** What was decided by rules names them (`rules` in the envelope of its facts). Why it is
so: [decision 032](decisions/032-the-programmes-rules-are-facts.md).

To propose others, begin with [these](../examples/rules.json), in a file of yours and from a later
day:

```
leading-together do rules.propose @rules.json
leading-together do rules.sign '{{"rules_id": "RULES", "side": "patient-leader"}}' --as PERSON
leading-together show rules
```

Until others are in force these hold, under the id `{FIRST_RULES}`. Where the plan of a cohort
chooses a number, the usual one is shown, and between which it may choose.
"""
UNITS: Final = {
    "assessments": "assessments",
    "contacts": "contacts",
    "days": "days",
    "gap": "percentage points",
    "hours": "hours",
    "left": "days",
    "line": "none",
    "months": "months",
    "most": "days",
    "run": "people",
    "side": "places",
    "weights": "points",
    "workshops": "workshops",
}
"""In what each number is counted, by the last word of its name."""
AFTER: Final = f"""
Days and months are those of the calendar in London, and a day lasts until its midnight; hours go
before a moment.

**What is no rule**, because it keeps the system sound or says what a word means, and stands in the
code and in [the commands](commands.md): lengths of texts, sizes of files and facts, and how far a
number above may go; that all waits while a run is written down, so that no rule lets more than \
{MOST_IN_A_RUN}
people a side into one; 500 places on a workshop, 50 experiences and days from 2016 to 2099, beyond
which somebody has mistyped; the hour at which letters begin to go out (9 in the morning), by which
nothing is decided; the order of what speaks for a pair; that two experiences make somebody
experienced, and none is not "some".
"""


def example() -> str:
    """The first rules as somebody would propose them, in JSON."""
    wish = ProposeRules(in_force_from=date(2024, 8, 27), rules=FIRST, criteria=FIRST_CRITERIA)
    return wish.model_dump_json(indent=2) + "\n"


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield BEFORE
    yield from table(("number", "meaning", "in", "first", "may be"), _numbers())
    yield "\nPeople are assessed on these criteria:\n"
    yield from table(
        ("criterion", "title", "weight", "scored up to"),
        ((f"`{it.code}`", it.title, str(it.weight), str(it.top)) for it in FIRST_CRITERIA),
    )
    yield AFTER


def _numbers() -> Iterator[tuple[str, ...]]:
    schema = ProgrammeRules.model_json_schema()
    defs = schema.get("$defs", {})
    for name, form in schema["properties"].items():
        meaning = " ".join(form.pop("description", "").split())
        value = getattr(FIRST, name)
        may_be = "as the plan chooses" if isinstance(value, Choice) else in_words(form, defs)
        yield f"`{name}`", meaning, UNITS[name.rpartition("_")[2]], _shown(value), may_be


def _shown(value: Any) -> str:
    match value:
        case {**each}:
            return "; ".join(f"`{code}` {some}" for code, some in each.items())
        case tuple():
            return ", ".join(map(str, value))
        case int() | str():
            return str(value)
        case _:
            return f"{value.usual} ({value.least} to {value.most})"
