from itertools import combinations

import psycopg
import pytest

from services.crew import NAMES
from services.process.presence import LONGEST, connected, name_of

SOME = [some for number in range(1, len(NAMES) + 1) for some in combinations(NAMES, number)]


def test_whichever_workers_a_process_has_its_name_is_kept_whole() -> None:
    assert all(len(name_of(some)) <= LONGEST for some in SOME)


@pytest.mark.parametrize("workers", [("relay", "projector"), NAMES[1:], NAMES[:-2], NAMES])
def test_a_process_is_seen_as_all_its_workers_where_all_share_a_role(
    database: dict[str, str], workers: tuple[str, ...]
) -> None:
    with psycopg.connect(database["owner"], application_name=name_of(workers)) as connection:
        assert connected(connection) == set(workers)
