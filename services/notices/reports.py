"""Tells the log of each message that somebody of the team has to see to, and that nobody has to any
more: by a command at the door, whose id derives from what is told, so that it is told once.
"""

from typing import Any, Final

import psycopg
import structlog
from pydantic import ValidationError

from domain.notices.undelivered import ReportNotice, SettleNotice
from events.catalogue import decode
from events.ids import CohortId, CommandId, ContactId, NoticeId, PersonId
from events.terms import BEGUN, NoticeTrouble
from services.clock import Clock
from services.dead_letters.faults import Fault
from services.door.asking import by_itself
from services.door.from_threads import Ask
from services.door.replies import TO_BE_ASKED_AGAIN
from services.engines.connections import KeptConnection
from services.log.log import page
from services.notices import ledger
from services.notices.ledger import Unreported

BECAUSE: Final = {ledger.BY_HAND: NoticeTrouble.BY_HAND}
"""Why somebody has to see to it, where a state of the ledger has another name."""
DONE: Final = ("accepted", "refused")  # of whom was erased meanwhile nobody has to see to anything
logger = structlog.get_logger()


class Reports:
    """Tells the log by `ask` what the ledger behind `url` has. For one thread."""

    def __init__(self, url: str, ask: Ask, clock: Clock) -> None:
        self._connection, self._ask, self._clock = KeptConnection(url), ask, clock
        self._leaving = False

    def leave(self) -> None:
        """Finish what is asked now, and ask no more."""
        self._leaving = True

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def tell(self) -> bool:
        """Tell what the log does not have; False if some could not be told. What the door can't
        make anything of holds up nothing else. Raises psycopg.Error.
        """
        told = True
        with self._connection.used() as connection:
            found = ledger.unreported(connection)
            names = ledger.named(connection, [one.key for one in found], self._clock.now())
            for one in found:
                status = self._told(connection, one, names[one.key])
                told &= status in DONE
                if self._leaving or status in TO_BE_ASKED_AGAIN:
                    break
        return told

    def _told(self, connection: psycopg.Connection, one: Unreported, name: NoticeId) -> str:
        """The status of the door's answer."""
        try:
            command = _command(one, name, _cohort(connection, one))
        except ValidationError as error:  # whoever wrote that row was none of us
            logger.error("notice.not-reported", notice=name, problem=Fault.of(error).problem)  # noqa: TRY400 - its text has values
            return "invalid"
        derived = CommandId.derived(BEGUN, name, one.state or "", str(one.reports))
        body = by_itself(derived, command.model_dump(mode="json", exclude_none=True))
        ledger.being_reported(connection, one)
        reply = self._ask(command.name, body)
        if reply.status in DONE:
            ledger.reported(connection, one)
        else:
            logger.warning("notice.not-reported", notice=name, answer=reply.code or reply.status)
        return reply.status


def _command(
    one: Unreported, name: NoticeId, cohort: CohortId | None
) -> ReportNotice | SettleNotice:
    if one.state is None:
        return SettleNotice(notice_id=name)
    who = one.key.person
    to: dict[str, Any] = (
        {"contact_id": ContactId(who)}
        if ContactId.pattern.fullmatch(who)
        else {"person_id": PersonId(who)}
    )
    why = BECAUSE.get(one.state) or NoticeTrouble(one.state)
    return ReportNotice(notice_id=name, cohort_id=cohort, template=one.key.template, why=why, **to)


def _cohort(connection: psycopg.Connection, one: Unreported) -> CohortId | None:
    """The cohort whose team sees to it: that of its cause, if the log has it, and it is of one."""
    with connection.cursor(binary=True) as cursor:
        rows = page(cursor, one.position - 1, 1)
    for row in rows:
        try:
            cause = decode(row.document)
        except (ValueError, LookupError):
            return None
        if cause.envelope.id == one.key.cause:
            found: CohortId | None = getattr(cause.event, "cohort_id", None)
            return found
    return None
