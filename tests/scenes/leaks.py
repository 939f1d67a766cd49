"""Looks for what people said of themselves in places where it must not be, in any likely form."""

import csv
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
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
TEXT = re.compile(
    rb"[\x09\x0a\x0d\x10-\x7e\x80-\xff]{4,}"
)  # quotation marks are \x18-\x1d in UTF-16
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){12,}")
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


def leaks(what: Iterable[str], content: bytes) -> set[str]:
    """Which of these texts `content` holds: plain, escaped for JSON, UTF-16, hex or base64."""
    text = b"\n".join(set(_readable(content)))
    return {one for one in what if any(_holds(text, form) for form in _forms(one))}


def _holds(text: bytes, form: bytes) -> bool:
    """What is short counts only as a word of its own: it occurs by chance in what is random."""
    if len(form) >= SHORT:
        return form in text
    word = rb"(?<![A-Za-z0-9_+/-])%s(?![A-Za-z0-9_+/-])" % re.escape(form)
    return re.search(word, text) is not None


def _forms(one: str) -> set[bytes]:
    """UTF-16 without its zeros, as `_readable` leaves it."""
    texts = {one, dumps(one)[1:-1], dumps(one, ensure_ascii=False)[1:-1]}
    wide = {one.encode(order).replace(b"\0", b"") for order in ("utf-16-le", "utf-16-be")}
    return {text.encode() for text in texts} | wide


def _readable(content: bytes) -> Iterator[bytes]:
    """All that is text in some bytes, and what is text in what their hex and base64 stand for."""
    yield from TEXT.findall(content)
    yield from TEXT.findall(content.replace(b"\0", b""))
    for run in set(HEX.findall(content)):
        yield from TEXT.findall(bytes.fromhex(run.decode()))
    for run in set(BASE64.findall(content)):
        standard = run.replace(b"+", b"-").replace(b"/", b"_")
        for start in range(4):
            whole = standard[start : start + (len(run) - start) // 4 * 4]
            yield from TEXT.findall(urlsafe_b64decode(whole))


def tables(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table of a database but the server's own, as its rows stand there: bytes as bytes."""
    with psycopg.connect(url) as connection:
        for schema, name in connection.execute(TABLES).fetchall():
            query = SQL("COPY {} TO STDOUT (FORMAT binary)").format(Identifier(schema, name))
            with connection.cursor() as cursor, cursor.copy(query) as copy:
                yield f"{schema}.{name}", b"".join(map(bytes, copy))
