"""Words that are given in a file, or on the input, and not as an argument: everybody on a machine
sees the arguments of a command, and a shell keeps them.
"""

import sys
from pathlib import Path

import click

from services.cli.leaving import INVALID, REFUSED, fail


def words_in(given: str) -> str | None:
    """What is in the file of `@FILE`, or on the input for `-`; None if it is neither. It ends the
    call with a line if a file can't be read.
    """
    if given == "-":
        return sys.stdin.read()
    if not given.startswith("@"):
        return None
    try:
        return Path(given[1:]).read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(f"{given} can't be read: {error.strerror}.", INVALID)
    except UnicodeDecodeError:
        fail(f"{given} can't be read: it is not text in UTF-8.", INVALID)


def is_text(words: str) -> bool:
    """Whether this can be written: an argument in another encoding, and JSON, may have halves of
    signs.
    """
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True


def asked_for(what: str) -> str:
    """A line from whoever sits there, or from the input."""
    if sys.stdin.isatty():
        return str(click.prompt(what, err=True)).strip()
    return sys.stdin.readline().strip()


def must_agree(question: str, *, yes: bool) -> None:
    """Go on with a yes: one that was given with the call, or an answer to the question. It ends the
    call without one.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        fail("Nothing was done: look at this, and call it with --yes.", INVALID)
    if not click.confirm(question, err=True):
        fail("Nothing was done.", REFUSED)
