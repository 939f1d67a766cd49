"""The log of a walk, in memory: what a writer or a follower would find in the database."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import merge
from typing import Any

from events.catalogue import Recorded, decode
from events.event import Event
from services.log.finding import FoundRow, Needed
from services.log.log import Settled, Stored


class WalkLog:
    """Rows by position, and by the tags and types under which they are found."""

    def __init__(self) -> None:
        self.rows: list[Stored] = []
        self.facts: list[Recorded[Event]] = []
        self.parts: dict[str, bytes] = {}
        self.settled: list[Settled] = []
        self.accepted: dict[str, list[Stored]] = {}
        """By the recorded id of a command, what it wrote; what wrote nothing, at position 0."""
        self._at: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._of: defaultdict[str, list[int]] = defaultdict(list)

    @property
    def head(self) -> int:
        return len(self.rows)

    def write(
        self, rows: Sequence[Stored], parts: dict[str, bytes], settled: Iterable[Settled]
    ) -> None:
        self.parts.update(parts)
        for row in rows:
            assert row.position == self.head + 1
            self.rows.append(row)
            self.facts.append(decode(row.document))
            self._of[row.type].append(row.position)
            for tag in row.tags:
                self._at[tag, row.type].append(row.position)
            self.accepted.setdefault(row.tags[-1], []).append(row)
        for one in settled:
            self.settled.append(one)
            empty = Stored(0, "", [one.digest, one.command], one.people)
            self.accepted.setdefault(one.command, []).append(empty)

    def find(self, needed: Sequence[Needed], upto: int, most: int) -> Iterable[FoundRow]:
        """As the database finds them."""
        asked = ((one, kind) for one in needed for kind in one["types"])
        return merge(*(self._found(one, kind, upto, most) for one, kind in asked), key=_position)

    def _found(self, one: Needed, kind: str, upto: int, most: int) -> list[FoundRow]:
        positions = self._at.get((one["tag"], kind))
        if not positions:
            return []
        first = bisect_right(positions, one["after"])
        some = positions[first : min(bisect_right(positions, upto), first + most)]
        return [(one["number"], one["tag"], *self.rows[at - 1]) for at in some]

    def of_type(self, wire_name: str, upto: int) -> Iterable[bytes]:
        """As the database finds them."""
        return [self.rows[at - 1].document for at in self._of[wire_name] if at <= upto]


def _position(row: Any) -> int:
    position: int = row[2]
    return position
