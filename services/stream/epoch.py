"""The epoch of a stream, another one whenever it is made anew: so whoever follows it sees that
positions may mean other events now. See docs/decisions/018-epochs.md.
"""

from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from nats.js.api import StreamConfig, StreamInfo

EPOCH: Final = "Lt-Epoch"  # in the stream's metadata, and a header of each message
HEAD: Final = "Lt-Head"  # in the stream's metadata: it is whole once it has come to this position


def fresh() -> str:
    """An epoch that no stream has had."""
    return uuid4().hex


def epoch_of(stream: StreamInfo) -> str:
    """The epoch of a stream; empty if an older version made it, until `provision` gives it one."""
    return _marks_of(stream.config).get(EPOCH, "")


def is_whole(stream: StreamInfo) -> bool:
    """Whether the stream has been filled, and has its consumers, since it was made."""
    head = _marks_of(stream.config).get(HEAD)
    return head is not None and stream.state.last_seq >= int(head)


def marked(config: StreamConfig, epoch: str, head: int | None = None) -> StreamConfig:
    """The same stream with its epoch; with `head`, as one that is whole when it has come there."""
    marks = {EPOCH: epoch} if head is None else {EPOCH: epoch, HEAD: str(head)}
    return config.evolve(metadata={**_marks_of(config), **marks})


def _marks_of(config: StreamConfig) -> Mapping[str, str]:
    return config.metadata or {}
