"""In which encoding a file of text is: of what is not in Unicode nobody can be sure.

charset-normalizer was tried instead: of a few accents among many plain letters it takes Mac Roman
for Windows-1250, and it knows no file that has two encodings.
"""

from collections.abc import Iterator
from typing import Final
from unicodedata import category

from services.importing.cells import NotATable

NEITHER: Final = (
    "This is neither a CSV file nor a workbook of Excel or OpenDocument. Please export the answers"
    " again."
)
CALLED: Final = {
    "cp1252": "Windows-1252, as Excel saves CSV in Windows",
    "mac_roman": "Mac Roman, as Excel saves CSV on a Mac",
    "cp850": "the encoding of MS-DOS",
}
"""What offices here save in besides Unicode, the likelier first, and what to call it."""
ALL: Final = "The file is not in UTF-8; it was read as {called}. Please check the names in it."
SOME: Final = (
    "Some lines of the file are in UTF-8 and some are not; those were read as {called}. Please"
    " check the names in it."
)
TWICE: Final = (
    "Letters in the file look as if they had been saved in a wrong encoding, as é that became Ã©."
    " Please check the names in it, and export the answers again in UTF-8."
)
LEADING: Final = frozenset("ÂÃÄÅâ")
"""What the first byte of accented letters and of curly quotes becomes, read as Windows-1252."""
WIDTH: Final = 4  # bytes of a character in UTF-8, at most
SAMPLE: Final = 4_000  # bytes that tell whether every other is 0
FEWEST_ZEROS: Final = 0.3  # of these bytes


def text_of(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and doubts about it. NotATable if it is none."""
    if encoding := _of_two_bytes(content):
        try:
            return content.decode(encoding), ()
        except UnicodeDecodeError:
            raise NotATable(NEITHER) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _not_in_unicode(content)
    return text, (TWICE,) if _is_garbled(text) else ()


def _of_two_bytes(content: bytes) -> str | None:
    """Whether it is "Unicode text", as Excel calls it; some programs leave out its mark."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = content[:SAMPLE]
    for at, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[at::2], sample[1 - at :: 2]
        if zeros.count(0) > FEWEST_ZEROS * len(sample) and not others.count(0):
            return encoding
    return None


def _not_in_unicode(content: bytes) -> tuple[str, tuple[str, ...]]:
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    strange = [line for line in lines if not _is_utf8(line)]
    mixed = any(not line.isascii() and _is_utf8(line) for line in lines)
    encoding = max(CALLED, key=lambda one: _likeliness(b"".join(strange), one))
    try:
        text = "".join(
            line.decode("utf-8" if _is_utf8(line) else encoding) if mixed else line.decode(encoding)
            for line in lines
        )
    except UnicodeDecodeError:
        raise NotATable(NEITHER) from None
    return text, ((SOME if mixed else ALL).format(called=CALLED[encoding]),)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likeliness(content: bytes, encoding: str) -> float:
    """How much of what is not ASCII is letters as names have them; below 0 if it can't be."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    said = [_weight(text, at) for at, char in enumerate(text) if not char.isascii()]
    return sum(said) / len(said) if said else 0.0


def _weight(text: str, at: int) -> float:
    """Of a letter, 1 if its neighbour is one of the same case, as in a name; of a quotation mark or
    a dash, half; of other signs and of drawings, nothing.
    """
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char.isalpha():
        if char.islower():
            if after.isupper():
                return 0.0
            return 1.0 if before.isalpha() or after.islower() else 0.5
        return 0.6 if not before.islower() else 0.0
    return 0.5 if category(char) in {"Pi", "Pf", "Pd", "Zs"} or char in "£€" else 0.0


def _is_garbled(text: str) -> bool:
    """Whether somewhere what was UTF-8 was read as Windows-1252, and saved so."""
    return any(map(_was_utf8, _suspects(text)))


def _suspects(text: str) -> Iterator[str]:
    for one in LEADING & set(text):
        at = text.find(one)
        while at >= 0:
            yield text[at : at + WIDTH]
            at = text.find(one, at + 1)


def _was_utf8(piece: str) -> bool:
    for end in range(2, len(piece) + 1):
        try:
            piece[:end].encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        return not piece[:end].isascii()
    return False
