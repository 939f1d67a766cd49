"""The names of things: readable, typed ids (TypeIDs) that say what they stand for.

An id is a prefix, an underscore and a UUIDv7 in Crockford's base 32, as in the TypeID
specification 0.3: `cohort_01j6xk8m5tf2v8r9a4b7c1d3e5`. Ids sort by the time they were made.
"""

import re
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


PAIRS = tuple(one + other for one in ALPHABET for other in ALPHABET)


def base32(value: UUID) -> str:
    """26 characters for 128 bits, most significant first."""
    return letters(value.int, 26)


def letters(number: int, count: int) -> str:
    """The lowest `count` letters (an even number of them), five bits each, two at a time."""
    return "".join([PAIRS[(number >> shift) & 1023] for shift in range(5 * count - 10, -1, -10)])


def derived_uuid(moment: datetime, *parts: str) -> UUID:
    """A UUIDv7 (RFC 9562) whose time is `moment` and whose other bits derive from `parts`.

    The same parts give the same id, so a decision that is taken again names the same things.
    """
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    chance = int.from_bytes(sha256("\x1f".join(parts).encode()).digest()[:10], "big")
    high = (milliseconds << 16) | 0x7000 | (chance >> 68)
    low = (0b10 << 62) | (chance & ((1 << 62) - 1))
    return UUID(int=(high << 64) | low)


class Id(str):
    """The name of one thing. Subclasses say its kind and how many facts bear such an id.

    Tags are ordered by `rank`, rarest first, because the first tag is the one looked up.
    """

    __slots__ = ()
    prefix: ClassVar[str] = ""
    rank: ClassVar[int] = 0
    pattern: ClassVar[re.Pattern[str]]

    def __init_subclass__(cls, prefix: str, rank: int) -> None:
        cls.prefix, cls.rank = prefix, rank
        if "pattern" not in vars(cls):
            cls.pattern = re.compile(rf"{prefix}_[0-7][{ALPHABET}]{{25}}")

    @classmethod
    def derived(cls, moment: datetime, *parts: str) -> Self:
        """The id that these parts always give at this moment."""
        return cls(f"{cls.prefix}_{base32(derived_uuid(moment, cls.prefix, *parts))}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The id in `text`; ValueError, which does not repeat it, if it is none of this kind."""
        if not cls.pattern.fullmatch(text):
            raise ValueError(f"expected an id like {cls.prefix}_ and 26 letters or digits")
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.str_schema(strict=True)
        return core_schema.no_info_after_validator_function(cls.parse, text)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{cls.pattern.pattern}$"}


class CohortId(Id, prefix="cohort", rank=90):
    """A cohort: some twenty people who go through the programme together."""


class ProgrammeId(Id, prefix="programme", rank=95):
    """The programme as a whole, with all its cohorts. There is one."""


PROGRAMME = ProgrammeId(f"{ProgrammeId.prefix}_{'0' * 26}")


class RulesId(Id, prefix="rules", rank=60):
    """The programme's rules, as they were proposed once: their numbers never change."""


FIRST_RULES = RulesId(f"{RulesId.prefix}_{'0' * 26}")
"""Those that hold until others are in force."""


class PersonId(Id, prefix="person", rank=50):
    """A person, whatever they are to the programme."""


class ContactId(Id, prefix="contact", rank=10):
    """Somebody who is no applicant, as far as they were named for one person or project."""


class ImportId(Id, prefix="import", rank=65):
    """One file of applications that was brought in."""


class ApplicationId(Id, prefix="application", rank=10):
    """One person's application for one cohort."""


class MatchingRunId(Id, prefix="matching", rank=30):
    """One run of the matching over a cohort."""


class PairingId(Id, prefix="pairing", rank=10):
    """A patient leader and a healthcare leader who lead together."""


class WorkshopId(Id, prefix="workshop", rank=40):
    """One day of the training."""


class ProjectId(Id, prefix="project", rank=10):
    """A pair's improvement project."""


class MilestoneId(Id, prefix="milestone", rank=5):
    """A step of a project, with a date."""


class ReflectionId(Id, prefix="reflection", rank=5):
    """What a participant wrote about a workshop."""


class ConcernId(Id, prefix="concern", rank=5):
    """What somebody told in confidence, and all that is said and done about it."""


class TieId(Id, prefix="tie", rank=5):
    """That a subject of an issuer is a person: one tie, from its making to its end."""


class NoticeId(Id, prefix="notice", rank=5):
    """One message to one person. It is made by chance once somebody of the team has to see to it,
    so that nobody finds by it whom it is for, or of what it tells.
    """


class TroubleId(Id, prefix="trouble", rank=5):
    """That something may be lacking: of one kind, in one cohort or beside all. It derives from
    both, so what comes again is the same trouble again.
    """


class TaskId(Id, prefix="task", rank=5):
    """What waits for a person: of one kind, about one thing. It says both, so whoever derives it
    names the same task; one that comes again about the same thing is the same task again.
    """

    pattern = re.compile(rf"task_[a-z]+(-[a-z]+)*_[a-z]+_[0-7][{ALPHABET}]{{25}}")

    @classmethod
    def of(cls, kind: str, about: str) -> Self:
        """The task of a kind about a thing, by its id."""
        return cls(f"{cls.prefix}_{kind}_{about}")

    @property
    def kind(self) -> str:
        """Of which kind the task is."""
        return self.split("_", 2)[1]

    @property
    def about(self) -> Id:
        """The id of the thing that it is about; ValueError if it is of no kind that is known."""
        text = self.split("_", 2)[2]
        for kind in Id.__subclasses__():
            if text.startswith(f"{kind.prefix}_"):
                return kind.parse(text)
        raise ValueError("expected an id within the task's id")


class CommandId(Id, prefix="command", rank=0):
    """One wish, however often it is sent."""
