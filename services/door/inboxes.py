"""Only inboxes are answered.

Whoever asks chooses the subject of the answer, and the bus looks at who publishes and not at who
chose: whoever answers anywhere can be had to say something where only they may speak. So what is to
be answered elsewhere is not even heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

INBOXES: Final = ("_INBOX.", "_INBOX_", "_R_.")  # the last is the bus's own, between accounts
EVERY: Final = 60.0  # seconds between two words about what is not heard
TELL: Final = 1.0  # seconds between two looks at what was not heard
DRAIN: Final = 5.0  # seconds for the bus to hand over what it has, at the end
Hear = Callable[[Msg], Awaitable[None]]
logger = structlog.get_logger()


def is_inbox(subject: str) -> bool:
    """Whether a subject is one on which nobody but who asks listens."""
    return subject.startswith(INBOXES)


class Requests(NamedTuple):
    """Those that come on a subject, shared out among a queue, and what is given each."""

    subject: str
    queue: str
    hear: Hear


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
        self, subject: str, queue: str = "", cb: Hear | None = None
    ) -> Subscription:
        """As the client does, for requests; `cb` is given each."""

        async def hear(message: Msg) -> None:
            if not is_inbox(message.reply):
                self._unheard += 1
            elif cb:
                await cb(message)

        return await self._client.subscribe(subject, queue=queue, cb=hear)

    async def hear_until(
        self,
        stop: asyncio.Event,
        requests: Requests,
        begun: asyncio.Event,
        tell: Callable[[float], None],
    ) -> None:
        """Hear requests until `stop`, and then what the bus still has of them. `begun` is set when
        they are heard; `tell` is called now and then, as below.
        """
        heard = await self.subscribe(requests.subject, queue=requests.queue, cb=requests.hear)
        await self._client.flush()
        begun.set()
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TELL)
            tell(asyncio.get_running_loop().time())
        with suppress(NatsError, TimeoutError):
            await asyncio.wait_for(heard.drain(), DRAIN)  # type: ignore[no-untyped-call]

    def tell(self, now: float) -> None:
        """Say how many were not heard, now and then; `now` is in seconds of the event loop."""
        if self._unheard and now >= self._tell_at:
            logger.warning("requests.not-heard", number=self._unheard)
            self._unheard, self._tell_at = 0, now + EVERY
