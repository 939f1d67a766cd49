"""When a form was handed in, however it is written, and what a column tells of both ways."""

from datetime import UTC, datetime

import pytest

from services.importing.cells import Cell
from services.importing.dates import (
    BOTH_WAYS,
    BY_ORDER,
    DAY_FIRST,
    MONTH_FIRST,
    NOT_TOLD,
    Style,
    style_of,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("14/09/2024 09:12:33", datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)),
        ("03/11/2024 09:12", datetime(2024, 11, 3, 9, 12, tzinfo=UTC)),
        ("2024-09-14T09:12:33+01:00", datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)),
        ("2024-09-14T09:12:33Z", datetime(2024, 9, 14, 9, 12, 33, tzinfo=UTC)),
        ("2024-09-14T09:12:33.120Z", datetime(2024, 9, 14, 9, 12, 33, tzinfo=UTC)),
        ("2024-09-14 09:12:33", datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)),
        ("2024/09/14 9:12:33 AM GMT+1", datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)),
        ("2024/11/10 9:12:33 PM GMT", datetime(2024, 11, 10, 21, 12, 33, tzinfo=UTC)),
        ("14 September 2024 9:12am", datetime(2024, 9, 14, 8, 12, tzinfo=UTC)),
        ("14 September 2024 12:05 PM", datetime(2024, 9, 14, 11, 5, tzinfo=UTC)),
        ("Sat 14th Sep 2024 at 9:12", datetime(2024, 9, 14, 8, 12, tzinfo=UTC)),
        ("Saturday, September 14, 2024 9:12 a.m.", datetime(2024, 9, 14, 8, 12, tzinfo=UTC)),
        ("14-Sep-24 09:12", datetime(2024, 9, 14, 8, 12, tzinfo=UTC)),
        ("14.09.2024 09:12", datetime(2024, 9, 14, 8, 12, tzinfo=UTC)),
        ("4 Nov 2024 10:00 BST", datetime(2024, 11, 4, 9, 0, tzinfo=UTC)),
        ("45549.383715278", datetime(2024, 9, 14, 8, 12, 33, tzinfo=UTC)),
        ("27/10/2024 01:30:00", datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        ("11/10/2024 23:59:41", datetime(2024, 10, 11, 22, 59, 41, tzinfo=UTC)),
        ("09/14/2024 09:12:33", None),
        ("31/02/2024", None),
        ("14/09/2024 25:00", None),
        ("14/09/2024 0:30 pm", None),
        ("14/09/2024 09:12 GMT+99", None),
        ("14 Smarch 2024", None),
        ("14/09/0024 09:12:33", None),
        ("14/09/2999 09:12:33", None),
        ("99999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_are_local_to_london_unless_they_say_otherwise(
    written: str, meant: datetime | None
) -> None:
    assert DAY_FIRST.moment(written) == meant


def test_a_date_cell_is_a_time_on_the_wall_in_london() -> None:
    cell = datetime(2024, 9, 14, 9, 12)  # noqa: DTZ001 - date cells have no zone
    assert DAY_FIRST.moment(cell) == datetime(2024, 9, 14, 8, 12, tzinfo=UTC)


def test_what_has_dots_is_never_written_month_first() -> None:
    assert MONTH_FIRST.moment("10.11.2024") == DAY_FIRST.moment("10.11.2024")


@pytest.mark.parametrize(
    ("column", "style"),
    [
        ([], Style()),
        (["14/09/2024", "10/11/2024"], Style()),
        (["9/14/2024", "10/11/2024"], Style(month_first=True)),
        (["9/14/2024", "14/9/2024"], Style(doubt=BOTH_WAYS)),
        (["10/11/2024 9:12", "9/11/2024 9:12"], Style(doubt=NOT_TOLD)),
        (["10/11/2024 09:12 AM", "09/11/2024 09:12 AM"], Style(doubt=NOT_TOLD)),
        (["10/11/2024 09:12", "09/11/2024 09:12"], Style()),
        (["11/11/2024 9:12"], Style()),
        (["9/1/2024", "10/1/2024", "11/1/2024", "12/1/2024"], Style(doubt=NOT_TOLD)),
        (["9/1/2024", "10/1/2024", "1/2/2024", "2/2/2024"], Style()),
        (
            ["9/11/2024", "9/12/2024", "10/1/2024", "10/2/2024"],
            Style(month_first=True, doubt=BY_ORDER),
        ),
        (["2024-09-14 09:12", "14.09.2024"], Style()),
        ([datetime(2024, 9, 14, 9, 12), "10/11/2024"], Style()),  # noqa: DTZ001 - as above
    ],
)
def test_a_column_tells_whether_the_day_comes_first(column: list[Cell], style: Style) -> None:
    """By a day that can't be a month; else by the order of the rows; else nobody can tell."""
    assert style_of(column) == style
