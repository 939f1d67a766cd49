from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from pathlib import Path

import pytest

from events.terms import Channel
from services.notices import post
from services.notices.emails import as_email
from services.notices.letters import Letter
from services.notices.post import (
    Away,
    EmlFiles,
    Smtp,
    Unconfirmed,
    Undeliverable,
    Unsent,
    for_staff,
)
from tests.scenes.dripping import ANSWERS, dripping
from tests.scenes.mail_server import FOR_GOOD, FOR_NOW, GONE, MailServer, mail_server
from tests.scenes.office import OFFICE
from tests.scenes.world import NOON

LETTER = Letter(
    channel=Channel.EMAIL,
    name="Zoë Ní Bhriain",
    address="zoe@example.org",
    subject="A place for you – at last",
    body="Dear Zoë\n\n.A line that begins with a dot\n\nWith kind regards\n",
    short="A place for you",
)
MESSAGE = as_email(LETTER, "<one@leading-together.example>", OFFICE, NOON)


def test_a_message_arrives_as_it_was_written() -> None:
    with mail_server(MailServer()) as server:
        Smtp(server.url).send(MESSAGE)
    (arrived,) = server.taken
    assert arrived["To"].addresses[0].display_name == LETTER.name
    assert arrived["Subject"] == LETTER.subject
    assert arrived["Message-ID"] == "<one@leading-together.example>"
    assert arrived.get_content().replace("\r\n", "\n") == LETTER.body


def test_a_message_that_is_refused_for_now_can_be_sent_again() -> None:
    with mail_server(MailServer(FOR_NOW)) as server:
        with pytest.raises(Unsent, match="451"):
            Smtp(server.url).send(MESSAGE)
        Smtp(server.url).send(MESSAGE)
    assert len(server.taken) == 1


@pytest.mark.parametrize("server", [MailServer(FOR_GOOD), MailServer(at_recipient=FOR_GOOD)])
def test_a_message_that_is_refused_for_good_says_so_and_names_nobody(server: MailServer) -> None:
    with mail_server(server), pytest.raises(Undeliverable, match="550") as refusal:
        Smtp(server.url).send(MESSAGE)
    assert "ada" not in str(refusal.value)


def test_a_server_that_does_not_want_us_is_away_whoever_the_message_is_for() -> None:
    begun: list[str] = []
    office = Address(addr_spec="office@leading-together.example")
    with mail_server(MailServer(at_sender=FOR_GOOD)) as server:
        for returns, setting in ((None, "LT_SENDER"), (office, "LT_RETURNS_TO")):
            with pytest.raises(Away, match=rf"takes no letters from {setting} \(550\)"):
                Smtp(server.url, returns=returns).send(MESSAGE, lambda: begun.append(""))
    assert begun == []


def test_a_connection_that_breaks_after_the_text_leaves_it_unconfirmed() -> None:
    with mail_server(MailServer(GONE)) as server, pytest.raises(Unconfirmed):
        Smtp(server.url).send(MESSAGE)


def test_a_server_that_is_not_there_is_away() -> None:
    with mail_server(MailServer()) as server:
        pass
    with pytest.raises(Away):
        Smtp(server.url).send(MESSAGE)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("drop", [b"250-wait\r\n", b"2"], ids=["lines", "no line's end"])
@pytest.mark.parametrize("at", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_drips_is_away_in_time_and_has_no_message(
    at: str, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post, "LONGEST", 0.3)
    begun: list[str] = []
    with dripping(at, drop) as url, pytest.raises(Away, match=r"longer than 0\.3 seconds"):
        Smtp(url).send(MESSAGE, lambda: begun.append(at))
    assert begun == []


@pytest.mark.timeout(30)
def test_a_server_that_drips_where_it_should_encrypt_is_away_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, "LONGEST", 0.3)
    with dripping("greeting", b"\x16") as url, pytest.raises(Away):
        Smtp(url.replace("smtp:", "smtps:")).send(MESSAGE)


@pytest.mark.timeout(30)
def test_a_server_that_drips_once_it_has_the_message_may_have_sent_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, "LONGEST", 0.3)
    with dripping("the end") as url, pytest.raises(Unconfirmed):
        Smtp(url).send(MESSAGE)


def test_a_server_that_does_not_want_the_text_does_not_get_it() -> None:
    begun: list[str] = []
    with dripping("nowhere") as url:
        ANSWERS[b"DATA"], before = b"451 not now\r\n", ANSWERS[b"DATA"]
        try:
            with pytest.raises(Unsent, match="451"):
                Smtp(url).send(MESSAGE, lambda: begun.append(""))
        finally:
            ANSWERS[b"DATA"] = before
    assert begun == []


def test_a_message_in_the_folder_is_one_that_mail_programs_open(tmp_path: Path) -> None:
    for _ in range(2):
        EmlFiles(tmp_path / "outbox").send(MESSAGE)
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "one.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(file.read_bytes(), policy=default)["Subject"] == LETTER.subject


def test_a_folder_that_can_not_be_written_is_away(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    with pytest.raises(Away):
        EmlFiles(tmp_path / "outbox").send(MESSAGE)
    with pytest.raises(Away):
        for_staff(tmp_path / "outbox", Channel.POST, "<one@x>", "Dear Zoë")
