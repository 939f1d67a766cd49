from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from services.__main__ import main
from tests.scenes.calls import Calls
from tests.scenes.forked import leaves
from tests.scenes.office import AS_SETTINGS
from tests.scenes.terminal import Terminal
from tests.services.cli.test_frozen_engines import COMMANDS, OTHERS


def test_the_commands_and_their_fields_are_told_without_engines() -> None:
    nowhere = Calls(LT_DATA="/nowhere")
    listed = nowhere("do", "--list", "--json")
    assert (listed.code, listed.err) == (0, "")
    assert listed.json["cohort.cancel"] == (
        "A coordinator calls a cohort off, and says why; or puts right why it was."
    )
    assert {said[-1] for said in listed.json.values()} == {"."}, "each sentence is whole"
    assert "pairing_board" in nowhere("show").out
    printed = nowhere("do", "cohort.plan", "--help")
    assert printed.code == 0
    assert "  places_per_side (required): " in printed.out
    assert "Roles: coordinator" in printed.out
    assert "leading-together do cohort.plan @FILE" in printed.out


@pytest.mark.parametrize(
    "words",
    [
        ("do", "cohort.start"),
        ("show", "people"),
        ("status",),
    ],
)
def test_without_engines_a_line_says_how_to_start_them(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    call = Terminal if words == ("status",) else Calls
    said = call(LT_DATA=tmp_path)(*words, "--json")
    assert said.code == 3
    assert said.err == (
        f"No engines are running in {tmp_path}. Start them with "
        f"`leading-together up --data {tmp_path}`, or set LT_DATABASE_URL and LT_NATS_URL.\n"
    )
    told = said.json
    assert bool(told.pop("command", None)) is (words[0] == "do")
    assert told == {"status": "busy", "sentence": said.err.strip()}


def test_engines_that_are_away_are_told_apart() -> None:
    nobody = "127.0.0.1:1"
    away = {
        "LT_DATABASE_URL": f"postgresql://owner@{nobody}/programme",
        "LT_NATS_URL": f"nats://{nobody}",
    }
    said = Calls(**away)("status")
    assert said.code == 3
    assert "! PostgreSQL does not answer. Start it, or correct its URL" in said.out
    assert "! NATS does not answer. Start it, or correct its URL" in said.out
    said = Terminal(**away, **AS_SETTINGS)("up")
    assert (said.code, said.out) == (3, "")
    assert said.err == "PostgreSQL does not answer. Is it running, and is LT_DATABASE_URL right?\n"


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (
            ("do", "cohort.cancel"),
            {"LT_NATS_URL": "host:4222"},
            "LT_NATS_URL must look like tls://host:4222",
        ),
        (
            ("show", "people"),
            {"LT_NATS_URL": "tls://host", "LT_NATS_CA_FILE": "/missing"},
            "LT_NATS_CA_FILE: ",
        ),
    ],
)
def test_a_wrong_address_of_the_bus_is_named_in_a_sentence(
    words: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    """Where nothing but the bus is named."""
    found = Terminal(**settings)(*words)
    assert found.code == 2
    assert found.err.startswith(said)
    assert found.err.count("\n") == 1


def test_a_wrong_setting_is_named() -> None:
    said = Calls(LT_REPLICAS=9, LT_LOG_LEVEL="loud")("status")
    assert (said.code, said.out) == (2, "")
    assert "LT_REPLICAS must be " in said.err
    assert "LT_LOG_LEVEL must be " in said.err


def commands_of(group: click.Group) -> Iterator[click.Command | None]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield command
        if isinstance(command, click.Group):
            yield from commands_of(command)


def test_every_command_is_tried_with_frozen_engines() -> None:
    assert {" ".join(words) for words in leaves(main)} == COMMANDS.keys() | OTHERS


def test_every_command_and_every_option_is_explained() -> None:
    commands = list(commands_of(main))
    assert len(commands) == 63
    for command in commands:
        assert command
        assert command.help
        assert command.help.rstrip().endswith(".")
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (command.name, option.name)
