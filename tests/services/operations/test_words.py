import pytest

from services.operations.words import ago, events, for_so_long


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than 1 s"),
        (0.6, "1 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (61, "1 min 1 s"),
        (179, "2 min 59 s"),
        (185, "3 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 day"),
        (100_000, "1 day 3 h"),
        (3 * 86_400 + 7200, "3 days"),
        (None, "an unknown time"),
    ],
)
def test_a_time_is_told_with_its_unit_as_people_say_it(seconds: float | None, words: str) -> None:
    assert for_so_long(seconds) == words


def test_what_is_not_known_is_not_made_up() -> None:
    assert ago(None) == "at an unknown time"
    assert (ago(3), events(1), events(1470)) == ("3 s ago", "1 event", "1,470 events")
