import psycopg
import pytest

from services.crew import NAMES
from services.process.presence import connected, name_of


@pytest.mark.parametrize("workers", [("relay", "projector"), NAMES[1:], NAMES])
def test_a_process_is_seen_as_all_its_workers_where_all_share_a_role(
    database: dict[str, str], workers: tuple[str, ...]
) -> None:
    with psycopg.connect(database["owner"], application_name=name_of(workers)) as connection:
        assert connected(connection) == set(workers)
