"""The letters of a whole cohort, read by parsers that did not write them, and by their words.

The demonstration's are read in the same way once it has told its story.
"""

from pathlib import Path

import pytest

from services.engines.addresses import Engines
from tests.scenes.at_work import recorded_in
from tests.scenes.outbox import notifying
from tests.scenes.read_letters import (
    must_be_short,
    must_be_understood,
    read_letters,
)
from tests.scenes.reading_age import reading_age, syllables_of
from tests.scenes.told import told
from tests.scenes.world import station, vault_of


def test_whoever_is_nine_understands_the_letters_of_a_cohort(
    fresh: Engines, tmp_path: Path
) -> None:
    with vault_of(fresh) as vault:
        recorded_in(fresh, [one.row for one in told(vault)])
    here = station(fresh, tmp_path)
    with notifying(here):
        letters = read_letters(here.outbox)
    assert len(letters) > 50
    must_be_understood(letters)
    must_be_short(here.outbox)


@pytest.mark.parametrize(
    ("text", "youngest", "oldest"),
    [
        ("The cat sat on the mat. It was a big cat.", 0, 6),
        ("We have found a partner for you. You can meet her soon.", 4, 8),
        ("Participants demonstrate organisational compliance with governance.", 15, 40),
    ],
)
def test_a_hard_text_is_measured_as_one(text: str, youngest: int, oldest: int) -> None:
    assert youngest <= reading_age(text) <= oldest


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *(("cat", 1), ("people", 2), ("place", 1), ("places", 2), ("asked", 1), ("wanted", 2)),
        *(("application", 4), ("table", 2), ("agree", 2), ("2025", 1), ("the", 1)),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, number: int) -> None:
    assert syllables_of(word) == number
