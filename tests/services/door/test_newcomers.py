"""Who somebody is who registers: decided in the writer's turn, for an accepted fact only."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import pytest

from domain.people.person import RegisterPerson
from events.ids import CommandId, PersonId
from services.door.meeting import Meetings
from services.engines.addresses import Engines
from services.log.wishes import Accepted
from services.log.writer import Writer
from services.vault.vault import Vault
from tests.scenes.at_work import eventually
from tests.scenes.cast import ADA
from tests.scenes.team import RUTH
from tests.scenes.tokens import STRANGER, ask_as
from tests.scenes.world import (
    NOON,
    coordinator,
    door_on,
    station,
    vault_of,
    wish,
    writer_on,
)

SENT = CommandId.derived(NOON, "sent")


def test_two_newcomers_who_are_registered_under_one_id_are_two_people(
    fresh: Engines, tmp_path: Path
) -> None:
    """In one moment, by two senders or by one who mixes ids up."""

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            people = [
                await ask_as(client, who, "person.register", {"id": SENT, "data": said})
                for name, who in (("Ada", "one"), ("Ben", "another"), ("Cleo", "one"))
                if (said := {"full_name": name, "email": f"{name.lower()}@example.org"})
            ]
            assert [reply.status for reply in people] == ["accepted", "accepted", "refused"]
            known = {(reply.ids or {})["person_id"] for reply in people[:2]}
            assert len(known) == 2
            assert people[2].ids is None, "nobody is told who it would have been"
            assert kept_of(fresh) == known

    asyncio.run(scene())


def test_a_person_is_recognised_by_any_spelling_of_their_name_and_address(
    fresh: Engines, tmp_path: Path
) -> None:
    """Under another name it is somebody else, who is not lost."""

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            first, again, another = [
                await coordinator(client, "person.register", {"full_name": name, "email": email})
                for name, email in (
                    ("Zoë Lamb", "Zoe.L@Example.org"),
                    ("Ms LAMB, Zoe", " zoe.l@example.ORG "),
                    ("Adam Lamb", "zoe.l@example.org"),
                )
            ]
            assert first.status == again.status == another.status == "accepted"
            assert first.ids == again.ids
            assert first.ids != another.ids
            assert len(first.events or ()) == len(another.events or ()) == 1
            assert not again.events

    asyncio.run(scene())


REFUSED: Final = (
    {"role": "facilitator"},
    {"role": "coordinator", "time": "2099-01-01T00:00:00Z", "reason": "paper-form"},
    {"role": "coordinator", "data": {"person_id": ADA}},
    {"role": "coordinator", "data": {"email": "no address"}},
    {"role": "coordinator", "data": {"full_name": ""}},
)


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_refused_or_malformed_leaves_nothing_and_tells_no_id(
    wrong: dict[str, Any], fresh: Engines, tmp_path: Path
) -> None:
    """Neither a key nor a card, and nobody who comes by this address is anybody's."""
    said = {"full_name": "Ada", "email": "ada@example.org", **wrong.get("data", {})}

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            asked = {"id": SENT, **wrong, "data": said}
            reply = await ask_as(client, STRANGER, "person.register", asked)
            assert reply.status in ("refused", "invalid")
            assert reply.ids is None

    asyncio.run(scene())
    assert kept_of(fresh) == set()
    with psycopg.connect(fresh.vault["owner"]) as owner:
        assert owner.execute("SELECT audience FROM vault.keys ORDER BY 1").fetchall() == [
            (RUTH,),
            ("vault",),
        ]


def test_nobody_says_who_they_are(fresh: Engines, tmp_path: Path) -> None:
    """An id that was brought along, as a field or in a request, binds no address to anybody."""

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)) as client:
            taken = {"full_name": "Mal", "email": "ada@example.org", "person_id": ADA}
            refused = await coordinator(client, "person.register", taken)
            assert refused.status == "invalid"
            hers = {"full_name": "Ada", "email": "ada@example.org"}
            ada = await coordinator(client, "person.register", hers)
            assert ada.ids != {"person_id": ADA}
            assert len(ada.events or ()) == 1

    asyncio.run(scene())


def kept_of(engines: Engines) -> set[str]:
    """Everybody of whom the vault keeps anything by which they are found."""
    with psycopg.connect(engines.vault["owner"]) as owner:
        rows = owner.execute(
            "SELECT person FROM vault.people UNION SELECT person FROM vault.identities"
        )
        return {person for (person,) in rows}


@pytest.mark.parametrize("later_is_decided_first", [True, False])
def test_two_doors_that_meet_one_newcomer_make_one_person(
    fresh: Engines, *, later_is_decided_first: bool
) -> None:
    """Whichever is decided first, though the other was met before it, and saw nobody."""
    with ExitStack() as stack:
        doors = [stack.enter_context(door_of(fresh)) for _ in range(2)]
        wishes = []
        for door, name in zip(doors, ("first", "later"), strict=True):
            ada = RegisterPerson(full_name="Ada", email="ada@example.org")
            one = wish(door.vault, ada, name)
            door.meetings.meet([one], [PersonId.derived(NOON, name)])
            wishes.append(one)
        pairs = list(zip(doors, wishes, strict=True))
        for door, one in reversed(pairs) if later_is_decided_first else pairs:
            door.writer.decide([one])
        facts = [len(one.answer.written) for one in wishes if isinstance(one.answer, Accepted)]
        assert sorted(facts) == [0, 1]
        assert wishes[0].about == wishes[1].about


def test_who_was_met_and_never_became_known_is_kept_for_an_hour_or_two(fresh: Engines) -> None:
    """As whoever is told to come again, or meets a process that is killed."""
    with door_of(fresh) as door:
        known, stranger, lately = (PersonId.derived(NOON, name) for name in ("a", "b", "c"))
        ada = RegisterPerson(full_name="Ada", email="ada@example.org")
        wishes = [
            wish(door.vault, ada, "a"),
            wish(door.vault, ada.model_copy(update={"email": "b@example.org"}), "b"),
            wish(door.vault, ada.model_copy(update={"email": "c@example.org"}), "c"),
        ]
        assert door.meetings.meet(wishes, [known, stranger, lately]) == {known, stranger, lately}
        door.writer.decide(wishes[:1])
        with psycopg.connect(fresh.vault["owner"]) as owner:
            owner.execute(
                "UPDATE vault.people SET met_at = met_at - interval '2 hours' WHERE person <> %s",
                (lately,),
            )
        door.meetings.sweep()
        assert kept_of(fresh) == {known, lately}
        door.meetings.leave([known, lately])
        assert kept_of(fresh) == {known}, "of who is registered nothing is taken"


class DoorsParts(NamedTuple):
    """What one process of the worker `commands` has."""

    vault: Vault
    writer: Writer
    meetings: Meetings


@contextmanager
def door_of(engines: Engines) -> Iterator[DoorsParts]:
    with vault_of(engines) as vault, writer_on(engines, vault) as writer:
        writer.decide([])
        meetings = Meetings(engines.programme["commands"], vault, writer)
        yield DoorsParts(vault, writer, meetings)
        meetings.close()


def test_who_is_reached_otherwise_is_known_again_by_what_is_new(
    fresh: Engines, tmp_path: Path
) -> None:
    """And by what was, nobody is taken for them any more; nor is anything told to a stranger."""
    here = station(fresh, tmp_path)
    old, new = "ada@example.org", "ada@new.example"

    async def scene() -> None:
        async with door_on(here) as client:
            ada = await coordinator(client, "person.register", {"full_name": "Ada", "email": old})
            who = (ada.ids or {})["person_id"]
            said = {"person_id": who, "email": new}
            assert (await coordinator(client, "person.change-details", said)).status == "accepted"
            with vault_of(fresh) as vault:

                async def is_on_the_card() -> bool:
                    card = await asyncio.to_thread(vault.people.card_of, who)
                    return card is not None and card.email == new

                await eventually(is_on_the_card)
            again = {"full_name": "Ada", "email": new}
            same = await coordinator(client, "person.register", again)
            assert (same.ids, same.events or ()) == (ada.ids, ())
            more = {**again, "phone": "07700 900017"}
            stranger = await ask_as(client, STRANGER, "person.register", {"data": more})
            assert stranger.code == "person.known-otherwise"
            taken_in = await coordinator(client, "person.register", more)
            assert [one.name for one in taken_in.events or ()] == ["person.details-changed"]
            other = await coordinator(client, "person.register", {"full_name": "Ada", "email": old})
            assert other.ids != ada.ids

    asyncio.run(scene())
