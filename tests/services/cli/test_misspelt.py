"""What is wrong with how something was called is said in words for people."""

import pytest

from tests.scenes.calls import Calls


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("do", "--foo"), "There is no option --foo. Did you mean --for?"),
        (("shov",), "There is no such command: --help shows which there are."),
        (("show", "people", "--limit", "0"), "--limit: it is a whole number from 1 to 1000000."),
        (("show", "people", "--limit", "x"), "--limit: it is a whole number from 1 to 1000000."),
        (("assign", "x", "--lay", "9"), "--lay: it is a whole number from 0 to 6."),
        (("assign",), "COHORT is missing."),
        (("import", "applications", "x.csv"), "--cohort is missing."),
        (("do", "x", "--asked", "loudly"), "--asked: it is one of telephone, paper,"),
        (("register", "Who", "we", "are"), "That is one word too many"),
    ],
)
def test_a_wrong_call_is_answered_in_our_words(words: tuple[str, ...], sentence: str) -> None:
    said = Calls(LT_DATA="/nowhere")(*words)
    assert said.code == 2
    assert f"Error: {sentence}" in said.err
    assert not [it for it in ("Invalid value", "No such", "Missing", "Got ") if it in said.err]
