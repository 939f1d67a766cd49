"""The eventsourcing library's own DCB recorder, and decisions taken over it as it is meant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import psycopg
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBRecorder,
)
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresDatastore

from domain.deciding import decided, known_for
from domain.decision import K, Refusal
from events.catalogue import CATALOGUE, decode
from events.envelope import encode, head_of
from events.ids import derived_uuid
from services.engines.addresses import Engines
from services.log.wishes import Accepted, Answer, Refused, Wish
from services.log.writer import REUSED
from services.log.written import Written
from tests.races.contenders import Contender
from tests.scenes.world import NOON


@contextmanager
def recorder_on(engines: Engines, connections: int = 10) -> Iterator[DCBRecorder]:
    at = urlsplit(engines.programme["commands"])
    datastore = PostgresDatastore(
        at.path[1:],
        at.hostname or "",
        at.port or 5432,
        at.username or "",
        at.password or "",
        pool_size=connections,
    )
    with datastore:
        yield PostgresDCBRecorderTT(datastore)


class LibrarysDecider:
    """Reads what a command needs, decides, appends on condition; overtaken, it begins again."""

    def __init__(self, recorder: DCBRecorder) -> None:
        self._recorder = recorder

    def decide(self, group: Sequence[Wish]) -> None:
        for wish in group:
            while not self._decided(wish):
                pass

    def _decided(self, wish: Wish) -> bool:
        """False if another was faster."""
        known = _Known(self._recorder)
        if answer := known.before(wish):
            wish.answer = answer
            return True
        try:
            facts = decided(wish.command, wish.act, known_for(wish.command, known))
        except Refusal as refusal:
            refused = Refused(code=refusal.code, sentence=refusal.sentence)
            wish.answer = known.before(wish) or refused
            return True
        events = [_stored(fact, number, wish) for number, fact in enumerate(facts)]
        if not events:
            wish.answer = known.before(wish) or Accepted()
            return True
        try:
            self._recorder.append(events, known.condition)
        except IntegrityError:
            return False
        wish.answer = known.before(wish)
        return True


class _Known:
    """Knowledge as the recorder tells it, and the condition under which it still holds."""

    def __init__(self, recorder: DCBRecorder) -> None:
        self._recorder = recorder
        self._items: list[DCBQueryItem] = []
        self._head: int | None = None

    def __call__(self, wanted: K) -> K:
        if None not in wanted.tags:
            types = [fact.wire_name() for fact in wanted.facts]
            for event in self._read(DCBQueryItem(types, [str(tag) for tag in wanted.tags])):
                wanted.learn(decode(event.data).event)
        return wanted

    @property
    def condition(self) -> DCBAppendCondition:
        return DCBAppendCondition(DCBQuery(self._items), self._head)

    def before(self, wish: Wish) -> Answer | None:
        """The answer that the command had, if it was accepted."""
        own = DCBQueryItem([], [wish.act.command_id])
        stored = list(self._recorder.read(DCBQuery([own])))
        if not stored:
            self._read(own)
            return None
        origins = (decode(one.event.data).envelope.origin for one in stored)
        if any(one.digest != digest_of(wish) for one in origins):
            return REUSED
        return Accepted(written=tuple(_written(one.position, one.event) for one in stored))

    def _read(self, item: DCBQueryItem) -> list[DCBEvent]:
        self._items.append(item)
        reading = self._recorder.read(DCBQuery([item]))
        found = [one.event for one in reading]
        if len(self._items) == 1:  # what is read later must not have changed since
            self._head = reading.head
        return found


def digest_of(wish: Wish) -> str:
    """What is the same for wishes of the same content; it keeps no secret here."""
    return sha256(wish.content).hexdigest()[:32]


def _stored(fact: Any, number: int, wish: Wish) -> DCBEvent:
    event_id = str(derived_uuid(wish.act.time, wish.act.command_id, "event", str(number)))
    origin = wish.origin._replace(digest=digest_of(wish))
    body = head_of(0, 0, NOON) + encode(fact, event_id, origin)
    return DCBEvent(fact.wire_name(), body, [*fact.tags(), wish.act.command_id])


def _written(position: int, event: DCBEvent) -> Written:
    subject = decode(event.data).envelope.subject
    return Written(position=position, name=CATALOGUE[event.type].name, subject=subject)


@contextmanager
def decider_on(engines: Engines) -> Iterator[LibrarysDecider]:
    with recorder_on(engines, 1) as recorder:
        yield LibrarysDecider(recorder)


def prepare(engines: Engines) -> None:
    """Its tables and functions. It wants the schema that comes first, whatever it is told."""
    with psycopg.connect(engines.programme["owner"], autocommit=True) as owner:
        owner.execute("GRANT ALL ON SCHEMA public TO commands")
    with recorder_on(engines) as recorder:
        assert isinstance(recorder, PostgresDCBRecorderTT)
        recorder.create_table()


LIBRARY = Contender("library", recorder_on, decider_on, prepare, settles=False)
