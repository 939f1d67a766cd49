"""The certificates of a deployment: an authority of its own, and servers whom it vouches for.

Each is made once and stays, until it is asked to be made anew. Run by `deploy/make-secrets`, so it
needs only the standard library, and the program `openssl`.
"""

import re
import secrets
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.files import read_own, write_whole

AUTHORITY, AUTHORITY_KEY = "authority", "authority_key"
DECADE: Final = 3650  # days for which the authority counts
YEAR: Final = 397  # days for which a server's certificate counts
NEW_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
NAME: Final = re.compile(r"[a-z0-9*]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
FOUND: Final = re.compile(r"(?:DNS|IP Address):([^,\s]+)")
OF_AUTHORITY: Final = """
[req]
prompt = no
distinguished_name = who
x509_extensions = what
[who]
CN = Leading Together, this deployment
[what]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
# Servers of a cluster are each other's clients.
OF_SERVER: Final = """
[req]
prompt = no
distinguished_name = who
[who]
CN = {first}
[what]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class NoCertificate(RuntimeError):
    """A certificate can't be made; the text says what to do."""


def make_authority(folder: Path) -> None:
    """An authority in `folder`, unless there is one: its certificate, which clients trust, and the
    key with which it vouches for servers. NoCertificate if `openssl` can't.
    """
    if (folder / AUTHORITY).exists():
        return
    with TemporaryDirectory(dir=folder) as place:
        at = Path(place)
        (at / "conf").write_text(OF_AUTHORITY)
        _openssl(at, "req", "-x509", *NEW_KEY, "-keyout", "key", *_for(DECADE), "-config", "conf")
        write_whole(folder / AUTHORITY_KEY, (at / "key").read_text())
        write_whole(folder / AUTHORITY, (at / "out").read_text())


def must_be_names(names: Iterable[str]) -> None:
    """NoCertificate says which of these is no name of a server."""
    for name in names:
        if not (_is_address(name) or NAME.fullmatch(name)):
            raise NoCertificate(f"{name} is no name of a server: leave it out.")


def server(folder: Path, file: str, names: Iterable[str], *, renew: bool = False) -> str:
    """What a server shows who it is with: its certificate, and after it the key, as they are in a
    file of `folder`; made when they are not there, or are to be made anew.

    One that is made anew keeps its names beside these. NoCertificate says what to do.
    """
    path = folder / file
    known = read_own(path).decode() if path.exists() else ""
    if known and not renew:
        return known
    if not (folder / AUTHORITY_KEY).exists():
        raise NoCertificate(
            f"{folder / AUTHORITY_KEY} is not there, so the certificates are of another authority:"
            f" have it make a new one for {path}, and put that in its place."
        )
    return _made(folder, tuple(dict.fromkeys([*names, *(_names(known) if known else ())])))


def _made(folder: Path, names: Sequence[str]) -> str:
    must_be_names(names)
    written = ", ".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)
    with TemporaryDirectory(dir=folder) as place:
        at = Path(place)
        (at / "conf").write_text(OF_SERVER.format(first=names[0], names=written))
        for file in (AUTHORITY, AUTHORITY_KEY):
            (at / file).write_bytes(read_own(folder / file))
        _openssl(at, "req", "-new", *NEW_KEY, "-keyout", "key", "-out", "wish", "-config", "conf")
        signed = ("-CA", AUTHORITY, "-CAkey", AUTHORITY_KEY, "-set_serial", _serial())
        by_file = ("-extfile", "conf", "-extensions", "what")
        _openssl(at, "x509", "-req", "-in", "wish", *signed, *_for(YEAR), *by_file)
        return (at / "out").read_text() + (at / "key").read_text()


def ends(certificate: str) -> datetime:
    """When a certificate ends, with whatever else is in its text."""
    with TemporaryDirectory() as place:
        said = _told(Path(place), certificate, "-enddate").strip().partition("=")[2]
    return datetime.strptime(said, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


def _names(certificate: str) -> list[str]:
    with TemporaryDirectory() as place:
        return FOUND.findall(_told(Path(place), certificate, "-ext", "subjectAltName"))


def _told(at: Path, certificate: str, *what: str) -> str:
    begins, ends_with = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    (at / "in").write_text(
        begins + certificate.partition(begins)[2].partition(ends_with)[0] + ends_with
    )
    return _openssl(at, "x509", "-in", "in", "-noout", *what)


def _for(days: int) -> tuple[str, ...]:
    return "-days", str(days), "-sha256", "-out", "out"


def _serial() -> str:
    return f"0x{secrets.randbits(120):x}"


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _openssl(at: Path, *words: str) -> str:
    """What it says; NoCertificate if it is not there, or can't."""
    try:
        done = subprocess.run(  # noqa: S603 - without a shell, and none of the words is a stranger's
            ["openssl", *words],  # noqa: S607 - wherever the system has it
            check=True,
            capture_output=True,
            text=True,
            cwd=at,
        )
    except FileNotFoundError:
        raise NoCertificate(
            "The program openssl is not there: install it, and call again."
        ) from None
    except subprocess.CalledProcessError as fault:
        raise NoCertificate(f"openssl could not do it: {fault.stderr.strip()}") from None
    return done.stdout
