"""The form of an answer to whoever reads."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from services.door.replies import FieldProblem

NOT_THERE_YET: Final = "reading.not-there-yet"
NOT_RECORDED: Final = "reading.not-recorded"


class ReadingReply(BaseModel):
    """The answer to a question.

    answered: `rows`, which were so at `position` of the log or later, and `after` if there may be
    more of them; `cut` if there are more, and no way on but to ask for something else; refused:
    `code` and `sentence` say why; invalid: the form is wrong (`fields`); unknown: nothing is read
    under this name; busy: ask again in a moment; failed: a fault of ours.
    """

    model_config = ConfigDict(frozen=True)

    status: Literal["answered", "refused", "invalid", "unknown", "busy", "failed"]
    rows: list[dict[str, JsonValue]] | None = None
    position: int | None = None
    after: str | None = None
    cut: bool | None = None
    code: str | None = None
    sentence: str | None = None
    fields: tuple[FieldProblem, ...] | None = None

    @property
    def passes(self) -> bool:
        """Whether the same may be answered in a moment."""
        return self.status == "busy" or self.code in (NOT_THERE_YET, NOT_RECORDED)

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        return self.model_dump_json(exclude_none=True).encode()
