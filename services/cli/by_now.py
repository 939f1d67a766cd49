"""Whoever has just done something expects to see it: so one waits, for seconds, until all is to be
read that was recorded by now; if it is not, that is said.
"""

from collections.abc import Sequence
from typing import Final

import psycopg

from services.cli.console import run
from services.log.log import head_of_log
from services.read_models.builds import shown_positions
from services.reading.people import first_missing
from services.reading.reaching import has_reached
from services.vault.vault import Vault

LATE: Final = (
    "What was recorded last is missing here: it is not to be read yet. Look again in a moment."
)


def is_read_by_now(
    connection: psycopg.Connection, models: Sequence[str] = (), vault: Vault | None = None
) -> bool:
    """Wait until these read models have taken in what the log has now and, of a vault, until
    everybody can be found by words; False if that is not so in time. For the owner of a data
    folder, whose `connection` begins no transaction.
    """
    head = head_of_log(connection)

    async def position() -> int:
        missing = first_missing(connection, vault) if vault else []
        return min([head, *shown_positions(connection, models), *missing])

    return run(has_reached(position, head))
