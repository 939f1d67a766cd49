"""`credentials`: who may follow the stream, each under a name and with a key of its own."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
from nats.js.errors import NotFoundError
from rich.text import Text

from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_json,
    print_out,
    print_table,
    run,
)
from services.cli.leaving import REFUSED, UNREACHABLE, also_saying, fail, guarded
from services.cli.ops.options import by, name_of, reason_option, tell, who_option
from services.clock import SystemClock
from services.crew import STREAM
from services.engines.addresses import Engines
from services.engines.subscribers import ALL_EVENTS, NoSuchCredential, must_be_a_name
from services.operations.credentials import Told, make, withdraw
from services.operations.places import age
from services.operations.subscribers import (
    Beyond,
    SubscriberStanding,
    begun_at,
    go_on_with,
    standings,
)
from services.operations.words import ago, for_so_long

START, NOW = "start", "now"
OUTPUT: Final = "-"
NO_STREAM: Final = "The stream is not there yet. Start everything with `leading-together up`."
BEYOND: Final = "The stream ends at position {0.tail}: name a position that it has, or `now`."
IS_THERE: Final = "{file} is there already: name another file with --out."
CANT_WRITE: Final = "{file} can't be written ({problem}): name another file with --out."
MADE: Final = "{name} may follow {subjects} from position {from} on."
SEED: Final = (
    "Its seed is in {file}, which only you may read. Whoever has it is {name}: hand it over where"
    " nobody else can read it, and keep no copy."
)
HOW: Final = (
    "With it {name} connects to {url}, with inboxes that begin with _INBOX_{name}, and pulls"
    " from the consumer {name} of the stream {stream}: docs/subscribing.md tells how."
)
WITHDRAWN: Final = (
    "The credential {name} is withdrawn: its connections are closed, and nobody comes in with it."
)
NOT_TOLD: Final = (
    "The credential {name} is withdrawn, and the bus may not know it yet: call this again."
)
MOVED: Final = (
    "{name} goes on with position {first}. Who keeps a copy compares what comes again, and gets by"
    " number what is passed over."
)
NOBODY: Final = "There is no credential: `leading-together credentials make NAME` makes one."
NO_CONSUMER: Final = "no consumer"
NOT_SEEN: Final = "not to be seen"
NUMBERS: Final = ("place", "behind")
COLUMNS: Final = ["name", "subjects", "made", "by", "connected", "place", "behind"]


class _Place(click.ParamType[int | str]):
    """A position, `start` or `now`."""

    name = "place"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """The position, or `now`."""
        if value == START:
            return 1
        if value != NOW and not (str(value).isdecimal() and int(value)):
            self.fail("name a position from 1 on, or `start`, or `now`.", param, ctx)
        return NOW if value == NOW else int(value)


@click.group()
def credentials() -> None:
    """Let services follow the stream, each with a key of its own, and see how far they are.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """


@credentials.command(name="make")
@click.argument("service", metavar="NAME")
@click.option(
    "--subjects",
    multiple=True,
    metavar="SUBJECT",
    default=ALL_EVENTS,
    show_default=True,
    help="What its consumer brings, as lt.event.workshop.*; may be given more than once.",
)
@click.option(
    "--from",
    "first",
    type=_Place(),
    default=START,
    show_default=True,
    help="The position with which it begins, or `start`, or `now`: with what happens next.",
)
@click.option(
    "--out",
    metavar="FILE",
    help="The file for its seed, which may not be there yet (default: NAME.seed); - prints it.",
)
@who_option
@json_option
@data_option
@guarded
def make_credential(  # noqa: PLR0917 - click hands options over by name
    service: str,
    subjects: tuple[str, ...],
    first: int | str,
    out: str | None,
    who: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Let a service follow the stream, under a name and with a key of its own.

    Its seed is kept nowhere but in the file that is written.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me, now, place = name_of(data, who), SystemClock().now(), Installation(data)
    engines, folder = place.buses(), place.settings.data
    file = None if out == OUTPUT else Path(out or f"{service}.seed")
    with _refused():
        must_be_a_name(service)
        begins = run(begun_at(engines, _position(first)))
        with _kept(file) as keep:
            made = make(engines, folder, service, subjects, who=me, now=now, after=begins - 1)
            told = run(made)
            keep(told.seed)
    answer = {
        "name": service,
        "subjects": subjects,
        "from": begins,
        "url": _address(engines),
        "seed": None if file else told.seed,
        "file": file,
        "to_do": told.to_do or None,
    }
    if as_json:
        print_json(answer)
    else:
        if file is None:
            print_out(told.seed)
        say = print_err if file is None else print_out  # the output may be a file
        say(*_made(answer))
    _end_if_not_in_force(told)


def _end_if_not_in_force(told: Told) -> None:
    """What is written down and not read by the bus is not done."""
    if not told.is_read:
        raise SystemExit(UNREACHABLE)


def _made(answer: Mapping[str, Any]) -> Iterator[str]:
    """What was made, in words, without the seed."""
    words = {**answer, "subjects": ", ".join(answer["subjects"]), "stream": STREAM}
    yield MADE.format(**words)
    if answer["file"]:
        yield SEED.format(**words)
    yield HOW.format(**words)
    if answer["to_do"]:
        yield answer["to_do"]


def _position(given: int | str) -> int | None:
    """None for `now`."""
    return given if isinstance(given, int) else None


def _address(engines: Engines) -> str:
    """Where the bus is, without anybody's name."""
    parts = urlsplit(engines.nats["client"].url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@contextmanager
def _refused() -> Iterator[None]:
    """What can't be, as a sentence."""
    try:
        yield
    except NoSuchCredential as error:
        fail(str(error), REFUSED)
    except Beyond as error:
        fail(BEYOND.format(error), REFUSED)
    except NotFoundError:
        fail(NO_STREAM, UNREACHABLE)


@contextmanager
def _kept(file: Path | None) -> Iterator[Callable[[str], None]]:
    """Somewhere to keep a seed, seen to before there is one; gone again if there will be none."""
    if file is None:
        yield lambda _: None
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        fail(IS_THERE.format(file=file), REFUSED)
    except OSError as fault:
        fail(CANT_WRITE.format(file=file, problem=fault.strerror), REFUSED)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        try:
            yield lambda seed: print(seed, file=opened, flush=True)
        except BaseException:
            file.unlink()
            raise


@credentials.command(name="list")
@json_option
@data_option
@guarded
def list_credentials(as_json: bool, data: Path | None) -> None:
    """Show who may follow the stream, whether they are connected, and how far they are.

    Exit codes: 0 done, 3 engines unreachable.
    """
    place = Installation(data)
    found = run(standings(place.buses(), place.settings.data))
    if as_json:
        for one in found:
            print_json(_row(one))
    elif found:
        now = SystemClock().now()
        print_table("Credentials", COLUMNS, [_cells(one, now) for one in found], NUMBERS)
    else:
        print_out(NOBODY)


def _row(one: SubscriberStanding) -> dict[str, Any]:
    consumer = one.consumer
    return {
        "name": one.subscriber.name,
        "subjects": one.subscriber.subjects,
        "made_at": one.subscriber.made_at,
        "made_by": one.subscriber.made_by,
        "connected": one.connected_since is not None if one.is_known else None,
        "connected_since": one.connected_since,
        "acknowledged": consumer and consumer.quiet,
        "place": consumer and consumer.position,
        "behind": consumer and consumer.waiting + consumer.in_hand,
    }


def _cells(one: SubscriberStanding, now: datetime) -> list[str | Text]:
    row = _row(one)
    return [
        row["name"],
        ", ".join(row["subjects"]),
        f"{row['made_at']:%Y-%m-%d %H:%M}",
        row["made_by"],
        _connected(one, now),
        _place(one),
        "" if row["behind"] is None else f"{row['behind']:,}",
    ]


def _place(one: SubscriberStanding) -> str:
    """How far it is, as the consumer has it."""
    if not one.is_consumer_known:
        return NOT_SEEN
    return f"{one.consumer.position:,}" if one.consumer else NO_CONSUMER


def _connected(one: SubscriberStanding, now: datetime) -> str:
    """For how long it is, or when it acknowledged something for the last time."""
    if one.connected_since:
        return f"for {for_so_long(age(one.connected_since, now))}"
    if not one.is_known:
        return NOT_SEEN
    if not one.is_consumer_known:
        return "no"
    quiet = one.consumer and one.consumer.quiet
    return f"no, acknowledged {ago(quiet)}" if quiet is not None else "no, never acknowledged"


@credentials.command(name="withdraw")
@click.argument("service", metavar="NAME")
@reason_option
@who_option
@json_option
@data_option
@guarded
def withdraw_credential(
    service: str, reason: str | None, who: str | None, as_json: bool, data: Path | None
) -> None:
    """Let a service follow the stream no more: its connections are closed, and it can't come back.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me, place = by(data, who, reason), Installation(data)
    engines, folder = place.buses(), place.settings.data
    with _refused(), also_saying(NOT_TOLD.format(name=service)):
        gone = withdraw(engines, folder, service, who=me.who, why=me.reason, now=me.now)
        told = run(gone)
    words = WITHDRAWN.format(name=service) if told.is_read else told.to_do
    answer = {"name": service, "in_force": told.is_read, "to_do": told.to_do or None}
    tell(answer, words, as_json=as_json)
    _end_if_not_in_force(told)


@credentials.command(name="reset")
@click.argument("service", metavar="NAME")
@click.option(
    "--to",
    "first",
    type=_Place(),
    required=True,
    help="The position with which it goes on, or `start`, or `now`: with what happens next.",
)
@json_option
@data_option
@guarded
def reset_consumer(service: str, first: int | str, as_json: bool, data: Path | None) -> None:
    """Let a service that lost its place go on elsewhere, earlier or later.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    place = Installation(data)
    with _refused():
        moved = go_on_with(place.buses(), place.settings.data, service, _position(first))
        begins = run(moved)
    words = MOVED.format(name=service, first=begins)
    tell({"name": service, "from": begins}, words, as_json=as_json)
