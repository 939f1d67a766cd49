"""Workbooks and CSV files by chance: well-formed ones with mistakes, and ones of hostile parts."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import BytesIO, StringIO
from random import Random
from struct import pack
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from examples.submissions import HEADER
from tests.scenes.exports import FILES, opendocument, told
from tests.scenes.filling import BEN, SHORT, form
from tests.scenes.fuzzed_words import words_by
from tests.scenes.packed import (
    BOOK,
    MAIN,
    PARTS,
    ROOT,
    SHEET,
    STYLES,
    TEXTS,
    letters,
    packed,
    parts,
    row,
)

NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CONTROLS: Final = re.compile("[\0-\x08\x0e-\x1f\x7f]")
TAG: Final = re.compile(r"<[^<>]*>")
NUMBERS: Final = (
    *("0", "-1", "1", "2", "99", "257", "16385", "1048576", "1048577", "2000000000"),
    *("1e9", "1E400", "9" * 5000, "٣", " 7 ", "NaN", "inf", "", "0x10", "1_0", "-0.5", "45549.4"),
)
NAMES: Final = ("A1", "ZZZ1", "XFD3", "a3", "A0", "AAAA1", "A1048577", "1A", "", "$A$1", "Ａ1")
KINDS: Final = ("n", "s", "str", "b", "e", "d", "inlineStr", "x", "")
PIECES: Final = (
    *("<row>", "</row>", "<c/>", "<c>", "</c>", "<v>", "</v>", "<v/>", "<is/>", "<is><t/></is>"),
    *("<!-- x -->", "<?x y?>", "<![CDATA[<row/>]]>", "&#0;", "&#x10FFFF;", "&lt;", "&x;", "]]>"),
    *('<x:c xmlns:x="u"/>', '<c xmlns="u"/>', "<f>1/0</f>", '<f t="shared" si="0"/>', "\x00"),
    *("<extLst/>", '<row r="3">', "<sheetData>", "</sheetData>", "<worksheet>", "<r><t>x</t></r>"),
)
HEADS: Final = (
    "<!DOCTYPE x>",
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/">',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml version="1.0" encoding="utf-7"?>',
    '<?xml version="1.1"?>',
    "\ufeff",
)
ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1")
BEGINNINGS: Final = (
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"%PDF-",
)
LISTED: Final = b"PK\x01\x02"
Mistake = Callable[[Random, bytes], bytes]


def file_by(chance: Random) -> bytes:
    """One file."""
    kinds = (workbook_by, delimited_by, workbook_by, delimited_by, opendocument_by, old_by)
    content = chance.choice(kinds)(chance)
    for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 1, 5))):
        content = chance.choice(MISTAKES)(chance, content)
    return content


def answers_by(chance: Random) -> list[str]:
    """A filled form, in which some answers are anything."""
    answers = form(**chance.choice(({}, BEN)))
    for _ in range(chance.choice((0, 0, 1, 3))):
        answers[chance.randrange(len(SHORT))] = _words(chance)
    return answers


def _words(chance: Random) -> str:
    if chance.random() < 0.9:
        return words_by(chance)
    return words_by(chance) * chance.choice((10, 300, 3000))


def delimited_by(chance: Random) -> bytes:
    """A CSV file, as some program would write it."""
    rows = [list(HEADER), *(answers_by(chance) for _ in range(chance.randint(0, 6)))]
    if chance.random() < 0.2:
        rows.insert(chance.randrange(len(rows) + 1), [_words(chance)] * chance.choice((1, 20, 400)))
    written = StringIO(newline="")
    how = {
        "delimiter": chance.choice(",,,;\t"),
        "lineterminator": chance.choice(("\r\n", "\n", "\r", "\n\n")),
        "quoting": chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    }
    csv.writer(written, **how).writerows(rows)  # type: ignore[arg-type]  # as csv has it
    text = written.getvalue()
    if chance.random() < 0.8:
        text = CONTROLS.sub("", text)
    if chance.random() < 0.2:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice('",;\t\r\n\0') * chance.choice((1, 2, 300_000)) + text[at:]
    return text.encode(chance.choice(("utf-8", "utf-8-sig", "utf-16", *ENCODINGS)), "replace")


def workbook_by(chance: Random) -> bytes:
    """A workbook of rows, of which some are hostile, with mistakes in its XML or its archive."""
    texts = [_plain(_words(chance)) for _ in range(chance.randint(0, 5))]
    rows = [row(1, *HEADER)]
    rows += [_row_by(chance, number, texts) for number in range(2, chance.randint(2, 8))]
    found = dict(parts("".join(rows), texts))
    for _ in range(chance.choice((0, 0, 1, 3))):
        name = chance.choice((SHEET, SHEET, SHEET, TEXTS, STYLES, BOOK, PARTS, ROOT))
        found[name] = chance.choice(IN_MARKUP)(chance, str(found.get(name, "")))
    return _archived(chance, found)


def opendocument_by(chance: Random) -> bytes:
    """A sheet of OpenDocument, of cells that are told for many, with mistakes in its XML."""
    rows = [_told_by(chance, answers_by(chance)) for _ in range(chance.randint(0, 5))]
    text = "".join([_told_by(chance, HEADER), *rows])
    for _ in range(chance.choice((0, 0, 1, 3))):
        text = chance.choice((_doubled, _without, _valued))(chance, text)
    return opendocument(text)


def _told_by(chance: Random, answers: Sequence[str]) -> str:
    text = told(*(escape(_plain(one)) for one in answers))
    if chance.random() < 0.3:
        how = chance.choice(("rows", "columns"))
        times = f' table:number-{how}-repeated="{chance.choice(NUMBERS)}"'
        text = text.replace("<table:table-cell", f"<table:table-cell{times}", 1)
        text = text.replace("<table:table-row", f"<table:table-row{times}", 1)
    return text


def old_by(chance: Random) -> bytes:
    """An old workbook, with other bytes here and there."""
    content = bytearray((FILES / "old.xls").read_bytes())
    for _ in range(chance.choice((0, 1, 5, 50))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _plain(text: str) -> str:
    """What XML may hold."""
    return NOT_XML.sub("", text)


def _row_by(chance: Random, number: int, texts: list[str]) -> str:
    if chance.random() < 0.6:
        return row(number, *map(_plain, answers_by(chance)))
    cells = "".join(_cell_by(chance, number, at, texts) for at in range(1, chance.randint(2, 25)))
    named = chance.choice((*[f' r="{number}"'] * 8, "", f' r="{chance.choice(NUMBERS)}"'))
    return f"<row{named}>{cells}</row>"


def _cell_by(chance: Random, number: int, at: int, texts: list[str]) -> str:
    name = f"{letters(at)}{number}" if chance.random() < 0.995 else chance.choice(NAMES)
    kind = chance.choice(("inlineStr", "str", "str", *KINDS))
    value = _plain(_words(chance))
    if kind not in {"inlineStr", "str"}:
        known = str(chance.randrange(len(texts) or 1))
        value = chance.choice((*[known] * 90, *NUMBERS, value))
    style = chance.choice((*["0", "1"] * 90, "7", *NUMBERS))
    inner = f"<v>{escape(value)}</v>"
    if kind == "inlineStr":
        inner = chance.choice((f"<is><t>{escape(value)}</t></is>", f"<is>{_runs(value)}</is>"))
    return f'<c r="{name}" t="{kind}" s="{style}">{inner}</c>'


def _runs(text: str) -> str:
    return "".join(f"<r><rPr/><t>{escape(text)}</t></r><rPh><t>x</t></rPh>" for _ in range(3))


def _doubled(chance: Random, text: str) -> str:
    found = list(TAG.finditer(text))
    if not found:
        return text
    one, other = sorted(chance.choices(found, k=2), key=lambda it: it.start())
    return text[: one.start()] + text[one.start() : other.end()] * 2 + text[other.end() :]


def _without(chance: Random, text: str) -> str:
    found = [*TAG.finditer(text)]
    one = chance.choice(found) if found else None
    return text[: one.start()] + text[one.end() :] if one else text


def _into(chance: Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) * chance.choice((1, 1, 1, 70, 100_000)) + text[at:]


def _valued(chance: Random, text: str) -> str:
    found = list(re.finditer(r'="[^"]*"', text))
    if not found:
        return text
    one = chance.choice(found)
    value = escape(chance.choice((*NUMBERS, *NAMES, *KINDS, "../x", "/etc/passwd", "x" * 5000)))
    return f'{text[: one.start()]}="{value}"{text[one.end() :]}'


def _headed(chance: Random, text: str) -> str:
    return chance.choice(HEADS) + text


def _of_another_kind(chance: Random, text: str) -> str:
    return text.replace(MAIN, chance.choice(("", "u", f"{MAIN}x")))


def _many(chance: Random, _text: str) -> str:
    """The bombs."""
    inner = chance.choice(
        (
            "<row/>" * 300_000,
            "<row>" + "<c/>" * 300_000 + "</row>",
            '<row><c r="ZZZ1" t="b"><v>1</v></c></row>',
            '<row r="2000000000"/>',
            "<row>" * 100_000,
            f'<row><c t="inlineStr"><is><t>{"x" * 400_000}</t></is></c></row>',
            " " * 30_000_000,
            f'<row a="{"x" * 3_000_000}"/>',
            f"<{'x' * 3_000_000}/>",
        )
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'


IN_MARKUP: Final = (*(_doubled, _without, _into, _valued) * 3, _headed, _of_another_kind, _many)


def _archived(chance: Random, found: Mapping[str, str | bytes]) -> bytes:
    names = list(found)
    if chance.random() < 0.8:
        return packed(found)
    one, other = chance.choices(names, k=2)
    changed = dict(found)
    match chance.randrange(6):
        case 0:
            del changed[one]
        case 1:
            changed[one], changed[other] = changed[other], changed[one]
        case 2:
            changed[one.upper()] = changed.pop(one)
        case 3:
            changed |= {f"xl/media/{number}.png": b"\x89PNG" for number in range(3000)}
        case 4:
            changed["xl/theme/theme1.xml"] = b"\0" * 20_000_000
        case 5:
            return _by_hand(chance, changed)
    return packed(changed)


def _by_hand(chance: Random, found: Mapping[str, str | bytes]) -> bytes:
    """An archive whose list says something else than what is there."""
    content = BytesIO()
    with ZipFile(content, "w", chance.choice((ZIP_STORED, ZIP_DEFLATED))) as archive:
        for name, part in found.items():
            archive.writestr(name, part)
        archive.comment = b"x" * chance.choice((0, 60_000))
    archived = bytearray(content.getvalue())
    at = archived.find(LISTED)
    for _ in range(chance.randrange(len(found))):
        at = archived.find(LISTED, at + 4)
    field, form_of = chance.choice(
        ((8, "<H"), (10, "<H"), (16, "<I"), (20, "<I"), (24, "<I"), (42, "<I"))
    )
    value = pack(form_of, chance.choice((0, 1, 8, 12, 14, 99, 65_535)))
    archived[at + field : at + field + len(value)] = value
    return bytes(archived)


def _one_other(chance: Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(1) + content[at + 1 :]


def _some_more(chance: Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.choice((1, 2, 40))) + content[at:]


def _some_less(chance: Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.choice((1, 2, 40)) :]


def _cut(chance: Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _spliced(chance: Random, content: bytes) -> bytes:
    one, other = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:other] + content[one:]


def _begun(chance: Random, content: bytes) -> bytes:
    return chance.choice(BEGINNINGS) + content


MISTAKES: Final[tuple[Mistake, ...]] = (
    *(_one_other, _some_more, _some_less, _cut, _spliced, _begun),
)
