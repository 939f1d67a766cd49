"""How tables are laid out: as wide as a terminal is, and for spreadsheets.

On a terminal a row is a line where there is room for it; where there is less, long texts are broken
between words; and where there is too little even for that, rows stand under each other as records.
Nothing is left out here: what is shown at all, whoever calls this decides.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from services.escaping import line

GAP: Final = 2  # blanks between two columns
LEAST_VALUE: Final = 16  # cells of a value beside its label in a record
Cells = Sequence[str | Text]


def styled(words: str | Text) -> Text:
    """Words for a terminal as they are: no sequence, no markup, and no name of an emoji is one."""
    if isinstance(words, Text):
        return words if line(words.plain) == words.plain else Text(line(words.plain), words.style)
    return Text(line(words))


def print_laid_out(
    title: str, columns: Sequence[str], rows: Sequence[Cells], numbers: Collection[str]
) -> None:
    """Print a table as wide as the terminal is."""
    console = Console(soft_wrap=False)
    for part in laid_out(title, columns, rows, numbers, console.width):
        console.print(part, markup=False)


def laid_out(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Cells],
    numbers: Collection[str],
    room: int,
) -> Iterator[RenderableType]:
    """A table for a terminal of so many cells, or its rows as records. `numbers` are the columns
    that end where their header ends.
    """
    texts = [[styled(cell) for cell in row] for row in rows]
    if title:
        yield Text(title, "italic")
    widths = fitting([columns, *[[one.plain for one in row] for row in texts]], room)
    if widths is None:
        yield from _records(columns, texts, room)
        return
    table = Table(box=None, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        justify: Literal["left", "right"] = "right" if column in numbers else "left"
        table.add_column(column, overflow="fold", justify=justify, width=width)
    for text in texts:
        table.add_row(*text)
    yield table


def fitting(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The widths of columns, in cells: as wide as they are, or no narrower than their words; None
    if there is no room for these.
    """
    columns = [*zip(*rows, strict=True)]
    room -= GAP * (len(columns) - 1)
    natural = [max(map(cell_len, one)) for one in columns]
    if sum(natural) <= room:
        return natural
    least = [max(map(_longest_word, one)) for one in columns]
    if sum(least) > room:
        return None
    some = (
        [max(few, min(all_of_it, most)) for few, all_of_it in zip(least, natural, strict=True)]
        for most in range(room, -1, -1)
    )
    return next(widths for widths in some if sum(widths) <= room)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _records(
    columns: Sequence[str], rows: Sequence[Sequence[Text]], room: int
) -> Iterator[RenderableType]:
    """Each row with a line for each of its values, and an empty line behind it."""
    label = min(max(map(cell_len, columns), default=0), max(room - GAP - LEAST_VALUE, 1))
    for row in rows:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold", width=label, overflow="fold")
        table.add_column(overflow="fold")
        for column, cell in zip(columns, row, strict=True):
            if cell.plain:
                table.add_row(Text(column), cell)
        yield table
        yield Text()
