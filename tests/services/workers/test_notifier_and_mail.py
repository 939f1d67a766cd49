import asyncio
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.catalogue import NOTICES
from events.catalogue import Recorded
from services.clock import SetClock
from services.dead_letters.orders import By
from services.engines.addresses import Engines
from services.notices import entering, post
from services.notices import ledger as the_ledger
from services.notices.entering import LedgerEntry
from services.notices.post import Away, Smtp, nobody_asks
from services.operations import acts
from services.process.checkpoints import NotThisLog
from services.process.station import Station
from tests.scenes.damaged import put_back, shortened
from tests.scenes.dripping import dripping
from tests.scenes.mail_server import FOR_GOOD, FOR_NOW, GONE, MailServer, mail_server
from tests.scenes.outbox import (
    HANDED_OVER,
    go_back,
    head,
    ledger,
    notifying,
    scene_on,
    three_applications,
)
from tests.scenes.played import history_of
from tests.scenes.world import NOON


def test_what_is_refused_for_now_is_sent_later(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    server = MailServer(FOR_NOW, FOR_NOW)
    with mail_server(server), notifying(here, Smtp(server.url)) as own:
        assert ledger(fresh)[0] == ("due", None, 1)
        assert ledger(fresh)[1:] == HANDED_OVER[1:]
        own.send_due()
        own.send_due()
        own.send_due()
    assert ledger(fresh)[0] == ("sent", "email", 3)
    assert len(server.taken) == 1


def test_what_is_refused_for_good_or_for_days_is_given_up(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    server = MailServer(FOR_NOW, FOR_NOW)
    with mail_server(server), notifying(here, Smtp(server.url)) as own:
        assert isinstance(here.clock, SetClock)
        here.clock.set(NOON + timedelta(days=4))
        own.send_due()
    assert ledger(fresh)[0] == ("failed", None, 2)
    with psycopg.connect(fresh.programme["notifier"]) as connection:
        connection.execute("UPDATE work.notices SET state = 'due' WHERE state = 'failed'")
    with mail_server(MailServer(FOR_GOOD)) as server, notifying(here, Smtp(server.url)) as own:
        own.send_due()
        assert server.seen == 1
    assert ledger(fresh)[0] == ("refused", "email", 3)


def test_a_mail_server_that_is_away_delays_and_loses_nothing(
    fresh: Engines, tmp_path: Path
) -> None:
    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer()) as gone:
        pass
    with notifying(here, Smtp(gone.url)):
        assert [state for state, _, _ in ledger(fresh)] == ["due", "due", "due"]
    with mail_server(MailServer()) as server, notifying(here, Smtp(server.url)):
        assert [state for state, _, _ in ledger(fresh)] == ["sent", "for-staff", "for-staff"]


def test_a_message_that_may_have_gone_out_is_never_repeated(fresh: Engines, tmp_path: Path) -> None:
    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer(GONE)) as server:
        for _ in range(2):
            with notifying(here, Smtp(server.url)) as own:
                own.send_due()
            go_back(fresh)
    assert ledger(fresh) == [("unconfirmed", "email", 1), *HANDED_OVER[1:]]
    assert (server.seen, server.taken) == (1, [])


class Killed(BaseException):
    """The process ends here, and nothing in it catches that."""


def test_killed_while_it_hands_over_it_does_not_repeat(fresh: Engines, tmp_path: Path) -> None:
    class Deadly(Smtp):
        def send(
            self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks
        ) -> None:
            super().send(message, handing_over)
            raise Killed

    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer()) as server:
        with pytest.raises(Killed), notifying(here, Deadly(server.url)):
            pass
        assert [state for state, _, _ in ledger(fresh)] == ["sending", "due", "due"]
        with notifying(here, Smtp(server.url)):
            pass
    assert ledger(fresh) == [("unconfirmed", None, 1), *HANDED_OVER[1:]]
    assert len(server.taken) == 1


def test_killed_before_anything_was_handed_over_it_is_due(fresh: Engines, tmp_path: Path) -> None:
    class Waiting(Smtp):
        def send(self, *_: object) -> None:
            raise Killed

    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer()) as server:
        with pytest.raises(Killed), notifying(here, Waiting(server.url)):
            pass
        assert ledger(fresh)[0] == ("due", None, 1)
        with notifying(here, Smtp(server.url)):
            pass
    assert ledger(fresh) == [("sent", "email", 2), *HANDED_OVER[1:]]


def test_while_a_server_drips_mail_waits_for_seconds_and_what_stands_in_its_way_is_known(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "LONGEST", 0.5)
    here = three_applications(fresh, tmp_path)
    with dripping("EHLO") as url, notifying(here, Smtp(url)):
        assert states(fresh) == ["due"] * 3
        with psycopg.connect(fresh.programme["console"]) as reader:
            assert "took longer than 0.5 seconds" in str(the_ledger.last_problem(reader))
    with dripping("the end") as url, notifying(here, Smtp(url)):
        assert states(fresh) == ["unconfirmed", "for-staff", "for-staff"]


class NobodyThere:
    """No mail server; how often it was tried."""

    tried = 0

    def send(self, _: EmailMessage, __: Callable[[], None] = nobody_asks) -> None:
        self.tried += 1
        raise Away("nobody is there")


def several(fresh: Engines, folder: Path) -> Station:
    async def play() -> Station:
        async with scene_on(fresh, folder) as scene:
            for name in ("Ada", "Ben", "Col", "Dee"):
                await scene.hands_in(await scene.meets(name))
            return scene.station

    return asyncio.run(play())


def states(fresh: Engines) -> list[str]:
    return [state for state, _, _ in ledger(fresh)]


def test_while_no_mail_server_is_there_it_is_tried_once_a_time(
    fresh: Engines, tmp_path: Path
) -> None:
    """A server that is silent costs its time-out, and nobody should wait for one after another."""
    nobody = NobodyThere()
    with notifying(several(fresh, tmp_path), nobody) as own:
        before = nobody.tried
        assert own.send_due()
        assert nobody.tried == before + 1
        assert states(fresh) == ["due"] * 4


def test_what_can_not_be_worded_any_more_does_not_hold_up_what_is_due(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, worded = several(fresh, tmp_path), entering.entries_for
    with notifying(here, NobodyThere()):
        assert states(fresh) == ["due"] * 4
    first = min(one.envelope.position for one in history_of(fresh) if type(one.event) in NOTICES)

    def broken(fact: Recorded[Any], *given: Any) -> list[LedgerEntry]:
        if fact.envelope.position == first:
            raise ZeroDivisionError("Ada")
        return worded(fact, *given)

    monkeypatch.setattr(entering, "entries_for", broken)
    with mail_server(MailServer()) as server, notifying(here, Smtp(server.url)):
        assert states(fresh) == ["failed", "sent", "sent", "sent"]
    with psycopg.connect(fresh.programme["console"]) as reader:
        problems = reader.execute("SELECT problem FROM work.notices ORDER BY position").fetchall()
    assert problems[0] == ("ZeroDivisionError",)


def test_while_the_log_is_not_what_it_was_nobody_is_written_to(
    fresh: Engines, tmp_path: Path
) -> None:
    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer(FOR_NOW)) as server, notifying(here, Smtp(server.url)) as own:
        assert ledger(fresh)[0] == ("due", None, 1)
        cut = shortened(fresh, head(fresh) - 1)
        with pytest.raises(NotThisLog):
            own.send_due()
        own.recover()  # as at a start
        assert ledger(fresh)[0] == ("due", None, 1)
        put_back(fresh, cut)
        own.send_due()
        assert ledger(fresh)[0] == ("sent", "email", 2)
        assert len(server.taken) == 1


def test_a_message_whose_cause_the_log_has_no_more_is_not_sent_and_not_forgotten(
    fresh: Engines, tmp_path: Path
) -> None:
    """An operator has decided that a log is right which ends before it."""
    here = three_applications(fresh, tmp_path)
    with mail_server(MailServer(FOR_NOW)) as server, notifying(here, Smtp(server.url)) as own:
        first = next(one for one in history_of(fresh) if one.event.name == "application.submitted")
        shortened(fresh, first.envelope.position - 1)
        by = By("olive", "the backup is what counts", NOON)
        with psycopg.connect(fresh.programme["operator"], autocommit=True) as operator:
            acts.go_back(operator, "notifier", first.envelope.position, by)
        own.send_due()
        assert ledger(fresh)[0] == ("failed", None, 1)
        assert server.taken == []
