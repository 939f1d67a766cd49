"""What the worker that keeps the door asks for itself: it goes over no bus, and waits its turn."""

import asyncio
from collections.abc import Mapping
from json import dumps
from typing import Any

from services.door.asking import subject_of
from services.door.replies import Reply


class FromWithin:
    """A request as the door knows them, with an answer to wait for."""

    def __init__(self, name: str, body: Mapping[str, Any], worker: str) -> None:
        """`worker` is who asks, as on the bus."""
        self.subject = subject_of(name, worker)
        self.data = dumps(body).encode()
        self.headers: Mapping[str, str] | None = None
        self._answer = asyncio.get_running_loop().create_future()

    async def respond(self, data: bytes) -> None:
        """It is answered once."""
        if not self._answer.done():
            self._answer.set_result(data)

    async def answered(self) -> Reply:
        """The answer, once there is one."""
        return Reply.model_validate_json(await self._answer)
