"""`credentials`: who may follow the stream, or ask, each under a name and with a key of its own."""

import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
from nats.js.errors import NotFoundError

from services.cli.console import (
    Installation,
    data_option,
    json_option,
    print_err,
    print_json,
    print_nothing,
    print_out,
    print_table,
    run,
    table_options,
)
from services.cli.credential_words import (
    COLUMNS,
    NUMBERS,
    MadeCredential,
    cells_of,
    row_of,
)
from services.cli.leaving import REFUSED, UNREACHABLE, also_saying, fail, guarded
from services.cli.ops.options import by, name_of, reason_option, tell, who_option
from services.clock import SystemClock
from services.engines.addresses import Engines
from services.engines.credentials import (
    ALL_EVENTS,
    NoSuchCredential,
    must_be_a_name,
)
from services.operations.credentials import Told, make_asker, make_subscriber, withdraw
from services.operations.standings import (
    Beyond,
    begun_at,
    go_on_with,
    standings,
)

START, NOW = "start", "now"
OUTPUT: Final = "-"
NO_STREAM: Final = "The stream is not there yet. Start everything with `leading-together up`."
BEYOND: Final = "The stream ends at position {0.tail}: name a position that it has, or `now`."
IS_THERE: Final = "{file} is there already: name another file with --out."
CANT_WRITE: Final = "{file} can't be written ({problem}): name another file with --out."
FOR_FOLLOWING: Final = "--{option} says what somebody follows, and with --asks nobody follows."
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
    """Let services follow the stream, and people's machines ask, each with a key of its own; see
    how far they are.

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
    "--asks",
    is_flag=True,
    help="It asks, for what is to happen and what may be read, and follows nothing.",
)
@click.option(
    "--out",
    metavar="FILE",
    help="The file for its seed, which may not be there yet (default: NAME.seed); - prints it.",
)
@who_option
@json_option
@data_option
@click.pass_context
@guarded
def make_credential(  # noqa: PLR0917 - click hands options over by name
    context: click.Context,
    service: str,
    subjects: tuple[str, ...],
    first: int | str,
    asks: bool,
    out: str | None,
    who: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Let a service follow the stream, or somebody ask, under a name and with a key of its own.

    Its seed is kept nowhere but in the file that is written. Give each person or machine that asks
    one of their own: whoever has the same one hears what the other is answered.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    if asks:
        _must_follow_nothing(context)
    me, place = name_of(data, who), Installation(data)
    engines, folder = place.buses(), place.settings.data
    file = None if out == OUTPUT else Path(out or f"{service}.seed")
    with _refused():
        must_be_a_name(service)
        follows = () if asks else subjects
        begins = None if asks else run(begun_at(engines, _position(first)))
        with _kept(file) as keep:
            making = _making(engines, folder, service, follows=follows, begins=begins, who=me)
            told = run(making)
            keep(told.seed)
    url = _address(engines, service if asks else "")
    _say(MadeCredential(service, follows, begins, url, file, told), as_json=as_json)
    _end_if_not_in_force(told)


def _making(
    engines: Engines,
    folder: Path,
    name: str,
    *,
    follows: tuple[str, ...],
    begins: int | None,
    who: str,
) -> Coroutine[Any, Any, Told]:
    """What makes a credential: of whoever asks, if it begins nowhere."""
    now = SystemClock().now()
    if begins is None:
        return make_asker(engines, folder, name, who=who, now=now)
    after = begins - 1
    return make_subscriber(engines, folder, name, follows, who=who, now=now, after=after)


def _say(made: MadeCredential, *, as_json: bool) -> None:
    """What was made; a seed that is kept in no file stands alone on the output, for a file."""
    if as_json:
        print_json(made.answer())
    elif made.file is None:
        print_out(made.told.seed)
        print_err(*made.words())
    else:
        print_out(*made.words())


def _must_follow_nothing(context: click.Context) -> None:
    """Whoever asks is given nothing to follow: raises what click raises of a wrong call."""
    for name, option in (("subjects", "subjects"), ("first", "from")):
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(FOR_FOLLOWING.format(option=option), context)


def _end_if_not_in_force(told: Told) -> None:
    """What is written down, and what the bus does not go by, is not done."""
    if not told.is_in_force:
        raise SystemExit(UNREACHABLE)


def _position(given: int | str) -> int | None:
    """None for `now`."""
    return given if isinstance(given, int) else None


def _address(engines: Engines, name: str) -> str:
    """Where the bus is, for whom has this name; without a name if it is empty."""
    parts = urlsplit(engines.nats["client"].url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{name}@{host}" if name else host).geturl()


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
@table_options
@data_option
@guarded
def list_credentials(as_json: bool, data: Path | None) -> None:
    """Show who may follow the stream or ask, whether they are connected, and how far they are.

    Exit codes: 0 done, 3 engines unreachable.
    """
    place = Installation(data)
    found = run(standings(place.buses(), place.settings.data))
    if as_json:
        for one in found:
            print_json(row_of(one))
    elif found:
        now = SystemClock().now()
        print_table("Credentials", COLUMNS, [cells_of(one, now) for one in found], NUMBERS)
    else:
        print_nothing(NOBODY, COLUMNS)


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
    """Let somebody follow or ask no more: their connections are closed, and they can't come back.

    Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable.
    """
    me, place = by(data, who, reason), Installation(data)
    engines, folder = place.buses(), place.settings.data
    with _refused(), also_saying(NOT_TOLD.format(name=service)):
        going = withdraw(engines, folder, service, who=me.who, why=me.reason, now=me.now)
        told = run(going)
    words = WITHDRAWN.format(name=service) if told.is_in_force else told.to_do
    answer = {"name": service, "in_force": told.is_in_force, "to_do": told.to_do or None}
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
