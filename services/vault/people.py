"""Who somebody is, by address, number and name, and how people are found again.

What is kept is a card for each person, sealed under their key, and what can be found: keyed digests
of how they are reached, and keyed words. Both are keyed by the epoch, so they say nothing once it
ended. Here stands all SQL on `vault.people` and `vault.identities`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, LiteralString, NamedTuple

import psycopg
import structlog

from events.addresses import one_spelling
from services.engines import together
from services.engines.connections import KeptConnections
from services.engines.together import BYTEAS, TEXTS
from services.patience import NO_END, must_be_before
from services.vault.arrivals import Arrival, Meeting
from services.vault.cards import opened_card, sealed_card
from services.vault.epochs import derived
from services.vault.fitting import FoundPerson, best_fits
from services.vault.keys import Keys, LostKey, Version
from services.vault.words import Card, findable, keyed, same_name, sought

logger = structlog.get_logger()
Unopened = LostKey | ValueError
FEW: Final = 50  # people who are found at once, if nobody wishes more
KNOWN_BY: Final = together.Statement(
    "SELECT digest, person, named FROM vault.identities WHERE digest = ANY($1) ORDER BY person",
    (BYTEAS,),
)
NEW_CARDS: Final = together.Statement(
    "INSERT INTO vault.people (person, card) SELECT * FROM unnest($1, $2)", (TEXTS, BYTEAS)
)
NEW_IDENTITIES: Final = together.Statement(
    "INSERT INTO vault.identities (digest, person, named) SELECT * FROM unnest($1, $2, $3)",
    (BYTEAS, TEXTS, BYTEAS),
)
REACHED_BY: Final[LiteralString] = (
    "SELECT person, card FROM vault.people"
    " WHERE (%(among)s::text[] IS NULL OR person = ANY(%(among)s))"
    " AND person IN (SELECT person FROM vault.identities WHERE digest = ANY(%(digests)s))"
)
HAVING: Final[LiteralString] = (
    "SELECT person, card FROM vault.people"
    " WHERE (%(among)s::text[] IS NULL OR person = ANY(%(among)s))"
    " AND words @> %(words)s::bigint[] ORDER BY person DESC LIMIT %(many)s"
)


class PeopleStanding(NamedTuple):
    """How many people have a card, and how many of them can't be found yet."""

    cards: int
    unindexed: int


class _Digests(NamedTuple):
    """Of an address or number: alone, and together with the name."""

    digest: bytes
    named: bytes


class People:
    """The cards of people, and the keyed index to them. Safe for threads."""

    def __init__(self, pool: KeptConnections, keys: Keys) -> None:
        self._pool, self._keys = pool, keys
        self._index_keys: dict[int, bytes] = {}

    def meet(
        self, arrivals: Sequence[Arrival], registered: Callable[[set[str]], set[str]]
    ) -> list[Meeting]:
        """Who they may be, in their order; those who seem new get a key and a card, in one commit.

        `registered` tells which of some ids are those of people whom the log knows. A card alone
        makes nobody known: only who is registered counts when the writer decides.
        """
        with self._keys.changing() as (connection, epoch):
            mine = [self._digests(epoch, one.card) for one in arrivals]
            known = self._known(connection, epoch, arrivals, mine)
            people = {who for one in known.values() for who in one}
            there = registered(people) if people else people
            meetings, new, their = [], [], []
            for arrival, digests in zip(arrivals, mine, strict=True):
                meeting = _meeting(arrival, digests, known)
                if not there.isdisjoint(meeting.same):
                    meeting = meeting._replace(newcomer=None)
                else:
                    new.append(arrival)
                    their.append(digests)
                    for it in digests:
                        known.setdefault(it.digest, {})[arrival.newcomer] = it.named
                meetings.append(meeting)
            made = self._keep(connection, epoch, new, their)
        self._keys.keep(made)
        return meetings

    def met_before(self, arrival: Arrival) -> Meeting:
        """Who an arrival may be by now, whose card is kept already."""
        with self._pool.connection() as connection, connection.transaction():
            epoch = self._keys.epoch_in(connection, held=True)
            mine = self._digests(epoch, arrival.card)
            meeting = _meeting(arrival, mine, self._known(connection, epoch, [arrival], [mine]))
        return meeting._replace(same=tuple(who for who in meeting.same if who != arrival.newcomer))

    def _known(
        self,
        connection: psycopg.Connection,
        epoch: int,
        arrivals: Sequence[Arrival],
        mine: Sequence[Sequence[_Digests]],
    ) -> dict[bytes, dict[str, bytes]]:
        """Whom these addresses and numbers may mean, by the digests of the present epoch."""
        present = {it: it for some in mine for one in some for it in one}
        for number in self._keys.epochs.at_hand.keys() - {epoch}:
            for arrival, digests in zip(arrivals, mine, strict=True):
                before = self._digests(number, arrival.card)
                for old, new in zip(before, digests, strict=True):
                    present |= zip(old, new, strict=True)
        known: dict[bytes, dict[str, bytes]] = {}
        for digest, person, named in together.found(connection, KNOWN_BY(list(present))):
            same = present.get(named)
            known.setdefault(present[digest], {})[person] = named if same is None else same
        return known

    def _keep(
        self,
        connection: psycopg.Connection,
        epoch: int,
        new: Sequence[Arrival],
        digests: Sequence[Sequence[_Digests]],
    ) -> Mapping[str, Version]:
        if not new:
            return {}
        made = self._keys.insert(connection, epoch, [one.newcomer for one in new])
        # Whoever has a key was met before: that commit came through, but nobody heard of it.
        met = [(*one, some) for one, some in zip(new, digests, strict=True) if one.newcomer in made]
        cards = [sealed_card(made[person], person, card) for person, card, _ in met]
        new_cards = NEW_CARDS([person for person, *_ in met], cards)
        named = _new_identities({person: some for person, _, some in met})
        together.ask(connection, new_cards, named, together.COMMIT)
        return made

    def leave(self, people: Sequence[str]) -> None:
        """Keep no card of people who did not become known."""
        with self._pool.connection() as connection, connection.transaction():
            self.forget(connection, people)

    def met_long_ago(self, after: str, many: int) -> list[str]:
        """The next people behind an id whose card is older than an hour, in their order."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT person FROM vault.people WHERE person > %s"
                " AND met_at < now() - interval '1 hour' ORDER BY person LIMIT %s",
                (after, many),
            )
            return [person for (person,) in rows]

    def forget(self, connection: psycopg.Connection, people: Sequence[str]) -> None:
        """Keep neither card nor words of these people."""
        gone = {"people": list(people)}
        # In the order in which they are indexed anew.
        connection.execute("DELETE FROM vault.people WHERE person = ANY(%(people)s)", gone)
        connection.execute("DELETE FROM vault.identities WHERE person = ANY(%(people)s)", gone)

    def part(self, person: str, contact: str) -> bool:
        """Take an address or number from somebody whom it does not mean; False if it never did.

        Whoever comes by it from now on is not taken for them.
        """
        spelling = one_spelling(contact)
        with self._keys.changing() as (connection, epoch):
            card = self._card(connection, person)
            if card is None or spelling not in card.contacts:
                return False
            kept = {
                name: value
                for name, value in card._asdict().items()
                if name not in ("email", "phone") or (value and one_spelling(value) != spelling)
            }
            self._put(connection, epoch, FoundPerson(person, Card(**kept)))
        return True

    def change(self, person: str, at: int, changed: Callable[[Card], Card]) -> None:
        """Take in what is otherwise, as is recorded at a position; once, whoever comes with it.

        From then on they are found by what is new, and not by what was. What can't be opened is
        not taken in, and harms nobody else.
        """
        try:
            with self._keys.changing() as (connection, epoch):
                is_new = connection.execute(
                    "UPDATE vault.people SET otherwise_at = %(at)s"
                    " WHERE person = %(person)s AND otherwise_at < %(at)s",
                    {"person": person, "at": at},
                ).rowcount
                if is_new and (card := self._card(connection, person)):
                    self._put(connection, epoch, FoundPerson(person, changed(card)))
        except (LostKey, ValueError):
            logger.error("people.not-opened", people=1)  # noqa: TRY400 - it may quote what they said

    def _put(self, connection: psycopg.Connection, epoch: int, one: FoundPerson) -> None:
        """Another card in the place of somebody's."""
        sealed = sealed_card(self._keys.make(one.person), *one)
        connection.execute(
            "UPDATE vault.people SET card = %s, words = NULL, epoch = NULL WHERE person = %s",
            (sealed, one.person),
        )
        self._identify_anew(connection, epoch, [one.person], [one])

    def forget_epochs(self) -> None:
        """Have no key of an epoch at hand any more: one may have ended."""
        self._index_keys.clear()

    def index(self, many: int) -> int:
        """Make some of those findable who came since; how many they were."""
        with self._pool.connection() as connection, connection.transaction():
            # The epoch is held, so that nobody is indexed for one that has just ended.
            epoch = self._keys.epoch_in(connection, held=True)
            rows = connection.execute(
                "SELECT person, card FROM vault.people WHERE words IS NULL"
                " ORDER BY person LIMIT %s FOR UPDATE SKIP LOCKED",
                (many,),
            ).fetchall()
            found, lost = self._opened(rows)
            self._index(connection, epoch, rows, found)
        if lost:
            logger.error("people.not-opened", people=len(lost))
        return len(rows)

    def index_anew(
        self, connection: psycopg.Connection, epoch: int, after: str, many: int
    ) -> tuple[str, int]:
        """Index the next people behind an id by the present epoch's key, in a transaction of
        `changing`; the last one's id, empty if there are no more, and how many.
        """
        rows = connection.execute(
            "SELECT person, card FROM vault.people WHERE person > %s"
            " ORDER BY person LIMIT %s FOR UPDATE",
            (after, many),
        ).fetchall()
        found, _ = self._opened(rows)
        self._index(connection, epoch, rows, found)
        self._identify_anew(connection, epoch, [person for person, _ in rows], found)
        return rows[-1][0] if rows else "", len(rows)

    def _index(
        self,
        connection: psycopg.Connection,
        epoch: int,
        rows: Sequence[tuple[str, bytes]],
        found: Iterable[FoundPerson],
    ) -> None:
        """Give all of these rows their words; those that can't be opened get none."""
        key, cards = self._index_key(epoch), dict(found)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE vault.people SET epoch = %s, words = %s::bigint[] WHERE person = %s",
                [
                    (epoch, keyed(key, findable(cards[who])) if who in cards else [], who)
                    for who, _ in rows
                ],
            )

    def _identify_anew(
        self,
        connection: psycopg.Connection,
        epoch: int,
        people: Sequence[str],
        found: Sequence[FoundPerson],
    ) -> None:
        connection.execute("DELETE FROM vault.identities WHERE person = ANY(%s)", (list(people),))
        digests = {one.person: self._digests(epoch, one.card) for one in found}
        together.ask(connection, _new_identities(digests))

    def find(
        self,
        query: str,
        many: int = FEW,
        among: Collection[str] | None = None,
        until: float = NO_END,
    ) -> list[FoundPerson]:
        """Who has all these words, or beginnings of words, in name, town, address or number; first
        those whose very address or number it is, then those whose words are whole. Nobody else is
        looked at if it is said `among` whom. LostKey if they are there, and the keys of all of them
        are lost; TimeoutError as `must_be_before`.
        """
        these = None if among is None else list(among)
        words = sought(query)
        if not words:
            return []
        self._keys.look()
        with self._pool.connection() as connection:
            epoch = self._keys.epoch_in(connection)
            # While an epoch ends, people are found by its key and by that of the next one.
            keys = [self._index_key(one) for one in {epoch, *self._keys.epochs.at_hand}]
            contact = one_spelling(query)
            digests = [_keyed(key, "contact", contact) for key in keys]
            rows = set(connection.execute(REACHED_BY, {"among": these, "digests": digests}))
            for key in keys:
                asked = {"among": these, "words": keyed(key, words), "many": many}
                rows |= set(connection.execute(HAVING, asked))
        opened, lost = self._opened(sorted(rows), until)
        if lost and not opened:
            raise lost[0]
        return best_fits(opened, contact, set(words))[:many]

    def shared(self) -> list[tuple[str, ...]]:
        """Those who share an address or number under different names, in groups of their ids.

        While an epoch ends not all of them are told: some are known by its key, some by the next.
        """
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT DISTINCT array_agg(person ORDER BY person) AS people"
                " FROM vault.identities GROUP BY digest HAVING count(DISTINCT named) > 1"
                " ORDER BY people"
            ).fetchall()
        return [tuple(people) for (people,) in rows]

    def unindexed(self, many: int) -> list[str]:
        """The first people, by their ids, who can't be found by words yet, at most so many."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT person FROM vault.people WHERE words IS NULL ORDER BY person LIMIT %s",
                (many,),
            )
            return [person for (person,) in rows]

    def standing(self) -> PeopleStanding:
        """How many there are."""
        with self._pool.connection() as connection:
            statement = "SELECT count(*), count(*) - count(words) FROM vault.people"
            return PeopleStanding(*(connection.execute(statement).fetchone() or (0, 0)))

    def card_of(self, person: str) -> Card | None:
        """Somebody's card; None if there is none, or it was erased."""
        with self._pool.connection() as connection:
            return self._card(connection, person)

    def _card(self, connection: psycopg.Connection, person: str) -> Card | None:
        row = connection.execute(
            "SELECT card FROM vault.people WHERE person = %s", (person,)
        ).fetchone()
        return opened_card(self._keys, person, row[0]) if row else None

    def _opened(
        self, rows: Sequence[tuple[str, bytes]], until: float = NO_END
    ) -> tuple[list[FoundPerson], list[Unopened]]:
        """The cards of who was not erased; and what is wrong with others, who harm nobody else."""
        self._keys.load([person for person, _ in rows])
        found, lost = [], list[Unopened]()
        for person, sealed in rows:
            must_be_before(until)
            try:
                card = opened_card(self._keys, person, sealed)
            except (LostKey, ValueError) as error:
                lost.append(error)
            else:
                found += [FoundPerson(person, card)] if card else []
        return found, lost

    def _digests(self, epoch: int, card: Card) -> list[_Digests]:
        key, name = self._index_key(epoch), same_name(card.full_name)
        return [
            _Digests(_keyed(key, "contact", contact), _keyed(key, "named", f"{contact} {name}"))
            for contact in dict.fromkeys(card.contacts)
        ]

    def _index_key(self, epoch: int) -> bytes:
        held = self._index_keys.get(epoch)
        if held is None:
            held = self._index_keys[epoch] = derived(self._keys.epochs.key(epoch), "index")
        return held


def _new_identities(people: Mapping[str, Sequence[_Digests]]) -> together.WithValues:
    rows = [(it.digest, person, it.named) for person, some in people.items() for it in some]
    return NEW_IDENTITIES(*(zip(*rows, strict=True) if rows else ((), (), ())))


def _meeting(
    one: Arrival, mine: Iterable[_Digests], known: Mapping[bytes, Mapping[str, bytes]]
) -> Meeting:
    same: dict[str, None] = {}
    others: dict[str, None] = {}
    for it in mine:
        for person, named in known.get(it.digest, {}).items():
            (same if named == it.named else others)[person] = None
    return Meeting(one.newcomer, tuple(same), tuple(who for who in others if who not in same))


def _keyed(key: bytes, purpose: str, text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16, key=key, person=purpose.encode()).digest()
