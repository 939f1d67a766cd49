"""`ops`: what whoever runs the system needs to see what is stuck or lost, and to mend it."""

from typing import Final

import click

from services.cli.lazy import Lazy

COMMANDS: Final = {  # first what one looks at, then what one does
    "dead-letters": "ops_letters:dead_letters",
    "show": "ops_letters:show_letter",
    "orders": "ops_orders:orders",
    "redrive": "ops_orders:redrive",
    "discard": "ops_orders:discard",
    "notice": "ops_notices:notice",
    "pause": "ops_workers:pause",
    "resume": "ops_workers:resume",
    "replay": "ops_workers:replay",
    "rebuild": "ops_rebuild:rebuild",
    "rollback": "ops_rebuild:rollback",
    "stream": "ops_stream:stream",
}


@click.group(cls=Lazy, lazily=COMMANDS)
def ops() -> None:
    """See what is stuck or lost, and mend it: every act with a reason, and on record.

    Exit codes: 0 done, 1 refused or not all of it done, 2 a wrong call, 3 engines unreachable.
    """
