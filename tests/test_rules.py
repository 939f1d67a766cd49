import re
from pathlib import Path

from domain.invariants.catalogue import INVARIANTS
from services.operations.confidence import AS_NOTED, IN_ORDER

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .* \| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)
HELD = re.compile(r"^\| (\d+|none) \| ((?:`[a-z.-]+`(?:, )?)*)(?:to be built)? \|$", re.MULTILINE)
NOT_BUILT = {31}
BESIDE_THE_LOG = {32: [AS_NOTED, IN_ORDER]}


def held() -> dict[str, list[str]]:
    """By rule, the invariants that the page names."""
    return {rule: re.findall(r"`([^`]+)`", names) for rule, names in HELD.findall(PAGE)}


def test_every_rule_has_its_row() -> None:
    assert [int(number) for number, _, _ in ROWS] == [*range(1, 30), 32]


def test_the_places_and_the_tests_that_are_named_exist() -> None:
    for _, place, tried in ROWS:
        assert (ROOT / place).is_file(), place
        file, _, name = tried.partition("::")
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), tried


def test_each_rule_names_the_invariants_that_hold_it() -> None:
    said = held()
    assert list(said) == [*map(str, range(1, 33)), "none"]
    for number in range(1, 33):
        mine = [one.name for one in INVARIANTS if number in one.rules]
        mine += BESIDE_THE_LOG.get(number, [])
        assert said[str(number)] == mine, number
        assert bool(mine) is (number not in NOT_BUILT), number
    assert said["none"] == [one.name for one in INVARIANTS if not one.rules]
