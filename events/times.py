"""How long before a thing people are reminded of it, and when they are asked how it went.

Said once, below the rules that judge whether it is time, and the read model that says when it
will be.
"""

from datetime import timedelta
from typing import Final, Literal, get_args

WORKSHOP_REMINDER: Final = timedelta(days=3)
"""Before the day of a workshop."""
MILESTONE_REMINDER: Final = timedelta(days=7)
"""Before the day on which a milestone is due."""
EMPLOYER_ANSWERS: Final = timedelta(days=21)
"""After the yes of a healthcare leader: by the end of that day their employer is to have said if
they can come."""
EMPLOYER_REMINDER: Final = timedelta(days=7)
"""Before that day."""
CheckInMonths = Literal[3, 6, 12]
"""After a pairing completed."""
CHECK_IN_MONTHS: Final[tuple[CheckInMonths, ...]] = get_args(CheckInMonths)
