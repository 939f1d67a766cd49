"""What is known of a cohort before a file is brought in for it, as far as whoever imports may read
it: how far it has come, who has applied for it, and with which forms.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from nats.aio.client import Client

from domain.applications.application import Application, Applications, Stage, digest_of
from domain.cohorts.cohort import Cohort
from events.applications import ApplicationStarted, Profile
from events.cohorts import CohortPlanned
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.terms import BEGUN
from projections.cohort_board import CohortState
from projections.imports import ImportState
from projections.stages import ApplicantStage
from services.importing.submission import Known, Submission, known_by
from services.reading.rows_read import ReadRows, Row
from services.vault.words import Card, same_name

BOARD, QUEUE, IMPORTS = "cohort_board", "application_queue", "imports"
PEOPLE, JOURNEY = "people", "journey"
OF_THE_COHORT: Final = ("cohort_id", "opens_on", "closes_on", "state")
OF_AN_APPLICATION: Final = (
    *("application_id", "cohort_id", "person_id", "side", "position"),
    *("submitted_at", "amended_at", "progress", "import_id"),
)
OF_AN_IMPORT: Final = ("import_id", "cohort_id", "state")
OF_A_CARD: Final = ("full_name", "email", "phone")
WHAT_IT_SAYS: Final = ("profile", "experiences", "interest", "leadership", "wishes")
OVER: Final = frozenset({ApplicantStage.WITHDRAWN, ApplicantStage.INELIGIBLE})
RELEASED: Final = frozenset({CohortState.DECISIONS_RELEASED, CohortState.RUNNING})


class Content(NamedTuple):
    """What an application says, as it compares."""

    profile: Profile
    experiences: int
    words_digest: str


@dataclass
class Applied:
    """What somebody has with a cohort, as the rules know it: the application that goes on, if one
    does. `forms` are the times of those that were taken in, with what they said if it still counts.
    """

    person_id: PersonId
    applications: Applications
    application: Application
    forms: dict[datetime, Content | None] = field(default_factory=dict)

    def learn(self, fact: Event) -> None:
        """Take in what came of another form of theirs."""
        self.applications.learn(fact)
        if self.application.application_id != self.applications.live_id:
            self.application = Application(self.applications.live_id)
        if self.application.application_id:
            self.application.learn(fact)


@dataclass(frozen=True)
class Foreknown:
    """A cohort as the rules know it, but for who has longer to apply, which is sealed; and who has
    applied for it.
    """

    cohort_id: CohortId
    cohort: Cohort
    applied: Mapping[Known, Applied] = field(default_factory=dict)


def nothing_known() -> Foreknown:
    """Where nobody could be asked: any cohort, which takes every form, and nobody has applied."""
    some = CohortId.derived(BEGUN, "any")
    plan = _plan(some, BEGUN.date(), date.max - timedelta(days=1))
    return Foreknown(some, Cohort(some, plan, opened=True))


async def foreknown(
    client: Client, cohort_id: CohortId, rows: Sequence[Submission], shows: Callable[[], str]
) -> Foreknown:
    """What is known of a cohort, and of those of these rows who have applied for it. Names of all
    who have are opened, addresses and answers of those alone who are called as somebody in a row.
    Raises CantLook.
    """
    read = ReadRows(client, shows, newest=True)
    boards = await read.of_keys(BOARD, [cohort_id], fields=OF_THE_COHORT)
    where = {"cohort_id": str(cohort_id)}
    theirs = defaultdict[str, list[Row]](list)
    for row in await read.rows(QUEUE, where, fields=OF_AN_APPLICATION):
        theirs[row["person_id"]].append(row)
    names = {one.name for one in rows}
    named = await read.of_keys(PEOPLE, [*theirs], opened=True, fields=("full_name",))
    same = [one["key"] for one in named if same_name(str(one["full_name"])) in names]
    cards = await read.of_keys(JOURNEY, same, opened=True, fields=OF_A_CARD)
    some = [str(row["application_id"]) for one in same for row in theirs[one]]
    says = await read.of_keys(QUEUE, some, opened=True, fields=WHAT_IT_SAYS)
    imports = await read.rows(IMPORTS, where, fields=OF_AN_IMPORT) if some else []
    taken_back = {one["import_id"] for one in imports if one["state"] == ImportState.TAKEN_BACK}
    said = {one["key"]: one for one in says}
    applied = {
        known: _applied(cohort_id, PersonId(card["key"]), theirs[card["key"]], said, taken_back)
        for card in cards
        for known in known_by(_card(card))
    }
    return Foreknown(cohort_id, _cohort(cohort_id, boards), applied)


def _cohort(cohort_id: CohortId, boards: Iterable[Row]) -> Cohort:
    """The cohort as its board tells it; UnknownCohort follows of one that has none."""
    found = Cohort(cohort_id)
    for row in boards:
        days = (date.fromisoformat(row[name]) for name in ("opens_on", "closes_on"))
        found.plan = _plan(cohort_id, *days)
        state = CohortState(row["state"])
        found.opened = state is not CohortState.PLANNED
        found.released = state in RELEASED
        found.cancelled = state is CohortState.CANCELLED
        found.completed = state is CohortState.COMPLETED
    return found


def _plan(cohort_id: CohortId, opens_on: date, closes_on: date) -> CohortPlanned:
    """As much of a plan as tells which forms come in time."""
    said: dict[str, Any] = {"cohort_id": cohort_id, "opens_on": opens_on, "closes_on": closes_on}
    return CohortPlanned.model_construct(None, **said)


def _card(row: Row) -> Card:
    said = (row.get(name) for name in OF_A_CARD)
    name, email, phone = (one if isinstance(one, str) else None for one in said)
    return Card(name or "", email, phone)


def _applied(
    cohort_id: CohortId,
    person_id: PersonId,
    rows: Iterable[Row],
    said: Mapping[str, Row],
    taken_back: Collection[str],
) -> Applied:
    found = Applied(person_id, Applications(cohort_id, person_id), Application(None))
    for row in sorted(rows, key=lambda one: (not _is_over(one), one["position"])):
        _learn(found, row, said.get(row["key"], {}), taken_back)
    return found


def _learn(found: Applied, row: Row, says: Row, taken_back: Collection[str]) -> None:
    """What is known of somebody by one more of their applications, the one that goes on last."""
    moments = (row["submitted_at"], row["amended_at"])
    times = [datetime.fromisoformat(one) for one in moments if one]
    content = content_of(says)
    found.forms |= {at: content if at == times[-1] else None for at in times}
    if _is_over(row):
        withdrawn = row["progress"]["stage"] == ApplicantStage.WITHDRAWN
        found.applications.went_with_an_import = withdrawn and row["import_id"] in taken_back
        return
    started = ApplicationStarted(
        application_id=ApplicationId(row["application_id"]),
        cohort_id=CohortId(row["cohort_id"]),
        person_id=found.person_id,
        side=row["side"],
    )
    found.applications.goes_on(started)
    found.application = Application(started.application_id, started)
    if times:
        found.application.stage, found.application.handed_in_at = Stage.SUBMITTED, times[-1]
    if content:
        found.application.profile, found.application.experiences = content[:2]
        found.application.words_digest = content.words_digest


def content_of(said: Mapping[str, Any]) -> Content | None:
    """What is said by these fields of an application, if they can be read."""
    if not isinstance(said.get("profile"), dict):
        return None
    words = (said.get(name) for name in ("interest", "leadership", "wishes"))
    return Content(Profile.model_validate(said["profile"]), said["experiences"], digest_of(*words))


def _is_over(row: Row) -> bool:
    return row["progress"]["stage"] in OVER
