"""The form of an answer: what it says of itself, and nothing that only the door needs."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from services.log.written import Written


class FieldProblem(BaseModel):
    """A field that is not as it should be. The value that was given is never repeated."""

    field: str
    problem: str


class Reply(BaseModel):
    """The answer to a command.

    accepted: it is durable (`events`, none if it was already so; `repeated`, if it was accepted
    before under this id and this is the answer it had then; of what was told in confidence there
    are no `events`, and what may be read of it is `told`); refused: a rule says no, and if it
    was too early, `time` is the moment at which that was judged; invalid: the form is wrong
    (`fields`); unknown: no such command (`near`); busy: nothing was recorded, and nothing will be
    until it is sent again; unanswered: it isn't known yet whether it was recorded, and sent again
    with the same id it gets its answer; failed: a fault of ours.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["accepted", "refused", "invalid", "unknown", "busy", "unanswered", "failed"]
    command: str | None = None
    events: tuple[Written, ...] | None = None
    repeated: bool | None = None
    ids: dict[str, str] | None = None
    code: str | None = None
    sentence: str | None = None
    time: datetime | None = None
    fields: tuple[FieldProblem, ...] | None = None
    near: tuple[str, ...] | None = None
    told: dict[str, Any] | None = None

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        return self.model_dump_json(exclude_none=True).encode()


TO_BE_ASKED_AGAIN: Final = frozenset({"busy", "unanswered"})  # with the same id
NOT_IDENTIFIED: Final = "identity."  # begins the codes of who can't be told by what they show
NOT_KNOWN_YET: Final = (
    "It isn't known yet whether this was recorded. Send it again with the same id: you get the"
    " answer it had."
)
