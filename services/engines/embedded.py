"""PostgreSQL and NATS as children of ours, so that one command starts all there is."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from services.engines import embedded_nats, embedded_postgres
from services.engines.access import PROGRAMME, VAULT
from services.engines.accounts import BINARIES, account_of
from services.engines.addresses import (
    ENGINES_FILE,
    AlreadyRunning,
    Engines,
    EnginesUnavailable,
    Supervisor,
)
from services.engines.binaries import Binaries, from_wheels, runnable
from services.engines.children import Child
from services.engines.passwords import SUPERUSER, Passwords, completed
from services.engines.strays import Strays, mark
from services.files import (
    Account,
    UntrustedFile,
    followed,
    open_own,
    private_folder,
    read_own,
    why_not_made,
    write_whole,
)

SECRETS_FILE = "secrets.json"
LOCK_FILE = "lock"
PORTS = range(15_000, 32_000)  # below those that the system lends to outgoing connections


@contextmanager
def embedded(
    data: Path, *, fsync: bool = True, binaries: Binaries | None = None
) -> Iterator[Engines]:
    """Run both engines on the data folder `data`, made when it is not there, while this lasts.

    They are started again when they die and stopped at the end; killed or not, we leave none
    behind. `fsync=False` is for tests: what is written may not survive the machine. Raises
    AlreadyRunning, EnginesUnavailable (also for a folder that is not ours), UntrustedFile.
    """
    data = followed(data)
    with ExitStack() as stack:
        stack.enter_context(alone_with(data))
        account = account_of(data)
        binaries = stack.enter_context(
            runnable(binaries or from_wheels(), account, data / "binaries")
        )
        yield stack.enter_context(_running(data, binaries, account, fsync=fsync))


@contextmanager
def _running(
    data: Path, binaries: Binaries, account: Account | None, *, fsync: bool
) -> Iterator[Engines]:
    private_folder(data / "log")
    with ExitStack() as stack:
        engines = _started(stack, data, binaries, account, fsync=fsync)
        path = data / ENGINES_FILE
        write_whole(path, engines.model_dump_json(indent=2))
        stack.callback(path.unlink, missing_ok=True)
        yield engines


def _started(
    stack: ExitStack, data: Path, binaries: Binaries, account: Account | None, *, fsync: bool
) -> Engines:
    """Both engines, until the stack is left. Nobody keeps the superuser's password after that."""
    passwords = _passwords(data)
    postgres_port, nats_port = free_ports(2)
    superuser = passwords["postgresql"][SUPERUSER]
    embedded_postgres.make_cluster(data, binaries, account, superuser, fsync=fsync)
    children = [
        Child(embedded_postgres.postgresql(data, binaries, account, postgres_port, fsync=fsync)),
        Child(embedded_nats.nats(data, binaries, account, nats_port, passwords["nats"])),
    ]
    stack.enter_context(_alive(children))
    embedded_postgres.provision(postgres_port, passwords["postgresql"])
    return _engines(postgres_port, nats_port, passwords)


@contextmanager
def _alive(children: list[Child]) -> Iterator[None]:
    """Start all at once and stop all at once; whatever happens between, stop all."""
    with ExitStack() as stack:
        for child in children:
            child.start()
            stack.callback(child.join)
        for child in children:
            stack.callback(child.leave)
        for child in children:
            child.wait()
        yield


def _engines(postgres_port: int, nats_port: int, passwords: Passwords) -> Engines:
    roles = passwords["postgresql"]
    return Engines(
        supervisor=Supervisor.of(os.getpid()),
        programme=embedded_postgres.urls(postgres_port, PROGRAMME, roles),
        vault=embedded_postgres.urls(postgres_port, VAULT, roles),
        nats=embedded_nats.addresses(nats_port, passwords["nats"]),
    )


def wake(data: Path) -> None:
    """Let the engines of a folder go on if somebody has frozen them, so that whoever is about to
    stop can finish on them.
    """
    for folder, binary in BINARIES.items():
        with suppress(FileNotFoundError):  # somebody has taken the folder away
            Strays(binary, mark(data.absolute() / folder)).wake()


def must_be_nobodys(data: Path) -> None:
    """Raises AlreadyRunning if somebody runs engines in a folder; makes none where none is."""
    if os.path.lexists(data / LOCK_FILE):
        with alone_with(data):
            pass


@contextmanager
def alone_with(data: Path) -> Iterator[None]:
    """Hold the data folder's lock, or raise AlreadyRunning; EnginesUnavailable if it is not ours.

    A process forked from us, without exec, would share it.
    """
    try:
        private_folder(data)
        lock = os.fdopen(open_own(data / LOCK_FILE, os.O_RDWR | os.O_CREAT), "r+")
    except OSError as fault:
        raise EnginesUnavailable(why_not_made(data, fault)) from None
    except UntrustedFile as problem:
        raise EnginesUnavailable(f"{problem} Or name another folder with --data.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"The engines in {data} are already running, started by process "
                f"{lock.read().strip() or 'unknown'}: stop that one first, or name another folder "
                "with --data."
            ) from None
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _passwords(data: Path) -> Passwords:
    """The engines' passwords: made once, kept in the data folder, added to for new users."""
    path = data / SECRETS_FILE
    if not os.path.lexists(path) and (data / "postgres").exists():
        raise EnginesUnavailable(
            f"{path} is missing, so the passwords of the databases beside it are lost. "
            "Restore it from a backup of the folder."
        )
    known: Passwords = json.loads(read_own(path)) if os.path.lexists(path) else {}
    passwords = completed(known)
    if passwords != known:
        write_whole(path, json.dumps(passwords, indent=2))
    return passwords


def free_ports(number: int) -> list[int]:
    """Ports of the loopback that nobody has."""
    ports: set[int] = set()
    while len(ports) < number:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.add(port)
    return list(ports)
