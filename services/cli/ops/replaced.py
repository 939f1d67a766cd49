"""`ops stream replaced`: what earlier streams had that the log had not."""

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from services.cli.console import (
    AT_MOST,
    data_option,
    print_beside,
    print_json,
    print_nothing,
    print_out,
    print_table,
    said_if_more,
    table_options,
)
from services.cli.leaving import REFUSED, fail, guarded
from services.cli.ops.options import as_operator
from services.stream import replaced as kept
from services.stream.replaced import Replaced

COLUMNS: Final = ["sequence", "subject", "bytes", "came", "replaced", "epoch"]


@click.command(name="replaced")
@click.argument("sequence", type=int, required=False)
@click.option("--limit", type=AT_MOST, default=500, help="At most so many, newest first.")
@table_options
@data_option
@guarded
def replaced_messages(sequence: int | None, limit: int, as_json: bool, data: Path | None) -> None:
    """Show messages of earlier streams that the log had not, as they were kept by `ops stream
    rebuild`; with a SEQUENCE, whole.

    Exit codes: 0 done, 1 nothing was kept at this sequence, 3 engines unreachable.
    """
    with as_operator(data) as connection:
        found = (
            said_if_more(kept.replaced(connection, limit + 1), limit)
            if sequence is None
            else kept.replaced_at(connection, sequence)
        )
    if sequence is not None and not found:
        fail(f"No message {sequence} was kept.", REFUSED)
    if as_json:
        for one in found:
            print_json(_with_document(one))
    elif sequence is not None:
        for number, one in enumerate(found):
            print_out(*([""] if number else []), *_whole(one))
    elif found:
        print_table("Replaced messages", COLUMNS, [_row(one) for one in found])
        print_beside("`leading-together ops stream replaced SEQUENCE` shows one whole.")
    else:
        print_nothing("No message was ever replaced.", COLUMNS)


def _row(one: Replaced) -> list[str]:
    moments = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (one.stored_at, one.replaced_at))
    return [str(one.sequence), one.subject, str(len(one.document)), *moments, one.epoch]


def _with_document(one: Replaced) -> Mapping[str, Any]:
    """Text as it is; bytes that are none in base 64."""
    try:
        return {**one._asdict(), "document": one.document.decode()}
    except UnicodeDecodeError:
        coded = b64encode(one.document).decode()
        return {**one._asdict(), "document": None, "document_base64": coded}


def _whole(one: Replaced) -> list[str]:
    sequence, subject, _, came, replaced, epoch = _row(one)
    head = f"{sequence}  {subject}  came {came}, replaced {replaced}, of epoch {epoch}"
    return [head, *_printable(one.document)]


def _printable(document: bytes) -> list[str]:
    """JSON in lines; anything else with what no terminal should see escaped."""
    try:
        return json.dumps(json.loads(document), indent=2).splitlines()
    except ValueError:
        return [repr(document)[2:-1]]
