"""`make chaos`: faults on real engines and processes under load, and then what must hold.

`CHAOS_SEED` (1) and `CHAOS_SECONDS` (1200) fix what is sent and which faults are made when; how the
system interleaves them they can't fix. `--without NAME` takes a protection out, and must fail.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import psycopg

from services.crew import FOLLOWERS, WITH_CHECKPOINT
from services.diagnostics import set_up
from services.engines.embedded import free_ports
from services.notices import ledger
from tests.chaos import faults, mail, proxy
from tests.chaos.checking import Checks, Looking, Sight, taken_in
from tests.chaos.crew import SUBSCRIBER, Crew, NatsFolder, engines_in
from tests.chaos.faults import AWAY, HEAVY, Fault, all_faults
from tests.chaos.load import Load
from tests.chaos.report import Report
from tests.scenes.damaged import put_back, shortened
from tests.scenes.tokens import tokens_in
from tests.scenes.watching import nothing_runs_in

LOOK: Final = 0.1  # seconds between looks at how far everybody is
RECOVERY: Final = 90.0  # seconds a fault may take to be recovered from
QUIET: Final = 180.0  # seconds until all must be done at the end
LOST: Final = 7  # events that a log loses and gets back
PACE: Final = 4.5  # seconds between two faults, in the mean


WAITS: Final = (
    "SELECT pid, usename, state, now() - state_change, wait_event, pg_blocking_pids(pid),"
    " left(query, 90) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND pid <> pg_backend_pid() AND state <> 'idle'"
)


NOTICES_OPEN: Final = "SELECT FROM work.notices WHERE state IN ('due', 'sending') LIMIT 1"
DUE: Final = "SELECT FROM read.agenda WHERE (row->>'next_at')::timestamptz <= now() LIMIT 1"


class Run(NamedTuple):
    """What a run does: its seed and length, which faults, and what is spoiled for all of it."""

    seed: int
    seconds: float
    chosen: Callable[[Sequence[Fault]], Sequence[Fault]] = lambda every: every
    spoiled: dict[str, str] = {}  # noqa: RUF012 - never changed
    pace: float = PACE
    quiet: float = QUIET
    doubled: str | None = None
    before: Callable[[Crew], Awaitable[None]] | None = None


class Chaos:
    """One run: load and faults together, then calm, then the checks."""

    def __init__(self, run: Run, crew: Crew, older: NatsFolder, report: Report) -> None:
        self._run, self._crew, self._report = run, crew, report
        self._random = Random(f"{run.seed} faults")
        self._faults = list(run.chosen(all_faults(older)))
        self._load = Load(
            crew.client_address, run.seed, tokens_in(crew.folder / "work"), web=crew.web
        )
        self._heavy = asyncio.Lock()
        self._sight = Sight(0, 0, {})

    async def play(self) -> Load:
        """All of it but the checks."""
        crew = self._crew
        crew.launched.update(self._run.spoiled)
        await crew.start()
        try:
            if self._run.before:
                await self._run.before(crew)
            await self._load.open(lambda who: crew.typed("grant", who))
            if self._run.doubled:
                crew.seconds.append(crew.spawn(self._run.doubled))
            self._report.say(f"load and faults for {self._run.seconds:.0f} s")
            watching = asyncio.create_task(self._watch())
            loading = asyncio.create_task(self._load.run())
            await self._make_faults()
            self._load.stop.set()
            await loading
            await self._calm()
            watching.cancel()
        finally:
            await crew.stop()
        return self._load

    async def _make_faults(self) -> None:
        over = time.monotonic() + self._run.seconds
        async with asyncio.TaskGroup() as under_way:
            every = list(self._faults)
            self._random.shuffle(every)
            while time.monotonic() < over:
                if every:
                    under_way.create_task(self._make(every.pop()))
                if not every and self._faults:
                    every = [one for one in self._faults if one.weight != HEAVY] or self._faults
                    every = [*every, *self._random.sample(self._faults, len(self._faults) // 3)]
                    self._random.shuffle(every)
                pace = self._pace()
                await asyncio.sleep(pace * self._random.uniform(0.3, 1.7))

    def _pace(self) -> float:
        """Each kind once at least, also in a short run."""
        return min(self._run.pace, self._run.seconds / (len(self._faults) + 1))

    async def _make(self, fault: Fault) -> None:
        self._report.say(fault.name)
        try:
            if fault.weight == HEAVY:
                async with self._heavy:
                    await fault.make(self._crew, self._random)
            else:
                await fault.make(self._crew, self._random)
        except AWAY as error:  # another fault has taken what this one needed
            self._report.say(f"{fault.name}: could not be made whole ({type(error).__name__})")
        began = time.monotonic()
        behind = await self._not_behind(min(RECOVERY, self._run.quiet))
        self._report.recovered(fault.name, None if behind else time.monotonic() - began)

    async def _not_behind(self, seconds: float) -> str:
        """Wait until everybody is where the log is now; who is not, if time is up."""
        deadline, began = time.monotonic() + seconds, self._sight.number
        behind = "the database"
        while self._sight.number <= began + 1:  # one that was begun after we came
            if time.monotonic() > deadline:
                return behind
            await asyncio.sleep(LOOK)
        upto = self._sight.head
        while late := [name for name, at in self._sight.reached.items() if at < upto]:
            if time.monotonic() > deadline:
                return ", ".join(late)
            await asyncio.sleep(LOOK)
        return ""

    async def _watch(self) -> None:
        """See how far everybody is, again and again, for all who wait."""
        looking = Looking(self._crew.engines.programme["console"])
        while True:
            with suppress(psycopg.Error):
                self._sight = await asyncio.to_thread(looking.look, self._sight.number + 1)
            await asyncio.sleep(LOOK)

    async def _calm(self) -> None:
        """Heal what faults have left, answer what is open, and wait until nothing is to do."""
        crew = self._crew
        for one in crew.proxies.values():
            one.mode = proxy.OPEN
        crew.mail.mode = mail.WELL
        self._report.say("calm: what was not answered is sent again")
        await self._load.settle()
        await self._quiet()
        await crew.ops("redrive", "--worker", "projector", "--reason", "at the end", "--yes")
        await self._quiet()
        await self._shorten()
        self._report.say("last act: messages of all followers are stolen")
        async with asyncio.TaskGroup() as thieves:
            for worker in FOLLOWERS:
                thieves.create_task(faults.steal(worker, crew, 8))
            await asyncio.sleep(1)
            await self._load.a_few(5)
        await self._quiet()
        await self._load.questions.afterwards()

    async def _shorten(self) -> None:
        """The log loses its end under all who follow it, and gets it back: nobody goes on, nothing
        is recorded meanwhile, and it is told.
        """
        crew, head = self._crew, self._sight.head
        self._report.say(f"the log loses its last {LOST} events")
        cut = await asyncio.to_thread(shortened, crew.engines, head - LOST)
        try:
            await asyncio.sleep(5)
            await self._load.knock(3)
            said = await crew.typed("status", "--json")
            troubles = json.loads(said.out.splitlines()[-1])["troubles"] if said.out else []
            if said.code != 1 or not any("shorten" in one or "ends at" in one for one in troubles):
                crew.wrong.append(f"status of a shortened log: exit {said.code}: {troubles}")
        finally:
            await asyncio.to_thread(put_back, crew.engines, cut)
        self._report.say("and has them again")
        await self._load.settle()
        await self._quiet()

    async def _quiet(self) -> None:
        deadline = time.monotonic() + self._run.quiet
        behind = await self._not_behind(self._run.quiet)
        while not behind and (open_ := await asyncio.to_thread(self._open)):
            await asyncio.sleep(0.3)
            if time.monotonic() > deadline:
                behind = open_
        await asyncio.sleep(1)  # what follows from the last events
        behind = behind or await self._not_behind(self._run.quiet)
        self._report.say(f"still behind: {behind}" if behind else "quiet")
        if behind:
            for one in await asyncio.to_thread(self._waits):
                self._report.say(f"  {one}")

    def _waits(self) -> list[str]:
        """What the database sees of whoever is at work or waits, to find out who holds whom."""
        with psycopg.connect(self._crew.superuser, autocommit=True) as connection:
            return [" ".join(map(str, row)) for row in connection.execute(WAITS)]

    def _open(self) -> str:
        """What is not done yet although nobody is behind."""
        with psycopg.connect(self._crew.engines.programme["console"]) as connection:
            if connection.execute(NOTICES_OPEN).fetchone():
                return "notices"
            if ledger.unreported(connection):
                return "notices of which the log is to be told"
            if connection.execute(DUE).fetchone():
                return "things due"
        return "" if taken_in(self._crew.taken_in) == self._sight.head else SUBSCRIBER


async def no_key(crew: Crew) -> None:
    """The ledger's key is gone."""
    with psycopg.connect(crew.engines.programme["owner"]) as connection:
        connection.execute("ALTER TABLE work.notices DROP CONSTRAINT notices_pkey")


def named(*stems: str) -> Callable[[Sequence[Fault]], Sequence[Fault]]:
    return lambda every: [one for one in every if one.name.startswith(stems)]


def without(protection: str, seed: int) -> Run:
    """A run of its own for each protection, with the faults that it is for."""
    match protection:
        case "fence":
            chosen = named("cut: nats", "killed: relay", "refusing: nats")
            spoiled = {"relay": "fence"}
            return Run(seed, 20, chosen, spoiled, 3, 20, doubled="relay")
        case "checkpoint":
            chosen = named(*(f"killed: {one}" for one in WITH_CHECKPOINT))
            return Run(seed, 45, chosen, dict.fromkeys(WITH_CHECKPOINT, "checkpoint"), 2, 20)
        case "trail" | "rights":
            return Run(seed, 15, named("killed: reader"), {"reader": protection}, 6, 20)
        case "comparison":
            return Run(seed, 10, named("garbage"), dict.fromkeys(FOLLOWERS, "comparison"), 9, 25)
        case _:
            chosen = named("replay of everything")
            return Run(seed, 30, chosen, {"notifier": "ledger"}, 12, 20, before=no_key)


PROTECTIONS: Final = ("fence", "checkpoint", "comparison", "ledger", "trail", "rights")


def carry_out(run: Run) -> list[str]:
    """One run from nothing to nothing; what was found wrong."""
    folder, report = Path(tempfile.mkdtemp(prefix="chaos-")), Report()
    folder.chmod(0o755)
    (folder / "work").mkdir()
    (port,) = free_ports(1)
    post = mail.Mail(port)
    post.start()
    try:
        with engines_in(folder) as (engines, older):
            crew = Crew(folder, engines, post)
            load = asyncio.run(Chaos(run, crew, older, report).play())
            report.summary(load, crew.deaths)
            print("Checked:")
            checks = Checks(crew, load)
            for name, check in checks.all():
                report.checked(name, list(check()))
            checks.close()
    finally:
        post.stop()
    report.checked("no process left", [] if nothing_runs_in(folder / "data") else ["an engine"])
    if report.problems and not run.spoiled:
        print(f"What it left is in {folder}.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    said = ", ".join(f"{number} {what}" for what, number in sorted(checks.counts.items()))
    verdict = f"{len(report.problems)} WRONG" if report.problems else "all is well"
    print(
        f"seed {run.seed}: {report.faults.total()} faults of {len(report.faults)} kinds in"
        f" {run.seconds:.0f} s, {load.counts.total()} commands, {said}: {verdict}"
    )
    return report.problems


def main() -> int:
    """Exit code: 0 all is well (or, without a protection, something is not), 1 otherwise."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--without", choices=PROTECTIONS, help="take this protection out")
    parser.add_argument("--teeth", action="store_true", help="take out each, one after the other")
    given = parser.parse_args()
    set_up("error")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: nothing stays behind
    seed = int(os.environ.get("CHAOS_SEED", "1"))
    chosen = PROTECTIONS if given.teeth else (given.without,) if given.without else ()
    if not chosen:
        return bool(carry_out(Run(seed, float(os.environ.get("CHAOS_SECONDS", "1200")))))
    unnoticed = []
    for one in chosen:
        print(f"\n== without the protection: {one}", flush=True)
        if not carry_out(without(one, seed)):
            unnoticed.append(one)
    print(f"Not noticed: {', '.join(unnoticed)}" if unnoticed else "Each was noticed.")
    return bool(unnoticed)


if __name__ == "__main__":
    sys.exit(main())
