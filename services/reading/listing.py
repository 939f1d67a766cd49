"""Lists that are made of what whoever asks is shown of read models, under the rights to these."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import psycopg

from projections.lists import WorkList
from projections.projection import Shown
from services.identity.comers import Comer
from services.patience import must_be_before
from services.read_models.builds import shown_positions
from services.reading.askers import WhoAsks
from services.reading.asking import KEY, MOST_ROWS
from services.reading.cells import Readable
from services.reading.cursors import Cursor
from services.reading.looking_up import Looking, looking
from services.reading.pages import MAX_ANSWER, Answering, Page, holds
from services.reading.questions import NamedQuery, Query
from services.reading.refusals import NoSuchChoice, NotYoursToRead, TooLarge
from services.reading.relations import Relation
from services.reading.seeing import Seeing
from services.reading.trail import Occasion
from services.vault.vault import Vault


@dataclass
class Asking:
    """One person who asks, and how they look at each read model, for one question."""

    connection: psycopg.Connection
    vault: Vault
    table: Mapping[str, Readable]
    comer: Comer
    who: WhoAsks
    until: float
    known: dict[str, tuple[Looking, Seeing]] = field(default_factory=dict)

    def answering(
        self, asked: NamedQuery, start: Cursor | None, position: int | None = None
    ) -> Answering:
        """What they ask of one read model behind a cursor; to which `position` it is folded is
        looked up once, unless it is known.
        """
        if asked.name not in self.known:
            readable = self.table[asked.name]
            if position is None:
                position = min(shown_positions(self.connection, readable.models))
            occasion = Occasion(self.comer, asked.name, "", position)
            told, opens = readable.of(asked.question.fields), asked.question.open
            seeing = Seeing(self.connection, self.vault, self.who, told, occasion, opens=opens)
            where = looking(self.connection, self.vault, readable, self.who)
            self.known[asked.name] = where, seeing
        where, seeing = self.known[asked.name]
        return Answering(where, self.vault, self.who, asked, seeing, start, self.until)

    def all_rows(self, asked: NamedQuery) -> Iterator[Shown]:
        """All that they are shown of one read model. Raises TimeoutError."""
        readable = self.table[asked.name]
        if not any(map(self.who.may_have, readable.columns)):
            return
        start = None
        while True:
            must_be_before(self.until)
            page = self.answering(asked, start).page()
            yield from page.rows
            start = page.last
            if start is None:
                return


def must_be_for(made: WorkList, first: Readable, who: WhoAsks, question: Query) -> None:
    """Refuses whoever has no relation in which they are shown what a list tells, or who chooses by
    what is no field of it. Raises NotYoursToRead and NoSuchChoice.
    """
    if not any(map(who.may_have, for_whom(made, first))):
        raise NotYoursToRead
    if not {KEY, *(name.partition(".")[0] for name in made.fields)}.issuperset(question.where):
        raise NoSuchChoice


def for_whom(made: WorkList, first: Readable) -> list[Relation]:
    """The relations to the first of its read models in which a list is asked for."""
    return [one for one in first.columns if made.tells in first.cells[one.name]]


def list_of(asking: Asking, made: WorkList, question: Query) -> Page:
    """The rows of a list that hold what is asked of them. Raises TooLarge and TimeoutError."""

    def ask(name: str, where: Mapping[str, str]) -> Iterable[Shown]:
        wanted = Query(where=dict(where), limit=MOST_ROWS, open=question.open)
        return asking.all_rows(NamedQuery(name, wanted))

    found = (row for row in made.rows(ask, question.where) if holds(row, question.where))
    rows = list(islice(found, question.limit + 1))
    shown = rows[: question.limit]
    if len(json.dumps(shown, default=str)) > MAX_ANSWER:
        raise TooLarge
    return Page(shown, cut=len(rows) > question.limit)
