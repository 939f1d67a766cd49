"""What must exist on JetStream before anybody begins: the stream, a consumer for each follower."""

from collections.abc import Mapping
from typing import Final

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import BadRequestError, NotFoundError

from services.crew import EVENTS, STREAM
from services.stream.epoch import epoch_of, fresh, marked

OTHERWISE: Final = 10058  # the bus's code for a stream that is there, and configured otherwise


async def provision(
    client: Client, checkpoints: Mapping[str, int], *, head: int = 0, replicas: int = 1
) -> None:
    """Make the stream and one consumer for each of these workers, if they are not there.

    A stream that has to be made is whole when it has come to `head`; a consumer that has to be made
    begins behind its worker's checkpoint.
    """
    jetstream = client.jetstream()
    stream = await make_stream(jetstream, replicas, head)
    if not epoch_of(stream):
        await jetstream.update_stream(marked(stream.config, fresh(), stream.state.last_seq))
    for worker, checkpoint in checkpoints.items():
        await _consumer(jetstream, worker, checkpoint)


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


async def _consumer(jetstream: JetStreamContext, worker: str, checkpoint: int) -> None:
    try:
        await jetstream.consumer_info(STREAM, worker)
    except NotFoundError:
        await jetstream.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=worker,
                description=f"The place of the worker {worker}",
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=checkpoint + 1,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=60,
                max_deliver=-1,
                max_ack_pending=5000,
            ),
        )
