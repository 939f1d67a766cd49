"""The words by which people are found, folded and keyed: whole, and their beginnings."""

import re
from collections.abc import Iterable, Iterator
from struct import iter_unpack
from typing import Final, NamedTuple
from unicodedata import category, combining, normalize

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from events.addresses import one_spelling

SHORTEST: Final = 2  # letters of a beginning; a word of one letter is found as it is
LONGEST: Final = 15  # bytes of a word that tell it apart: with its length they are one block of AES
MOST: Final = 64  # words and beginnings of one person; a name of a hundred words has enough
FEWEST_DIGITS: Final = 4  # of a telephone number's beginning
TITLES: Final = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "rev",
        "sir",
        "dame",
        "lord",
        "lady",
    ]
)
UNLIKE: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "\u0131": "i", "þ": "th", "ð": "d"}
)
APOSTROPHES: Final = re.compile("['`\u2018\u2019\u02bc]")
DIGITS_ONLY: Final = re.compile(r"[\d\s()+./-]+")


class Card(NamedTuple):
    """Under what name somebody is known, and where."""

    full_name: str
    email: str | None = None
    phone: str | None = None
    town: str | None = None

    @property
    def contacts(self) -> tuple[str, ...]:
        """The address and the number, in the one spelling in which they compare."""
        return tuple(one_spelling(one) for one in (self.email, self.phone) if one)


def folded(text: str) -> str:
    """Without case, accents and apostrophes, as people type when they look for a name."""
    letters = normalize("NFKD", text.casefold().translate(UNLIKE))
    return APOSTROPHES.sub("", "".join(one for one in letters if not combining(one)))


def words_of(text: str) -> list[str]:
    """The folded words of a text, in their order."""
    return "".join(one if _is_of_a_word(one) else " " for one in folded(text)).split()


def _is_of_a_word(letter: str) -> bool:
    """Letters and digits, and the vowels that many scripts write as marks at a letter."""
    return letter.isalnum() or category(letter).startswith("M")


def same_name(full_name: str) -> str:
    """Names that are equal in this are taken for one: order, case, accents, titles don't count."""
    words = words_of(full_name)
    bare = [one for one in words if one not in TITLES]
    # Of "Mr J Smith" and "Mrs J Smith" the title alone tells who it is.
    told = bare if sum(len(one) > 1 for one in bare) > 1 else words
    return " ".join(sorted(told)) or folded(full_name)


def findable(card: Card) -> set[str]:
    """All words and beginnings by which somebody is found."""
    found: dict[str, None] = {}
    for word in _words(card):
        whole = _cut(word)
        shortest = SHORTEST if word.isascii() else 1
        for end in range(min(shortest, len(whole)), len(whole) + 1):
            found[whole[:end]] = None
    return set(list(found)[:MOST])


def sought(query: str) -> list[str]:
    """The words or beginnings that all must be there for who is looked for."""
    text = query.strip()
    if DIGITS_ONLY.fullmatch(text) and sum(map(str.isdigit, text)) >= FEWEST_DIGITS:
        return [_cut(one_spelling(text).removeprefix("+"))]
    return list(dict.fromkeys(map(_cut, words_of(text))))


def keyed(key: bytes, words: Iterable[str]) -> list[int]:
    """Each word as a number of 64 bits: the first half of its block under AES, one call for all."""
    blocks = b"".join(_block(one) for one in words)
    # A block holds one whole word and its length, so equal blocks are equal words, which is all
    # that is to be seen.
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
    return [number for number, _ in iter_unpack(">qq", encryptor.update(blocks))]


def _words(card: Card) -> Iterator[str]:
    for text in (card.full_name, card.town or ""):
        yield from words_of(text)
        for part in text.split():  # both "O'Brien" and the "Brien" in it
            yield from (one for half in APOSTROPHES.split(part) for one in words_of(half))
    for contact in card.contacts:
        yield from words_of(contact)


def _cut(word: str) -> str:
    """As much of a word as tells it apart, and no half letter."""
    return word.encode()[:LONGEST].decode(errors="ignore")


def _block(word: str) -> bytes:
    text = word.encode()
    return bytes([len(text)]) + text.ljust(LONGEST, b"\0")
