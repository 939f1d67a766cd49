"""How long people have for a thing, and how long before it something follows, where the programme's
rules (`events.rules`) do not say.

Said once, below the rules that judge whether it is time, and the read model that says when it
will be.
"""

from datetime import timedelta
from typing import Final

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
CONTACT_IS_TOLD: Final = timedelta(days=7)
"""After a cohort was cancelled: to the end of that day a contact who agreed is kept, to be told."""
