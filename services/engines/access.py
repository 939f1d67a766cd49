"""Who may do what on the bus and in the databases, in one table so that no right stands twice."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PROGRAMME, VAULT = "programme", "vault"

_REQUESTS = "lt.command.>"
_SERVICES = "$SRV.>"
_INFO = ("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.EVENTS")
_WORKERS = ("projector", "policies", "notifier", "scheduler")


@dataclass(frozen=True)
class User:
    """One name, for the NATS user and the PostgreSQL role alike.

    `publish` and `subscribe` are NATS subjects; `withheld` is taken away from `publish` again.
    `responds` lets it answer the requests it receives, and nothing else. `inbox` is the prefix
    its client must use for replies. `databases` are those its PostgreSQL role may connect to;
    with none there is no role, and with nothing to subscribe to there is no NATS user.
    """

    name: str
    publish: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ("_INBOX.>",)
    responds: bool = False
    inbox: str = "_INBOX"
    databases: tuple[str, ...] = (PROGRAMME,)


def _consumes(consumer: str) -> tuple[str, ...]:
    """The subjects of somebody who pulls from one consumer of EVENTS, made for them by `owner`."""
    return (
        *_INFO,
        f"$JS.API.CONSUMER.INFO.EVENTS.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{consumer}",
        f"$JS.ACK.EVENTS.{consumer}.>",
    )


def _guarded(consumer: str) -> tuple[str, ...]:
    """What would take a worker's messages, move its place or remove it."""
    return (
        f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer}",
        f"$JS.API.CONSUMER.CREATE.EVENTS.{consumer}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.{consumer}",
        f"$JS.API.CONSUMER.DELETE.EVENTS.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{consumer}",
        f"$JS.ACK.EVENTS.{consumer}.>",
    )


# Without the subject that ends in EVENTS: it takes the consumer's name from the request's body,
# where no permission sees it, so it would let anybody alter a worker's consumer. Therefore who
# follows events gives each consumer a name of its own.
_FOLLOWS = (
    *_INFO,
    "$JS.API.CONSUMER.CREATE.EVENTS.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.>",
    "$JS.API.CONSUMER.INFO.EVENTS.>",
    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.>",
    "$JS.API.CONSUMER.DELETE.EVENTS.>",
    "$JS.ACK.EVENTS.>",
    "$JS.FC.EVENTS.>",
)
_GUARDED = tuple(subject for worker in _WORKERS for subject in _guarded(worker))

USERS = (
    # Makes streams, consumers, schemas and databases; publishes no event.
    User("owner", publish=("$JS.API.>",), databases=(PROGRAMME, VAULT)),
    # The door: hears requests, answers them, says nothing of its own accord.
    User(
        "commands",
        subscribe=(_REQUESTS, _SERVICES, "_INBOX.>"),
        responds=True,
        databases=(PROGRAMME, VAULT),
    ),
    # The only one who may publish an event, because a stray one can't be removed again.
    User(
        "relay",
        publish=(
            "lt.event.>",
            "$JS.API.STREAM.INFO.EVENTS",
            "$JS.API.STREAM.MSG.GET.EVENTS",
            "$JS.API.DIRECT.GET.EVENTS",
            "$JS.API.DIRECT.GET.EVENTS.>",
        ),
    ),
    User("projector", publish=_consumes("projector")),
    User("policies", publish=(*_consumes("policies"), _REQUESTS)),
    User(
        "notifier",
        publish=(*_consumes("notifier"), "lt.notice.>"),
        databases=(PROGRAMME, VAULT),
    ),
    User("scheduler", publish=(*_consumes("scheduler"), _REQUESTS)),
    # The command line: asks for things, follows events as a subscriber does, and looks at the
    # stream's tail to see whether it is the log's.
    User(
        "client",
        publish=(_REQUESTS, _SERVICES, *_FOLLOWS, "$JS.API.DIRECT.GET.EVENTS"),
        withheld=_GUARDED,
        databases=(),
    ),
    # Downstream services: consumers of their own on EVENTS, and an inbox of their own, so that
    # they overhear neither the answers to commands nor what is delivered to our workers.
    User(
        "subscriber",
        publish=_FOLLOWS,
        withheld=_GUARDED,
        subscribe=("_INBOX.subscriber.>",),
        inbox="_INBOX.subscriber",
        databases=(),
    ),
    # Whoever runs the system: orders to workers, and the stream held against the log.
    User(
        "operator",
        publish=(
            *_INFO,
            "$JS.API.STREAM.MSG.GET.EVENTS",
            "$JS.API.DIRECT.GET.EVENTS",
            "$JS.API.DIRECT.GET.EVENTS.>",
            "$JS.API.CONSUMER.INFO.EVENTS.>",
            "$JS.API.CONSUMER.NAMES.EVENTS",
            "$JS.API.CONSUMER.LIST.EVENTS",
            "$SRV.>",
        ),
    ),
    # The command line's reading, and the auditors', are PostgreSQL roles only.
    User("reader", subscribe=(), databases=(PROGRAMME, VAULT)),
    User("auditor", subscribe=()),
)

NATS_USERS = tuple(user for user in USERS if user.subscribe)


def roles(database: str) -> tuple[str, ...]:
    """The PostgreSQL roles that may connect to `database`."""
    return tuple(user.name for user in USERS if database in user.databases)


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
        "# Made by services/engines/access.py; change the table there.\n"
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
