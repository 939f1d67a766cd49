"""The faults: each takes some seconds, and leaves the mending to the system itself.

Only a stray message and a spoiled read model need an operator, who is played here by `ops`.
"""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

import psycopg
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from services.crew import FOLLOWERS, NAMES, STREAM, WITH_CHECKPOINT
from services.stream.connections import connected
from tests.chaos import mail, proxy
from tests.chaos.crew import SUBSCRIBER, Crew, NatsFolder
from tests.chaos.watched import SILENT, STANDING
from tests.scenes import watching

PLACES: Final = ("postgres", "nats", "mail", *NAMES, "client")
NEXT: Final = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}"
QUEUE: Final = 25  # requests of a thief that wait before those of the worker come round again
KEYS: Final = ("epoch", "audiences", "master")
NORMAL, HEAVY = "normal", "heavy"


class Fault(NamedTuple):
    """`weight` heavy: it takes the system long to recover, so it is not chosen often."""

    name: str
    make: Callable[[Crew, Random], Awaitable[None]]
    weight: str = NORMAL


async def killed(worker: str, crew: Crew, _: Random) -> None:
    crew.processes[worker].kill()


async def told_to_stop(worker: str, crew: Crew, _: Random) -> None:
    crew.processes[worker].terminate()


async def frozen(worker: str, crew: Crew, random: Random) -> None:
    process = crew.processes[worker]
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(random.uniform(1, 6))
    process.send_signal(signal.SIGCONT)


async def doubled(worker: str, crew: Crew, random: Random) -> None:
    """A second copy for a while, and then killed."""
    second = crew.spawn(worker)
    crew.seconds.append(second)
    await asyncio.sleep(random.uniform(4, 8))
    second.kill()
    await asyncio.to_thread(second.wait)


async def engine_killed(engine: str, number: signal.Signals, crew: Crew, _: Random) -> None:
    if pid := crew.leader(engine):
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(pid, number)


async def engine_frozen(engine: str, crew: Crew, random: Random) -> None:
    """All its processes stop where they are, for a while."""
    with watching.frozen(crew.data, engine):
        await asyncio.sleep(random.uniform(1, 4))


async def cut(place: str, crew: Crew, _: Random) -> None:
    """All connections to an engine, or of a worker, are dropped."""
    for way in crew.ways(place):
        way.cut()


async def half_closed(place: str, crew: Crew, _: Random) -> None:
    for way in crew.ways(place):
        way.half_close()


async def in_mode(place: str, mode: str, crew: Crew, random: Random) -> None:
    for way in crew.ways(place):
        way.mode = mode
    await asyncio.sleep(random.uniform(1, 5))
    for way in crew.ways(place):
        way.mode = proxy.OPEN
        if mode == proxy.REFUSING:
            way.cut()


async def ill(mode: str, crew: Crew, random: Random) -> None:
    crew.mail.mode = mode
    await asyncio.sleep(random.uniform(2, 5))
    crew.mail.mode = mail.WELL


async def mail_away(crew: Crew, random: Random) -> None:
    await asyncio.to_thread(crew.mail.stop)
    await asyncio.sleep(random.uniform(1, 4))
    await asyncio.to_thread(crew.mail.start)


async def quota(crew: Crew, random: Random) -> None:
    """The stream may not grow for a while."""
    async with owner(crew) as client:
        config = (await client.jetstream().stream_info(STREAM)).config
        state = (await client.jetstream().stream_info(STREAM)).state
        config.max_bytes = max(state.bytes, 1)
        await client.jetstream().update_stream(config)
        await asyncio.sleep(random.uniform(2, 5))
        config.max_bytes = -1
        await client.jetstream().update_stream(config)


async def stolen(worker: str, crew: Crew, random: Random) -> None:
    """Messages of a worker are taken away by somebody else: terminated, or acknowledged."""
    await steal(worker, crew, random.uniform(1, 3))


async def steal(worker: str, crew: Crew, seconds: float) -> None:
    """Wait in the queue of who asks for messages, at many places at once."""
    thief = await connected(worker, crew.engines.nats[worker])
    try:
        subscription = await thief.jetstream().pull_subscribe_bind(worker, stream=STREAM)
        deadline = asyncio.get_running_loop().time() + seconds
        wanted = json.dumps({"batch": 1, "expires": int(seconds * 1e9)}).encode()
        for _ in range(QUEUE):
            await thief.publish(f"{NEXT}.{worker}", wanted, reply=subscription._deliver)
        number = 0
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError, NatsError):
                message = await subscription._sub.next_msg(left)
                if message.reply:
                    number += 1
                    await (message.term() if number % 2 else message.ack())
        await thief.flush()
    finally:
        await thief.close()


async def garbage(crew: Crew, random: Random) -> None:
    """Requests that are none, and more of them than can be answered at once."""
    client = await connected("client", crew.engines.nats["client"])
    try:
        for number in range(500):
            body = random.randbytes(
                random.choice([0, 10, 1000, 100_000 if number % 50 == 0 else 1])
            )
            with suppress(NatsError):
                await client.publish("lt.command.person.register", body, reply=client.new_inbox())
        await client.flush()
    finally:
        await client.close()


async def stray(crew: Crew, _: Random) -> None:
    """A message that is no event, by somebody with the relay's rights; then an operator."""
    client = await connected("relay", crew.engines.nats["relay"])
    try:
        await client.jetstream().publish("lt.event.person.registered", b'{"stray": true}')
    finally:
        await client.close()
    await asyncio.sleep(2)
    await stream_rebuilt(crew)


async def stream_rebuilt(crew: Crew) -> None:
    """As the alarm says; the engines may be away just now, so more than once."""
    words = ("stream", "rebuild", "--log-is-right", "--reason", "a stray message", "--yes")
    for _ in range(20):
        done = await crew.ops(*words)
        if done.returncode in (0, 1) and b"half-way" not in done.stderr:
            verified = await crew.ops("stream", "verify")
            if verified.returncode == 0:
                return
        await asyncio.sleep(1)
    raise AssertionError(f"the stream could not be made anew: {done.stderr!r}")


async def spoiled(crew: Crew, random: Random) -> None:
    """A bug in a fold is deployed, and some time later mended; `redriven` follows at the end."""
    crew.launched["projector"] = "bug"
    crew.processes["projector"].terminate()
    await asyncio.sleep(random.uniform(6, 10))
    crew.launched.pop("projector", None)
    crew.processes["projector"].terminate()
    await asyncio.sleep(4)
    await crew.ops("redrive", "--worker", "projector", "--reason", "mended", "--yes", "--no-wait")


async def of_another_time(worker: str, how: str, crew: Crew, random: Random) -> None:
    """A worker's clock jumps, and some time later is put right."""
    crew.launched[worker] = how
    crew.processes[worker].terminate()
    await asyncio.sleep(random.uniform(5, 9))
    crew.launched.pop(worker, None)
    crew.processes[worker].terminate()


async def replayed(crew: Crew, _: Random) -> None:
    """An operator lets all with a checkpoint take in everything again: nothing may be repeated."""
    for worker in WITH_CHECKPOINT:
        done = ("--from", "1", "--effects", "only-missing", "--reason", "to be sure", "--yes")
        await crew.ops("replay", worker, *done)


async def rebuilt(crew: Crew, random: Random) -> None:
    name = random.choice(["application_queue", "journey", "agenda"])
    await crew.ops("rebuild", name, "--no-wait", "--reason", "to be sure")


async def turned(what: str, crew: Crew, _: Random) -> None:
    """The vault's keys are turned; the database may be away just now, so more than once."""
    for _attempt in range(30):
        done = await crew.vault("rotate", what)
        if done.returncode == 0:
            return
        await asyncio.sleep(1)
    raise AssertionError(f"the {what} could not be turned: {done.stderr!r}")


async def turning_killed(crew: Crew, random: Random) -> None:
    """Whoever turns the keys is killed at some moment, and it is finished by the same again."""
    turning = crew.vault_begun("rotate", "epoch")
    await asyncio.sleep(random.uniform(0.8, 2.5))
    turning.kill()
    await asyncio.to_thread(turning.wait)
    await turned("epoch", crew, random)


async def rested(worker: str, crew: Crew, random: Random) -> None:
    await crew.ops("pause", worker, "--reason", "a rest")
    await asyncio.sleep(random.uniform(1, 3))
    for _ in range(20):
        if (await crew.ops("resume", worker, "--reason", "enough")).returncode == 0:
            return
        await asyncio.sleep(1)


def lost_tail(older: NatsFolder) -> Fault:
    """JetStream comes back with the files that it had some seconds ago."""

    async def make(crew: Crew, random: Random) -> None:
        await asyncio.to_thread(older.copy, crew.leader("nats"))
        await asyncio.sleep(random.uniform(2, 5))
        older.put_back = True
        await engine_killed("nats", signal.SIGKILL, crew, random)

    return Fault("lost tail of the stream", make, HEAVY)


@asynccontextmanager
async def owner(crew: Crew) -> Any:
    client: Client = await connected("owner", crew.engines.nats["owner"])
    try:
        yield client
    finally:
        await client.close()


AWAY: Final = (OSError, TimeoutError, NatsError, JetStreamError, psycopg.Error)


def all_faults(older: NatsFolder) -> Sequence[Fault]:
    """Every kind there is."""
    found = [
        Fault(f"{what.__name__.replace('_', ' ')}: {worker}", partial(what, worker))
        for worker in NAMES
        for what in (killed, told_to_stop, frozen, doubled)
    ]
    found += [
        Fault(f"{what.__name__}: {SUBSCRIBER}", partial(what, SUBSCRIBER))
        for what in (killed, frozen)
    ]
    found += [
        Fault(f"{what.__name__.replace('_', ' ')}: {place}", partial(what, place))
        for place in PLACES
        for what in (cut, half_closed)
    ]
    found += [
        Fault(f"{mode}: {place}", partial(in_mode, place, mode))
        for place in PLACES
        for mode in (proxy.REFUSING, proxy.SLOW, proxy.SILENT)
    ]
    found += [
        Fault("killed: nats", partial(engine_killed, "nats", signal.SIGKILL)),
        Fault("told to stop: nats", partial(engine_killed, "nats", signal.SIGTERM)),
        Fault("killed: postgres", partial(engine_killed, "postgres", signal.SIGKILL), HEAVY),
        Fault("crashed: postgres", partial(engine_killed, "postgres", signal.SIGQUIT), HEAVY),
        Fault("told to stop: postgres", partial(engine_killed, "postgres", signal.SIGINT), HEAVY),
        *(Fault(f"frozen: {one}", partial(engine_frozen, one)) for one in ("nats", "postgres")),
        *(Fault(f"mail: {mode}", partial(ill, mode)) for mode in MAIL_ILLS),
        Fault("mail server away", mail_away),
        Fault("quota of the stream", quota),
        *(Fault(f"messages stolen: {worker}", partial(stolen, worker)) for worker in FOLLOWERS),
        Fault("garbage at the door", garbage),
        *(Fault(f"stood still: {one}", make) for one, make in STANDING.items()),
        *(Fault(f"typed while frozen: {one}", make, HEAVY) for one, make in SILENT.items()),
        Fault("stray message in the stream", stray, HEAVY),
        Fault("bug in a fold", spoiled, HEAVY),
        Fault("replay of everything", replayed, HEAVY),
        *(
            Fault(f"clock {how}: {worker}", partial(of_another_time, worker, how))
            for worker, ways in CLOCKS.items()
            for how in ways
        ),
        Fault("rebuild of a read model", rebuilt, HEAVY),
        *(Fault(f"keys turned: {what}", partial(turned, what), HEAVY) for what in KEYS),
        Fault("turning of keys killed", turning_killed, HEAVY),
        *(Fault(f"rested: {worker}", partial(rested, worker)) for worker in ("relay", "notifier")),
        lost_tail(older),
    ]
    return found


CLOCKS: Final = {
    "scheduler": ("ahead-days", "behind-days"),
    "commands": ("ahead", "behind"),
    "notifier": ("behind-days",),
}
MAIL_ILLS: Final = (mail.NOT_NOW, mail.SWALLOWS, mail.TAKES_AND_GOES)
