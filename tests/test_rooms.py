"""The house keeps its order: rooms say what they are for, and what is said once stands once."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.catalogue import NOTICES, POLICIES
from services.crew import CREW, IN_TURN, NAMES
from services.engines.access import TABLES, USERS
from services.engines.bus import BUS_USERS
from tests.structure import structure

HOUSE = Path(__file__).parents[1]
ROOMS = ("events", "domain", "projections", "services")
IN_SUBJECTS, IN_ROOMS = HOUSE / "domain", HOUSE / "services"
SQL = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|COPY|TABLE|REFERENCES)\s+(\w+\.\w+)")


def folders(of: Path) -> list[Path]:
    return sorted(one for one in of.iterdir() if (one / "__init__.py").exists())


@pytest.mark.parametrize(
    "room",
    [*folders(IN_SUBJECTS), *folders(IN_ROOMS)],
    ids=lambda it: f"{it.parent.name}-{it.name}",
)
def test_each_room_says_in_a_sentence_what_it_is_for(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text()))
    assert said
    assert said.partition("\n\n")[0].endswith(".")
    assert len(said) < 200


@pytest.mark.parametrize(
    "room",
    [*folders(IN_SUBJECTS), *folders(IN_ROOMS)],
    ids=lambda it: f"{it.parent.name}-{it.name}",
)
def test_no_room_is_empty(room: Path) -> None:
    assert [one for one in room.rglob("*.py") if one.name != "__init__.py"]


@pytest.mark.parametrize("of", [IN_SUBJECTS, IN_ROOMS], ids=lambda it: it.name)
def test_tests_mirror_the_rooms(of: Path) -> None:
    mirrored = {one.name for one in (HOUSE / "tests" / of.name).iterdir() if one.is_dir()}
    assert mirrored - {"__pycache__"} <= {one.name for one in folders(of)}


@pytest.mark.parametrize("folder", ROOMS)
def test_no_import_runs_back(folder: str) -> None:
    assert structure(HOUSE, folder).circles == 0


def statements() -> Iterator[tuple[str, str]]:
    """Each table that SQL of ours speaks of, with the module in which that SQL stands."""
    for file in IN_ROOMS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for table in SQL.findall(node.value):
                    yield table, str(file.relative_to(HOUSE))


def test_each_table_has_its_sql_in_one_module() -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for table, file in statements():
        homes[table].add(file)
    assert {table: files for table, files in homes.items() if len(files) > 1} == {}
    named = {table.replace("concerns.", "log.") for table in TABLES}  # two logs of one form
    assert named - {"read.*"} <= homes.keys()


def classes() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for file in (HOUSE / room).rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    yield node.name, str(file.relative_to(HOUSE))


def test_a_class_has_a_name_of_its_own() -> None:
    """One word for two things sends whoever looks for one to the other."""
    named: dict[str, list[str]] = defaultdict(list)
    for name, file in classes():
        named[name].append(file)
    assert {name: files for name, files in named.items() if len(files) > 1} == {}


def test_what_follows_from_a_fact_stands_in_the_files_named_for_it() -> None:
    policies = {one.__module__ for found in POLICIES.values() for one in found}
    notices = {one.__module__ for found in NOTICES.values() for one in found}
    assert all(one.endswith(".policies") for one in policies)
    assert all(one.endswith("notices") for one in notices)


def test_the_crew_is_said_once() -> None:
    """No list of workers stands anywhere else: it would have to be kept as well."""
    name = rf"""["'](?:{"|".join(NAMES)})["'][,\s]+"""
    listing = re.compile(f"(?:{name}){{3}}")
    found = [file for file in IN_ROOMS.rglob("*.py") if listing.search(file.read_text())]
    assert found == []
    assert sorted(name for group in IN_TURN for name in group) == sorted(NAMES)
    assert len(set(NAMES)) == len(CREW)


def test_each_worker_has_its_file_and_no_file_is_nobodys() -> None:
    files = {one.stem for one in (IN_ROOMS / "workers").glob("*.py")} - {"__init__"}
    assert files == set(NAMES)


def test_whoever_asks_at_the_door_stops_before_it() -> None:
    door = next(one.stops for one in CREW if one.answers)
    assert all(one.stops < door for one in CREW if one.asks or one.for_others)
    others = (one for one in CREW if not (one.asks or one.for_others or one.answers))
    assert all(one.stops > door for one in others)


def test_each_user_has_the_rights_of_its_worker_and_no_others() -> None:
    for worker in CREW:
        (user,) = (one for one in USERS if one.name == worker.name)
        assert dict(user.tables) == worker.rights
        (on_the_bus,) = (one for one in BUS_USERS if one.name == worker.name)
        says = on_the_bus.publishes
        assert sum(one.startswith(f"lt.system.{worker.name}.") for one in says) == len(worker.asks)
        assert any("CONSUMER.MSG.NEXT" in one for one in says) is worker.follows
        assert ("lt.command.>" in says) is worker.for_others
