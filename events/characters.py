"""Which characters nobody sees, or which make others be seen elsewhere than they stand.

What people type and paste may have letters of every script, their marks, and signs of every kind.
Control characters, overrides of the direction and signs without a shape have no place in it, but
for joiners, selectors and tags where a script or an emoji needs them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from unicodedata import category, name

HIDDEN: Final = (
    r"\x00-\x1f\x7f-\x9f"  # control characters, of both sets
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # no shape of their own
    r"\u200b-\u200f\u2060-\u206f\ufeff\ufff0-\ufffb"
    r"\u2028-\u202e"  # line and paragraph separators, embeddings and overrides of the direction
    r"\ufe00-\ufe0f\U000e0000-\U000e0fff"  # selectors and tags
    r"\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of notations
    r"\ud800-\udfff\ufdd0-\ufdef"  # half characters, and those that are none
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(0x11))
)
MARKS: Final = r"\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
MOST_MARKS: Final = 8
"""So many marks that all scripts share may stand on one letter; more hide the lines around it."""
FOUND: Final = re.compile(rf"[{HIDDEN}]|[{MARKS}](?<=[{MARKS}]{{{MOST_MARKS + 1}}})")
DOUBTFUL: Final = re.compile(
    rf"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f]|[{MARKS}]"
)
"""What counts as printable and may have no shape, up to BEYOND."""
BEYOND: Final = "\U00010000"
BLACK_FLAG: Final = "\U0001f3f4"
TAGS: Final = frozenset(
    "".join(chr(0xE0000 + ord(one)) for one in f"{country}\x7f")
    for country in ("gbeng", "gbsct", "gbwls")
)
"""What makes the flag of England, Scotland or Wales of a black one, all of one length."""
JOINED: Final = re.compile(
    rf"(?![{HIDDEN}])[\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\ua95f\ua980-\uabff"
    r"\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
"""Letters and marks of scripts in which a joiner changes the shape of what stands beside it."""
IDEOGRAPHS: Final = re.compile(rf"(?![{HIDDEN}])[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
EMOJI: Final = re.compile(
    r"[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
EMOJI_STYLE, KEY_CAP = "\ufe0f", "\u20e3"
LONGEST_TAG: Final = 6
BLANK: Final = "\u2800"  # a cell of braille without a dot
LINE_ENDS: Final = "\n\r\v\f\x85\u2028\u2029"
ONE_LINE: Final = "must be one line: take out the line end, which is character {at}"
NOT_SEEN: Final = "must not hold what nobody sees: take out {called}, which is character {at}"
SAYS_NOTHING: Final = "must have something to be read in it"
SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


class HiddenCharacter(NamedTuple):
    """A character of a text that has no place in it, and where it stands, from 0."""

    at: int
    character: str

    @property
    def called(self) -> str:
        """Its number, for whoever has to find it, and its name if it has one."""
        number = f"U+{ord(self.character):04X}"
        known = name(self.character, "").lower()
        return f"{number} ({known})" if known else number


def hidden(text: str, *, lines: bool = False) -> Iterator[HiddenCharacter]:
    """Every character that has no place in a text; with `lines` it may have line ends and tabs."""
    if _is_plain(text, lines=lines):
        return
    for found in FOUND.finditer(text):
        if not _belongs(text, found.start(), lines=lines):
            yield HiddenCharacter(found.start(), found[0])


def _is_plain(text: str, *, lines: bool) -> bool:
    """Whether nothing can be hidden in a text, for which it need not be looked at one by one."""
    left = text.replace("\n", "").replace("\t", "") if lines else text
    if not left.isprintable():
        return False
    return left.isascii() or (max(left) < BEYOND and not DOUBTFUL.search(left))


def unfit(text: str, *, lines: bool = False) -> str | None:
    """What a text that people type must not be, and what to do; nothing of its words is repeated.
    None if it may be so. With `lines` it may have line ends and tabs.
    """
    found = next(hidden(text, lines=lines), None)
    if found is None:
        return SAYS_NOTHING if text and not _is_seen(text) else None
    if found.character in LINE_ENDS and not lines:
        return ONE_LINE.format(at=found.at + 1)
    return NOT_SEEN.format(called=found.called, at=found.at + 1)


def without_hidden(text: str, *, lines: bool = False) -> str:
    """The text as it looks: what nobody sees is left out."""
    left = _replaced(text, lambda _: "", lines=lines)
    return left if left == text else without_hidden(left, lines=lines)


def spelt_out(text: str, *, lines: bool = False) -> str:
    r"""The text with what nobody sees written as JSON does it, as `\u202e` or `\n`.

    So JSON stays what it was for whoever reads it, and a text without such characters too.
    """
    return _replaced(text, _escaped, lines=lines)


def says_something(text: str) -> bool:
    """Whether there is anything to be seen in it."""
    return _is_seen(without_hidden(text))


def _is_seen(text: str) -> bool:
    """Whether there is anything to be seen in a text that hides nothing."""
    if text.isascii():
        return bool(text.strip())
    left = (one for one in text if one != BLANK and not one.isspace())
    return any(category(one)[0] != "M" for one in left)


def _escaped(character: str) -> str:
    if short := SHORT.get(character):
        return short
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(rf"\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _replaced(text: str, by: Callable[[str], str], *, lines: bool) -> str:
    parts, end = list[str](), 0
    for at, character in hidden(text, lines=lines):
        parts += [text[end:at], by(character)]
        end = at + len(character)
    return "".join([*parts, text[end:]]) if parts else text


def _belongs(text: str, at: int, *, lines: bool) -> bool:
    """Whether a character that could hide something has its place where it stands."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    match text[at]:
        case "\n" | "\t":
            return lines
        case "\r":
            return lines and after == "\n"
        case "\u200c":
            return bool(JOINED.match(before) and JOINED.match(after))
        case "\u200d":
            return bool(JOINED.match(before)) or _makes_one(text, at)
        case "\u180b" | "\u180c" | "\u180d" | "\u180e" | "\u180f":
            return "\u1820" <= before <= "\u18aa"
        case selector:
            return _selects(selector, before, after) or _is_of_a_flag(text, at)


def _makes_one(text: str, at: int) -> bool:
    """Whether a joiner makes one emoji of two, the first of which may say its style."""
    first = at - 2 if text[at - 1 : at] == EMOJI_STYLE else at - 1
    return first >= 0 and bool(EMOJI.match(text[first]) and EMOJI.match(text, at + 1))


def _selects(selector: str, before: str, after: str) -> bool:
    """Whether it chooses one of the shapes of what stands before it."""
    if "\ufe00" <= selector <= "\ufe0f":
        key = before in "0123456789#*" and after == KEY_CAP
        return key or bool(EMOJI.match(before) or IDEOGRAPHS.match(before))
    return "\U000e0100" <= selector <= "\U000e01ef" and bool(IDEOGRAPHS.match(before))


def _is_of_a_flag(text: str, at: int) -> bool:
    begins = text.rfind(BLACK_FLAG, 0, at) + 1
    near = 0 < begins <= at < begins + LONGEST_TAG
    return near and text[begins : begins + LONGEST_TAG] in TAGS
