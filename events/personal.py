"""Fields that not everybody may read: declared where they stand, stored only sealed.

Who may read a value is its audience: one or more names joined by `+`, each an id or a purpose and
an id (`person_…`, `rules:person_…`, `panel:cohort_…+person_…`). Its key derives from the keys of
all of them, so it falls with any of them (docs/decisions/002-sealed-fields.md).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

JOINED: Final = "+"
KEYS: Final = r"^[1-9][0-9]*(\.[1-9][0-9]*)*$"


class _Closed(BaseModel):
    """What stands in the place of a value that is not for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    audience: str
    key: Annotated[str, Field(pattern=KEYS)]
    event: str
    field: str


class Sealed(_Closed):
    """A value under the key of its audience; only the vault's holders can open it.

    `sealed` is base64url of nonce (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM over
    the value as JSON. `key` has the version of each name's key in the audience, in its order. The
    associated data are `event` (its id) and `field`; they travel with the value, so that whoever
    holds a copy of it, a row say, can have it opened.
    """

    sealed: str


class Beside(_Closed):
    """A value that is too large for a fact, sealed as `Sealed` is and kept beside the log.

    `digest` is SHA-256 (hexadecimal) of the sealed bytes, under which they are found, and `size`
    is how many they are.
    """

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=1)]


class Erased(BaseModel):
    """What a reader sees of a value whose key was destroyed. It is never stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Literal[True] = True


ERASED: Final = Erased()
Closed: TypeAlias = Annotated[Sealed | Erased | T, Field(union_mode="left_to_right")]
"""A field as it may be met: sealed, erased, or opened; tried in this order, which is sooner."""


def plain(value: T | Sealed | Beside | Erased) -> T | None:
    """A value that rules may read; None once it was erased.

    TypeError, a fault of ours, if nobody opened it.
    """
    if isinstance(value, Erased):
        return None
    if isinstance(value, Sealed | Beside):
        raise TypeError("what a rule reads must be opened first")
    return value


@dataclass(frozen=True)
class Mark:
    """A field that is stored only sealed: `of` names the fields with the ids that it is sealed by.

    Its value is made up to a multiple of `even` bytes, so that its length tells nothing. `always`
    seals what is absent too, where its absence would tell something.
    """

    of: str
    even: int = 64
    always: bool = False
    for_rules: ClassVar[bool] = True
    beside: ClassVar[bool] = False
    purpose: ClassVar[str] = ""
    whose: ClassVar[str]

    def audience(self, fact: BaseModel) -> str:
        """Who may read it."""
        if JOINED not in self.of:
            return f"{self.purpose}{getattr(fact, self.of)}"
        names = sorted(str(getattr(fact, one)) for one in self.of.split(JOINED))
        return JOINED.join(f"{self.purpose}{name}" for name in names)

    def holders(self, fact: BaseModel) -> tuple[str, ...]:  # noqa: ARG002 - of each kind
        """The people with whom it falls though its audience does not name them."""
        return ()

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """As a reader of the log finds it."""
        form = Beside if self.beside else Sealed
        sealed: dict[str, Any] = handler(form.__pydantic_core_schema__)
        return {**sealed, "description": f"Sealed for {self.whose} `{self.of}`."}


@dataclass(frozen=True)
class Personal(Mark):
    """For a person, and for whoever works for them under the house's rules. No rule reads it."""

    for_rules = False
    whose = "the person in"


@dataclass(frozen=True)
class ForRules(Mark):
    """Of a person, for what rules and notices must read and nobody else may."""

    purpose = "rules:"
    whose = "rules about the person in"


@dataclass(frozen=True)
class OfTwo(Mark):
    """Between two people: erasing either destroys it. Rules read it."""

    whose = "the two people in"


@dataclass(frozen=True)
class OfCohort(Mark):
    """Words and codes of the team about a cohort and its work, not about a person."""

    purpose = "cohort:"
    whose = "the team of"


@dataclass(frozen=True)
class OfProgramme(Mark):
    """Words and codes of the team about the programme as a whole, not about a person."""

    purpose = "programme:"
    whose = "the team of"


@dataclass(frozen=True)
class OfCase(Mark):
    """What somebody told in confidence: for those who look after the case, and no rule."""

    for_rules = False
    purpose = "case:"
    whose = "those who look after the case of"


@dataclass(frozen=True)
class InConfidence(OfCase):
    """Of a case, in the log of its own, what rules there must read: whom it is about, who told it,
    and what was decided.
    """

    for_rules = True


@dataclass(frozen=True)
class OfPanel(Mark):
    """For a cohort's panel, about a person: it falls with the person."""

    of: str = "cohort_id"
    about: str = "person_id"
    whose = "the panel, about a person, of"

    def audience(self, fact: BaseModel) -> str:
        """The panel and the person together."""
        panel, person = getattr(fact, self.of), getattr(fact, self.about)
        return f"panel:{panel}{JOINED}{person}"


@dataclass(frozen=True)
class OfPanelUnread(OfPanel):
    """Words for a cohort's panel, which no rule reads."""

    for_rules = False


@dataclass(frozen=True)
class OfRun(Mark):
    """A matching run: too large for a fact, and gone with anybody whom it weighed."""

    even: int = 16 * 1024
    field: str = "found"
    beside = True
    purpose = "run:"
    whose = "rules and co-chairs, of the run"

    def holders(self, fact: BaseModel) -> tuple[str, ...]:
        """Everybody whom the run weighed, as what stands in its `field` says."""
        people: tuple[str, ...] = getattr(fact, self.field).people
        return people


@dataclass(frozen=True)
class SeveralLines:
    """Marks a text that may have line ends and tabs. Whatever else people type is one line."""


# Which characters a text may have is looked at where it is typed (services/door/wire.py), not where
# it is read: a log may hold what was typed before there was a rule.
Words = Annotated[str, Field(min_length=1, max_length=4000), SeveralLines()]
FewWords = Annotated[str, Field(min_length=1, max_length=2000), SeveralLines()]
Line = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"format": "one-line"})]


@cache
def marked(
    model: type[BaseModel], *, for_rules: bool | None = None
) -> tuple[tuple[str, Mark], ...]:
    """The marked fields of a model in their order: all, or those that rules read, or do not."""
    return tuple(
        (name, mark)
        for name, mark in _marks(model)
        if for_rules is None or mark.for_rules is for_rules
    )


def _marks(model: type[BaseModel]) -> Iterator[tuple[str, Mark]]:
    for name, field in model.model_fields.items():
        for one in field.metadata:
            if isinstance(one, Mark):
                yield name, one


@cache
def several_lines(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a model, by their names on the wire too, that may have several lines."""
    fields = model.model_fields.items()
    found = {name: one for name, one in fields if _may_have_lines((one.annotation, *one.metadata))}
    return frozenset(word for name, one in found.items() for word in (name, one.alias or name))


def _may_have_lines(forms: Iterable[Any]) -> bool:
    return any(isinstance(one, SeveralLines) or _may_have_lines(get_args(one)) for one in forms)


def names_in(audience: str) -> tuple[str, ...]:
    """The ids that an audience names, without their purposes."""
    return tuple(one.rpartition(":")[2] for one in audience.split(JOINED))
