"""What a command asks of what is known, asked again only when it may be answered otherwise."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from services.log.memory import Basis, Memory

T = TypeVar("T")


class Inquiry(Generic[T]):
    """A call of `needs`. It is pure, so its answer stands as long as that on which it rests."""

    __slots__ = ("_answer", "_asking", "_basis", "_memory", "_of")

    def __init__(self, memory: Memory, of: object, asking: Callable[[], T]) -> None:
        """`asking` asks this memory alone, and speaks of nothing but this one thing."""
        self._memory, self._of = memory, of
        self._asking = asking
        self._answer: T
        self._basis: Sequence[Basis] | None = None

    def __call__(self) -> T:
        """The answer as far as the memory's head; something may be missing to it, as the memory
        notes.
        """
        if self._basis is None or not self._memory.stands(self._basis):
            self._answer, self._basis = self._memory.answer(self._asking)
        return self._answer

    def asks(self, memory: Memory, of: object) -> bool:
        """Whether it asks this memory, of this very thing."""
        return self._memory is memory and self._of is of
