"""`ops rebuild` and `ops rollback`: a read model built anew beside the old, and the way back."""

from pathlib import Path

import click

from projections.catalogue import PROJECTIONS
from services.cli.console import data_option, json_option
from services.cli.leaving import REFUSED, fail, guarded
from services.cli.ops.building import watch
from services.cli.ops.options import (
    as_operator,
    by,
    reason_option,
    sure,
    who_option,
    yes_option,
)
from services.operations.acts import CantBeOrdered, order

READ_MODEL = click.Choice(tuple(PROJECTIONS))


@click.command()
@click.argument("projection", type=READ_MODEL)
@click.option("--wait/--no-wait", default=True, help="Wait until it is done (the default).")
@reason_option
@who_option
@json_option
@data_option
@guarded
def rebuild(  # noqa: PLR0917 - click hands options over by name
    projection: str,
    wait: bool,
    reason: str | None,
    who: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Build a read model anew from the log, beside the old one, which serves until the switch.

    The projector does it. Rows are compared before the switch; the old build is kept for
    `ops rollback`. Nothing is sent and nothing asked for again. Ctrl-C ends the watching only.

    Exit codes: 0 done, 1 not done (yet), 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, reason)
    with as_operator(data) as connection:
        number = order(connection, "rebuild", projection, me)
        watch(connection, number, wait=wait, as_json=as_json)


@click.command()
@click.argument("projection", type=READ_MODEL)
@reason_option
@who_option
@yes_option
@json_option
@data_option
@guarded
def rollback(  # noqa: PLR0917 - click hands options over by name
    projection: str,
    reason: str | None,
    who: str | None,
    yes: bool,
    as_json: bool,
    data: Path | None,
) -> None:
    """Let the build that was kept at the last rebuild serve again, and go on from its place.

    Exit codes: 0 done, 1 there is none, 2 a wrong call, 3 engines unreachable.
    """
    me = by(data, who, reason)
    sure(f"Show the older build of {projection} again?", yes=yes, as_json=as_json)
    with as_operator(data) as connection:
        try:
            number = order(connection, "rollback", projection, me)
        except CantBeOrdered as error:
            fail(str(error), REFUSED)
        watch(connection, number, wait=True, as_json=as_json)
