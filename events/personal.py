"""Fields that not everybody may read: declared where they stand, stored only sealed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class Sealed(BaseModel):
    """A value under the key of its audience; only the vault's holders can open it.

    `sealed` is base64url of nonce (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM over
    the value as JSON. The associated data are `event` (its id) and `field`; they travel with the
    value, so that whoever holds a copy of it, a row say, can have it opened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    audience: str
    key: int = Field(ge=1)
    event: str
    field: str
    sealed: str


class Erased(BaseModel):
    """What a reader sees of a value whose key was destroyed. It is never stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Literal[True] = True


@dataclass(frozen=True)
class _Marked:
    """A field that is stored only sealed: `of` names the field with the id that it is sealed by."""

    of: str
    whose: ClassVar[str]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """As a reader of the log finds it."""
        sealed: dict[str, Any] = handler(Sealed.__pydantic_core_schema__)
        return {**sealed, "description": f"Sealed for {self.whose} `{self.of}`."}


@dataclass(frozen=True)
class Personal(_Marked):
    """Marks a field that belongs to a person: `of` names the field with that person's id."""

    whose = "the person in"

    def audience(self, identity: str) -> str:
        """Who may read it: the person (and whoever works for them under the house's rules)."""
        return identity


@dataclass(frozen=True)
class Embargoed(_Marked):
    """Marks a field for the cohort's panel alone until decisions are released; `of` as above."""

    whose = "the panel of"

    def audience(self, identity: str) -> str:
        """Who may read it: the panel. The key outlives any person, so rules may read the value."""
        return f"panel:{identity}"


Mark = Personal | Embargoed

Words = Annotated[str, Field(min_length=1, max_length=4000)]
Line = Annotated[str, Field(min_length=1, max_length=200)]

PersonalLine = Line | Sealed | Erased
PersonalWords = Words | Sealed | Erased


@cache
def marked(model: type[BaseModel], kind: Any = Mark) -> tuple[tuple[str, Mark], ...]:
    """The fields of a model with one kind of mark, or any, in their order."""
    return tuple((name, mark) for name, mark in _marks(model) if isinstance(mark, kind))


def _marks(model: type[BaseModel]) -> Iterator[tuple[str, Mark]]:
    for name, field in model.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Personal | Embargoed):
                yield name, mark
