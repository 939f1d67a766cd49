"""A scene in which all that is typed is told from anything else, and codes are left to chance."""

from enum import StrEnum
from random import Random
from typing import Any, TypeVar

from domain.contacts.endings import ContactEndReason
from domain.rules.adopting import RulesTakenBackReason
from events.pairings import PairingProposed
from events.rules import FIRST
from services.door.replies import Reply
from tests.scenes.played import Scene

S = TypeVar("S", bound=StrEnum)


class Wistful(Scene):
    """What there is to look for afterwards.

    `typed` is all that people typed, `chosen` each code that was said, `tied` the two of each tie
    and of each judgement, `pairs` who leads together, `run` the run of which that came, `unused`
    another one.
    """

    def begins(self, chance: Random) -> None:
        self.chance = chance
        self.people: dict[str, str] = {}
        self.applications: dict[str, str] = {}
        self.typed: set[str] = set()
        self.chosen: set[str] = set()
        self.tied: set[frozenset[str]] = set()
        self.run = self.unused = ""
        self.pairs: list[PairingProposed] = []

    def one_of(self, kind: type[S], *but: S) -> S:
        found = self.chance.choice([one for one in kind if one not in but])
        self.chosen.add(found.value)
        return found

    def words(self, about: str) -> str:
        """Words that nobody else types."""
        said = f"Wistful {about} no. {self.chance.randrange(10**6, 10**7)}, as I know it"
        self.typed.add(said)
        return said

    async def acts(self, who: str, role: str, name: str, **data: Any) -> Reply:
        """Somebody does something themselves; `who` is their id."""
        return await self.do(name, data, by=who, role=role)

    async def made(self, name: str, **data: Any) -> str:
        """A coordinator does something; what it is mainly about."""
        return ((await self.do(name, data)).events or ())[0].subject

    async def thinks_better_of_rules(self) -> None:
        """New rules are proposed, and taken back."""
        rules = {"rules": FIRST.model_dump(mode="json"), "in_force_from": "2026-01-01"}
        criteria = [{"code": "interest", "title": self.words("criterion")}]
        new = await self.made("rules.propose", **rules, criteria=criteria)
        await self.do(
            "rules.take-back", {"rules_id": new, "reason": self.one_of(RulesTakenBackReason)}
        )

    async def names_others(self, one: PairingProposed, two: PairingProposed, project: str) -> None:
        """People who are no applicants: one agrees, one says no, one was a mistake, one leaves with
        whom she was named for.
        """
        await self.agrees(await self.names(project_id=project, purpose="host"))
        mine = {"person_id": one.patient_leader_id}
        supporter = await self.names(**mine, purpose="supporter")
        await self.do("contact.decline", {"contact_id": supporter})
        mistake = {"contact_id": await self.names(**mine, purpose="referee")}
        await self.do("contact.end", {**mistake, "reason": self.one_of(ContactEndReason)})
        leaves = {"person_id": two.healthcare_leader_id}
        await self.agrees(await self.names(**leaves, purpose="line-manager"))

    async def names(self, **whom: str) -> str:
        number = self.chance.randrange(10**6, 10**7)
        known = {"full_name": f"Mae Wistful-{number}", "email": f"mae.{number}@wistful.example"}
        self.typed |= {*known.values()}
        return await self.made("contact.name", cohort_id=self.cohort, **whom, **known)

    async def agrees(self, contact: str) -> None:
        await self.do("contact.agree", {"contact_id": contact})
