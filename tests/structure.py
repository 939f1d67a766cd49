"""Counts the house: what stands side by side, how many imports cross, how long their chain is.

`python -m tests.structure` measures this checkout, `python -m tests.structure FOLDER` another one.
A unit is what one sees in a folder: a file, or a folder with all that is in it.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("events", "domain", "projections", "services")


class Structure(NamedTuple):
    """One folder: files within, units side by side, arrows between them, and the longest chain.

    An arrow is an import between two units, however often; `circles` are pairs that reach each
    other; `chain` counts the units on the longest way of arrows.
    """

    folder: str
    files: int
    units: int
    arrows: int
    circles: int
    chain: int


def structure(house: Path, folder: str) -> Structure:
    """The structure of one folder of a checkout."""
    files = sorted((house / folder).rglob("*.py"))
    arrows = {
        (_unit(file, house / folder), target)
        for file in files
        for target in _imported(file, house, folder)
    }
    arrows = {(one, other) for one, other in arrows if one != other}
    units = {_unit(file, house / folder) for file in files} - {"__init__"}
    ways = {unit: frozenset(to for of, to in arrows if of == unit) for unit in units}
    reached = {unit: _reached(unit, ways) for unit in units}
    circles = sum(
        one in reached[other] for one, other in product(units, units) if one in reached[one]
    )
    return Structure(folder, len(files), len(units), len(arrows), circles, _longest(ways, reached))


def _unit(file: Path, folder: Path) -> str:
    return file.relative_to(folder).parts[0].removesuffix(".py")


def _imported(file: Path, house: Path, folder: str) -> Iterator[str]:
    """The units of the folder that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _units_named(node.module, [one.name for one in node.names], house, folder)
        elif isinstance(node, ast.Import):
            for one in node.names:
                yield from _units_named(one.name, [], house, folder)


def _units_named(module: str, names: list[str], house: Path, folder: str) -> Iterator[str]:
    root, *parts = module.split(".")
    if root != folder:
        return
    for name in parts[:1] or names:
        if (house / folder / name).is_dir() or (house / folder / f"{name}.py").is_file():
            yield name


def _reached(unit: str, ways: dict[str, frozenset[str]]) -> set[str]:
    """All units that one leads to."""
    found: set[str] = set()
    open_ = set(ways[unit])
    while open_:
        one = open_.pop()
        if one not in found:
            found.add(one)
            open_ |= ways.get(one, frozenset())
    return found


def _longest(ways: dict[str, frozenset[str]], reached: dict[str, set[str]]) -> int:
    """How many units are on the longest chain; those of a circle count as one."""

    @cache
    def chain(unit: str) -> int:
        beyond = (one for one in ways.get(unit, ()) if unit not in reached.get(one, ()))
        return 1 + max((chain(one) for one in beyond), default=0)

    return max(map(chain, ways), default=0)


def main() -> None:
    """Print a line for each folder."""
    house = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    print(f"{'folder':<14}{'files':>7}{'units':>7}{'arrows':>8}{'circles':>9}{'chain':>7}")  # noqa: T201 - its output
    for folder in FOLDERS:
        one = structure(house, folder)
        counts = f"{one.files:>7}{one.units:>7}{one.arrows:>8}{one.circles:>9}{one.chain:>7}"
        print(f"{one.folder:<14}{counts}")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
