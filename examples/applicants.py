"""Who applied in the example: one checked shape for the plain list in `applicants.toml`."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["accepted", "refused", "repeated", "amended"]
Style = Literal["slashes", "iso", "words"]

SIDES = {"patient_leader": "Patient leader", "healthcare_leader": "Healthcare leader"}


class Again(BaseModel):
    """A second submission by the same person: how much later, and what reads differently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes: int
    email: str | None = None
    interest: str | None = None
    kinds: tuple[str, ...]


class Applicant(BaseModel):
    """One invented person's answers; what is None is made up, always in the same way.

    `background` is a patient leader's background and standing, as in "carer, aspiring". `at` is
    local time in Europe/London. `kinds` names peculiarities that can't be seen in the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    town: str
    side: str
    background: str = ""
    profession: str = ""
    organisation: str = ""
    manager: str = ""
    experience: str
    interest: str
    email: str | None = None
    telephone: str | None = None
    themes: tuple[str, ...] | None = None
    contact: str = "E-mail"
    needs: str = ""
    avoid: str | None = None
    consent: str = "Yes"
    at: datetime | None = None
    style: Style | None = None
    expected: Outcome = "accepted"
    reason: str = ""
    kinds: tuple[str, ...] = ()
    again: Again | None = None

    def submitting_again(self, again: Again) -> "Applicant":
        """The same person's second submission."""
        changed = again.model_dump(exclude={"minutes"}, exclude_none=True)
        expected = "amended" if changed.keys() - {"kinds"} else "repeated"
        return self.model_copy(update={**changed, "expected": expected})


def load(path: Path) -> tuple[Applicant, ...]:
    """Everybody in the list, patient leaders first; ValueError where an entry has another shape."""
    sections: dict[str, list[dict[str, Any]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Applicant.model_validate({"side": SIDES[section], **entry})
        for section, entries in sections.items()
        for entry in entries
    )
