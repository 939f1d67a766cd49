"""What waits for a person, and the facts of which nothing waits, from the one table:
`docs/tasks.md`.
"""

from collections.abc import Iterator
from typing import Final

from events.event import Event
from events.needs import Facts, Need
from events.waits_for_nobody import FACTS
from events.what_waits import ALL
from services.handbook.markdown import MADE, table

BEFORE: Final = f"""{MADE}
# Tasks

Whatever waits for a person of the team is a task: of a role of the cohort, and then of whoever
takes it on. A task is made by facts, and ended by the fact that ends the need; so nobody has to
tick off what was done otherwise. Where no fact tells, somebody says with a word that it is done.
Why it is so: [decision 040](decisions/040-tasks.md).

    leading-together show tasks --where state=open
    leading-together do task.take '{{"task_id": "KEY"}}' --as PERSON
    leading-together do task.done '{{"task_id": "KEY", "how": "task.spoke-to-them"}}' --as PERSON

The key of a task says what waits, and about which thing. Whoever coordinates the cohort sees and
may take on all of its tasks, co-chairs and facilitators theirs ([reading](reading.md#tasks)).
`task.hand-on` gives one to somebody else who may own it, or back to all; `task.reopen` puts right
that one was done. What comes again about the same thing is the same task again, and nobody's.

A task never says why: no fact is opened for it, so it tells no more than facts that all may read.
What waits and is sealed shows where it can be opened: whom the team looks at first in
`show availability`, what the panel and co-chairs have to look at in `show application_queue`.
A message that somebody has to see to is a task like any other; whose it is, and why, shows in
`show messages`. What a worker can't take in for five minutes is one too, for each cohort and each
kind of thing that may be missing by it; which event that is, whoever runs the system sees
(`ops dead-letters`), and the task ends when it is mended or given up.

## What waits

It is to be done by the end of the day in the field that is named, or so many days after it was
recorded. It ends with any of the facts that end it, as far as these name the same things.
"""
AFTER: Final = """## Of which nothing waits

"""


def page() -> str:
    """The whole page."""
    head = ("task", "whose", "by", "what to do", "made by", "ended by")
    lines = (BEFORE, *table(head, map(_row, ALL)), AFTER, *_nothing())
    return "\n".join(lines).rstrip() + "\n"


def _row(need: Need) -> tuple[str, ...]:
    day = f"`{need.by}`" if need.by else f"{need.within} days"
    orders = ", ".join(f"`{name}`" for name in need.commands)
    over = need.ended | need.asleep | need.rests | ({} if need.at_once else need.unready)
    says = f"{need.says} ({orders})"
    return f"`{need.kind}`", need.owner.value, day, says, _named(need.made), _named(over)


def _named(facts: Facts) -> str:
    return ", ".join(_link(kind) for kind in facts)


def _link(kind: type[Event]) -> str:
    return f"[{kind.name}](events.md#{kind.name.replace('.', '')}v{kind.version})"


def _nothing() -> Iterator[str]:
    for why, kinds in FACTS.items():
        yield f"{why.value}\n"
        yield ", ".join(f"`{kind.name}`" for kind in kinds) + ".\n"
