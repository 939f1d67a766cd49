"""The mailbox into which letters come back: how it is named, and that nobody waits for it."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.notices import returns
from services.notices.bounces import Bounce
from services.notices.mailbox_host import MailboxHost
from services.notices.returns import Looked, Mailbox, Unread, mailbox_for
from services.settings import Settings, WrongSetting
from tests.scenes.world import NOON

SECRET = "a-secret"
FORM = "must look like imaps://"


def nothing(_: Sequence[Bounce]) -> set[str]:
    return set()


@pytest.mark.parametrize(
    ("url", "host", "port", "folder"),
    [
        (f"imaps://office:{SECRET}@mail.example.org", "mail.example.org", 993, "INBOX"),
        (f"imap://office:{SECRET}@mail.example.org/", "mail.example.org", 143, "INBOX"),
        (f"imaps://a%40b.org:{SECRET}@[::1]:1993/Came%20back", "::1", 1993, "Came back"),
    ],
)
def test_a_url_names_the_server_and_the_folder(url: str, host: str, port: int, folder: str) -> None:
    found = MailboxHost.at(url)
    assert (found.host, found.port, found.folder) == (host, port, folder)
    assert found.from_the_start is url.startswith("imaps")
    assert SECRET not in repr(found)
    assert found.user in ("office", "a@b.org")


@pytest.mark.parametrize(
    "url",
    [
        f"https://office:{SECRET}@mail.example.org",
        f"imap+unencrypted://office:{SECRET}@mail.example.org",
        "imaps://mail.example.org",
        "imaps://office@mail.example.org",
        f"imaps://office:{SECRET}@mail.example.org:0",
        f"imaps://office:{SECRET}@mail.example.org:port",
        f"imaps://office:{SECRET}%0D%0A@mail.example.org",
        f"imaps://off%20ice:{SECRET}@mail.example.org",
        f"imaps://office:{SECRET}@mail.example.org/%22",
        f"imaps://office:{SECRET}@mail.example.org/a%0D%0Ab",
        f"imaps://office:{SECRET}@",
        SECRET,
    ],
)
def test_what_is_no_such_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(WrongSetting, match=FORM) as refused:
        MailboxHost.at(url)
    assert SECRET not in str(refused.value)


def test_who_reads_a_mailbox_says_its_address(tmp_path: Path) -> None:
    url = f"imaps://office:{SECRET}@mail.example.org"
    set_up: dict[str, Any] = {"data": tmp_path, "imap_url": url}
    assert mailbox_for(Settings(data=tmp_path)) is None
    with pytest.raises(WrongSetting, match="LT_RETURNS_TO: not set"):
        mailbox_for(Settings(**set_up))
    assert mailbox_for(Settings(**set_up, returns_to="office@example.org"))
    gone = tmp_path / "gone.pem"
    with pytest.raises(WrongSetting, match="LT_IMAP_CA_FILE"):
        mailbox_for(Settings(**set_up, returns_to="office@example.org", imap_ca_file=gone))


@contextmanager
def silent(says: bytes = b"") -> Iterator[int]:
    """A server that takes a connection and says a little now and then, or nothing; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def talk() -> None:
            line, _ = server.accept()
            with line:
                while not over.wait(0.05):
                    try:
                        line.sendall(says)
                    except OSError:
                        return

        talking = threading.Thread(target=talk)
        talking.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            talking.join()


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
@pytest.mark.parametrize("says", [b"", b"* "])
def test_nobody_waits_for_a_server_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, scheme: str, says: bytes
) -> None:
    monkeypatch.setattr(returns, "LONGEST", 0.4)
    with silent(says) as port:
        mailbox = Mailbox(MailboxHost.at(f"{scheme}://office:{SECRET}@127.0.0.1:{port}"))
        began = time.monotonic()
        with pytest.raises(Unread):
            mailbox.look(NOON, nothing)
        assert time.monotonic() - began < 5


def test_who_leaves_ends_a_look_that_goes_on() -> None:
    with silent() as port:
        mailbox = Mailbox(MailboxHost.at(f"imap://office:{SECRET}@127.0.0.1:{port}"))
        threading.Timer(0.3, mailbox.leave).start()
        began = time.monotonic()
        with pytest.raises(Unread):
            mailbox.look(NOON, nothing)
        assert time.monotonic() - began < 5
        assert mailbox.look(NOON, nothing) == Looked(0, 0)


def test_a_server_that_offers_no_encryption_hears_no_password() -> None:
    heard = b""

    def answers(server: socket.socket) -> None:
        nonlocal heard
        line, _ = server.accept()
        with line, line.makefile("rb") as said:
            line.sendall(b"* OK here we are\r\n")
            for one in said:
                heard += one
                tag = one.split()[0]
                line.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK here\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        talking = threading.Thread(target=answers, args=(server,))
        talking.start()
        port = server.getsockname()[1]
        mailbox = Mailbox(MailboxHost.at(f"imap://office:{SECRET}@127.0.0.1:{port}"))
        with pytest.raises(Unread, match="encryption"):
            mailbox.look(NOON, nothing)
        talking.join(5)
        assert not talking.is_alive(), "the connection is closed"
    assert heard.count(b"\n") == heard.count(b"CAPABILITY") == 1


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    mailbox = Mailbox(MailboxHost.at(f"imaps://office:{SECRET}@127.0.0.1:9"))
    with pytest.raises(Unread, match="can't be reached"):
        mailbox.look(NOON, nothing)
