"""What goes at once and is kept nowhere, to a real mail server."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from structlog.testing import capture_logs

from services.clock import SetClock
from services.engines.addresses import Engines
from services.notices import at_once, post
from services.notices.at_once import AtOnce
from services.notices.post import Away, Smtp, Undeliverable, Unsent
from tests.scenes.dripping import dripping
from tests.scenes.mail_server import FOR_GOOD, FOR_NOW, MailServer, mail_server
from tests.scenes.office import OFFICE

NIGHT = SetClock(datetime(2025, 1, 15, 23, 30, tzinfo=UTC))
LINK = "https://leading-together.example/in/8d1f"


def going(url: str) -> AtOnce:
    return AtOnce(Smtp(url), OFFICE, NIGHT)


def test_it_goes_in_the_night_and_says_how_to_reach_the_office() -> None:
    with mail_server(MailServer()) as server:
        for _ in range(2):
            going(server.url).send_now("Zoë", "zoe@example.org", "Sign in", "Follow this:", LINK)
    first, second = server.taken
    assert first["Message-ID"] != second["Message-ID"]
    said = first.get_content().replace("\r\n", "\n")
    assert said.startswith(f"Dear Zoë\n\nFollow this:\n\n{LINK}\n\nWith kind regards")
    assert "Telephone: 01632 960123" in said


@pytest.mark.parametrize(
    ("server", "fault"), [(MailServer(FOR_NOW), Unsent), (MailServer(FOR_GOOD), Undeliverable)]
)
def test_who_asked_is_told_that_it_did_not_go_and_nothing_is_kept(
    server: MailServer, fault: type[Exception], fresh: Engines
) -> None:
    with mail_server(server), capture_logs() as logs, pytest.raises(fault) as refusal:
        going(server.url).send_now("Zoë", "zoe@example.org", "Sign in", LINK)
    assert not logs
    assert "zoe" not in str(refusal.value)
    assert LINK not in str(refusal.value)
    with psycopg.connect(fresh.programme["console"]) as reader:
        assert reader.execute("SELECT 1 FROM work.notices").fetchone() is None


def test_an_address_that_is_none_is_said_at_once() -> None:
    with pytest.raises(Undeliverable, match="no address"):
        going("smtp://127.0.0.1:1").send_now("Zoë", "zoe@a, b@c", "Sign in", LINK)


@pytest.mark.timeout(30)
def test_a_server_that_drips_holds_up_few_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, "LONGEST", 1.0)

    def tried(_: int) -> str:
        try:
            ours.send_now("Zoë", "zoe@example.org", "Sign in", LINK)
        except Away as fault:
            return str(fault)
        return "sent"

    began = time.monotonic()
    with dripping("EHLO") as url, ThreadPoolExecutor(10) as many:
        ours = going(url)
        said = list(many.map(tried, range(10)))
    assert time.monotonic() - began < 10
    slow = [one for one in said if "took longer" in one]
    assert len(slow) == at_once.MOST
    assert all("too many" in one for one in said if one not in slow)
