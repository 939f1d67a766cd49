"""Words that are given in a file, or on the input, and not as an argument: everybody on a machine
sees the arguments of a command, and a shell keeps them.
"""

import sys
from io import StringIO
from pathlib import Path
from typing import Final

import click

from services.cli.leaving import INVALID, REFUSED, fail

LARGEST: Final = 16 * 2**20  # bytes of a file
CALLED: Final = {"-": "The input"}
TOO_LARGE: Final = f"{{}} has more than {LARGEST // 2**20} MiB."


def content_of(
    file: str, most: int = LARGEST, too_large: str = TOO_LARGE, called: str | None = None
) -> bytes:
    """What is in a file, or on the input for `-`. It ends the call with a line if that can't be
    read, or has more than so many bytes, however it grows.
    """
    called = called or CALLED.get(file, file)
    try:
        if file == "-":
            content = sys.stdin.buffer.read(most + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(most + 1)
    except OSError as error:
        fail(f"{called} can't be read: {error.strerror}.", INVALID)
    if len(content) > most:
        fail(too_large.format(called), INVALID)
    return content


def text_of(file: str, too_large: str = TOO_LARGE, called: str | None = None) -> str:
    """The same as text, whose lines end as they do there."""
    called = called or CALLED.get(file, file)
    try:
        return content_of(file, LARGEST, too_large, called).decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{called} can't be read: it is not text in UTF-8.", INVALID)


def words_in(given: str) -> str | None:
    """What is in the file of `@FILE`, or on the input for `-`, each line ended in one way; None if
    it is neither. It ends the call as above.
    """
    if given == "-":
        text = text_of(given)
    elif given.startswith("@"):
        text = text_of(given[1:], called=given)
    else:
        return None
    return StringIO(text, newline=None).read()


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
