"""What is told in confidence, on real engines: kept apart, read by few, and recorded who reads."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from domain.concerns.heads import APART
from events.ids import CommandId
from services.clock import SetClock
from services.crew import REQUESTS
from services.door.asking import AT_THE_DOOR, answer_to, ask
from services.engines.access import USERS
from services.engines.addresses import Engines
from services.workers import safeguarding
from tests.scenes.at_work import at_work, client_of, eventually
from tests.scenes.in_confidence import NOTE, WORDS, Confidence, in_confidence
from tests.scenes.tokens import STRANGER, ask_as, token
from tests.scenes.world import NOON, coordinator, door_on, station

Scene = Callable[[Confidence], Awaitable[None]]
STATED = "person.stated.v1"


@pytest.fixture
def play(fresh: Engines, tmp_path: Path) -> Callable[[Scene], None]:
    async def played(scene: Scene) -> None:
        async with in_confidence(fresh, tmp_path) as here:
            await scene(here)

    return lambda scene: asyncio.run(played(scene))


def test_a_lead_reads_what_somebody_told_and_who_reads_is_recorded_there(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        before = here.kinds()
        reply = await here("Sofia", "concern.read", {"concern_id": case})
        told = reply.told or {}
        assert (told["words"], told["about"]) == (WORDS, here.people["Ben"])
        assert told["raised_by"] == here.people["Ada"]
        assert [one["read_by"] for one in told["read"]] == [here.people["Sofia"]]
        assert reply.events is None, "a position would tell how much others told"
        assert here.kinds("concerns") == ["concern.raised.v1", "concern.read.v1"]
        assert here.kinds() == before, "nothing of it stands in the programme's log"

    play(scene)


def test_who_told_it_reads_what_they_said_and_how_it_stands_and_no_more(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        await here.decided(case, "hold-out", note=NOTE)
        reply = await here("Ada", "concern.read", {"concern_id": case})
        assert reply.told is not None
        assert reply.told.keys() == {"concern_id", "raised_at", "words", "state"}
        assert (reply.told["words"], reply.told["state"]) == (WORDS, "open")

    play(scene)


def test_nobody_else_can_tell_whether_there_is_one(play: Callable[[Scene], None]) -> None:
    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        none = CommandId.derived(NOON, "none").replace("command_", "concern_")
        answers = set()
        for who in ("Ben", "Colm"):
            for one in (case, none):
                reply = await here(who, "concern.read", {"concern_id": one})
                answers.add(reply.model_copy(update={"command": None}).encoded())
            for name in ("concern.list", "concern.decide"):
                said = {"concern_id": case, "decision": "hold-out"} if "dec" in name else {}
                refused = await here(who, name, said)
                assert (refused.status, refused.code) == ("refused", "acting.role-not-held")
        assert len(answers) == 1
        asked = {"concern_id": case, "decision": "let-in"}
        other = await here("Colm", "concern.decide", asked, role="safeguarding-lead")
        assert other.code == "acting.role-not-held"
        await here.grant("Ben", "safeguarding-lead")
        refused = await here("Ben", "concern.read", {"concern_id": case})
        assert refused.code == "concern.no-such", "it is about them"
        listed = await here("Ben", "concern.list", {})
        assert (listed.told or {})["concerns"] == []

    play(scene)


def test_who_comes_after_the_database_was_restarted_is_not_sent_away(
    play: Callable[[Scene], None],
) -> None:
    """Whatever the worker kept of connections is dead by then, and is found so one by one."""

    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        await here("Sofia", "concern.list", {})
        for database in (here.engines.programme, here.engines.vault):
            with psycopg.connect(database["safeguarding"], autocommit=True) as other:
                ended = other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname ="
                    " current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                ).fetchall()
            assert set(ended) == {(True,)}
        again = await here.raised("Ada", "Ben")
        listed = await here("Sofia", "concern.list", {})
        told = (listed.told or {})["concerns"]
        assert {one["concern_id"] for one in told} == {case, again}
        assert here.kinds("concerns").count("concern.raised.v1") == 2

    play(scene)


def test_a_lead_whose_role_was_withdrawn_reads_nothing_more(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        sent = {name: CommandId.derived(NOON, name) for name in ("read", "list")}
        assert (await here("Sofia", "concern.list", {}, id=sent["list"])).told
        before = await here("Sofia", "concern.read", {"concern_id": case}, id=sent["read"])
        assert before.told
        said = {"person_id": here.people["Sofia"], "role": "safeguarding-lead"}
        over = await coordinator(
            here.client, "role.withdraw", {**said, "reason": "role.other-reason"}
        )
        assert over.status == "accepted"
        reply = await here("Sofia", "concern.read", {"concern_id": case})
        assert reply.code == "concern.no-such"
        again = await here("Sofia", "concern.read", {"concern_id": case}, id=sent["read"])
        assert (again.status, again.repeated, again.told) == ("accepted", True, None)
        listed = await here("Sofia", "concern.list", {}, id=sent["list"])
        assert (listed.repeated, listed.told) == (True, None), "nor by an id of before"

    play(scene)


def test_a_coordinator_writes_down_what_somebody_told_them(play: Callable[[Scene], None]) -> None:
    async def scene(here: Confidence) -> None:
        said = {"about": here.people["Ben"], "raised_for": here.people["Ada"], "words": WORDS}
        unasked = await here("Colm", "concern.raise", said)
        assert unasked.code == "acting.nobody-asked"
        asked = {"onbehalfof": here.people["Ada"], "asked": "telephone"}
        reply = await here("Colm", "concern.raise", said, **asked)
        assert reply.status == "accepted", reply
        case = (reply.ids or {})["concern_id"]
        for who in ("Ada", "Colm"):
            assert (await here(who, "concern.read", {"concern_id": case})).told
        told = (await here("Sofia", "concern.read", {"concern_id": case})).told or {}
        assert told["raised_for"] == here.people["Ada"]

    play(scene)


def test_a_stranger_tells_something_and_reads_nothing(play: Callable[[Scene], None]) -> None:
    """Whoever an issuer knows may be worried, before they are anybody here."""

    async def scene(here: Confidence) -> None:
        reply = await ask_as(here.client, STRANGER, "concern.raise", {"data": {"words": WORDS}})
        assert reply.status == "accepted", reply
        case = {"concern_id": (reply.ids or {})["concern_id"]}
        refused = await ask_as(here.client, STRANGER, "concern.read", {"data": case})
        assert refused.code == "concern.no-such"
        told = (await here("Sofia", "concern.read", case)).told or {}
        assert (told["words"], told.get("raised_by")) == (WORDS, None)
        unshown = await ask(here.client, "concern.raise", {"data": {"words": WORDS}})
        assert (unshown.status, unshown.events) == ("refused", None)
        assert here.kinds("concerns").count("concern.raised.v1") == 1

    play(scene)


def test_nothing_of_it_is_said_in_a_log_line(
    play: Callable[[Scene], None], capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene(here: Confidence) -> None:
        capsys.readouterr()
        case = await here.raised("Ada", "Ben")
        for who, name in (("Sofia", "read"), ("Ben", "read"), ("Colm", "decide"), ("Colm", "list")):
            await here(who, f"concern.{name}", {"concern_id": case} if name != "list" else {})
        await here("Ada", "concern.raise", {"words": ""})
        said = capsys.readouterr()
        assert "concern" not in said.out + said.err
        assert "committed" not in said.out + said.err

    play(scene)


def test_what_was_decided_has_its_effect_in_the_programme_and_says_nothing_there(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        one, other = await here.raised("Ada", "Ben"), await here.raised("Colm", "Ben")
        before = here.kinds()
        await here.decided(one, "hold-out")
        await eventually(lambda: here.kinds() == [*before, STATED])
        await here.decided(other, "hold-out", note=NOTE)
        await here.decided(one, "let-in")
        held = await here("Colm", "pairing.let-in", {"person_id": here.people["Ben"]} | OTHER)
        assert held.code == "pairing.held-by-another", "the other one holds them out as well"
        assert here.kinds() == [*before, STATED]
        await here.decided(other, "let-in")
        await eventually(lambda: here.kinds() == [*before, STATED, STATED])
        free = await here("Colm", "pairing.let-in", {"person_id": here.people["Ben"]} | OTHER)
        assert free.status == "accepted"

    play(scene)


OTHER = {"reason": "pairing.other"}


def test_what_was_decided_while_the_door_was_away_follows_when_it_is_back(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            case = await here.raised("Ada", "Ben")
        before, alone = here.kinds(), station(fresh, tmp_path)
        async with at_work(safeguarding.serve, alone), client_of(fresh, "client") as client:
            here.client = client
            await here.decided(case, "hold-out")
            await asyncio.sleep(1.5)
            assert here.kinds() == before
        async with at_work(safeguarding.serve, alone), door_on(alone):
            await eventually(lambda: here.kinds() == [*before, STATED])
            await asyncio.sleep(1.5)
            assert here.kinds() == [*before, STATED]

    asyncio.run(scene())


def test_a_worker_that_begins_again_does_nothing_twice(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            case = await here.raised("Ada", "Ben")
            before = here.kinds()
            await here.decided(case, "hold-out")
            await eventually(lambda: here.kinds() == [*before, STATED])
            async with at_work(safeguarding.serve, station(fresh, tmp_path)):
                await asyncio.sleep(1.5)
            assert here.kinds() == [*before, STATED]

    asyncio.run(scene())


def test_the_same_id_is_answered_as_before_and_nothing_is_told_twice(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        said = {"about": here.people["Ben"], "words": WORDS}
        sent = CommandId.derived(NOON, "sent")
        first, again = [await here("Ada", "concern.raise", said, id=sent) for _ in range(2)]
        assert first.ids == again.ids
        assert (first.repeated, again.repeated) == (None, True)
        other = await here("Ada", "concern.raise", {**said, "words": "Other."}, id=sent)
        assert other.code == "command.reused"
        assert here.kinds("concerns") == ["concern.raised.v1"]

    play(scene)


def test_no_document_of_it_names_anybody_or_says_anything(play: Callable[[Scene], None]) -> None:
    async def scene(here: Confidence) -> None:
        case = await here.raised("Ada", "Ben")
        await here.decided(case, "hold-out", note=NOTE)
        await here("Sofia", "concern.read", {"concern_id": case})
        for _, _, tags, document in here.rows("concerns"):
            told = json.loads(document)
            assert told["actor"] == "system:withheld"
            assert not any(one in f"{tags}{told}" for one in (*here.people.values(), WORDS, NOTE))
            assert "hold" not in json.dumps(told["data"])
        sizes = sealed_sizes(here.rows("concerns")[0][3])
        short = await here("Ada", "concern.raise", {"words": "Hm."})
        assert short.status == "accepted"
        assert sealed_sizes(here.rows("concerns")[-1][3]) == sizes, "nor does its length"

    play(scene)


def sealed_sizes(document: bytes) -> dict[str, int]:
    data = json.loads(document)["data"]
    return {name: len(one["sealed"]) for name, one in data.items() if name != "concern_id"}


def test_nothing_of_it_comes_into_the_programmes_log_by_its_own_door(
    play: Callable[[Scene], None],
) -> None:
    async def scene(here: Confidence) -> None:
        said = {"data": {"words": WORDS}}
        shown = token(here.people["Ada"], here.clock)
        door = f"{REQUESTS}concern.raise"
        reply = await answer_to(here.client, door, said, shown, AT_THE_DOOR)
        assert reply.status == "unknown"
        assert "concern.raised.v1" not in {*here.kinds(), *here.kinds("concerns")}

    play(scene)


READS = [
    "SELECT * FROM concerns.events",
    "SELECT count(*) FROM concerns.events",
    "SELECT * FROM concerns.tags",
    "SELECT * FROM concerns.without_effect",
    "SELECT * FROM concerns.parts",
    "SELECT concerns.digest_at(1)",
]


@pytest.mark.parametrize("role", [one.name for one in USERS if not one.owns])
def test_no_other_role_of_the_database_reads_anything_of_it(fresh: Engines, role: str) -> None:
    """Nor writes, nor learns how much there is: neither a coordinator's door, nor an operator."""
    if role not in fresh.programme:
        return  # it comes to the vault alone
    refused = set()
    for statement in (*READS, "INSERT INTO concerns.events VALUES (1, '', '{}', '')"):
        with psycopg.connect(fresh.programme[role], autocommit=True) as connection:
            try:
                connection.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege:
                refused.add(statement)
            except psycopg.Error:
                continue
    everything = {*READS, "INSERT INTO concerns.events VALUES (1, '', '{}', '')"}
    if role == safeguarding.WORKER:
        assert refused == {"SELECT concerns.digest_at(1)"}
    else:
        assert refused == everything


def test_whoever_listens_to_commits_is_not_told_of_it(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        async with in_confidence(fresh, tmp_path) as here:
            with psycopg.connect(fresh.programme["relay"], autocommit=True) as relay:
                relay.execute("LISTEN log")
                await here.raised("Ada", "Ben")
                assert list(relay.notifies(timeout=1)) == []
                await here.meet("Zoe")
                assert list(relay.notifies(timeout=5, stop_after=1))

    asyncio.run(scene())


def test_nobody_on_the_bus_hears_it_but_the_worker(fresh: Engines, tmp_path: Path) -> None:
    async def scene() -> None:
        heard = []

        async def hear(message: object) -> None:
            heard.append(message)

        async with in_confidence(fresh, tmp_path) as here, client_of(fresh, "operator") as other:
            await other.subscribe("lt.concern.>", cb=hear)
            await here.raised("Ada", "Ben")
            await asyncio.sleep(0.2)
            assert heard == []

    asyncio.run(scene())


def _has_noted(here: Confidence, many: int) -> bool:
    return here.kinds().count("concerns.head-noted.v1") == many


def test_the_end_of_its_log_is_noted_at_fixed_hours_whatever_has_happened(
    fresh: Engines, tmp_path: Path
) -> None:
    async def scene() -> None:
        clock = SetClock(NOON)
        async with in_confidence(fresh, tmp_path, clock) as here:
            noted = "concerns.head-noted.v1"
            for number, told in enumerate((False, True, False), 1):
                if told:
                    await here.raised("Ada", "Ben")
                clock.set(clock.now() + APART)
                await eventually(partial(_has_noted, here, number))
            await asyncio.sleep(1.2)
            rows = [json.loads(row[3]) for row in here.rows() if row[1] == noted]
            assert len(rows) == 3
            assert len({one["data"]["digest"] for one in rows}) == 3
            assert {len(json.dumps(one)) for one in rows} == {len(json.dumps(rows[0]))}
            assert clock.now() > NOON + timedelta(hours=17)

    asyncio.run(scene())
