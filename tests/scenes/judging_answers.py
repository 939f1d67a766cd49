"""Answers held against the judge, under each name of the table; and what should be told under those
that are no read model's: who is found, who shares an address, and what was opened.

People are known from the facts about them, as the journey tells these, and not from the vault's
cards; what was opened from the trail as it stands, and not from what is told of it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg

from events.contacts import ContactNamed
from services.reading.asking import EVENTS, FIND, OPENINGS, SHARED
from services.reading.cells import OPENED
from services.reading.relations import COORDINATES_ALL
from services.reading.table import TABLE
from tests.scenes.judging import Judge, seen_in
from tests.scenes.readable import Programme, Shown

ERASED: Final = "(erased)"
TOLD: Final = ("full_name", "town", "email", "phone")
OPENINGS_OF: Final = (
    "SELECT at, opener, whose, query, purpose, position FROM trail.openings"
    " WHERE whose = ANY(%s) ORDER BY number"
)
EVERY_EVENT: Final = "SELECT position, document FROM log.events ORDER BY position"
Told = dict[str, dict[str, list[Any]]]
Question = dict[str, str]


def questions(programme: Programme, name: str) -> list[Question]:
    """What is asked under a name: of people for a name's beginning, an address, a town, and a word
    that nearly everybody has; of all else for everything.
    """
    if name != FIND:
        return [{}]
    told = next(one for _, one in _people(programme) if one["email"] and one["town"])
    return [{"words": one} for one in (told["full_name"][:3], told["email"], told["town"], "exam")]


def expected(judge: Judge, name: str, question: Question) -> Told:
    """Of each row the values of each field that somebody should see."""
    match name:
        case "people.find":
            return _as_told(judge, FIND, dict.fromkeys(_found(judge, question["words"]), 1))
        case "people.shared":
            return _as_told(judge, SHARED, dict(_shared(judge)))
        case "openings":
            return dict(_openings(judge))
        case "events":
            return dict(_events(judge))
        case _:
            return judge.expected(name)


def values_in(name: str, rows: Iterable[Shown]) -> Told:
    """Of each row, which is there once, the values of each field; there are no other fields."""
    fields, found = TABLE[name].fields, Told()
    for row in rows:
        assert set(row) - {"key"} <= {one.partition(".")[0] for one in fields}
        assert row["key"] not in found
        found[row["key"]] = seen_in(row, fields)
    return found


def different(
    judge: Judge, name: str, question: Question, shown: Told | None
) -> Iterator[tuple[Any, ...]]:
    """Where what was shown of one question is not what the judge says."""
    if (shown is not None) is not judge.may_ask(name):
        yield name, "whether they may ask"
    shown, should = shown or {}, expected(judge, name, question)
    yield from ((name, key) for key in should.keys() ^ shown.keys())
    for key in should.keys() & shown.keys():
        for field in TABLE[name].fields:
            it, is_shown = should[key].get(field), shown[key].get(field)
            if it != is_shown:
                yield name, key, field, is_shown, it


def _people(programme: Programme) -> Iterator[tuple[str, Shown]]:
    """All who are known and were not erased, in the order of their ids."""
    for who, row in sorted(programme.rows["journey"].items()):
        if row.full["full_name"] != ERASED:
            yield who, row.full


def _in_sight(judge: Judge, name: str) -> Iterator[tuple[str, Shown]]:
    (relation,) = TABLE[name].columns
    rows = judge.rows["people"]
    for who, told in _people(judge.programme):
        if judge.stands(name, relation.name, who, rows[who].stored):
            yield who, told


def _found(judge: Judge, words: str) -> Iterator[str]:
    """Whoever has a word with each of these beginnings."""
    for who, told in _in_sight(judge, FIND):
        theirs = _words(" ".join(told[field] or "" for field in TOLD))
        if all(any(it.startswith(one) for it in theirs) for one in _words(words)):
            yield who


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shared(judge: Judge) -> Iterator[tuple[str, int]]:
    """Whoever has an address or number under another name than somebody else, by their group."""
    people, reached = dict(_in_sight(judge, SHARED)), defaultdict[str, set[str]](set)
    for who, told in people.items():
        for one in filter(None, (told["email"], told["phone"])):
            reached[one].add(who)
    groups = {
        tuple(sorted(group))
        for group in reached.values()
        if len({people[who]["full_name"] for who in group}) > 1
    }
    for number, group in enumerate(sorted(groups), 1):
        yield from ((who, number) for who in group)


def _as_told(judge: Judge, name: str, groups: dict[str, int]) -> Told:
    """People's values by the cells of the one relation there is."""
    (cells,) = TABLE[name].cells.values()
    people, found = dict(_people(judge.programme)), Told()
    for who, group in groups.items():
        values = {"person_id": who, "group": group, **{it: people[who][it] for it in TOLD}}
        values["merged_into"] = judge.rows["people"][who].full["merged_into"]
        assert all(cells[it].sight == OPENED for it in TOLD)
        found[who] = {field: [values[field]] for field in cells}
    return found


def _events(judge: Judge) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Each event as the log has it, for whoever coordinates the whole programme."""
    (cells,) = TABLE[EVENTS].cells.values()
    if not judge.stands(EVENTS, COORDINATES_ALL.name, "", {}):
        return
    with psycopg.connect(judge.programme.engines.programme["owner"]) as owner:
        for position, document in owner.execute(EVERY_EVENT):
            event = json.loads(bytes(document))
            yield str(position), {name: [event[name]] for name in cells if name in event}


def _openings(judge: Judge) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """The lines about somebody, and about contacts who are named for them: each with a number of
    their own, or once, without who and when, if it is told as something else.
    """
    if not judge.known:
        return
    named = (one for one in judge.facts if isinstance(one, ContactNamed))
    whose = [judge.me, *(one.contact_id for one in named if one.person_id == judge.me)]
    (cells,) = TABLE[OPENINGS].cells.values()
    number = 0
    with psycopg.connect(judge.programme.engines.programme["owner"]) as owner:
        for at, opener, about, query, purpose, position in owner.execute(OPENINGS_OF, (whose,)):
            line = {"whose": about, "query": query}
            told_as = TABLE[query].told_as if query in TABLE else {}
            told = [told_as[one] for one in purpose.split(", ") if one in told_as]
            if told:
                line |= dict.fromkeys(("opener", "purpose"), told[0])
                line |= {"number": 0, "at": None, "position": None}
            else:
                number += 1
                line |= {"number": number, "opener": opener, "purpose": purpose}
                line |= {"at": at.isoformat(), "position": position}
            key = f"{query} {about}" if told else str(number)
            yield key, {field: [line[field]] for field in cells}
