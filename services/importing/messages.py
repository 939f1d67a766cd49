"""Speaks with the door for an import: requests that say where they come from.

What a row says has a command id that derives from cohort, person and the time of the form. So a
second run repeats and never redoes: a consent, an application or a wish that was withdrawn or
changed since is not brought back. Who somebody is, and how two people stand, is asked anew.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from events.ids import CohortId, CommandId, ImportId, PersonId
from events.terms import AskedBy, Relationship, Role
from services.door.replies import Reply
from services.importing.report import End
from services.importing.submission import Submission

REASON: Final = "import.form-timestamp"
REGISTER, APPLY = "person.register", "application.submit"
BEGIN, END = "import.begin", "import.end"
REUSED: Final = "command.reused"
Fresh = Callable[[str, Submission], CommandId]
Asks = Callable[[str, Mapping[str, Any]], Awaitable[Reply]]
"""Asks for a command by its name, with what a request says, and gives the answer."""


class Messages:
    """Commands for one cohort, each at the time at which its form was filled in."""

    def __init__(self, asks: Asks, cohort_id: CohortId, fresh: Fresh | None = None) -> None:
        """`fresh` names what is asked anew in every run; by chance, if not given."""
        self._asks, self._cohort_id = asks, cohort_id
        self._fresh = fresh or _by_chance
        self.import_id: ImportId | None = None

    async def begin(self, first: Submission, rows: int, digest: str) -> Reply:
        """Say that a file is brought in; whatever is sent from then on comes with it."""
        named = self._fresh("begin", first)
        import_id = ImportId(f"{ImportId.prefix}{named.removeprefix(CommandId.prefix)}")
        file = {"rows": rows, "digest": digest}
        data = {"import_id": import_id, "cohort_id": self._cohort_id, "file": file}
        reply = await self._asks(BEGIN, {"id": named, "role": Role.IMPORTER, "data": data})
        self.import_id = import_id
        return reply

    async def end(self, first: Submission, ends: Mapping[End, int]) -> Reply:
        """Say that it is whole, and how its rows ended."""
        data = {"import_id": self.import_id, "ends": dict(ends)}
        named = self._fresh("end", first)
        return await self._asks(END, {"id": named, "role": Role.IMPORTER, "data": data})

    async def register(self, one: Submission) -> Reply:
        """Make somebody known; the reply tells who they are, and has no events if they were."""
        return await self._asks(
            REGISTER, self._body(one, self._fresh("register", one), one.register)
        )

    async def say(
        self, name: str, one: Submission, person_id: PersonId, data: Mapping[str, Any]
    ) -> Reply:
        """Send what somebody says of themselves."""
        return await self._asks(name, self._said(name, one, person_id, data))

    async def apply(self, one: Submission, person_id: PersonId) -> Reply:
        """Hand the application in."""
        data = {**one.application, "cohort_id": self._cohort_id}
        return await self._asks(APPLY, self._said(APPLY, one, person_id, data))

    async def apply_once_more(self, one: Submission, person_id: PersonId) -> Reply:
        """Hand in what was asked for before, if that went with an import that was taken back; then
        it is asked for anew, with this import.
        """
        data = {**one.application, "cohort_id": self._cohort_id, "once_more": True}
        body = self._said(APPLY, one, person_id, data)
        anew = CommandId.derived(one.at, "import", str(self.import_id), person_id, APPLY)
        return await self._asks(APPLY, body | {"id": anew})

    async def declare(
        self, one: Submission, teller: PersonId, two: tuple[PersonId, PersonId], kind: Relationship
    ) -> Reply:
        """Say how two people stand to each other, as the form of the `teller` has it."""
        person_id, other_id = two
        data = {"person_id": person_id, "other_id": other_id, "kind": kind}
        named = self._fresh(f"{kind} {other_id}", one)
        body = {**self._body(one, named, data), **_asked_by(teller)}
        return await self._asks("person.declare-relationship", body)

    def _said(
        self, name: str, one: Submission, person_id: PersonId, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        command_id = CommandId.derived(one.at, "import", self._cohort_id, person_id, name)
        body = self._body(one, command_id, {**data, "person_id": person_id})
        return {**body, **_asked_by(person_id)}

    def _body(
        self, one: Submission, command_id: CommandId, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "id": command_id,
            "role": Role.IMPORTER,
            "importid": self.import_id,
            "time": one.at.isoformat(),
            "reason": REASON,
            "data": dict(data),
        }


def _asked_by(person_id: PersonId) -> dict[str, str]:
    """Whoever filled a form in has asked for what it says."""
    return {"onbehalfof": person_id, "asked": AskedBy.FORM}


def _by_chance(_what: str, _one: Submission) -> CommandId:
    return CommandId.derived(datetime.now(UTC), uuid4().hex)
