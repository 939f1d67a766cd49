"""What would become of a file's rows, as far as the file and what is known before tell it: they go
the way of a real run, to a door at which all is decided by the same rules and nothing is recorded.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar, cast

from domain.applications.application import Application, Applications
from domain.applications.applying import SubmitApplication
from domain.catalogue import COMMANDS
from domain.cohorts.cohort import Cohort
from domain.deciding import decided, known_for
from domain.decision import Act, Knowledge, Refusal
from domain.imports.importing import BeginImport, Import
from domain.people.person import Met, Person, RegisterPerson
from events.event import Event
from events.ids import PersonId
from services.door.replies import Reply
from services.importing.examining import Examined
from services.importing.foreknown import Applied, Foreknown, content_of, nothing_known
from services.importing.messages import APPLY, BEGIN, REGISTER, REUSED, Messages
from services.importing.report import Report, RowResult
from services.importing.sending import Sending
from services.importing.submission import known_by
from services.log.written import Written
from services.vault.words import Card

ACTOR: Final = "system:rehearsal"
DONE: Final = Reply(status="accepted", events=())
K = TypeVar("K", bound=Knowledge)


def rehearsed(examined: Examined, known: Foreknown | None = None) -> Report:
    """A line for every row that says something, as a run would have it: `ready`, in the place of
    accepted, where it can be sent, and `doubtful` where that needs a yes. Without what is `known`
    of the cohort, the file alone tells. Raises NotBegun.
    """
    known = known or nothing_known()
    messages = Messages(Rehearsal(known), known.cohort_id)
    report = asyncio.run(Sending(messages, examined).run())
    doubts = {one.row for one in examined.ready if one.doubts}
    real = {one.person_id for one in known.applied.values()}
    lines = tuple(_before(line, doubts, real) for line in report.lines)
    told = {"lines": lines, "doubts": examined.doubts, "sent": False, "import_id": None}
    return report.model_copy(update=told)


def _before(line: RowResult, doubts: set[int], real: set[PersonId]) -> RowResult:
    """The line of a row before it is sent; whoever is not known yet has no id."""
    told: dict[str, Any] = {} if line.person_id in real else {"person_id": None}
    if line.outcome in ("accepted", "amended") and line.row in doubts:
        told["outcome"] = "doubtful"
    elif line.outcome == "accepted":
        told["outcome"] = "ready"
    return line.model_copy(update=told)


class Rehearsal:
    """Decides as the door would by what is known before, and remembers it for the rows to come."""

    def __init__(self, known: Foreknown) -> None:
        self._cohort, self._known = known.cohort, dict(known.applied)
        self._people = {one.person_id: one for one in known.applied.values()}
        self._import = Import(None)

    async def __call__(self, name: str, body: Mapping[str, Any]) -> Reply:
        """The answer to a request. What is said beside an application is taken: nothing else
        depends on it.
        """
        at = datetime.fromisoformat(body["time"]) if "time" in body else datetime.now(UTC)
        act = Act(
            command_id=body["id"],
            time=at,
            actor=ACTOR,
            role=body["role"],
            on_behalf_of=body.get("onbehalfof"),
            import_id=body.get("importid"),
            asked_at=datetime.now(UTC),
        )
        if name not in self._answers:
            return DONE
        asked = COMMANDS[name].model_validate(body["data"])
        return self._answers[name](asked, act)

    @property
    def _answers(self) -> Mapping[str, Callable[[Any, Act], Reply]]:
        """To what depends on what is known."""
        return {BEGIN: self._begin, REGISTER: self._register, APPLY: self._apply}

    def _begin(self, asked: BeginImport, act: Act) -> Reply:
        """Whether the cohort takes anything in."""
        self._import = Import(asked.import_id)
        reply, facts = self._decided(asked, act)
        for one in facts:
            self._import.learn(one)
        return reply

    def _register(self, asked: RegisterPerson, act: Act) -> Reply:
        """Who somebody is: whoever applied before, or came with a row before, or somebody new."""
        known = known_by(Card(asked.full_name, asked.email, asked.phone))
        them = next((self._known[one] for one in known if one in self._known), None)
        if them is None:
            new = PersonId.derived(act.time, *(part for one in known for part in one))
            reply, facts = self._decided(asked.having_met(Met(new)), act)
            if not facts:
                return reply
            applications = Applications(self._cohort.cohort_id, new)
            them = self._people[new] = Applied(new, applications, Application(None))
        self._known |= dict.fromkeys(known, them)
        return DONE.model_copy(update={"ids": {"person_id": them.person_id}})

    def _apply(self, asked: SubmitApplication, act: Act) -> Reply:
        """What a form comes to; of one that was taken in before, whether it says the same."""
        them, mine = self._people[asked.person_id], content_of(asked.model_dump())
        if act.time in them.forms and not asked.once_more:
            if them.forms[act.time] not in (None, mine):
                return Reply(status="refused", code=REUSED)
            return DONE.model_copy(update={"repeated": True})
        reply, facts = self._decided(asked, act, them)
        for fact in facts:
            them.learn(fact)
        if facts:
            them.forms |= {**dict.fromkeys(them.forms), act.time: mine}
        return reply

    def _decided(
        self, asked: Any, act: Act, them: Applied | None = None
    ) -> tuple[Reply, tuple[Event, ...]]:
        try:
            facts = decided(asked, act, known_for(asked, partial(self._know, them), act.import_id))
        except Refusal as refusal:
            code, sentence = refusal.code, refusal.sentence
            return Reply(status="refused", code=code, sentence=sentence), ()
        events = tuple(Written(0, one.name, asked.name) for one in facts)
        return Reply(status="accepted", events=events), facts

    def _know(self, them: Applied | None, wanted: K) -> K:
        """What is known of the cohort, and of `them`: that they are there, and what they have."""
        found: Knowledge = wanted
        match wanted:
            case Cohort():
                found = self._cohort
            case Import():
                found = self._import
            case Person():
                found = Person(wanted.person_id, registered=True)
            case Applications() if them:
                found = them.applications
            case Application() if them:
                found = them.application
        return cast("K", found)
