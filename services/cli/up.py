"""`up` and `provision`: everything on this machine, and what engines must have first."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click

from services.cli.console import Installation, data_option, json_option, print_json, print_out, run
from services.cli.leaving import guarded
from services.cli.letters import must_be_able_to_write
from services.cli.run import WEB, must_be_able_to_listen
from services.clock import SystemClock
from services.crew import TOGETHER
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.engines.credentials import subscribers
from services.engines.embedded import embedded, must_be_nobodys, wake
from services.identity.at_home import HomeClock
from services.identity.configuration import identity_file
from services.operations.provisioning import provision
from services.patience import in_haste
from services.process.apart import apart
from services.process.presence import name_of
from services.process.running import serve, stop_on_signals
from services.process.station import Serve, Station
from services.secrecy import forget
from services.settings import Settings, secrets
from services.shell import to_type
from services.vault.epochs import master_key
from services.web.address import OFF, answers
from services.web.surface import ROOT
from services.workers import workers

ELSEWHERE: Final = tuple(
    f"{name}{file}" for name in ("LT_DATABASE_URL", "LT_NATS_URL") for file in ("", "_FILE")
)
"""With any of them the engines are not ours to start."""


def are_elsewhere(installation: Installation) -> bool:
    """Whether the environment names engines that we do not start."""
    return installation.data is None and any(map(os.environ.get, ELSEWHERE))


@contextmanager
def engines_for(installation: Installation) -> Iterator[Engines]:
    """The engines that the environment names, else our own, started here and stopped after.

    What was secret in the environment is in it no more: nobody needs it twice.
    """
    external = installation.engines() if are_elsewhere(installation) else None
    forget(secrets())
    if external:
        yield external
        return
    with embedded(installation.settings.data) as own:
        yield own


def station_at(installation: Installation, engines: Engines) -> Station:
    """A station on the system's clock; embedded engines get keys of their own: a master key, and
    those of their own issuer.
    """
    own, settings, clock = engines.are_ours, installation.settings, SystemClock()
    master_key(settings.master_key, create=own)
    if own:
        HomeClock(settings.data).go_on()
        if issuer := identity_file(settings).own_issuer():
            issuer.begin(clock.now())
    return Station(engines, clock, settings)


@click.command()
@click.option("--demo", is_flag=True, help="Begin with a whole invented cohort.")
@data_option
@guarded
def up(demo: bool, data: Path | None) -> None:
    """Start everything, and run until Ctrl-C."""
    installation = Installation(data)
    set_up(installation.settings.log_level)
    if demo:
        from services.cli.demo import demonstrate  # noqa: PLC0415 - only the demonstration needs it

        demonstrate(installation.settings, stay=True)
        return
    if not are_elsewhere(installation):
        must_be_nobodys(installation.settings.data)
    if installation.settings.web != OFF:
        must_be_able_to_listen(installation.settings)
    with engines_for(installation) as engines:
        must_be_able_to_write(installation.settings, engines)
        run(_up(installation, engines))


async def _up(installation: Installation, engines: Engines) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    os.environ.setdefault("PGAPPNAME", name_of(TOGETHER))  # as for `run`
    with in_haste(wanted=not engines.are_ours):  # our own take the time that they need
        data = installation.settings.data
        await provision(engines, installation.settings.replicas, subscribers(data))
    station = station_at(installation, engines)
    waking = asyncio.create_task(wake_at(stop, engines, station.settings.data))
    with in_haste(wanted=False):  # workers wait until an engine is back
        await serve(station, all_workers(station), stop, lambda: print_out(*_started(station)))
    await waking
    print_out("Stopped; everything that was begun is finished.")


def all_workers(station: Station) -> dict[str, Serve]:
    """All in this process, but for `web`: that has one of its own, if it is wanted."""
    web = (
        {} if station.settings.web == OFF else {WEB: apart(WEB, partial(answers, station.settings))}
    )
    return {**workers(), **web}


async def wake_at(stop: asyncio.Event, engines: Engines, data: Path) -> None:
    """When we are to stop, let our own engines go on that somebody has frozen."""
    await stop.wait()
    if engines.are_ours:
        wake(data)  # in no thread: all may be waiting for an engine


def _started(station: Station) -> list[str]:
    own = station.engines.are_ours
    where = f"with engines of its own in {station.settings.data}" if own else "on your engines"
    option = f" --data {to_type(str(station.settings.data))}" if own else ""
    sent = "by SMTP" if station.settings.smtp_url else f"as files in {station.outbox}"
    return [
        f"Leading Together is up, {where}.",
        f"Workers: {', '.join(all_workers(station))}. Messages to people go out {sent}.",
        *over_http(station.settings),
        "Try, in another terminal:",
        f"  leading-together status{option}",
        "  leading-together do --list",
        f"  leading-together events --follow{option}",
        "Ctrl-C stops it.",
    ]


def over_http(settings: Settings) -> list[str]:
    """A line that says where the door is over HTTP, if it is."""
    if settings.web == OFF:
        return []
    scheme = "https" if settings.web_tls_file else "http"
    return [f"Over HTTP it is asked at {scheme}://{settings.web}{ROOT}."]


@click.command(name="provision")
@json_option
@data_option
@guarded
def provision_engines(as_json: bool, data: Path | None) -> None:
    """Make tables, rights, stream and consumers on your engines, as their owner."""
    installation = Installation(data)
    settings = installation.settings
    run(provision(installation.engines(), settings.replicas, subscribers(settings.data)))
    if as_json:
        print_json({"provisioned": True})
    else:
        print_out("Tables, rights, stream and consumers are there.")
