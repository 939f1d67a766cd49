"""A command on its way through the writer, and what it is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from domain.deciding import Known
from domain.decision import Act
from domain.roles.authority import Authority
from events.envelope import Origin
from events.one_person import OnePerson
from services.log.asking import Inquiry
from services.log.sealing import Shut
from services.log.written import Written

UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command is durable. No facts means that it was already so; `repeated`, that it was
    accepted before, under the same id, and that this is the answer it had then.
    """

    written: tuple[Written, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule says no: its code, and the sentence that people are shown."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The command could not be decided, through no fault of its sender; nothing was recorded."""

    problem: str


Answer = Accepted | Refused | Failed


@dataclass
class Wish:
    """A command on its way through the writer, and at last its answer; `act` is what is said of it.

    `content` is all that makes it what it is, in canonical bytes; `origin` gets its digest when it
    is known whom the command is `about`. `sent` is its id as its sender knows it; the log has
    another one, which only we can make of it. `unsure`: it may have been recorded when the database
    went away, which is no repetition by its sender. Of who registers or is tied, `meet_again`
    finds out anew who it may be, if others were since `met_at` (`Writer.others`). `authority` is
    what its actor may do, and `one_person` who is one person, where another log than the writer's
    says so.
    """

    command: Any
    act: Act
    origin: Origin
    content: bytes
    sent: str
    answer: Answer | None = None
    unsure: bool = False
    meet_again: Callable[[], None] | None = None
    met_at: int = UNKNOWN
    facts: list[Shut] = field(default_factory=list)
    about: set[str] = field(default_factory=set)
    inquiry: Inquiry[tuple[Known, Authority]] | None = None
    authority: Authority | None = None
    one_person: OnePerson | None = None
