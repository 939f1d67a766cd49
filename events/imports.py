"""What has happened to imports: files of applications, each of which is brought in as one thing."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.cohorts import Digest
from events.event import Event
from events.ids import PROGRAMME, CohortId, ImportId, ProgrammeId
from events.personal import Closed, OfProgramme
from events.terms import Code, Value

RowCount = Annotated[int, Field(ge=0, le=10_000)]


class FileRead(Value):
    """How many rows of a file say something, and the SHA-256 of its bytes, by which it is known."""

    rows: RowCount
    digest: Digest


class RowEnds(Value):
    """How many rows of a file had each of four ends."""

    accepted: RowCount
    already: RowCount
    refused: RowCount
    to_be_asked_about: RowCount

    @property
    def rows(self) -> int:
        """How many they are together."""
        return self.accepted + self.already + self.refused + self.to_be_asked_about


class ImportBegun(Event):
    """Somebody brings in the applications of a file."""

    name: ClassVar = "import.begun"
    import_id: ImportId
    cohort_id: CohortId
    programme_id: ProgrammeId = PROGRAMME
    file: Annotated[Closed[FileRead], OfProgramme(of="programme_id")]


class ImportEnded(Event):
    """An import is whole: each of its rows has come to its end."""

    name: ClassVar = "import.ended"
    import_id: ImportId
    cohort_id: CohortId
    programme_id: ProgrammeId = PROGRAMME
    ends: Annotated[Closed[RowEnds], OfProgramme(of="programme_id", even=128)]


class ImportTakenBack(Event):
    """An import was a mistake: the applications that came with it go, as far as nobody has done
    anything with them since.
    """

    name: ClassVar = "import.taken-back"
    import_id: ImportId
    cohort_id: CohortId
    programme_id: ProgrammeId = PROGRAMME
    reason: Annotated[Closed[Code], OfProgramme(of="programme_id")]
