"""What `status` says of the mailbox into which letters come back."""

from collections.abc import Iterator

import psycopg
import pytest

from services.cli.status_words import print_in_words
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.engines.embedded import free_ports
from services.notices.mailbox_host import MailboxHost
from services.notices.mailbox_state import tell
from services.notices.returns import Mailbox, Returns
from services.operations.database import in_database
from services.operations.status import Look
from services.operations.status_json import as_json
from services.operations.troubles import troubles
from tests.scenes.databases import fresh_databases


@pytest.fixture
def ours(engines: Engines, templates: None) -> Iterator[Engines]:
    with fresh_databases(engines) as fresh:
        yield fresh


def seen(ours: Engines) -> Look:
    with psycopg.connect(ours.programme["console"]) as connection:
        found = in_database(connection)
    return Look(at=found.at, database=found)


def told(ours: Engines) -> list[str]:
    return [one for one in troubles(seen(ours)) if "Letters that came back" in one]


def test_why_and_since_when_it_can_not_be_read_is_told(
    ours: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    assert as_json(seen(ours))["mailbox"] is None
    (nobody,) = free_ports(1)
    mailbox = Mailbox(MailboxHost.at(f"imaps://office:a-secret@127.0.0.1:{nobody}"))
    returns = Returns(mailbox, ours.programme["notifier"], SystemClock())
    returns.look()
    first = as_json(seen(ours))["mailbox"]
    returns.look()
    again = as_json(seen(ours))["mailbox"]
    returns.close()
    assert first["since"] == again["since"] < again["looked_at"]
    (line,) = told(ours)
    assert "the mailbox can't be reached" in line
    assert "office" not in line
    print_in_words(seen(ours), [])
    assert "Mailbox      can't be read" in capsys.readouterr().out


def test_how_many_letters_wait_there_for_people_is_said_and_no_trouble(
    ours: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(ours.programme["notifier"], autocommit=True) as connection:
        tell(connection, "", 3)
        tell(connection, "it is away", None)
        assert told(ours)
        tell(connection, "", 4)
    assert told(ours) == []
    print_in_words(seen(ours), [])
    assert "; unread there: 4" in capsys.readouterr().out


def test_what_nobody_reads_any_more_is_not_told(ours: Engines) -> None:
    with psycopg.connect(ours.programme["notifier"], autocommit=True) as connection:
        tell(connection, "it is away", None)
        connection.execute("UPDATE work.mailbox SET looked_at = now() - interval '1 h'")
    assert told(ours) == []
    assert as_json(seen(ours))["mailbox"] is None


def test_a_worker_that_is_about_to_stop_says_nothing_of_it(ours: Engines) -> None:
    mailbox = Mailbox(MailboxHost.at("imaps://office:a-secret@127.0.0.1:9"))
    returns = Returns(mailbox, ours.programme["notifier"], SystemClock())
    returns.leave()
    returns.look()
    returns.close()
    assert as_json(seen(ours))["mailbox"] is None
