"""Headers by chance, as anybody may send them: each is read, and who it shows is who they are."""

import asyncio
from collections.abc import Mapping
from itertools import count
from random import Random
from time import monotonic

from services.clock import SetClock
from services.identity.identities import Identities
from services.identity.refusals import NotIdentified
from services.identity.showing import HEADER, token_in
from services.stream.listening import ListeningClient
from tests.services.identity.minting import NOW, ed25519, identities, stand_in

HEAD = b"NATS/1.0"
LINE = b"Authorization: Bearer "
PIECES = (
    *(HEAD, b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"  ", b"\t", b":", b": ", b"\0", b"\xff"),
    *(b"404", b" 503", b" 100 Idle Heartbeat", b"Status", b"Description: x", b"\xc3\x28", b"=?"),
    *(b"Authorization", b"authorization", LINE, b"Bearer", b"Basic eA==", b"\r\nAuthorization:"),
    *(b"\r\n folded", b"\xe2\x80\xae", b"Nats-Consumer-Stalled: x", b"x" * 9000, b":" * 9000),
    *(b" 404\r\n" + LINE, b"\x0b", b"\x85", b"Authorization\xc2\xa0", b"\xef\xbb\xbf"),
)


def fuzz(seed: int, *, cases: int | None = None, seconds: float | None = None) -> int:
    """How many were tried, until there were so many or the time was over. AssertionError with what
    showed somebody, or with what could not be read.
    """
    return asyncio.run(_fuzz(Random(seed), cases, monotonic() + (seconds or float("inf"))))


async def _fuzz(chance: Random, cases: int | None, end: float) -> int:
    client, shown = ListeningClient(), 0
    with stand_in() as of:
        of.keys = [ed25519().jwk]
        known, token = identities(of, SetClock(NOW)), of.token(ed25519())
        for tried in count(1) if cases is None else range(1, cases + 1):  # noqa: B007 - told
            sent = headers_by(chance, token.encode())
            shown += _judged(sent, await _read(client, sent), known, token)
            if monotonic() > end:
                break
    assert shown, "some show who they are, or nothing is tried"
    return tried


async def _read(client: ListeningClient, sent: bytes) -> Mapping[str, str] | None:
    try:
        return await client._process_headers(sent)
    except Exception as error:
        raise AssertionError(f"{sent!r} ends who hears it") from error


def _judged(sent: bytes, read: Mapping[str, str] | None, known: Identities, token: str) -> bool:
    """Whether somebody is shown: whose token it is, in the one header that has one."""
    for name, value in (read or {}).items():
        assert isinstance(name, str), sent
        assert isinstance(value, str), sent
    try:
        known.verify(token_in(read), NOW)
    except NotIdentified:
        return False
    assert token_in(read) == token, sent
    lines = [line.partition(b":") for line in sent.split(b"\r\n")]
    assert [name.strip() == NAME for name, colon, _ in lines if colon].count(True) == 1, sent
    return True


NAME = HEADER.encode()


def headers_by(chance: Random, token: bytes) -> bytes:
    """The bytes before a message's payload."""
    if chance.random() < 0.1:
        return HEAD + b"\r\n" + LINE + token + b"\r\n" + chance.choice(PIECES) + b"\r\n\r\n"
    parts = [chance.choice((HEAD, HEAD, HEAD + b"\r\n", HEAD + b"\r\n" + LINE + token, b""))]
    for _ in range(chance.randint(0, 8)):
        kind = chance.random()
        if kind < 0.7:
            parts.append(chance.choice(PIECES))
        elif kind < 0.8:
            parts.append(token)
        else:
            parts.append(chance.randbytes(chance.randint(1, 12)))
    return b"".join(parts)
