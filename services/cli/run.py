"""`run`: workers in a process of their own, which holds no more in memory than these need."""

import asyncio
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

import click

from services.cli.console import Installation, data_option, run
from services.cli.leaving import INVALID, fail, guarded
from services.clock import SystemClock
from services.crew import NAMES, worker
from services.diagnostics import set_up
from services.engines.addresses import Engines
from services.patience import in_haste
from services.process.presence import name_of
from services.process.running import serve, stop_on_signals
from services.process.station import Station
from services.secrecy import forget
from services.settings import Settings, WrongSetting, secrets
from services.vault.epochs import master_key
from services.web.address import listening
from services.workers import workers

WEB: Final = "web"


@click.command()
@click.argument("names", nargs=-1, required=True, type=click.Choice(NAMES))
@data_option
@guarded
def run_workers(names: tuple[str, ...], data: Path | None) -> None:
    """Run the named workers against engines that are running, until SIGTERM or Ctrl-C."""
    installation = Installation(data)
    set_up(installation.settings.log_level)
    engines = only_for(names, installation.engines())
    forget(secrets())
    os.environ.setdefault("PGAPPNAME", name_of(names))  # by which `status` sees that they run
    if WEB in names:
        must_be_able_to_listen(installation.settings)
    if "notifier" in names:
        from services.cli.letters import must_be_able_to_write  # noqa: PLC0415 - nobody else needs it

        must_be_able_to_write(installation.settings, engines)
    _must_have_keys(installation, names)
    station = Station(engines, SystemClock(), installation.settings)

    async def work() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await serve(station, workers(names), stop)

    with in_haste(wanted=False):
        run(work())


def only_for(names: Collection[str], engines: Engines) -> Engines:
    """The engines as these workers need them: a process keeps no password of anybody else."""
    found = {
        kind: {name: one for name, one in getattr(engines, kind).items() if name in names}
        for kind in ("programme", "vault", "nats")
    }
    return engines.model_copy(update=found)


def must_be_able_to_listen(settings: Settings) -> None:
    """Ends this call with a line if nobody could ask over HTTP as it is set."""
    try:
        with listening(settings):
            pass
    except WrongSetting as problem:
        fail(str(problem), INVALID)


def _must_have_keys(installation: Installation, names: tuple[str, ...]) -> None:
    """Raises WrongMasterKey if there is no master key for workers that open the vault."""
    if any(worker(name).vault for name in names):
        master_key(installation.settings.master_key)
