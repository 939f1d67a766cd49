"""Engines that are frozen, or away, at every command: a sentence, soon, and no more."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import psycopg
import pytest
from nats.aio.msg import Msg

from services.clock import SystemClock
from services.dead_letters.faults import Fault
from services.dead_letters.parking import Parked, park
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.engines.embedded import embedded, free_ports
from services.files import write_whole
from services.operations.provisioning import provision
from services.vault.epochs import master_key
from services.vault.vault import Vault
from tests.scenes.at_work import client_of
from tests.scenes.credentials import let_in
from tests.scenes.forked import Call, Forks, forks
from tests.scenes.office import AS_SETTINGS
from tests.scenes.terminal import EXAMPLE, UP
from tests.scenes.tokens import tokens_in
from tests.scenes.watching import frozen, nothing_runs_in, until
from tests.scenes.world import keys_in

pytestmark = pytest.mark.patient
SOON: Final = 10.0  # seconds, within which everybody is told
WHY: Final = ("--reason", "a test", "--who", "olive")
COHORT: Final = "cohort_01m8dfz7fpfn39jsq7c2z98swq"
IMPORT: Final = "import_01m8dfz7fpfn39jsq7c2z98swq"
WORKSHOP: Final = "workshop_01m8dfz7fpfn39jsq7c2z98swq"
PERSON: Final = "person_01m8dfz7fpfn39jsq7c2z98swq"
POSTGRES, NATS = "postgres", "nats"
AT_HOME: Final = "identity name"  # on engines of one's own alone
AWAY: Final = {POSTGRES: "PostgreSQL does not answer", NATS: "NATS does not answer"}
# The smallest arguments of each command, and the engines without which it can't be done.
COMMANDS: Final[dict[str, tuple[Sequence[object], tuple[str, ...]]]] = {
    "provision": ((), (POSTGRES, NATS)),
    "import applications": ((EXAMPLE, "--cohort", COHORT), (NATS,)),
    "import list": ((), (NATS,)),
    "import show": ((IMPORT,), (NATS,)),
    "import take-back": ((IMPORT, "--reason", "import.wrong-file", "--yes"), (NATS,)),
    "assign": ((COHORT, "--yes"), (NATS,)),
    "register": ((WORKSHOP, "--came", EXAMPLE, "--yes"), (NATS,)),
    "matching show": ((COHORT,), (NATS,)),
    "matching why": ((PERSON,), (NATS,)),
    "matching why-not": ((PERSON, PERSON), (NATS,)),
    "matching what-if": ((COHORT, "--weight", "area.same=1"), (NATS,)),
    "grant": ((PERSON,), (POSTGRES,)),
    AT_HOME: ((PERSON,), (POSTGRES,)),
    "do": (("cohort.cancel", '{"cohort_id": "' + COHORT + '"}'), (NATS,)),
    "show": (("people",), (POSTGRES,)),
    "people find": (("ada",), (POSTGRES,)),
    "people shared": ((), (POSTGRES,)),
    "events": ((), (NATS,)),
    "credentials list": ((), (NATS,)),
    "credentials make": (("gp-portal", "--out", "-"), (NATS,)),
    "credentials reset": (("gp-portal", "--to", "start"), (NATS,)),
    "credentials withdraw": (("gp-portal", *WHY), (NATS,)),
    "status": ((), (POSTGRES, NATS)),
    "ops dead-letters": ((), (POSTGRES,)),
    "ops show": ((1,), (POSTGRES,)),
    "ops check": ((), (POSTGRES,)),
    "ops orders": ((), (POSTGRES,)),
    "ops redrive": (("--yes", *WHY), (POSTGRES,)),
    "ops discard": ((1, "--yes", *WHY), (POSTGRES,)),
    "ops bounces": ((EXAMPLE,), (POSTGRES,)),
    "ops notice": (("a", "b", "c", "--sent", *WHY), (POSTGRES,)),
    "ops pause": (("relay", *WHY), (POSTGRES,)),
    "ops resume": (("relay", *WHY), (POSTGRES,)),
    "ops replay": (
        ("policies", "--from", 1, "--effects", "only-missing", "--yes", *WHY),
        (POSTGRES,),
    ),
    "ops rebuild": (("people", *WHY), (POSTGRES,)),
    "ops rollback": (("people", "--yes", *WHY), (POSTGRES,)),
    "ops stream rebuild": (("--yes", *WHY), (POSTGRES, NATS)),
    "ops stream replaced": ((), (POSTGRES,)),
    "ops stream verify": ((), (POSTGRES, NATS)),
    "vault rotate audiences": ((), (POSTGRES,)),
    "vault rotate epoch": ((), (POSTGRES,)),
    "vault rotate master": ((), (POSTGRES,)),
    "vault status": ((), (POSTGRES,)),
}
# Those that bring engines of their own, wait for one until it is back, or need none.
OTHERS: Final = {
    *("up", "demo", "run"),
    *("identity check", "identity status", "identity sign-in", "identity sign-out"),
    *("identity keys list", "identity keys rotate", "identity token"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of engines that run, with a vault, and no workers."""
    folder = tmp_path_factory.mktemp("frozen") / "data"
    with embedded(folder, fsync=False) as engines:
        asyncio.run(provision(engines))
        asyncio.run(let_in(engines, folder))
        master_key(folder / "master.key", create=True)
        with closing(Vault(engines.vault["commands"], keys_in(folder))) as vault:
            vault.prove(begin=True)
        tokens_in(folder)
        write_whole(folder / "token", "a-token")
        yield folder


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("called")) as one:
        yield one


def engines_in(data: Path) -> Engines:
    return Engines.model_validate_json((data / "engines.json").read_bytes())


def told(call: Call, engine: str) -> None:
    """What is said of an engine that is frozen: in a line, or within the report of `status`."""
    said = call.out if call.words[0] == "status" else call.err
    assert AWAY[engine] in said, (call.words, call.out, call.err)
    assert "Traceback" not in call.out + call.err
    assert call.code == 3, (call.words, call.err)
    if call.words[0] != "status":
        assert said.removeprefix("Importing\n").count("\n") == 1, (call.words, call.err)


def started(called: Forks, data: Path, engine: str) -> list[Call]:
    return [
        called.start(*name.split(), *words, LT_DATA=data)
        for name, (words, needed) in COMMANDS.items()
        if engine in needed
    ]


def test_nobody_waits_for_a_frozen_database(data: Path, called: Forks) -> None:
    engines = engines_in(data)
    with psycopg.connect(engines.programme["policies"], autocommit=True) as connection:
        park(connection, Parked("policies", "ada", 1, "x"), Fault("e", "p"), SystemClock().now())
    with ExitStack() as there:  # workers that run, and have other things to do
        for worker in ("policies", "projector"):
            there.enter_context(psycopg.connect(engines.programme[worker]))
        begun = [
            called.start(*words, LT_DATA=data)
            for words in (
                ("ops", "redrive", "--worker", "policies", "--yes", *WHY),
                ("ops", "rebuild", "people", *WHY),
                ("show", "notices", "--follow"),
            )
        ]
        with psycopg.connect(engines.programme["console"], autocommit=True) as reader:
            count = "SELECT count(*) FROM work.orders WHERE finished_at IS NULL"
            until(lambda: reader.execute(count).fetchone() == (2,))
        with frozen(data, POSTGRES):
            calls = started(called, data, POSTGRES)
            called.wait(*begun, *calls)
    for call in (*begun, *calls):
        told(call, POSTGRES)
    assert max(call.seconds for call in calls) < SOON
    assert all("The order stands" in call.err for call in begun[:2])


class SlowDoor:
    """Somebody at the door who refuses everything, and takes their time."""

    def __init__(self, engines: Engines) -> None:
        self.heard = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._answer(engines)))
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    async def _answer(self, engines: Engines) -> None:
        async def refuse(message: Msg) -> None:
            await asyncio.sleep(0.3)
            self.heard.set()
            reply = Reply(status="refused", code="not.now", sentence="Not now.")
            if message.subject.endswith("import.begin"):  # or no row would be sent
                reply = Reply(status="accepted", events=())
            await message.respond(reply.encoded())

        async with client_of(engines, "commands") as client:
            await client.subscribe("lt.command.>", cb=refuse)
            await asyncio.to_thread(self._over.wait)


def test_nobody_waits_for_a_frozen_bus(data: Path, called: Forks) -> None:
    engines = engines_in(data)
    with closing(SlowDoor(engines)) as door:
        words, _ = COMMANDS["import applications"]
        begun = called.start("import", "applications", *words, LT_DATA=data)
        assert door.heard.wait(10)
        with frozen(data, NATS):
            calls = started(called, data, NATS)
            called.wait(begun, *calls)
    for call in (begun, *calls):
        told(call, NATS)
    assert max(call.seconds for call in calls) < SOON
    assert "What is in stays; run the import again" in begun.err


def test_engines_that_are_away_are_told_at_every_command(data: Path, called: Forks) -> None:
    postgres, nats = free_ports(2)
    away = {
        **AS_SETTINGS,
        "LT_DATABASE_URL": f"postgresql://owner@127.0.0.1:{postgres}/programme",
        "LT_NATS_URL": f"nats://127.0.0.1:{nats}",
        "LT_MASTER_KEY_FILE": data / "master.key",
        "LT_EPOCH_KEYS_FILE": data / "epochs.keys",
        "LT_DATA": data,
        "LT_TOKEN_FILE": data / "token",
    }
    calls = [
        called.start(*name.split(), *words, **away)
        for name, (words, _) in {**COMMANDS, "up": ((), ())}.items()
        if name != AT_HOME
    ]
    called.wait(*calls)
    for call in calls:
        told(call, POSTGRES if AWAY[POSTGRES] in call.out + call.err else NATS)


def test_ctrl_c_ends_what_has_engines_of_its_own_though_they_are_frozen(
    tmp_path: Path, called: Forks
) -> None:
    folder = tmp_path / "data"
    up = called.start("up", LT_DATA=folder)
    until(lambda: UP in up.out)
    with frozen(folder, POSTGRES), frozen(folder, NATS):
        os.kill(up.pid, signal.SIGINT)
        called.wait(up)
        assert nothing_runs_in(folder)
    assert (up.code, up.out.splitlines()[-1].partition(";")[0]) == (0, "Stopped")
