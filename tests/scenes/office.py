"""The invented office from which letters of the tests come."""

from typing import Final

from services.notices.office import Office, office_for
from services.settings import Settings

OFFICE: Final[Office] = office_for(Settings(), own_engines=True)
