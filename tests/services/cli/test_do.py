"""`do` and the ids of commands: whoever must send one again knows under which."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from click.testing import CliRunner, Result
from nats.aio.msg import Msg

from events.ids import CommandId
from services.__main__ import main
from services.door import asking, patiently
from services.door.replies import Reply
from services.engines.addresses import ENGINES_FILE, Engines
from services.identity.configuration import identity_file
from services.settings import Settings
from tests.scenes.at_work import client_of
from tests.scenes.world import NOON, a_plan

FIELDS = json.dumps(a_plan())
GIVEN = CommandId.derived(NOON, "given")
Door = Callable[[Reply | None], Iterator[list[str]]]


@pytest.fixture
def do(fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr(asking, "PATIENCE", 0.5)
    monkeypatch.setattr(patiently, "PAUSES", ())
    (tmp_path / ENGINES_FILE).write_text(fresh.model_dump_json())
    own = identity_file(Settings(data=tmp_path)).own_issuer()
    assert own
    own.begin(NOON)

    def called(*words: str) -> Result:
        return CliRunner().invoke(main, ["do", *words], env={"LT_DATA": str(tmp_path)})

    return called


@contextmanager
def door_that_says(engines: Engines, reply: Reply | None) -> Iterator[list[str]]:
    """Somebody in the door's place, who always says the same, or nothing; the ids that it heard."""
    heard: list[str] = []
    open_, closed = Flag(), Flag()

    async def hear(message: Msg) -> None:
        heard.append(json.loads(message.data)["id"])
        if reply:
            await message.respond(reply.encoded())

    async def stand() -> None:
        async with client_of(engines, "commands") as client:
            await client.subscribe("lt.command.>", cb=hear)
            await client.flush()
            open_.set()
            await asyncio.to_thread(closed.wait)

    thread = Thread(target=lambda: asyncio.run(stand()))
    thread.start()
    try:
        assert open_.wait(10)
        yield heard
    finally:
        closed.set()
        thread.join()


def was_sent(reply: Reply) -> bool:
    """Whether a command was judged, and not only its form."""
    return reply.status in {"accepted", "refused"}


@pytest.mark.parametrize("status", ["busy", "unanswered", "failed"])
def test_what_may_have_to_be_sent_again_is_told_with_its_id(
    fresh: Engines, do: Callable[..., Result], status: str
) -> None:
    reply = None
    if status != "unanswered":
        reply = Reply.model_validate({"status": status, "sentence": "Not just now."})
    with door_that_says(fresh, reply) as heard:
        said = do("cohort.plan", FIELDS)
        assert said.exit_code == 3
        assert f"--id {heard[0]}" in said.output
        told = do("cohort.plan", FIELDS, "--json")
        assert told.exit_code == 3
        assert json.loads(told.stdout) | {"sentence": ""} == {
            "status": status,
            "command": heard[1],
            "sentence": "",
        }
        assert heard[0] != heard[1]
        assert f"--id {GIVEN}" in do("cohort.plan", FIELDS, "--id", GIVEN).output
        assert heard[2] == GIVEN


def test_with_nobody_at_the_door_it_is_the_same(do: Callable[..., Result]) -> None:
    said = do("cohort.plan", FIELDS, "--id", GIVEN)
    assert (said.exit_code, f"--id {GIVEN}" in said.output) == (3, True)


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("cohort.plan", Reply(status="accepted", events=())),
        ("cohort.plan", Reply(status="refused", code="x.y", sentence="No.")),
        ("cohort.plan", Reply(status="invalid", fields=())),
        ("cohort.plann", None),
    ],
)
def test_the_id_that_was_used_is_shown(
    fresh: Engines, do: Callable[..., Result], name: str, reply: Reply | None
) -> None:
    with door_that_says(fresh, reply):
        told = do(name, FIELDS, "--json")
        assert CommandId.pattern.fullmatch(json.loads(told.stdout)["command"])
        said = do(name, FIELDS, "--id", GIVEN)
        assert f"Its id: {GIVEN}" not in said.stdout
        assert (f"Its id: {GIVEN}" in said.stderr) == (reply is not None and was_sent(reply))


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        (
            Reply(status="refused", code="identity.expired", sentence="Sign in anew."),
            "refused (identity.expired): Sign in anew.",
        ),
        (Reply(status="busy", sentence="Not just now."), "not taken: Not just now."),
    ],
)
def test_of_many_none_is_sent_once_there_is_no_use_and_each_keeps_its_id(
    fresh: Engines, do: Callable[..., Result], tmp_path: Path, reply: Reply, fate: str
) -> None:
    rows = tmp_path / "rows.jsonl"
    plans = [json.dumps({**a_plan(), "title": f"Cohort {number}"}) for number in range(3)]
    rows.write_text("\n".join(plans), encoding="utf-8")
    with door_that_says(fresh, reply) as heard:
        said = do("cohort.plan", "--each", str(rows))
        assert said.exit_code == (3 if reply.status == "busy" else 1), said.output
        *lines, _ = said.stdout.splitlines()
        assert lines == [f"Row {row} {fate}" for row in (1, 2, 3)]
        do("cohort.plan", "--each", str(rows))
        do("cohort.plan", "--each", str(rows), "--id", GIVEN)
    first, second, of_another_root = heard
    assert first == second != of_another_root
