"""What should become of the rows of each file that a service or an office hands out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.scenes import exports
from tests.scenes.exports import ADA, file, old_office

AT: Final = datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)


@dataclass(frozen=True)
class Export:
    """A file, who should be ready in which row, which rows are refused, and what is asked about:
    some words of each doubt, in the order in which they are told.
    """

    make: Callable[[], bytes]
    ready: Mapping[int, str]
    refused: tuple[int, ...] = ()
    doubts: tuple[str, ...] = ()
    at: datetime | None = AT
    """When the first one was handed in; None, if that is not what it is about."""


BOTH: Final = {2: ADA, 3: "Ben Polglase"}


ZOE: Final = {2: "Zoë O\u2019Neill", 3: "Ben Polglase"}
SHARE: Final = "same e-mail address as row 2"
EXPORTS: Final[Mapping[str, Export]] = {
    "Microsoft Forms": Export(exports.microsoft_forms, BOTH),
    "Microsoft Forms, signed in": Export(exports.microsoft_signed_in, BOTH),
    "Google Forms": Export(exports.google_forms, BOTH),
    "JotForm": Export(exports.jotform, BOTH),
    "SurveyMonkey": Export(exports.survey_monkey, {3: ADA, 4: "Ben Polglase"}),
    "Typeform": Export(exports.typeform, BOTH),
    "Qualtrics": Export(exports.qualtrics, {4: ADA, 5: "Ben Polglase"}),
    "LimeSurvey": Export(exports.lime_survey, BOTH),
    "SmartSurvey, as Unicode text": Export(exports.smart_survey, BOTH),
    "Excel in Windows": Export(old_office("cp1252"), ZOE, doubts=("Windows-1252",)),
    "Excel on a Mac": Export(old_office("mac_roman"), ZOE, doubts=("Mac Roman",)),
    "UTF-16 without a mark": Export(old_office("utf-16-le"), ZOE),
    "totals": Export(exports.totals_below, BOTH, (5, 6), ("Row 5 looks", "Row 6 looks")),
    "two exports in one": Export(exports.put_together, {2: ADA, 4: "Ben Polglase"}, (3,)),
    "titles above": Export(exports.title_rows, {5: ADA, 6: "Ben Polglase"}),
    "serial numbers": Export(exports.serial_numbers, BOTH),
    "1904": Export(exports.mac_epoch, BOTH),
    "month first": Export(exports.month_first, BOTH),
    "either way": Export(
        exports.either_way,
        BOTH,
        doubts=("Nothing tells",),
        at=datetime(2024, 10, 9, 8, 12, tzinfo=UTC),
    ),
    "both ways": Export(exports.both_ways, {2: ADA}, (3,), doubts=("and some month first",)),
    "pasted": Export(exports.pasted, {2: "ADA TREGENZA", 3: "Ben Polglase"}),
    "errors": Export(exports.errors, {3: "Ben Polglase"}, (2, 4), at=None),
    "capitals": Export(exports.in_capitals, {2: ADA, 3: "ADA TREGENZA"}),
    "corrected": Export(
        exports.corrected,
        {2: ADA, 3: "Ben Polglase", 4: ADA, 5: "Ben Polglase"},
        doubts=("Row 4: This row has another", "Row 5: This row has the same name"),
    ),
    "LibreOffice": Export(exports.libre_office, {4: ADA}, (5,)),
    "XLS": Export(file("old.xls"), {4: ADA}, (5,)),
    "XLS, 1904": Export(file("old_1904.xls"), {4: ADA}, (5,)),
    "trial: Microsoft": Export(
        file("01_msforms.xlsx"),
        {number + 2: f"Msforms Person{number}" for number in range(6)},
        at=datetime(2026, 11, 3, 9, 26, 33, tzinfo=UTC),
    ),
    "trial: Google": Export(
        file("02b_google.csv"),
        {number + 2: f"Google Person{number}" for number in range(3)},
        at=datetime(2026, 11, 3, 9, 12, 33, tzinfo=UTC),
    ),
    "trial: OpenDocument": Export(
        file("11_ods.ods"),
        {number + 2: f"Plain Person{number}" for number in range(4)},
        at=datetime(2026, 11, 3, 9, 12, 33, tzinfo=UTC),
    ),
    "trial: telephones": Export(
        file("13_phone_floats.csv"),
        {number + 2: f"Fl Person{number}" for number in range(3)},
        at=None,
    ),
    "trial: a couple": Export(
        file("couple_min.csv"), {2: "Enid Lobb", 3: "Frank Lobb"}, doubts=(SHARE,), at=None
    ),
    "trial: addresses": Export(
        file("email_shapes.csv"),
        {
            2: "Ivy Noall",
            6: "Morwenna Rule",
            7: "Nancy Saul",
            8: "Oscar Toll",
            10: "Ruby Veale",
            12: "Tess Yelland",
        },
        (3, 4, 5, 9, 11, 13),
        at=None,
    ),
    "trial: two encodings": Export(
        file("mixed_encoding.csv"),
        {2: "Zoë Noël", 3: "Renée Fürst", 4: "José Vega"},
        doubts=("some are not",),
        at=None,
    ),
    "trial: Microsoft, CSV": Export(file("ms_forms.csv"), {2: "Wilf Daw"}, at=None),
    "trial: large numbers": Export(
        file("phones_sci.csv"),
        {2: "Ann Tregear", 3: "Ben Polglase", 5: "Dora Vean"},
        (4,),
        at=None,
    ),
    "trial: what XML can't hold": Export(
        file("x000d.xlsx"),
        {2: "Edith Prowse", 3: "Finn Rosewarne", 4: "Gwen Carne"},
        at=None,
    ),
}
"""All of them, by what they are."""
