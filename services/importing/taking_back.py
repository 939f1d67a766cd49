"""Takes an import back as a whole: first that it was a mistake, then each application with it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from nats.aio.client import Client

from domain.imports.taking_back import TakingBackReason, TouchedSince
from events.ids import ApplicationId, CommandId, ImportId
from events.terms import Role
from services.door.patiently import NobodyTakes, ask_patiently, in_lines
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.patience import Progress, unseen

TAKE_BACK: Final = "import.take-back"
EACH: Final = "application.take-back"
LEFT: Final = TouchedSince.code
"""The code of what somebody has done something with since, which stays."""


async def take_back(
    client: Client,
    import_id: ImportId,
    reason: TakingBackReason,
    brought: Sequence[ApplicationId],
    *,
    shows: Callable[[], str],
    progress: Progress = unseen,
) -> tuple[Reply, Mapping[ApplicationId, Reply]]:
    """What the door said to the whole, and to each of the applications that came with it (to none,
    if the whole was refused). Stopped at any point, it goes on when it is called again.
    """
    data = {"import_id": import_id, "reason": reason}
    whole = await ask_patiently(client, TAKE_BACK, _body(data), shows)
    found: dict[ApplicationId, Reply] = {}

    async def send(one: ApplicationId) -> None:
        found[one] = await ask_patiently(client, EACH, _body({"application_id": one}), shows)
        progress(len(found), len(brought))
        if found[one].status in TO_BE_ASKED_AGAIN:
            raise NobodyTakes

    if whole.status == "accepted":
        with suppress(NobodyTakes):  # what has no answer by then was not asked for
            await in_lines([[one] for one in brought], send)
    return whole, found


def _body(data: Mapping[str, Any]) -> dict[str, Any]:
    named = CommandId.derived(datetime.now(UTC), uuid4().hex)
    return {"id": named, "role": Role.COORDINATOR, "data": dict(data)}
