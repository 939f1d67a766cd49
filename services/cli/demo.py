"""`demo`: a whole cohort on engines of its own, then stops what it started."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

import click

from services.bus import connected
from services.cli.console import environment, fail, guarded, print_out, run
from services.cli.status import look
from services.clock import SetClock
from services.demo.report import notices, positions, report
from services.demo.selection import BEGIN
from services.demo.stage import Stage
from services.demo.story import tell
from services.demo.telling import Telling
from services.embedded import embedded
from services.engines import Engines
from services.logs import set_up
from services.running import WORKERS, provision, serve, stop_on_signals
from services.settings import Settings
from services.station import Station
from services.vault import Vault, master_key

MARK: Final = "made-by-the-demonstration"
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "applications.csv"


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder, made anew (default: demo in LT_DATA, else var/demo).",
)
@click.option("--quiet", is_flag=True, help="Print the end only.")
@guarded
def demo(data: Path | None, quiet: bool) -> None:
    """Drive an invented cohort from first interest to its last check-in, then stop."""
    settings = environment()
    demonstrate(settings.model_copy(update={"data": data or settings.data / "demo"}), quiet=quiet)


def demonstrate(settings: Settings, *, stay: bool = False, quiet: bool = False) -> None:
    """The story on a fresh data folder; with `stay` everything runs on until Ctrl-C."""
    _make_room(settings.data)
    settings = settings.model_copy(update={"source": f"{settings.source}/demo"})
    with embedded(settings.data) as engines:
        run(_demonstrate(settings, engines, stay=stay, quiet=quiet))


def _make_room(data: Path) -> None:
    """Empties the folder of an earlier demonstration, and no other."""
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).exists():
            fail(f"{data} holds something else than a demonstration: name an empty folder.", 2)
        for inside in data.iterdir():
            if inside.name not in (MARK, "lock"):
                shutil.rmtree(inside) if inside.is_dir() else inside.unlink()
    data.mkdir(parents=True, exist_ok=True)
    (data / MARK).touch()


async def _demonstrate(settings: Settings, engines: Engines, *, stay: bool, quiet: bool) -> None:
    set_up("error")
    clock, stop, ready = SetClock(BEGIN), asyncio.Event(), asyncio.Event()
    stop_on_signals(stop)
    await provision(engines)
    station = Station(engines, clock, settings, master_key(settings.master_key, create=True))
    workers = asyncio.create_task(serve(station, tuple(WORKERS), stop, ready.set))
    story = asyncio.create_task(_story(station, clock, ready, Telling(quiet=quiet)))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([story, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not story.done():
        story.cancel()
        print_out("Stopped before the end of the story.")
    elif stay and not stop.is_set():
        story.result()
        print_out(f"Everything runs on, on the story's last day. {_next(settings)}\nCtrl-C stops.")
        await stopped
    stop.set()
    await workers
    if story.done() and not story.cancelled():
        story.result()
        if not stay:
            print_out(_next(settings))


async def _story(station: Station, clock: SetClock, ready: asyncio.Event, telling: Telling) -> None:
    await ready.wait()
    client = await connected("client", station.engines.nats["client"])
    vault = Vault(station.engines.vault["reader"], station.master)
    try:
        stage = Stage(station, clock, client, telling)
        telling.today(clock.now())
        telling.say("Real PostgreSQL, real NATS, all workers in one process; the clock is moved.\n")
        outcome = await tell(stage, EXAMPLE)
        await stage.settle()
        lines = await report(stage, outcome, vault)
        lines += await asyncio.to_thread(notices, station.engines)
        lines += positions(await look(station.engines))
        print_out("\n".join(lines))
    finally:
        vault.close()
        await client.close()


def _next(settings: Settings) -> str:
    data = settings.data
    return (
        f"\nWhat was said to people is in {settings.data / 'outbox'}.\n"
        "Look further:\n"
        f"  .venv/bin/leading-together up --data {data}        (in one terminal)\n"
        f"  .venv/bin/leading-together show --data {data}      (in another)\n"
        f"  .venv/bin/leading-together show pairing_board --data {data}\n"
        f"  .venv/bin/leading-together events --to 20 --data {data}"
    )
