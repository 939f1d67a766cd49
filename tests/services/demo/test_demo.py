import re
from pathlib import Path

import pytest

from tests.scenes.calls import Calls
from tests.scenes.read_letters import (
    must_be_considerate,
    must_be_short,
    must_be_understood,
    must_fit_the_calendar,
    read_letters,
)
from tests.scenes.terminal import Terminal
from tests.scenes.watching import nothing_runs_in, until

STORY = (
    "2 pairs wait, and nobody is told more than that the team looks",
    "2 pairs end, and nobody is told more than that they come first",
    "Both co-chairs sign the rules",
    "amends what the application says",
    "both co-chairs sign that they wait after all",
    "a new pair takes the project on",
    "is cancelled, and they are told",
    "so workshop 3 moves to",
)


def test_stopped_halfway_it_leaves_nothing_that_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    lt = Terminal()
    with lt.running("demo", "--data", data) as demo:
        demo.until("Real PostgreSQL, real NATS")
        second = lt("demo", "--data", data)
        assert (second.code, second.out) == (1, "")
        assert " are already running, started by process " in second.err
        demo.until("applications")
        stopped = demo.end()
    assert stopped.code == 130
    assert stopped.err == "Stopped before the end of the story; nothing is left running.\n"
    assert nothing_runs_in(data)


@pytest.mark.patient
@pytest.mark.timeout(600)
def test_after_one_that_was_stopped_it_comes_from_the_beginning_to_the_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    lt = Terminal()
    with lt.running("demo", "--data", data) as demo:
        demo.until("applications")
        demo.end()
    with lt.running("demo", "--data", data) as demo:
        printed = demo.wait()
    assert (printed.code, printed.err) == (0, "")
    assert nothing_runs_in(data)
    assert re.search(r"^  submitted +\d\d +\d\d$", printed.out, re.MULTILINE)
    assert re.search(r"^  continuing +[1-9]\d* +[1-9]\d*$", printed.out, re.MULTILINE)
    assert re.search(
        r"^  \S.* and \S.* \(completed\)\n      [a-z-.]+ \+\d", printed.out, re.MULTILINE
    )
    assert re.search(
        r"^Log, stream and all workers are at position \d{4} ", printed.out, re.MULTILINE
    )
    _must_be_letters_for_people(data / "outbox")
    for told in STORY:
        assert told in printed.out, told
    lt = Terminal(LT_DATA=data)
    with lt.up():
        until(lt.is_settled)
        checked = lt("ops", "check")
    assert (checked.code, checked.out.split(" in ")[0]) == (0, "Nothing found")


def _must_be_letters_for_people(outbox: Path) -> None:
    letters = read_letters(outbox)
    assert len(letters) > 500
    must_be_understood(letters)
    must_be_considerate(letters)
    assert any(one.mail.subject.endswith("things to tell you") for one in letters)
    assert {"REQUEST", "changed", "CANCEL"} <= must_fit_the_calendar(letters).keys()
    assert must_be_short(outbox)


def test_a_folder_with_other_things_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("Ten years of work.")
    said = Calls()("demo", "--data", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith("holds something else than a demonstration: name an empty folder.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
