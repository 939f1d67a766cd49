"""The log as a list and knowledge as a fold over all of it: slow, and plainly right."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.deciding import decided, known_for
from domain.decision import K, Refusal
from events.event import Event
from services.log.wishes import Accepted, Answer, Refused, Wish
from services.log.writer import REUSED
from services.log.written import Written


class Fact(NamedTuple):
    """What the log should hold at a position, with the content of its command."""

    event: Event
    tags: tuple[str, ...]
    content: bytes


class Model:
    """Takes commands one after the other; nothing it was told is ever lost."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        self.log = list(facts)
        self.settled: dict[str, bytes] = {}

    def answer(self, wish: Wish) -> Answer:
        """The only right answer to a command, recorded if it is accepted."""
        if before := self._before(wish):
            return before
        try:
            facts = decided(wish.command, wish.act, known_for(wish.command, self._know))
        except Refusal as refusal:
            return Refused(code=refusal.code, sentence=refusal.sentence)
        first = len(self.log) + 1
        for event in facts:
            tags = (*event.tags(), wish.act.command_id)
            self.log.append(Fact(event, tags, wish.content))
        if not facts:
            self.settled[wish.act.command_id] = wish.content
        return Accepted(tuple(self._written(n) for n in range(first, len(self.log) + 1)))

    def _before(self, wish: Wish) -> Answer | None:
        """What was accepted under this id, with or without an effect, is the answer for ever."""
        found = [n for n, fact in enumerate(self.log, 1) if fact.tags[-1] == wish.act.command_id]
        contents = {self.log[n - 1].content for n in found}
        if settled := self.settled.get(wish.act.command_id):
            contents.add(settled)
        if not contents:
            return None
        if contents != {wish.content}:
            return REUSED
        return Accepted(tuple(self._written(n) for n in found), repeated=True)

    def _written(self, position: int) -> Written:
        event = self.log[position - 1].event
        return Written(position=position, name=event.name, subject=event.subject_id())

    def _know(self, wanted: K) -> K:
        if None not in wanted.tags:
            for fact in self.log:
                if {*fact.tags}.issuperset(wanted.tags):
                    wanted.learn(fact.event)
        return wanted
