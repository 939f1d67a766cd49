"""The way to a server of the bus: nothing of ours goes on it before it is as safe as it must be.

nats-py reads what the server says of itself in the clear, and goes on in the clear if that asks for
no encryption, whoever said it. So it is held to that here, where each byte passes that it sends: at
the first connection, at each later one, and to each other server of a cluster that it hears of.
"""

import ssl
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from urllib.parse import ParseResult

import nats.errors
from nats.aio.transport import TcpTransport

from services.engines.addresses import BusAddress
from services.engines.showing import end_of
from services.engines.wires import NOT_OFFERED, UnsafeWire, what_is_wrong_with
from services.settings import NATS_CA_FILE

SPEAKS_OTHERWISE: Final = (
    "NATS does not speak TLS as we do: see that LT_NATS_URL names the port of its clients, and that"
    " it speaks TLS 1.2 or newer."
)


class UnsafeBusWire(UnsafeWire, nats.errors.Error):
    """The bus can't be reached in safety, so nothing was sent to it."""


class SafeTransport(TcpTransport):
    """A connection to one server after the other; each must be the one that is named, by its
    certificate, if it must be encrypted at all.
    """

    def __init__(self, address: BusAddress) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # nats-py's, as below
        self._address = address
        self._is_safe = self._is_closed = False

    def __bool__(self) -> bool:
        """Else nats-py would put one of its own in the place of one that is not connected yet."""
        return True

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        """As nats-py's own, which leaves open what it gave up. Nothing is said yet."""
        self.close()
        self._is_safe = self._is_closed = False
        await super().connect(uri, buffer_size, connect_timeout)
        self._is_safe = not self._address.must_be_encrypted(uri.hostname or "")

    async def connect_tls(
        self,
        uri: str | ParseResult,  # noqa: ARG002 - what others of a cluster call themselves
        ssl_context: ssl.SSLContext,
        buffer_size: int,
        connect_timeout: int,
    ) -> None:
        """Encrypt it, to the server that our own address names. Raises UnsafeBusWire, OSError."""
        try:
            host = self._address.host
            await super().connect_tls(host, ssl_context, buffer_size, connect_timeout)
        except ssl.SSLCertVerificationError as error:
            words = what_is_wrong_with(error, whose="NATS's", url="LT_NATS_URL", file=NATS_CA_FILE)
            raise UnsafeBusWire(f"{words}.") from error
        except ssl.SSLError as error:
            raise UnsafeBusWire(SPEAKS_OTHERWISE) from error
        self._is_safe = True

    @property
    def ends(self) -> datetime | None:
        """When the certificate ends that the server shows, None if it shows none."""
        shown = self._io_writer and self._io_writer.get_extra_info("peercert")
        return end_of(shown) if shown else None

    def close(self) -> None:
        """Let it go. What is to be said from now on is not said any more."""
        self._is_closed = True
        super().close()  # type: ignore[no-untyped-call]

    async def wait_closed(self) -> None:
        """Wait until it is closed; not where hands could not be shaken: nobody would tell it."""
        if self._is_safe:
            with suppress(OSError):  # whoever is there may not have heard it to the end
                await super().wait_closed()  # type: ignore[no-untyped-call]

    async def drain(self) -> None:
        """Wait until what was said is under way, if it still can be. Raises OSError."""
        if not self._is_closed:
            await super().drain()  # type: ignore[no-untyped-call]

    def write(self, payload: Any) -> None:
        """Say something. Raises UnsafeBusWire if somebody could hear it who should not."""
        if not self._is_safe:
            raise UnsafeBusWire(NOT_OFFERED.format(engine="NATS"))
        super().write(payload)  # type: ignore[no-untyped-call]

    def writelines(self, payload: Any) -> None:
        """Say what was still to be said, if nobody hears it who should not: else it is dropped.
        nats-py also does so when it is closed while it tries to come back.
        """
        if self._is_safe and not self._is_closed:
            super().writelines(payload)  # type: ignore[no-untyped-call]
