"""Who was invited to apply, and what has come of it: a list to ring people from."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from projections.cohort_board import CLOSED, CohortState
from projections.interest import InterestState
from projections.lists import Ask, Asked, WorkList, only
from projections.projection import Shown


class InvitationState(StrEnum):
    """What has come of an invitation. Whoever has not applied when applications close has let it
    lapse, but for who has longer (`until`).
    """

    WAITING = "waiting"
    HAS_LONGER = "has-longer"
    ANSWERED = "answered"
    LAPSED = "lapsed"


CAN_APPLY: Final = frozenset({CohortState.PLANNED, CohortState.OPEN})


def invitations(ask: Ask, asked: Asked) -> Iterator[Shown]:
    """A row for each who was invited, to the last cohort, if whoever asks is shown that one."""
    boards = {one["cohort_id"]: one for one in ask("cohort_board", only(asked, ("cohort_id",)))}
    for row in ask("interest", only(asked, ("person_id",))):
        board = boards.get(row.get("led_to"))
        if board is not None:
            until = (row.get("longer") or {}).get(board["cohort_id"])
            state = _of(row["state"], board["state"], until)
            if asked.get("state", state) == state:
                yield {
                    "key": row["person_id"],
                    "person_id": row["person_id"],
                    "cohort_id": board["cohort_id"],
                    "since": row["since"],
                    "closes_on": board["closes_on"],
                    "until": until,
                    "state": state,
                }


def _of(interest: str, cohort: str, until: str | None) -> str:
    if interest == InterestState.APPLIED:
        return InvitationState.ANSWERED.value
    if cohort in CAN_APPLY:
        return InvitationState.WAITING.value
    longer = until is not None and cohort in CLOSED
    return (InvitationState.HAS_LONGER if longer else InvitationState.LAPSED).value


INVITATIONS: Final = WorkList(
    name="invitations",
    question="Who was invited to apply, and has answered, still can, or let it lapse?",
    of=("interest", "cohort_board"),
    tells="led_to",
    fields=("person_id", "cohort_id", "since", "closes_on", "until", "state"),
    rows=invitations,
)
