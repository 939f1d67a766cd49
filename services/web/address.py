"""Where the worker `web` answers, and whether it does: for whoever runs it."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from services.files import read_own
from services.settings import Settings, WrongSetting
from services.web.surface import ROOT

WAITING: Final = 1024  # connections that wait to be taken in
PATIENCE: Final = 2.0  # seconds for a sign of life
OFF: Final = "off"
IS_OFF: Final = "LT_WEB is off: name where the worker `web` is to answer, as 127.0.0.1:8750."
NO_PEM: Final = "LT_WEB_TLS_FILE: it must hold a certificate and its key, in PEM."
IN_THE_CLEAR: Final = (
    "LT_WEB: beyond this machine all on the way would read the tokens that people show. Give a"
    " certificate with its key (LT_WEB_TLS_FILE), or answer at 127.0.0.1 and have a proxy before it"
    " that speaks HTTPS."
)


def address_in(settings: Settings) -> tuple[str, int]:
    """Host and port. Raises WrongSetting."""
    if settings.web == OFF:
        raise WrongSetting(IS_OFF)
    host, _, port = settings.web.rpartition(":")
    if not (_is_here(host.strip("[]")) or settings.web_tls_file):
        raise WrongSetting(IN_THE_CLEAR)
    return host.strip("[]"), int(port)


def _must_be_a_certificate(file: Path) -> None:
    """Raises WrongSetting, and UntrustedFile if somebody else may read or change it."""
    read_own(file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)
    except (OSError, ValueError) as error:
        raise WrongSetting(NO_PEM) from error


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The place at which we are to be asked. Raises WrongSetting and UntrustedFile."""
    host, port = address_in(settings)
    if settings.web_tls_file:
        _must_be_a_certificate(settings.web_tls_file)
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        place = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, OverflowError) as error:
        raise _cant(settings, error) from error
    with place:
        try:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(where)
            place.listen(WAITING)
        except (OSError, OverflowError) as error:
            raise _cant(settings, error) from error
        yield place


def _cant(settings: Settings, error: Exception) -> WrongSetting:
    why = getattr(error, "strerror", None) or error
    return WrongSetting(
        f"LT_WEB: {settings.web} can't be had ({why}). Name another address, or `{OFF}`."
    )


async def answers(settings: Settings) -> bool:
    """Whether somebody answers there that the programme can be asked."""
    host, port = address_in(settings)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port, ssl=_trusting(settings))
            try:
                writer.write(f"GET {ROOT} HTTP/1.0\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    return False


def _trusting(settings: Settings) -> ssl.SSLContext | None:
    """It is our own process that is asked for a sign of life, and nothing is said to it."""
    if settings.web_tls_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
