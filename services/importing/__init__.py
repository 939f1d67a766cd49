"""The import of applications from spreadsheets: checked whole, then sent through the door."""

from services.importing.cells import NotATable
from services.importing.examining import Examined, examine
from services.importing.report import Report, RowResult
from services.importing.sending import import_applications

__all__ = ["Examined", "NotATable", "Report", "RowResult", "examine", "import_applications"]
