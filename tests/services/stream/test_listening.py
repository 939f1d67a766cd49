"""Nobody makes whoever hears them deaf: neither by headers that are none, nor by subjects."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.engines.addresses import Engines
from services.identity.refusals import NotReadable
from services.identity.showing import HEADER, token_in
from services.stream.listening import ListeningClient
from tests.scenes.world import door_on, station
from tests.services.stream.fuzzing import fuzz, headers_by

SUBJECT = b"lt.command.person.nothing"
HEADERS = [
    b"X",
    b"NATS/1.0",
    b"NATS/1.0 ",
    b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    b"\r\n\r\n",
    b"NATS/1.0 404 \xff\r\n\r\n",
    b"NATS/1.0\r\n\xff\xff",
    b"NATS/1.0\r\nA:\xff\r\n\r\n",
    *(headers_by(Random(seed), b"a.token") for seed in range(12)),
]
SUBJECTS = [b"lt.command.\xff", b"lt.command.a\x0bb", b"lt.command.\x00"]


async def is_answered(client: Client) -> bool:
    """Whether the door hears somebody who asks properly, now or in a moment."""
    for _ in range(40):
        with suppress(NatsError):
            reply = await client.request("lt.command.person.nothing", b"{}", timeout=0.25)
            return b"identity.missing" in reply.data
        await asyncio.sleep(0.1)  # nobody is there while the door connects anew
    return False


async def _send(client: Client, subject: bytes, headers: bytes, reply: bytes) -> None:
    size = len(headers)
    if size:
        line = b"HPUB %b %b %d %d\r\n%b\r\n" % (subject, reply, size, size, headers)
    else:
        line = b"PUB %b %b 0\r\n\r\n" % (subject, reply)
    await client._send_command(line)
    await client.flush()


def test_neither_headers_nor_subjects_make_the_door_deaf(fresh: Engines, tmp_path: Path) -> None:
    sent = [(SUBJECT, headers) for headers in HEADERS] + [(subject, b"") for subject in SUBJECTS]

    async def play() -> list[tuple[bytes, bytes]]:
        deaf = []
        async with door_on(station(fresh, tmp_path)) as client:
            for subject, headers in sent:
                for reply in (b"", b"_INBOX_client.x"):
                    await _send(client, subject, headers, reply)
                if not await is_answered(client):
                    deaf.append((subject, headers))
        return deaf

    assert asyncio.run(play()) == []


def test_no_headers_by_chance_end_who_hears_them_or_show_somebody_else() -> None:
    """Others are tried by `make fuzz`."""
    assert fuzz(1, cases=2000) == 2000


@pytest.mark.parametrize(
    "sent",
    [
        b"NATS/1.0XXAuthorization: Bearer a.b.c\r\n\r\n",
        b"NATS/1.0 XAuthorization: Bearer a.b.c\r\n\r\n",
        b"NATS/1.0 404 Authorization: Bearer a.b.c\r\n\r\n",
        b"NATS/2.0\r\nAuthorization: Bearer a.b.c\r\n\r\n",
        b"XXXXXXXX\r\nAuthorization: Bearer a.b.c\r\n\r\n",
    ],
)
def test_what_stands_on_the_first_line_is_no_header(sent: bytes) -> None:
    """Two who read one message see the same headers, or none."""
    found = asyncio.run(ListeningClient()._process_headers(sent))
    assert HEADER not in (found or {})


def test_a_status_and_headers_are_read_as_servers_send_them() -> None:
    sent = b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Stream: 7\r\n\r\n"
    found = asyncio.run(ListeningClient()._process_headers(sent))
    told = {"Status": "100", "Description": "Idle Heartbeat", "Nats-Last-Stream": "7"}
    assert found == told
    shown = b"NATS/1.0\r\nAuthorization: Bearer a.b.c\r\n\r\n"
    assert token_in(asyncio.run(ListeningClient()._process_headers(shown))) == "a.b.c"


def test_a_header_that_stands_twice_is_read_as_both_and_is_no_token() -> None:
    sent = b"NATS/1.0\r\nAuthorization: Bearer a.b.c\r\nAuthorization: Bearer a.b.c\r\n\r\n"
    found = asyncio.run(ListeningClient()._process_headers(sent))
    assert found == {HEADER: "Bearer a.b.c, Bearer a.b.c"}
    with pytest.raises(NotReadable):
        token_in(found)
