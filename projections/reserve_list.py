"""Who waits for a place of a cohort, in which order, and until when.

A turn is sealed for the cohort's team, and stays so in a row. Whoever may open a row is told the
order: those behind move up when somebody leaves the list.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import (
    ApplicationDeclined,
    OfferMade,
    ReserveClosed,
    ReserveEnded,
    ReserveListed,
    ReserveOpened,
    ReserveReordered,
    Turn,
)
from events.personal import Closed
from events.terms import Side
from projections.projection import Part, Projection, Row, Shown

COMES: Final = (ReserveListed, ReserveReordered)
LEAVES: Final = (OfferMade, ApplicationWithdrawn, ApplicationDeclined, ReserveEnded)
OF_CONCERN: Final = frozenset({*COMES, *LEAVES, ReserveOpened, ReserveClosed})


class Step(Part):
    """Somebody comes on the list, or to another turn of it (`moves`); or leaves it."""

    application_id: ApplicationId
    person_id: PersonId
    side: Side
    comes: bool = True
    moves: bool = False


class ReserveRow(Row):
    """The reserve list of one cohort: the steps by which it became so, and of each to which turn.

    What is told of it has, in the place of the turns, who is `waiting`: by side and by turn.
    """

    cohort_id: CohortId
    closes_on: date | None = None
    closed: bool = False
    steps: tuple[Step, ...] = ()
    turns: tuple[Closed[Turn] | None, ...] = ()


def keys(event: Any) -> Iterable[str]:
    """The cohort, for the facts that change its list."""
    return (event.cohort_id,) if type(event) in OF_CONCERN else ()


def reserve_list(row: ReserveRow | None, fact: Recorded[Any], key: str) -> ReserveRow | None:
    """The list after one more fact."""
    event = fact.event
    row = row or ReserveRow(position=fact.envelope.position, cohort_id=CohortId(key))
    if isinstance(event, ReserveOpened):
        return row.after(fact, closes_on=event.closes_on)
    if isinstance(event, ReserveClosed):
        return row.after(fact, closed=True)
    return row.after(fact, **_stepped(row, event))


def _stepped(row: ReserveRow, event: Event) -> dict[str, Any]:
    """With one step more, if it is one: whoever leaves must have been there."""
    whose = {name: getattr(event, name) for name in ("application_id", "person_id", "side")}
    if isinstance(event, COMES):
        step, turn = Step(**whose, moves=isinstance(event, ReserveReordered)), event.place
    else:
        mine = [one for one in row.steps if one.application_id == whose["application_id"]]
        if not mine or not mine[-1].comes:
            return {}
        step, turn = Step(**whose, comes=False), None
    return {"steps": (*row.steps, step), "turns": (*row.turns, turn)}


def told(row: Shown) -> Shown:
    """The row with those who wait in the place of the turns.

    Without the key, or once it was destroyed, their turns can't be read, and they stand by their
    application's id.
    """
    rest = {name: value for name, value in row.items() if name != "turns"}
    steps = [{**one, "place": at} for one, at in zip(row["steps"], row["turns"], strict=True)]
    waiting = [one for side in Side for one in _waiting(steps, side)]
    return {**rest, "waiting": waiting}


def _waiting(steps: Iterable[Shown], side: Side) -> list[Shown]:
    turns: dict[str, Any] = {}
    people: dict[str, str] = {}
    for step in steps:
        if step["side"] == side:
            who = step["application_id"]
            people[who] = step["person_id"]
            turns = _after(turns, who, step)
    told_of = sorted(turns, key=lambda who: (isinstance(turns[who], str), str(turns[who]), who))
    if not any(isinstance(turn, str) for turn in turns.values()):
        told_of = sorted(turns, key=lambda who: int(turns[who]))
    return [
        {"side": side.value, "turn": turns[who], "application_id": who, "person_id": people[who]}
        for who in told_of
    ]


def _after(turns: dict[str, Any], who: str, step: Shown) -> dict[str, Any]:
    """The turns once somebody comes, moves or leaves; those that can't be read stay as they are."""
    was = turns.get(who)
    left = {one: _moved(turn, was, -1) for one, turn in turns.items() if one != who}
    place = step["place"]
    if not step["comes"]:
        return left
    if step["moves"] or place in left.values():
        left = {one: _moved(turn, place, 1) for one, turn in left.items()}
    return {**left, who: place}


def _moved(turn: Any, place: Any, by: int) -> Any:
    """A turn that is behind a place (or at it, for whoever comes there) moves."""
    if not isinstance(turn, int) or not isinstance(place, int):
        return turn
    behind = turn >= place if by > 0 else turn > place
    return turn + by if behind else turn


RESERVE_LIST: Final = Projection(
    name="reserve_list",
    version=1,
    question="Who waits for a place, in which order, and until when?",
    row=ReserveRow,
    keys=keys,
    fold=reserve_list,
    told=told,
)
