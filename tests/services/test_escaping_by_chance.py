from tests.scenes.fuzzed_words import fuzz


def test_no_words_by_chance_are_more_than_words() -> None:
    """Others are tried by `tests.scenes.fuzzed_words.fuzz(seed, seconds=…)`."""
    assert fuzz(1, cases=1000) == 1000
