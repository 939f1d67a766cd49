"""What is encoded by a form of its own is what the whole form says."""

import pytest

from events.ids import CommandId, PersonId
from services.door.replies import Reply
from services.door.wire import accepted
from services.log.wishes import Accepted
from services.log.written import Written
from tests.scenes.cast import ADA
from tests.services.identity.minting import NOW

SENT = CommandId.derived(NOW, "sent")
ODD = 'a "quote", \\ and / and \u2028 \x01 é \U0001f600'


@pytest.mark.parametrize("ids", [None, {"person_id": PersonId(ADA)}, {"code": ODD}])
@pytest.mark.parametrize(
    "answer",
    [Accepted(), Accepted((Written(5, "x.done", PersonId(ADA)), Written(6, ODD, "y")), True)],  # noqa: FBT003
)
def test_what_was_accepted_is_answered_as_any_reply_is(
    answer: Accepted, ids: dict[str, str] | None
) -> None:
    repeated = answer.repeated or None
    reply = Reply(
        status="accepted", command=SENT, events=answer.written, repeated=repeated, ids=ids
    )
    assert accepted(SENT, answer, ids) == reply.encoded()
