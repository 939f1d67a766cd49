"""`ops`: what whoever runs the system needs to see what is stuck or lost, and to mend it."""

from typing import Final

import click

from services.cli.lazy import Lazy

COMMANDS: Final = {  # first what one looks at, then what one does
    "dead-letters": "ops.dead_letters:dead_letters",
    "show": "ops.dead_letters:show_letter",
    "check": "ops.check:check",
    "orders": "ops.orders:orders",
    "redrive": "ops.orders:redrive",
    "discard": "ops.orders:discard",
    "notice": "ops.notices:notice",
    "bounces": "ops.bounces:bounces",
    "pause": "ops.workers:pause",
    "resume": "ops.workers:resume",
    "replay": "ops.workers:replay",
    "rebuild": "ops.rebuild:rebuild",
    "rollback": "ops.rebuild:rollback",
    "stream": "ops.stream:stream",
}


@click.group(cls=Lazy, lazily=COMMANDS)
def ops() -> None:
    """See what is stuck or lost, and mend it: every act with a reason, and on record.

    Exit codes: 0 done, 1 refused or not all of it done, 2 a wrong call, 3 engines unreachable.
    """
