"""Credentials of services at the command line: what each lets its service do, and nobody else."""

import asyncio
import json
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError

from services.__main__ import main
from services.crew import FOLLOWERS, STREAM
from services.engines.addresses import ENGINES_FILE, BusAddress, Engines
from services.engines.bus import BUS_USERS
from services.engines.credentials import listed, subscribers
from services.files import write_whole
from services.operations.provisioning import provision
from services.operations.standings import standings
from services.patience import in_haste
from services.stream.connections import connected
from services.workers import relay
from tests.scenes.at_work import at_work, client_of, eventually, recorded_in
from tests.scenes.credentials import (
    PORTAL,
    Service,
    connection_as,
    kept_out,
    let_ask,
    let_in,
    nobody_is_left,
    plain,
)
from tests.scenes.streams import copied, rows
from tests.scenes.world import station

Calls = Callable[..., Result]
WHY = ("--reason", "a test", "--who", "olive")
NO_NAMES = (
    *("../x", "gp portal", "", "x", "x" * 200, "GP", "gp.portal", "*", ">", "portál", "-x"),
    *("gp\n", "\x1b[2Jgp"),
)


@pytest.fixture
def lt(bus: Engines, home: Path) -> Iterator[Calls]:
    """The command line on the engines that have a stream; in the end nobody has a credential."""

    def called(*words: object) -> Result:
        runner = CliRunner()
        return runner.invoke(main, list(map(str, words)), env={"LT_DATA": str(home)})

    yield called
    asyncio.run(nobody_is_left(bus, home))


def test_a_seed_is_kept_in_a_file_that_only_its_owner_may_read_and_told_nobody_else(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "portal.seed"
    said = lt("credentials", "make", PORTAL, "--out", out, "--who", "olive")
    assert said.exit_code == 0, said.output
    seed = out.read_text().strip()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (seed[:2], len(seed)) == ("SU", 58)
    assert str(out) in said.stdout
    for told in (said.output, *(file.read_text() for file in home.glob("*.json"))):
        assert seed not in told
    asyncio.run(comes_in(Service(PORTAL, BusAddress(url=plain(bus), seed=seed))))


async def comes_in(one: Service) -> None:
    async with connection_as(one) as client:
        await client.jetstream().consumer_info(STREAM, one.name)


def test_a_seed_is_printed_if_that_is_asked_for(lt: Calls) -> None:
    said = lt("credentials", "make", PORTAL, "--out", "-")
    assert (said.stdout[:2], len(said.stdout)) == ("SU", 59)
    assert json.loads(lt("credentials", "make", "crm", "--out", "-", "--json").stdout)["seed"]


def test_what_the_bus_was_not_told_is_not_done(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    """The operator may not have it read anything."""
    others = bus.model_copy(update={"nats": {**bus.nats, "system": bus.nats["operator"]}})
    ours = (home / ENGINES_FILE).read_text()
    try:
        write_whole(home / ENGINES_FILE, others.model_dump_json())
        made = lt("credentials", "make", PORTAL, "--out", tmp_path / "portal.seed")
        gone = lt("credentials", "withdraw", PORTAL, *WHY, "--json")
    finally:
        write_whole(home / ENGINES_FILE, ours)
    assert (made.exit_code, "The bus could not be told." in made.output) == (3, True)
    assert (gone.exit_code, json.loads(gone.stdout)["in_force"]) == (3, False)


def test_where_nobody_may_look_the_place_is_not_called_missing(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    assert lt("credentials", "make", PORTAL, "--out", tmp_path / "portal.seed").exit_code == 0
    blind = bus.model_copy(update={"nats": {**bus.nats, "client": bus.nats["scheduler"]}})
    with in_haste():
        (one,) = asyncio.run(standings(blind, home))
    assert (one.consumer, one.is_consumer_known) == (None, False)


def test_no_file_is_written_over_and_then_nothing_is_made(
    lt: Calls, home: Path, tmp_path: Path
) -> None:
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_text("kept")
    link.symlink_to(tmp_path / "elsewhere")
    for out in (there, link, tmp_path / "no" / "folder"):
        said = lt("credentials", "make", PORTAL, "--out", out)
        assert said.exit_code == 1
        assert "name another file with --out" in said.stderr
    assert there.read_text() == "kept"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["link", "there"]
    assert listed(home) == []


def test_what_is_no_name_or_one_of_ours_is_refused_with_a_sentence(
    lt: Calls, bus: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    told = dict.fromkeys(NO_NAMES, "A name has 2 to 40 small letters, digits and hyphens")
    told |= {user.name: f"{user.name} is a user of our own" for user in BUS_USERS}
    for name, sentence in told.items():
        for words in (("make",), ("withdraw", *WHY), ("reset", "--to", "1")):
            said = lt("credentials", *words, "--", name)
            assert (said.exit_code, said.stdout) == (1, ""), said.output
            assert said.stderr.startswith(sentence), said.stderr
    assert [file.name for file in tmp_path.rglob("*")] == ["here"]
    asyncio.run(still_there(bus))


async def still_there(bus: Engines) -> None:
    async with client_of(bus) as owner:
        for worker in FOLLOWERS:
            assert await owner.jetstream().consumer_info(STREAM, worker)


def test_what_is_not_there_is_neither_withdrawn_nor_reset_nor_made_twice(lt: Calls) -> None:
    for words in (("withdraw", *WHY), ("reset", "--to", "1")):
        said = lt("credentials", *words, "never-there")
        assert said.exit_code == 1
        assert said.stderr.startswith("There is no credential never-there")
    assert lt("credentials", "make", PORTAL, "--out", "-").exit_code == 0
    said = lt("credentials", "make", PORTAL, "--out", "-")
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(f"There is a credential {PORTAL}")
    said = lt("credentials", "withdraw", PORTAL)
    assert (said.exit_code, said.stderr.partition(",")[0]) == (2, "Say why")


def test_the_list_says_who_is_connected_and_how_far_behind(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    def seen() -> dict[str, Any]:
        (row,) = (
            json.loads(one) for one in lt("credentials", "list", "--json").stdout.splitlines()
        )
        return dict(row)

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 5)
        one = await let_in(bus, home)
        row = await asyncio.to_thread(seen)
        assert (row["name"], row["subjects"], row["made_by"]) == (PORTAL, ["lt.event.>"], "olive")
        assert (row["connected"], row["place"], row["behind"]) == (False, 0, 5)
        async with connection_as(one) as client:
            for message in await pulled(client, 3):
                await message.ack_sync()
            row = await asyncio.to_thread(seen)
            assert (row["connected"], row["place"], row["behind"]) == (True, 3, 2)
            table = await asyncio.to_thread(lt, "credentials", "list")
            assert table.stdout.splitlines()[1].split("\t")[5].startswith("for ")

    assert lt("credentials", "list").stdout.startswith("There is no credential")
    asyncio.run(scene())


def test_who_asks_is_listed_as_such_and_follows_nothing(
    lt: Calls, bus: Engines, tmp_path: Path
) -> None:
    out = tmp_path / "ruth.seed"
    for more in (("--subjects", "lt.event.>"), ("--from", "now"), ("--from", "start")):
        said = lt("credentials", "make", "ruth", "--asks", *more, "--out", out)
        assert (said.exit_code, "with --asks nobody follows" in said.output) == (2, True)
    assert not out.exists()
    said = lt("credentials", "make", "ruth", "--asks", "--out", out, "--who", "olive")
    assert (said.exit_code, said.stdout.count("ruth may ask:")) == (0, 1), said.output
    address = plain(bus).replace("//", "//ruth@")
    assert f"LT_NATS_URL says {address}" in said.stdout
    row = json.loads(lt("credentials", "list", "--json").stdout)
    assert (row["name"], row["kind"], row["made_by"]) == ("ruth", "asker", "olive")
    assert (row["subjects"], row["place"], row["behind"]) == ([], None, None)
    assert (row["connected"], row["acknowledged"]) == (False, None)
    cells = lt("credentials", "list").stdout.splitlines()[1].split("\t")
    assert (cells[:3], cells[5:]) == (["ruth", "asker", ""], ["no", "", ""])
    again = lt("credentials", "make", "ruth", "--out", tmp_path / "other.seed")
    assert (again.exit_code, again.stderr[:28]) == (1, "There is a credential ruth. ")
    reset = lt("credentials", "reset", "ruth", "--to", "1")
    assert (reset.exit_code, reset.stderr[:29]) == (1, "ruth asks and follows nothing")

    async def scene() -> None:
        one = BusAddress(url=address, seed=out.read_text().strip())
        async with await connected("client", one):
            row = json.loads((await asyncio.to_thread(lt, "credentials", "list", "--json")).stdout)
            assert row["connected"]
        async with client_of(bus) as owner:
            with pytest.raises(NotFoundError):
                await owner.jetstream().consumer_info(STREAM, "ruth")

    asyncio.run(scene())


async def pulled(client: Client, number: int) -> Sequence[Any]:
    events = await client.jetstream().pull_subscribe_bind(PORTAL, stream=STREAM)
    found = await events.fetch(number, 5)
    await events.unsubscribe()
    return found


def test_who_is_withdrawn_while_connected_hears_nothing_more_and_can_not_come_back(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    async def scene() -> None:
        here = station(bus, tmp_path)
        await copied(bus, here, 2)
        one, other = await let_in(bus, home), await let_in(bus, home, "crm")
        once = connection_as(one, allow_reconnect=False)
        async with once as client, connection_as(other) as stays:
            assert len(await pulled(client, 2)) == 2
            events = await client.jetstream().pull_subscribe_bind(PORTAL, stream=STREAM)
            waiting = asyncio.create_task(events.fetch(1, 10))
            said = await asyncio.to_thread(lt, "credentials", "withdraw", PORTAL, *WHY)
            assert said.exit_code == 0, said.output
            await eventually(lambda: not client.is_connected, 1)
            await copied(bus, here, 3)
            with pytest.raises(NatsError):
                await waiting
            assert not client.is_connected
            assert stays.stats["reconnects"] == 0
            assert (await stays.jetstream().consumer_info(STREAM, "crm")).num_pending == 5
        with pytest.raises(NatsError):
            await comes_in(one)
        async with client_of(bus) as owner:
            with pytest.raises(NotFoundError):
                await owner.jetstream().consumer_info(STREAM, PORTAL)

    asyncio.run(scene())


def test_one_subscriber_can_do_nothing_with_anothers_consumer_nor_overhear_it(
    bus: Engines, home: Path, tmp_path: Path, lt: Calls
) -> None:
    """Whatever is tried is refused, or nobody answers; and the other is as it was."""

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 4)
        mine, theirs = await let_in(bus, home, "crm"), await let_in(bus, home)
        heard: list[Any] = []

        async def hear(message: Any) -> None:
            heard.append(message)

        async with connection_as(mine) as client, connection_as(theirs) as victim:
            for subject in (">", "_INBOX.>", f"_INBOX_{PORTAL}.>", "lt.event.>", "$JS.ACK.>"):
                await client.subscribe(subject, cb=hear)
            (first,) = await pulled(victim, 1)

            async def attempt(what: str, body: bytes) -> None:
                with suppress(NatsError):
                    answer = await client.request(what, body, timeout=0.5)
                    heard.append((what, answer.data))

            await asyncio.gather(*(attempt(*one) for one in attempts(first.reply)))
            (second,) = await pulled(victim, 1)
            assert second.metadata.sequence.stream == 2
            state = await victim.jetstream().consumer_info(STREAM, PORTAL)
            assert (state.num_ack_pending, state.num_pending) == (2, 2)
            assert heard == []

    asyncio.run(scene())


def attempts(reply: str) -> list[tuple[str, bytes]]:
    api = "$JS.API.CONSUMER"
    config = {"durable_name": PORTAL, "deliver_policy": "all", "ack_policy": "none"}
    made = json.dumps({"stream_name": STREAM, "config": config}).encode()
    return [
        (f"{api}.MSG.NEXT.{STREAM}.{PORTAL}", b'{"batch": 5, "expires": 100000000}'),
        (f"{api}.INFO.{STREAM}.{PORTAL}", b""),
        (f"{api}.DELETE.{STREAM}.{PORTAL}", b""),
        (f"{api}.RESET.{STREAM}.{PORTAL}", b'{"seq": 1}'),
        (f"{api}.PAUSE.{STREAM}.{PORTAL}", b"{}"),
        (f"{api}.LIST.{STREAM}", b""),
        (f"{api}.NAMES.{STREAM}", b""),
        (f"{api}.CREATE.{STREAM}", made),
        (f"{api}.CREATE.{STREAM}.{PORTAL}", made),
        (f"{api}.DURABLE.CREATE.{STREAM}.{PORTAL}", made),
        (reply, b"+ACK"),
        (reply, b"+TERM"),
    ]


def test_a_subscriber_begins_where_it_was_told_and_goes_on_where_it_is_reset_to(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    async def first_of(name: str) -> int:
        seed = (tmp_path / name).read_text().strip()
        async with connection_as(Service(name, BusAddress(url=plain(bus), seed=seed))) as client:
            events = await client.jetstream().pull_subscribe_bind(name, stream=STREAM)
            (message,) = await events.fetch(1, 5)
            return int(message.metadata.sequence.stream)

    asyncio.run(copied(bus, station(bus, tmp_path), 6))
    for name, place in (("at-start", "start"), ("at-four", "4"), ("at-end", "now")):
        said = lt("credentials", "make", name, "--from", place, "--out", tmp_path / name)
        assert said.exit_code == 0, said.output
    asyncio.run(copied(bus, station(bus, tmp_path), 1))
    found = [asyncio.run(first_of(name)) for name in ("at-start", "at-four", "at-end")]
    assert found == [1, 4, 7]
    for to, begins in (("2", 2), ("now", 8), ("start", 1)):
        said = lt("credentials", "reset", "at-end", "--to", to, "--json")
        assert json.loads(said.stdout) == {"name": "at-end", "from": begins}
    assert asyncio.run(first_of("at-end")) == 1
    for words in (("make", "late", "--from", "9"), ("reset", "at-end", "--to", "9")):
        said = lt("credentials", *words)
        assert said.exit_code == 1
        assert said.stderr.startswith("The stream ends at position 7:")
    for place in ("0", "-1", "then"):
        assert lt("credentials", "reset", "at-end", "--to", place).exit_code == 2


def test_a_subscriber_follows_the_subjects_of_its_credential(
    lt: Calls, bus: Engines, tmp_path: Path
) -> None:
    for subject in ("lt.event.cohort.*", "lt.event.workshop.booked"):
        name = subject.split(".")[2]
        said = lt("credentials", "make", name, "--subjects", subject, "--out", tmp_path / name)
        assert said.exit_code == 0, said.output
    for subject in ("lt.command.>", ">", "lt.event", "$JS.API.>", "lt.event.a b"):
        said = lt("credentials", "make", "other", "--subjects", subject)
        assert (said.exit_code, said.stderr[:30]) == (1, "A subscriber follows subjects ")

    async def waiting(name: str) -> int:
        async with client_of(bus) as owner:
            return (await owner.jetstream().consumer_info(STREAM, name)).num_pending or 0

    asyncio.run(copied(bus, station(bus, tmp_path), 3))
    assert [asyncio.run(waiting(name)) for name in ("cohort", "workshop")] == [0, 3]


def test_whoever_has_a_credential_has_a_consumer_again_when_the_bus_was_lost(
    lt: Calls, bus: Engines, home: Path, tmp_path: Path
) -> None:
    """It begins where it began at first: how far it has come, only the subscriber knows."""

    async def scene() -> None:
        await copied(bus, station(bus, tmp_path), 5)
        one = await let_in(bus, home, after=2)
        await kept_out(bus, home, (await let_in(bus, home, "crm")).name)
        await let_ask(bus, home, "ruth")
        async with client_of(bus) as owner, connection_as(one) as client:
            for message in await pulled(client, 3):
                await message.ack_sync()
            await owner.jetstream().delete_stream(STREAM)
            await provision(bus, 1, subscribers(home))
            async with at_work(relay.serve, station(bus, tmp_path)):
                recorded_in(bus, rows(1, 5))
                (message,) = await pulled(client, 1)
                assert message.metadata.sequence.stream == 3
            for name in ("crm", "ruth"):
                with pytest.raises(NotFoundError):
                    await owner.jetstream().consumer_info(STREAM, name)

    asyncio.run(scene())
