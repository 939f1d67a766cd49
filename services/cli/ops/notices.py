"""`ops notice`: what became of a message that nobody may have had, or that somebody was to do."""

from pathlib import Path

import click

from services.cli.console import data_option, json_option
from services.cli.leaving import INVALID, REFUSED, fail, guarded
from services.cli.ops.options import as_operator, by, reason_option, tell, who_option
from services.notices.entering import NoticeKey
from services.notices.ledger import state_of
from services.operations.acts import settle_notice


@click.command()
@click.argument("cause")
@click.argument("person")
@click.argument("template")
@click.option("--sent", is_flag=True, help="It arrived, or was done by hand.")
@click.option("--again", is_flag=True, help="Send it once more.")
@reason_option
@who_option
@json_option
@data_option
@guarded
def notice(  # noqa: PLR0917 - click hands options over by name
    cause: str,
    person: str,
    template: str,
    sent: bool,
    again: bool,
    reason: str | None,
    who: str | None,
    as_json: bool,
    data: Path | None,
) -> None:
    """Say that a notice was sent, or done by hand; or have it sent again.

    CAUSE, PERSON and TEMPLATE stand in `leading-together show notices`, and on each page for
    somebody of the team, who says with --sent that they rang, or sent it. With --again the notifier
    sends any notice that is not due already within some minutes, by day unless it is urgent: worded
    as it was when it fell due, in the way and to where the person hears from us by now.

    Exit codes: 0 done, 1 it is due, or was sent already, 2 a wrong call, 3 engines unreachable.
    """
    if sent is again:
        fail("Say --sent or --again.", INVALID)
    me, key = by(data, who, reason), NoticeKey(cause, person, template)
    with as_operator(data) as connection:
        if not settle_notice(connection, key, me, sent=sent):
            state = state_of(connection, key)
            fail(f"This notice is {state}." if state else "There is no such notice.", REFUSED)
    words = "It counts as sent." if sent else "It is due again."
    tell({**key._asdict(), "state": "sent" if sent else "due"}, words, as_json=as_json)
