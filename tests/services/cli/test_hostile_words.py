"""Whatever people call themselves, a terminal, a script and a spreadsheet get words of it."""

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

import click
import psycopg
import pytest
from click.testing import CliRunner

from events.characters import hidden
from projections.matching_runs import MATCHING_RUNS
from services.__main__ import main
from services.cli.console import answer, print_beside, print_json, print_table, table_options
from services.cli.lazy import Lazy
from services.cli.leaving import guarded
from services.cli.show import questions
from services.dead_letters.faults import Fault
from services.dead_letters.orders import By, finish, give
from services.dead_letters.parking import Parked, park
from services.door.replies import FieldProblem, Reply
from services.engines.addresses import Engines
from services.reading import reaching
from services.reading.asking import OPENINGS
from tests.scenes.forked import leaves
from tests.scenes.hostile import LINE, WORDS, hostile_history, hostile_people
from tests.scenes.terminal import ROOT, at_home
from tests.scenes.world import KEYS, NOON, vault_of
from tests.services.read_models.filled import filled

PIPED: Final = {"FORCE_COLOR": ""}
TERMINAL: Final = {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "400", "LINES": "50"}
ARGUMENT: Final = "x\x1b[2J\x9b31m\u202e\nAll is well."
WHY: Final = ("--reason", "a test", "--who", "olive")
Settings = dict[str, str]


@pytest.fixture
def hostile(fresh: Engines, tmp_path: Path) -> Settings:
    """How to reach a programme whose every text is hostile; there is no bus."""
    with vault_of(fresh) as vault:
        filled(fresh, hostile_history(), vault)
        hostile_people(fresh, vault)
    with psycopg.connect(fresh.programme["owner"]) as owner:
        park(owner, Parked("policies", LINE, 1, LINE), Fault(LINE, WORDS), NOON)
        order = give(owner, "redrive", "policies", By(LINE, WORDS, NOON), letters=[1])
        finish(owner, order, {"problem": WORDS, LINE: 1}, NOON)
        owner.execute(
            "INSERT INTO work.notices (position, cause, person, template, fact, state, problem,"
            " due_at) VALUES (1, %(line)s, 'x', 'y', 'z', 'failed', %(line)s, now())",
            {"line": LINE},
        )
    return {
        "LT_DATABASE_URL": fresh.programme["owner"],
        "LT_VAULT_URL": fresh.vault["owner"],
        "LT_NATS_URL": "nats://127.0.0.1:1",
        "LT_MASTER_KEY_FILE": str(KEYS.master),
        "LT_EPOCH_KEYS_FILE": str(KEYS.file),
        "LT_DATA": str(tmp_path / "data"),
    }


@pytest.fixture
def hostile_home(
    hostile: Settings, fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The same for the owner of a data folder, whose engines these are, and on which nobody takes
    in anything: so nothing is waited for.
    """
    monkeypatch.setattr(reaching, "REACHED", 0.01)
    at_home(fresh, tmp_path)
    keys = {name: value for name, value in hostile.items() if name.endswith("_FILE")}
    return {**keys, "LT_DATA": str(tmp_path)}


def called(settings: Settings, *words: str, **more: str) -> str:
    """All that is said to such a call, in which nothing is more than a word."""
    said = CliRunner().invoke(main, list(words), env={**settings, **more})
    assert isinstance(said.exception, SystemExit | None), words
    for one in re.split("[\n\t]", said.output):
        assert not list(hidden(one)), (words, one)
        assert not one.startswith(("All is well.", "FAKE")), (words, one)
    return said.stdout


def test_no_read_model_says_more_than_words(hostile_home: Settings) -> None:
    seen = ""
    for name in questions().keys() - {
        OPENINGS,
        MATCHING_RUNS.name,
    }:  # somebody's; and what lies beside the log
        lines = called(hostile_home, "show", name, "--json").splitlines()
        rows = [json.loads(one) for one in lines]
        if not rows:  # it is all done
            continue
        seen += json.dumps(rows)
        piped = called(hostile_home, "show", name, **PIPED)
        if len(rows) > 1:
            _is_a_table(piped, len(rows))
        called(hostile_home, "show", name, **TERMINAL)
        called(hostile_home, "show", name, "--where", f"key={rows[0]['key']}", **TERMINAL)
    # What is shown to scripts is what was written, whole.
    assert json.dumps(LINE)[1:-1] in seen
    assert json.dumps(WORDS)[1:-1] in seen


def _is_a_table(text: str, rows: int) -> None:
    columns, *found = (one.split("\t") for one in text.splitlines())
    assert len(found) == rows
    for row in found:
        assert len(row) == len(columns)
        assert not any(re.match(r"\s*[=@]", cell) for cell in row)


def test_people_are_shown_as_words_and_found_by_them(hostile_home: Settings) -> None:
    for words in (("people", "find", "ada"), ("people", "shared")):
        rows = [json.loads(one) for one in called(hostile_home, *words, "--json").splitlines()]
        assert {row["full_name"] for row in rows} >= {LINE}
        _is_a_table(called(hostile_home, *words, **PIPED), len(rows))
        on_a_terminal = called(hostile_home, *words, **TERMINAL)
        assert "[bold red]:skull:" in on_a_terminal
        assert r"\u001b[2J" in on_a_terminal


@pytest.mark.parametrize("terminal", [PIPED, TERMINAL], ids=["piped", "terminal"])
def test_operators_see_words(hostile: Settings, terminal: dict[str, str]) -> None:
    for words in (
        ("ops", "dead-letters"),
        ("ops", "dead-letters", "--each"),
        ("ops", "show", "1"),
        ("ops", "orders"),
        ("ops", "redrive", "1", "--dry-run"),
        ("ops", "notice", LINE, "x", "y", "--sent", *WHY),
        ("show", "notices"),
        ("status",),
        ("ops", "check"),
    ):
        called(hostile, *words, **terminal)
        called(hostile, *words, "--json", **terminal)


def _every_call() -> Iterator[tuple[str, ...]]:
    for words in leaves(main):
        yield (*words, ARGUMENT)
        yield (*words, f"--{ARGUMENT}")
    yield (ARGUMENT,)
    yield ("do", "cohort.plan", f"@{ARGUMENT}")
    yield ("do", "cohort.plan", json.dumps({ARGUMENT: ARGUMENT}))
    yield ("do", ARGUMENT, "--json")
    yield ("show", "people", "--where", ARGUMENT)
    yield ("show", "people", "--where", f"{ARGUMENT}=1")
    yield ("show", "people", "--data", ARGUMENT)
    yield ("import", "applications", ARGUMENT, "--cohort", "cohort_01m8dfz7fpfn39jsq7c2z98swq")
    yield ("import", "applications", ARGUMENT, "--cohort", ARGUMENT)
    yield ("events", "--type", ARGUMENT)
    yield ("ops", "redrive", "--worker", ARGUMENT, *WHY)
    yield ("ops", "pause", "relay", "--reason", ARGUMENT, "--who", ARGUMENT)
    yield ("ops", "orders")
    yield ("people", "find", ARGUMENT)


def test_what_a_call_says_wrongly_is_repeated_as_words(hostile: Settings) -> None:
    for words in _every_call():
        called(hostile, *words)


ODD: Final = {
    "sequences and line ends": ARGUMENT,
    "right to left": "\u200f\u202eada\u2066",
    "long": "x" * 10_000,
    "no text": "\udcff\udc80",
    "half a character": "\ud800",
    "many digits": "9" * 23,
    "few, below nothing": "-" + "9" * 23,
    "nothing": "",
}


def _with_every_option(odd: str) -> Iterator[tuple[str, ...]]:
    for words in leaves(main):
        if words[0] in ("up", "run", "demo", "provision"):  # they would do something
            continue
        yield (*words, odd)
        yield (*words, f"--x{odd}")
        for option in options_of(words) if words[0] != "vault" else ():  # whose keys would turn
            yield (*words, "1", *WHY, option, odd)


def options_of(words: tuple[str, ...]) -> Iterator[str]:
    """The options of a command that take a value."""
    command: click.Command = main
    for name in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    for one in command.params:
        if isinstance(one, click.Option) and not one.is_flag and one.name != "data":
            yield one.opts[-1]


def test_whatever_is_typed_is_taken_or_refused_as_words(hostile: Settings) -> None:
    for odd in ODD.values():
        for words in _with_every_option(odd):
            called(hostile, *words)


NAMES: Final = ["Łukasz Wiśniewski", "王秀英", "José", "Ada 🙂", "Zoë\u202e\nAll is well."]


class Printing(Lazy):
    """A command line that prints names in all the ways there are."""

    def get_command(self, *_: object) -> click.Command:
        @click.command()
        @table_options
        @guarded
        def names(as_json: bool) -> None:
            if as_json:
                print_json(NAMES)
            else:
                print_table("Names", ["name"], [[one] for one in NAMES])
                print_beside(*NAMES)

        return names


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-16", "utf-8"])
def test_rows_stay_rows_and_json_stays_json_in_every_encoding(encoding: str) -> None:
    def printed(*words: str) -> str:
        runner = CliRunner(charset=encoding)
        said = runner.invoke(Printing(lazily={"names": ""}), ["names", *words])
        assert isinstance(said.exception, SystemExit | None), (words, said.exception)
        return said.stdout_bytes.decode(encoding)

    assert json.loads(printed("--json")) == NAMES
    header, *found = csv.reader(StringIO(printed("--csv"), newline=""))
    assert (header, len(found)) == (["name"], len(NAMES))
    assert len(printed().splitlines()) == 1 + 2 * len(NAMES)
    if encoding.startswith("utf"):
        assert found[1] == [NAMES[1]]
    else:
        assert found[1] == [r"\u738b\u79c0\u82f1"]


def test_what_an_operator_says_is_one_line_that_is_seen_whole(hostile: Settings) -> None:
    for option in ("--reason", "--who"):
        given = {"--reason": "a test", "--who": "olive", option: "Ada\u202e"}
        words = [part for pair in given.items() for part in pair]
        said = CliRunner().invoke(main, ["ops", "pause", "relay", *words], env=hostile)
        assert said.exit_code == 2
        assert f"{option} must not hold what nobody sees: take out U+202E" in said.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_an_answer_of_the_door_is_words(as_json: bool, capsys: Any) -> None:
    problem = FieldProblem(field=f"data.{ARGUMENT}", problem=ARGUMENT)
    for reply in (
        Reply(status="refused", code=ARGUMENT, sentence=ARGUMENT),
        Reply(status="invalid", fields=(problem,)),
        Reply(status="unknown", near=(ARGUMENT,)),
        Reply(status="busy", sentence=ARGUMENT),
    ):
        with pytest.raises(SystemExit):
            answer(reply, as_json=as_json)
        said = capsys.readouterr()
        for one in f"{said.out}{said.err}".split("\n"):
            assert not list(hidden(one))
            assert not one.startswith("All is well.")


PRINTS = re.compile(
    r"""click\.s?echo\((?!"[^"\\]*"[,)])|console\.print\(|(?<![\w.])print\(|sys\.stdout\.w"""
)


@pytest.mark.parametrize(
    "said",
    [
        "click.echo(words)",
        'click.echo(f"{words}")',
        'click.echo("Stopped " + words)',
        'click.echo("%s" % words, err=True)',
        'click.secho("{}".format(words))',
        'click.echo(\n    "Stopped."\n)',
        'print("Stopped.")',
    ],
)
def test_whatever_could_print_words_of_others_is_seen(said: str) -> None:
    assert PRINTS.search(said)
    assert not PRINTS.search('click.echo("Stopped.", err=True)')


def test_only_what_escapes_prints() -> None:
    """A test, since whoever prints in another way would not think of it. A sentence that stands
    there as it is printed needs no escaping.
    """
    may = {"cli/console.py", "cli/tables.py", "cli/leaving.py", "demo/narration.py"}
    found = {
        str(file.relative_to(ROOT / "services"))
        for folder in ("cli", "demo", "importing", "notices", "operations", "workers", "process")
        for file in (ROOT / "services" / folder).rglob("*.py")
        if PRINTS.search(file.read_text(encoding="utf-8"))
    }
    assert found <= may | {"cli/status_words.py", "cli/credentials.py"}
