"""What was so already is answered as that only if it is: all that a command says beside is held
against what was said before.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin
from unittest.mock import patch

from pydantic import AwareDatetime, BaseModel

from domain.catalogue import COMMANDS
from events.ids import CommandId, Id
from services.log.wishes import Accepted, Wish
from tests.walk.door import Asked, Malformed, NotTied
from tests.walk.walk import Walk, begun, walking
from tests.walk.whole import WholeLife
from tests.walk.wishes import bare, fields_of

ANOTHER_THING: Final = "It says which thing it is about: of another one something else is so."
MEANS_IT: Final = "It says that what would be asked about is meant; of what is so it says nothing."
NOT_HELD: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("assessment.note-late", "score_by"): ANOTHER_THING,
        ("concerns.note-head", "digest"): (
            "What was noted first for an hour stays; later that log may end elsewhere."
        ),
        ("assessment.remind", "remind_on"): ANOTHER_THING,
        ("matching.ask", "reason"): "Over the same a run would find the same: that one stays.",
        ("matching.give-up", "reason"): "It was given up, and why was noted first.",
        **dict.fromkeys(
            (
                ("matching.record", "columns"),
                ("matching.record", "row_prices"),
                ("matching.record", "column_prices"),
                ("matching.record", "seed"),
                ("matching.record", "inputs_digest"),
            ),
            "What was found and proved itself stays.",
        ),
        ("application.submit", "once_more"): MEANS_IT,
        ("workshop.amend", "another_session"): MEANS_IT,
        ("workshop.reinstate", "another_session"): MEANS_IT,
        ("person.end-relationship", "kind"): ANOTHER_THING,
        ("person.give-consent", "purpose"): ANOTHER_THING,
        ("person.withdraw-consent", "purpose"): ANOTHER_THING,
        ("reserve.promote", "side"): ANOTHER_THING,
        ("role.withdraw", "role"): ANOTHER_THING,
        ("trouble.settle", "lacks"): ANOTHER_THING,
        ("person.register", "postal_address"): (
            "The vault tells what is otherwise; here it is taken to be the town and the number."
        ),
        ("workshop.record-attendance", "walk_in"): (
            "It lets in who has no place; what the register says of that follows from the bookings."
        ),
    }
)
"""What may be said otherwise, and nothing follows, with the reason."""


class Otherwise(NamedTuple):
    """A command that was accepted, sent again with one field that says something else."""

    command: str
    field: str
    value: Any
    answer: str

    @property
    def silent(self) -> bool:
        """Whether it was taken for what was said before."""
        return self.answer == "already so"


def other_values(form: Any, value: Any) -> Iterator[Any]:
    """What else a field may say, as it goes over the bus."""
    match form:
        case type() if issubclass(form, StrEnum):
            yield from (one.value for one in form if one.value != value)
        case type() if issubclass(form, BaseModel):
            yield from other_parts(form, value)
        case type() if form is bool:
            yield not value
        case type() if form is int:
            yield from (value + 1, value - 1)
        case type() if form is str:
            yield from (f"{value or ''}x", "Something else.", "something-else", "RK9")
            yield from ("else@example.org", "01632 960111", "1" * 32, "1" * 64)
        case type() if form is date:
            day = date.fromisoformat(value)
            yield from ((day + timedelta(days=one)).isoformat() for one in (1, -1, 3, 30, -30))
        case _ if form in (datetime, AwareDatetime):
            moment = datetime.fromisoformat(value)
            yield from ((moment + timedelta(minutes=one)).isoformat() for one in (1, -1, 60, -60))
        case _:
            yield from others_of_many(form, value)


def others_of_many(form: Any, value: Any) -> Iterator[Any]:
    """As above, of a field that says several things, or one of a few."""
    if get_origin(form) is Literal:
        yield from (one for one in get_args(form) if one != value)
    elif get_origin(form) is dict:
        for code in value:
            yield from ({**value, code: value[code] + one} for one in (1, -1))
    elif get_origin(form) is tuple:
        kind, before = bare(get_args(form)[0]), [*(value or ())]
        if issubclass(kind, StrEnum):
            new = [one.value for one in kind if one.value not in before][:1]
            yield from (new, [*before, *new])
        elif before:
            yield from ([one, *before[1:]] for one in other_values(kind, before[0]))
    else:
        raise LookupError(f"nobody said what else a {form} may be")


def other_parts(form: type[BaseModel], value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with one part otherwise, of those that were said."""
    for name, field in form.model_fields.items():
        if value.get(name) is not None:
            for one in other_values(bare(field.annotation), value[name]):
                yield {**value, name: one}


def is_id(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, Id)


def may_be_said(form: Any, value: Any) -> bool:
    """What was left out may be said now, if any words would do."""
    return (
        value is not None or form is str or (isinstance(form, type) and issubclass(form, StrEnum))
    )


class Repeating:
    """Sends whatever was accepted again, with each of its fields changed, and keeps the answers."""

    def __init__(self, walk: Walk) -> None:
        self._walk, self._send, self._number = walk, walk.send, 0
        self.found: list[Otherwise] = []

    def send(self, asked: Asked) -> Wish | None:
        """As the walk does it; then the same with other content, which nobody learns of."""
        wish = self._send(asked)
        answer = wish.answer if wish else None
        if isinstance(answer, Accepted) and answer.written and not answer.repeated:
            self.found += self._again(asked)
        return wish

    def _again(self, asked: Asked) -> Iterator[Otherwise]:
        kind = COMMANDS[asked.name]
        told = self._walk.door.wish(asked).command.model_dump(mode="json")
        for name, form, _ in fields_of(kind):
            said, value = kind.model_fields[name].alias or name, told[name]
            if is_id(form) or not may_be_said(form, value):
                continue
            for one in other_values(form, value):
                others = {key: it for key, it in asked.data.items() if key not in (name, said)}
                answer = self._answer(asked, {**others, said: one})
                if answer is not None:
                    yield Otherwise(asked.name, name, one, answer)

    def _answer(self, asked: Asked, data: dict[str, Any]) -> str | None:
        """None if nothing else is said by it, or its form is wrong."""
        self._number += 1
        sent = CommandId.derived(self._walk.clock.now(), "otherwise", str(self._number))
        try:
            before = self._walk.door.wish(asked).command
            wish = self._walk.door.wish(
                asked._replace(body={**asked.body, "id": sent, "data": data})
            )
        except (Malformed, NotTied):
            return None
        if wish.command == before:
            return None
        self._walk.writers[0].rehearse(wish)
        if wish.answer is None:
            return "a fact" if wish.facts else "already so"
        return str(getattr(wish.answer, "code", wish.answer))


@cache
def repeated() -> tuple[Otherwise, ...]:
    """Whatever is accepted in a whole life, said otherwise a moment later."""
    with walking():
        walk = begun(1)
        repeating = Repeating(walk)
        with patch.object(walk, "send", repeating.send):
            WholeLife(walk, Random(1)).lived()
            walk.comes_to_rest()
    return tuple(repeating.found)


def with_content() -> set[tuple[str, str]]:
    """Every field of every command that says more than which thing it is about."""
    return {
        (name, field)
        for name, kind in COMMANDS.items()
        for field, form, _ in fields_of(kind)
        if not is_id(form)
    }


def test_whoever_says_it_otherwise_is_answered_by_a_fact_or_a_refusal() -> None:
    silent = {(one.command, one.field) for one in repeated() if one.silent}
    assert silent == NOT_HELD.keys(), [
        one for one in repeated() if one.silent and (one.command, one.field) not in NOT_HELD
    ]


def test_every_field_of_every_command_is_tried() -> None:
    assert {(one.command, one.field) for one in repeated()} == with_content()
