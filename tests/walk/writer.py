"""The writer with its own memory, on the log of a walk instead of a database."""

from collections.abc import Callable, Sequence
from typing import Any

from domain.decision import K
from domain.roles.authority import Authority
from events.envelope import recorded_time
from services.clock import Clock
from services.log.log import Stored, Turn
from services.log.memory import KnowledgeKey, Memory
from services.log.wishes import Wish
from services.log.writer import Writer
from services.vault.opening import Reading
from tests.scenes.given import in_other_orders
from tests.walk.keys import PlainVault
from tests.walk.log import WalkLog


class WatchedMemory(Memory):
    """The writer's memory, which tells what of it was loaded or taught since somebody looked."""

    def __init__(self, head: int, opener: Reading, budget: int) -> None:
        super().__init__(head, opener, budget)
        self.touched: dict[KnowledgeKey, None] = {}

    def _hold(self, key: KnowledgeKey, *rest: Any) -> None:
        super()._hold(key, *rest)
        self.touched[key] = None

    def _teach(self, key: KnowledgeKey, *rest: Any) -> None:
        super()._teach(key, *rest)
        self.touched[key] = None


class WalkWriter(Writer):
    """One process that decides. All but its turn at the database is the writer's own code.

    `upside_down`: whoever asks it for two things in whichever order has been preceded by somebody
    who asked for them in the other one.
    """

    def __init__(
        self, log: WalkLog, vault: PlainVault, clock: Clock, budget: int, *, upside_down: bool
    ) -> None:
        self._shelf, self._budget, self._upside_down = log, budget, upside_down
        super().__init__("", vault, clock)
        self.begin()

    def begin(self) -> None:
        """Know nothing yet."""
        rows = self._shelf.rows
        self._memory = self._memory_at(len(rows))
        self._recorded = recorded_time(rows[-1].document) if rows else self._recorded
        self._contexts = {row.type.partition(".")[0]: row.position for row in rows}

    @property
    def memory(self) -> WatchedMemory:
        assert isinstance(self._memory, WatchedMemory)
        return self._memory

    def decide(self, group: Sequence[Wish]) -> list[Stored]:  # type: ignore[override]  # what it wrote
        """Answer a group, and write what follows."""
        rows, my = self.in_turn(group)
        self._shelf.write(rows, my.parts, my.settled)
        self._memory.advance(self._shelf.head)
        self._memory.forget_some()
        return rows

    def goes_on_after(self, first: "WalkWriter") -> None:
        """What was decided here as well is in the log now, as another one has written it."""
        self._memory.advance(self._shelf.head)
        self._recorded = max(self._recorded, first._recorded)

    def rehearse(self, wish: Wish) -> None:
        """Answer a wish as if it were to be written, and learn nothing from it."""
        self._prepare_here([wish])
        if wish.answer is None:
            while not self._decide_one(self._shelf, wish, None):
                self._fill([wish])
        self._memory.forget_some()

    def in_turn(self, group: Sequence[Wish]) -> tuple[list[Stored], Turn]:
        """The rows that follow from a group, which are known from now on, and not written yet."""
        self._prepare_here(group)
        my = Turn(None, self._shelf.head)  # type: ignore[arg-type]  # there is no database
        return self._decide_all(my, group, self._shelf), my

    def _prepare_here(self, group: Sequence[Wish]) -> None:
        for wish in group:
            wish.answer, wish.facts = None, []
        self.catch_up()
        for wish in group:
            if stored := self._shelf.accepted.get(wish.act.command_id):
                wish.answer = self._as_before(stored, wish)
        self._fill(group)

    def catch_up(self) -> None:
        """Learn what others wrote."""
        for row in self._shelf.rows[self._memory.head :]:
            self._take_in(row)

    def _fill(self, group: Sequence[Wish]) -> None:
        """Load what is cold, as it is done before the turn; what fails there fails in the turn."""
        asking: list[Callable[[], object]] = [*self._inquiries(group)]
        if self._upside_down:
            asking = [lambda one=wish: self._asked_the_other_way_round(one) for wish in group]  # type: ignore[misc]  # bound
        try:
            while self._memory.fill(self._shelf, asking) is None:
                pass
        except Exception:  # noqa: BLE001 - it is asked again in its turn, and answered there
            self._memory._missing.clear()

    def _asked_the_other_way_round(self, wish: Wish) -> object:
        def know(wanted: K) -> K:
            for one in in_other_orders(wanted):
                self._memory.know(one)
            return self._memory.know(wanted)

        command = self._memory.one_person.meant(wish.command)
        return command.needs(know), know(Authority(wish.act.person))

    def _memory_at(self, head: int) -> WatchedMemory:
        return WatchedMemory(head, Reading(self._vault, self._part), self._budget)

    def _part(self, digest: str) -> bytes:
        return self._parts.get(digest) or self._shelf.parts[digest]
