"""The import of applications from spreadsheets: checked whole, then sent through the door."""

from services.importing.cells import NotATable
from services.importing.confined import examined_apart
from services.importing.examining import Examined, examine
from services.importing.foreknown import Foreknown, foreknown
from services.importing.rehearsing import rehearsed
from services.importing.report import ENDS, Report, RowResult
from services.importing.sending import NotBegun, import_applications
from services.importing.sharing import noting_known

__all__ = [
    "ENDS",
    "Examined",
    "Foreknown",
    "NotATable",
    "NotBegun",
    "Report",
    "RowResult",
    "examine",
    "examined_apart",
    "foreknown",
    "import_applications",
    "noting_known",
    "rehearsed",
]
