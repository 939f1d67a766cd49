"""Who is let in at the door for what: the whole matrix on paper, and a sample on a real bus."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from domain.catalogue import COMMANDS, INSIDE
from domain.decision import Act, Refusal
from domain.roles.acting import authorised
from domain.roles.authority import Authority
from events.event import Event
from events.ids import CommandId, ContactId
from events.terms import NEWCOMER, Role, System
from services.crew import OF_WORKERS, REQUESTS
from services.door import wire
from services.door.asking import ask
from services.door.replies import Reply
from services.door.wire import Malformed, act_of, parse
from services.engines.addresses import Engines
from services.identity.comers import Comer
from services.identity.refusals import NotIdentified
from services.stream.connections import connected
from tests.domain.test_wishes_after_an_erasure import wish_about
from tests.scenes.cast import ADA
from tests.scenes.erased import once_erased
from tests.scenes.given import person
from tests.scenes.history import happened
from tests.scenes.rights import ASKS, Judge, Somebody, everybody, facts_of
from tests.scenes.team import RUTH, in_office
from tests.scenes.tokens import STRANGER, ask_as
from tests.scenes.world import NOON, a_plan, door_on, station
from tests.services.operations.test_check import sealed_in

KINDS = {**COMMANDS, **INSIDE}
NAMES = (*KINDS, "no.such-command")
COMERS = {
    "none": None,
    "stranger": Comer(None, "trust", "c" * 64, "stranger_x"),
    "person": Comer(RUTH, "own", "c" * 64, RUTH),
}
OTHERS = (*System, "nobody")
"""Whose subjects there are none of, but for two who are of the crew too."""


def bodies() -> dict[str, bytes]:
    """What a well-formed wish of each kind looks like."""
    wishes = {name: wish_about(kind, ADA) for name, kind in KINDS.items()}
    return {name: wishes[name].model_dump_json(exclude_unset=True).encode() for name in wishes}


BODIES = {**bodies(), "no.such-command": b"{}"}


def let_in(name: str, worker: str | None, comer: str, said: bytes = b"") -> str:
    """What the door says before anybody looks by what right: `in`, or a code or status."""
    subject = f"{OF_WORKERS}{worker}." if worker is not None else REQUESTS
    body = b'{"data": %b%b}' % (BODIES[name], said)
    try:
        parsed = parse(f"{subject}{name}", body, COMERS[comer])
        act = act_of(parsed, NOON, CommandId.derived(NOON, name))
    except Malformed as malformed:
        return malformed.reply.status
    except (NotIdentified, Refusal) as refusal:
        return refusal.code
    known = f"system:{worker}" if worker is not None else {"person": RUTH}.get(comer, NEWCOMER)
    assert act.actor == known
    return "in"


def differing(judge: Judge) -> Iterator[Any]:
    """The cells in which the door says something else than the judge."""
    who = [(None, one) for one in COMERS] + [(it, "none") for it in dict.fromkeys([*ASKS, *OTHERS])]
    for name in NAMES:
        for worker, comer in who:
            is_so, should = let_in(name, worker, comer), judge.lets_in(name, worker, comer)
            if is_so != should:
                yield name, worker, comer, is_so, should


def test_the_door_lets_in_whom_the_tables_name_and_nobody_else() -> None:
    assert list(islice(differing(Judge()), 5)) == []


def test_whatever_a_worker_asks_for_it_may() -> None:
    """What the crew says and what commands say are one."""
    know = once_erased()
    for worker, names in ASKS.items():
        for name in names:
            wish: Any = wish_about(COMMANDS[name], ADA)
            act = Act(CommandId.derived(NOON, name), NOON, f"system:{worker}", Role.SYSTEM)
            assert authorised(wish, act, Authority(None), wish.needs(know)).role is Role.SYSTEM


CLAIMS: Mapping[str, tuple[str, bytes]] = {
    "to be somebody": ("person", b', "actor": "%b"' % ADA.encode()),
    "to be a worker": ("person", b', "actor": "system:policies"'),
    "to act as one": ("person", b', "role": "system"'),
    "that it was earlier": ("person", b', "time": "2024-09-01T10:00:00Z"'),
    "that it was earlier, as a participant": (
        "person",
        b', "role": "participant", "time": "2024-09-01T10:00:00Z", "reason": "paper.form"',
    ),
    "to be in the future": (
        "person",
        b', "time": "2034-09-01T10:00:00Z", "reason": "paper.form"',
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_nothing_that_somebody_claims_lets_them_in(claim: str) -> None:
    comer, said = CLAIMS[claim]
    for name in COMMANDS:
        assert let_in(name, None, comer, said) == "invalid", name
    for worker, names in ASKS.items():
        for name in names if claim.startswith("to") else ():
            assert let_in(name, worker, "none", said) == "invalid", name


@pytest.mark.parametrize(
    ("worker", "asks"),
    [
        ("system:policies", {*ASKS["policies"], "cohort.plan"}),
        ("system:policies", {*ASKS["policies"]} - {"reserve.promote"}),
        ("system:scheduler", ASKS["policies"]),
        ("system:projector", {"cohort.plan"}),
        ("system:command-line", {"role.grant"}),
    ],
)
def test_a_changed_cell_is_seen(
    monkeypatch: pytest.MonkeyPatch, worker: str, asks: set[str]
) -> None:
    monkeypatch.setitem(wire.ASKED_BY, worker, frozenset(asks))
    assert next(differing(Judge()), None)


OF_WHO_ASKS = (
    "acting.role-",
    "acting.not-your-role",
    "acting.nobody-asked",
    "identity.not-tied",
    "identity.missing",
)


class There(NamedTuple):
    """Somebody who is on the real log, and what they may and may not."""

    of: Somebody
    may: str
    may_not: str


def history() -> Iterator[Event]:
    """What the wishes are about; without runs, which have parts beside the log."""
    yield from in_office()
    yield from (fact for fact in happened() if not fact.name.startswith("matching."))


def people() -> Iterator[There]:
    """Everybody of the matrix who comes by our own issuer, each as a person of their own."""
    names = [name for name in COMMANDS if not name.startswith("matching.")]
    judge, wishes = Judge(), {name: wish_about(COMMANDS[name], ADA) for name in names}
    for number, one in enumerate(everybody()):
        if not one.actor.startswith("person_") or one.tie or one.actor == ADA:
            continue
        of = replace(one, actor=person(f"{number} {one.name}"))
        answers = {name: len(judge.answer(wish, of)) for name, wish in wishes.items()}
        may, may_not = ([it for it in answers if answers[it] == long] for long in (2, 1))
        yield There(of, may[number % len(may)], may_not[number % len(may_not)])


def is_refused(reply: Reply) -> str | None:
    """By which code, if it is because of who asks, and not of whom they speak."""
    return reply.code if (reply.code or "").startswith(OF_WHO_ASKS) else None


def test_everybody_is_answered_at_a_real_door_as_the_matrix_says(
    fresh: Engines, tmp_path: Path
) -> None:
    there, judge = list(people()), Judge()
    recorded = [fact for one in there if one.of.name != "nobody" for fact in facts_of(one.of)]
    sealed_in(fresh, *history(), *recorded)

    async def tries(client: Client, one: There, name: str) -> Any:
        body = b'{"data": %b}' % BODIES[name]
        reply = await ask_as(client, one.of.actor, name, body)
        assert reply.status in {"accepted", "refused"}, (one.of.name, name, reply)
        answer = judge.answer(wish_about(COMMANDS[name], ADA), one.of)
        should = answer[0] if len(answer) == 1 else None
        return None if is_refused(reply) == should else (one.of.name, name, reply.code, should)

    async def scene() -> list[Any]:
        async with door_on(station(fresh, tmp_path)) as client:
            for who in (STRANGER, ContactId.derived(NOON, "a host")):
                assert is_refused(await ask_as(client, who, "cohort.plan", {"data": a_plan()}))
                said = {"full_name": "Ada", "email": "ada@example.org"}
                reply = await ask_as(client, who, "person.register", {"data": said})
                assert reply.status == "accepted"
            reply = await ask(client, "person.register", {"data": said})
            assert reply.code == "identity.missing"
            wishes = [(one, name) for one in there for name in (one.may, one.may_not)]
            return await asyncio.gather(*(tries(client, *it) for it in wishes))

    assert [one for one in asyncio.run(scene()) if one] == []


def test_each_worker_is_heard_at_a_real_door_for_what_it_has_to_do(
    fresh: Engines, tmp_path: Path
) -> None:
    sealed_in(fresh, *history())

    async def tries(worker: str) -> None:
        client = await connected(worker, fresh.nats[worker], error_cb=_quiet)
        try:
            for name in sorted(ASKS[worker]):
                body = b'{"data": %b}' % BODIES[name]
                reply = await ask(client, name, body, worker=worker)
                assert reply.status in {"accepted", "refused"}, (name, reply)
                assert not is_refused(reply)
            for subject in (f"{OF_WORKERS}{worker}.cohort.plan", f"{REQUESTS}cohort.plan"):
                with pytest.raises(NatsError):  # the bus itself takes it from nobody
                    await client.request(subject, b'{"data": {}}', timeout=0.3)
        finally:
            await client.close()

    async def scene() -> None:
        async with door_on(station(fresh, tmp_path)):
            by_themselves = (worker for worker in ASKS if worker not in {"commands", "web"})
            await asyncio.gather(*map(tries, by_themselves))

    asyncio.run(scene())


async def _quiet(_: Exception) -> None:
    """That something is refused is what is tried."""
