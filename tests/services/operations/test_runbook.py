"""The runbook's commands, each as it stands there, against a fault as operators meet it."""

import asyncio
import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import click
import psycopg
import pytest
from click.testing import CliRunner, Result

from events.catalogue import Recorded
from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import ALL
from projections.projection import Projection
from projections.replay import folded
from services.__main__ import main
from services.clock import SetClock
from services.crew import STREAM, WITH_CHECKPOINT
from services.engines.addresses import ENGINES_FILE, Engines
from services.process.checkpoints import NotThisLog, checkpoints
from services.read_models.builds import serving, view
from services.workers import relay
from services.workers.projector import Projector
from tests.scenes.at_work import at_work, client_of, eventually, recorded_in, stored
from tests.scenes.damaged import put_back, shortened
from tests.scenes.history import history
from tests.scenes.streams import has
from tests.scenes.watching import until
from tests.scenes.world import NOON, station

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
LETTER = "12"  # the number of the letter that the runbook takes for an example
ROWS = folded(APPLICATION_QUEUE, history())
HEAD = len(history())
SICK = min(ROWS)


def fails_for_one(row: Any, found: Recorded[Any], key: str) -> Any:
    """A bug in a fold, at one row, from its second fact on."""
    return APPLICATION_QUEUE.fold(row, found, key) if row is None or key != SICK else 1 // 0


BUGGY = tuple(replace(one, fold=fails_for_one) if one is APPLICATION_QUEUE else one for one in ALL)


@contextmanager
def projecting(engines: Engines, projections: tuple[Projection[Any], ...]) -> Iterator[None]:
    """The worker `projector` with these folds, until the end."""
    stop = Flag()
    worker = Projector(engines.programme["projector"], SetClock(NOON), projections)

    def work() -> None:
        worker.prepare()
        while not stop.wait(0.02):
            with suppress(NotThisLog):
                worker.take(HEAD)
            worker.mend()
        worker.close()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def call(bus: Engines, tmp_path: Path) -> Callable[..., Result]:
    """The command line, on these engines, with the rights that each command takes for itself."""
    recorded_in(bus, (stored(found) for found in history()))
    (tmp_path / ENGINES_FILE).write_text(bus.model_dump_json())

    def called(*words: str) -> Result:
        return CliRunner().invoke(main, words, env={"LT_DATA": str(tmp_path)})

    return called


def shown_rows(engines: Engines) -> dict[str, Any]:
    with psycopg.connect(engines.programme["console"]) as connection:
        query = psycopg.sql.SQL("SELECT key, row::text FROM {}").format(view("application_queue"))
        rows = connection.execute(query).fetchall()
    return {key: APPLICATION_QUEUE.row.model_validate_json(row) for key, row in rows}


def settled(engines: Engines) -> bool:
    with psycopg.connect(engines.programme["console"]) as connection:
        query = "SELECT min(position) FROM read.builds WHERE state = 'serving'"
        return connection.execute(query).fetchone() == (HEAD,)


def test_a_fault_in_a_fold_is_found_mended_redriven_and_gone(
    bus: Engines, call: Callable[..., Result]
) -> None:
    with projecting(bus, BUGGY):
        until(lambda: settled(bus))
    status = call("status")
    assert status.exit_code == 1
    assert "Events not taken in: " in status.output
    (cause,) = json.loads(call("ops", "dead-letters", "--json").output)["causes"]
    assert (cause["error"], cause["dead"]) == ("ZeroDivisionError", 1)
    assert cause["waiting"] > 0
    assert {key for key, row in shown_rows(bus).items() if row != ROWS[key]} == {SICK}
    with projecting(bus, ALL):
        redriven = call("ops", "redrive", str(cause["sample"]), "--reason", "mended", "--yes")
    assert redriven.exit_code == 0, redriven.output
    assert shown_rows(bus) == ROWS
    assert call("ops", "dead-letters").output == "There are no dead letters.\n"


def test_a_stray_message_is_seen_named_and_gone_with_a_new_stream(
    bus: Engines, call: Callable[..., Result]
) -> None:
    async def stray() -> None:
        async with client_of(bus, "relay") as relay:
            await relay.jetstream().publish("lt.event.stray", b"{}", stream=STREAM)

    asyncio.run(stray())
    wrong = "The stream is not what the log is, so the relay has stopped"
    assert wrong in call("status").output
    assert call("ops", "stream", "verify").exit_code == 1
    why = ("--reason", "a message strayed in", "--yes")
    assert call("ops", "stream", "rebuild", *why).exit_code == 1
    assert call("ops", "stream", "rebuild", "--log-is-right", *why).exit_code == 0
    assert "lt.event.stray" in call("ops", "stream", "replaced").output
    assert wrong not in call("status").output
    assert call("ops", "stream", "verify").exit_code == 0


def test_a_log_that_was_shortened_is_put_right_or_gone_on_from(
    bus: Engines, call: Callable[..., Result], tmp_path: Path
) -> None:
    end, why = HEAD - 10, ("--reason", f"the log ends at {HEAD - 10}", "--yes")
    with projecting(bus, ALL):
        until(lambda: settled(bus))
    asyncio.run(copied_to_the_stream(bus, tmp_path))
    with psycopg.connect(bus.programme["owner"]) as owner:
        owner.execute(
            "UPDATE work.places SET position = %s, event = log.digest_at(%s)", 2 * (HEAD,)
        )
    cut = shortened(bus, end)
    assert f"Up to {end} they are equal" in call("ops", "stream", "verify").output
    put_back(bus, cut)  # a newer backup was found
    assert call("ops", "stream", "verify").exit_code == 0
    shortened(bus, end)  # and here is none
    assert call("ops", "stream", "rebuild", *why).exit_code == 1
    assert call("ops", "stream", "rebuild", "--log-is-right", *why).exit_code == 0
    for worker in WITH_CHECKPOINT:
        where = ("--from", str(end + 1), "--effects", "only-missing")
        assert call("ops", "replay", worker, *where, *why).exit_code == 0
    with projecting(bus, ALL):
        for projection in ALL:
            assert call("ops", "rebuild", projection.name, *why[:2]).exit_code == 0
    with psycopg.connect(bus.programme["console"]) as connection:
        assert all(one.holds for one in checkpoints(connection))
        assert {one.position for one in serving(connection, ALL)} == {end}
    assert shown_rows(bus) == folded(APPLICATION_QUEUE, history()[:end])


async def copied_to_the_stream(engines: Engines, folder: Path) -> None:
    async with client_of(engines) as owner, at_work(relay.serve, station(engines, folder)):
        await eventually(lambda: has(owner, HEAD))


def shown() -> list[str]:
    """The command lines of the runbook, in order: those of the tables and of the blocks."""
    text = RUNBOOK.read_text()
    return list(dict.fromkeys(re.findall(r"leading-together (?:ops|show|status)\b[^`\n]*", text)))


def asks_first(words: list[str]) -> bool:
    command: click.Command | None = main
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word)
    assert command
    return any(option.name == "yes" for option in command.params)


def test_every_command_of_the_runbook_can_be_called(
    bus: Engines, call: Callable[..., Result]
) -> None:
    with projecting(bus, BUGGY):
        until(lambda: settled(bus))
    (cause,) = json.loads(call("ops", "dead-letters", "--json").output)["causes"]
    assert len(shown()) > 15
    with projecting(bus, ALL):
        for line in shown():
            words = shlex.split(line, comments=True)[1:]
            words = [str(cause["sample"]) if word == LETTER else word for word in words]
            yes = ["--yes"] if asks_first(words) and "--dry-run" not in words else []
            said = call(*words, *yes)
            assert said.exit_code in {0, 1}, (line, said.output)
            assert not said.exception or isinstance(said.exception, SystemExit), line
    assert shown_rows(bus) == ROWS
