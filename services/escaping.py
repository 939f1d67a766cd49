"""People's words on their way out: to terminals and logs, into letters, headers, calendars, tables.

Wherever words come out, something reads them that takes more than words: a terminal its sequences,
a mail server its headers, a spreadsheet its formulas, a reader what looks like a line of ours. Here
stands, for each of them, how words stay words. What is escaped can be seen; nothing is left out.
"""

import csv
import json
import re
from codecs import register_error
from collections.abc import Iterable
from io import StringIO
from typing import Final

from events.characters import spelt_out

SPELT: Final = "leading-together.spelt"  # among the ways in which Python treats such a fault
QUOTED: Final = "> "
ENCODED_WORD: Final = "=?"  # begins text of another form within a header (RFC 2047)
FORMULA: Final = re.compile(r"""\s*[=+\-@\uff1d\uff0b\uff0d\uff20"']""")
NUMBER: Final = re.compile(r"[+-]?\d[\d .,()]*(e[+-]?\d+)?%?", re.IGNORECASE)


def line(text: str) -> str:
    r"""A line for a terminal or a log: no sequence, no second line, nothing unseen.

    Names of every script and emoji are as they were, and JSON still means what it meant.
    """
    return spelt_out(text)


def is_text(text: str, errors: str = "strict") -> bool:
    """Whether it can be written in UTF-8: an argument of bytes that are none can't."""
    try:
        text.encode(errors=errors)
    except UnicodeEncodeError:
        return False
    return True


def one_line(text: str) -> str:
    """Words within a sentence of ours: all that parts lines or words is one blank."""
    return spelt_out(" ".join(text.split()))


def quotation(text: str) -> list[str]:
    """Longer words as a quotation: each line of them is marked, so none can be one of ours."""
    return [f"{QUOTED}{spelt_out(one)}".rstrip() for one in text.splitlines()]


def header(text: str) -> str:
    """The value of a mail header: it ends no line, and Python decodes nothing in it.

    Python 3.11 up to .9 and 3.12 up to .4 decode an encoded word before they write a header, and
    the line ends within it with it.
    """
    return one_line(text).replace(ENCODED_WORD, "= ?")


def calendar_words(text: str) -> str:
    """A value of type TEXT of an iCalendar file, before it is escaped there (RFC 5545, 3.3.11)."""
    return "\n".join(spelt_out(one) for one in text.splitlines())


def cell(value: object) -> str:
    """A cell of a table that spreadsheets may open: one line, and no formula. Numbers are numbers.

    What begins as a formula or a quotation, after blanks too, has an apostrophe before it.
    """
    text = line(str(value))
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def tab_separated(cells: Iterable[object]) -> str:
    """A row, for programs that part lines at tabs: no cell holds one."""
    return "\t".join(map(cell, cells))


def comma_separated(cells: Iterable[object]) -> str:
    """A row of a CSV file (RFC 4180) without its line end, every cell in quotation marks.

    A text that begins as a formula does is marked as a text, a telephone number with its plus too.
    """
    row = StringIO()
    csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="").writerow(map(_csv_cell, cells))
    return row.getvalue()


def _csv_cell(value: object) -> str:
    text = cell(value)
    return f"'{text}" if isinstance(value, str) and FORMULA.match(text) and text[0] != "'" else text


def spelt(error: UnicodeError) -> tuple[str, int]:
    r"""What an output has no letter for, as JSON writes it (`\u00e9`): so JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


register_error(SPELT, spelt)
