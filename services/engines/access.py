"""Who may do what on the bus and in the databases, in one table so that no right stands twice."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.crew import (
    ALL,
    CREW,
    FOLLOWERS,
    READ_MODELS,
    REQUESTS,
    SELECT,
    SELECT_INSERT,
    SELECT_INSERT_UPDATE,
    SELECT_UPDATE,
    STREAM,
    Worker,
)

PROGRAMME, VAULT = "programme", "vault"

_INFO = ("$JS.API.INFO", "$JS.API.STREAM.NAMES", f"$JS.API.STREAM.INFO.{STREAM}")
_INBOX = "_INBOX.>"


@dataclass(frozen=True)
class User:
    """One name, for the NATS user and the PostgreSQL role alike.

    `publish` and `subscribe` are NATS subjects; `withheld` is taken away from `publish` again.
    `responds` lets it answer the requests it receives, and nothing else. `inbox` is the prefix
    its client must use for replies. `tables` is what its PostgreSQL role may do in which table
    (`read.*`: in the views of read models); with none, and no ownership, there is no role, and
    with nothing to subscribe to there is no NATS user.
    """

    name: str
    publish: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = (_INBOX,)
    responds: bool = False
    inbox: str = "_INBOX"
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owns: tuple[str, ...] = ()

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases to which its role may connect."""
        found = {VAULT if table.startswith(f"{VAULT}.") else PROGRAMME for table in self.tables}
        return tuple(one for one in (PROGRAMME, VAULT) if one in found or one in self.owns)


def _consumes(consumer: str) -> tuple[str, ...]:
    """The subjects of somebody who pulls from one consumer of EVENTS, made for them by `owner`."""
    return (
        *_INFO,
        f"$JS.API.CONSUMER.INFO.{STREAM}.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}",
        f"$JS.ACK.{STREAM}.{consumer}.>",
    )


def _guarded(consumer: str) -> tuple[str, ...]:
    """What would take a worker's messages, move its checkpoint or remove it."""
    return (
        f"$JS.API.CONSUMER.CREATE.{STREAM}.{consumer}",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.{consumer}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.{consumer}",
        f"$JS.API.CONSUMER.DELETE.{STREAM}.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}",
        f"$JS.ACK.{STREAM}.{consumer}.>",
    )


# Without the subject that ends in EVENTS: it takes the consumer's name from the request's body,
# where no permission sees it, so it would let anybody alter a worker's consumer. Therefore who
# follows events gives each consumer a name of its own.
_FOLLOWS = (
    *_INFO,
    f"$JS.API.CONSUMER.CREATE.{STREAM}.>",
    f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.>",
    f"$JS.API.CONSUMER.INFO.{STREAM}.>",
    f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.>",
    f"$JS.API.CONSUMER.DELETE.{STREAM}.>",
    f"$JS.API.DIRECT.GET.{STREAM}",  # messages by number, to hold one's own copy against them
    f"$JS.ACK.{STREAM}.>",
    f"$JS.FC.{STREAM}.>",
)
_GUARDED = tuple(subject for worker in FOLLOWERS for subject in _guarded(worker))


def _user_of(worker: Worker) -> User:
    """A worker of the crew, with what it asks, follows and hears."""
    consumes = _consumes(worker.name) if worker.follows else ()
    requests = (f"{REQUESTS}>",) if worker.asks else ()
    return User(
        worker.name,
        publish=(*consumes, *requests, *worker.publishes),
        subscribe=(*worker.hears, _INBOX),
        responds=worker.answers,
        tables=worker.rights,
    )


USERS: Final = (
    # Makes streams, consumers, schemas and databases; publishes no event.
    User("owner", publish=("$JS.API.>",), owns=(PROGRAMME, VAULT)),
    *map(_user_of, CREW),
    # The command line: asks for things, follows events as a subscriber does, and looks at the
    # stream's tail, whether it is the log's, and at how far those are who follow it.
    User(
        "client",
        publish=(
            f"{REQUESTS}>",
            "$SRV.>",
            *_FOLLOWS,
            f"$JS.API.CONSUMER.LIST.{STREAM}",
        ),
        withheld=_GUARDED,
    ),
    # Downstream services: consumers of their own on EVENTS, and an inbox of their own, so that
    # they overhear neither the answers to commands nor what is delivered to our workers.
    User(
        "subscriber",
        publish=_FOLLOWS,
        withheld=_GUARDED,
        subscribe=("_INBOX.subscriber.>",),
        inbox="_INBOX.subscriber",
    ),
    # Whoever runs the system: orders to workers, and the stream held against the log.
    User(
        "operator",
        publish=(f"$JS.API.STREAM.INFO.{STREAM}", f"$JS.API.DIRECT.GET.{STREAM}"),
        tables={
            "log.events": SELECT,
            "work.places": SELECT_UPDATE,
            "work.notices": ("SELECT", "UPDATE (state, problem, due_at, done_at)"),
            "work.letters": SELECT,
            "work.orders": SELECT_INSERT,
            "work.paused": ("SELECT", "INSERT", "DELETE"),
            "work.replaced": SELECT,
            "read.builds": SELECT,
        },
    ),
    # The command line's reading, and the auditors', are PostgreSQL roles only.
    User(
        "reader",
        subscribe=(),
        tables={
            **dict.fromkeys(("log.format", "log.events", "log.tags", "log.parts"), SELECT),
            **dict.fromkeys(("work.places", "work.notices", "work.asked"), SELECT),
            **dict.fromkeys(("work.letters", "work.orders", "work.paused"), SELECT),
            **dict.fromkeys(("work.saved_consumers", "work.complaints"), SELECT),
            **dict.fromkeys(("read.builds", READ_MODELS), SELECT),
            **dict.fromkeys(("vault.state", "vault.keys"), SELECT),
            **dict.fromkeys(("vault.people", "vault.identities"), SELECT),
        },
    ),
    # Turns the vault's keys, and reads nothing of the programme.
    User(
        "keeper",
        subscribe=(),
        tables={
            "vault.state": SELECT_UPDATE,
            "vault.keys": SELECT_INSERT_UPDATE,
            "vault.people": ALL,
            "vault.identities": ("SELECT", "INSERT", "DELETE"),
        },
    ),
    User(
        "auditor",
        subscribe=(),
        tables=dict.fromkeys(("log.events", "log.tags", "log.parts"), SELECT),
    ),
)

NATS_USERS: Final = tuple(user for user in USERS if user.subscribe)


def roles(database: str) -> tuple[str, ...]:
    """The PostgreSQL roles that may connect to `database`."""
    return tuple(user.name for user in USERS if database in user.databases)


TABLES: Final = tuple(dict.fromkeys(table for user in USERS for table in user.tables))


def inbox_prefix(name: str) -> str:
    """The `inbox_prefix` with which the NATS client of user `name` must connect."""
    return next(user.inbox for user in NATS_USERS if user.name == name)


def nats_authorization(passwords: Mapping[str, str] | None = None) -> str:
    """The `authorization` block of nats.conf.

    `passwords` holds one for each NATS user; without it the block refers to the environment
    variables `LT_NATS_PASSWORD_<NAME>` of the server. (NATS reads such a value as a piece of
    its configuration: it should begin with a letter.)
    """
    users = "\n".join(_rendered(user, passwords) for user in NATS_USERS)
    return f"authorization {{\n  users = [\n{users}\n  ]\n}}\n"


def nats_config(
    listen: str,
    store: str,
    passwords: Mapping[str, str] | None = None,
    *,
    health: str | None = None,
) -> str:
    """A whole nats.conf: `listen` is host:port, `store` the folder of JetStream's files.

    `health` is the host:port of the pages that say whether the server is well, if wanted.
    The bus can be rebuilt from the log, so files are synced every ten seconds, not per message.
    """
    return (
        "# Made by `make docs` from services/crew.py and services/engines/access.py.\n"
        f"listen: {json.dumps(listen)}\n"
        + (f"http: {json.dumps(health)}\n" if health else "")
        + "max_payload: 1MB\n"
        "jetstream {\n"
        f"  store_dir: {json.dumps(store)}\n"
        "  max_memory_store: 256MB\n"
        '  sync_interval: "10s"\n'
        "}\n" + nats_authorization(passwords)
    )


def _rendered(user: User, passwords: Mapping[str, str] | None) -> str:
    password = (
        f"$LT_NATS_PASSWORD_{user.name.upper()}"
        if passwords is None
        else json.dumps(passwords[user.name])
    )
    # An allow list left out would mean "everything": who publishes nothing is denied all.
    publish = _list("allow", user.publish) if user.publish else _list("deny", (">",))
    withheld = f", {_list('deny', user.withheld)}" if user.withheld else ""
    responses = "\n        allow_responses: true" if user.responds else ""
    return (
        f"    {{\n      user: {json.dumps(user.name)}\n      password: {password}\n"
        f"      permissions: {{\n        publish: {{ {publish}{withheld} }}\n"
        f"        subscribe: {{ {_list('allow', user.subscribe)} }}{responses}\n      }}\n    }}"
    )


def _list(word: str, subjects: Iterable[str]) -> str:
    return f"{word}: [{', '.join(json.dumps(subject) for subject in subjects)}]"
