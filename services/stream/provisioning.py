"""What must exist on JetStream before anybody begins: the stream, and a consumer for each follower
and each subscriber.
"""

from collections.abc import Iterable, Mapping
from json import dumps
from types import MappingProxyType
from typing import Any, Final

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import BadRequestError, NotFoundError

from services.crew import EVENTS, STREAM
from services.engines.credentials import Subscriber
from services.stream import subscriptions
from services.stream.epoch import epoch_of, fresh, marked
from services.stream.reading import ALL

OF_A_WORKER: Final = 5000  # messages that a worker may have in hand
OTHERWISE: Final = 10058  # the bus's code for a stream that is there, and configured otherwise


async def provision(
    client: Client,
    checkpoints: Mapping[str, int],
    subscribers: Iterable[Subscriber] = (),
    *,
    head: int = 0,
    replicas: int = 1,
) -> None:
    """Make the stream and one consumer for each of these workers and subscribers, if they are not
    there.

    A stream that has to be made is whole when it has come to `head`. A consumer that has to be made
    begins behind its worker's checkpoint. A subscriber's begins where it began at first: how far it
    has come, only that itself knows.
    """
    jetstream = client.jetstream()
    stream = await make_stream(jetstream, replicas, head)
    if not epoch_of(stream):
        await jetstream.update_stream(marked(stream.config, fresh(), stream.state.last_seq))
    for worker, checkpoint in checkpoints.items():
        await subscriptions.make(
            jetstream, worker, (ALL,), checkpoint, whose="worker", in_hand=OF_A_WORKER
        )
    for one in subscribers:
        await subscriptions.make(jetstream, one.name, one.subjects, one.after)


async def make_stream(jetstream: JetStreamContext, replicas: int, head: int | None) -> StreamInfo:
    """The stream of events, made with an epoch of its own if it is not there.

    With no `head` it is not whole before somebody says so (`mark_whole`).
    """
    try:
        return await jetstream.stream_info(STREAM)
    except NotFoundError:
        config = marked(_config(replicas), fresh(), head)
    try:
        return await jetstream.add_stream(config)
    except BadRequestError as error:
        if error.err_code != OTHERWISE:
            raise
        return await jetstream.stream_info(STREAM)  # somebody made it at the same moment


async def mark_whole(jetstream: JetStreamContext, head: int) -> None:
    """The stream is filled up to `head`, and its consumers are there."""
    stream = await jetstream.stream_info(STREAM)
    await jetstream.update_stream(marked(stream.config, epoch_of(stream) or fresh(), head))


def _config(replicas: int) -> StreamConfig:
    return StreamConfig(
        name=STREAM,
        description="Every event of the programme: its sequence is the log's position",
        subjects=[f"{EVENTS}>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
        allow_atomic=True,
        num_replicas=replicas,
    )


# What of a stream's configuration loses messages, or keeps them from it, if it is not this. How
# many bytes it may have is not among them: it loses nothing by that, and says when it is full.
LOSES_NOTHING: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **{
            name: getattr(_config(replicas=1), name)
            for name in (
                *("subjects", "retention", "storage", "discard", "deny_delete", "deny_purge"),
                *("allow_direct", "allow_atomic"),
            )
        },
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": -1,
        "max_age": 0,
        "allow_rollup_hdrs": False,
        "no_ack": False,
        "sealed": False,
        "subject_transform": None,
        "sources": None,
        "mirror": None,
    }
)


def otherwise(config: Mapping[str, Any]) -> list[str]:
    """What of a stream's configuration, as the bus tells it, is not as we make it and may cost
    messages: `max_age is 60000000000`.
    """
    there = {
        name: config.get(name, False if right is True else right)  # what is off, it leaves out
        for name, right in LOSES_NOTHING.items()
    }
    return [
        f"{name} is {dumps(value)}" for name, value in there.items() if value != LOSES_NOTHING[name]
    ]
