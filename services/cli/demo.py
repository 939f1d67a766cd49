"""`demo`: a whole cohort on engines of its own, then stops what it started."""

import asyncio
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from events.ids import PersonId
from services.cli.console import print_out, run
from services.cli.leaving import INTERRUPTED, INVALID, UNREACHABLE, environment, fail, guarded
from services.cli.letters import must_be_able_to_write
from services.cli.run import must_be_able_to_listen
from services.cli.up import all_workers, over_http, wake_at
from services.clock import SetClock
from services.demo.director import Director
from services.demo.narration import Narration
from services.demo.report import notices, positions, report
from services.demo.selection import BEGIN
from services.demo.story import tell
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.engines.embedded import LOCK_FILE, alone_with, embedded
from services.files import (
    followed,
    make_whole,
    open_own,
    private_folder,
    why_no_folder,
    why_not_made,
)
from services.identity.at_home import HomeClock, NamedPeople
from services.operations.provisioning import provision
from services.operations.status import look
from services.patience import in_haste
from services.process.running import serve, stop_on_signals
from services.process.station import Station, keys_of
from services.secrecy import forget
from services.settings import Settings, secrets
from services.shell import to_type
from services.stream.connections import connection_of
from services.web.address import OFF
from services.workers import workers

OURS: Final = ".venv/bin/leading-together"
MARK: Final = "made-by-the-demonstration"
KEY: Final = sha256(b"Nobody in the demonstration exists.").digest()
"""The master key of every demonstration: ids derive from it, so that all tell the same story."""
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "applications.csv"


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The data folder, made anew (default: demo in LT_DATA, else var/demo).",
)
@click.option("--quiet", is_flag=True, help="Print the end only.")
@guarded
def demo(data: Path | None, quiet: bool) -> None:
    """Drive an invented cohort from first interest to its last check-in, then stop."""
    settings = environment()
    if data and (problem := why_no_folder(data)):
        fail(f"--data must name a folder: {problem}", INVALID)
    demonstrate(settings.model_copy(update={"data": data or settings.data / "demo"}), quiet=quiet)


def demonstrate(settings: Settings, *, stay: bool = False, quiet: bool = False) -> None:
    """The story on a fresh data folder; with `stay` everything runs on until Ctrl-C."""
    forget(secrets())
    if stay and settings.web != OFF:
        must_be_able_to_listen(settings)
    _make_room(settings.data)
    ours = {"source": f"{settings.source}/demo", "identity_file": None, "letters_wait": True}
    settings = settings.model_copy(update=ours)
    with embedded(settings.data) as engines, in_haste(wanted=False):
        must_be_able_to_write(settings, engines)
        complete = run(_demonstrate(settings, engines, stay=stay, quiet=quiet))
    if not complete:
        fail("Stopped before the end of the story; nothing is left running.", INTERRUPTED)


def _make_room(data: Path) -> None:
    """Empties the folder of an earlier demonstration, and no other."""
    try:
        private_folder(followed(data))
    except OSError as fault:
        fail(why_not_made(data, fault), UNREACHABLE)
    made = data / MARK
    if any(data.iterdir()):
        if not os.path.lexists(made):
            fail(
                f"{data} holds something else than a demonstration: name an empty folder.", INVALID
            )
        os.close(open_own(made, os.O_RDONLY))
        with alone_with(data):  # it may be going on in another terminal
            for inside in data.iterdir():
                if inside.name not in (MARK, LOCK_FILE):
                    is_folder = inside.is_dir() and not inside.is_symlink()
                    shutil.rmtree(inside) if is_folder else inside.unlink()
    os.close(open_own(made, os.O_WRONLY | os.O_CREAT))


async def _demonstrate(settings: Settings, engines: Engines, *, stay: bool, quiet: bool) -> bool:
    """Whether the story was told to its end."""
    set_up("error")
    clock, stop, ready = SetClock(BEGIN), asyncio.Event(), asyncio.Event()
    stop_on_signals(stop)
    await provision(engines)
    station = Station(engines, clock, settings)
    if not settings.master_key.exists():
        make_whole(settings.master_key, KEY.hex() + "\n")
        keys_of(settings).begin(KEY)
    ours = all_workers(station) if stay else workers()
    working = asyncio.create_task(serve(station, ours, stop, ready.set))
    story = asyncio.create_task(_story(station, clock, ready, Narration(quiet=quiet)))
    stopped = asyncio.create_task(wake_at(stop, engines, settings.data))
    await asyncio.wait([story, stopped], return_when=asyncio.FIRST_COMPLETED)
    complete = story.done()
    try:
        if complete:
            for person in story.result():
                NamedPeople(settings.data).add(person)
            HomeClock(settings.data).stand_at(clock.now())
            print_out(*_next(settings, stay=stay))
        if complete and stay:
            await stopped
    finally:
        HomeClock(settings.data).go_on()
        stop.set()
        story.cancel()
        await asyncio.wait([working, story])
    return complete


async def _story(
    station: Station, clock: SetClock, ready: asyncio.Event, narration: Narration
) -> list[PersonId]:
    """Who ran the programme in it."""
    await ready.wait()
    vault = station.vault("home")
    try:
        async with connection_of("client", station.engines.nats["client"]) as client:
            director = Director(station, clock, client, narration, vault)
            narration.today(clock.now())
            narration.say(
                "Real PostgreSQL, real NATS, all workers in one process; the clock moves."
            )
            narration.say()
            outcome = await tell(director, EXAMPLE)
            await director.let_letters_go()
            lines = await report(director, outcome)
        lines += await asyncio.to_thread(notices, station.engines)
        lines += positions(await look(station.engines))
        print_out(*lines)
        return director.team
    finally:
        vault.close()


def _next(settings: Settings, *, stay: bool) -> list[str]:
    data = to_type(str(settings.data))
    up = f"  {OURS} up --data {data}        (in one terminal, then in another:)"
    runs_on = "Everything runs on, on the story's last day, until Ctrl-C. In another terminal:"
    return [
        "",
        f"What was said to people is in {settings.data / 'outbox'}.",
        "Keep real people out of this folder: every demonstration has the same keys.",
        "Look further:",
        runs_on if stay else up,
        f"  {OURS} show --data {data}",
        f"  {OURS} show pairing_board --data {data}",
        f"  {OURS} events --to 20 --data {data}",
        *(over_http(settings) if stay else ()),
    ]
