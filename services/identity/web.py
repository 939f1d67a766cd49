"""Asking a provider over HTTPS, by the standard library: so little is needed that each part of it
is a choice. Nothing is followed elsewhere, no proxy of the environment is used, nothing is
unpacked, and time and size are bounded as a whole.

Addresses are `https`, or `http` where both ends are on this machine.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Timer
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlencode, urlsplit

from services.files import UntrustedFile, certificates_in
from services.identity.strict_json import NotStrictJson, read_strictly

SECONDS: Final = 8.0  # that a request may take, from connecting to the last byte
TO_CONNECT: Final = 4.0  # seconds for each of a host's addresses
LARGEST: Final = 256 * 1024  # bytes of an answer
OK: Final = 200
LATE: Final = "it does not answer in time"
PORTS: Final = {"https": 443, "http": 80}
HEADERS: Final = {
    "Accept": "application/json",
    "Connection": "close",
    "User-Agent": "leading-together",
}


class NoAnswer(RuntimeError):
    """A provider can't be asked, or what it answers can't be taken; the text says why, and is fit
    for a log: it has nothing of what was sent or answered.
    """


class WrongAddress(ValueError):
    """An address that nobody here connects to: it must be https://…, or http:// on this machine."""


class WebAnswer(NamedTuple):
    """The status and the JSON of an answer; None if there is none."""

    status: int
    told: Any


def checked_address(address: Any, *, on_this_machine: bool | None = None) -> SplitResult:
    """The parts of an address that may be asked; WrongAddress if it is not one.

    `on_this_machine`: only such are allowed, or only others (None: both are).
    """
    parts = None
    with suppress(ValueError):
        if isinstance(address, str) and address.isascii() and address.isprintable():
            split = urlsplit(address)
            parts = split if split.port != 0 else None  # ValueError if it is no number
    if parts is None or " " in address or not parts.hostname or parts.fragment:
        raise WrongAddress(WrongAddress.__doc__)
    local = is_on_this_machine(parts.hostname)
    wanted = on_this_machine is None or on_this_machine == local
    may_be_clear = parts.scheme == "http" and local
    if "@" in parts.netloc or not wanted or not (parts.scheme == "https" or may_be_clear):
        raise WrongAddress(WrongAddress.__doc__)
    return parts


def is_on_this_machine(host: str) -> bool:
    """Whether a host is the loopback of this machine."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def ask_provider(
    address: str,
    form: Mapping[str, str] | None = None,
    *,
    certificates: Path | None = None,
    seconds: float = SECONDS,
) -> WebAnswer:
    """GET an address, or POST a form to it; NoAnswer if nothing comes that can be taken.

    `certificates` is a file of those who may vouch for the host (PEM), instead of the system's.
    """
    late = Event()
    why = ""
    try:
        answer = _asked(checked_address(address), form, certificates, seconds, late)
        if not late.is_set():  # or it ended where we ended it
            return answer
        why = LATE
    except WrongAddress:
        why = "its address is not one that may be asked"
    except ssl.SSLCertVerificationError:
        why = "its certificate is not trusted here"
    except TimeoutError:
        why = LATE
    except UntrustedFile as error:
        why = str(error)
    except (OSError, HTTPException, ValueError) as error:
        why = LATE if late.is_set() else type(error).__name__
    raise NoAnswer(why)


def _asked(
    parts: SplitResult,
    form: Mapping[str, str] | None,
    certificates: Path | None,
    seconds: float,
    late: Event,
) -> WebAnswer:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    way = socket.create_connection((host, port), timeout=min(TO_CONNECT, seconds))
    if parts.scheme == "https":
        way = _secured(way, host, certificates)
    connection = HTTPConnection(host, port)
    connection.sock = way
    with _ended_after(way, seconds, late):
        way.settimeout(seconds)
        if isinstance(way, ssl.SSLSocket):
            way.do_handshake()
        return _exchanged(connection, parts, form)


def _secured(way: socket.socket, host: str, certificates: Path | None) -> ssl.SSLSocket:
    """The same way, encrypted once hands are shaken."""
    try:
        trusted = certificates_in(certificates) if certificates else None
        context = ssl.create_default_context(cadata=trusted)
        return context.wrap_socket(way, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        way.close()
        raise


def _exchanged(
    connection: HTTPConnection, parts: SplitResult, form: Mapping[str, str] | None
) -> WebAnswer:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {**HEADERS, "Host": parts.netloc}
    if form is None:
        connection.request("GET", path, headers=headers)
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(form), headers | kind)
    response = connection.getresponse()
    body = response.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise NoAnswer("its answer is too long")
    told = None
    with suppress(NotStrictJson):
        told = read_strictly(body)
    return WebAnswer(response.status, told)


@contextmanager
def _ended_after(way: socket.socket, seconds: float, late: Event) -> Iterator[None]:
    """Close the way at its end, and once these seconds are over: who sends a byte now and then
    keeps every other time-out from coming.
    """

    def end() -> None:
        late.set()
        with suppress(OSError):
            # Not the encrypted way's own, which is not to be called while another thread reads.
            socket.socket.shutdown(way, socket.SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        way.close()
