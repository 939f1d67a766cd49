"""Faults made on purpose: connections killed at random, commits that the database refuses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import psycopg

from services.engines import Engines

KILL_ONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    ORDER BY random() LIMIT 1
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
        DEFERRABLE INITIALLY {when} FOR EACH ROW EXECUTE FUNCTION public.moody();
"""


@contextmanager
def connections_killed(engines: Engines, chance: Random) -> Iterator[None]:
    """One connection of the writers is ended every few milliseconds while this lasts."""
    over = threading.Event()

    def kill() -> None:
        with psycopg.connect(engines.programme["commands"], autocommit=True) as killer:
            while not over.wait(chance.uniform(0.005, 0.05)):
                killer.execute(KILL_ONE)

    saboteur = threading.Thread(target=kill, name="saboteur")
    saboteur.start()
    try:
        yield
    finally:
        over.set()
        saboteur.join()


def make_moody(engines: Engines, *, when: str = "DEFERRED") -> None:
    """The database can refuse rows from now on: at COMMIT, or (`IMMEDIATE`) as they come."""
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute(MOODS.format(when=when).encode())


def set_mood(engines: Engines, refuses: float, *, dies: bool = False) -> None:
    """How likely each row is refused; with `dies`, the connection ends in COMMIT instead."""
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute("UPDATE public.mood SET refuses = %s, dies = %s", (refuses, dies))
