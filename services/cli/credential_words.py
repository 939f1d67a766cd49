"""A credential in words: one that was made, and how everybody stands who has one."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.text import Text

from services.crew import STREAM
from services.engines.credentials import Subscriber
from services.operations.credentials import Told
from services.operations.places import age
from services.operations.standings import CredentialStanding
from services.operations.words import ago, for_so_long

FOLLOWS: Final = "{name} may follow {subjects} from position {from} on."
ASKS: Final = "{name} may ask: for what is to happen, and for what may be read. It follows nothing."
HOW_TO_ASK: Final = (
    "With it the command line asks from elsewhere: LT_NATS_URL says {url}, by whatever name the bus"
    " is reached from there, and LT_NATS_SEED_FILE names the file. Who it is that asks, their own"
    " token says: docs/identity.md."
)
SEED: Final = (
    "Its seed is in {file}, which only you may read. Whoever has it is {name}: hand it over where"
    " nobody else can read it, and keep no copy."
)
HOW: Final = (
    "With it {name} connects to {url}, with inboxes that begin with _INBOX_{name}, and pulls"
    " from the consumer {name} of the stream {stream}: docs/subscribing.md tells how."
)
NO_CONSUMER: Final = "no consumer"
NOT_SEEN: Final = "not to be seen"
NUMBERS: Final = ("place", "behind")
COLUMNS: Final = ["name", "kind", "subjects", "made", "by", "connected", "place", "behind"]


class MadeCredential(NamedTuple):
    """A credential that was made: what it follows and from which position on (None of whoever
    asks), where the bus is, the file of its seed (None if it is printed), and what is told of it.
    """

    name: str
    subjects: tuple[str, ...]
    begins: int | None
    url: str
    file: Path | None
    told: Told

    @property
    def asks(self) -> bool:
        """Whether it follows nothing."""
        return self.begins is None

    def answer(self) -> dict[str, Any]:
        """For a script. The seed is in it only if it is in no file."""
        return {
            "name": self.name,
            "kind": "asker" if self.asks else "subscriber",
            "subjects": self.subjects,
            "from": self.begins,
            "url": self.url,
            "seed": None if self.file else self.told.seed,
            "file": self.file,
            "to_do": self.told.to_do or None,
        }

    def words(self) -> Iterator[str]:
        """For people, without the seed."""
        words = {**self.answer(), "subjects": ", ".join(self.subjects), "stream": STREAM}
        yield (ASKS if self.asks else FOLLOWS).format(**words)
        if self.file:
            yield SEED.format(**words)
        yield (HOW_TO_ASK if self.asks else HOW).format(**words)
        if self.told.to_do:
            yield self.told.to_do


def row_of(one: CredentialStanding) -> dict[str, Any]:
    """How somebody stands, for a script."""
    credential, consumer = one.credential, one.consumer
    return {
        "name": credential.name,
        "kind": credential.kind,
        "subjects": credential.subjects if isinstance(credential, Subscriber) else (),
        "made_at": credential.made_at,
        "made_by": credential.made_by,
        "connected": one.connected_since is not None if one.is_known else None,
        "connected_since": one.connected_since,
        "acknowledged": consumer and consumer.quiet,
        "place": consumer and consumer.position,
        "behind": consumer and consumer.waiting + consumer.in_hand,
    }


def cells_of(one: CredentialStanding, now: datetime) -> list[str | Text]:
    """The same as cells of a table, of these `COLUMNS`."""
    row = row_of(one)
    return [
        row["name"],
        row["kind"],
        ", ".join(row["subjects"]),
        f"{row['made_at']:%Y-%m-%d %H:%M}",
        row["made_by"],
        _connected(one, now),
        _place(one),
        "" if row["behind"] is None else f"{row['behind']:,}",
    ]


def _place(one: CredentialStanding) -> str:
    """How far it is, as the consumer has it."""
    if not isinstance(one.credential, Subscriber):
        return ""
    if not one.is_consumer_known:
        return NOT_SEEN
    return f"{one.consumer.position:,}" if one.consumer else NO_CONSUMER


def _connected(one: CredentialStanding, now: datetime) -> str:
    """For how long it is, or when it acknowledged something for the last time."""
    if one.connected_since:
        return f"for {for_so_long(age(one.connected_since, now))}"
    if not one.is_known:
        return NOT_SEEN
    if not one.is_consumer_known or not isinstance(one.credential, Subscriber):
        return "no"
    quiet = one.consumer and one.consumer.quiet
    return f"no, acknowledged {ago(quiet)}" if quiet is not None else "no, never acknowledged"
