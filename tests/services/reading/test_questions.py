"""Choosing, sorting, pages: nothing is found out by asking that is not shown."""

from base64 import urlsafe_b64decode
from contextlib import closing

import pytest

from services.reading import answering
from services.reading.questions import CantBeAsked, Query, parse
from services.reading.refusals import NoSuchChoice, NotACursor, NotYoursToRead, TookTooLong
from services.vault.arrivals import Arrival
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.given import person
from tests.scenes.readable import TOGETHER, Programme
from tests.scenes.world import KEYS

PAGES = "workshop_register"


def named(programme: Programme, kind: str) -> str:
    return next(who for who in programme.people if who.startswith(kind))


def test_what_is_shown_can_be_asked_for(ended: Programme) -> None:
    coordinator = named(ended, "coordinator")
    every = ended.asks(coordinator, "application_queue").rows or []
    waiting = {"waits_for": "nothing", "stage": "confirmed"}
    found = ended.asks(coordinator, "application_queue", where=waiting).rows or []
    assert found == [row for row in every if row["stage"] == "confirmed"]
    assert 0 < len(found) < len(every)
    (one,) = ended.asks(coordinator, "application_queue", where={"key": every[0]["key"]}).rows or []
    assert one == every[0]


def test_people_are_looked_for_no_longer_than_anybody_waits(
    changing: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator = named(changing, "coordinator")
    two = {person("one"): "Somebody", person("another"): "Somebody Else"}
    cards = [Arrival(who, Card(name, "both@example.org")) for who, name in two.items()]
    with closing(Vault(changing.engines.vault["commands"], KEYS)) as vault:
        vault.people.meet(cards, lambda _: set())
    questions: dict[str, dict[str, str]] = {
        "people.find": {"words": "example"},
        "people.shared": {},
    }
    for name, question in questions.items():
        assert changing.asks(coordinator, name, **question).status == "answered"
    monkeypatch.setattr(answering, "LONGEST", 0.0)
    for name, question in questions.items():
        with pytest.raises(TookTooLong):
            changing.asks(coordinator, name, **question)


@pytest.mark.parametrize(
    "where", [{"nonsense": "x"}, {"moderated": "true"}, {"acts": "x"}, {"waits_for": "nothing"}]
)
def test_what_somebody_cant_read_is_no_field_to_them(
    ended: Programme, where: dict[str, str]
) -> None:
    applicant = named(ended, "applicant")
    with pytest.raises(NoSuchChoice) as met:
        ended.asks(applicant, "application_queue", where=where)
    with pytest.raises(NoSuchChoice) as also:
        ended.asks(applicant, "application_queue", sort=next(iter(where)))
    assert met.value.sentence == also.value.sentence
    assert not any(name in met.value.sentence for name in where)


def test_a_condition_finds_only_rows_in_which_somebody_sees_that_it_holds(
    ended: Programme,
) -> None:
    """Who reads a field in some rows asks for it in those alone: it finds nothing out in others."""
    facilitator, coordinator = named(ended, "facilitator"), named(ended, "coordinator")
    for row in ended.asks(coordinator, "people").rows or []:
        found = ended.asks(facilitator, "people", where={"full_name": str(row["full_name"])}).rows
        seen = {one["key"] for one in ended.asks(facilitator, "people").rows or []}
        assert bool(found) is (row["key"] in seen)


@pytest.mark.parametrize("sort", [None, "starts_at", "-starts_at", "number", "-number", "-key"])
def test_pages_lead_on_in_order_and_have_each_row_once(ended: Programme, sort: str | None) -> None:
    who = named(ended, "facilitator")
    every = ended.asks(who, PAGES, sort=sort).rows or []
    assert len(every) == 4
    after, found = None, []
    while True:
        reply = ended.asks(who, PAGES, sort=sort, limit=1, after=after)
        found += reply.rows or []
        after = reply.after
        if after is None:
            break
    assert found == every
    if sort and sort.removeprefix("-") != "key":
        values = [row[sort.removeprefix("-")] for row in every]
        assert values == sorted(values, reverse=sort.startswith("-"))  # type: ignore[type-var]  # all of one kind


@pytest.mark.parametrize("after", ["", "x", "W10", "bnVsbA", "é", "WyJwZW9wbGUiLG51bGwsMSwieCJd"])
def test_a_cursor_of_anything_else_is_refused(ended: Programme, after: str) -> None:
    with pytest.raises(NotACursor):
        ended.asks(named(ended, "facilitator"), PAGES, after=after)


def test_a_cursor_is_of_whom_it_was_given_to_and_tells_nothing(ended: Programme) -> None:
    who, other = named(ended, "facilitator"), named(ended, "coordinator")
    reply = ended.asks(who, PAGES, limit=1, sort="number")
    assert reply.after
    last = str((reply.rows or [{}])[0]["key"])
    assert last not in str(urlsafe_b64decode(reply.after))
    for asking, query in ((other, {"sort": "number"}), (who, {"sort": "-number"}), (who, {})):
        with pytest.raises(NotACursor):
            ended.asks(asking, PAGES, after=reply.after, **query)


def test_a_page_is_cut_where_an_answer_is_full_and_leads_on(
    ended: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = named(ended, "coordinator")
    every = ended.asks(who, "journey").rows or []
    monkeypatch.setattr("services.reading.pages.MAX_ANSWER", 20_000)
    first = ended.asks(who, "journey")
    assert first.after
    assert 0 < len(first.rows or []) < len(every)
    assert len(first.encoded()) < 25_000
    found, pages = [*(first.rows or [])], 1
    after: str | None = first.after
    while after is not None:
        reply = ended.asks(who, "journey", after=after)
        assert len(reply.encoded()) < 25_000
        found, after, pages = [*found, *(reply.rows or [])], reply.after, pages + 1
    assert found == every
    assert pages > 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("people", b"["),
        ("people", b"[]"),
        ("people", b'{"limit": 0}'),
        ("people", b'{"limit": 501}'),
        ("people", b'{"limit": "5"}'),
        ("people", b'{"open": 1}'),
        ("people", b'{"where": {"key": 5}}'),
        ("people", b'{"nonsense": 1}'),
        ("people", b'{"words": "ada"}'),
        ("people", b'{"position": -1}'),
        ("people.find", b"{}"),
        ("people.shared", b'{"sort": "group"}'),
        ("people.find", b'{"words": "ada", "where": {"town": "Truro"}}'),
        ("people.find", b'{"words": "ada", "after": "x"}'),
        ("people", b'{"after": "' + b"x" * 20_000 + b'"}'),
        ("people", b'{"where": {"side": "nonsense\\u0000"}}'),
        ("people", b'{"keys": ["nonsense\\u0000"]}'),
        ("people", b'{"fields": ["nonsense\\u0000"]}'),
        ("people", b'{"sort": "nonsense\\u0000"}'),
        ("people", b'{"after": "nonsense\\u0000"}'),
        ("people.find", b'{"words": "nonsense\\u0000"}'),
        ("\u202e", b"{}"),
        ("notices", b"{}"),
    ],
)
def test_what_is_no_question_is_said_to_be_none_and_nothing_is_repeated(
    name: str, body: bytes
) -> None:
    with pytest.raises(CantBeAsked) as met:
        parse(f"lt.query.{name}", body)
    reply = met.value.reply
    assert reply.status in {"invalid", "unknown"}
    assert "nonsense" not in reply.model_dump_json()
    assert len(reply.encoded()) < 500


def test_an_empty_question_asks_for_the_first_rows() -> None:
    assert parse("lt.query.people", b"").question == Query()
    assert parse("lt.query.people", b"{}").question == Query()


def test_people_are_found_by_who_coordinates_and_only_their_own(ended: Programme) -> None:
    coordinator = named(ended, "coordinator")
    found = ended.asks(coordinator, "people.find", words="ada").rows or []
    assert [row["full_name"] for row in found] == ["Ada Tregenza"]
    (shut,) = ended.asks(coordinator, "people.find", words="ada", open=False).rows or []
    assert shut["full_name"] == "(sealed)"
    mine = ended.asks("of this cohort", "people.find", words="ada").rows
    assert mine == found
    assert ended.asks("of another cohort", "people.find", words="ada").rows == []
    together = ended.asks(coordinator, "people.shared").rows or []
    assert {row["key"] for row in together} == {ended.people[one] for one in TOGETHER}
    for who in ("of this cohort", named(ended, "applicant"), named(ended, "assessor")):
        with pytest.raises(NotYoursToRead):
            ended.asks(who, "people.shared")
    with pytest.raises(NotYoursToRead):
        ended.asks(named(ended, "facilitator"), "people.find", words="ada")
