"""Who may do what on the bus, in one table so that no right stands twice; and its configuration.

Each user has an account of its own, so that nobody hears or says anything where others do; only
the stream's owner and the relay share one, with the stream. What somebody else answers is a service
that is exported to whoever has it in their list, and imported there under the same subject. The
server gives each such request another subject to answer on, and brings the answer to where it was
asked: so nobody can have an answer go into the stream, or to the door, and nobody hears what is
answered to somebody else. See docs/decisions/019-accounts.md. `deploy/make-secrets` reads it: only
the standard library.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.crew import (
    CASES,
    CREW,
    EVENTS,
    FOLLOWERS,
    OF_WORKERS,
    QUERIES,
    REQUESTS,
    STREAM,
    Worker,
)

STREAMS_ACCOUNT: Final = "LT"
NOBODYS_ACCOUNT: Final = "NOBODY"  # in which nobody is, and nothing is answered
SYSTEM_ACCOUNT: Final = "SYS"  # the account in which the servers themselves speak
SYSTEM_USER: Final = "system"
DOOR, READER, SAFEGUARDING = (
    next(one.name for one in CREW if one.answers and f"{subjects}>" in one.hears)
    for subjects in (REQUESTS, QUERIES, CASES)
)
# Where the server has what comes from another account answered. A right to answer as such
# (allow_responses) would forget what is open whenever the configuration is read again.
ANSWERS: Final = "_R_.>"
SUBSCRIBERS_CONF: Final = "subscribers.conf"
KEY_VARIABLE: Final = "LT_NATS_KEY_"  # and a user's name: its public key, for the server

_INFO: Final = f"$JS.API.STREAM.INFO.{STREAM}"
_ALL_OF_JETSTREAM: Final = "$JS.API.>"
_NOWHERE: Final = "lt.nowhere.>"
_BY_NUMBER: Final = f"$JS.API.DIRECT.GET.{STREAM}"
_CONSUMERS: Final = f"$JS.API.CONSUMER.LIST.{STREAM}"
_DOOR_IS_THERE: Final = f"$SRV.PING.{DOOR}"
_ASKS: Final = (f"{REQUESTS}>", f"{QUERIES}>", f"{CASES}>", _DOOR_IS_THERE)

MAX_PAYLOAD: Final = "1MB"
LARGE, SMALL = "512KB", "64KB"  # what those may send at once who send commands, and who do not
CONNECTIONS: Final = {"client": 512}  # at once, of one account; else
FEW: Final = 32


@dataclass(frozen=True)
class BusUser:
    """A user of the bus, in the account of its own name unless it says another.

    `publishes` are the subjects on which it may say something, or ask for a service; `hears` those
    on which it may listen, beside its inbox.
    """

    name: str
    publishes: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    elsewhere: str = ""

    @property
    def account(self) -> str:
        """The account in which it is."""
        return self.elsewhere or self.name

    @property
    def subscribes(self) -> tuple[str, ...]:
        """The subjects on which it may listen."""
        return (*self.hears, f"{inbox_prefix(self.name)}.>")


@dataclass(frozen=True)
class Exported:
    """A service that an account has for those that it names; if it names none, for whoever imports
    it, which only what is made from this table does.

    `many` messages may answer one request, for so long as `within` says; else for two minutes,
    which is the server's own limit.
    """

    by: str
    subject: str
    many: bool = False
    to: tuple[str, ...] = ()
    within: str = ""


def inbox_prefix(name: str) -> str:
    """What the inboxes of a user begin with; nobody else may listen there."""
    return f"_INBOX_{name}"


def _consumes(consumer: str) -> tuple[str, ...]:
    """The subjects of whoever pulls from one consumer of the stream, made for them by the owner."""
    return (
        f"$JS.API.CONSUMER.INFO.{STREAM}.{consumer}",
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{consumer}",
        f"$JS.ACK.{STREAM}.{consumer}.>",
    )


def _user_of(worker: Worker) -> BusUser:
    """A worker of the crew, with what it asks, follows and hears."""
    consumes = _consumes(worker.name) if worker.follows else ()
    requests = (f"{OF_WORKERS}{worker.name}.{command}" for command in worker.asks)
    answers = (ANSWERS,) if worker.answers else ()
    publishes = (*consumes, *requests, *worker.publishes, *answers)
    in_the_stream = any(subject.startswith(EVENTS) for subject in publishes)
    return BusUser(
        worker.name,
        publishes=publishes,
        hears=worker.hears,
        elsewhere=STREAMS_ACCOUNT if in_the_stream else "",
    )


def subscriber(name: str) -> BusUser:
    """A service outside that follows the stream: it may pull from the consumer that was made for
    it, acknowledge what that brings, and read events by their number.
    """
    return BusUser(name, publishes=(*_consumes(name), _INFO, _BY_NUMBER))


def asker(name: str) -> BusUser:
    """Somebody outside who asks: for what is to happen, and for what may be read. They follow
    nothing, and whether they are heard follows from the token that each request shows.
    """
    return BusUser(name, publishes=_ASKS)


BUS_USERS: Final = (
    # Makes the stream and its consumers; publishes no event.
    BusUser("owner", publishes=(_ALL_OF_JETSTREAM,), elsewhere=STREAMS_ACCOUNT),
    *map(_user_of, CREW),
    # The command line where the databases are at hand, and nobody else's: asks as an asker does,
    # follows events by their number, and looks at how far those are who follow the stream.
    BusUser(
        "client",
        publishes=(
            *_ASKS,
            _INFO,
            _BY_NUMBER,
            _CONSUMERS,
            *(f"$JS.API.CONSUMER.INFO.{STREAM}.{worker}" for worker in FOLLOWERS),
        ),
    ),
    # Whoever runs the system: holds the stream against the log.
    BusUser("operator", publishes=(_INFO, _BY_NUMBER)),
    # Has the servers read their configuration, looks at whom they let in by it, and closes
    # connections of who may not come any more.
    BusUser(
        SYSTEM_USER,
        publishes=(
            "$SYS.REQ.SERVER.PING",
            *(f"$SYS.REQ.SERVER.*.{verb}" for verb in ("ACCOUNTZ", "CONNZ", "KICK", "RELOAD")),
        ),
        elsewhere=SYSTEM_ACCOUNT,
    ),
)

# Of two that match one subject the server may take either, so only a subject that stands here whole
# may be another one's part.
SERVICES: Final = (
    Exported(STREAMS_ACCOUNT, _INFO),
    Exported(STREAMS_ACCOUNT, _BY_NUMBER, many=True),
    Exported(STREAMS_ACCOUNT, _CONSUMERS, to=("client",)),
    Exported(STREAMS_ACCOUNT, f"$JS.API.CONSUMER.INFO.{STREAM}.*"),
    Exported(STREAMS_ACCOUNT, f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.*", many=True),
    *(  # what is open is kept until it is over: those who ask often say that it is, soon
        Exported(
            STREAMS_ACCOUNT,
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{worker}",
            many=True,
            to=(worker,),
            within="15s",
        )
        for worker in FOLLOWERS
    ),
    Exported(STREAMS_ACCOUNT, f"$JS.ACK.{STREAM}.*.>"),
    Exported(DOOR, f"{REQUESTS}>"),
    Exported(READER, f"{QUERIES}>"),
    Exported(SAFEGUARDING, f"{CASES}>"),
    *(
        Exported(DOOR, f"{OF_WORKERS}{worker.name}.>", to=(worker.name,))
        for worker in CREW
        if worker.asks
    ),
    Exported(DOOR, _DOOR_IS_THERE),
)


def imported(user: BusUser) -> Iterator[tuple[str, str]]:
    """The services that a user may ask for: the account that has each, and its subject."""
    for subject in user.publishes:
        for service in SERVICES:
            if covers(service.subject, subject) and service.by != user.account:
                yield service.by, subject
                break


def covers(pattern: str, subject: str) -> bool:
    """Whether a pattern of subjects takes in all that another, or a subject, does."""
    wanted, given = pattern.split("."), subject.split(".")
    for number, word in enumerate(wanted):
        if word == ">":
            return len(given) > number
        if number >= len(given) or given[number] == ">":
            return False
        if word not in ("*", given[number]):
            return False
    return len(wanted) == len(given)


def nats_config(
    listen: str,
    store: str,
    keys: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    health: str | None = None,
    include: str = f"./{SUBSCRIBERS_CONF}",
    tls: str | None = None,
) -> str:
    """A whole nats.conf: `listen` is host:port, `store` the folder of JetStream's files.

    `keys` holds the public key of each user; without it the text refers to the environment
    variables `LT_NATS_KEY_<NAME>` of the server. `name` is the server's: one that has a name in its
    command alone does not read its configuration again. `health` is the host:port of the pages that
    say whether the server is well, if wanted. Those who subscribe or ask stand in the file
    `include`, beside it. `tls` is the file with the certificate and the key of the server: then
    nobody comes in who does not speak TLS, and who wants to may do so from the first byte on. The
    bus can be rebuilt from the log, so files are synced every ten seconds, not per message.
    """
    accounts = dict.fromkeys(user.account for user in BUS_USERS)
    blocks = "".join(
        _account(account, [user for user in BUS_USERS if user.account == account], keys)
        for account in accounts
    )
    return (
        "# Made by `make docs` from services/crew.py and services/engines/bus.py.\n"
        f"listen: {json.dumps(listen)}\n"
        + (f"server_name: {json.dumps(name)}\n" if name else "")
        + (f"http: {json.dumps(health)}\n" if health else "")
        + (_encrypted(tls) if tls else "")
        + f"max_payload: {MAX_PAYLOAD}\n"
        "max_pending: 64MB\n"
        "max_connections: 4096\n"
        "max_subscriptions: 256\n"
        "jetstream {\n"
        f"  store_dir: {json.dumps(store)}\n"
        "  max_memory_store: 256MB\n"
        '  sync_interval: "10s"\n'
        "}\n"
        f"system_account: {SYSTEM_ACCOUNT}\n"
        f"accounts {{\n{_nobodys_account()}{blocks}  include {json.dumps(include)}\n}}\n"
    )


def _encrypted(file: str) -> str:
    return (
        "tls {\n"
        f"  cert_file: {json.dumps(file)}\n"
        f"  key_file: {json.dumps(file)}\n"
        "  timeout: 5\n"
        '  handshake_first: "auto"\n'
        "}\n"
    )


def _nobodys_account() -> str:
    exports = _list("exports", [_export(Exported(NOBODYS_ACCOUNT, _NOWHERE))])
    return f"  {json.dumps(NOBODYS_ACCOUNT)}: {{\n{exports}  }}\n"


def subscribers_conf(users: Iterable[tuple[BusUser, str]]) -> str:
    """What nats.conf includes: an account for each user from outside, with their public key."""
    said = "# Made by `leading-together credentials` from subscribers.json.\n"
    return said + "".join(_account(one.account, [one], {one.name: key}) for one, key in users)


def _account(name: str, users: Iterable[BusUser], keys: Mapping[str, str] | None) -> str:
    users = list(users)
    parts = [_list("users", (_user(user, keys) for user in users))]
    parts += [_list("exports", map(_export, (one for one in SERVICES if one.by == name)))]
    imports = [_import(*pair) for user in users for pair in imported(user)]
    if name not in (STREAMS_ACCOUNT, SYSTEM_ACCOUNT):
        # Else the server would import all of it from its own account, and answer each request a
        # second time: that there is no JetStream here.
        imports.append(_import(NOBODYS_ACCOUNT, _NOWHERE, to=_ALL_OF_JETSTREAM))
    parts += [_list("imports", imports)]
    if name == STREAMS_ACCOUNT:
        parts.insert(0, "    jetstream: enabled\n")
    if name != SYSTEM_ACCOUNT:
        parts.append(_limits(users))
    return f"  {json.dumps(name)}: {{\n{''.join(parts)}  }}\n"


def _limits(users: Iterable[BusUser]) -> str:
    """The most that an account may use at once."""
    users = list(users)
    connections = sum(CONNECTIONS.get(user.name, FEW) for user in users)
    says = [subject for user in users for subject in user.publishes]
    asks = any(subject.startswith((REQUESTS, OF_WORKERS)) for subject in says)
    publishes = any(subject.startswith(EVENTS) for subject in says)
    payload = MAX_PAYLOAD if publishes or ANSWERS in says else LARGE if asks else SMALL
    return f"    limits: {{ max_connections: {connections}, max_payload: {payload} }}\n"


def _user(user: BusUser, keys: Mapping[str, str] | None) -> str:
    key = f"${KEY_VARIABLE}{user.name.upper()}" if keys is None else json.dumps(keys[user.name])
    # An allow list left out would mean "everything": who publishes nothing is denied all.
    publish = f"allow: {_words(user.publishes)}" if user.publishes else f"deny: {_words(('>',))}"
    return (
        f"{{ nkey: {key}, permissions: {{ publish: {{ {publish} }},"
        f" subscribe: {{ allow: {_words(user.subscribes)} }} }} }}"
    )


def _export(service: Exported) -> str:
    kind = ", response_type: stream" if service.many else ""
    kind += f", threshold: {json.dumps(service.within)}" if service.within else ""
    to = f", accounts: {_words(service.to)}" if service.to else ""
    return f"{{ service: {json.dumps(service.subject)}{kind}{to} }}"


def _import(account: str, subject: str, *, to: str = "") -> str:
    what = f"account: {json.dumps(account)}, subject: {json.dumps(subject)}"
    return f"{{ service: {{ {what} }}{f', to: {json.dumps(to)}' if to else ''} }}"


def _list(word: str, entries: Iterable[str]) -> str:
    lines = "".join(f"      {entry}\n" for entry in entries)
    return f"    {word}: [\n{lines}    ]\n" if lines else ""


def _words(subjects: Iterable[str]) -> str:
    return json.dumps(list(subjects))
