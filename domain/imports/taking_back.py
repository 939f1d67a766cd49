"""How an import is taken back as a whole: what came with it goes, unless it was touched since."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import PlaceHeld, held, whose
from domain.applications.withdrawals import IMPORTED_BY_MISTAKE
from domain.assessments.assessment import PanelTable
from domain.cohorts.impartial import Impartial
from domain.decision import Act, Command, Decides, Know, Refusal, SoAlready
from domain.imports.importing import Import
from events.applications import ApplicationWithdrawn
from events.event import Event
from events.ids import ApplicationId, ImportId
from events.imports import ImportTakenBack
from events.terms import Role


class TakingBackReason(StrEnum):
    """Why an import is taken back."""

    WRONG_FILE = "import.wrong-file"
    WRONG_COHORT = "import.wrong-cohort"
    READ_WRONGLY = "import.read-wrongly"
    NOT_WANTED = "import.not-wanted"


class ImportTakenBackOtherwise(SoAlready):
    """The import was taken back already, for another reason. That reason stays."""

    code = "import.taken-back-otherwise"


class NotTakenBack(Refusal):
    """The import with which it came was not taken back, or it came with none. Whoever applied can
    take their application back.
    """

    code = "import.not-taken-back"


class TouchedSince(Refusal):
    """Somebody has done something with this application since it came: it was changed, given to
    assessors, decided on, or withdrawn and let go on. So it stays. Whoever applied can take it
    back.
    """

    code = "import.touched-since"


class TakeBackImport(Command, Decides[Import]):
    """An import was a mistake, for a reason. Then each application that came with it can go."""

    name: ClassVar = "import.take-back"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    import_id: ImportId
    reason: TakingBackReason

    def needs(self, know: Know) -> tuple[Import]:
        return (know(Import(self.import_id)),)

    def decide(self, act: Act, known: Import) -> Iterator[Event]:
        begun = known.known
        if known.taken_back:
            if known.why not in (None, self.reason.value):
                raise ImportTakenBackOtherwise
            return
        yield ImportTakenBack(
            import_id=self.import_id, cohort_id=begun.cohort_id, reason=self.reason.value
        )


class TakeBackApplication(Command, Decides[Application, PlaceHeld, Impartial, PanelTable, Import]):
    """An application goes with the import with which it came, unless somebody has done anything
    with it since.
    """

    name: ClassVar = "application.take-back"
    roles: ClassVar = frozenset({Role.COORDINATOR})
    application_id: ApplicationId

    def needs(self, know: Know) -> tuple[Application, PlaceHeld, Impartial, PanelTable, Import]:
        application, place, impartial = held(know, self.application_id)
        came_with = application.started.import_id if application.started else None
        table = know(PanelTable(self.application_id))
        return application, place, impartial, table, know(Import(came_with))

    def decide(
        self,
        act: Act,
        application: Application,
        place: PlaceHeld,
        _: Impartial,
        table: PanelTable,
        came_with: Import,
    ) -> Iterator[Event]:
        started = application.known
        if not came_with.taken_back:
            raise NotTakenBack
        if application.touched or place.chosen or table.touched:
            raise TouchedSince
        yield ApplicationWithdrawn(
            **whose(started), reason=IMPORTED_BY_MISTAKE, import_id=started.import_id
        )
