"""Letters and passwords go to the mail server that is named, encrypted, or not at all."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from services.engines.wires import trusting
from services.notices.mail_host import CA_FILE, MailHost
from services.notices.post import Away, Smtp
from services.settings import WrongSetting
from tests.scenes.certificates import Authority, authority
from tests.scenes.mail_server import PASSWORD, MailServer, mail_server
from tests.scenes.man_in_the_middle import (
    answers_in_advance,
    man_in_the_middle,
    refuses_encryption,
    takes_encryption_away,
)
from tests.services.notices.test_post import MESSAGE

WORD = PASSWORD.replace(" ", "%20")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ours"))


def at(port: int, scheme: str = "smtp", word: str = WORD) -> str:
    return f"{scheme}://somebody:{word}@127.0.0.1:{port}"


def test_a_letter_and_the_password_go_encrypted_by_starttls(ours: Authority) -> None:
    server = MailServer()
    with mail_server(server, starttls=ours.server("127.0.0.1")):
        Smtp(at(server.port), ours.file).send(MESSAGE)
    assert (len(server.taken), server.encrypted) == (1, [True])
    assert server.passwords == [PASSWORD.encode()]


def test_a_letter_and_the_password_go_encrypted_from_the_start(ours: Authority) -> None:
    server = MailServer()
    with mail_server(server, from_the_start=ours.server("127.0.0.1")):
        Smtp(at(server.port, "smtps"), ours.file).send(MESSAGE)
    assert (len(server.taken), server.encrypted) == (1, [True])
    assert server.passwords == [PASSWORD.encode()]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("problem", ["is not trusted", "is for another name", "has expired"])
def test_who_has_a_certificate_that_is_not_right_hears_nothing(
    ours: Authority, tmp_path: Path, scheme: str, problem: str
) -> None:
    context = {
        "is not trusted": lambda: authority(tmp_path / "theirs").server("127.0.0.1"),
        "is for another name": lambda: ours.server("mail.example"),
        "has expired": lambda: ours.server("127.0.0.1", until=-timedelta(days=1)),
    }[problem]()
    server = MailServer()
    running = (
        mail_server(server, starttls=context)
        if scheme == "smtp"
        else mail_server(server, from_the_start=context)
    )
    with running, pytest.raises(Away, match=problem):
        Smtp(at(server.port, scheme), ours.file).send(MESSAGE)
    assert (server.seen, server.passwords) == (0, [])


def test_without_a_file_of_ones_own_only_those_of_the_system_are_trusted(ours: Authority) -> None:
    server = MailServer()
    with (
        mail_server(server, starttls=ours.server("127.0.0.1")),
        pytest.raises(Away, match="LT_SMTP_CA_FILE"),
    ):
        Smtp(at(server.port)).send(MESSAGE)
    assert server.passwords == []


def test_a_server_that_offers_no_encryption_hears_no_password(ours: Authority) -> None:
    server = MailServer()
    with mail_server(server), pytest.raises(Away, match="offers no encryption") as refusal:
        Smtp(at(server.port), ours.file).send(MESSAGE)
    assert "smtp+unencrypted://" in str(refusal.value)
    assert (server.seen, server.passwords) == (0, [])


@pytest.mark.parametrize(
    ("change", "problem"),
    [(takes_encryption_away, "offers no encryption"), (refuses_encryption, "does not let us in")],
)
def test_whoever_takes_the_encryption_away_on_the_way_hears_nothing(
    ours: Authority, change: Callable[[bytes], bytes], problem: str
) -> None:
    server = MailServer()
    with (
        mail_server(server, starttls=ours.server("127.0.0.1")),
        man_in_the_middle(server.port, change) as between,
        pytest.raises(Away, match=problem),
    ):
        Smtp(at(between.port), ours.file).send(MESSAGE)
    assert (server.seen, server.passwords) == (0, [])
    assert b"AUTH" not in between.heard
    assert b"MAIL FROM" not in between.heard


def test_what_is_said_in_advance_counts_for_nothing_within_the_encryption(ours: Authority) -> None:
    server = MailServer()
    with (
        mail_server(server, starttls=ours.server("127.0.0.1")),
        man_in_the_middle(server.port, answers_in_advance) as between,
    ):
        try:
            Smtp(at(between.port), ours.file).send(MESSAGE)
        except Away:
            assert server.seen == 0
        else:
            assert (len(server.taken), server.encrypted) == (1, [True])
    assert PASSWORD.encode() not in between.heard
    assert b"MAIL FROM" not in between.heard
    assert set(server.passwords) <= {PASSWORD.encode()}


@pytest.mark.parametrize(
    ("scheme", "word", "problem"),
    [
        ("smtp", "wrong", "refused the user or the password"),
        ("smtps", WORD, "does not speak TLS"),
    ],
)
def test_it_is_said_what_stands_in_the_way_and_never_the_password(
    ours: Authority, scheme: str, word: str, problem: str
) -> None:
    server = MailServer()
    with (
        mail_server(server, starttls=ours.server("127.0.0.1")),
        pytest.raises(Away, match=problem) as refusal,
    ):
        Smtp(at(server.port, scheme, word), ours.file).send(MESSAGE)
    assert "LT_SMTP_URL" in str(refusal.value)
    assert "somebody" not in str(refusal.value)
    assert word not in str(refusal.value)


def test_a_server_that_takes_no_password_is_told_by_that(ours: Authority) -> None:
    server = MailServer()
    with (
        mail_server(server, starttls=ours.server("127.0.0.1"), takes_passwords=False),
        pytest.raises(Away, match="takes no password"),
    ):
        Smtp(at(server.port), ours.file).send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "encrypted"),
    [
        ("smtp://127.0.0.1:2525", False),
        ("smtp://localhost", False),
        ("smtp://[::1]:25", False),
        ("smtp://somebody:word@127.0.0.1", True),
        ("smtp://somebody@localhost", True),
        ("smtp://mail.example:587", True),
        ("smtp://10.0.0.1", True),
        ("smtp://localhost.example", True),
        ("smtp://127.0.0.1.example", True),
        ("smtps://mail.example", True),
        ("smtps://127.0.0.1", True),
        ("smtp+unencrypted://mailpit:1025", False),
    ],
)
def test_only_this_machine_or_plain_words_do_without_encryption(url: str, encrypted: bool) -> None:
    host = MailHost.at(url)
    assert host.encrypted is encrypted
    assert "word" not in repr(host)


@pytest.mark.parametrize(
    "url",
    [
        *("smtp+unencrypted://somebody:word@mail.example", "smtp+unencrypted://:word@127.0.0.1"),
        *("http://mail.example", "smtp://", "smtp://:word@", "mail.example:25", "smtp://h:port"),
    ],
)
def test_a_setting_that_is_wrong_is_told_and_not_repeated(url: str) -> None:
    with pytest.raises(WrongSetting, match=r"^LT_SMTP_URL") as problem:
        Smtp(url)
    assert "word@" not in str(problem.value).replace("user:password@", "")


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_that_names_nobody_to_trust_is_told(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(WrongSetting, match=r"LT_SMTP_CA_FILE: .*authority\.pem can't be read"):
        trusting(file, CA_FILE)
