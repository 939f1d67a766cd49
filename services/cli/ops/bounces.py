"""`ops bounces`: messages that mail servers sent back, for whoever reads the mailbox otherwise."""

from pathlib import Path
from typing import Final

import click

from services.cli.console import data_option, json_option
from services.cli.given import content_of
from services.cli.leaving import guarded
from services.cli.ops.options import as_operator, by, reason_option, tell, who_option
from services.notices.bounces import bounce_in, messages_in
from services.operations.acts import note_bounces

MOST: Final = 64 * 2**20  # bytes of one file
REASON: Final = "mail servers sent it back"
TOO_LARGE: Final = f"{{}} has more than {MOST // 2**20} MiB: hand it over in parts."


@click.command()
@click.argument("file", default="-")
@reason_option
@who_option
@json_option
@data_option
@guarded
def bounces(
    file: str, reason: str | None, who: str | None, as_json: bool, data: Path | None
) -> None:
    """Note which letters came back, from FILE or from the input: a message, or several (mbox).

    Only that a letter of ours could not be delivered for good counts (RFC 3464), and only by the id
    that we gave it. It is a task then for whoever coordinates. All else is passed over, and no
    message is changed or kept.

    Exit codes: 0 done, 2 a wrong call, 3 engines unreachable.
    """
    raw = content_of(file, MOST, TOO_LARGE)
    me = by(data, who, reason or REASON)
    messages = list(messages_in(raw))
    found = [one for one in map(bounce_in, messages) if one]
    with as_operator(data) as connection:
        noted = note_bounces(connection, found, me)
    answer = {"read": len(messages), "bounces": len(found), **_counted(noted.ours, noted.new)}
    words = (
        f"{len(messages)} read: {len(found)} came back for good, {len(noted.ours)} of them letters"
        f" in the ledger, {len(noted.new)} not known before."
    )
    tell(answer, words, as_json=as_json)


def _counted(ours: set[str], new: set[str]) -> dict[str, int]:
    return {"ours": len(ours), "new": len(new)}
