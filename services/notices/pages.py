"""A letter as a page for somebody of the team, who rings the person, or makes and sends it by hand.

All that is needed to do it stands on it, in lines of ours: people's words are on one line each.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from domain.notice import nhs_date
from events.terms import Channel, Format
from services.escaping import one_line
from services.notices.letters import Letter

FORMS: Final[Mapping[Format, str]] = MappingProxyType(
    {
        Format.STANDARD: "as it stands here",
        Format.EASY_READ: "in Easy Read: short lines, each with a picture",
        Format.LARGE_PRINT: "in large print: 16 point or larger, or as large as they told us",
        Format.AUDIO: "as a recording",
        Format.BRAILLE: "in braille",
    }
)
"""In which form somebody gets a message."""
NO_ADDRESS: Final = "no number given"


def page(letter: Letter, ticking_off: Sequence[str]) -> str:
    """The whole page; `ticking_off` are the calls that say that it is done, one a notice."""
    head = f"{letter.channel.value}: {letter.name}, {one_line(letter.address or NO_ADDRESS)}"
    parts = (
        [head, letter.subject],
        _what_to_do(letter),
        ["In short:", *(f"  {line}" for line in letter.short.splitlines())],
        ["When it is done, or it was said in another way:", *(f"  {one}" for one in ticking_off)],
        ["The whole message:", "", letter.body],
    )
    return "\n\n".join("\n".join(part) for part in parts)


def _what_to_do(letter: Letter) -> Iterator[str]:
    yield f"What to do: {_deed(letter)}"
    if not letter.is_in_english:
        how = "with an interpreter" if letter.channel is Channel.PHONE else "translated"
        yield f"Language: {one_line(letter.language)}, {how}"
    if letter.by:
        yield f"Answer needed by: {nhs_date(letter.by)}"
    for what, value in (
        ("Telephone", letter.ways.phone),
        ("Postal address", letter.ways.postal_address),
        ("E-mail", letter.ways.email),
    ):
        yield f"{what}: {one_line(value) if value else 'not known'}"


def _deed(letter: Letter) -> str:
    if letter.channel is Channel.PHONE:
        if letter.format in (Format.STANDARD, Format.AUDIO):
            return "ring them, and say it."
        return f"ring them, and say it. Send it after that {FORMS[letter.format]}, if they wish."
    way = "by post" if letter.channel is Channel.POST else "by e-mail"
    return f"send it {way}, {FORMS[letter.format]}."
