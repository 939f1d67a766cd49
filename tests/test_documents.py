import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import cast

import click
import pytest
from click.testing import CliRunner

from domain.catalogue import COMMANDS, IN_CONFIDENCE, INSIDE
from domain.decision import Refusal
from domain.roles.acting import authorised
from events.catalogue import BENEATH, CATALOGUE, EVERY
from events.compatibility import all_breaks
from events.event import Cover, Event
from events.people import PersonErased
from events.schemas import schemas
from projections.catalogue import PROJECTIONS
from services.__main__ import main
from services.cli.fields import given as read_fields
from services.cli.findable import BESIDE
from services.door import requests
from services.door.requests import fields_of, required_of
from services.handbook.__main__ import ADVICE, DOCS, pages, promised
from services.handbook.code import classes_in
from services.handbook.commands import refusals_of
from services.reading.table import OPENINGS

HOUSE = DOCS.parent
SENT = {**COMMANDS, **IN_CONFIDENCE}
ALL_COMMANDS = (*COMMANDS.values(), *INSIDE.values(), *IN_CONFIDENCE.values())
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "deploy/*.md", "examples/*.md")
    for page in HOUSE.glob(pattern)
)
CONTAINERS = "console|credentials|keeper|operator|stream"
PROGRAM = rf"(?:leading-together|docker compose run --rm (?:{CONTAINERS})) "
COMMAND = re.compile(rf"{PROGRAM}.*")
PATH = re.compile(
    r"`((?:events|domain|projections|services|tests|docs|deploy|examples|benchmarks)/[\w./-]+)`"
)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([\w-]+))?\)")


def kinds(parent: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in parent.__subclasses__():
        yield child
        yield from kinds(child)


def made_later(name: str) -> bool:
    """Whether it comes into being where the project is used: git is told to pass it over."""
    passed_over = [line.removeprefix("/") for line in (HOUSE / ".gitignore").read_text().split()]
    return name.startswith(tuple(passed_over))


def anchors(page: Path) -> set[str]:
    """What can be linked to on a page, as its headings are rendered."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def shown_commands(page: Path) -> Iterator[str]:
    """Each command line of ours that a page shows, in a block or between backticks."""
    text = page.read_text()
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    lines = [*blocks.replace("\n  ", " ").splitlines(), *re.findall(r"`([^`\n]+)`", text)]
    for line in lines:
        if found := COMMAND.match(line.removeprefix("$ ")):
            yield found[0]


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    for file, text in pages().items():
        written = file.read_text(encoding="utf-8")
        assert written == text, f"{file.name} is not what the code says: run `make docs`"


def test_the_command_line_prints_the_schemas_that_are_kept() -> None:
    printed = CliRunner().invoke(main, ["events", "--schemas"])
    assert json.loads(printed.output) == promised()


def test_and_the_form_of_requests() -> None:
    printed = CliRunner().invoke(main, ["do", "--schemas"])
    assert json.loads(printed.output) == requests.document()


def test_no_recorded_fact_changes_its_form() -> None:
    found = list(all_breaks(promised(), schemas()))
    assert not found, ADVICE.format(breaks="\n  ".join(found))


def test_every_fact_comes_of_some_command() -> None:
    made = {fact for command in ALL_COMMANDS for fact in classes_in(command, Event)}
    covers = {fact for fact in EVERY if issubclass(fact, Cover)}
    beside_a_vault = {PersonErased}  # comes with the destruction of keys, which no rule decides
    assert set(EVERY) - covers - made == beside_a_vault


def test_a_page_tells_what_everybody_can_read_of_every_fact() -> None:
    page = (DOCS / "clear.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([\w.-]+)` \| `(\w+)` \|", page, re.MULTILINE))
    assert rows == {(fact.name, name) for fact in EVERY for name in fact.model_fields}


def test_no_page_for_subscribers_tells_of_what_lies_beneath_a_cover_but_that_it_does() -> None:
    page = (DOCS / "events.md").read_text(encoding="utf-8")
    assert all(page.count(fact.wire_name()) == 1 for fact in BENEATH.values())


def test_every_refusal_can_be_met_at_some_command() -> None:
    met = set(classes_in(cast("FunctionType", authorised), Refusal))
    met.update(one for kind in ALL_COMMANDS for one in refusals_of(kind))
    whole = {one for one in kinds(Refusal) if one.__module__.startswith("domain.")}
    ours = {one for one in whole if "code" in vars(one)}
    assert ours - met == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        there = page.parent / target if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = PATH.findall(page.read_text())
    assert [one for one in named if not (HOUSE / one).exists() and not made_later(one)] == []


def test_an_example_that_is_shown_is_the_file_that_is_tried() -> None:
    """`tests/services/stream/test_subscriber.py` runs it."""
    page = (DOCS / "subscribing.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert shown == [(HOUSE / "examples" / "subscriber.py").read_text(encoding="utf-8")]


def test_every_command_line_that_is_shown_is_a_real_one() -> None:
    shown = {line for page in PAGES for line in shown_commands(page)}
    assert len(shown) > 5
    for line in shown:
        names_what_exists(understood(line), line)


def understood(line: str) -> click.Context:
    """Parse a line as the command line does, without running it."""
    words = shlex.split(re.sub(rf"^{PROGRAM}", "", line), comments=True)
    command: click.Command | None = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        assert command is not None, line
        context = command.make_context(name, list(words), parent=context)
    return context


def names_what_exists(context: click.Context, line: str) -> None:
    """A command of the programme with its fields, a read model, a kind of fact."""
    given, facts = context.params, {fact.name for fact in CATALOGUE.values()}
    assert given.get("projection") in {None, "notices", OPENINGS, *PROJECTIONS}, line
    assert given.get("kind") in {None, *facts}, line
    if (name := given.get("name")) and "<" not in name:
        assert name in SENT, line
        words = given.get("fields") or ()
        if not words or given.get("each") or any(one.startswith(("@", "-")) for one in words):
            return
        answer, _ = read_fields(words, fields_of(name))
        assert {*required_of(name)} <= answer.keys() <= {*fields_of(name), *BESIDE}, line


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE))
        assert named <= targets, page


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_when_what_and_what_holds_it(page: Path) -> None:
    text = page.read_text()
    assert re.search(r"^# \d{3} \w+", text)
    assert f"# {page.name[:3]} " in text
    assert re.search(r"^20\d\d-\d\d-\d\d\. Held by .*`tests/", text, re.MULTILINE)
    for part in ("**Decided.**", "**Why.**", "**Look again when**"):
        assert part in text, part


def test_the_index_lists_every_decision() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()
    rows = re.findall(r"^\| \[(\d{3})\]\(([\w-]+\.md)\) \|", index, re.MULTILINE)
    assert [name for _, name in rows] == [page.name for page in DECISIONS]
    assert all(name.startswith(number) for number, name in rows)


def pictures() -> Iterator[str]:
    for page in PAGES:
        yield from re.findall(r"^```mermaid\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def test_every_picture_is_drawn_with_what_it_declares() -> None:
    assert list(pictures())
    for picture in pictures():
        assert re.match(r"(flowchart (LR|TB)|sequenceDiagram|stateDiagram-v2)\n", picture)
        for opening, closing in ("[]", "()", "{}"):
            assert picture.count(opening) == picture.count(closing)
        inside = re.findall(r"^\s*subgraph ", picture, re.MULTILINE)
        assert len(re.findall(r"^\s*end$", picture, re.MULTILINE)) == len(inside)
