"""`events`: the stream as a subscriber sees it."""

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import click
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from events.catalogue import CATALOGUE
from events.envelope import Envelope, read_document
from events.schemas import schemas
from services.cli.console import (
    Installation,
    at_the_bus,
    data_option,
    json_option,
    print_json,
    print_out,
    run,
    run_until_interrupted,
)
from services.cli.leaving import INVALID, fail, guarded
from services.crew import EVENTS, STREAM
from services.engines.addresses import Engines

PAGE: Final = 500


@click.command()
@click.option("--from", "first", type=click.IntRange(1), default=1, help="The first position.")
@click.option("--to", "last", type=click.IntRange(1), help="The last position.")
@click.option("--type", "kind", metavar="NAME", help="Only these facts, as workshop.booked.")
@click.option("--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option(
    "--schemas", "forms", is_flag=True, help="Print the JSON Schema of each fact instead."
)
@json_option
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
    """Print what has happened, in order; with --json the CloudEvents as they are stored."""
    if forms:
        print_json(schemas())
        return
    names = {fact.name for fact in CATALOGUE.values()}
    if kind and kind not in names:
        fail(f"There is no fact {kind}. Known are: {', '.join(sorted(names))}.", INVALID)
    go = run_until_interrupted if follow else run
    go(_print(Installation(data).engines(), first, last, kind, follow=follow, as_json=as_json))


async def _print(
    engines: Engines, first: int, last: int | None, kind: str | None, *, follow: bool, as_json: bool
) -> None:
    async with at_the_bus(engines) as client:
        jetstream = client.jetstream()
        try:
            end = (await jetstream.stream_info(STREAM)).state.last_seq
        except NotFoundError:
            fail("The stream is not there yet. Start everything with `leading-together up`.", 3)
        end = last or (sys.maxsize if follow else end)
        async for message in _messages(jetstream, f"{EVENTS}{kind or '>'}", first, follow=follow):
            if message.metadata.sequence.stream > end:
                return
            print_out(_line(message, as_json=as_json))


async def _messages(
    jetstream: JetStreamContext, subject: str, first: int, *, follow: bool
) -> AsyncIterator[Msg]:
    """What the stream has from a position on, and then, to follow, what comes."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=first,
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60,
    )
    subscription = await jetstream.pull_subscribe(subject, stream=STREAM, config=config)
    pending = (await subscription.consumer_info()).num_pending
    while follow or pending:
        with suppress(TimeoutError):
            for message in await subscription.fetch(PAGE, timeout=20.0):
                pending = message.metadata.num_pending
                yield message


def _line(message: Msg, *, as_json: bool) -> str:
    if as_json:
        return message.data.decode()
    return line_of(read_document(message.data)[0])


def line_of(envelope: Envelope) -> str:
    """A fact in one line: position, when, what, about what, by whom."""
    name = envelope.type.rpartition(".v")[0]
    return (
        f"{envelope.position:>7}  {envelope.time:%Y-%m-%d %H:%M:%S}  {name:<34}"
        f"  {envelope.subject}  by {envelope.origin.actor}"
    )
