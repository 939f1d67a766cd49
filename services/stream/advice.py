"""What to do when stream and log differ: said once, wherever it is noticed."""

from typing import Final

CAUSES: Final = (
    "The log may have been restored from an older backup, a stray message may have come into the"
    " stream, or somebody may have tampered with one of them."
)
DECIDE: Final = (
    "Decide which side is right before anything is overwritten: hold both against a backup, a"
    " subscriber's copy or another replica of the stream."
)
WHAT_THEN: Final = (
    "If the log has lost something, restore a newer backup: all go on by themselves. If the log is"
    " right, `leading-together ops stream rebuild --log-is-right` keeps what the stream has instead"
    " and makes it anew."
)
SEE: Final = "`leading-together ops stream verify` tells what differs."
ADVICE: Final = f"{CAUSES} {DECIDE} {WHAT_THEN}"
WHAT_TO_DO: Final = f"{SEE} {ADVICE}"
