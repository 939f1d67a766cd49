"""How a file of applications is brought in as one thing: when it begins, and how its rows ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from domain.cohorts.cohort import Cohort
from domain.decision import Act, Command, Decides, Know, Knowledge, Refusal, SoAlready, learns
from events.event import Event
from events.ids import CohortId, ImportId
from events.imports import FileRead, ImportBegun, ImportEnded, ImportTakenBack, RowEnds
from events.people import PersonRegistered
from events.personal import plain
from events.terms import Code, Role

BRINGING_IN: Final = frozenset({Role.IMPORTER, Role.COORDINATOR})


@dataclass
class Import(Knowledge):
    """One import: of which file, how far it has come, and whether it was taken back."""

    import_id: ImportId | None
    begun: ImportBegun | None = None
    ended: ImportEnded | None = None
    taken_back: bool = False
    why: Code | None = None

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.import_id,)

    @property
    def known(self) -> ImportBegun:
        """Its first fact; refuses an import that nobody began."""
        if self.begun is None:
            raise UnknownImport
        return self.begun

    @property
    def cohort_id(self) -> CohortId | None:
        return self.begun.cohort_id if self.begun else None

    @learns(ImportBegun)
    def begins(self, event: ImportBegun) -> None:
        self.begun = event

    @learns(ImportEnded)
    def ends(self, event: ImportEnded) -> None:
        self.ended = event

    @learns(ImportTakenBack)
    def goes(self, event: ImportTakenBack) -> None:
        self.taken_back, self.why = True, plain(event.reason)


class CameWith(NamedTuple):
    """The import with which something is asked for, and the cohort that it is for."""

    file: Import
    cohort: Cohort

    def must_bring_into(self, cohort_id: CohortId | None) -> None:
        """Refuses an import that nobody began, and what is of another cohort than it."""
        if cohort_id not in (None, self.file.known.cohort_id):
            raise AnotherImport

    def must_take(self, act: Act, facts: tuple[Event, ...]) -> None:
        """Refuses whatever comes with an import that was taken back, and to register somebody whose
        application could not be taken in after that.
        """
        if facts and self.file.taken_back:
            raise TakenBackBefore
        for one in facts:
            if isinstance(one, PersonRegistered):
                if self.cohort.stands_still:
                    raise self.cohort.stands_still
                self.cohort.must_take_applications(act, one.person_id)


def came_with(know: Know, import_id: ImportId) -> CameWith:
    """What must be known of an import to judge what comes with it."""
    file = know(Import(import_id))
    return CameWith(file, know(Cohort(file.cohort_id)))


class UnknownImport(Refusal):
    """We don't know an import with this id. `leading-together import list` shows all of them."""

    code = "import.unknown"


class TakenBackBefore(Refusal):
    """The import with which this comes was taken back, so nothing more comes with it. Import the
    file again if it is the right one.
    """

    code = "import.taken-back"


class AnotherImport(SoAlready):
    """There is an import with this id already, of another file or cohort. Take another id."""

    code = "import.another"


class RowsEndedOtherwise(SoAlready):
    """The import has ended already, and its rows otherwise. Begin another one."""

    code = "import.ended-otherwise"


class RowsDoNotAddUp(Refusal):
    """The ends of the rows are not as many as the rows of the file. Each row has one end."""

    code = "import.rows-do-not-add-up"


class BeginImport(Command, Decides[Cohort, Import]):
    """Somebody begins to bring in a file of applications for a cohort.

    Whatever an importer asks for with the import's id (`importid`) comes with it.
    """

    name: ClassVar = "import.begin"
    roles: ClassVar = BRINGING_IN
    import_id: ImportId
    cohort_id: CohortId
    file: FileRead

    def needs(self, know: Know) -> tuple[Cohort, Import]:
        return know(Cohort(self.cohort_id)), know(Import(self.import_id))

    def decide(self, act: Act, cohort: Cohort, known: Import) -> Iterator[Event]:
        cohort.known  # noqa: B018 - refuses one that is not
        begun = ImportBegun.model_validate(self.model_dump())
        if known.begun not in (None, begun):
            raise AnotherImport
        if known.begun is None:
            cohort.must_have_opened()
            yield begun


class EndImport(Command, Decides[Import]):
    """An import is whole: so many of its rows ended in each of four ways."""

    name: ClassVar = "import.end"
    roles: ClassVar = BRINGING_IN
    import_id: ImportId
    ends: RowEnds

    def needs(self, know: Know) -> tuple[Import]:
        return (know(Import(self.import_id)),)

    def decide(self, act: Act, known: Import) -> Iterator[Event]:
        begun = known.known
        file = plain(begun.file)
        if file is not None and self.ends.rows != file.rows:
            raise RowsDoNotAddUp
        ended = ImportEnded(import_id=self.import_id, cohort_id=begun.cohort_id, ends=self.ends)
        if known.ended not in (None, ended):
            raise RowsEndedOtherwise
        if known.ended is None:
            yield ended
