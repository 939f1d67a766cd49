"""The trail of openings: kept before anything is opened, shown to whose it is, never changed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from events.contacts import ContactKept, ContactNamed
from events.ids import PROGRAMME, ContactId, PersonId
from events.people import Contact
from events.terms import ContactPurpose
from services.engines.connections import KeptConnections
from services.identity.comers import Comer
from services.reading.answering import Reader
from services.reading.refusals import NotRecorded
from services.reading.trail import Occasion, concealed, note_concealed
from services.vault.cards import opened_card as open_one_card
from services.vault.vault import Vault
from tests.scenes.given import NOON
from tests.scenes.readable import ELSEWHERE, TOGETHER, Programme, add_facts, fold_all
from tests.scenes.world import KEYS
from tests.services.reading.conftest import Playing

SAYS = "opener, issuer, credential, whose, query, purpose, position"


@pytest.fixture(scope="module")
def lived(at_moment: Playing) -> Iterator[Programme]:
    """The programme at its end: more is added to the trail, and nothing else is changed."""
    with at_moment("now") as found:
        yield found


def trail(programme: Programme, after: int = 0) -> list[tuple[Any, ...]]:
    """What the auditor is told, behind so many lines."""
    with psycopg.connect(programme.engines.programme["auditor"]) as connection:
        query = f"SELECT {SAYS} FROM trail.told WHERE number > 0 ORDER BY number"  # noqa: S608 - ours
        return connection.execute(query.encode()).fetchall()[after:]


def named(programme: Programme, kind: str) -> str:
    return next(who for who in programme.people if who.startswith(kind))


def test_whoever_opens_something_is_on_the_trail_and_no_value_is(lived: Programme) -> None:
    coordinator, before = named(lived, "coordinator"), len(trail(lived))
    assert lived.asks(coordinator, "people", open=False).rows
    assert trail(lived, before) == []
    rows = lived.asks(coordinator, "people", limit=3).rows or []
    who = lived.people[coordinator]
    position = trail(lived, before)[0][-1]
    assert sorted(trail(lived, before)) == [
        (who, "own", "a token", row["key"], "people", as_what(row["key"] == who), position)
        for row in sorted(rows, key=lambda row: str(row["key"]))
    ]
    assert str(rows[0]["full_name"]) not in str(trail(lived, before))


def as_what(it_is_they: bool) -> str:
    return "themselves, coordinator" if it_is_they else "coordinator"


def test_a_person_is_shown_who_has_opened_what_is_theirs(lived: Programme) -> None:
    coordinator, applicant = named(lived, "coordinator"), named(lived, "applicant")
    mine = lived.people[applicant]
    before = len(lived.asks(applicant, "openings").rows or [])
    lived.asks(coordinator, "journey", where={"key": mine})
    lived.asks(applicant, "journey")
    every = lived.asks(applicant, "openings").rows or []
    rows = every[before:]
    assert [(row["opener"], row["query"], row["purpose"]) for row in rows] == [
        (lived.people[coordinator], "journey", "coordinator of all, coordinator"),
        (mine, "journey", "themselves"),
    ]
    assert {row["whose"] for row in rows} == {mine}
    assert all("credential" not in row for row in rows)
    first = lived.asks(applicant, "openings", limit=before + 1)
    assert first.rows == every[: before + 1]
    assert lived.asks(applicant, "openings", after=first.after).rows == rows[1:]


def test_the_numbers_a_person_is_shown_tell_nothing_of_what_is_opened_of_others(
    lived: Programme,
) -> None:
    coordinator, applicant = named(lived, "coordinator"), named(lived, "applicant")
    lived.asks(applicant, "journey")
    lived.asks(coordinator, "journey")
    lived.asks(applicant, "journey")
    first = lived.asks(applicant, "openings", limit=2)
    rows = [*(first.rows or [])]
    rows += lived.asks(applicant, "openings", after=first.after).rows or []
    numbers = [row["number"] for row in rows if row["number"] != 0]
    assert numbers == list(range(1, len(numbers) + 1))


def test_nobody_changes_the_trail_not_even_its_owner(lived: Programme) -> None:
    lived.asks(named(lived, "coordinator"), "people", limit=1)
    before = trail(lived)
    for statement in (
        "UPDATE trail.openings SET opener = 'nobody'",
        "DELETE FROM trail.openings",
        "TRUNCATE trail.openings",
    ):
        for role in ("owner", "reader", "console", "home", "checker", "auditor", "commands"):
            refused(lived, role, statement)
    assert trail(lived) == before


def refused(programme: Programme, role: str, statement: str) -> None:
    with psycopg.connect(programme.engines.programme[role]) as connection:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement.encode())
        connection.rollback()


def test_nobody_says_when_it_was_or_which_number_it_has(lived: Programme) -> None:
    for statement in (
        "INSERT INTO trail.openings (at) VALUES (DEFAULT)",
        "INSERT INTO trail.openings (number) VALUES (DEFAULT)",
    ):
        refused(lived, "reader", statement)


@pytest.mark.parametrize(
    ("role", "line"),
    [
        ("home", "'{}', '', '', '{}', 'people', 'coordinator', 1, ''"),
        ("home", "'system:command-line', 'own', '', '{}', 'people', 'it', 1, ''"),
        ("home", "'system:command-line', '', 'a token', '{}', 'people', 'it', 1, ''"),
        ("home", "'system:command-line', '', '', '{}', 'people', 'it', 1, 'the panel'"),
        ("reader", "'system:command-line', 'own', 'a token', '{}', 'people', 'it', 1, ''"),
        ("reader", "'{}', '', 'a token', '{}', 'people', 'it', 1, ''"),
        ("reader", "'{}', 'own', '', '{}', 'people', 'it', 1, ''"),
        ("reader", "'{}', 'own', 'a token', '{}', 'people', 'it', 1, 'the panel'"),
    ],
)
def test_nobody_notes_in_another_ones_name(lived: Programme, role: str, line: str) -> None:
    somebody = lived.people[named(lived, "coordinator")]
    columns = "opener, issuer, credential, whose, query, purpose, position, told_as"
    values = line.replace("{}", somebody)
    refused(lived, role, f"INSERT INTO trail.openings ({columns}) VALUES ({values})")  # noqa: S608 - ours


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
def test_what_cant_be_recorded_is_not_opened(
    lived: Programme, how: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator, before = named(lived, "coordinator"), trail(lived)
    vault = Watched(lived.engines.vault["reader"], lived.vault.keys.epochs, 0)
    bounded = {"autocommit": True, "options": "-c lock_timeout=100ms"}
    connections = KeptConnections(lived.engines.programme["reader"], 1, settings=bounded)
    cards, open_card = list[str](), open_one_card

    def opened_card(keys: Any, person: str, sealed: bytes) -> Any:
        cards.append(person)
        return open_card(keys, person, sealed)

    monkeypatch.setattr("services.vault.people.opened_card", opened_card)
    with closing(vault), closing(connections):
        here = lived._replace(reader=Reader(connections, lived.askers, vault))
        with how(lived):
            for name, words in (("people", None), ("people.find", "ada"), ("people.shared", None)):
                with pytest.raises(NotRecorded):
                    here.asks(coordinator, name, words=words)
            with pytest.raises(NotRecorded):
                here.asks(coordinator, "people.find", words="ada", open=False)
            assert here.asks(coordinator, "people", open=False).rows
        assert (vault.opened, cards, trail(lived)) == (0, [], before)
        assert here.asks(coordinator, "people", limit=1).rows
        assert here.asks(coordinator, "people.find", words="ada").rows
        assert vault.opened
        assert cards


def test_who_is_found_is_on_the_trail_though_nothing_of_them_is_shown(lived: Programme) -> None:
    """That somebody is found by a number tells what their number is."""
    coordinator, before = named(lived, "coordinator"), len(trail(lived))
    (found,) = lived.asks(coordinator, "people.find", words="tregenza", open=False).rows or []
    assert lived.asks(coordinator, "people.find", words="nobodyatall", open=False).rows == []
    lived.asks(coordinator, "people.shared", open=False)
    who = lived.people[coordinator]
    assert [(line[0], line[3], line[4]) for line in trail(lived, before)] == [
        (who, PROGRAMME, "people.find"),
        (who, found["key"], "people.find"),
        (who, PROGRAMME, "people.find"),
        (who, PROGRAMME, "people.shared"),
        *sorted((who, lived.people[one], "people.shared") for one in TOGETHER),
    ]


def test_a_contact_is_read_by_whom_they_are_for_who_sees_who_opened_it(
    changing: Programme,
) -> None:
    applicant, other = list(dict.fromkeys(w for w in changing.people if w.startswith("app")))[:2]
    mine, contact = changing.people[applicant], ContactId.derived(NOON, "a supporter")
    this = {"contact_id": contact, "cohort_id": ELSEWHERE}
    facts = [
        ContactNamed.model_validate(
            dict(
                **this,
                person_id=mine,
                purpose=ContactPurpose.SUPPORTER,
                full_name="Sam Supporter",
                contact=Contact(email="sam@example.org"),
            )
        ),
        ContactKept.model_validate(
            dict(**this, until=changing.now.date(), answer_by=changing.now.date())
        ),
    ]
    with closing(Vault(changing.engines.vault["commands"], KEYS)) as vault:
        fold_all(changing.engines, add_facts(changing.engines, vault, facts))
    (row,) = changing.asks(applicant, "contacts", where={"key": contact}).rows or []
    assert (row["full_name"], row["state"], row["person_id"]) == ("Sam Supporter", "asked", mine)
    assert changing.asks(other, "contacts", where={"key": contact}).rows == []
    changing.asks(named(changing, "coordinator"), "contacts", where={"key": contact})
    told = [
        (row["opener"], row["at"])
        for row in changing.asks(applicant, "openings").rows or []
        if row["whose"] == contact
    ]
    by_whom = changing.people[named(changing, "coordinator")]
    assert told[0] == ("whom they are for", None)
    assert [opener for opener, _ in told[1:]] == [by_whom]
    changing.asks(named(changing, "coordinator"), "application_queue")
    every = changing.asks(applicant, "openings").rows or []
    assert [row["opener"] for row in every][:2] == ["whom they are for", "the panel"]
    assert len({row["key"] for row in every}) == len(every)
    found, after = list[Any](), None
    while True:
        reply = changing.asks(applicant, "openings", limit=1, after=after)
        found, after = [*found, *(reply.rows or [])], reply.after
        if after is None:
            break
    assert found == every
    every = changing.asks(other, "openings").rows or []
    assert contact not in {row["whose"] for row in every}
    assert mine not in {line[0] for line in trail(changing) if line[4] == "contacts"}


def test_whoever_holds_the_keys_can_tell_whether_a_line_is_somebodys_and_nobody_else(
    at_moment: Playing,
) -> None:
    with at_moment("one assessment is in") as programme:
        assessors = dict.fromkeys(
            person_id for who, person_id in programme.people.items() if who.startswith("assessor")
        )
        who, me = next(
            (who, person_id)
            for who, person_id in programme.people.items()
            if who.startswith("assessor") and programme.asks(who, "application_queue").rows
        )
        query = "SELECT query, purpose, position, told_as, whose, opener, credential"
        with psycopg.connect(programme.engines.programme["owner"]) as owner:
            lines = owner.execute(f"{query} FROM trail.openings".encode()).fetchall()
        assert lines
        for *what, whose, opener, credential in lines:
            assert credential == ""
            matching = [
                one
                for one in assessors
                if concealed(programme.vault, Occasion(comer(one), *what), whose, opener[:16])
                == opener
            ]
            assert matching == [me]
        assert len({opener for *_, opener, _ in lines}) == len(lines)
        again = Occasion(comer(me), *lines[0][:4])
        with psycopg.connect(programme.engines.programme["reader"], autocommit=True) as reader:
            for _ in range(2):
                note_concealed(reader, programme.vault, again, [me])
        with psycopg.connect(programme.engines.programme["owner"]) as owner:
            two = owner.execute("SELECT opener FROM trail.openings WHERE whose = %s", (me,))
            assert len(set(two.fetchall())) == 2
        assert who


def comer(person_id: PersonId) -> Comer:
    return Comer(person_id, "own", "a token", person_id)
