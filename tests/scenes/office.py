"""The invented office from which letters of the tests come."""

from typing import Final

from services.notices.office import INVENTED, Office, office_for
from services.settings import Settings, variable

OFFICE: Final[Office] = office_for(Settings(), own_engines=True)
AS_SETTINGS: Final = {variable(name): value for name, value in INVENTED.items()}
"""As it is set for engines that are not our own."""
