from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from services.clock import SetClock
from services.engines import Engines
from services.post import Smtp
from tests.services.mail_server import FOR_GOOD, FOR_NOW, GONE, MailServer, mail_server
from tests.services.outbox import HANDED_OVER, go_back, ledger, notifying, three_applications
from tests.services.world import NOON


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
    assert ledger(fresh)[0] == ("failed", "email", 3)


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
        def send(self, message: EmailMessage) -> None:
            super().send(message)
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
