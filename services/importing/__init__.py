"""The import of applications from spreadsheets: checked whole, then sent through the door."""

from services.importing.cells import NotATable
from services.importing.confined import examined_apart
from services.importing.examining import Examined, examine
from services.importing.report import Report, RowResult
from services.importing.sending import import_applications
from services.importing.sharing import noting_known

__all__ = [
    "Examined",
    "NotATable",
    "Report",
    "RowResult",
    "examine",
    "examined_apart",
    "import_applications",
    "noting_known",
]
