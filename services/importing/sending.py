"""Sends the rows of a file through the door: many at once, those of one person one by one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nats.aio.client import Client

from domain.applications.eligibility import EligibilityReason
from domain.cohorts.cohort import ClosedForApplications
from events.applications import ApplicationAmended
from events.ids import CohortId, PersonId
from events.terms import Relationship
from services.door.patiently import NobodyTakes, ask_patiently, in_lines
from services.door.replies import NOT_IDENTIFIED, TO_BE_ASKED_AGAIN, Reply
from services.importing.apart import Apart
from services.importing.examining import Examined
from services.importing.messages import REUSED, Fresh, Messages
from services.importing.report import Report, RowOutcome, RowResult
from services.importing.submission import Submission
from services.patience import Progress

GOOD: Final[frozenset[RowOutcome]] = frozenset({"accepted", "amended", "already"})
HOPELESS: Final = frozenset({"cohort.unknown", "cohort.cancelled", "cohort.completed"})
CONSENT: Final = "person.give-consent"
AMENDED: Final = ApplicationAmended.name
NOT_ELIGIBLE: Final = (
    "No leadership experience is told of. The application is taken in, and they hear the reason."
)
NOT_REGISTERED: Final = (
    "Nobody is registered for it. Whoever is to have longer is registered first"
    " (`do person.register`), then given it (`do cohort.grant-extension`); then import it again."
)
REPEATED: Final = "The same person applies in row {row}; what they say here is not taken."
CHANGED: Final = (
    "What this row says was changed in the file since it was imported; it was not taken."
)
OTHERWISE: Final = (
    "What came for this person, form and cohort before was not the same, so nothing of it was "
    "taken. See what the log has of them; was the row changed in the file? To change an "
    "application, use application.submit as long as they can apply."
)


class NotBegun(Exception):
    """The import may not begin, and nothing was sent: `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.code)
        self.reply = reply


async def import_applications(
    client: Client,
    examined: Examined,
    cohort_id: CohortId,
    progress: Progress | None = None,
    fresh: Fresh | None = None,
    *,
    shows: Callable[[], str],
) -> Report:
    """Send those rows of a file that can be sent; what became of each.

    `progress` hears how many rows of how many are done. Cancelled or killed at any point, a second
    run completes what is missing and repeats nothing, if the same person runs it: `shows` gives
    their token, and they import in a role that they hold. It ends at the first row that nobody
    takes: that and all that are left are `busy`, or `unanswered` if they were sent by then. `fresh`
    gives ids where chance is not wanted.
    Raises NotBegun, with nothing sent, if there is no use in it for any row.
    """

    async def asks(name: str, body: Mapping[str, Any]) -> Reply:
        return await ask_patiently(client, name, body, shows)

    return await Sending(Messages(asks, cohort_id, fresh), examined, progress).run()


class Sending:
    """One run over the rows of a file."""

    def __init__(
        self, messages: Messages, examined: Examined, progress: Progress | None = None
    ) -> None:
        self._messages, self._examined, self._progress = messages, examined, progress
        self._lines = {line.row: line for line in examined.unfit}
        self._total = len(examined.unfit) + len(examined.ready)
        self._rows = {one.row: one for one in examined.ready}
        self._people: dict[int, PersonId] = {}
        self._last: dict[PersonId, Submission] = {}
        self._sent: set[int] = set()
        self._stopped: RowResult | None = None

    async def run(self) -> Report:
        """Send everything; the report has a line for every row that says something. Raises
        NotBegun.
        """
        # In the order in which their forms were filled in: what somebody said last counts.
        people = [sorted(rows, key=lambda one: one.at) for rows in by_person(self._examined.ready)]
        apart = 0
        begins = self._examined.ready[:1]
        try:
            for first in begins:
                await self._begin(first)
            await in_lines(people, self._see_to)
            for pair in () if self._stopped else self._examined.apart:
                apart += await self._keep_apart(pair)
        except NobodyTakes:
            begins = ()
            self._give_up_the_rest()
        report = Report(
            lines=tuple(self._lines[row] for row in sorted(self._lines)),
            empty=self._examined.empty,
            apart=apart,
            notes=self._examined.notes,
            import_id=self._messages.import_id,
        )
        for first in begins:
            await self._messages.end(first, report.ends)
        return report

    async def _begin(self, first: Submission) -> None:
        """Nothing is sent if the import may not begin: what is wrong with it is with every row."""
        digest = self._examined.digest
        reply = await self._messages.begin(first, self._total, digest)
        if reply.status in TO_BE_ASKED_AGAIN:
            self._stopped = _line(first, reply, notes=())
            raise NobodyTakes
        if reply.status != "accepted":
            raise NotBegun(reply)

    def _give_up_the_rest(self) -> None:
        """The lines of rows that were not sent, or whose answer is not waited for any more."""
        for one in self._examined.ready:
            if one.row not in self._lines and (line := self._not_sent(one)):
                outcome = "unanswered" if one.row in self._sent else line.outcome
                self._lines[one.row] = line.model_copy(update={"outcome": outcome})

    async def _see_to(self, one: Submission) -> None:
        self._note(self._not_sent(one) or await self._send(one))
        if self._progress:
            self._progress(len(self._lines), self._total)

    def _note(self, line: RowResult) -> None:
        """Keep a row's line. Raises NobodyTakes if it says that others need not be sent."""
        self._lines[line.row] = line
        if line.outcome in TO_BE_ASKED_AGAIN:
            self._stopped = line
            raise NobodyTakes
        if line.code in HOPELESS or (line.code or "").startswith(NOT_IDENTIFIED):
            self._stopped = line

    def _not_sent(self, one: Submission) -> RowResult | None:
        """The line of a row that there is no use in sending any more."""
        stopped = self._stopped
        if stopped is None:
            return None
        outcome = "busy" if stopped.outcome in TO_BE_ASKED_AGAIN else stopped.outcome
        told = {"outcome": outcome, "row": one.row, "notes": one.notes, "person_id": None}
        return stopped.model_copy(update=told)

    async def _send(self, one: Submission) -> RowResult:
        self._sent.add(one.row)
        registered = await self._messages.register(one)
        if registered.status != "accepted":
            late = registered.code == ClosedForApplications.code
            return _line(one, registered, notes=(*one.notes, *[NOT_REGISTERED] * late))
        person_id = PersonId((registered.ids or {})["person_id"])
        self._people[one.row] = person_id
        if line := self._repeated(one, person_id):
            return line
        return await self._speak(one, person_id)

    def _repeated(self, one: Submission, person_id: PersonId) -> RowResult | None:
        """The line of a row that says nothing new of somebody who has an application by another."""
        last = self._last.get(person_id)
        if (
            last is None
            or (earlier := self._lines.get(last.row)) is None
            or earlier.outcome not in GOOD
            or (one.at > last.at and one.application != last.application)
        ):
            self._last[person_id] = one
            return None
        notes = (*one.notes, REPEATED.format(row=last.row))
        return RowResult(row=one.row, outcome="already", notes=notes, person_id=person_id)

    async def _speak(self, one: Submission, person_id: PersonId) -> RowResult:
        notes = list(one.notes)
        for name, data in one.said:
            reply = await self._messages.say(name, one, person_id, data)
            if reply.status == "refused" and name != CONSENT:
                # The application does not depend on it, and whoever imports can mend it.
                notes.append(CHANGED if reply.code == REUSED else str(reply.sentence))
            elif reply.status != "accepted":
                return _line(one, reply, person_id)
        reply = await self._messages.apply(one, person_id)
        if reply.repeated or reply.code == REUSED:
            once_more = await self._messages.apply_once_more(one, person_id)
            reply = once_more if once_more.events else reply
        line = _line(one, reply, person_id, tuple(dict.fromkeys(notes)))
        return line if one.application["experiences"] else _not_eligible(line)

    async def _keep_apart(self, pair: Apart) -> bool:
        """Declare a pair if both are known by now; a line that can't be kept says so."""
        one, other = self._people.get(pair.one), self._people.get(pair.other)
        if one is None or other is None or one == other:
            return False
        teller = self._rows[pair.other if pair.kind is Relationship.MANAGES else pair.one]
        reply = await self._messages.declare(
            teller, self._people[teller.row], (one, other), pair.kind
        )
        if reply.status != "accepted":
            self._note(_line(teller, reply, self._people[teller.row]))
        return reply.status == "accepted"


def by_person(rows: Sequence[Submission]) -> list[list[Submission]]:
    """The rows, in their order, in lists of those that share address or number, and name.

    They are one person's, whose rows must come one after the other.
    """
    first: dict[tuple[str, str], int] = {}
    leads_to = list(range(len(rows)))

    def leader(at: int) -> int:
        """The first row that is known to be the same person's, found in ever fewer steps."""
        while leads_to[at] != at:
            leads_to[at] = leads_to[leads_to[at]]
            at = leads_to[at]
        return at

    for at, one in enumerate(rows):
        for known in one.known_by:
            these = sorted({leader(first.setdefault(known, at)), leader(at)})
            leads_to[these[-1]] = these[0]
    lists: dict[int, list[Submission]] = {}
    for at, one in enumerate(rows):
        lists.setdefault(leader(at), []).append(one)
    return list(lists.values())


def _line(
    one: Submission,
    reply: Reply,
    person_id: PersonId | None = None,
    notes: tuple[str, ...] | None = None,
) -> RowResult:
    """What an answer of the door means for a row."""
    return RowResult(
        row=one.row,
        outcome=_outcome(reply),
        code=reply.code,
        sentence=OTHERWISE if reply.code == REUSED else reply.sentence,
        problems=reply.fields or (),
        notes=one.notes if notes is None else notes,
        person_id=person_id,
    )


def _not_eligible(line: RowResult) -> RowResult:
    """The line of an application without experience: the policy on eligibility can only fail it."""
    if line.outcome not in ("accepted", "amended"):
        return line
    code = EligibilityReason.NO_LEADERSHIP_EXPERIENCE.value
    return line.model_copy(update={"outcome": "refused", "code": code, "sentence": NOT_ELIGIBLE})


def _outcome(reply: Reply) -> RowOutcome:
    if reply.status == "accepted":
        if not reply.events or reply.repeated:
            return "already"
        return "amended" if any(one.name == AMENDED for one in reply.events) else "accepted"
    return "failed" if reply.status == "unknown" else reply.status
