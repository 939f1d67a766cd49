from tests.races.conftest import Fresh
from tests.races.machine import compare


def test_two_writers_and_their_crashes_agree_with_the_model(another: Fresh) -> None:
    compare(another, examples=6)
