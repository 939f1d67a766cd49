"""Who may do what in the databases, in one table so that no right stands twice; what users may on
the bus stands in bus.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.crew import (
    BUILDS,
    CREW,
    DIGEST_AT,
    DIGESTS_OF_CONCERNS,
    EXECUTE,
    READ_MODELS,
    SELECT,
    SELECT_INSERT,
    TO_ADD,
    TOLD_OF_THEM,
    TRAIL,
    Rights,
    update,
)

PROGRAMME, VAULT = "programme", "vault"


@dataclass(frozen=True)
class Limits:
    """What a role may take of the server, over all databases.

    `connections` at once, and `temporary` megabytes of temporary files for each of them: whoever
    has the role can't raise these. Then seconds, 0 for any number: how long a `statement` may take,
    how long a transaction may be `idle`, and how long a `lock` may be waited for. A role may set
    these three for itself, so they end what hangs, and stop nobody who means harm.
    """

    connections: int = 12
    temporary: int = 256
    statement: int = 120
    idle: int = 300
    lock: int = 10

    @property
    def settings(self) -> dict[str, str]:
        """What is set for the role, as PostgreSQL writes it; but for `connections`."""
        return {
            "temp_file_limit": f"{self.temporary}MB" if self.temporary else "-1",
            "statement_timeout": f"{self.statement}s" if self.statement else "0",
            "idle_in_transaction_session_timeout": f"{self.idle}s" if self.idle else "0",
            "lock_timeout": f"{self.lock}s" if self.lock else "0",
        }


# Nobody else may use up what the writer needs: the sum stays below what the server has. There is
# room for a second process of each, which comes before the first one goes.
_LIMITS: Final[Mapping[str, Limits]] = {
    # Makes tables, and the stream anew, which takes as long as it takes.
    "owner": Limits(connections=28, temporary=0, statement=0, idle=0, lock=0),
    "commands": Limits(connections=80),
    "relay": Limits(connections=6),  # reads the log, and waits to be told
    # Compares whole builds, and folds much in one transaction.
    "projector": Limits(connections=20, temporary=1024, statement=600, idle=600),
    "policies": Limits(connections=20, idle=600),  # asks the door within its transaction
    "notifier": Limits(connections=30),
    # Whoever asks waits for seconds, and no longer than others do.
    "reader": Limits(connections=30, statement=5, idle=10, lock=3),
    # The command line: several at once.
    "console": Limits(connections=14, temporary=1024, statement=300),
    # Somebody may page through what is shown.
    "home": Limits(connections=12, temporary=1024, statement=300),
    # Takes in, follows what was decided, and writes to leads, each beside the others.
    "safeguarding": Limits(connections=18),
    "keeper": Limits(connections=6),  # one at a time
    "checker": Limits(connections=4, temporary=1024, statement=300),
    "auditor": Limits(connections=4, temporary=1024, statement=300),
}


@dataclass(frozen=True)
class User:
    """One role of PostgreSQL: what it may do in which table (`read.*`: in the views of read models,
    `read.*_v*`: in their builds) or with which function, and which databases it owns. `at_home`:
    only embedded engines have it.
    """

    name: str
    tables: Mapping[str, Rights] = field(default_factory=dict)
    owns: tuple[str, ...] = ()
    at_home: bool = False

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases to which its role may connect."""
        found = {database_of(table) for table in self.tables}
        return tuple(one for one in (PROGRAMME, VAULT) if one in found or one in self.owns)

    @property
    def limits(self) -> Limits:
        """What it may take of the server."""
        return _LIMITS.get(self.name, Limits())


def database_of(table: str) -> str:
    """The database in which a table or function is."""
    return VAULT if table.startswith(f"{VAULT}.") else PROGRAMME


# What `status` looks at: how everything runs, and nothing that opens.
_RUNNING: Final[Mapping[str, Rights]] = {
    **dict.fromkeys(("log.format", "log.events"), SELECT),
    DIGEST_AT: EXECUTE,
    **dict.fromkeys(("work.places", "work.notices", "work.asked"), SELECT),
    **dict.fromkeys(("work.letters", "work.orders", "work.paused"), SELECT),
    **dict.fromkeys(("work.saved_consumers", "work.complaints", "work.mailbox"), SELECT),
    **dict.fromkeys(("read.builds", READ_MODELS), SELECT),
}

USERS: Final = (
    User("owner", owns=(PROGRAMME, VAULT)),  # makes schemas and databases
    *(User(worker.name, tables=worker.rights) for worker in CREW),
    # Whoever runs the system: orders to workers, and the stream held against the log.
    User(
        "operator",
        tables={
            "log.events": SELECT,
            DIGEST_AT: EXECUTE,
            "work.places": ("SELECT", update("position", "event", "moved_at")),
            "work.notices": (
                "SELECT",
                update("state", "problem", "due_at", "tried_until", "done_at", "again", "message"),
            ),
            "work.letters": SELECT,
            "work.orders": SELECT_INSERT,
            "work.paused": ("SELECT", "INSERT", "DELETE"),
            "work.replaced": SELECT,
            "read.builds": SELECT,
        },
    ),
    User("console", tables=_RUNNING),  # the command line, of whoever runs the system
    # The command line of whoever owns a data folder: opens what is theirs to open, and notes it.
    User(
        "home",
        tables={
            **dict.fromkeys(("log.events", "log.tags", "log.parts"), SELECT),
            DIGEST_AT: EXECUTE,
            **dict.fromkeys(("read.builds", READ_MODELS), SELECT),
            TRAIL: (TO_ADD,),
            **dict.fromkeys(("vault.state", "vault.keys"), SELECT),
            **dict.fromkeys(("vault.people", "vault.identities"), SELECT),
        },
        at_home=True,
    ),
    # Holds the whole log against what must never be: opens what rules read, and shows none of it.
    User(
        "checker",
        tables={
            **_RUNNING,
            **dict.fromkeys(("log.tags", "log.parts"), SELECT),
            DIGESTS_OF_CONCERNS: EXECUTE,
            TRAIL: (TO_ADD,),
            **dict.fromkeys(("vault.state", "vault.keys"), SELECT),
        },
    ),
    # Turns the vault's keys, and reads nothing of the programme.
    User(
        "keeper",
        tables={
            "vault.state": ("SELECT", update("epoch", "changes", "turning")),
            "vault.turners_turn": ("UPDATE",),
            "vault.keys": ("SELECT", "INSERT", update("wrapped", "epoch")),
            "vault.people": (*SELECT_INSERT, "DELETE", update("card", "epoch", "words")),
            "vault.identities": (*SELECT_INSERT, "DELETE"),
            "vault.ties": ("SELECT", "DELETE", update("digest")),
        },
    ),
    User(
        "auditor",
        tables=dict.fromkeys(("log.events", "log.tags", "log.parts", TOLD_OF_THEM), SELECT),
    ),
)


# Those that engines have which are not the folder's own.
DEPLOYED: Final = tuple(user for user in USERS if not user.at_home)


def roles(database: str) -> tuple[str, ...]:
    """The PostgreSQL roles that may connect to `database`."""
    return tuple(user.name for user in USERS if database in user.databases)


TABLES: Final = tuple(
    dict.fromkeys(
        name for user in USERS for name in user.tables if name != BUILDS and "(" not in name
    )
)
