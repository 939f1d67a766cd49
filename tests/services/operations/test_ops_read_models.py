"""Orders about read models that nobody could carry out are refused, and not kept."""

from contextlib import closing

import psycopg
import pytest
from click.testing import CliRunner

from projections.catalogue import ALL
from services.__main__ import main
from services.clock import SystemClock
from services.dead_letters.faults import Fault
from services.dead_letters.orders import latest
from services.dead_letters.parking import Parked, park
from services.engines.addresses import Engines
from services.read_models.builds import make
from services.workers.projector import Projector
from tests.scenes.at_work import named, recorded_in, stored
from tests.scenes.damaged import shortened
from tests.scenes.history import history
from tests.scenes.world import NOON

WHY = ("--reason", "the count was wrong", "--who", "olive", "--yes")
HEAD = len(history())


@pytest.fixture
def folded(fresh: Engines) -> Engines:
    """Each read model stands at the head of the log, and none was ever built anew."""
    recorded_in(fresh, map(stored, history()))
    with closing(Projector(fresh.programme["projector"], SystemClock(), ALL)) as own:
        own.prepare()
        own.take(HEAD)
    return fresh


def refused(engines: Engines, *words: str) -> str:
    """What an operator is told; nothing is on record."""
    ours = {"LT_DATABASE_URL": engines.programme["operator"], **named(engines.nats["client"])}
    said = CliRunner().invoke(main, ["ops", *words, *WHY], env=ours)
    assert said.exit_code == 1, said.output
    with psycopg.connect(engines.programme["operator"]) as connection:
        assert latest(connection, 1) == []
    return said.stderr


def test_there_is_no_way_back_where_nothing_was_kept(folded: Engines) -> None:
    said = refused(folded, "rollback", "application_queue")
    nothing = "no older build is kept: there is nothing to go back to"
    assert said == f"Nothing was ordered about application_queue: {nothing}.\n"


def test_what_was_not_taken_in_yet_is_not_taken_in_again(folded: Engines) -> None:
    said = refused(folded, "replay", "application_queue", "--from", str(HEAD + 1))
    assert f"it is at position {HEAD}: it has still to take in {HEAD + 1}." in said


def test_rows_of_another_log_are_not_mended_but_built_anew(folded: Engines) -> None:
    shortened(folded, HEAD - 1)
    said = refused(folded, "replay", "application_queue", "--from", "3")
    assert "it was folded from another log: rebuild it." in said


def test_a_letter_of_rows_that_are_not_shown_is_not_redriven(folded: Engines) -> None:
    with psycopg.connect(folded.programme["projector"], autocommit=True) as connection:
        unseen = make(connection, next(iter(ALL)), "kept")
        put = Parked(unseen.name, "ada", 3, "pairing.proposed")
        park(connection, put, Fault("KeyError", "a place"), NOON)
        (number,) = connection.execute("SELECT letter FROM work.letters").fetchone() or ()
    said = refused(folded, "redrive", str(number))
    assert f"Dead letter {number} is of rows that don't serve now" in said
