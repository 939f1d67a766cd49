"""What whoever asks at the door is answered, in bytes; and how it is sent."""

from contextlib import suppress
from functools import cache
from typing import Any, Final

import structlog
from nats.errors import Error as NatsError
from nats.micro.request import Request as NatsRequest
from pydantic import BaseModel

from domain.catalogue import COMMANDS, TOO_EARLY
from domain.decision import Refusal
from domain.people.person import RegisterPerson
from events.assessments import PanelActed
from events.contacts import ContactKept
from services.door.replies import NOT_KNOWN_YET, Reply
from services.door.wire import accepted
from services.log.wishes import Accepted, Refused, Wish

logger = structlog.get_logger()

FAILED: Final = Reply(status="failed", sentence="We could not answer this. We were told.").encoded()
BUSY: Final = "We can't take this just now. Please send it again, with the same id, in a moment."
RESTING: Final = "The door is closed for a while. Please send it again later, with the same id."


COVERED: Final = (f"{PanelActed.context()}.", f"{ContactKept.context()}.")
UNNOTED: Final = frozenset(
    {name for name in COMMANDS if name.startswith(COVERED)}
    | {"cohort.sign-release", "cohort.release-decisions"}
)
"""Commands whose refusals would tell, before the release, what a panel found; or for what
a contact is.
"""


async def send(message: NatsRequest, body: bytes) -> None:
    """Nobody is answered without a bus."""
    with suppress(NatsError):
        await message.respond(body)


def busy(wish: Wish | None = None, sentence: str = BUSY) -> bytes:
    """Nothing was recorded, and nothing will be. Without a wish nobody has looked what it is."""
    return Reply(status="busy", command=wish.sent if wish else None, sentence=sentence).encoded()


def turned_away(refusal: Refusal) -> bytes:
    """Why it is not known who asks, or why they may ask nothing."""
    return Reply(status="refused", code=refusal.code, sentence=refusal.sentence).encoded()


def unanswered(wish: Wish) -> bytes:
    """It may have been recorded."""
    return Reply(status="unanswered", command=wish.sent, sentence=NOT_KNOWN_YET).encoded()


def encoded(wish: Wish) -> bytes:
    """What the writer answered."""
    answer = wish.answer
    if isinstance(answer, Accepted):
        return accepted(wish.sent, answer, _ids(wish))
    said: dict[str, Any]
    if isinstance(answer, Refused):
        _note(wish, answer)
        said = {"status": "refused", "code": answer.code, "sentence": answer.sentence}
        said |= {"time": wish.act.time} if answer.code in TOO_EARLY else {}
    elif wish.unsure:
        return unanswered(wish)
    else:
        said = {"status": "failed", "sentence": answer.problem if answer else BUSY}
    return Reply.model_validate({**said, "command": wish.sent}).encoded()


def _note(wish: Wish, answer: Refused) -> None:
    """In the log; but not what would tell there what lies under a cover."""
    name, mine = wish.command.name, wish.act.command_id
    if name not in UNNOTED:
        logger.info(f"{name}.refused", code=answer.code, command_id=mine)


def _ids(wish: Wish) -> dict[str, str] | None:
    """The ids that the command names; who registers somebody learns who it is."""
    command: BaseModel = wish.command
    if isinstance(command, RegisterPerson):
        (who,) = wish.about
        return {"person_id": who}
    found = {
        name: value
        for name in _names_of_ids(type(command))
        if (value := getattr(command, name)) is not None
    }
    return found or None


@cache
def _names_of_ids(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name.endswith("_id"))
