"""Looks for what people said of themselves in places where it must not be, in any likely form."""

import csv
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from functools import cache
from json import dumps
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

LINES = ("Your full name", "E-mail address", "Telephone", "Town or city")
MANAGER = "Line manager's e-mail (healthcare leaders)"
WORDS = (
    "What leadership experience do you have?",
    "Why are you interested in healthcare and leadership?",
    "What would help you take part?",
    "Anybody we should not pair you with, and why?",
)
SHORTEST_SENTENCE = 16
SHORT = 8
IN_EVERY_FORM = re.compile(r"[ !#-\[\]-~]+")  # JSON, UTF-8 and UTF-16 have these as they are
TEXT = re.compile(rb"[\x10-\x7e\x80-\xff]{4,}")  # quotation marks are \x18-\x1d in UTF-16
ASCII = re.compile(rb"[ -~]{4,}")
WORD = re.compile(rb"[A-Za-z]{4,}")
WITHIN = re.compile(rb"(?<=[^A-Za-z])[A-Za-z]{4,}(?=[^A-Za-z])")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
LONG_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{200,}")
HEX = re.compile(rb"[0-9a-fA-F]{24,}")
PART_OF_A_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/-")
TABLES = SQL(
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
)


def personal(example: Path) -> set[str]:
    """Names, addresses, numbers, towns and sentences of everybody in a file of applications."""
    with example.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row[title].strip() for row in rows for title in (*LINES, MANAGER)}
    found |= {"".join(row["Telephone"].split()) for row in rows}
    for title in rows[0]:
        if title.startswith(WORDS):
            found |= {one for row in rows for one in _sentences(row[title])}
    return found - {""}


def _sentences(text: str) -> Iterator[str]:
    for one in re.split(r"(?<=[.!?;])\s+|\n", text):
        if len(one.strip()) >= SHORTEST_SENTENCE:
            yield one.strip()


def texts(content: bytes) -> bytes:
    """All that may be text in some bytes, each once, a line each; UTF-16 as if it were ASCII."""
    narrow = content.replace(b"\0" * 32, b"").replace(b"\0\0", b"\n").replace(b"\0", b"")
    return b"\n".join(set(TEXT.findall(narrow)))


def leaks(what: Iterable[str], content: bytes) -> set[str]:
    """Which of these texts `content` holds: plain, escaped for JSON, UTF-16, hex or base64.

    What is short counts only as a word of its own, and not within base64: it occurs by chance in
    what is random.
    """
    place = _Place(texts(content))
    return {one for one in what if place.holds(one)}


class _Place:
    """Somewhere to look: all that is text in some bytes, and in what hex and base64 stand for."""

    def __init__(self, text: bytes) -> None:
        decoded = b"\n".join(_decoded(text))
        self._plain = LONG_BASE64.sub(b" ", text)
        self._raw = (self._plain, decoded)
        self._ascii = b"\n".join({*ASCII.findall(self._plain), *ASCII.findall(decoded)})
        self._words = set(WORD.findall(self._ascii))

    def holds(self, one: str) -> bool:
        piece = _longest_piece(one)
        if not one.isascii() and len(piece) < SHORTEST_SENTENCE:
            return any(form in raw for form in _forms(one) for raw in self._raw)
        if len(piece) < SHORT:
            return _holds_word(self._plain, piece)
        return self._words.issuperset(_words_within(piece)) and piece in self._ascii


@cache
def _longest_piece(one: str) -> bytes:
    """What a text has in every form, as far as it goes without a break."""
    pieces: list[str] = IN_EVERY_FORM.findall(one)
    return max(pieces, key=len).encode()


@cache
def _words_within(piece: bytes) -> frozenset[bytes]:
    return frozenset(WITHIN.findall(piece))


@cache
def _forms(one: str) -> set[bytes]:
    """UTF-16 without its zeros."""
    narrow = {one, dumps(one)[1:-1], dumps(one, ensure_ascii=False)[1:-1]}
    wide = {one.encode(order).replace(b"\0", b"") for order in ("utf-16-le", "utf-16-be")}
    return {text.encode() for text in narrow} | wide


def _holds_word(text: bytes, word: bytes) -> bool:
    at = text.find(word)
    while at >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(word) :][:1]
        if PART_OF_A_WORD.isdisjoint(before + after):
            return True
        at = text.find(word, at + 1)
    return False


def _decoded(content: bytes) -> Iterator[bytes]:
    """What the hex and base64 in some bytes stand for, wherever it begins."""
    for run in set(HEX.findall(content)):
        for start in range(2):
            yield bytes.fromhex(run[start : start + (len(run) - start) // 2 * 2].decode())
    for run in set(BASE64.findall(content)):
        standard = run.replace(b"+", b"-").replace(b"/", b"_")
        for start in range(4):
            whole = standard[start : start + (len(run) - start) // 4 * 4]
            yield urlsafe_b64decode(whole)


class Known:
    """Sealed values that were looked through: what else there is, is found sooner without them."""

    WINDOW = 32

    def __init__(self, sealed: Iterable[bytes]) -> None:
        self._at = {
            one[at : at + self.WINDOW]: (one, at)
            for one in sealed
            for at in range(0, len(one) - self.WINDOW + 1, self.WINDOW)
        }

    def without(self, content: bytes) -> bytes:
        """Bytes without the sealed values and pieces of them."""
        return BASE64.sub(self._rest, content)

    def _rest(self, run: re.Match[bytes]) -> bytes:
        text: bytes = run[0]
        for start in range(min(self.WINDOW, len(text))):
            if found := self._at.get(text[start : start + self.WINDOW]):
                sealed, at = found
                end = start + len(sealed) - at
                if text[start:end] == sealed[at : at + len(text) - start]:
                    return text[:start] + b" " + text[end:]
        return text


def tables(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table of a database but the server's own, as its rows stand there: bytes as bytes."""
    with psycopg.connect(url) as connection:
        for schema, name in connection.execute(TABLES).fetchall():
            query = SQL("COPY {} TO STDOUT (FORMAT binary)").format(Identifier(schema, name))
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                yield f"{schema}.{name}", b"".join(map(bytes, copy))
