"""The rows of one answer, a page at a time.

Each statement stands alone, so no transaction is open while values are opened, or nobody listens.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any, Final, NamedTuple

from events.terms import Role
from projections.projection import Shown
from services.log.log import documents_behind, head_of_log
from services.reading.askers import WhoAsks
from services.reading.asking import EVENTS, FIND, KEY, OPENINGS, SHARED
from services.reading.by_the_log import contacts_for, forgotten
from services.reading.cells import OPENED, Cell, Readable
from services.reading.cursors import Cursor
from services.reading.looking_up import Looking, find_rows, people_of
from services.reading.people import Sought, found_people, shared_people
from services.reading.questions import NamedQuery
from services.reading.refusals import NotInTheLog, TooLarge
from services.reading.seeing import Seeing
from services.reading.trail import SEARCHED, LineBefore, openings_of
from services.secrecy import SHUT
from services.vault.fitting import FoundPerson
from services.vault.vault import Vault

AT_ONCE: Final = 50  # rows that are found by one statement
LOOKED_AT: Final = 2000  # rows that are held against conditions for one answer
MAX_ANSWER: Final = 512 * 1024  # bytes of rows: half of what the bus carries


class Page(NamedTuple):
    """Some rows, and behind which one it goes on; None if there are no more, or, if it was `cut`,
    no way on to them.
    """

    rows: list[Shown]
    last: Cursor | None = None
    cut: bool = False


class Answering(NamedTuple):
    """One person's question, about to be answered."""

    where: Looking
    vault: Vault
    who: WhoAsks
    asked: NamedQuery
    seeing: Seeing
    start: Cursor | None
    until: float

    @property
    def readable(self) -> Readable:
        """What is read."""
        return self.where.readable

    def page(self) -> Page:
        """The rows of one answer."""
        return self._beside.get(self.readable.name, self._rows)()

    @property
    def _beside(self) -> Mapping[str, Callable[[], Page]]:
        """How what is asked of no read model is answered."""
        return {
            FIND: self._found,
            SHARED: self._shared,
            OPENINGS: self._openings,
            EVENTS: self._events,
        }

    def _found(self) -> Page:
        """People whose words are these: of whom anybody is opened to find them, nobody knows before
        it was noted that somebody looks.
        """
        asked = self.asked.question
        self.seeing.note(self._relation, [SEARCHED])
        sought = Sought(asked.words or "", asked.limit + 1)
        found = found_people(self.vault, self._known, sought, self._in_sight(), self.until)
        rows = self._people({1: found[: asked.limit]})
        return Page(rows, cut=len(found) > asked.limit)

    def _shared(self) -> Page:
        """As many groups as there is room for, each of them whole."""
        self.seeing.note(self._relation, [SEARCHED])
        before, last = self.start or Cursor(0, "")
        room, some = self.asked.question.limit, dict[int, list[FoundPerson]]()
        one_person = self.who.one_person
        for number, group in enumerate(
            shared_people(self.vault, self._known, one_person, last, self.until), before + 1
        ):
            room -= len(group.people)
            if some and room < 0:
                return Page(self._people(some), Cursor(number - 1, last))
            some[number], last = group.people, group.name
        return Page(self._people(some))

    @property
    def _relation(self) -> str:
        (relation,) = self.readable.columns
        return relation.name

    def _in_sight(self) -> set[str] | None:
        """Those among whom people are looked for; None if somebody sees all of them."""
        for_all = None in self.who.held.get(Role.COORDINATOR, ())
        return None if for_all else people_of(self.where)

    def _rows(self) -> Page:
        """Rows that hold what is asked of them, as long as there is room for them."""
        question, cursor = self.asked.question, self.start
        rows, size, looked = list[Shown](), 0, 0
        while looked < LOOKED_AT and (looked == 0 or monotonic() < self.until):
            many = self._at_once(question.limit - len(rows))
            found = find_rows(self.where, question, cursor, many)
            for one, row in zip(found, self.seeing.shown(found), strict=True):
                if row is not None and holds(row, question.where):
                    size += len(json.dumps(row, default=str))
                    if size > MAX_ANSWER:
                        return self._so_far(rows, cursor)
                    rows.append(row)
                cursor = Cursor(one.value, one.key)
                if len(rows) == question.limit:
                    return Page(rows, cursor)
            if len(found) < many:
                return Page(rows)
            looked += len(found)
        return Page(rows, cursor)

    def _at_once(self, room: int) -> int:
        """No more than are shown, where the database alone chooses: what is opened is noted."""
        alone = {KEY, *self.readable.chosen_by}.issuperset(self.asked.question.where)
        return min(room, AT_ONCE) if alone else AT_ONCE

    def _so_far(self, rows: list[Shown], cursor: Cursor | None) -> Page:
        if not rows:
            raise TooLarge
        return Page(rows, cursor)

    def _known(self, people: set[str]) -> set[str]:
        there = people_of(self.where, people)
        return there - forgotten(self.where.connection, there)

    def _people(self, groups: Mapping[int, list[FoundPerson]]) -> list[Shown]:
        """What is told of people who were found, once it was noted that they were: that they are is
        told of what is sealed, also to who is shown nothing of it.
        """
        cells, opens = self.readable.cells[self._relation], self.asked.question.open
        self.seeing.note(self._relation, [it.person for one in groups.values() for it in one])
        rows = list[Shown]()
        for number, group in groups.items():
            for one in group:
                kept, card = self.who.one_person.merged.get(one.person), one.card._asdict()
                plain = {"person_id": one.person, "group": number, "merged_into": kept}
                opened = card if opens else {}
                told = plain | {it: opened[it] for it in opened if cells.get(it) == Cell(OPENED)}
                shown = {name: told.get(name, SHUT) for name in cells}
                rows.append({"key": one.person, **shown})
        if len(json.dumps(rows)) > MAX_ANSWER:
            raise TooLarge
        return rows

    def _openings(self) -> Page:
        """What was opened of whoever asks, and of contacts named for them, in order. They are told
        numbers of their own: the trail's would tell how much is opened of others.
        """
        limit, start = self.asked.question.limit, self.start
        before, after = (int(start.key), LineBefore(*start.value)) if start else (0, LineBefore())
        me, connection = self.who.ids, self.where.connection
        whose = {*me, *contacts_for(connection, self.vault, me)}
        found = list(openings_of(connection, whose, after, limit))
        rows, cells = list[Shown](), self.readable.cells[self._relation]
        for one in found:
            before += one.number > 0
            told = one._replace(number=before if one.number else 0)
            shown = {name: _json(getattr(told, name)) for name in cells}
            key = str(told.number) if told.number else f"{one.query} {one.whose}"
            rows.append({"key": key, **shown})
        if len(found) < limit:
            return Page(rows)
        last = found[-1]
        return Page(rows, Cursor((last.number, last.whose, last.query), str(before)))

    def _events(self) -> Page:
        """Events as they are recorded, with all that is sealed in them shut."""
        connection, after = self.where.connection, int(self.start.key) if self.start else 0
        found = documents_behind(connection, after, self.asked.question.limit + 1)
        if not found and after > head_of_log(connection):
            raise NotInTheLog
        rows, size = list[Shown](), 0
        for one in found[: self.asked.question.limit]:
            size += len(one.document)
            if rows and size > MAX_ANSWER:
                break
            rows.append({"key": str(one.position), **json.loads(one.document)})
        return Page(rows, Cursor(None, rows[-1]["key"]) if len(rows) < len(found) else None)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def holds(row: Shown, where: Mapping[str, str]) -> bool:
    """Whether what is shown of a row has these values; so nobody learns of what is not."""
    return all(_text(row.get(name)) == value for name, value in where.items())


def _text(value: Any) -> str | None:
    """A value as the database would write it; nothing is asked of what is absent."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
