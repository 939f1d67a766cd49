"""What becomes of messages comes back as facts, and what the team says of them is done, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from events.notices import NoticeDone, NoticeSettled, NoticeToSendAgain, NoticeUndelivered
from events.personal import Sealed
from services.dead_letters.orders import By
from services.door.from_threads import asking
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.notices.bounces import Bounce, bounce_in
from services.notices.entering import NoticeKey
from services.notices.ledger import CameBack
from services.notices.post import Post, Smtp
from services.notices.reports import Reports
from services.operations.acts import note_bounces, settle_notice
from services.vault.vault import Vault
from tests.scenes.mail_server import MailServer, mail_server
from tests.scenes.outbox import go_back, ledger, letters, notifying, scene_on
from tests.scenes.played import Scene, history_of
from tests.scenes.sent_back import postfix
from tests.scenes.world import KEYS, NOON

OFFICE = "office@leading-together.example"
OF_NOTICES = NoticeUndelivered | NoticeDone | NoticeToSendAgain | NoticeSettled


class AtTheOffice:
    """Ben is rung and Col is written to; the notifier works when it is told to."""

    def __init__(self, scene: Scene, reports: Reports) -> None:
        self.scene, self.reports = scene, reports
        self.engines = scene.station.engines

    async def notifies(self, post: Post | None = None) -> None:
        def work() -> None:
            with notifying(self.scene.station, post) as own:
                own.send_due()

        await asyncio.to_thread(work)

    async def tells(self) -> bool:
        return await asyncio.to_thread(self.reports.tell)

    def come_back(self, *bounces: Bounce) -> CameBack:
        with psycopg.connect(self.engines.programme["operator"]) as operator:
            return note_bounces(operator, bounces, By("olive", "they came back", NOON))

    def facts(self) -> list[Any]:
        """What the log has of messages."""
        return [one.event for one in history_of(self.engines) if isinstance(one.event, OF_NOTICES)]

    def rows(self, *columns: str) -> list[Any]:
        with psycopg.connect(self.engines.programme["console"]) as connection:
            query = SQL("SELECT {} FROM work.notices ORDER BY position, person")
            asked = SQL(", ").join(map(Identifier, columns))
            return connection.execute(query.format(asked)).fetchall()

    def named(self, channel: str) -> str:
        return next(str(it) for it, how in self.rows("notice", "channel") if how == channel)


@asynccontextmanager
async def at_the_office(engines: Engines, folder: Path) -> AsyncIterator[AtTheOffice]:
    async with scene_on(engines, folder) as scene:
        ben = await scene.meets("Ben", phone="01872 000000")
        col = await scene.meets("Col", email="col@example.org", postal_address="1 High Street")
        by_post = {"person_id": col, "channel": "post"}
        await scene.do("person.state-contact-preference", by_post)
        for one in (ben, col):
            await scene.hands_in(one)
        own = engines.programme["notifier"]
        async with asking("notifier", engines.nats["notifier"]) as ask:
            with closing(Reports(own, ask, scene.clock)) as reports:
                found = AtTheOffice(scene, reports)
                await found.notifies()
                yield found


def test_what_is_to_be_done_by_hand_is_a_fact_once_and_shows_nobody(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            assert await office.tells()
            told = office.facts()
            assert [type(one) for one in told] == [NoticeUndelivered, NoticeUndelivered]
            with psycopg.connect(fresh.programme["notifier"]) as connection:
                # as if it had been killed before it noted that the log was told
                connection.execute("UPDATE work.notices SET reported = NULL, reports = 0")
            assert await office.tells()
            assert await office.tells()
            assert office.facts() == told, "and told no more than once"
            assert {one.cohort_id for one in told} == {office.scene.cohort}
            people = {who for (who,) in office.rows("person")}
            shown = "".join(one.model_dump_json() for one in told)
            assert not [who for who in people if who in shown]
            with closing(Vault(fresh.vault["commands"], KEYS)) as vault:
                about = [vault.open(one.about) for one in told if isinstance(one.about, Sealed)]
            assert {one["to"] for one in about} == people
            assert {one["why"] for one in about} == {"by-hand"}

    asyncio.run(play())


def test_what_the_team_says_of_a_message_is_done_once(fresh: Engines, tmp_path: Path) -> None:
    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            await office.tells()
            by_phone, by_post = office.named("phone"), office.named("post")
            (page,) = letters(office.scene.station, "phone/*.txt")
            done = {"notice_id": by_phone, "how": "notice.rang-them"}
            assert f'do notice.done \'{{"notice_id": "{by_phone}", "how":' in page.read_text()
            await office.scene.do("notice.done", done)
            await office.scene.do("notice.send-again", {"notice_id": by_post})
            await office.notifies()
            assert ledger(fresh) == [("sent", "phone", 1), ("for-staff", "post", 2)]
            assert len(letters(office.scene.station, "post/*.txt")) == 2
            assert await office.tells()
            assert [type(one) for one in office.facts()[2:]] == [
                NoticeDone,
                NoticeToSendAgain,
                NoticeUndelivered,  # it is by hand again
            ]
            go_back(fresh)
            await office.notifies()
            assert ledger(fresh) == [("sent", "phone", 1), ("for-staff", "post", 2)]
            reply = await office.scene.ask("notice.done", done)
            assert reply.status == "accepted"
            assert len(office.facts()) == 5, "it was so already"

    asyncio.run(play())


def test_what_whoever_runs_the_system_saw_to_waits_for_nobody_any_more(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            await office.tells()
            ((*key,),) = office.rows("cause", "person", "template")[:1]
            by = By("olive", "she rang them", NOON)
            with psycopg.connect(fresh.programme["operator"]) as operator:
                assert settle_notice(operator, NoticeKey(*key), by, sent=True)
            assert await office.tells()
            (settled,) = office.facts()[2:]
            assert isinstance(settled, NoticeSettled)
            assert settled.notice_id == office.named("phone")

    asyncio.run(play())


def test_the_log_hears_what_came_next_although_nobody_noted_that_it_was_told(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the notifier had been killed between the answer and noting it, and somebody had seen to
    both messages before it was back.
    """

    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            with monkeypatch.context() as killed:
                killed.setattr("services.notices.ledger.reported", lambda *_: None)
                await office.tells()
            by_phone, by_post = office.named("phone"), office.named("post")
            rows = office.rows(*NoticeKey._fields, "notice")
            (key,) = (key for *key, one in rows if one == by_phone)
            by = By("olive", "she rang them", NOON)
            with psycopg.connect(fresh.programme["operator"]) as operator:
                assert settle_notice(operator, NoticeKey(*key), by, sent=True)
            await office.scene.do("notice.send-again", {"notice_id": by_post})
            await office.notifies()
            assert ledger(fresh) == [("sent", "phone", 1), ("for-staff", "post", 2)]
            for _ in range(2):
                assert await office.tells()
            told = [(type(one), one.notice_id) for one in office.facts()[2:]]
            assert told == [
                (NoticeToSendAgain, by_post),
                (NoticeSettled, by_phone),
                (NoticeUndelivered, by_post),  # it is by hand again
            ]

    asyncio.run(play())


def test_a_letter_that_came_back_is_looked_after_by_the_team(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            await office.tells()
            before = len(office.facts())
            ada = await office.scene.meets("Ada Tregenza")
            await office.scene.hands_in(ada)
            with mail_server(MailServer()) as server:
                await office.notifies(Smtp(server.url, returns=Address(addr_spec=OFFICE)))
            (letter,) = server.taken
            assert server.senders == [OFFICE], "it goes back to the mailbox that is read"
            back = bounce_in(postfix(letter.as_string()))
            assert back
            forged = Bounce("f" * 32, "5.1.1")
            assert office.come_back(forged) == CameBack(set(), set())
            assert office.come_back(forged, back) == CameBack({back.message}, {back.message})
            assert office.come_back(back) == CameBack({back.message}, set())
            assert await office.tells()
            (undelivered,) = office.facts()[before:]
            (name,) = (one for one, state in office.rows("notice", "state") if state == "bounced")
            assert undelivered.notice_id == name
            await office.scene.do("notice.done", {"notice_id": name, "how": "notice.rang-them"})
            await office.notifies()
            office.come_back(back)
            assert await office.tells()
            assert len(office.facts()) == before + 2, "it does not come back once more"
            await office.scene.do("notice.send-again", {"notice_id": name})
            with mail_server(MailServer()) as server:
                await office.notifies(Smtp(server.url))
            (again,) = server.taken
            assert again["Message-ID"] != letter["Message-ID"]
            assert server.senders == [again["From"].addresses[0].addr_spec]
            assert office.come_back(back) == CameBack(set(), set()), "this is another letter"

    asyncio.run(play())


@pytest.mark.parametrize("status", ["busy", "failed", "unanswered"])
def test_what_the_log_was_not_told_is_told_later(
    fresh: Engines, tmp_path: Path, status: Any
) -> None:
    """In the place of the door: what it answers while it can't take anything in."""

    async def play() -> None:
        async with at_the_office(fresh, tmp_path) as office:
            asked: list[str] = []

            def away(name: str, body: dict[str, Any]) -> Reply:
                asked.append(body["id"])
                return Reply(status=status)

            reports = Reports(fresh.programme["notifier"], away, office.scene.clock)
            with closing(reports):
                assert not await asyncio.to_thread(reports.tell)
            assert len(asked) == (2 if status == "failed" else 1), "nobody waits for it in vain"
            assert await office.tells()
            assert len(office.facts()) == 2

    asyncio.run(play())
