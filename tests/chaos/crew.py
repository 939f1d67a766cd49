"""Engines, proxies before them, and every worker as a process of its own that is kept running."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from services.crew import NAMES
from services.engines import embedded_nats
from services.engines.addresses import BusAddress, Engines
from services.engines.children import Recipe
from services.engines.credentials import ALL_EVENTS
from services.engines.embedded import embedded
from services.engines.passwords import SUPERUSER
from services.identity.configuration import identity_file
from services.operations.credentials import make_subscriber
from services.operations.provisioning import provision
from services.settings import Settings
from services.vault.epochs import EpochKeys, master_key
from tests.chaos.mail import Mail
from tests.chaos.proxy import Proxy
from tests.scenes.at_work import named
from tests.scenes.office import AS_SETTINGS
from tests.scenes.over_http import free_port
from tests.scenes.watching import ROOT, leaders

HANGS: Final = 60.0  # seconds until a command is killed
SUBSCRIBER: Final = "subscriber"  # the guide's example, which stands for everybody outside
AGAIN: Final = 0.2  # seconds between looks at which process has died


class Typed(NamedTuple):
    """A command line's end: its exit code, what it said, and after how many seconds."""

    words: tuple[str, ...]
    code: int | None
    out: str
    errors: str
    seconds: float


class Crew:
    """What a fault run has at work; faults reach for its processes and proxies."""

    def __init__(self, folder: Path, engines: Engines, mail: Mail) -> None:
        self.folder, self.engines, self.mail = folder, engines, mail
        self.data = folder / "data"
        targets = {
            "postgres": _port(engines.programme["owner"]),
            "nats": _port(engines.nats["owner"].url),
            "mail": mail.port,
        }
        self.proxies = {
            (who, engine): Proxy(port)
            for engine, port in targets.items()
            for who in (*NAMES, "client")
        }
        self.web = f"127.0.0.1:{free_port()}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.seconds: list[subprocess.Popen[bytes]] = []
        self.launched: dict[str, str] = {}  # worker: how the launcher is to spoil it
        self.deaths = 0
        self.wrong: list[str] = []  # what the command line said or did while things were wrong
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        for proxy in self.proxies.values():
            await proxy.start()
        await provision(self.engines)
        now = datetime.now(UTC)
        told = await make_subscriber(
            self.engines, self.data, SUBSCRIBER, ALL_EVENTS, who="chaos", now=now
        )
        self._seed.touch(mode=0o600)
        self._seed.write_text(told.seed)
        master_key(self.folder / "master.key", create=True)
        if issuer := identity_file(Settings(data=self.data)).own_issuer():
            issuer.begin(datetime.now(UTC))  # for whoever types at the folder
        for name in NAMES:
            self.processes[name] = self.spawn(name)
        self.processes[SUBSCRIBER] = self.spawn(SUBSCRIBER)
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """In good order; then nothing of ours is left."""
        if self._keeping:
            self._keeping.cancel()
        every = [*self.processes.values(), *self.seconds]
        for process in every:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in every:
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(process.wait, 60)
            process.kill()
            process.wait()
        for proxy in self.proxies.values():
            await proxy.stop()

    def spawn(self, name: str) -> subprocess.Popen[bytes]:
        """One more process with this worker, or the subscriber, in a session of its own."""
        words, environment = self._program(name)
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env={**_plain(), **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _program(self, name: str) -> tuple[list[str], dict[str, str]]:
        if name == SUBSCRIBER:
            url = self._through("client", "nats", self.engines.nats["client"].url)
            url = url.replace("client@", "")
            given = (url, SUBSCRIBER, str(self._seed), str(self.taken_in))
            return [str(ROOT / "examples" / "subscriber.py"), *given], {}
        spoiled = self.launched.get(name)
        module = ["tests.chaos.launcher", spoiled, name] if spoiled else ["services", "run", name]
        return ["-m", *module], self._environment(name)

    @property
    def _seed(self) -> Path:
        """By what the subscriber is known on the bus."""
        return self.folder / "subscriber.seed"

    @property
    def taken_in(self) -> Path:
        """What the subscriber has taken in."""
        return self.folder / "work" / "subscriber.sqlite"

    async def typed(self, *words: str) -> Typed:
        """Any command of the command line, on the engines themselves; killed when it hangs."""
        return await asyncio.to_thread(self._typed, words)

    def _typed(self, words: tuple[str, ...]) -> Typed:
        began = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "services", *words, "--data", str(self.data)],
                cwd=ROOT,
                env={**_plain(), **self._key_files(), "LT_OPERATOR": "chaos"},
                capture_output=True,
                check=False,
                timeout=HANGS,
            )
        except subprocess.TimeoutExpired:
            return Typed(words, None, "", "it hung", time.monotonic() - began)
        out, errors = done.stdout.decode(), done.stderr.decode()
        return Typed(words, done.returncode, out, errors, time.monotonic() - began)

    async def ops(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The operator's command line, on the engines themselves."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "services", "ops", *words, "--data", str(self.data)],
            cwd=ROOT,
            env={**_plain(), "LT_OPERATOR": "chaos"},
            capture_output=True,
            check=False,
            timeout=300,
        )

    async def vault(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The vault's command line, on the engines themselves."""
        return await asyncio.to_thread(
            subprocess.run,
            self._vault_command(*words),
            cwd=ROOT,
            env={**_plain(), **self._key_files()},
            capture_output=True,
            check=False,
            timeout=300,
        )

    def vault_begun(self, *words: str) -> subprocess.Popen[bytes]:
        """The same, left at work."""
        return subprocess.Popen(
            self._vault_command(*words),
            cwd=ROOT,
            env={**_plain(), **self._key_files()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _vault_command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "services", "vault", *words, "--data", str(self.data)]

    def _key_files(self) -> dict[str, str]:
        return {
            "LT_MASTER_KEY_FILE": str(self.keys.master),
            "LT_EPOCH_KEYS_FILE": str(self.keys.file),
        }

    def leader(self, engine: str) -> int | None:
        """The process of an engine, if it runs."""
        return next(iter(leaders(self.data, engine)), None)

    def _environment(self, name: str) -> dict[str, str]:
        vault = self.engines.vault.get(name, self.engines.programme[name])
        return {
            "LT_DATABASE_URL": self._through(name, "postgres", self.engines.programme[name]),
            "LT_VAULT_URL": self._through(name, "postgres", vault),
            **named(self._on_the_bus(name, name)),
            "LT_SMTP_URL": f"smtp://127.0.0.1:{self.proxies[name, 'mail'].port}",
            **self._key_files(),
            **AS_SETTINGS,
            "LT_LETTERS_WAIT": "no",
            "LT_WEB": self.web,
            "LT_DATA": str(self.folder / "work"),
            "LT_LOG_LEVEL": "info",
        }

    @property
    def keys(self) -> EpochKeys:
        """The keys of the vault's epochs."""
        return EpochKeys(self.folder / "master.key", self.folder / "epochs.keys")

    @property
    def superuser(self) -> str:
        """The database as who may see what all are at."""
        password = json.loads((self.data / "secrets.json").read_text())["postgresql"][SUPERUSER]
        address = self.engines.programme["owner"].rpartition("@")[2]
        return f"postgresql://{SUPERUSER}:{password}@{address}"

    def client_address(self) -> BusAddress:
        return self._on_the_bus("client", "client")

    def _on_the_bus(self, user: str, who: str) -> BusAddress:
        """The address of a user of the bus, on the way of somebody."""
        address = self.engines.nats[user]
        return address.model_copy(update={"url": self._through(who, "nats", address.url)})

    def ways(self, place: str) -> list[Proxy]:
        """The proxies on all ways to an engine, or on all ways of a worker."""
        return [proxy for ends, proxy in self.proxies.items() if place in ends]

    def _through(self, who: str, engine: str, url: str) -> str:
        return url.replace(f":{_port(url)}", f":{self.proxies[who, engine].port}", 1)

    async def _keep(self) -> None:
        """As a supervisor does: what has died is started again."""
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    self.deaths += 1
                    self.processes[name] = self.spawn(name)
            await asyncio.sleep(AGAIN)


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _plain() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("LT_")}


class NatsFolder:
    """An older copy of JetStream's files, put back before the server's next start."""

    def __init__(self, data: Path, folder: Path) -> None:
        self._store, self._copy = data / "nats", folder / "older-nats"
        self.put_back = False

    def copy(self, pid: int | None) -> None:
        """As it is on the disk now, with the server halted for a moment."""
        if pid is None:
            return
        os.kill(pid, signal.SIGSTOP)
        try:
            shutil.rmtree(self._copy, ignore_errors=True)
            shutil.copytree(self._store, self._copy, symlinks=True)
        finally:
            os.kill(pid, signal.SIGCONT)

    def before_start(self) -> None:
        if self.put_back and self._copy.exists():
            self.put_back = False
            owner = self._store.stat()
            shutil.rmtree(self._store)
            shutil.copytree(self._copy, self._store, symlinks=True)
            for path in (self._store, *self._store.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def engines_in(folder: Path) -> Iterator[tuple[Engines, NatsFolder]]:
    """Embedded engines whose NATS can be made to start with older files."""
    older = NatsFolder(folder / "data", folder)
    recipe_of: Callable[..., Recipe] = embedded_nats.nats

    def with_hook(*given: Any, **more: Any) -> Recipe:
        recipe = recipe_of(*given, **more)

        def prepare() -> None:
            older.before_start()
            recipe.prepare()

        return replace(recipe, prepare=prepare)

    setattr(embedded_nats, "nats", with_hook)  # noqa: B010 - a wrapped function, for this run
    try:
        with embedded(folder / "data") as engines:
            yield engines, older
    finally:
        setattr(embedded_nats, "nats", recipe_of)  # noqa: B010 - as above
