"""Leads hear at once that there is something to look at, and nobody learns more from it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.concerns import leads
from services.engines.addresses import Engines
from services.notices.office import INVENTED
from services.workers import safeguarding
from tests.scenes.at_work import at_work, eventually
from tests.scenes.in_confidence import NOTE, WORDS, Confidence, in_confidence
from tests.scenes.mail_server import FOR_GOOD, FOR_NOW, MailServer, mail_server
from tests.scenes.read_letters import OLDEST
from tests.scenes.reading_age import reading_age
from tests.scenes.world import coordinator, station

TOLD: Final = "concern.lead-told.v1"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safeguarding, "TRY_AGAIN", 0.1)


@asynccontextmanager
async def with_mail(
    engines: Engines, folder: Path, server: MailServer, **settings: Any
) -> AsyncIterator[Confidence]:
    more = {**INVENTED, "smtp_url": server.url, **settings}
    async with in_confidence(engines, folder, **more) as here:
        yield here


def many(here: Confidence) -> int:
    return here.kinds("concerns").count(TOLD)


async def written_to(here: Confidence, case: str) -> list[tuple[str, str]]:
    """Who of the leads was written to, by name, and what became of it, as Sofia reads it."""
    reply = await here("Sofia", "concern.read", {"concern_id": case})
    names = {one: name for name, one in here.people.items()}
    return [(names[one["lead_id"]], one["heard"]) for one in (reply.told or {})["written_to"]]


@pytest.mark.usefixtures("soon")
def test_each_lead_hears_at_once_and_once_and_reads_nothing_of_it(
    fresh: Engines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene() -> None:
        with mail_server(MailServer()) as server:
            async with with_mail(fresh, tmp_path, server) as here:
                await here.meet("Sven")
                await here.grant("Sven", "safeguarding-lead")
                before = here.kinds()
                capsys.readouterr()
                case = await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 2)
                await asyncio.sleep(0.5)
                assert sorted(str(one["To"]) for one in server.taken) == [
                    "Sofia Smith <sofia@example.org>",
                    "Sven Smith <sven@example.org>",
                ]
                assert here.kinds() == before, "the programme's log has nothing of it"
                assert sorted(await written_to(here, case)) == [
                    ("Sofia", "lead.sent"),
                    ("Sven", "lead.sent"),
                ]
                assert await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 4)
        first, *others = server.taken
        texts = {one.get_content().partition("\r\n")[2] for one in server.taken}
        assert len(texts) == 1, "whatever it is about"
        assert first["Subject"] == leads.SUBJECT
        said = f"{first['Subject']} {first.get_content()}"
        assert "concern.list" in said
        names = ("Ada", "Ben", WORDS, "concern_", "person_", "shout")
        assert not [word for word in names if word in said.replace("Dear Sofia", "")]
        assert len(others) == 3
        with psycopg.connect(fresh.programme["owner"]) as owner:
            assert owner.execute("SELECT 1 FROM work.notices").fetchone() is None
        assert not (tmp_path / "outbox").exists()

    asyncio.run(scene())
    said = capsys.readouterr()
    assert "sofia" not in (said.out + said.err).lower()
    assert "lead" not in said.out + said.err


@pytest.mark.usefixtures("soon")
def test_nobody_hears_of_what_is_about_them_or_of_what_they_told(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        with mail_server(MailServer()) as server:
            async with with_mail(fresh, tmp_path, server) as here:
                await here.grant("Ben", "safeguarding-lead")
                await here.grant("Ada", "safeguarding-lead")
                case = await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 1)
                await asyncio.sleep(0.5)
                assert await written_to(here, case) == [("Sofia", "lead.sent")]
        assert [str(one["To"]) for one in server.taken] == ["Sofia Smith <sofia@example.org>"]

    asyncio.run(scene())


@pytest.mark.usefixtures("soon")
def test_what_a_mail_server_does_not_take_now_goes_later_and_what_it_never_takes_shows(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        server = MailServer(FOR_NOW, FOR_NOW, "250 OK", FOR_GOOD)
        with mail_server(server):
            async with with_mail(fresh, tmp_path, server) as here:
                first = await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 1)
                second = await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 2)
                await asyncio.sleep(0.5)
                assert await written_to(here, first) == [("Sofia", "lead.sent")]
                assert await written_to(here, second) == [("Sofia", "lead.refused")]
        assert (server.seen, len(server.taken)) == (4, 1)

    asyncio.run(scene())


class Full(MailServer):
    """Takes nothing for one address for now, for its mailbox is full."""

    full = ""

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: object
    ) -> str:
        if address == self.full:
            return FOR_NOW
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.mark.usefixtures("soon")
def test_a_lead_whose_mailbox_is_full_keeps_no_other_from_hearing(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        server = Full()
        with mail_server(server):
            async with with_mail(fresh, tmp_path, server) as here:
                await here.meet("Sven")
                await here.grant("Sven", "safeguarding-lead")
                first = min(("Sofia", "Sven"), key=lambda one: here.people[one])
                server.full = f"{first.lower()}@example.org"
                await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 1)
                assert server.full not in str(server.taken[0]["To"])
                server.full = ""
                await eventually(lambda: many(here) == 2)
        assert len(server.taken) == 2

    asyncio.run(scene())


@pytest.mark.usefixtures("soon")
def test_a_lead_whom_no_plain_e_mail_serves_is_not_written_to_and_the_case_shows_it(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        with mail_server(MailServer()) as server:
            async with with_mail(fresh, tmp_path, server) as here:
                said = {"full_name": "Sven Smith", "phone": "01632 960177"}
                reply = await coordinator(here.client, "person.register", said)
                here.people["Sven"] = (reply.ids or {})["person_id"]  # type: ignore[assignment]
                await here.grant("Sven", "safeguarding-lead")
                case = await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 2)
                found = sorted(await written_to(here, case))
                assert found == [("Sofia", "lead.sent"), ("Sven", "lead.not-by-email")]
        assert len(server.taken) == 1

    asyncio.run(scene())


@pytest.mark.usefixtures("soon")
def test_who_began_to_lead_since_hears_of_what_is_open_and_not_of_what_is_closed(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        with mail_server(MailServer()) as server:
            async with with_mail(fresh, tmp_path, server) as here:
                await here.raised("Ada", "Ben")
                done = await here.raised("Ada", "Colm")
                await eventually(lambda: many(here) == 2)
                await here.decided(done, "close", note=NOTE)
                await here.meet("Sven")
                await here.grant("Sven", "safeguarding-lead")
                await eventually(lambda: many(here) == 3)
                await asyncio.sleep(0.5)
        assert [str(one["To"]) for one in server.taken][2:] == ["Sven Smith <sven@example.org>"]

    asyncio.run(scene())


def test_a_worker_that_begins_again_writes_to_nobody_twice(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        with mail_server(MailServer()) as server:
            async with with_mail(fresh, tmp_path, server) as here:
                await here.raised("Ada", "Ben")
                await eventually(lambda: many(here) == 1)
                again = station(fresh, tmp_path)
                more = {**INVENTED, "smtp_url": server.url}
                again = replace(again, settings=again.settings.model_copy(update=more))
                async with at_work(safeguarding.serve, again):
                    await asyncio.sleep(1.0)
                assert len(server.taken) == many(here) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("wrong", [{"smtp_url": "http://nowhere"}, {"office_phone": "ring us"}])
def test_what_is_set_wrongly_keeps_nobody_from_telling_and_is_said(
    fresh: Engines, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: dict[str, str]
) -> None:
    async def scene() -> None:
        more: dict[str, Any] = {**INVENTED, "smtp_url": "smtp://127.0.0.1:1", **wrong}
        async with in_confidence(fresh, tmp_path, **more) as here:
            await here.raised("Ada", "Ben")
            assert here.kinds("concerns") == ["concern.raised.v1"]

    asyncio.run(scene())
    said = capsys.readouterr()
    assert "safeguarding.writes-to-nobody" in said.out + said.err


def test_without_a_mail_server_nobody_is_written_to(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            case = await here.raised("Ada", "Ben")
            await asyncio.sleep(0.5)
            assert await written_to(here, case) == []
        assert not (tmp_path / "outbox").exists()

    asyncio.run(scene())


def test_somebody_aged_nine_reads_it() -> None:
    assert int(reading_age(f"{leads.SUBJECT}. {' '.join(leads.PARAGRAPHS)}")) <= OLDEST
