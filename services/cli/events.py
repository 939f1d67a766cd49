"""`events`: the stream as a subscriber sees it."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from events.catalogue import CATALOGUE
from events.envelope import Envelope, read_document
from events.schemas import schemas
from services.cli.console import (
    Installation,
    data_option,
    print_csv,
    print_err,
    print_json,
    print_out,
    run,
    run_until_interrupted,
    table_options,
)
from services.cli.leaving import INVALID, REFUSED, UNREACHABLE, fail, guarded, wants_csv
from services.crew import EVENTS, STREAM
from services.engines.addresses import BusAddress
from services.engines.faults import kind_of
from services.log.log import BEHIND_ALL
from services.stream.connections import connection_of
from services.stream.epoch import EPOCH, epoch_of, is_whole
from services.stream.reading import headers_of, page, sequence_of

POSITION: Final = click.IntRange(1, BEHIND_ALL - 1)
COLUMNS: Final = ("position", "time", "type", "subject", "actor")
QUIET: Final = 0.2  # seconds until more is asked for, when there was nothing
LOOK: Final = 2.0  # seconds of quiet until we look whether it is the same stream
AGAIN: Final = 0.5  # seconds until what is not there is looked for again
FAULTS: Final = (NatsError, OSError, ExceptionGroup)
FOR_WHOM: Final = (
    "The stream is for those who follow it with a credential of their own (docs/subscribing.md),"
    " and for whoever runs the system."
)
NO_STREAM: Final = "The stream is not there yet. Start everything with `leading-together up`."
OTHERWISE: Final = (
    "The stream was made anew, and at position {at} it has not what was shown here: the log was"
    " restored from an older backup, or changed. Call this again to see what there is now."
)


@click.command()
@click.option("--from", "first", type=POSITION, default=1, help="The first position.")
@click.option("--to", "last", type=POSITION, help="The last position.")
@click.option("--type", "kind", metavar="NAME", help="Only these facts, as workshop.booked.")
@click.option("--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option(
    "--schemas", "forms", is_flag=True, help="Print the JSON Schema of each fact instead."
)
@table_options
@data_option
@guarded
def events(  # noqa: PLR0917 - click hands options over by name
    first: int,
    last: int | None,
    kind: str | None,
    follow: bool,
    forms: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Print what has happened, in order; with --json the CloudEvents as they are stored.

    It is for those who follow the stream with a credential of their own, and for whoever runs the
    system.

    With --follow it goes on behind the last position when NATS was away or the machine slept, and
    says so when the stream was made anew.

    Exit codes: 0 done, 1 what was shown is not in the stream any more, 2 a wrong call, 3 engines
    unreachable.
    """
    if forms:
        print_json(schemas())
        return
    names = {fact.name for fact in CATALOGUE.values()}
    if kind and kind not in names:
        fail(f"There is no fact {kind}. Known are: {', '.join(sorted(names))}.", INVALID)
    showing = Showing(Installation(data).bus(), kind, first, last, as_json=as_json)
    if wants_csv():
        print_csv(COLUMNS)
    with _explained():
        if follow:
            run_until_interrupted(showing.follow())
        else:
            run(showing.once())


@contextmanager
def _explained() -> Iterator[None]:
    """Who may not read the stream is told for whom it is."""
    try:
        yield
    except NatsError as fault:
        kind, problem = kind_of(fault)
        if kind != "refused":
            raise
        fail(f"{problem} {FOR_WHOM}", UNREACHABLE)


class Showing:
    """Prints messages from a position on, and knows what it printed last."""

    def __init__(
        self, bus: BusAddress, kind: str | None, first: int, last: int | None, *, as_json: bool
    ) -> None:
        """`last` is the last position to print, if there is to be one."""
        self._bus, self._subject, self._as_json = bus, f"{EVENTS}{kind or '>'}", as_json
        self._next, self._end = first, last or sys.maxsize
        self._shown: Msg | None = None
        self._epoch: str | None = None
        self._said = ""

    async def once(self) -> None:
        """Print what the stream has by now."""
        async with connection_of("client", self._bus) as client:
            stream = await self._stream(client)
            self._end = min(self._end, stream.state.last_seq)
            while self._next <= self._end and (messages := await self._page(client)):
                self._print(messages)

    async def follow(self) -> None:
        """Print what the stream has and then what comes, whatever happens to the bus meanwhile.
        Raises only what stands in the way of the beginning.
        """
        done = False
        while not done:
            try:
                async with connection_of("client", self._bus) as client:
                    if await self._is_what_it_was(client):
                        done = await self._print_on(client)
            except FAULTS as fault:
                if self._epoch is None or isinstance(fault, BrokenPipeError):
                    raise
                self._say(
                    f"{_problem(fault)} Going on behind position {self._next - 1} after that."
                )
                await asyncio.sleep(AGAIN)

    async def _stream(self, client: Client) -> StreamInfo:
        try:
            return await client.jetstream().stream_info(STREAM)
        except NotFoundError:
            if self._epoch is not None:
                raise
            fail(NO_STREAM, UNREACHABLE)

    async def _is_what_it_was(self, client: Client) -> bool:
        """Whether one can go on; if the stream was made anew, what was shown last must be there."""
        stream = await self._stream(client)
        epoch = epoch_of(stream)
        if self._epoch not in (None, epoch):
            if not is_whole(stream):
                self._say("The stream is being made anew.")
                await asyncio.sleep(AGAIN)
                return False
            if self._shown and not await self._is_there(client, self._shown):
                fail(OTHERWISE.format(at=sequence_of(self._shown)), REFUSED)
            self._say(f"The stream was made anew, with the epoch {epoch}. What was shown holds.")
        self._epoch = epoch
        return True

    async def _is_there(self, client: Client, shown: Msg) -> bool:
        try:
            found = await client.jetstream().get_msg(STREAM, seq=sequence_of(shown), direct=True)
        except NotFoundError:
            return False
        return found.data == shown.data

    async def _print_on(self, client: Client) -> bool:
        """Print what there is and what comes; False if one has to look again what stream it is."""
        quiet_since = time.monotonic()
        while self._next <= self._end:
            messages = await self._page(client)
            if messages and self._are_of_it(messages):
                quiet_since = time.monotonic()
            elif messages or time.monotonic() - quiet_since > LOOK:
                if epoch_of(await self._stream(client)) != self._epoch:
                    return False
                quiet_since = time.monotonic()
            self._print(messages)
            if not messages:
                await asyncio.sleep(QUIET)
        return True

    async def _page(self, client: Client) -> list[Msg]:
        return await page(client, self._next, self._subject)

    def _are_of_it(self, messages: Sequence[Msg]) -> bool:
        return all(headers_of(one).get(EPOCH, self._epoch) == self._epoch for one in messages)

    def _print(self, messages: Sequence[Msg]) -> None:
        for message in messages:
            position = sequence_of(message)
            if position <= self._end:
                self._print_one(message)
                self._shown, self._said = message, ""
            self._next = position + 1

    def _print_one(self, message: Msg) -> None:
        if wants_csv():
            print_csv(_cells(message))
        else:
            print_out(_line(message, as_json=self._as_json))

    def _say(self, sentence: str) -> None:
        """Once, beside what is printed."""
        if sentence != self._said:
            print_err(sentence)
        self._said = sentence


def _problem(fault: BaseException) -> str:
    if isinstance(fault, NotFoundError):
        return "The stream is not there just now."
    return kind_of(fault).problem


def _cells(message: Msg) -> list[str]:
    """What `COLUMNS` says of a message; of one that is no event of ours its position alone."""
    try:
        envelope, _ = read_document(message.data)
    except ValueError:
        return [str(sequence_of(message)), *[""] * (len(COLUMNS) - 1)]
    name = envelope.type.rpartition(".v")[0]
    told = (envelope.position, envelope.time.isoformat(), name, envelope.subject)
    return [*map(str, told), envelope.origin.actor]


def _line(message: Msg, *, as_json: bool) -> str:
    if as_json:
        return message.data.decode(errors="backslashreplace")
    try:
        return line_of(read_document(message.data)[0])
    except ValueError:
        position, size = sequence_of(message), len(message.data)
        return f"{position:>7}  {size} bytes that are no event of this programme"


def line_of(envelope: Envelope) -> str:
    """A fact in one line: position, when, what, about what, by whom."""
    name = envelope.type.rpartition(".v")[0]
    return (
        f"{envelope.position:>7}  {envelope.time:%Y-%m-%d %H:%M:%S}  {name:<34}"
        f"  {envelope.subject}  by {envelope.origin.actor}"
    )
