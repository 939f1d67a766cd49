"""`up`, `run` and `provision`: the processes of the programme."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from services.cli.console import Place, data_option, json_option, print_json, print_out, run
from services.cli.leaving import guarded
from services.clock import SystemClock
from services.diagnostics import set_up
from services.engines.addresses import Engines, EnginesUnavailable
from services.engines.embedded import embedded
from services.process.presence import name_of
from services.process.running import WORKERS, provision, readable, serve, stop_on_signals
from services.process.station import Station
from services.vault.vault import master_key


@contextmanager
def engines_for(place: Place) -> Iterator[Engines]:
    """The engines that the environment names, else our own, started here and stopped after."""
    try:
        external = place.engines() if place.data is None else None
    except EnginesUnavailable:
        external = None
    if external is not None and external.supervisor is None:
        yield external
        return
    with embedded(place.settings.data) as own:
        yield own


def station_at(place: Place, engines: Engines) -> Station:
    """A station on the system's clock; embedded engines get a master key of their own."""
    own = engines.supervisor is not None
    master = master_key(place.settings.master_key, create=own)
    return Station(engines, SystemClock(), place.settings, master)


@click.command()
@click.option("--demo", is_flag=True, help="Begin with a whole invented cohort.")
@data_option
@guarded
def up(demo: bool, data: Path | None) -> None:
    """Start everything, and run until Ctrl-C."""
    place = Place(data)
    set_up(place.settings.log_level)
    if demo:
        from services.cli.demo import demonstrate  # noqa: PLC0415 - only the demonstration needs it

        demonstrate(place.settings, stay=True)
        return
    with engines_for(place) as engines:
        run(_up(place, engines))


async def _up(place: Place, engines: Engines) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    os.environ.setdefault("PGAPPNAME", name_of(tuple(WORKERS)))  # as for `run`
    await provision(engines, place.settings.replicas)
    station = station_at(place, engines)
    await serve(station, tuple(WORKERS), stop, lambda: print_out(_started(station)))
    print_out("Stopped; everything that was begun is finished.")


def _started(station: Station) -> str:
    own = station.engines.supervisor is not None
    where = f"with engines of its own in {station.settings.data}" if own else "on your engines"
    option = f" --data {station.settings.data}" if own else ""
    sent = "by SMTP" if station.settings.smtp_url else f"as files in {station.outbox}"
    return (
        f"Leading Together is up, {where}.\n"
        f"Workers: {', '.join(WORKERS)}. Messages to people go out {sent}.\n"
        f"Try, in another terminal:\n"
        f"  leading-together status{option}\n"
        f"  leading-together do --list\n"
        f"  leading-together events --follow{option}\n"
        "Ctrl-C stops it."
    )


@click.command()
@click.argument("workers", nargs=-1, required=True, type=click.Choice(tuple(WORKERS)))
@data_option
@guarded
def run_workers(workers: tuple[str, ...], data: Path | None) -> None:
    """Run the named workers against engines that are running, until SIGTERM or Ctrl-C."""
    place = Place(data)
    set_up(place.settings.log_level)
    engines = place.engines()
    os.environ.setdefault("PGAPPNAME", name_of(workers))  # by which `status` sees that they run
    master = _master_for(place, workers)
    station = Station(engines, SystemClock(), place.settings, master)

    async def work() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await readable(engines.programme[workers[0]], stop)
        await serve(station, workers, stop)

    run(work())


def _master_for(place: Place, workers: tuple[str, ...]) -> bytes:
    """The master key, for those workers that open the vault; nothing for the others."""
    opens = {"commands", "notifier"}
    return master_key(place.settings.master_key) if opens & set(workers) else b""


@click.command(name="provision")
@json_option
@data_option
@guarded
def provision_engines(as_json: bool, data: Path | None) -> None:
    """Make tables, rights, stream and consumers on your engines, as their owner."""
    place = Place(data)
    run(provision(place.engines(), place.settings.replicas))
    if as_json:
        print_json({"provisioned": True})
    else:
        print_out("Tables, rights, stream and consumers are there.")
