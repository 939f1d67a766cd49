import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.ids import CommandId
from services.crew import CREW
from tests.scenes.calls import Calls
from tests.scenes.terminal import ROOT, Running, Terminal
from tests.scenes.world import NOON, PLAN, a_plan

WORKERS = {one.name for one in CREW if not one.apart}
NONSENSE = json.dumps({**PLAN, "nonsense": "The Guildhall, Exeter"})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command-line") / "data"


@pytest.fixture(scope="module")
def lt(data: Path) -> Terminal:
    return Terminal(LT_DATA=data)


@pytest.fixture(scope="module")
def calls(data: Path) -> Calls:
    """The same, where nothing depends on the process."""
    return Calls(LT_DATA=data)


@pytest.fixture(scope="module")
def up(lt: Terminal) -> Iterator[Running]:
    """Everything runs, and two cohorts are planned."""
    with lt.up() as running:
        lt.planned()
        lt.planned()
        yield running


def test_a_second_up_says_who_runs_the_first_and_leaves(lt: Terminal, up: Running) -> None:
    said = lt("up")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("The engines in ")
    assert f" are already running, started by process {up.pid}: stop that one " in said.err


@pytest.mark.usefixtures("up")
def test_status_tells_of_engines_and_workers_and_of_one_position(calls: Calls) -> None:
    said = calls("status", "--json")
    found = said.json
    assert said.code == 0
    assert (found["postgresql"], found["nats"]) == ("18.4", "2.15.1")
    assert {name for name, worker in found["workers"].items() if worker["runs"]} == WORKERS
    assert found["log"]["head"] == found["stream"]["last"] > 0
    places = {one["position"] for one in found["places"] if one["kind"] != "scheduler"}
    assert places == {found["log"]["head"]}
    words = calls("status")
    assert words.out.endswith("\nAll is well.\n")
    assert f"\nLog          {found['log']['head']} events, the last " in words.out
    assert "\ncommands\trunning\t" in words.out


@pytest.mark.usefixtures("up")
def test_a_command_is_done_from_an_argument_a_file_or_the_input(
    lt: Terminal, calls: Calls, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(a_plan()))
    who = ("--as", lt.coordinator)
    words = calls("do", "cohort.plan", json.dumps(a_plan()), *who)
    assert words.code == 0
    assert "  cohort.planned  cohort_" in words.out
    assert re.fullmatch(r"Its id: command_[0-9a-z]{26}\n", words.err)
    for said in (
        calls("do", "cohort.plan", f"@{file}", "--json", *who),
        lt("do", "cohort.plan", "-", "--json", *who, given=json.dumps(a_plan())),
    ):
        assert said.code == 0
        assert said.json["status"] == "accepted"
        assert [one["name"] for one in said.json["events"]] == ["cohort.planned"]


@pytest.mark.usefixtures("up")
def test_a_command_sent_again_under_its_id_is_done_once(lt: Terminal, calls: Calls) -> None:
    named = CommandId.derived(NOON, "planned by hand")
    words = ("do", "cohort.plan", json.dumps(a_plan()), "--id", named, "--as", lt.coordinator)
    first, again = calls(*words), calls(*words)
    assert first.code == again.code == 0
    assert first.out == again.out
    third = calls(*words, "--json")
    assert (third.json["command"], third.json["repeated"]) == (named, True)


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (
            ("cohort.plan", "{bad"),
            2,
            "no JSON from line 1, column 2 on. Fields are given as FIELD=",
        ),
        (("cohort.plan", "@nowhere.json"), 2, "@nowhere.json can't be read: No such file"),
        (("cohort.plam",), 2, "There is no such command. Did you mean: cohort.plan"),
        (("xyzzy",), 2, "There is no such command. `leading-together do --list`"),
        (("cohort.plan", NONSENSE), 2, "  data.nonsense: "),
        (("cohort.plan", json.dumps(a_plan()), "--role", "participant"), 1, "Refused (acting.not-"),
    ],
)
def test_what_can_not_be_done_is_said_on_the_error_stream(
    calls: Calls, words: tuple[str, ...], code: int, found: str
) -> None:
    said = calls("do", *words)
    assert (said.code, said.out) == (code, "")
    assert found in said.err
    assert "Guildhall" not in said.err, "a value that was given is never repeated"


@pytest.mark.usefixtures("up")
def test_a_process_ends_with_the_code_of_what_was_said(lt: Terminal) -> None:
    refused = lt("do", "cohort.plan", json.dumps(a_plan()), "--role", "participant")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("Refused (acting.not-your-role): ")
    malformed = lt("do", "cohort.plan", NONSENSE)
    assert (malformed.code, malformed.out) == (2, "")
    assert "Guildhall" not in malformed.err


@pytest.mark.usefixtures("up")
def test_with_json_every_answer_is_json(calls: Calls) -> None:
    malformed = calls("do", "cohort.plan", "{bad", "--json")
    assert (malformed.code, malformed.json["status"]) == (2, "invalid")
    unfit = calls("do", "cohort.plan", NONSENSE, "--json")
    assert (unfit.code, unfit.json["status"]) == (2, "invalid")
    assert [one["field"] for one in unfit.json["fields"]] == ["data.nonsense"]
    refused = calls(
        "do", "cohort.plan", "-", "--role", "host", "--json", given=json.dumps(a_plan())
    )
    assert (refused.code, refused.json["code"]) == (1, "acting.not-your-role")
    assert refused.json["sentence"].endswith(".")


@pytest.mark.usefixtures("up")
def test_read_models_are_listed_shown_and_narrowed_down(calls: Calls) -> None:
    cohort, *_ = calls("show", "cohort_board", "--json").lines
    assert cohort["title"] == PLAN["title"]
    narrowed = calls(
        "show", "cohort_board", "--where", f"cohort_id={cohort['cohort_id']}", "--json"
    )
    assert narrowed.lines == [cohort]
    words = calls("show", "cohort_board", "--where", f"key={cohort['key']}")
    assert (words.code, words.err) == (0, "")
    assert f"title: {PLAN['title']}\n" in words.out
    assert calls("show", "cohort_board", "--where", "state=completed").out == "Nothing to show.\n"


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            ("show", "nonsense"),
            "There is no read model nonsense. There are: interest, cohort_board,",
        ),
        (("show", "cohort_board", "--where", "state"), "A condition looks like KEY=VALUE"),
        (("events", "--type", "nonsense"), "There is no fact nonsense. Known are: "),
    ],
)
def test_what_does_not_exist_is_told_with_what_does(
    calls: Calls, words: tuple[str, ...], found: str
) -> None:
    said = calls(*words)
    assert (said.code, said.out) == (2, "")
    assert found in said.err


@pytest.mark.usefixtures("up")
def test_events_are_printed_from_a_position_to_another(lt: Terminal, calls: Calls) -> None:
    said = calls("events", "--from", "2", "--to", "2", "--json")
    assert (said.code, said.err) == (0, "")
    assert [int(one["sequence"]) for one in said.lines] == [2]
    assert {one["specversion"] for one in said.lines} == {"1.0"}
    words = calls("events", "--to", "3", "--type", "cohort.planned")
    assert words.out.split()[0] == "3"
    assert "  cohort.planned  " in words.out
    assert words.out.endswith(f"  by {lt.coordinator}\n")
    assert calls("events", "--type", "workshop.booked").out == ""


@pytest.mark.usefixtures("up")
def test_what_is_followed_shows_what_happens_until_ctrl_c(lt: Terminal) -> None:
    with (
        lt.running("events", "--follow", "--json") as events,
        lt.running("show", "cohort_board", "--follow", "--json") as boards,
    ):
        cohort = lt.planned()
        event = json.loads(events.until(cohort))
        assert event["subject"] == cohort
        assert event["data"]["title"]["audience"] == f"cohort:{cohort}"
        board = json.loads(boards.until(cohort))
        assert (board["state"], board["title"]) == ("planned", PLAN["title"])
        for running in (events, boards):
            said = running.end()
            assert (said.code, said.err) == (0, "")


@pytest.mark.usefixtures("up")
def test_whoever_has_read_enough_may_close_the_pipe(lt: Terminal) -> None:
    with lt.running("events", "--follow") as events:
        events.out.readline()
        events.out.close()
        lt.planned()
        said = events.wait()
        assert (said.code, said.err) == (0, "")


@pytest.mark.usefixtures("up")
def test_a_terminal_without_colours_is_shown_none(lt: Terminal) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "services", "show", "cohort_board"],
        cwd=ROOT,
        env=lt.environment(NO_COLOR="1", COLUMNS="200"),
        stdout=theirs,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "How far has every cohort come" in shown
    assert not re.search(r"\x1b\[(\d+;)*[34]\d", shown)
