"""How long people have for a thing, how long before it they are reminded, and when they are asked
how it went.

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
PLACE_KEPT: Final = timedelta(days=7)
"""Before a workshop: until then a single place is kept for two who are first in line for two."""
DOORS_OPEN: Final = timedelta(hours=2)
"""Before a workshop begins: from then on people may be scanned in."""
REGISTER_DAYS: Final = 3
"""After the last day of a workshop: by the end of that day its register should be closed."""
CONTACT_ANSWERS: Final = timedelta(days=14)
"""After a contact was named and asked: by the end of that day they should have answered."""
CheckInMonths = Literal[3, 6, 12]
"""After a pairing completed."""
CHECK_IN_MONTHS: Final[tuple[CheckInMonths, ...]] = get_args(CheckInMonths)
