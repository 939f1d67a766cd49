import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| .* \| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_every_rule_has_its_row() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 30))


def test_the_places_and_the_tests_that_are_named_exist() -> None:
    for _, place, tried in ROWS:
        assert (ROOT / place).is_file(), place
        file, _, name = tried.partition("::")
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), tried
