"""What a newcomer asks is answered by the files that the pages name."""

import re
from pathlib import Path

HOUSE = Path(__file__).parents[1]
PAGE = (HOUSE / "docs" / "newcomers.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^\| (.+\?) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
CONTRIBUTING = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8")
TO_ADD = re.findall(r"^\| (an? [\w ]+) \| (.+) \| (.+) \|$", CONTRIBUTING, re.MULTILINE)
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+)`")


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_ten_questions_are_answered() -> None:
    assert len(QUESTIONS) == 10


def test_three_files_at_most_answer_each_and_hold_what_is_to_be_looked_for() -> None:
    for question, files, wanted in QUESTIONS:
        paths = quoted(files)
        assert 1 <= len(paths) <= 3, question
        texts = [(HOUSE / path).read_text(encoding="utf-8") for path in paths]
        for words in quoted(wanted):
            assert any(words in text for text in texts), (question, words)
        assert all(any(words in text for words in quoted(wanted)) for text in texts), question


def test_whoever_adds_something_finds_what_to_touch() -> None:
    added = {what.split(" ", 1)[1] for what, _, _ in TO_ADD}
    assert added >= {
        "fact",
        "rule or command",
        "read model",
        "notice",
        "policy",
        "worker",
        "setting",
    }


def test_what_is_to_be_touched_exists() -> None:
    for what, touched, tried in TO_ADD:
        paths = PATH.findall(touched) + PATH.findall(tried)
        assert paths, what
        assert [path for path in paths if not (HOUSE / path).exists()] == [], what
