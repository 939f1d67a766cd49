"""Keys at hand are used for so long as nobody need have destroyed them, and no longer."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

import services.vault.vault
from events.ids import PersonId
from events.people import PersonRegistered
from events.personal import Erased, Sealed
from services.engines.addresses import Engines
from services.vault.arrivals import Arrival
from services.vault.epochs import EpochKeys
from services.vault.keys import CLOCK, ErasedAudience
from services.vault.vault import Vault
from services.vault.words import Card
from tests.chaos.proxy import OPEN, REFUSING, Proxy
from tests.scenes.cast import ADA, BEN, CLEO, NOBODY
from tests.scenes.given import person
from tests.scenes.watching import ROOT, until
from tests.scenes.world import KEYS

EVENT = "0191fa7c-0000-7000-8000-000000000001"
SHORT, LONG = 0.3, 3600.0
CHILD = """
import json, sys
from pathlib import Path
from events.personal import Erased, Sealed
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
url, master, epochs, lease = sys.argv[1:]
vault = Vault(url, EpochKeys(Path(master), Path(epochs)), float(lease))
for line in sys.stdin:
    found = vault.open(Sealed.model_validate_json(line))
    print(json.dumps("(erased)" if isinstance(found, Erased) else found), flush=True)
vault.close()
"""


def sealed_name(vault: Vault, who: PersonId = ADA, name: str = "Ada Tregenza") -> Sealed:
    event = PersonRegistered(person_id=who, full_name=name)
    found = vault.seal(event, EVENT, for_rules=False).full_name
    assert isinstance(found, Sealed)
    return found


@pytest.fixture
def opened(fresh: Engines) -> Iterator[Any]:
    """Vaults of several processes, each with a lease of its own."""
    with ExitStack() as stack:

        def another(lease: float, role: str = "commands") -> Vault:
            vault = Vault(fresh.vault[role], KEYS, lease)
            stack.callback(vault.close)
            return vault

        yield another


def test_within_its_lease_a_vault_uses_what_it_has_and_after_it_nothing_destroyed(
    opened: Any, owners: Vault
) -> None:
    within, after = opened(LONG), opened(0.0)
    mine, his = sealed_name(within), sealed_name(within, BEN, "Ben")
    for one in (within, after):
        assert (one.open(mine), one.open(his)) == ("Ada Tregenza", "Ben")
    owners.destroy(ADA)
    assert within.open(mine) == "Ada Tregenza", "or the rest would try nothing"
    assert after.open(mine) == Erased()
    assert after.open(his) == "Ben"


def test_a_lease_runs_out_by_itself(opened: Any, owners: Vault) -> None:
    soon = opened(SHORT)
    mine = sealed_name(soon)
    assert soon.open(mine) == "Ada Tregenza"
    owners.destroy(ADA)
    until(lambda: soon.open(mine) == Erased(), 10)


def test_the_lease_is_by_a_clock_that_goes_on_while_the_machine_sleeps() -> None:
    assert getattr(time, "CLOCK_BOOTTIME", CLOCK) == CLOCK
    assert CLOCK not in (time.CLOCK_REALTIME, time.CLOCK_PROCESS_CPUTIME_ID)


def test_after_it_nothing_is_sealed_confirmed_or_found_either(opened: Any, owners: Vault) -> None:
    after = opened(0.0)
    sealed_name(after)
    before = after.digest(b"{}", [ADA])
    assert not after.lacks([ADA])
    owners.destroy(ADA)
    with pytest.raises(ErasedAudience):
        sealed_name(after)
    assert after.digest(b"{}", [ADA]) != before
    assert after.lacks([ADA])
    after.hold([ADA])
    assert after.keys.gone(ADA)


def looks_for_nobody(vault: Vault) -> None:
    assert vault.people.find("nobody") == []


def holds_others(vault: Vault) -> None:
    vault.hold([CLEO])


def meets_somebody(vault: Vault) -> None:
    assert vault.people.card_of(BEN) is not None


@pytest.mark.parametrize("does", [looks_for_nobody, holds_others, meets_somebody])
def test_whatever_it_does_when_the_lease_has_run_out_it_opens_nothing_destroyed(
    opened: Any, owners: Vault, does: Any
) -> None:
    after = opened(0.0)
    after.people.meet([Arrival(BEN, Card("Ben", "ben@example.org"))], lambda who: who)
    mine = sealed_name(after)
    assert after.open(mine) == "Ada Tregenza"
    owners.destroy(ADA)
    does(after)
    assert after.open(mine) == Erased()


@pytest.mark.parametrize(("of", "name"), [(EpochKeys, "key"), (services.vault.vault, "_cipher")])
def test_what_was_read_before_a_key_was_destroyed_is_not_kept_after_it(
    opened: Any, owners: Vault, monkeypatch: pytest.MonkeyPatch, of: Any, name: str
) -> None:
    """One thread has just read a key when another sees that it was destroyed."""
    whole, begun, further = getattr(of, name), Event(), Event()

    def slowly(*given: Any) -> Any:
        found = whole(*given)
        if threading.current_thread().name.startswith("slow"):
            begun.set()
            assert further.wait(20)
        return found

    mine, his = sealed_name(owners), sealed_name(owners, BEN, "Ben")
    monkeypatch.setattr(of, name, slowly)
    vault = opened(0.0)
    with ThreadPoolExecutor(1, thread_name_prefix="slow") as pool:
        slow = pool.submit(vault.open, mine)
        assert begun.wait(20)
        owners.destroy(ADA)
        assert vault.open(his) == "Ben"
        further.set()
        assert slow.result() in ("Ada Tregenza", Erased()), "it began before"
    assert vault.open(mine) == Erased()


def test_many_threads_open_nothing_that_was_destroyed_before_they_began(
    opened: Any, owners: Vault
) -> None:
    """All share one vault, whose lease runs out all the time."""
    vault, done, number = opened(0.0), Event(), 4
    people = [person(f"somebody {one}") for one in range(12)]
    names = [sealed_name(vault, who, "Somebody") for who in people]
    destroyed: dict[str, float] = {}
    opening: set[tuple[str, float]] = set()

    def work() -> int:
        count = 0
        while not done.is_set():
            for one in names:
                began, found = time.monotonic(), vault.open(one)
                if not isinstance(found, Erased):
                    opening.add((one.audience, began))
                count += 1
        return count

    with ThreadPoolExecutor(number) as pool:
        workers = [pool.submit(work) for _ in range(number)]
        try:
            for who in people:
                owners.destroy(who)
                destroyed[who] = time.monotonic()
                seen = len(opening)
                until(lambda seen=seen, who=who: len(opening) > seen or who is people[-1])  # type: ignore[misc]  # bound
        finally:
            done.set()
        assert sum(one.result() for one in workers) > 100
    assert {who for who, _ in opening} == set(people)
    assert not [who for who, began in opening if began > destroyed[who]]


@contextmanager
def another_process(url: str, lease: float) -> Iterator[subprocess.Popen[str]]:
    """Opens what comes in, a line each; it is ended whatever happens."""
    words = [sys.executable, "-c", CHILD, url, str(KEYS.master), str(KEYS.file), str(lease)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen[str], sealed: Sealed) -> None:
    assert process.stdin
    process.stdin.write(f"{sealed.model_dump_json()}\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> Any:
    assert process.stdout
    return json.loads(process.stdout.readline())


def state(process: subprocess.Popen[str]) -> str:
    text = Path(f"/proc/{process.pid}/stat").read_text()
    return text.rpartition(")")[2].split()[0]


@pytest.mark.parametrize(("lease", "then"), [(SHORT, "(erased)"), (LONG, "Ada Tregenza")])
def test_a_process_that_was_stopped_for_longer_than_its_lease_opens_nothing_destroyed(
    fresh: Engines, vault: Vault, owners: Vault, lease: float, then: str
) -> None:
    """It has the request already when it goes on. With a long lease it opens, or this would try
    nothing.
    """
    mine, his = sealed_name(vault), sealed_name(vault, BEN, "Ben")
    with another_process(fresh.vault["notifier"], lease) as process:
        for sealed in (mine, his):
            send(process, sealed)
        assert [answer(process), answer(process)] == ["Ada Tregenza", "Ben"]
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: state(process) == "T")
        stopped = time.clock_gettime(CLOCK)
        owners.destroy(ADA)
        for sealed in (mine, his):
            send(process, sealed)
        until(lambda: time.clock_gettime(CLOCK) > stopped + SHORT)
        os.kill(process.pid, signal.SIGCONT)
        assert [answer(process), answer(process)] == [then, "Ben"]


def test_when_the_vault_is_away_nobody_knows_and_nothing_is_opened(
    fresh: Engines, vault: Vault
) -> None:
    mine = sealed_name(vault)

    async def play() -> None:
        url = fresh.vault["notifier"]
        way = Proxy(urlsplit(url).port or 0)
        await way.start()
        parts = urlsplit(url)
        there = parts._replace(netloc=parts.netloc.replace(str(parts.port), str(way.port)))
        after, within = (Vault(there.geturl(), KEYS, lease) for lease in (0.0, LONG))
        for one in (after, within):
            assert await asyncio.to_thread(one.open, mine) == "Ada Tregenza"
        way.mode = REFUSING
        way.cut()
        for attempt in (lambda: after.open(mine), lambda: after.lacks([ADA])):
            with pytest.raises(psycopg.Error):
                await asyncio.to_thread(attempt)
        assert await asyncio.to_thread(within.open, mine) == "Ada Tregenza"
        way.mode = OPEN
        assert await asyncio.to_thread(after.open, mine) == "Ada Tregenza"
        for one in (after, within):
            await asyncio.to_thread(one.close)
        await way.stop()

    asyncio.run(play())


def test_if_nothing_was_destroyed_meanwhile_nothing_is_dropped(
    opened: Any, fresh: Engines, vault: Vault
) -> None:
    """That others make keys changes nothing."""
    after = opened(0.0, "notifier")
    mine = sealed_name(vault)
    after.open(mine)
    held, drops = after.keys.held(ADA), after.keys.drops
    derived = after._opening[mine.audience, mine.key]
    sealed_name(vault, NOBODY, "Nobody")
    vault.people.meet([Arrival(BEN, Card("Ben", "ben@example.org"))], lambda who: who)
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("ALTER TABLE vault.keys RENAME TO away")
    for _ in range(3):
        assert after.open(mine) == "Ada Tregenza", "no key is looked up"
    assert after.keys.held(ADA) is held
    assert after._opening[mine.audience, mine.key] is derived
    assert after.keys.drops == drops
