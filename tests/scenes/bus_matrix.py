"""Everybody on the bus, and all that may be said and heard there: the rows and columns of a matrix.

Subjects of the bus itself are all those that nats-server 2.15 has, and templates, which older ones
had.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from services.crew import CREW, FOLLOWERS, OF_WORKERS, QUERIES, REQUESTS, STREAM
from services.engines.addresses import BusAddress
from services.engines.bus import (
    BUS_USERS,
    STREAMS_ACCOUNT,
    asker,
    covers,
    inbox_prefix,
    subscriber,
)
from tests.scenes.buses import EVENT, Callers, callers

SUBSCRIBERS = ("gp-portal", "crm")
OUTSIDE = (*map(subscriber, SUBSCRIBERS), *map(asker, ("ruth", "ben")))
EVERYBODY = {user.name: user for user in (*BUS_USERS, *OUTSIDE)}
CONSUMERS = (*FOLLOWERS, *SUBSCRIBERS)
API = "$JS.API."
OF_STREAMS = (
    *(f"STREAM.{verb}.{STREAM}" for verb in ("CREATE", "UPDATE", "DELETE", "PURGE", "INFO")),
    *(f"STREAM.{verb}.{STREAM}" for verb in ("SNAPSHOT", "RESTORE", "MSG.GET", "MSG.DELETE")),
    *(f"STREAM.{verb}.{STREAM}" for verb in ("LEADER.STEPDOWN", "PEER.REMOVE", "PEER.EVACUATE")),
    f"STREAM.CANCEL_MOVE.{STREAM}",
    *(f"STREAM.{verb}.OTHER" for verb in ("CREATE", "DELETE", "INFO", "MSG.GET")),
    *("STREAM.NAMES", "STREAM.LIST", "STREAM.TEMPLATE.NAMES", "STREAM.TEMPLATE.LIST"),
    *(f"STREAM.TEMPLATE.{verb}.OTHER" for verb in ("CREATE", "INFO", "DELETE")),
    f"DIRECT.GET.{STREAM}",
    f"DIRECT.GET.{STREAM}.{EVENT}",
    "DIRECT.GET.OTHER",
    *("INFO", "META.LEADER.STEPDOWN", "META.RESCUE", "SERVER.REMOVE", "SERVER.EVACUATE"),
    f"ACCOUNT.PURGE.{STREAMS_ACCOUNT}",
    *(f"ACCOUNT.STREAM.{verb}.{STREAMS_ACCOUNT}.{STREAM}" for verb in ("MOVE", "CANCEL_MOVE")),
    f"CONSUMER.CREATE.{STREAM}",
    f"CONSUMER.NAMES.{STREAM}",
    f"CONSUMER.LIST.{STREAM}",
)
OF_CONSUMERS = (
    *("CREATE.{}.{}", "CREATE.{}.{}.lt.event.>", "DURABLE.CREATE.{}.{}", "INFO.{}.{}"),
    *("DELETE.{}.{}", "MSG.NEXT.{}.{}", "RESET.{}.{}", "PAUSE.{}.{}", "UNPIN.{}.{}"),
    *("LEADER.STEPDOWN.{}.{}", "PEER.REMOVE.{}.{}", "PEER.EVACUATE.{}.{}"),
)
OF_SERVERS = ("ACCOUNTZ", "CONNZ", "KICK", "RELOAD", "VARZ", "IDZ", "LDM", "JSZ", "SUBSZ")
SAID = (
    *(f"{API}{verb}" for verb in OF_STREAMS),
    *(f"{API}CONSUMER.{one.format(STREAM, name)}" for one in OF_CONSUMERS for name in CONSUMERS),
    *(f"$JS.ACK.{STREAM}.{name}.1.1.1.1.1" for name in CONSUMERS),
    *(f"$JS.FC.{STREAM}.{name}.x" for name in CONSUMERS),
    *(f"$JS.SNAPSHOT.{verb}.{STREAM}.x" for verb in ("ACK", "RESTORE")),
    "$JS.EVENT.ADVISORY.API",
    *(f"$SRV.{verb}{who}" for verb in ("PING", "INFO", "STATS") for who in ("", ".commands")),
    *(f"$SYS.REQ.SERVER.x.{verb}" for verb in OF_SERVERS),
    *("$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.USER.INFO"),
    *("$SYS.REQ.ACCOUNT.LT.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.CLAIMS.UPDATE"),
    *(f"{OF_WORKERS}{one.name}.{name}" for one in CREW for name in (*one.asks, "cohort.plan")),
    *(f"{REQUESTS}cohort.plan", f"{OF_WORKERS}nobody.cohort.plan", "lt.other"),
    *(f"{QUERIES}cohort_board", f"{QUERIES}people.find", QUERIES.rstrip(".")),
    *(f"{inbox_prefix(name)}.x" for name in EVERYBODY),
    *("_INBOX.x", "_R_.x.y", EVENT, "lt.event.x.y"),
)
HEARD = (
    *dict.fromkeys(subject for user in EVERYBODY.values() for subject in user.subscribes),
    *(">", "*.>", "lt.>", "lt.event.>", "lt.command.>", "lt.system.policies.>", EVENT),
    *("lt.query.>", "lt.query.people"),
    *("$JS.>", "$JS.API.>", f"$JS.ACK.{STREAM}.>", "$SYS.>", "_INBOX.>", "_R_.>"),
)

Scene = Callable[[Callers], Awaitable[None]]


def may(patterns: tuple[str, ...], subject: str) -> bool:
    """Whether one of the patterns takes in a subject."""
    return any(covers(pattern, subject) for pattern in patterns)


def refused(complaints: list[str], deed: str, subjects: tuple[str, ...]) -> set[str]:
    """Those of the subjects that the server named in a refusal."""
    said = {one.partition(f'violation for {deed} "')[2].rpartition('"')[0] for one in complaints}
    return {subject for subject in subjects if subject.lower() in said}


def played(bus: Mapping[str, BusAddress], scene: Scene) -> None:
    """Play it with everybody, a stream of three events, and the consumers of those who follow."""

    async def play() -> None:
        async with callers(bus, *SUBSCRIBERS) as here:
            await scene(here)

    asyncio.run(play())
