"""The trail of openings: kept before anything is opened, shown to whose it is, never changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from services.engines.connections import KeptConnections
from services.reading.answering import Reader
from services.reading.refusals import NotRecorded
from services.vault.vault import Vault
from tests.scenes.readable import Programme


def trail(programme: Programme) -> list[tuple[Any, ...]]:
    with psycopg.connect(programme.engines.programme["auditor"]) as connection:
        return connection.execute(
            "SELECT opener, issuer, credential, whose, query, purpose, position"
            " FROM trail.openings ORDER BY number"
        ).fetchall()


def test_whoever_opens_something_is_on_the_trail_and_no_value_is(changing: Programme) -> None:
    coordinator = next(who for who in changing.people if who.startswith("coordinator"))
    assert changing.asks(coordinator, "people", open=False).rows
    assert trail(changing) == []
    rows = changing.asks(coordinator, "people", limit=3).rows or []
    who = changing.people[coordinator]
    position = trail(changing)[0][-1]
    assert sorted(trail(changing)) == [
        (who, "own", "a token", row["key"], "people", as_what(row["key"] == who), position)
        for row in sorted(rows, key=lambda row: str(row["key"]))
    ]
    assert str(rows[0]["full_name"]) not in str(trail(changing))


def as_what(it_is_they: bool) -> str:
    return "themselves, coordinator" if it_is_they else "coordinator"


def test_a_person_is_shown_who_has_opened_what_is_theirs(changing: Programme) -> None:
    coordinator = next(who for who in changing.people if who.startswith("coordinator"))
    applicant = next(who for who in changing.people if who.startswith("applicant"))
    mine = changing.people[applicant]
    changing.asks(coordinator, "journey", where={"key": mine})
    changing.asks(applicant, "journey")
    rows = changing.asks(applicant, "openings").rows or []
    assert [(row["opener"], row["query"], row["purpose"]) for row in rows] == [
        (changing.people[coordinator], "journey", "coordinator of all, coordinator"),
        (mine, "journey", "themselves"),
    ]
    assert {row["whose"] for row in rows} == {mine}
    assert all("credential" not in row for row in rows)
    first = changing.asks(applicant, "openings", limit=1)
    assert first.rows == rows[:1]
    assert changing.asks(applicant, "openings", after=first.after).rows == rows[1:]
    assert changing.asks(coordinator, "openings").rows == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail.openings SET opener = 'nobody'",
        "DELETE FROM trail.openings",
        "TRUNCATE trail.openings",
    ],
)
def test_nobody_changes_the_trail_not_even_its_owner(changing: Programme, statement: str) -> None:
    coordinator = next(who for who in changing.people if who.startswith("coordinator"))
    changing.asks(coordinator, "people", limit=1)
    before = trail(changing)
    for role in ("owner", "reader", "console", "auditor", "commands"):
        with psycopg.connect(changing.engines.programme[role]) as connection:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()
    assert trail(changing) == before


def test_nobody_says_when_it_was_or_which_number_it_has(changing: Programme) -> None:
    for statement in (
        "INSERT INTO trail.openings (at) VALUES (DEFAULT)",
        "INSERT INTO trail.openings (number) VALUES (DEFAULT)",
    ):
        with psycopg.connect(changing.engines.programme["reader"]) as connection:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


@contextmanager
def locked(programme: Programme) -> Iterator[None]:
    with psycopg.connect(programme.engines.programme["owner"]) as owner:
        owner.execute("LOCK TABLE trail.openings IN EXCLUSIVE MODE")
        yield


@contextmanager
def away(programme: Programme) -> Iterator[None]:
    url = programme.engines.programme["owner"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER TABLE trail.openings RENAME TO elsewhere")
        yield
        owner.execute("ALTER TABLE trail.elsewhere RENAME TO openings")


class Watched(Vault):
    """A vault that tells whether anything was opened."""

    opened = 0

    def open(self, sealed: Any) -> Any:
        self.opened += 1
        return super().open(sealed)


@pytest.mark.parametrize("how", [locked, away])
def test_what_cant_be_recorded_is_not_opened(changing: Programme, how: Any) -> None:
    coordinator = next(who for who in changing.people if who.startswith("coordinator"))
    vault = Watched(changing.engines.vault["reader"], changing.vault.keys.epochs, 0)
    bounded = {"autocommit": True, "options": "-c lock_timeout=100ms"}
    url = changing.engines.programme["reader"]
    connections = KeptConnections(url, 1, settings=bounded)
    here = changing._replace(reader=Reader(connections, changing.askers, vault))
    with how(changing):
        with pytest.raises(NotRecorded):
            here.asks(coordinator, "people")
        assert here.asks(coordinator, "people", open=False).rows
    assert vault.opened == 0
    assert trail(changing) == []
    assert here.asks(coordinator, "people", limit=1).rows
    assert vault.opened
    connections.close()
    vault.close()
