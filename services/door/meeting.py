"""Meeting newcomers: before the writer's turn it is found out who somebody may be, for a group."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import psycopg

from domain.people.person import Met
from events.addresses import one_spelling
from events.catalogue import decode
from events.ids import PersonId
from events.people import Contact, ContactChange, PersonDetailsChanged
from events.personal import Sealed
from events.terms import Way
from services.engines.connecting import connect
from services.engines.connections import KeptConnection
from services.log.log import newest_person, next_of_kind, recorded, registered
from services.log.wishes import Wish
from services.log.writer import Writer
from services.vault.arrivals import Arrival, Meeting
from services.vault.vault import Vault
from services.vault.words import Card, folded

MANY: Final = 1000  # people who are looked at together


class Meetings:
    """Looks up who registers, and makes newcomers' keys in one commit. One thread at a time.

    It only tells who somebody may be: who it is, the writer decides, when it knows who is
    registered.
    """

    def __init__(self, url: str, vault: Vault, writer: Writer) -> None:
        """`url` is the database of the programme, in which it only reads."""
        self._url, self._vault, self._writer = url, vault, writer
        self._connection = KeptConnection(url)
        self._followed = 0

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def prove(self) -> None:
        """Raises WrongMasterKey, LostEpoch or LostKey unless the vault can be opened, and is no
        older than the log.
        """
        with self._connection.used() as connection:
            self._vault.prove(newest_person(connection), begin=True)

    def index(self, many: int) -> int:
        """Make some of those findable who came since; how many they were."""
        return self._vault.people.index(many)

    def follow(self) -> None:
        """Take in what was recorded of how people are reached, so that they are found by it. What
        was taken in before does no harm. psycopg.Error if a database is away.
        """
        with self._connection.used() as connection:
            rows = next_of_kind(connection, PersonDetailsChanged, self._followed)
        for row in rows:
            event = decode(row.document).event
            if isinstance(event, PersonDetailsChanged):
                self._vault.people.change(
                    event.person_id, row.position, partial(_otherwise, self._vault, event)
                )
            self._followed = row.position

    def meet(self, wishes: Sequence[Wish], newcomers: Sequence[PersonId]) -> set[str]:
        """Tell each of these registrations who it may be, else the newcomer in the same place.

        Gives the newcomers of whom something is kept by now.

        Whose command was accepted before is not met again. psycopg.Error if a database is away.
        """
        others = self._writer.others  # who registers from now on, we may not see
        with self._connection.used() as connection:
            before = recorded(connection, [one.act.command_id for one in wishes])
            coming = [
                (wish, Arrival(newcomer, _card(wish)))
                for wish, newcomer in zip(wishes, newcomers, strict=True)
                if wish.act.command_id not in before
            ]
            meetings = self._vault.people.meet(
                [arrival for _, arrival in coming], lambda who: registered(connection, who)
            )
        for (wish, arrival), one in zip(coming, meetings, strict=True):
            self._tell(wish, one)
            wish.met_at, wish.meet_again = others, partial(self._again, wish, arrival, one)
        return {one.newcomer for one in meetings if one.newcomer}

    def _again(self, wish: Wish, arrival: Arrival, before: Meeting) -> None:
        met = self._vault.people.met_before(arrival)
        self._tell(wish, met._replace(newcomer=before.newcomer))

    def _tell(self, wish: Wish, meeting: Meeting) -> None:
        newcomer = PersonId(meeting.newcomer) if meeting.newcomer else None
        same = tuple(map(PersonId, meeting.same))
        posted = {Way.POSTAL_ADDRESS} if wish.command.postal_address else set()  # no card has one
        otherwise = {who: self._said_otherwise(who, _card(wish)) | posted for who in same}
        wish.command = wish.command.having_met(Met(newcomer, same, otherwise))

    def _said_otherwise(self, person: PersonId, said: Card) -> frozenset[Way]:
        """What is said of somebody that their card has not, or otherwise."""
        known = self._vault.people.card_of(person)
        return said_otherwise(known, said) if known else frozenset()

    def leave(self, people: Sequence[str]) -> None:
        """Keep nothing of newcomers who did not become known."""
        with self._connection.used() as connection:
            self._leave(connection, people)

    def sweep(self) -> None:
        """Keep nothing of those who were met long ago and never became known: who was told to come
        again, or was met by a process that was killed. On a connection of its own.
        """
        after = ""
        with connect(self._url, autocommit=True) as connection:
            while people := self._vault.people.met_long_ago(after, MANY):
                self._leave(connection, people)
                after = people[-1]

    def _leave(self, connection: psycopg.Connection, people: Sequence[str]) -> None:
        there = registered(connection, people)
        if strangers := [one for one in people if one not in there]:
            self._vault.people.leave(strangers)


def _otherwise(vault: Vault, event: PersonDetailsChanged, card: Card) -> Card:
    """A card after one more change; as it was, if that was erased."""
    name, change = (
        vault.open(one) if isinstance(one, Sealed) else None
        for one in (event.full_name, event.change)
    )
    if isinstance(name, str):
        card = card._replace(full_name=name)
    if not isinstance(change, dict):
        return card
    known = Contact(email=card.email, phone=card.phone, town=card.town)
    now = ContactChange.model_validate(change).after(known)
    return card._replace(email=now.email, phone=now.phone, town=now.town)


def said_otherwise(known: Card, said: Card) -> frozenset[Way]:
    """Which ways somebody is reached by another card than is known; a town however it is written.

    What is not said is not otherwise.
    """
    spelled = {Way.EMAIL: one_spelling, Way.PHONE: one_spelling, Way.TOWN: folded}
    return frozenset(
        way
        for way, spelling in spelled.items()
        if (new := getattr(said, way))
        and ((old := getattr(known, way)) is None or spelling(new) != spelling(old))
    )


def _card(wish: Wish) -> Card:
    said = wish.command
    return Card(said.full_name, said.email, said.phone, said.town)
