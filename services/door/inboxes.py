"""Only inboxes are answered.

Whoever asks chooses the subject of the answer, and the bus looks at who publishes and not at who
chose: whoever answers anywhere can be had to say something where only they may speak. So what is to
be answered elsewhere is not even heard.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

INBOXES: Final = ("_INBOX.", "_INBOX_", "_R_.")  # the last is the bus's own, between accounts
EVERY: Final = 60.0  # seconds between two words about what is not heard
logger = structlog.get_logger()


def is_inbox(subject: str) -> bool:
    """Whether a subject is one on which nobody but who asks listens."""
    return subject.startswith(INBOXES)


class InboxesOnly:
    """A client whose subscriptions hear only what is to be answered to an inbox, and that counts
    what else came. In all other things it is the client itself.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._unheard, self._tell_at = 0, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def subscribe(
        self, subject: str, queue: str = "", cb: Callable[[Msg], Awaitable[None]] | None = None
    ) -> Subscription:
        """As the client does, for requests; `cb` is given each."""

        async def hear(message: Msg) -> None:
            if not is_inbox(message.reply):
                self._unheard += 1
            elif cb:
                await cb(message)

        return await self._client.subscribe(subject, queue=queue, cb=hear)

    def tell(self, now: float) -> None:
        """Say how many were not heard, now and then; `now` is in seconds of the event loop."""
        if self._unheard and now >= self._tell_at:
            logger.warning("requests.not-heard", number=self._unheard)
            self._unheard, self._tell_at = 0, now + EVERY
