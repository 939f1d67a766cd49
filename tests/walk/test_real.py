"""A walk once more, on the real log with the real vault: the same answers, facts, read models."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from random import Random
from typing import Any, Final

import psycopg

from events.catalogue import Recorded, decode
from events.event import Event
from events.ids import PersonId
from events.personal import Beside
from projections.catalogue import ALL
from services.engines.addresses import Engines
from services.log.log import Log, Stored, turn, write
from services.log.wishes import Wish
from services.log.writer import Writer
from services.read_models.builds import view
from services.read_models.looking import look_at
from services.vault.opening import opened
from services.vault.vault import Vault
from services.workers.projector import Projector
from tests.scenes.world import KEYS
from tests.walk.beginning import Script
from tests.walk.door import in_short, twin
from tests.walk.followers import RowKey
from tests.walk.keys import PlainVault
from tests.walk.team import TEAM
from tests.walk.walk import Walk, begun, walking
from tests.walk.world import Happened, World

SEED: Final = 2
STEPS: Final = 300
LITTLE: Final = 20
"""Steps after two were merged, and after they were parted."""
ANEW: Final = 60  # commands that one process decides
HIDDEN: Final = "hidden_"


def story() -> list[Happened]:
    """The beginning of most walks, and a walk from there, in which somebody is erased at last."""
    beginning = World(Random(0))
    Script(beginning, "two").two_cohorts()
    walk = begun(SEED)
    walk.run(STEPS)
    kept, other = _still_there(walk)[-3:-1]
    for name, given in (
        ("person.merge", {"person_id": kept, "merged_id": other}),
        ("person.part", {"merged_id": other}),
        ("person.merge", {"person_id": kept, "merged_id": other}),
    ):
        walk.send(walk.lives.wishes.asked(name, given=given))
        walk.run(LITTLE)
    walk.erase(_still_there(walk)[-1])
    return [*beginning.story[beginning.assembled :], *walk.story[walk.assembled :]]


def _still_there(walk: Walk) -> list[PersonId]:
    """Who registered, and was not erased on the way."""
    return [one for one in walk.lives.registered if one not in walk.anew.erased]


class RealWriter:
    """The writer on engines, whose process is another one now and then."""

    def __init__(self, engines: Engines, world: World) -> None:
        self._engines, self._world, self._decided = engines, world, 0
        self._begin()

    def _begin(self) -> None:
        self._vault = Vault(self._engines.vault["commands"], KEYS)
        url = self._engines.programme["commands"]
        self._writer = Writer(url, self._vault, self._world.clock)

    def close(self) -> None:
        self._writer.close()
        self._vault.close()

    def decide(self, wish: Wish) -> None:
        self._decided += 1
        if self._decided % ANEW == 0:
            self.close()
            self._begin()
        while wish.answer is None:  # what is heavy comes in parts
            self._writer.decide([wish])

    def assemble(self, story: list[Happened]) -> None:
        """Those who run the programme come here as well."""
        self._vault.welcome(TEAM)
        for one in story:
            known = one.outside or (one.asked and self._world.door.wish(one.asked))
            assert known
            self.decide(twin(known))

    def erase(self, ids: Sequence[str]) -> None:
        """By somebody who is no writer, as it was done in one process just now."""
        with closing(Vault(self._engines.vault["owner"], KEYS)) as owners:
            for one in ids:
                assert owners.destroy(PersonId(one))
        url = self._engines.programme["commands"]
        with psycopg.connect(url, autocommit=True) as connection, turn(connection) as my:
            write(my, self._world.log.rows[-len(ids) :])


def told(world: World, real: RealWriter, happened: list[Happened]) -> Iterator[tuple[Wish, Wish]]:
    """Each wish of a story as it was answered in one process, and on engines."""
    real.assemble(world.story)
    for one in happened:
        world.clock.moment = one.moment
        if one.asked is not None:
            asked = twin(world.door.wish(one.asked))
            (ours,) = world.send_together([one.asked])
            real.decide(asked)
            yield ours, asked
        elif one.erased is not None:
            world.erase(one.erased)
            real.erase(world.anew.one_person.ids(one.erased))
        elif one.outside is not None:
            real.decide(twin(one.outside))


def rows_of(engines: Engines) -> list[Stored]:
    with closing(Log(engines.programme["home"], connections=1)) as log:
        return list(log.pages(0, log.head()))


def shown(fact: Recorded[Event], vault: Vault) -> Any:
    """What a fact says to whoever holds the keys, and who brought it about."""
    said = opened(fact.event.model_dump(mode="json"), vault)
    beside = [name for name, one in fact.event if isinstance(one, Beside)]
    envelope = fact.envelope
    here = (envelope.id, envelope.type, envelope.previous, envelope.origin._replace(digest=""))
    return here, {name: one for name, one in said.items() if name not in beside}


def test_the_real_log_answers_and_shows_the_same(fresh: Engines) -> None:
    with walking():
        happened = story()
        world = World(Random(0))
        with closing(RealWriter(fresh, world)) as real:
            for ours, theirs in told(world, real, happened):
                assert ours.answer == theirs.answer, in_short(theirs.answer)
    rows = rows_of(fresh)
    assert [names(one) for one in rows] == [names(one) for one in world.log.rows]
    with closing(Vault(fresh.vault["home"], KEYS)) as vault:
        plain = PlainVault(world.store)
        for row, fact in zip(rows, world.log.facts, strict=True):
            assert shown(decode(row.document), vault) == shown(fact, plain)
        projected(fresh, world, vault)


def names(row: Stored) -> tuple[int, str, list[str]]:
    """A row but for what is sealed: a keyed tag leads to the same, and is another one here."""
    return row.position, row.type, [HIDDEN if one.startswith(HIDDEN) else one for one in row.tags]


def projected(engines: Engines, world: World, vault: Vault) -> None:
    """The real read models say what those in one process say."""
    world.follow(at_once=True)
    with closing(Projector(engines.programme["projector"], world.clock)) as projector:
        projector.prepare()
        projector.take(world.log.head)
    plain = PlainVault(world.store)
    with psycopg.connect(engines.programme["console"]) as connection:
        for one in ALL:
            real = {
                row.pop("key"): row for row in look_at(connection, view(one.name), one, {}, vault)
            }
            keys = [RowKey(one, key) for key in world.projector.rows[one.name]]
            seen = {it.key: world.projector.shown(it, plain) for it in keys}
            assert real == {key: row for key, row in seen.items() if row is not None}
