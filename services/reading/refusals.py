"""Why something is not to be read; each kind is a sentence for people."""

from domain.decision import Refusal
from services.reading.replies import NOT_RECORDED, NOT_THERE_YET


class NotToBeRead(Refusal):
    """It can't be read."""

    code = "reading.refused"


class NotYoursToRead(NotToBeRead):
    """You hold no role in which you may read this. Ask a coordinator."""

    code = "reading.not-yours"


class NoSuchChoice(NotToBeRead):
    """You can't choose or sort by one of these fields here. Leave it out, or look at a row."""

    code = "reading.no-such-choice"


class NotACursor(NotToBeRead):
    """`after` must be what an answer of this name gave you, in this order. Begin without it."""

    code = "reading.not-a-cursor"


class NotInTheLog(NotToBeRead):
    """The log ends before the position that you have: it was restored from an older copy, or is
    another one. What you have behind its end is not in it; ask those who run it, or begin anew.
    """

    code = "reading.not-in-the-log"


class NotThereYet(NotToBeRead):
    """The last of what was recorded is not to be read yet. Ask again in a moment."""

    code = NOT_THERE_YET


class TookTooLong(NotToBeRead):
    """It took too long to find. Ask for less at once, or choose by a key."""

    code = "reading.too-slow"


class TooLarge(NotToBeRead):
    """It is larger than an answer may be. Ask for fewer rows; if one alone is too large, tell
    whoever runs the system.
    """

    code = "reading.too-large"


class NotRecorded(NotToBeRead):
    """Nothing was opened, because it could not be recorded who opens it. Ask again in a moment."""

    code = NOT_RECORDED
