"""The page on states: what stands still, and what goes on all the same."""

from collections.abc import Iterator
from types import FunctionType
from typing import Final, cast

from domain.catalogue import COMMANDS, INSIDE, POLICIES
from domain.decision import Command
from domain.policy import rule_of
from domain.states import GOES_ON, STATES, STILL_SAID, State
from services.handbook.code import classes_in, stop
from services.handbook.drawing import drawings
from services.handbook.markdown import MADE, said, table

BEFORE: Final = f"""{MADE}
# States

What may be done depends on how things stand. Each command asks it of the cohort that it concerns,
of the things that it is about and of the people whose they are, in the machinery of decisions and
not in its own lines; a command or a notice that does not stand here fails a test.

A thing **stands still** when it was cancelled, is on a break, has come to its end, or is of
somebody who was erased. Then whoever asks is refused with the state's own code, before any other
reason but one: that it is not for them to ask. What would follow by itself, or is due, does not
follow any more. It is no refusal if it was so already. Of many things that a command is about,
those that stand still are left out, and hold up none of the others.
"""
DRAWN_BEFORE: Final = """## The states of each thing, and what moves it

Arrows bear the commands that bring the step about; what puts one right that was a slip is a way
back. What each fact is put right by stands with it in [the facts](events.md).
"""
COMMANDS_BEFORE: Final = """## What goes on all the same

A dot: it goes on. A code: it is refused with it. Empty: the command is not about such a thing.
"""
POLICIES_BEFORE: Final = """## What follows by itself

Each policy asks for its command, which has its row above; where that does not go on, nothing
follows.
"""
NOTICES_BEFORE: Final = """## What is still said

Whether a notice is still sent once its cohort stands still, also if its fact is older: it is asked
again in the moment before it is sent.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield BEFORE
    yield from table(("thing", "state", "what people are shown"), _states())
    yield DRAWN_BEFORE
    yield from drawings()
    yield COMMANDS_BEFORE
    yield from table(("command", *(_word(one) for one in ALL)), _commands())
    yield POLICIES_BEFORE
    yield from table(("policy", "asks for"), sorted(_asked()))
    yield NOTICES_BEFORE
    yield from table(("notice", *(_word(one) for one in of_cohort())), _notices())


ALL: Final = tuple(state for states in STATES.values() for state in states)


def of_cohort() -> tuple[State, ...]:
    """The states of a cohort."""
    return next(iter(STATES.values()))


def _word(state: State) -> str:
    return state.code.replace(".", " ").replace("-", " ")


def _states() -> Iterator[tuple[str, str, str]]:
    for thing, states in STATES.items():
        for state in states:
            yield thing.__name__.lower(), f"`{state.code}`", said(state)


def _commands() -> Iterator[tuple[str, ...]]:
    for name, kind in (*COMMANDS.items(), *INSIDE.items()):
        yield f"`{name}`", *_cells(kind)


def _cells(kind: type[Command]) -> Iterator[str]:
    refused = set(stop(kind))
    for state in ALL:
        if state in GOES_ON[kind.name]:
            yield "•"
        else:
            yield f"`{state.code}`" if state in refused else ""


def _asked() -> Iterator[tuple[str, str]]:
    for policy in {one for found in POLICIES.values() for one in found}:
        kinds = classes_in(cast("FunctionType", policy), Command)
        asked = ", ".join(f"`{one.name}`" for one in kinds if "name" in vars(one))
        yield f"`{rule_of(policy)}`", asked


def _notices() -> Iterator[tuple[str, ...]]:
    for template, states in sorted(STILL_SAID.items()):
        yield f"`{template}`", *("•" if one in states else "" for one in of_cohort())
