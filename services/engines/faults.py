"""What an engine's fault means: it is away, there is no safe way to it, it refuses us something, it
is full, or none of these.

Nothing that somebody wrote, no address and no password is in what is said: only names of roles,
tables and subjects, which are ours.
"""

import errno
import re
import socket
import ssl
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import nats.errors
import psycopg
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from services.engines.showing import DATABASES
from services.engines.wires import NOT_OFFERED, NOT_TRUSTED, OTHER_NAME, UnsafeWire

Kind = Literal["away", "unsafe", "refused", "full", "other-fault"]


class EngineFault(NamedTuple):
    """What kind of fault it is, and the problem in a sentence that names the engine.

    away: it does not answer; unsafe: it answers, and somebody on the way could read along, or be
    it; refused: it does not let us in, or not do this; full: it has no room; other: the engines are
    not to blame, or we can't tell.
    """

    kind: Kind
    problem: str


def kind_of(error: BaseException) -> EngineFault:
    """What a fault means that came from PostgreSQL, NATS or the way there. Of several that came
    together, what the first one means.
    """
    match error:
        case BaseExceptionGroup():
            return kind_of(error.exceptions[0])
        case UnsafeWire():
            return EngineFault("unsafe", str(error))
        case psycopg.Error():
            return _of_postgresql(error)
        case nats.errors.Error():
            return _of_nats(error)
        case OSError():
            return _of_the_way(error)
        case _:
            return EngineFault("other-fault", type(error).__name__)


POSTGRESQL_AWAY: Final = EngineFault("away", "PostgreSQL does not answer.")
NATS_AWAY: Final = EngineFault("away", "NATS does not answer.")
NO_JETSTREAM: Final = EngineFault("away", "NATS answers, and its JetStream does not.")
NOT_LET_IN: Final = EngineFault("refused", "PostgreSQL does not let this user in.")
NO_ROOM: Final = EngineFault("full", "PostgreSQL has no room for another connection.")

# By all five characters of SQLSTATE, or by its first three or two.
OF_STATE: Final = MappingProxyType(
    {
        "25006": EngineFault("refused", "PostgreSQL takes nothing new: it is read-only."),
        "28": NOT_LET_IN,
        "28P01": EngineFault("refused", "PostgreSQL refuses the password."),
        "3D": EngineFault("refused", "PostgreSQL has no such database."),
        "53100": EngineFault("full", "PostgreSQL's disk is full."),
        "53200": EngineFault("full", "PostgreSQL has no memory left."),
        "53300": NO_ROOM,
        "57P": POSTGRESQL_AWAY,  # it stops, has crashed, or is still starting
        "08": POSTGRESQL_AWAY,
    }
)
LENGTHS: Final = (5, 3, 2)
NO_RIGHT: Final = "42501"
NAME: Final = r'"?(?P<name>[\w.$]{1,64})"?'
RIGHT: Final = re.compile(rf"permission denied for (?P<what>[a-z ]{{3,40}}) {NAME}")

# Whoever is not let in is told why in words alone, which come after `FATAL:`.
AT_THE_START: Final[tuple[tuple[str, Kind, str], ...]] = (
    (
        rf"password authentication failed for user {NAME}",
        "refused",
        "PostgreSQL refuses the password of {name}.",
    ),
    (
        rf"permission denied for database {NAME}",
        "refused",
        "PostgreSQL does not let this user into the database {name}.",
    ),
    (
        rf"(?P<what>role|database) {NAME} (?:does not exist|is not permitted to log in)",
        "refused",
        "PostgreSQL lets nobody in as or into the {what} {name}.",
    ),
    (r"no pg_hba\.conf entry", "refused", "PostgreSQL lets nobody in from here (pg_hba.conf)."),
    (r"no password supplied", "refused", "PostgreSQL wants a password, and the URL has none."),
    (r"too many (?:clients|connections)|connection slots are reserved", *NO_ROOM),
    (r"server does not support SSL", "unsafe", NOT_OFFERED.format(engine="PostgreSQL")),
    (r"does not match host name", "unsafe", OTHER_NAME.format(**DATABASES) + "."),
    (
        r"certificate verify failed|root certificate",
        "unsafe",
        NOT_TRUSTED.format(problem="nobody whom we trust vouches for it", **DATABASES) + ".",
    ),
    (
        r"\bSSL\b|certificate",
        "unsafe",
        "PostgreSQL and we can't agree on a safe connection (TLS).",
    ),
)
IT_ANSWERED: Final = re.compile(r"\w:  \S")  # `FATAL:  …`, in whichever language

VIOLATION: Final = re.compile(
    r"permissions violation for (?P<deed>publish|subscription)[^\"]* \"(?P<subject>[^\"]{1,200})"
)
DEEDS: Final = MappingProxyType({"publish": "publish to", "subscription": "subscribe to"})
INBOX: Final = re.compile(r"^_inbox[^.]*\..*")  # a new one for each connection
NOT_KNOWN: Final = re.compile(
    r"authorization (?:violation|failed)|authentication (?:expired|revoked)"
    r"|invalid user credentials"
)
TOO_SLOW: Final = "authentication timeout"  # whoever came was not let in within NATS's own time
FULL: Final = re.compile(
    r"maximum (?:bytes|messages|storage|memory)[\w ]* exceeded|no space left"
    r"|insufficient (?:resources|storage|memory)|resource limits? exceeded"
)
WENT_AWAY: Final = (
    nats.errors.TimeoutError,
    nats.errors.NoServersError,
    nats.errors.NoRespondersError,
    nats.errors.StaleConnectionError,
    nats.errors.ConnectionClosedError,
    nats.errors.ConnectionDrainingError,
    nats.errors.ConnectionReconnectingError,
    nats.errors.OutboundBufferLimitError,
)
NO_SAFE_WAY: Final = EngineFault(
    "unsafe",
    "An engine ends the encrypted connection (TLS): it may want a certificate of ours, which we do"
    " not show.",
)
NO_DISK: Final = (errno.ENOSPC, errno.EDQUOT)
NO_WAY: Final = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)


def _of_postgresql(error: psycopg.Error) -> EngineFault:
    state = error.sqlstate or ""
    if state == NO_RIGHT:
        return EngineFault("refused", _right_refused(error))
    if known := next((OF_STATE[state[:n]] for n in LENGTHS if state[:n] in OF_STATE), None):
        return known
    if not state and isinstance(error, psycopg.OperationalError):
        return _at_the_start(error)
    name = type(error).__name__
    return EngineFault("other-fault", f"{name} (SQLSTATE {state})" if state else name)


def _right_refused(error: psycopg.Error) -> str:
    named = RIGHT.match(error.diag.message_primary or "")
    what = f"the {named['what']} {named['name']}" if named else "what was asked for"
    return f"PostgreSQL does not allow this user {what}."


def _at_the_start(error: psycopg.OperationalError) -> EngineFault:
    text = str(error)
    for pattern, kind, problem in AT_THE_START:
        if found := re.search(pattern, text):
            return EngineFault(kind, problem.format(**found.groupdict()))
    if error.pgconn and error.pgconn.used_password and IT_ANSWERED.search(text):
        return NOT_LET_IN
    return POSTGRESQL_AWAY


def _of_nats(error: nats.errors.Error) -> EngineFault:
    said = str(error).lower()
    if found := VIOLATION.search(said):
        subject = INBOX.sub("_inbox.>", found["subject"])
        deed = DEEDS[found["deed"]]
        return EngineFault("refused", f"NATS does not allow this user to {deed} {subject}.")
    if NOT_KNOWN.search(said):
        return EngineFault("refused", "NATS refuses the user, the seed or the password.")
    if FULL.search(said):
        return EngineFault("full", "NATS has no room for more.")
    if isinstance(error, APIError):
        return _of_jetstream(error)
    if isinstance(error, WENT_AWAY) or TOO_SLOW in said:
        return NATS_AWAY
    return EngineFault("other-fault", type(error).__name__)


def _of_jetstream(error: APIError) -> EngineFault:
    if isinstance(error, ServiceUnavailableError):
        return NO_JETSTREAM
    if isinstance(error, NotFoundError):
        missing = "NATS has no such stream or consumer: run `leading-together provision`."
        return EngineFault("other-fault", missing)
    name = type(error).__name__
    return EngineFault("other-fault", f"{name} ({error.err_code})" if error.err_code else name)


def _of_the_way(error: OSError) -> EngineFault:
    if error.errno in NO_DISK:
        return EngineFault("full", "The disk is full.")
    if isinstance(error, ssl.SSLError):
        return NO_SAFE_WAY
    if isinstance(error, ConnectionError | TimeoutError | socket.gaierror) or error.errno in NO_WAY:
        return EngineFault("away", f"An engine does not answer ({type(error).__name__}).")
    return EngineFault("other-fault", type(error).__name__)
