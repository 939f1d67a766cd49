"""Faults made on purpose: connections killed at random, commits that the database refuses."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from resource import RLIM_INFINITY

import psycopg

from services.engines.addresses import Engines
from services.log.log import turn

KILL_ONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    ORDER BY random() LIMIT 1
"""
END_IN_COMMIT = """
    WITH committing AS MATERIALIZED (
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        AND state = 'active' AND query LIKE '%COMMIT%'
    ) SELECT pid FROM committing WHERE pg_terminate_backend(pid)
"""
LIMIT_FILES = """
import os, resource, sys
gid, uid, pid, size = map(int, sys.argv[1:])
os.setgid(gid)
os.setuid(uid)
resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""
MOODS = """
    CREATE TABLE public.mood (refuses float NOT NULL, dies bool NOT NULL);
    INSERT INTO public.mood VALUES (0, false);
    GRANT SELECT ON public.mood TO commands;
    CREATE FUNCTION public.moody() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE now public.mood;
    BEGIN
        SELECT * INTO now FROM public.mood;
        IF random() < now.refuses THEN
            IF now.dies THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full';
        END IF;
        RETURN NEW;
    END $$;
    CREATE CONSTRAINT TRIGGER moody AFTER INSERT ON log.events
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.moody();
"""


@contextmanager
def connections_killed(engines: Engines, chance: Random) -> Iterator[None]:
    """One connection of the writers is ended every few milliseconds while this lasts."""

    def kill(over: threading.Event) -> None:
        with psycopg.connect(engines.programme["commands"], autocommit=True) as killer:
            while not over.wait(chance.uniform(0.005, 0.05)):
                killer.execute(KILL_ONE)

    with _beside(kill):
        yield


@contextmanager
def commits_refused(engines: Engines, rows: float) -> Iterator[None]:
    """This part of all rows makes COMMIT fail while this lasts."""
    make_moody(engines)
    set_mood(engines, rows)
    yield
    set_mood(engines, 0)


def make_moody(engines: Engines) -> None:
    """The database can refuse rows from now on, when they are committed."""
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute(MOODS)


def set_mood(engines: Engines, refuses: float, *, dies: bool = False) -> None:
    """How likely each row is refused; with `dies`, the connection ends in COMMIT instead."""
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute("UPDATE public.mood SET refuses = %s, dies = %s", (refuses, dies))


@contextmanager
def ended_in_commit(engines: Engines, ended: list[int]) -> Iterator[None]:
    """Every connection of the writers that is seen in COMMIT is ended, and noted in `ended`."""

    def kill(over: threading.Event) -> None:
        with psycopg.connect(engines.programme["commands"], autocommit=True) as killer:
            while not over.wait(0.02):
                while not (found := killer.execute(END_IN_COMMIT).fetchall()) and not over.is_set():
                    pass
                ended.extend(pid for (pid,) in found)

    with _beside(kill):
        yield


@contextmanager
def time_outs(engines: Engines, chance: Random) -> Iterator[None]:
    """Statements may take 50 ms, and somebody else has the writer's turn for longer at times."""

    def hold(over: threading.Event) -> None:
        with psycopg.connect(engines.programme["commands"], autocommit=True) as holder:
            holder.execute("SET statement_timeout = 0")
            while not over.wait(chance.uniform(0.02, 0.1)):
                with turn(holder):
                    time.sleep(chance.uniform(0, 0.12))

    _limit_statements(engines, "50ms")
    with _beside(hold):
        yield
    _limit_statements(engines, "0")


def _limit_statements(engines: Engines, longest: str) -> None:
    """For connections that are made from now on. A role may limit itself."""
    database = engines.programme["commands"].rpartition("/")[2]
    statement = f"ALTER ROLE commands IN DATABASE {database} SET statement_timeout = '{longest}'"
    with psycopg.connect(engines.programme["commands"], autocommit=True) as own:
        own.execute(statement.encode())


@contextmanager
def server_killed(data: Path, chance: Random, killed: list[int]) -> Iterator[None]:
    """PostgreSQL loses all its processes at once, twice; `killed` tells which server it was."""

    def kill(over: threading.Event) -> None:
        while len(killed) < 2 and not over.wait(chance.uniform(0.15, 0.5)):
            killed.append(postmaster(data))
            os.kill(killed[-1], signal.SIGQUIT)
            _until(lambda: postmaster(data) not in (0, killed[-1]), over)

    with _beside(kill):
        yield


@contextmanager
def no_room(data: Path, file_size: int) -> Iterator[None]:
    """No file of PostgreSQL's new connections grows beyond `file_size` bytes while this lasts."""
    _limit_files(postmaster(data), file_size)
    yield
    _limit_files(postmaster(data), RLIM_INFINITY)


def _limit_files(pid: int, size: int) -> None:
    """As the account that the process has, who alone may do it."""
    account = Path("/proc", str(pid)).stat()
    words = [str(number) for number in (account.st_gid, account.st_uid, pid, size)]
    subprocess.run([sys.executable, "-I", "-S", "-c", LIMIT_FILES, *words], check=True)


def postmaster(data: Path) -> int:
    """The pid of the server in a data folder, 0 while there is none."""
    try:
        return int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _until(seen: Callable[[], bool], over: threading.Event) -> None:
    while not seen() and not over.wait(0.01):
        pass


@contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """In a thread, until the block ends."""
    over = threading.Event()
    saboteur = threading.Thread(target=work, args=(over,), name="saboteur")
    saboteur.start()
    try:
        yield
    finally:
        over.set()
        saboteur.join()
