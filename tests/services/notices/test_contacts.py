"""Contacts and their letters on real engines: asked once, then only if they agreed, and no more."""

import asyncio
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from services.clock import SetClock
from services.engines.addresses import Engines
from services.notices.post import Smtp
from services.process.station import Station
from services.vault.vault import Vault
from tests.scenes.mail_server import FOR_NOW, MailServer, mail_server
from tests.scenes.outbox import about, letters, notifying, opened, scene_on
from tests.scenes.played import Scene
from tests.scenes.seen import rows
from tests.scenes.tokens import ask_as
from tests.scenes.world import KEYS, NOON, door_on, vault_of

MAE = {"full_name": "Mae Trimble", "email": "mae.trimble@trust.example"}
ASKING = "May we write to you as a line manager?"


async def names_mae(scene: Scene) -> str:
    """Ben, who applies, names his line manager; her id."""
    ben = await scene.meets("Ben Wistful")
    await scene.hands_in(ben, "healthcare-leader")
    whose = {"cohort_id": scene.cohort, "person_id": ben, "purpose": "line-manager"}
    reply = await scene.do("contact.name", {**whose, **MAE}, by=ben)
    assert [one.name for one in reply.events or ()] == ["contact.stated", "contact.kept"]
    return (reply.events or ())[0].subject


def played(
    engines: Engines, folder: Path, *after: Callable[[Scene, str], Awaitable[None]]
) -> tuple[Station, str]:
    async def play() -> tuple[Station, str]:
        async with scene_on(engines, folder) as scene:
            mae = await names_mae(scene)
            for one in after:
                await one(scene, mae)
            return scene.station, mae

    return asyncio.run(play())


async def agrees(scene: Scene, mae: str) -> None:
    await scene.do("contact.agree", {"contact_id": mae})


async def declines(scene: Scene, mae: str) -> None:
    await scene.do("contact.decline", {"contact_id": mae})


def to_mae(here: Station) -> list[EmailMessage]:
    return [one for one in map(opened, letters(here)) if "mae.trimble" in str(one["To"])]


def state_of(engines: Engines, contact: str) -> list[tuple[str, str]]:
    with psycopg.connect(engines.programme["console"]) as connection:
        return connection.execute(
            "SELECT template, state FROM work.notices WHERE person = %s ORDER BY position",
            (contact,),
        ).fetchall()


def test_a_contact_is_asked_by_name_and_hears_nothing_else(fresh: Engines, tmp_path: Path) -> None:
    here, mae = played(fresh, tmp_path)
    with notifying(here):
        pass
    (asked,) = to_mae(here)
    assert (asked["To"], about(asked)) == ("Mae Trimble <mae.trimble@trust.example>", ASKING)
    said = asked.get_content()
    assert said.startswith("Dear Mae Trimble\n\n")
    assert "Ben Wistful works with you, and has named you as their line manager." in said
    assert "Friday 30 May 2025" in said
    assert state_of(fresh, mae) == [("contact.asked", "sent")]


def test_nobody_learns_for_what_a_contact_is_from_a_refusal_or_the_log(
    fresh: Engines, tmp_path: Path
) -> None:
    async def stranger_ends(scene: Scene, mae: str) -> None:
        ada = await scene.meets("Ada Tregenza")
        wish = {"contact_id": mae, "reason": "contact.not-needed"}
        with capture_logs() as logs:
            reply = await ask_as(scene.client, ada, "contact.end", {"data": wish})
        assert reply.code == "contact.not-yours"
        assert not [one for one in logs if "contact" in str(one)]

    played(fresh, tmp_path, stranger_ends)


def test_whoever_agrees_is_thanked(fresh: Engines, tmp_path: Path) -> None:
    here, mae = played(fresh, tmp_path, agrees)
    with notifying(here):
        pass
    assert {about(one) for one in to_mae(here)} == {
        ASKING,
        "Thank you for being a line manager",
    }
    assert state_of(fresh, mae) == [("contact.asked", "sent"), ("contact.agreed", "sent")]


def test_what_was_due_is_not_sent_to_a_contact_who_said_no(fresh: Engines, tmp_path: Path) -> None:
    """The mail server was away, and so was the notifier when she said no."""
    here, mae = played(fresh, tmp_path)
    with mail_server(MailServer(at_recipient=FOR_NOW)) as server, notifying(here, Smtp(server.url)):
        assert state_of(fresh, mae) == [("contact.asked", "due")]

    async def says_no() -> None:
        async with door_on(here) as client:
            await declines(Scene(here, client, SetClock(NOON)), mae)

    asyncio.run(says_no())
    with notifying(here):
        pass
    assert to_mae(here) == []
    assert state_of(fresh, mae) == [("contact.asked", "withheld")]
    assert any(
        one["Subject"] == "Please think about another line manager"
        for one in map(opened, letters(here))
    )


def test_whoever_agreed_is_told_that_the_cohort_is_cancelled_before_they_come_to_an_end(
    fresh: Engines, tmp_path: Path
) -> None:
    async def is_called_off(scene: Scene, mae: str) -> None:
        this = {"cohort_id": scene.cohort}
        await scene.do("cohort.cancel", {**this, "reason": "cohort.no-venue"})
        reply = await scene.do("contact.end-those-of", this)
        assert [one.name for one in reply.events or ()] == ["contact.kept"]

    here, mae = played(fresh, tmp_path, agrees, is_called_off)
    with notifying(here):
        pass
    (off,) = [one for one in to_mae(here) if "will not take place" in str(one["Subject"])]
    assert "You had agreed to be a line manager." in off.get_content()
    assert state_of(fresh, mae)[-1] == ("contact.cohort-cancelled", "sent")


def test_a_contact_falls_alone(fresh: Engines, tmp_path: Path) -> None:
    here, mae = played(fresh, tmp_path)
    owners = Vault(fresh.vault["owner"], KEYS)
    assert owners.destroy(mae) == 1
    owners.close()
    with notifying(here):
        pass
    assert to_mae(here) == []
    assert any("Ben Wistful" in str(one["To"]) for one in map(opened, letters(here)))


def test_nothing_of_a_contact_stands_anywhere_in_the_clear(fresh: Engines, tmp_path: Path) -> None:
    played(fresh, tmp_path, agrees, declines)
    stored = {**rows(fresh.programme), **rows(fresh.vault)}
    assert stored["log.events"]
    for word in ("trimble", "line-manager", "line_manager"):
        assert word not in repr(stored).lower()


@pytest.mark.parametrize("answer", [agrees, declines])
def test_an_answer_is_taken_once(
    fresh: Engines, tmp_path: Path, answer: Callable[[Scene, str], Awaitable[None]]
) -> None:
    here, mae = played(fresh, tmp_path, answer, answer)
    with notifying(here), vault_of(fresh):
        assert len(state_of(fresh, mae)) <= 2
