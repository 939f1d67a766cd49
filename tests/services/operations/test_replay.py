"""Workers go back in the log, and never to where it has nothing."""

import psycopg
from click.testing import CliRunner

from services.__main__ import main
from services.engines.addresses import Engines
from tests.scenes.at_work import named, recorded_in, stored
from tests.scenes.damaged import shortened
from tests.scenes.history import history

WORDS = ("ops", "replay", "policies", "--effects", "only-missing", "--yes")
WHY = ("--reason", "the rule is mended", "--who", "olive")
END = len(history())


def replayed(engines: Engines, first: int, code: int = 1) -> str:
    """What an operator is told."""
    ours = {"LT_DATABASE_URL": engines.programme["operator"], **named(engines.nats["operator"])}
    said = CliRunner().invoke(main, [*WORDS, *WHY, "--from", str(first)], env=ours)
    assert said.exit_code == code, said.output
    return said.output


def test_nobody_goes_back_to_where_the_log_has_nothing(fresh: Engines) -> None:
    recorded_in(fresh, map(stored, history()))
    with psycopg.connect(fresh.programme["policies"]) as connection:
        connection.execute(
            "UPDATE work.places SET position = %(end)s, event = log.digest_at(%(end)s)"
            " WHERE worker = 'policies'",
            {"end": END},
        )
    assert f"still to take in {END + 1}." in replayed(fresh, END + 1)
    assert f"the log ends at {END}: name a position up to" in replayed(fresh, END + 2)
    shortened(fresh, END - 5)
    said = replayed(fresh, END - 3)
    assert said == f"the log ends at {END - 5}: name a position up to {END - 4}.\n"
    said = replayed(fresh, END - 4, code=0)  # from where they are equal, it goes on
    assert said == f"policies was at position {END}, and takes in again what follows {END - 5}.\n"
