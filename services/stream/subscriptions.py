"""The consumer of each subscriber and of each worker that follows, under its name: made, begun
elsewhere and taken away by the stream's owner, for others may only pull from theirs.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from services.crew import STREAM
from services.stream.reading import ALL

TO_ACKNOWLEDGE: Final = 60  # seconds, after which what is not acknowledged comes again
IN_HAND: Final = 1000  # messages that one may have in hand, not acknowledged as yet


async def make(
    jetstream: JetStreamContext,
    name: str,
    subjects: Sequence[str],
    after: int,
    *,
    whose: str = "subscriber",
    in_hand: int = IN_HAND,
) -> None:
    """Make it, if it is not there, so that it begins behind position `after`.

    Raises NotFoundError if there is no stream.
    """
    try:
        await jetstream.consumer_info(STREAM, name)
    except NotFoundError:
        await _add(jetstream, name, subjects, after, whose=whose, in_hand=in_hand)


async def begin_elsewhere(
    jetstream: JetStreamContext, name: str, subjects: Sequence[str], after: int
) -> None:
    """Let it go on behind position `after`, wherever it is. What is in hand comes again, if it lies
    behind that.

    Raises NotFoundError if there is no stream.
    """
    await remove(jetstream, name)
    await _add(jetstream, name, subjects, after)


async def remove(jetstream: JetStreamContext, name: str) -> None:
    """See to it that there is none."""
    with suppress(NotFoundError):
        await jetstream.delete_consumer(STREAM, name)


async def _add(
    jetstream: JetStreamContext,
    name: str,
    subjects: Sequence[str],
    after: int,
    *,
    whose: str = "subscriber",
    in_hand: int = IN_HAND,
) -> None:
    await jetstream.add_consumer(
        STREAM,
        ConsumerConfig(
            durable_name=name,
            description=f"The place of the {whose} {name}",
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=TO_ACKNOWLEDGE,
            max_deliver=-1,
            max_ack_pending=in_hand,
            filter_subjects=None if tuple(subjects) == (ALL,) else list(subjects),
        ),
    )
