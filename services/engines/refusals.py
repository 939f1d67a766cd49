"""PostgreSQL's log: its own news, and who was refused what and when. Nothing that clients sent.

An error's text may quote what somebody wrote, and PostgreSQL can't log one kind of error alone. So
it says all of them, and what it says goes through here before it reaches a file: of an error only
that a right was missing stays, for which thing of ours, by whose role and when.

Run as a script it becomes the server that its arguments name, and leaves behind a process that
reads what the server says until the last part of it has ended. That is nobody's child: the server
would take its end for the end of a part of its own. Needs only the standard library.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

# Whoever knocks names a role and a database, in 63 bytes each, and PostgreSQL repeats them as they
# are, line ends too. With this before the time nobody can write a line that begins as ours do.
OURS = "-" * 48
SETTINGS = {
    "log_min_messages": "error",
    "log_line_prefix": f"{OURS} %m [%p] %q%u@%d %e ",  # time, process, role, database, SQLSTATE
}
LINE = re.compile(
    OURS + r" (?P<when>\S+ \S+ \S+ \[\d+\]) (?:(?P<who>\S*@\S*) (?P<state>\w{5}) )?"
    r"(?P<level>[A-Z]+):  (?P<text>.*)"
)
KEPT = ("LOG", "FATAL", "PANIC")
NO_RIGHT = "42501"
# The names of things of ours and no others: a message that somebody has thought up says nothing.
NAMED = re.compile(
    r'permission denied for (?:table|view|schema|sequence|function|database) "?\w{1,63}"?$'
)
LONGEST = 8192  # characters of a line that are looked at once


def kept(pieces: Iterable[str]) -> Iterator[str]:
    """What may be kept of what the server says, line by line, or by pieces of very long ones."""
    keeping = begins = True
    has_begun = False  # what it says before it knows how lines are to begin is its own
    for piece in pieces:
        found = LINE.match(piece) if begins else None
        if found:
            has_begun, keeping = True, found["level"] in KEPT
            if keeping:
                who = f" {found['who']}" if found["who"] else ""
                yield f"{found['when']}{who} {found['level']}:  {found['text']}\n"
            elif found["level"] == "ERROR" and found["state"] == NO_RIGHT:
                named = NAMED.match(found["text"])
                what = named.group() if named else "what was asked for is not allowed"
                yield f"{found['when']} {found['who']} REFUSED:  {what}\n"
        elif begins and not piece.startswith("\t"):
            keeping = not has_begun
        if found is None and keeping:
            yield piece
        begins = piece.endswith("\n")


def main(*command: str) -> None:
    """Become the server, with somebody who listens to it."""
    hears, says = os.pipe()
    if os.fork() == 0:
        if os.fork():
            os._exit(0)
        os.close(says)
        listen(hears)
    os.wait()
    os.close(hears)
    for output in (1, 2):
        os.dup2(says, output)
    os.close(says)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted between us and the server


def listen(hears: int) -> None:
    """Write what may be kept where it would have gone, until nobody says anything any more."""
    os.chdir("/")  # it stands in nobody's way
    with os.fdopen(hears, encoding="utf-8", errors="replace") as said:
        for line in kept(iter(lambda: said.readline(LONGEST), "")):
            with suppress(OSError):  # a full disk, say: the server must be heard all the same
                os.write(2, line.encode(errors="replace"))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
