"""The log of what is told in confidence, held against what was noted of its end in the programme's
own. Nothing of it is read but digests.
"""

from collections.abc import Iterator
from typing import Final

import psycopg

from events.catalogue import decode
from events.heads import ConcernsHeadNoted
from services.concerns.heads import PURPOSE, position_noted
from services.log.log import next_of_kind
from services.log.statements import DIGESTS_OF_CONCERNS
from services.operations.checking import LedThere, WrongState
from services.vault.vault import Vault

RULES: Final = (32,)
IN_ORDER: Final = "concerns.in-order"
NOT_IN_ORDER: Final = (
    "The log of what is told in confidence has a gap: something was taken out of it."
)
AS_NOTED: Final = "concerns.as-noted"
NOT_AS_NOTED: Final = (
    "The log of what is told in confidence has no more what was noted of its end: something was"
    " taken out of it or changed, or it was restored from before."
)


def not_as_noted(connection: psycopg.Connection, vault: Vault) -> Iterator[WrongState]:
    """Each state of it that should not exist. Raises psycopg.Error."""
    rows = connection.execute(DIGESTS_OF_CONCERNS).fetchall()
    if [position for position, _ in rows] != [*range(1, len(rows) + 1)]:
        yield WrongState(IN_ORDER, RULES, NOT_IN_ORDER, (), ())
        return
    digests, before, after = [bytes(digest) for _, digest in rows], 0, 0
    while found := next_of_kind(connection, ConcernsHeadNoted, after):
        key = vault.own_key(PURPOSE)  # which is there, or nothing could have been noted
        for row in found:
            fact = decode(row.document)
            assert isinstance(fact.event, ConcernsHeadNoted)  # noqa: S101 - for the type checker
            position = position_noted(key, fact.event, digests, before)
            if position is None:
                there = (LedThere(row.position, fact.envelope),)
                yield WrongState(AS_NOTED, RULES, NOT_AS_NOTED, (fact.envelope.id,), there)
            before = position or before
        after = found[-1].position
