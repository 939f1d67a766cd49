import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import urandom
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.cohorts.cohort import CohortIsCompleted
from domain.states import STILL_SAID, is_still_said
from events.personal import Sealed
from services.dead_letters.faults import TryAgain
from services.engines.addresses import Engines
from services.log.memory import Memory
from services.notices.post import Smtp
from services.process.checkpoints import checkpoint_of
from services.process.station import Station
from services.vault.arrivals import Arrival
from services.vault.keys import _version
from services.vault.vault import Vault
from services.vault.words import Card
from services.workers import notifier, relay
from tests.scenes.at_work import at_work, eventually, recorded_in
from tests.scenes.history_learning import HOST, MANAGER
from tests.scenes.mail_server import FOR_NOW, MailServer, mail_server
from tests.scenes.outbox import (
    HANDED_OVER,
    go_back,
    head,
    ledger,
    letters,
    notifying,
    opened,
    scene_on,
    three_applications,
)
from tests.scenes.told import told
from tests.scenes.world import PLAN, station, vault_of


def test_each_hears_once_in_their_own_way(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    with notifying(here):
        assert ledger(fresh) == HANDED_OVER
    (message,) = map(opened, letters(here))
    assert message["To"] == "Ada Tregenza <ada@example.org>"
    assert message["Subject"] == "We have your application for Autumn 2024"
    assert message.get_content().startswith("Dear Ada Tregenza\n\nThank you for your application")
    assert "Monday 4 November 2024" in message.get_content()
    (to_ring,), (to_post,) = letters(here, "phone/*.txt"), letters(here, "post/*.txt")
    assert to_ring.read_text().startswith("phone: Ben, 01872 000000\nWe have your application")
    assert to_post.read_text().startswith("post: Col, 1 High Street\n")


def test_what_is_due_is_worded_from_one_memory_that_moves_on(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each new one would look at all who were ever forgotten."""
    here = three_applications(fresh, tmp_path)
    made: list[int] = []

    class Counted(Memory):
        def __init__(self, head: int, *more: Any) -> None:
            made.append(head)
            super().__init__(head, *more)

    with notifying(here):
        pass
    with psycopg.connect(fresh.programme["owner"]) as owner:
        owner.execute("UPDATE work.notices SET state = 'due'")
        rows = owner.execute("SELECT DISTINCT position FROM work.notices ORDER BY position")
        first, *more = [position for (position,) in rows]
    monkeypatch.setattr(notifier, "Memory", Counted)
    with notifying(here):
        assert [state for state, *_ in ledger(fresh)] == [one for one, *_ in HANDED_OVER]
    assert made.count(first) == 1
    assert len(more) > 1
    assert not {*more[:-1]} & {*made}


def test_what_it_remembers_is_bounded_and_it_words_the_same(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It follows the log for weeks."""
    here = three_applications(fresh, tmp_path)

    class Small(Memory):
        def __init__(self, head: int, opener: Any) -> None:
            super().__init__(head, opener, budget=1)

    monkeypatch.setattr(notifier, "Memory", Small)
    with notifying(here) as own:
        assert own._memory.cost <= 1
    assert ledger(fresh) == HANDED_OVER


def test_however_often_it_comes_nobody_hears_twice(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer()) as server:
        for _ in range(2):
            with notifying(here, Smtp(server.url)) as own:
                own.take(head(fresh))
                own.take(head(fresh) - 3)
                go_back(fresh)
                own.take(head(fresh))
                own.send_due()
            go_back(fresh)
    assert ledger(fresh) == HANDED_OVER
    assert len(server.taken) == 1
    assert len(letters(here, "*/*.txt")) == 2


def test_a_booking_comes_with_a_file_for_the_calendar(fresh: Engines, tmp_path: Path) -> None:
    async def play() -> Station:
        async with scene_on(fresh, tmp_path) as scene:
            ada = await scene.meets("Ada")
            application = await scene.hands_in(ada)
            await scene.decides({application: "offer"})
            await scene.releases()
            await scene.do("offer.accept", {"application_id": application}, by=ada)
            times = {"starts_at": "2025-01-15T09:30:00Z", "ends_at": "2025-01-15T16:00:00Z"}
            plan = {"cohort_id": scene.cohort, "number": 1, "title": "Trying out, skills"}
            where = {"venue": "The Guildhall, Exeter", "capacity": 20}
            reply = await scene.do("workshop.schedule", {**plan, **times, **where})
            workshop = (reply.events or ())[0].subject
            await scene.do("workshop.book", {"workshop_id": workshop, "person_id": ada})
            return scene.station

    here = asyncio.run(play())
    with notifying(here):
        pass
    (booked,) = [one for one in map(opened, letters(here)) if "Your place on" in one["Subject"]]
    (attachment,) = booked.iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_filename() == "workshop.ics"
    calendar = attachment.get_content()
    assert "DTSTART:20250115T093000Z" in calendar
    assert r"LOCATION:The Guildhall\, Exeter" in calendar


def test_one_message_that_can_not_be_worded_does_not_hold_up_others(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada's address seems to be tampered with."""
    here, whole = three_applications(fresh, tmp_path), Vault.open
    ada = ada_in(fresh)

    def tampered(self: Vault, sealed: Sealed) -> Any:
        if (sealed.audience, sealed.field) == (ada, "contact"):
            raise ValueError("a sealed contact was tampered with")
        return whole(self, sealed)

    monkeypatch.setattr(Vault, "open", tampered)
    with notifying(here):
        assert ledger(fresh) == [("failed", None, 1), *HANDED_OVER[1:]]


def test_one_fact_that_can_not_be_opened_is_put_aside_and_does_not_hold_up_others(
    fresh: Engines, tmp_path: Path
) -> None:
    """Ada's key was exchanged for another, so nothing about her is understood any more."""
    here = three_applications(fresh, tmp_path)
    ada = ada_in(fresh)
    with psycopg.connect(fresh.vault["owner"]) as owner, vault_of(fresh) as vault:
        other = _version(vault.keys.make(ada).number, urandom(32))
        wrapped = vault.keys._wrap(other, ada, 1)
        owner.execute("UPDATE vault.keys SET wrapped = %s WHERE audience = %s", (wrapped, ada))
    with notifying(here):
        assert (ledger(fresh), letters_parked(fresh)) == (HANDED_OVER[1:], 1)


def ada_in(engines: Engines) -> str:
    """Who is known by Ada's name and address."""
    arrival = Arrival("nobody", Card("Ada Tregenza", "ada@example.org"))
    with vault_of(engines) as vault:
        (meeting,) = vault.people.meet([arrival], lambda who: who)
    (ada,) = meeting.same
    return ada


@contextmanager
def another_master_key(here: Station) -> Iterator[Station]:
    here.settings.data.joinpath("other.key").write_text(bytes(32).hex())
    yield with_files(here, master_key_file=here.settings.data / "other.key")


@contextmanager
def no_epochs(here: Station) -> Iterator[Station]:
    yield with_files(here, epoch_keys_file=here.settings.data / "none.keys")


def with_files(here: Station, **files: Path) -> Station:
    return Station(here.engines, here.clock, here.settings.model_copy(update=files))


@contextmanager
def a_vault_from_before(here: Station) -> Iterator[Station]:
    """The vault was restored from a backup that is older than the people."""
    with psycopg.connect(here.engines.vault["owner"], autocommit=True) as owner:
        owner.execute("CREATE TEMP TABLE newer AS TABLE vault.keys")
        owner.execute("DELETE FROM vault.keys WHERE audience LIKE 'person_%'")
        yield here
        owner.execute("INSERT INTO vault.keys TABLE newer ON CONFLICT DO NOTHING")


@pytest.mark.parametrize("unopened", [another_master_key, no_epochs, a_vault_from_before])
def test_what_can_not_be_opened_is_delayed_and_not_lost(
    fresh: Engines, tmp_path: Path, unopened: Callable[[Station], AbstractContextManager[Station]]
) -> None:
    here = three_applications(fresh, tmp_path)
    with unopened(here) as wrong, pytest.raises(TryAgain), notifying(wrong):
        pass
    assert (ledger(fresh), place(fresh), letters_parked(fresh)) == ([], 0, 0)
    with mail_server(MailServer()) as gone:
        pass
    with notifying(here, Smtp(gone.url)):
        due = ledger(fresh)
        assert due[0] == ("due", None, 1)
    with unopened(here) as wrong, pytest.raises(TryAgain), notifying(wrong):
        pass
    assert (ledger(fresh), letters_parked(fresh)) == (due, 0)
    with notifying(here):
        assert [state for state, _, _ in ledger(fresh)] == ["sent", "for-staff", "for-staff"]


def place(engines: Engines) -> int:
    with psycopg.connect(engines.programme["notifier"]) as connection:
        return checkpoint_of(connection, "notifier")


def letters_parked(engines: Engines) -> int:
    with psycopg.connect(engines.programme["console"]) as connection:
        return len(connection.execute("SELECT FROM work.letters").fetchall())


def told_or_not(engines: Engines, *, withheld: bool) -> set[tuple[str, str]]:
    """Of the notices that were withheld, or were not, for whom each is and its template."""
    with psycopg.connect(engines.programme["console"]) as connection:
        query = "SELECT person, template FROM work.notices WHERE (state = 'withheld') = %s"
        return set(connection.execute(query, (withheld,)))


def test_a_whole_cohort_is_told_and_nothing_is_put_aside(fresh: Engines, tmp_path: Path) -> None:
    """Also where the log has what no notice tells, and what is kept beside it."""
    with vault_of(fresh) as vault:
        recorded_in(fresh, [one.row for one in told(vault)])
    with notifying(station(fresh, tmp_path)):
        assert letters_parked(fresh) == 0
        assert {state for state, _, _ in ledger(fresh)} <= {"sent", "for-staff", "withheld"}
        too_late = {name for name in STILL_SAID if not is_still_said(name, CohortIsCompleted)}
        for whom, name in told_or_not(fresh, withheld=True):
            ended = whom in {MANAGER, HOST}
            assert ended or name in too_late, "they ended long before they could be asked"
        told_all = told_or_not(fresh, withheld=False)
        assert not {(whom, name) for whom, name in told_all if whom in {MANAGER, HOST}}
        assert not {(whom, name) for whom, name in told_all if name in too_late}
        assert len(ledger(fresh)) > 50


def test_who_was_erased_meanwhile_is_not_written_to(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("UPDATE vault.keys SET wrapped = NULL")
    with notifying(here):
        assert ledger(fresh) == [("withheld", None, 1)] * 3
    assert not here.outbox.exists()


def no_mail_is_taken(here: Station) -> None:
    with mail_server(MailServer(at_recipient=FOR_NOW)) as server, notifying(here, Smtp(server.url)):
        assert {state for state, _, _ in ledger(here.engines)} == {"due"}


def test_what_was_due_is_not_sent_to_who_does_not_agree_any_more(
    fresh: Engines, tmp_path: Path
) -> None:
    """Also what is about no cohort: only that they took it back is still said."""

    async def play() -> Station:
        async with scene_on(fresh, tmp_path) as scene:
            ada = {"person_id": await scene.meets("Ada")}
            await scene.do("person.give-consent", ada)
            await scene.do("person.change-details", {**ada, "email": "new@example.org"})
            await asyncio.to_thread(no_mail_is_taken, scene.station)
            await scene.do("person.withdraw-consent", ada)
            return scene.station

    here = asyncio.run(play())
    with notifying(here):
        assert {name for _, name in told_or_not(fresh, withheld=False)} == {
            "person.consent-withdrawn"
        }
        assert len(letters(here)) == 1


def test_the_worker_tries_again_by_itself(
    bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "SOONEST", 0.05)

    async def play(server: MailServer) -> None:
        async with scene_on(bus, tmp_path) as scene:
            settings = scene.station.settings.model_copy(
                update={"smtp_url": server.url, "letters_wait": False}
            )
            here = Station(bus, scene.clock, settings)
            async with at_work(relay.serve, here), at_work(notifier.serve, here):
                await scene.hands_in(await scene.meets("Ada"))
                await eventually(lambda: ledger(bus) == [("sent", "email", 3)])

    with mail_server(MailServer(FOR_NOW, FOR_NOW)) as server:
        asyncio.run(play(server))
    assert len(server.taken) == 1
    assert PLAN["title"] in server.taken[0]["Subject"]
