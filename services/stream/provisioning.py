"""What must exist on JetStream before anybody begins: the stream, a consumer for each follower."""

from collections.abc import Mapping

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
)
from nats.js.errors import NotFoundError

from services.crew import EVENTS, STREAM


async def provision(client: Client, checkpoints: Mapping[str, int], *, replicas: int = 1) -> None:
    """Make the stream and one consumer for each of these workers, if they are not there.

    A consumer that has to be made begins behind its worker's checkpoint.
    """
    jetstream = client.jetstream()
    await make_stream(jetstream, replicas)
    for worker, checkpoint in checkpoints.items():
        await _consumer(jetstream, worker, checkpoint)


async def make_stream(jetstream: JetStreamContext, replicas: int) -> None:
    """The stream of events, if it is not there."""
    try:
        await jetstream.stream_info(STREAM)
    except NotFoundError:
        await jetstream.add_stream(
            StreamConfig(
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
