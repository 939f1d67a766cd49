"""What others could read of a life that was lived: a subscriber, who runs the system, who audits
it, and whoever steals both databases, but has no key.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Any

import pytest

from events.catalogue import CATALOGUE
from events.clear import clear_fields, why
from events.clear_envelope import ATTRIBUTES
from events.envelope import SCHEMA_PREFIX, TYPE_PREFIX
from events.personal import Beside, Sealed, marked
from services.clock import SetClock
from services.engines.addresses import Engines
from services.workers import notifier, projector, relay
from tests.scenes.at_work import at_work
from tests.scenes.codes import CLEAR, codes
from tests.scenes.databases import fresh_databases
from tests.scenes.lived import Lived
from tests.scenes.once import once
from tests.scenes.seen import Message, Row, heard, people_in, rows, texts_in, ties, with_a_stream
from tests.scenes.two_panels import settled
from tests.scenes.whole_life import WholeLife
from tests.scenes.world import NOON, door_on, station

AN_ID = re.compile(r"(task_[a-z-]+_)?[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")
A_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{6})?Z)?")
SHAPES = (
    AN_ID,
    A_TIME,
    re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"\d{16}|[0-9a-f]{32}|[0-9a-f]{64}|00-[0-9a-f]{32}-[0-9a-f]{16}-01"),
    re.compile(
        r"1\.0|application/json|newcomer|own|system:[a-z-]+|uk\.nhs\.leading-together[a-z/-]*"
    ),
    re.compile(rf"({re.escape(TYPE_PREFIX)}|{re.escape(SCHEMA_PREFIX)})[a-z.-]+\.v1"),
    re.compile("|".join(map(re.escape, CLEAR))),
)
"""All that a text may be which everybody can read: no place for words, and for no other code."""
WORD = re.compile(r"[A-Za-z0-9][\w.-]*\w")
RELEASED = "lt.event.cohort.decisions-released"
SUBMITTED = "lt.event.application.submitted"
# Where two stand together who are tied: a whole cohort, all of it who wait, a whole workshop, and
# all whom a matching run weighed, with each of whom it falls.
TOGETHER = re.compile(
    r"read\.(cohort_board|reserve_list|workshop_register|tasks)_\w+ of|vault\.keys of run:"
)


@dataclass(frozen=True)
class Life:
    """What could be seen of a life, and what must not be: words, codes, and who is tied to whom."""

    heard: list[Message]
    rows: dict[str, list[Row]]
    typed: set[str]
    codes: set[str]
    tied: set[frozenset[str]]


@pytest.fixture(scope="module", params=["the demonstration", "by chance", "by another chance"])
def life(
    request: pytest.FixtureRequest,
    engines: Engines,
    templates: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Life:
    """In the last two all that can be said is said once, and chance has chosen what."""
    if request.param == "the demonstration":
        lived: Lived = request.getfixturevalue("lived")
        return Life(lived.heard, lived.rows, set(), codes(), lived.tied)

    def play(folder: Path) -> Life:
        with fresh_databases(engines) as ours, with_a_stream(ours):
            return asyncio.run(live(ours, folder, Random(request.param)))

    return once(tmp_path_factory, request.param, play)


async def live(engines: Engines, folder: Path, chance: Random) -> Life:
    clock = SetClock(NOON)
    here = station(engines, folder, clock)
    async with (
        door_on(here) as client,
        at_work(relay.serve, here),
        at_work(projector.serve, here),
        at_work(notifier.serve, here),
    ):
        mine = WholeLife(here, client, clock)
        await mine.lives(chance)
        await settled(engines)
        messages = await heard(engines)
    every = {**rows(engines.programme), **rows(engines.vault)}
    vault = here.vault("home")
    assert mine.tied == ties(every["log.events"], vault)
    vault.close()
    return Life(messages, every, mine.typed, (codes() | mine.chosen) - CLEAR, mine.tied)


def test_every_leaf_of_every_message_is_one_that_may_be_read(life: Life) -> None:
    assert len(life.heard) > 250
    for message in life.heard:
        document = message.document
        kind = CATALOGUE[document["type"].removeprefix(TYPE_PREFIX)]
        data = document.pop("data")
        assert document.keys() <= ATTRIBUTES.keys()
        assert data.keys() <= kind.model_fields.keys()
        clear = set(clear_fields(kind))
        assert all(why(kind, name) for name in clear)
        for name, mark in marked(kind):
            if name in data:
                (Beside if mark.beside else Sealed).model_validate(data[name])
        shown = {name: value for name, value in data.items() if name in clear}
        odd = [one for one in leaves((document, shown, message.subject)) if not is_plain(one)]
        assert odd == [message.subject]
        assert message.headers.keys() - {"Content-Type"} <= HANDED_OVER
        assert message.headers["Content-Type"] == "application/cloudevents+json"


HANDED_OVER = {"Nats-Expected-Last-Sequence", "Nats-Batch-Id", "Nats-Batch-Sequence"}
HANDED_OVER |= {"Nats-Batch-Commit", "Lt-Epoch"}


def leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for inner in value.values():
                yield from leaves(inner)
        case list() | tuple():
            for inner in value:
                yield from leaves(inner)
        case _:
            yield value


def is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return any(shape.fullmatch(value) for shape in SHAPES)
    return isinstance(value, bool) or (isinstance(value, int) and 0 <= value <= 1000)


def test_no_row_of_any_table_has_a_code_that_tells_of_somebody(life: Life) -> None:
    """Neither alone nor, where it is no plain word, within a text."""
    assert telling(life) == set()


def telling(life: Life) -> set[tuple[str, str, str]]:
    odd = {code for code in life.codes if re.search(r"[.-]|wistful", code.lower())}
    return {
        (table, column, text)
        for table, column, text in set(texts_of(life, keys=False))
        if (text in life.codes or odd.intersection(WORD.findall(text)))
        and not is_known(table, column, text)
    }


def is_known(table: str, column: str, text: str) -> bool:
    """The ledger says by which channel each letter went, to whoever may read it; and read models
    say who is on the reserve list, as facts do once everybody has heard.
    """
    if (table, column) == ("work.notices", "channel"):
        return text in ("email", "phone", "post")
    return text == "reserve" and table.startswith(("read.application_queue", "read.cohort_board"))


def test_no_row_of_any_table_has_what_somebody_typed(life: Life) -> None:
    """Of the demonstration `test_nothing_personal.py` looks for it, in every form."""
    assert typed_in(life) == set()


def typed_in(life: Life) -> set[tuple[str, str]]:
    places = defaultdict[tuple[str, str], list[str]](list)
    for table, column, text in texts_of(life):
        places[table, column].append(text)
    whole = {place: "\0".join(found) for place, found in places.items()}
    return {
        place
        for place, text in whole.items()
        if any(words in text for words in life.typed) or "wistful" in text.lower()
    }


def texts_of(life: Life, *, keys: bool = True) -> Iterator[tuple[str, str, str]]:
    for table, found in life.rows.items():
        for row in found:
            for column, value in row.items():
                for text in texts_in(value, keys=keys):
                    yield table, column, text


def test_nothing_ties_two_who_said_how_they_stand_to_each_other(life: Life) -> None:
    """No fact and no row holds both, in none of its fields and in no audience of a sealed one."""
    assert life.tied
    assert [one.subject for one in life.heard if tied_in(one.document, life)] == []
    assert tying(life) == set()


def tying(life: Life) -> set[str]:
    return {
        name
        for table, found in life.rows.items()
        for row in found
        if tied_in(tuple(row.values()), life)
        and not TOGETHER.match(name := f"{table} of {row.get('audience')}")
    }


def tied_in(value: Any, life: Life) -> list[frozenset[str]]:
    people = people_in(value)
    return [two for two in life.tied if two <= people] if len(people) > 1 else []


def test_the_searches_find_what_is_there(life: Life) -> None:
    two = " and ".join(next(iter(life.tied)))
    document = b'{"data":{"code":"ill-health","two":"%b"}}' % two.encode()
    row = {"document": document, "row": {"said": ["Wistful words"]}, "text": "it was ill-health;"}
    planted = replace(life, rows={"log.events": [row]})
    assert telling(planted) == {
        ("log.events", "document", "ill-health"),
        ("log.events", "text", "it was ill-health;"),
    }
    assert typed_in(planted) == {("log.events", "row")}
    assert tying(planted) == {"log.events of None"}


def test_who_runs_the_system_and_who_audits_it_read_no_read_model(lived: Lived) -> None:
    """And of what they read, all was looked through above."""
    assert lived.readable["auditor"] == ["log.events", "log.parts", "log.tags", "trail.told"]
    for table in lived.readable["operator"]:
        assert table in lived.rows
        assert not table.startswith("read.") or table == "read.builds"


def test_few_applicants_are_alone_by_what_is_clear(lived: Lived) -> None:
    """By kinds of facts, codes, numbers and yes or no, up to the release; not by ids and times.

    Who counts as well how often each came sees more: how many private things were stated, say.
    """
    facts = facts_of_applicants(lived.heard)
    assert len(facts) > 60
    assert share_alone(frozenset(found) for found in facts.values()) < 0.05
    assert share_alone(frozenset(Counter(found).items()) for found in facts.values()) < 0.1


def facts_of_applicants(messages: Iterable[Message]) -> dict[str, list[tuple[Any, ...]]]:
    """All that is clear of each fact about each applicant, until everybody heard."""
    facts: dict[str, list[tuple[Any, ...]]] = {}
    applicants = set()
    for message in takewhile(lambda one: one.subject != RELEASED, messages):
        document = message.document
        who = document["data"].get("person_id")
        if who is not None:
            facts.setdefault(who, []).append((message.subject, *what_is_clear(document)))
        if message.subject == SUBMITTED:
            applicants.add(who)
    return {who: facts[who] for who in applicants}


def what_is_clear(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = CATALOGUE[document["type"].removeprefix(TYPE_PREFIX)]
    for name in clear_fields(kind):
        for value in leaves(document["data"].get(name)):
            if not (isinstance(value, str) and (AN_ID.fullmatch(value) or A_TIME.fullmatch(value))):
                yield name, value
    yield from ((name, document.get(name)) for name in ("actorrole", "reason"))


def share_alone(prints: Iterable[Any]) -> float:
    counts = Counter(prints)
    return sum(count == 1 for count in counts.values()) / counts.total()
