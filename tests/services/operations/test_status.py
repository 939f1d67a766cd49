"""`status` over processes that can be frozen: what stands still is told, whatever it says."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from services.crew import CREW, NAMES, STREAM
from services.dead_letters.faults import Fault
from services.dead_letters.orders import By, give
from services.dead_letters.parking import Parked, park
from services.door.asking import ask
from services.door.replies import Reply
from services.engines.addresses import Engines
from services.engines.embedded import embedded, free_ports
from services.engines.seeds import fresh_seed
from services.operations import standstill, status, troubles, waiting
from services.operations.bus import others_consumers
from services.operations.provisioning import provision
from services.operations.status import Look, look, look_twice
from services.operations.status_json import as_json
from services.operations.waiting import carried_out
from services.patience import in_haste
from services.stream.connections import connection_of
from services.vault.epochs import master_key
from tests.scenes.at_work import client_of
from tests.scenes.for_who_asked import for_who_asked
from tests.scenes.forked import Call, Forks, forks
from tests.scenes.team import RUTH, ruth_comes
from tests.scenes.tokens import tokens_in
from tests.scenes.watching import until
from tests.scenes.world import a_plan

pytestmark = pytest.mark.patient
STILL: Final = 1.0  # seconds after which something stands still, for these tests
RUNBOOK: Final = Path(__file__).parents[3] / "docs" / "runbook.md"


class Crew:
    """Engines, and a process for each worker on them."""

    def __init__(self, engines: Engines, data: Path, called: Forks) -> None:
        self.engines, self.data, self.called = engines, data, called
        self.tokens = tokens_in(data)
        (nobody,) = free_ports(1)
        smtp = {"LT_SMTP_URL": f"smtp://127.0.0.1:{nobody}", "LT_LETTERS_WAIT": "no"}
        self.workers = {
            name: called.start("run", name, LT_DATA=data, **(smtp if name == "notifier" else {}))
            for name in NAMES
        }

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """These stop where they are, for a while."""
        for name in names:
            os.kill(self.workers[name].pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for name in names:
                os.kill(self.workers[name].pid, signal.SIGCONT)

    def seen(self) -> Look:
        with in_haste():
            return asyncio.run(look_twice(self.engines))

    def wrong(self) -> list[str]:
        return self.wrong_in(self.seen())

    def settled(self) -> None:
        """Wait until nothing is wrong, and everybody is where the log is."""
        until(lambda: (one := asyncio.run(look(self.engines))).is_level and not self.wrong_in(one))

    def wrong_in(self, one: Look) -> list[str]:
        return troubles.troubles(one)

    def is_told(self, *words: str) -> str:
        """Wait until all these words are in one trouble; that one."""

        def there() -> list[str]:
            return [one for one in self.wrong() if all(word in one for word in words)]

        return until(there)[0]

    def asks(self, name: str, **data: Any) -> Reply:
        async def asking() -> Reply:
            async with connection_of("client", self.engines.nats["client"]) as client:
                asked = {"data": data, **for_who_asked(name, data)}
                return await ask(client, name, asked, token=self.tokens.of(RUTH))

        reply = asyncio.run(asking())
        assert reply.status == "accepted", reply
        return reply

    def connected(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.engines.programme[role], autocommit=True)


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    data = tmp_path_factory.mktemp("status") / "data"
    with (
        embedded(data, fsync=False) as engines,
        forks(tmp_path_factory.mktemp("workers")) as called,
    ):
        asyncio.run(provision(engines))
        master_key(data / "master.key", create=True)
        ruth_comes(data, engines)
        yield Crew(engines, data, called)


@pytest.fixture(autouse=True)
def _soon(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is long enough here; and each test begins when all is well."""
    for where in (standstill, troubles):
        monkeypatch.setattr(where, "STILL", STILL)
    monkeypatch.setattr(status, "BETWEEN", 0.3)
    crew.settled()


def test_where_all_is_well_nothing_is_told(crew: Crew) -> None:
    crew.asks("cohort.plan", **a_plan())
    crew.settled()
    seen = crew.seen()
    assert all(seen.runs(one.name) for one in CREW if not one.apart)
    assert {one.position for one in seen.places if one.kind != "scheduler"} == {seen.head}
    calls = [crew.called.start("status", *words, LT_DATA=crew.data) for words in ((), ("--json",))]
    crew.called.wait(*calls)
    assert [call.code for call in calls] == [0, 0], [call.out for call in calls]
    assert calls[0].out.endswith("All is well.\n")
    told = json.loads(calls[1].out)
    assert told["troubles"] == []
    assert told.keys() == as_json(seen).keys() | {"troubles"}
    rows = RUNBOOK.read_text().partition("### `status` for machines")[2].partition("## ")[0]
    first_cells = "".join(re.findall(r"^\|(.*?)\|", rows, re.MULTILINE))
    named = set(re.findall(r"`(\w+)`", first_cells))
    assert named == told.keys() - {"notices_problem"}, "each key stands in the runbook"


def test_relay_and_projector_that_are_frozen_are_seen_by_what_they_leave_undone(crew: Crew) -> None:
    before = crew.seen()
    with crew.frozen("relay", "projector"):
        for _ in range(5):
            crew.asks("cohort.plan", **a_plan())
        told = crew.is_told("relay stands still", "It is 5 events behind")
        assert "It does not say why: see its log, and start it anew." in told
        seen = crew.seen()
        assert seen.head == (before.head or 0) + 5
        (relay,) = seen.of("relay")
        assert (relay.behind, relay.pace, relay.holds) == (5, 0, True)
        assert relay.seconds
        assert relay.seconds > STILL
        assert not [one for one in troubles.troubles(seen) if "notifier" in one], "it waits"
    crew.settled()
    with crew.frozen("projector"):
        crew.asks("cohort.plan", **a_plan())
        crew.is_told("projector stands still", "It is 1 event behind")
    crew.settled()


def test_somebody_who_is_behind_and_moves_is_no_trouble(crew: Crew) -> None:
    with crew.frozen("policies"):
        for _ in range(3):
            crew.asks("cohort.plan", **a_plan())
        crew.is_told("policies stands still")
        before = crew.seen()
    until(lambda: asyncio.run(look(crew.engines)).is_level)
    after = asyncio.run(look(crew.engines, before))
    (policies,) = after.of("policies")
    assert policies.pace
    assert policies.pace > 0
    moving = [one._replace(behind=9, seconds=999.0) for one in after.places]
    assert not [one for one in moving if one.pace and standstill.stands_still(one, after)]


def test_a_door_that_is_frozen_answers_nothing(crew: Crew) -> None:
    with crew.frozen("commands"):
        crew.is_told("commands runs, and does not answer.")


def test_a_scheduler_that_is_frozen_lets_things_fall_due(crew: Crew) -> None:
    (planned,) = crew.asks("cohort.plan", **a_plan()).events or ()
    crew.settled()
    with crew.frozen("scheduler"):
        crew.asks("cohort.open-applications", cohort_id=planned.subject)
        crew.is_told("scheduler stands still. Not settled of what fell due: 2, the oldest for")
    crew.settled()


def interested(crew: Crew) -> None:
    """Somebody is to hear from us."""
    ids = crew.asks("person.register", full_name="Ada Tregenza", email="ada@example.org").ids or {}
    crew.asks("person.give-consent", person_id=ids["person_id"])
    crew.asks("interest.express", person_id=ids["person_id"])


def test_a_mail_server_that_is_away_is_told_within_seconds(crew: Crew) -> None:
    interested(crew)
    told = crew.is_told("Notices due: 1, the oldest for")
    assert "the mail server can't be reached (ConnectionRefusedError)" in told
    with crew.connected("notifier") as connection:
        connection.execute("UPDATE work.notices SET state = 'sent', problem = NULL")


def test_a_notifier_that_is_frozen_leaves_a_notice_due(crew: Crew) -> None:
    with crew.connected("notifier") as connection, crew.frozen("notifier"):
        connection.execute(
            "INSERT INTO work.notices (position, cause, person, template, fact, due_at)"
            " VALUES (1, 'x', 'y', 'z', 'cohort.planned', now() - interval '3 s')"
        )
        crew.is_told("Notices due: 1, the oldest for 3 s, and nobody has tried to send them")
        connection.execute("UPDATE work.notices SET state = 'failed'")
    crew.is_told("Notices failed: ", "the oldest due ")
    with crew.connected("notifier") as connection:
        connection.execute("UPDATE work.notices SET state = 'sent'")


def test_a_worker_that_is_away_or_told_to_rest_is_told_with_what_waits(crew: Crew) -> None:
    with crew.frozen("policies"), crew.connected("operator") as connection:
        connection.execute("INSERT INTO work.paused VALUES ('policies', now(), 'olive', 'noon')")
        crew.asks("cohort.plan", **a_plan())
        crew.is_told("policies was told to rest by olive", ": noon. It is 1 event behind")
        connection.execute("DELETE FROM work.paused")
    crew.settled()
    crew.workers["policies"] = restarted(crew, "policies")
    crew.settled()


def restarted(crew: Crew, name: str) -> Call:
    old = crew.workers[name]
    os.kill(old.pid, signal.SIGKILL)
    crew.called.wait(old)
    crew.is_told(f"{name} is not running.")
    return crew.called.start("run", name, LT_DATA=crew.data)


def test_an_order_that_nobody_carries_out_is_told(crew: Crew) -> None:
    with crew.connected("operator") as connection, crew.frozen("projector"):
        give(connection, "rebuild", "people", By("olive", "a test", datetime.now(UTC)))
        crew.is_told("(rebuild of people) is not carried out")
    crew.settled()


class EnoughError(Exception):
    pass


def test_whoever_waits_for_a_worker_that_does_nothing_is_told(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(worker: str) -> None:
        raise EnoughError(worker)

    monkeypatch.setattr(waiting, "STILL", STILL)
    with crew.connected("operator") as connection, crew.frozen("projector"):
        me = By("olive", "a test", datetime.now(UTC))
        number = give(connection, "rebuild", "people", me)
        with pytest.raises(EnoughError, match="projector"):
            carried_out(connection, [number], lambda _: None, [], enough)
    crew.settled()


def test_dead_letters_are_told_with_the_age_of_the_oldest(crew: Crew) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3, minutes=1)
    with crew.connected("policies") as connection:
        park(connection, Parked("policies", "ada", 1, "x"), Fault("e", "p"), long_ago)
        crew.is_told("Events not taken in: 1, the oldest 3 days ago.")
        connection.execute("UPDATE work.letters SET state = 'discarded'")


async def bounded(crew: Crew, most: int) -> None:
    """The stream may have so many bytes."""
    async with client_of(crew.engines) as owner:
        config = (await owner.jetstream().stream_info(STREAM)).config
        config.max_bytes = most
        await owner.jetstream().update_stream(config)


def test_a_full_store_is_told_and_that_the_relay_runs(crew: Crew) -> None:
    stream = crew.seen().bus
    assert stream
    assert stream.stream
    asyncio.run(bounded(crew, max(stream.stream.size, 1)))
    try:
        crew.asks("cohort.plan", **a_plan())
        told = crew.is_told("The stream has come to its bound, so the relay, which runs")
        assert "It is 1 event behind" in told
        asyncio.run(bounded(crew, 2**30))  # what now keeps it only the relay itself knows
        with crew.frozen("relay"):
            crew.asks("cohort.plan", **a_plan())
            complains(crew, "full", "NATS has no room for more.")
            crew.is_told("NATS has no room for more events, so the relay, which runs")
            complains(crew, "away", "NATS does not answer.")
            crew.is_told("The relay runs, and NATS, which answers, does not take what it brings")
    finally:
        asyncio.run(bounded(crew, -1))
    with crew.connected("relay") as connection:
        connection.execute("UPDATE work.complaints SET told_at = now() - interval '1 h'")
    crew.settled()


def complains(crew: Crew, kind: str, problem: str) -> None:
    with crew.connected("relay") as connection:
        connection.execute(
            "INSERT INTO work.complaints (worker, fault, problem) VALUES ('relay', %s, %s)"
            " ON CONFLICT (worker) DO UPDATE SET fault = excluded.fault, told_at = now(),"
            " problem = excluded.problem",
            (kind, problem),
        )


@pytest.mark.parametrize("role", ["console", "client"])
def test_an_engine_that_refuses_us_is_not_one_that_is_away(crew: Crew, role: str) -> None:
    programme, nats = dict(crew.engines.programme), dict(crew.engines.nats)
    if role == "console":
        url = programme[role]
        programme[role] = url.replace(str(urlsplit(url).password), "not-ours")
    else:
        nats[role] = nats[role].model_copy(update={"seed": fresh_seed()})
    engines = crew.engines.model_copy(update={"programme": programme, "nats": nats})
    with in_haste():
        seen = asyncio.run(look(engines))
    (fault,) = seen.faults.values()
    assert fault.kind == "refused"
    (told,) = [one for one in troubles.troubles(seen) if "refuses" in one]
    assert "Correct the user or the password in its URL" in told


def test_a_disk_that_is_nearly_full_is_told(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "LITTLE_ROOM", 2**62)
    seen = asyncio.run(look(crew.engines, data=crew.data))
    assert [one for one in troubles.troubles(seen) if "The disk of the data folder has" in one]


def test_subscribers_are_seen_and_are_nobodys_trouble(crew: Crew) -> None:
    async def subscribe() -> None:
        async with client_of(crew.engines) as owner:
            config = ConsumerConfig(durable_name="crm", ack_policy=AckPolicy.EXPLICIT)
            await owner.jetstream().add_consumer(STREAM, config)

    asyncio.run(subscribe())
    seen = crew.seen()
    (crm,) = [one for one in seen.places if one.kind == "subscriber"]
    assert (crm.name, crm.position, crm.behind) == ("crm", 0, seen.head)
    assert troubles.troubles(seen) == []


def test_whoever_may_not_see_the_subscribers_sees_the_rest(crew: Crew) -> None:
    nats = {**crew.engines.nats, "client": crew.engines.nats["operator"]}
    with in_haste():
        found = asyncio.run(others_consumers(crew.engines.model_copy(update={"nats": nats})))
    assert found is None


def test_a_clock_that_is_ahead_is_told_and_hides_no_standstill(crew: Crew) -> None:
    seen = crew.seen()
    assert seen.database
    ahead = replace(seen, database=seen.database._replace(ahead=7200.0))
    (told,) = troubles.troubles(ahead)
    assert told.startswith("The last event bears a time 2 h ahead of the database's clock")
    (policies,) = seen.of("policies")
    stood = policies._replace(behind=1, moved_at=seen.at - timedelta(seconds=STILL + 1))
    for seconds, pace, stands in ((None, 0.0, True), (None, None, False), (0.1, 0.0, False)):
        one = stood._replace(seconds=seconds, pace=pace)
        assert standstill.stands_still(one, seen) is stands


def test_looks_go_on_until_somebody_has_seen_enough(crew: Crew) -> None:
    watching = crew.called.start("status", "--watch", "--json", LT_DATA=crew.data)
    until(lambda: watching.out.count("\n") >= 2)
    os.kill(watching.pid, signal.SIGINT)
    crew.called.wait(watching)
    assert (watching.code, watching.err) == (0, "")
    first, second, *_ = map(json.loads, watching.out.splitlines())
    assert first["at"] < second["at"]
    assert {one["pace"] for one in second["places"] if one["position"] is not None} == {0}


def test_a_place_beyond_the_log_is_told_at_once_with_what_to_do(crew: Crew) -> None:
    move = "UPDATE work.places SET position = position + %s WHERE worker = 'policies'"
    with crew.frozen("policies"), crew.connected("policies") as connection:
        connection.execute(move, (1000,))
        told = crew.wrong()[0]
        connection.execute(move, (-1000,))
    assert told.startswith("policies is at position 10")
    assert f"and the log ends at {crew.seen().head}." in told
    assert "`leading-together ops stream verify` tells" in told
