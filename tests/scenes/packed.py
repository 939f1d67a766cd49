"""Workbooks as bytes, put together by hand: whatever a library would not write can be in them."""

from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from examples.submissions import HEADER
from tests.scenes.filling import form

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
BOOK = "xl/workbook.xml"
ROOT = "_rels/.rels"
PARTS = "xl/_rels/workbook.xml.rels"
DATED = '<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm:ss"/></numFmts>'


def packed(parts: Mapping[str, str | bytes], method: int = ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these parts."""
    content = BytesIO()
    with ZipFile(content, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def parts(rows: str, texts: Iterable[str] = (), **others: str | bytes) -> dict[str, str | bytes]:
    """The parts of a workbook whose first sheet has these rows (XML)."""
    listed = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    kinds = {"rId1": "worksheet", "rId2": "sharedStrings", "rId3": "styles"}
    places = {"rId1": SHEET[3:], "rId2": TEXTS[3:], "rId3": STYLES[3:]}
    named = "".join(
        f'<Relationship Id="{one}" Type="{OFFICE}/{kinds[one]}" Target="{places[one]}"/>'
        for one in kinds
    )
    return {
        "[Content_Types].xml": _types(),
        ROOT: _relations(
            f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{BOOK}"/>'
        ),
        BOOK: (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="Form" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        PARTS: _relations(named),
        TEXTS: f'<sst xmlns="{MAIN}">{listed}</sst>',
        STYLES: (
            f'<styleSheet xmlns="{MAIN}">{DATED}<cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="164"/></cellXfs></styleSheet>'
        ),
        SHEET: sheet_of(rows),
        **others,
    }


def sheet_of(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def workbook(rows: str, texts: Iterable[str] = (), **others: str | bytes) -> bytes:
    """The same as a file."""
    return packed(parts(rows, texts, **others))


def row(number: int, *cells: str) -> str:
    """A row of texts that stand in their cells."""
    inner = "".join(
        f'<c r="{letters(at)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for at, cell in enumerate(cells, 1)
        if cell
    )
    return f'<row r="{number}">{inner}</row>'


def letters(column: int) -> str:
    """The name of a column: A, …, Z, AA, …"""
    name = ""
    while column:
        column, left = divmod(column - 1, 26)
        name = chr(ord("A") + left) + name
    return name


def filled(*more: str) -> str:
    """A header and one filled form, and more rows (XML) below them."""
    return "".join([row(1, *HEADER), row(2, *form()), *more])


def _relations(inner: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def _types() -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}.{what}+xml"/>'
        for name, what in (
            (BOOK, "sheet.main"),
            (SHEET, "worksheet"),
            (TEXTS, "sharedStrings"),
            (STYLES, "styles"),
        )
    )
    default = (
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{types}">{default}{listed}</Types>'
