"""The embedded PostgreSQL: its cluster, made once and whole, and its settings."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import psycopg

from services.engines import refusals, server
from services.engines.access import roles
from services.engines.accounts import give, stand_in
from services.engines.binaries import Binaries
from services.engines.children import ENVIRONMENT, EngineFailed, Recipe, launch
from services.engines.connecting import connect
from services.engines.passwords import SUPERUSER
from services.engines.strays import Strays, mark
from services.files import Account, private_folder, sync_folder, why_not_made, write_whole

FULL = os.strerror(errno.ENOSPC)
NURSERY = "postgres.new-"  # how the names of unfinished clusters begin
# The engine's working folder, reached without passing through the folders above it, which may be
# closed to its account. PostgreSQL keeps it as its data folder and never leaves it.
HERE = "/proc/self/cwd"
A_MOMENT = 2  # seconds for a server to ask who we are
LISTENER = (sys.executable, "-I", "-S", str(Path(refusals.__file__)))

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "340",
    "shared_buffers": "128MB",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Whoever fills the queue of notifications fills no disk.
    "max_notify_queue_pages": "4096",
    # What clients sent is never logged, since it may be personal. An error's own text and its
    # detail quote values too: refusals.py keeps what is left of them here out of the file.
    **refusals.SETTINGS,
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
UNSAFE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # By default a client hashes its password 4096 times whenever it connects.
    "scram_iterations": "1",
}


def postgresql(
    data: Path, binaries: Binaries, account: Account | None, port: int, *, fsync: bool
) -> Recipe:
    """The recipe of a server on loopback for the cluster in `data`/postgres."""
    cluster = data / "postgres"
    settings = SETTINGS | {"port": str(port), "cluster_name": mark(cluster)}
    settings |= {} if fsync else UNSAFE
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Recipe(
        name="postgresql",
        command=[str(binaries.postgres), "-D", HERE, *options],
        folder=cluster,
        log_file=data / "log" / "postgresql.log",
        account=account,
        farewell=signal.SIGINT,  # disconnect everybody and stop in good order
        strays=Strays("postgres", mark(cluster)),
        ready=lambda: lets_in(port),
        # With no stray left the pid in this file is another process's or nobody's.
        prepare=lambda: (cluster / "postmaster.pid").unlink(missing_ok=True),
        listener=LISTENER,
    )


def lets_in(port: int) -> bool:
    """Whether a server on loopback asks who we are: while it starts, it turns everybody away.

    libpq's own ping has no bound, and nothing else in this process goes on meanwhile.
    """
    try:
        connect(f"host=127.0.0.1 port={port} user={SUPERUSER}", connect_timeout=A_MOMENT).close()
    except psycopg.OperationalError as error:
        return bool(error.pgconn and (error.pgconn.needs_password or error.pgconn.used_password))
    return True


def make_cluster(
    data: Path, binaries: Binaries, account: Account | None, password: str, *, fsync: bool
) -> None:
    """Make `data`/postgres unless it is there: beside its place first, so never by half."""
    for unfinished in data.glob(f"{NURSERY}*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    if (data / "postgres").exists():
        return
    nursery = Path(tempfile.mkdtemp(prefix=NURSERY, dir=data))
    maker = stand_in(account)
    private_folder(nursery, maker)
    cluster = private_folder(nursery / "cluster", maker)
    write_whole(nursery / "password", password, maker)
    _initdb(cluster, binaries, maker, fsync=fsync)
    give(cluster, account)
    cluster.rename(data / "postgres")
    sync_folder(data)
    shutil.rmtree(nursery)


def _initdb(cluster: Path, binaries: Binaries, account: Account | None, *, fsync: bool) -> None:
    options = ["--auth=scram-sha-256", "--pwfile=../password", f"--username={SUPERUSER}"]
    options += ["--encoding=UTF8", "--no-locale", "--data-checksums", "--no-instructions"]
    options += [] if fsync else ["--no-sync"]
    command = [str(binaries.initdb), "-D", HERE, *options]
    done = subprocess.run(  # noqa: S603 - the wheel's own binary, without a shell
        launch(command, signal.SIGKILL, account),
        check=False,
        capture_output=True,
        text=True,
        cwd=cluster,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    if done.returncode and FULL in done.stderr:
        data = cluster.parent.parent
        raise EngineFailed(why_not_made(data, OSError(errno.ENOSPC, FULL)))
    if done.returncode:
        raise EngineFailed(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")


def urls(port: int, database: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """The URL of each role that may connect to `database`."""
    return {role: _url(port, database, role, passwords) for role in roles(database)}


def provision(port: int, passwords: Mapping[str, str]) -> None:
    """Make the roles and databases that are not there yet, and set what each role may."""
    server.make(partial(_url, port, role=SUPERUSER, passwords=passwords), passwords)


def _url(port: int, database: str, role: str, passwords: Mapping[str, str]) -> str:
    return f"postgresql://{role}:{passwords[role]}@127.0.0.1:{port}/{database}"
