"""A real mailbox on the loopback, by Debian's `dovecot-imapd`: `make test-mail`."""

import imaplib
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote

import pytest

from tests.scenes.certificates import Authority, authority

NOBODY = 65534
USER, PASSWORD = "office", 'no.secret/at:all@"'
CONF = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {encrypted}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
"""
STARTS = 20.0  # seconds


@dataclass(frozen=True)
class Box:
    """The mailbox: its ports, and whom a client trusts."""

    plain: int
    encrypted: int
    trusted: Authority

    def url(self, scheme: str = "imaps", word: str = PASSWORD, folder: str = "") -> str:
        port = self.encrypted if scheme == "imaps" else self.plain
        return f"{scheme}://{USER}:{quote(word, safe='')}@localhost:{port}/{folder}"

    @contextmanager
    def somebody(self) -> Iterator[imaplib.IMAP4]:
        """As a mail program sees it."""
        context = ssl.create_default_context(cafile=str(self.trusted.file))
        with imaplib.IMAP4_SSL("localhost", self.encrypted, ssl_context=context) as server:
            server.login(USER, PASSWORD)
            server.select("INBOX")
            yield server

    def comes(self, *messages: bytes) -> None:
        """Mail comes in."""
        with self.somebody() as server:
            for one in messages:
                wire = one.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                assert server.append("INBOX", "", "", wire)[0] == "OK"

    def seen(self) -> list[bool]:
        """Of each message whether it is flagged as seen."""
        with self.somebody() as server:
            _, found = server.search(None, "ALL")
            _, seen = server.search(None, "SEEN")
        return [one in seen[0].split() for one in found[0].split()]

    def empty(self) -> None:
        with self.somebody() as server:
            _, found = server.search(None, "ALL")
            for one in found[0].split():
                server.store(one.decode(), "+FLAGS", r"(\Deleted)")
            server.expunge()


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """It runs, and is stopped at the end."""
    folder = tmp_path_factory.mktemp("dovecot")
    for one in (folder, *folder.parents):
        if one == Path(gettempdir()):
            break
        one.chmod(0o755)  # whoever it runs as comes in
    trusted = authority(tmp_path_factory.mktemp("authority"))
    trusted.server("localhost")
    certificate = folder / "localhost.pem"
    certificate.write_bytes((trusted.folder / "localhost.pem").read_bytes())
    box = Box(_free(), _free(), trusted)
    uid, gid = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    names = (_name("passwd", uid), _name("group", gid))
    conf = folder / "dovecot.conf"
    ports = {"plain": box.plain, "encrypted": box.encrypted}
    who = {"user": names[0], "group": names[1], "uid": uid, "gid": gid, "password": PASSWORD}
    conf.write_text(CONF.format(folder=folder, certificate=certificate, **ports, **who))
    for name in ("run", "state", "home", "mail"):
        (folder / name).mkdir()
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid)
    account = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
    server = subprocess.Popen(["dovecot", "-F", "-c", str(conf)], **account)  # type: ignore[call-overload]  # noqa: S607 - Debian's
    try:
        _wait_for(box, folder / "log")
        yield box
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def box(dovecot: Box) -> Box:
    """The same, with nothing in it."""
    dovecot.empty()
    return dovecot


def _wait_for(box: Box, log: Path) -> None:
    end = time.monotonic() + STARTS
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", box.encrypted), 1)):
                return
        except OSError:
            said = log.read_text() if log.exists() else "nothing"
            assert time.monotonic() < end, f"dovecot did not start: {said}"
            time.sleep(0.05)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _name(file: str, number: int) -> str:
    lines = (one.split(":") for one in Path("/etc", file).read_text().splitlines())
    return next(one[0] for one in lines if one[2] == str(number))
