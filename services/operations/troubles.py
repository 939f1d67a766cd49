"""What of all that `status` sees somebody has to look into, in a sentence each with what to do.

Judged by ages and deeds: what stands still for ten seconds though there is something to do is a
trouble, whatever its worker says of itself.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from services.crew import NAMES, carrier_of
from services.notices.ledger import LOST
from services.operations.bus import StreamState
from services.operations.database import Database, StandingOrder
from services.operations.places import age
from services.operations.standstill import STILL, beyond_the_log, of_worker
from services.operations.status import ENGINES, Look
from services.operations.words import ago, events, for_so_long
from services.stream.advice import SEE, WHAT_TO_DO

NOT_THE_LOG: Final = "The stream is not what the log is, so the relay has stopped."
SOON: Final = timedelta(days=30)  # from when on it is time for a new certificate
LITTLE_ROOM: Final = 64 * 2**20  # bytes: PostgreSQL asks for 16 MiB at a time
FAULTS: Final = {
    "away": "{problem} Start it, or correct its URL: the workers go on by themselves.",
    "unsafe": "{problem} The workers go on by themselves.",
    "refused": (
        "{problem} Correct the user or the password in its URL, or the seed; `leading-together"
        " provision` gives each role its rights, and what NATS users may stands in its"
        " configuration."
    ),
    "full": "{problem} Make room for it: until then nothing new is taken in.",
}


def troubles(seen: Look) -> list[str]:
    """What somebody has to look into, a sentence each; none if all is well."""
    found = [*_of_engines(seen), *_of_certificates(seen), *_of_the_disk(seen)]
    found += _of_the_stream(seen)
    if differs := apart(seen):
        found.append(" ".join([*differs, WHAT_TO_DO]))
    if seen.database:
        found += _of_the_clock(seen.database)
        found += (line for name in NAMES for line in of_worker(seen, seen.database, name))
        found += [*_of_messages(seen, seen.database), *_of_the_mailbox(seen, seen.database)]
        found += _of_orders(seen, seen.database)
    return found


def _of_engines(seen: Look) -> Iterator[str]:
    for engine, fault in seen.faults.items():
        words = FAULTS.get(fault.kind, "{problem}")
        yield words.format(problem=_named(ENGINES[engine], fault.problem))


def _of_certificates(seen: Look) -> Iterator[str]:
    for engine, end in seen.ends.items():
        if end - seen.at < SOON:
            yield (
                f"The certificate of {ENGINES[engine]} ends on {end:%-d %B %Y}, in"
                f" {(end - seen.at).days} days: have a new one made, and start {ENGINES[engine]}"
                " anew with it before."
            )


def _of_the_disk(seen: Look) -> Iterator[str]:
    if seen.free is not None and seen.free < LITTLE_ROOM:
        yield (
            f"The disk of the data folder has {seen.free / 2**20:,.0f} MiB left, and engines that"
            " have no room take nothing new: make room on it."
        )


def _named(engine: str, problem: str) -> str:
    """A problem on the way names no engine."""
    return problem if engine in problem else f"{engine}: {problem}"


def _of_the_stream(seen: Look) -> Iterator[str]:
    if seen.database and seen.database.saved_consumers:
        yield (
            "The stream is being made anew, or was not to its end: if nobody is at it, call"
            " `leading-together ops stream rebuild` again."
        )
        return
    if seen.bus and seen.bus.stream is None:
        yield "The stream is not there: run `leading-together provision`."
    elif seen.bus and seen.bus.stream:
        yield from _of_its_messages(seen.bus.stream)


def _of_its_messages(stream: StreamState) -> Iterator[str]:
    if stream.lost:
        yield (
            f"The stream has lost {stream.lost} of its {events(stream.last)}; its first is"
            f" {stream.first}. The log has them still, and our workers miss nothing; subscribers"
            f" may. {SEE} If nothing differs but what is missing, `leading-together ops stream"
            " rebuild --log-is-right` makes it anew."
        )
    if stream.otherwise:
        yield (
            f"The stream is configured otherwise than it was made ({', '.join(stream.otherwise)}),"
            " and by that may lose messages, or take none. Set it back with `nats stream edit"
            " EVENTS`; `leading-together ops stream rebuild` makes it anew as it should be."
        )


def apart(seen: Look) -> list[str]:
    """Where stream, log and places differ, a sentence each; what to do is the same for all."""
    is_anew = seen.database and seen.database.saved_consumers
    found = [NOT_THE_LOG] if seen.is_the_log is False and not is_anew else []
    return [*found, *beyond_the_log(seen, seen.places)]


def _of_the_clock(database: Database) -> Iterator[str]:
    if database.ahead > STILL:
        yield (
            f"The last event bears a time {for_so_long(database.ahead)} ahead of the database's"
            " clock, and so does all that happens until then: set the clocks of `commands` and"
            " PostgreSQL right."
        )


def _of_messages(seen: Look, database: Database) -> Iterator[str]:
    if number := sum(one.dead + one.waiting for one in database.letters):
        oldest = min(one.oldest for one in database.letters)
        yield (
            f"Events not taken in: {number}, the oldest {ago(age(oldest, seen.at))}."
            " See `leading-together ops dead-letters`."
        )
    for one in database.notices:
        waited = age(one.oldest, seen.at) or 0.0
        if one.state in LOST:
            yield (
                f"Notices {one.state}: {one.number}, the oldest due {ago(waited)}."
                " See `leading-together ops dead-letters`."
            )
        elif one.state in ("due", "sending") and waited > STILL:
            yield from _late_notices(database, one.state, one.number, waited)


def _late_notices(database: Database, state: str, number: int, waited: float) -> Iterator[str]:
    for_long = f"Notices {state}: {number}, the oldest for {for_so_long(waited)}"
    if state == "sending":
        yield f"{for_long}: whoever is sending them has frozen, or the mail server is slow."
    elif database.problem:
        yield f"{for_long}: {database.problem}. They are tried again by themselves, for three days."
    elif "notifier" not in database.paused:
        yield f"{for_long}, and nobody has tried to send them: see the log of notifier."


def _of_the_mailbox(seen: Look, database: Database) -> Iterator[str]:
    if (mailbox := database.mailbox) and mailbox.problem:
        for_long = for_so_long(age(mailbox.since, seen.at) or 0.0)
        yield (
            f"Letters that came back are not seen, for {for_long}: {mailbox.problem}. It is tried"
            " again each minute, and nothing of the last two weeks is missed."
        )


def _of_orders(seen: Look, database: Database) -> Iterator[str]:
    for one in database.orders:
        waited = age(one.given_at, seen.at) or 0.0
        if waited > STILL and not _moves(one, seen):
            yield (
                f"Order {one.number} ({one.verb} of {one.worker}) is not carried out,"
                f" {for_so_long(waited)} after it was given: {carrier_of(one.worker)} has to do it."
            )


def _moves(one: StandingOrder, seen: Look) -> bool:
    """Whether something of an order, or of one to the same worker, was done a moment ago."""
    carrier = carrier_of(one.worker)
    orders = seen.database.orders if seen.database else []
    last = [other.moved_at for other in orders if carrier_of(other.worker) == carrier]
    last += [lag.moved_at for lag in seen.of(carrier) if lag.kind == "new build"]
    return any(at and (age(at, seen.at) or 0.0) <= STILL for at in last)
