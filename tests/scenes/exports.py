"""Files as form services and offices hand them out.

Ada and Ben fill the form in everywhere; what is around their answers is the service's own.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook  # type: ignore[import-untyped]  # openpyxl ships no types
from openpyxl.utils.datetime import CALENDAR_MAC_1904  # type: ignore[import-untyped]  # as above

from examples.submissions import HEADER
from tests.scenes.filling import BEN, SHORT, form
from tests.scenes.packed import packed

FILES: Final = Path(__file__).parents[1] / "services" / "importing" / "files"
ADA: Final = "Ada Tregenza"
Row = Sequence[str | datetime | float | None]


def delimited(
    *rows: Iterable[Any], by: str = ",", encoding: str = "utf-8-sig", end: str = "\r\n"
) -> bytes:
    written = StringIO(newline="")
    csv.writer(written, delimiter=by, lineterminator=end).writerows(rows)
    return written.getvalue().encode(encoding)


def workbook(*rows: Row, hidden: Sequence[str] = (), mac: bool = False) -> bytes:
    book, content = Workbook(), BytesIO()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for row in rows:
        book.active.append(row)
    for column in hidden:
        book.active.column_dimensions[column].hidden = True
    book.save(content)
    return content.getvalue()


def ada(**changed: str) -> list[str]:
    return form(**{"timestamp": "14/09/2024 09:12:33", **changed})


def ben(**changed: str) -> list[str]:
    return form(**{**BEN, "timestamp": "14/09/2024 10:00:00", **changed})


def asked(*left_out: str) -> list[str]:
    """The titles of the form, without some."""
    return [title for title, field in zip(HEADER, SHORT, strict=True) if field not in left_out]


def answered(row: Sequence[str], *left_out: str) -> list[str]:
    """The answers of a row, without some."""
    return [one for one, field in zip(row, SHORT, strict=True) if field not in left_out]


def microsoft_forms() -> bytes:
    """Dates are cells, numbers are numbers, and columns of its own ask for name and e-mail."""
    own = ["Id", "Start time", "Completion time", "Email", "Name", "Last modified time", "Language"]
    begun, done = datetime(2024, 9, 14, 9), datetime(2024, 9, 14, 9, 12, 33)  # noqa: DTZ001 - cells
    rows: list[list[Any]] = [
        [number, begun, done, "anonymous", None, None, "English", *answered(one, "timestamp")]
        for number, one in enumerate((ada(telephone="7700900201"), ben()), 1)
    ]
    rows[0][9] = 7700900201.0
    return workbook([*own, *asked("timestamp")], *rows)


def microsoft_signed_in() -> bytes:
    """Of people who are signed in, it knows name and address, and the form did not ask."""
    own = ["ID", "Start time", "Completion time", "Email", "Name"]
    left = "timestamp", "name", "email"
    rows = [
        ["1", "9/14/2024 9:00:00", "9/14/2024 9:12:33", "ada@example.org", ADA],
        ["2", "9/14/2024 9:30:00", "9/14/2024 10:00:00", "ben@example.org", "Ben Polglase"],
    ]
    answers = answered(ada(), *left), answered(ben(), *left)
    return delimited(
        [*own, *asked(*left)], *([*one, *it] for one, it in zip(rows, answers, strict=True))
    )


def google_forms() -> bytes:
    """Timestamps with a zone; commas between options; its own Email Address, and a Score."""
    header = [HEADER[0], "Email Address", "Score", *HEADER[1:]]
    themes = "Mental health, Digital services, and those without them, Older people"
    first = ada(timestamp="2024/09/14 9:12:33 AM GMT+1", themes=themes)
    second = ben(timestamp="2024/09/14 10:00:00 AM GMT+1")
    rows = [
        [one[0], f"account{number}@gmail.example", "0 / 0", *one[1:]]
        for number, one in enumerate((first, second))
    ]
    return delimited(header, *rows, encoding="utf-8", end="\n")


def jotform() -> bytes:
    """Months by name; the name in two columns; options on lines of their own."""
    header = ["Submission Date", "First Name", "Last Name", *asked("timestamp", "name"), "IP"]
    rows = (
        ["Sep 14, 2024 9:12:33 AM", "Ada", "Tregenza"],
        ["Sep 14, 2024 10:00 AM", "Ben", "Polglase"],
    )
    answers = [answered(one, "timestamp", "name") for one in (ada(days="Monday\nTuesday"), ben())]
    return delimited(
        header, *([*one, *it, "192.0.2.1"] for one, it in zip(rows, answers, strict=True))
    )


def survey_monkey() -> bytes:
    """Two lines of titles; an option a column; its own columns, mostly empty; months first."""
    own = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"]
    own += ["Email Address", "First Name", "Last Name"]
    titles, second = list(own), [""] * len(own)
    themes = ["Mental health", "Older people"]
    for title in asked("timestamp"):
        many = themes if title.startswith("Which themes") else ["Response"]
        titles += [title, *[""] * (len(many) - 1)]
        second += many
    rows = []
    for number, one in enumerate((ada(themes="*"), ben(themes="*"))):
        times = ["09/14/2024 09:00:00 AM", "09/14/2024 09:12:33 AM"]
        answers: list[str] = []
        for answer in answered(one, "timestamp"):
            answers += ["", "Older people"] if answer == "*" else [answer]
        rows.append([f"1178{number}", "42", *times, "192.0.2.1", "", "", "", *answers])
    return delimited(titles, second, *rows)


def typeform() -> bytes:
    """Times in UTC, as the title says."""
    header = ["#", *asked("timestamp"), "Start Date (UTC)", "Submit Date (UTC)", "Network ID"]
    rows = [
        ["x1", *answered(one, "timestamp"), "2024-09-14 08:00:00", moment, "n1"]
        for one, moment in ((ada(), "2024-09-14 08:12:33"), (ben(), "2024-09-14 09:00:00"))
    ]
    return delimited(header, *rows)


def qualtrics() -> bytes:
    """Three lines of titles: codes, questions, and what its own programs read."""
    codes = ["StartDate", "EndDate", "Status", "RecordedDate", "RecipientEmail"]
    titles = ["Start Date", "End Date", "Response Type", "Recorded Date", "Recipient Email"]
    questions = asked("timestamp")
    codes += [f"Q{number}" for number in range(1, len(questions) + 1)]
    machine = [f'{{"ImportId":"{code}"}}' for code in codes]
    moment = "2024-09-14 09:12:33"
    rows = [
        ["2024-09-14 09:00:00", moment, "IP Address", moment, "", *answered(one, "timestamp")]
        for one in (ada(), ben())
    ]
    return delimited(codes, [*titles, *questions], machine, *rows)


def lime_survey() -> bytes:
    """Semicolons; a column with Yes or No for each option; everything in quotation marks."""
    themes = ["Mental health", "Older people"]
    header = ["Response ID", "Date submitted", "Last page", "Start language"]
    header += asked("timestamp", "themes")
    header += [f"Which themes interest you? [{one}]" for one in themes]
    rows = [
        ["1", "2024-09-14 09:12:33", "3", "en", *answered(one, "timestamp", "themes"), "No", "Yes"]
        for one in (ada(), ben())
    ]
    return delimited(header, *rows, by=";")


def smart_survey() -> bytes:
    header = ["UserID", "UserNo", "Started", "Completed", "IP Address", *asked("timestamp")]
    rows = [
        [str(n), "1", "14/09/2024 09:00", "14/09/2024 09:12:33", "", *answered(one, "timestamp")]
        for n, one in enumerate((ada(), ben()))
    ]
    return delimited(header, *rows, encoding="utf-16", by="\t")


def totals_below() -> bytes:
    total = ["Total responses: 2", *[""] * (len(HEADER) - 1)]
    reckoned = ["Average", "", "", "7700900200.5", *[""] * (len(HEADER) - 4)]
    return delimited(HEADER, ada(), ben(), [], total, reckoned)


def put_together() -> bytes:
    """Two exports, one below the other, with the titles of both."""
    return delimited(HEADER, ada(), HEADER, ben())


def title_rows() -> bytes:
    """What somebody wrote above, as a merged cell and a line; a hidden column of notes."""
    above: list[Row] = [["Applications, autumn 2024"], ["for the panel", None, "draft"], []]
    header = [HEADER[0], "Notes", *HEADER[1:]]
    rows = [[one[0], "x", *one[1:]] for one in (ada(), ben())]
    return workbook(*above, header, *rows, hidden=("B", "D"))


def serial_numbers() -> bytes:
    """Dates as the days that a spreadsheet counts."""
    return delimited(HEADER, ada(timestamp="45549.383715"), ben(timestamp="45549,416667"), by=";")


def mac_epoch() -> bytes:
    moment: Any = datetime(2024, 9, 14, 9, 12, 33)  # noqa: DTZ001 - cells have no zone
    return workbook(HEADER, [moment, *ada()[1:]], [moment, *ben()[1:]], mac=True)


def month_first() -> bytes:
    return delimited(HEADER, ada(timestamp="9/14/24 9:12:33"), ben(timestamp="10/2/24 8:00"))


def either_way() -> bytes:
    return delimited(HEADER, ada(timestamp="9/10/2024 9:12"), ben(timestamp="10/10/2024 8:00"))


def both_ways() -> bytes:
    return delimited(HEADER, ada(), ben(timestamp="09/30/2024 10:00:00"))


def pasted() -> bytes:
    """Blanks that do not break, signs without a width, what XML can't hold, capitals."""
    first = ada(
        name="\u200bADA\u00a0 TREGENZA_x000D_",
        email="Ada Tregenza <mailto:ada@example.org>",
        telephone='="07700 900201"',
        experience="_x000D_\nI edit a newsletter._x000D_\n",
        avoid="_x000D_\n",
    )
    second = ben(
        email="mailto:ben@example.org", telephone="'+447700900202", manager="<m@x.example>"
    )
    return delimited(HEADER, first, second)


def errors() -> bytes:
    return delimited(HEADER, ada(town="#REF!"), ben(), ada(name="Cleo Nance", interest="#N/A"))


def in_capitals() -> bytes:
    """The same person twice, once in capitals."""
    later = ada(name="ADA TREGENZA", email="ADA@EXAMPLE.ORG", timestamp="15/09/2024 09:00:00")
    return delimited(HEADER, ada(), later)


def corrected() -> bytes:
    """Two fill it in again with another address; one of them has a telephone to be known by."""
    number = {"telephone": "07700 900201"}
    again = ada(**number, email="ada.tregenza@example.org", timestamp="14/09/2024 11:00:00")
    bens = ben(email="benn@example.org", timestamp="14/09/2024 12:00:00")
    return delimited(HEADER, ada(**number), ben(), again, bens)


def opendocument(*rows: str, manifest: str = "") -> bytes:
    """A sheet of OpenDocument, of rows in XML."""
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    inner = f'<table:table table:name="Form">{"".join(rows)}</table:table>'
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>{inner}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        }
    )


END: Final = "</table:table-cell>"


def told(*cells: str) -> str:
    """A row of OpenDocument; a cell that begins with `<` stands as it is."""
    inner = "".join(
        one
        if one.startswith("<table:")
        else f'<table:table-cell office:value-type="string"><text:p>{one}</text:p>{END}'
        for one in cells
    )
    return f"<table:table-row>{inner}</table:table-row>"


def libre_office() -> bytes:
    """Rows and cells that are told once for many; dates and numbers as such; a remark; an error."""
    date = (
        '<table:table-cell office:value-type="date" office:date-value="2024-09-14T09:12:33">'
        "<text:p>14.09.24</text:p></table:table-cell>"
    )
    number = (
        '<table:table-cell office:value-type="float" office:value="7700900201">'
        "<office:annotation><text:p>rang her</text:p></office:annotation>"
        "<text:p>7,700,900,201</text:p></table:table-cell>"
    )
    error = (
        '<table:table-cell office:value-type="string" office:string-value="">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    empty = '<table:table-row table:number-rows-repeated="2"><table:table-cell'
    first, second = ada(), ben()
    first[0], first[3], second[4] = date, number, error
    return opendocument(
        f'{empty} table:number-columns-repeated="1024"/></table:table-row>',
        told(*HEADER),
        told(*first),
        told(*second),
        f'{empty.replace("2", "1048570")} table:number-columns-repeated="9"/></table:table-row>',
    )


def file(name: str) -> Callable[[], bytes]:
    return (FILES / name).read_bytes


def old_office(encoding: str) -> Callable[[], bytes]:
    return lambda: delimited(HEADER, ada(name="Zoë O\u2019Neill"), ben(), by=";", encoding=encoding)
