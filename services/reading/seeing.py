"""What somebody sees of the rows that were found: noted on the trail, then opened, then told."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg

from events.personal import Beside, Sealed
from events.terms import Role
from projections.panel import Assessor, panels_part
from projections.projection import Shown
from services.reading import trail
from services.reading.askers import WhoAsks
from services.reading.by_the_log import later_acts, open_beside, without_forgotten
from services.reading.cells import Readable
from services.reading.looking_up import SortedRow
from services.reading.refusals import NotRecorded
from services.reading.relations import ASSESSED, ASSIGNED, DECIDES, Relation
from services.reading.sight import Opener, Sight, opener_with, shut_with
from services.reading.trail import Occasion
from services.vault.vault import Vault

OF_THE_PANEL = (ASSIGNED, ASSESSED)


class Seen(NamedTuple):
    """A row and how somebody sees it: by which relations, if by any."""

    found: SortedRow
    relations: tuple[str, ...]


class Seeing:
    """What one person sees of one read model, for one question. With `opens` what they may have
    opened is, once it was noted.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        vault: Vault,
        who: WhoAsks,
        readable: Readable,
        occasion: Occasion,
        *,
        opens: bool,
    ) -> None:
        self._connection, self._vault, self._who = connection, vault, who
        self._readable, self._occasion, self._opens = readable, occasion, opens
        self._sights: dict[tuple[str, ...], Sight] = {}
        self._noted = set[tuple[str, str]]()
        self._opener: Opener = opener_with(self._open) if opens else shut_with

    def shown(self, rows: Iterable[SortedRow]) -> list[Shown | None]:
        """Each row as it is shown; None in the place of one that is not. Raises NotRecorded."""
        found = self._without_forgotten(list(rows))
        later = self._later_acts(found)
        seen = [Seen(one, self._relations(one, later.get(one.key, []))) for one in found]
        if self._opens:
            self._note(seen)
        return [self._shown(one) for one in seen]

    def note(self, purpose: str, people: Iterable[str], told_as: str = "") -> None:
        """Record that values of these people are opened. Raises NotRecorded."""
        new = {(purpose, one) for one in people} - self._noted
        occasion = self._occasion._replace(purpose=purpose, told_as=told_as)
        whose = [it for _, it in new]
        try:
            if told_as:
                trail.note_concealed(self._connection, self._vault, occasion, whose)
            else:
                trail.note(self._connection, occasion, whose)
        except psycopg.Error as error:
            raise NotRecorded from error
        self._noted |= new

    def _open(self, closed: Sealed | Beside) -> Any:
        if isinstance(closed, Beside):
            return open_beside(self._connection, self._vault, closed)
        return self._vault.open(closed)

    def _without_forgotten(self, rows: list[SortedRow]) -> list[SortedRow]:
        """Nothing in them of erased people, or of contacts who ended, is opened any more."""
        stored = without_forgotten(self._connection, [one.row for one in rows])
        return [one._replace(row=row) for one, row in zip(rows, stored, strict=True)]

    def _later_acts(self, rows: Iterable[SortedRow]) -> dict[str, list[Any]]:
        """What the panel did that no row has yet, where somebody's right follows from it."""
        mine = (one for one in rows if self._rests_on_acts(one))
        return later_acts(self._connection, {one.key: one.row["position"] for one in mine})

    def _note(self, seen: Sequence[Seen]) -> None:
        """What is opened of all these rows, by the relations for which it is."""
        opened: dict[tuple[str, ...], set[str]] = {}
        for one in seen:
            if one.relations:
                found = self._sight(one.relations).whose_are_opened(one.found.row)
                opened.setdefault(one.relations, set()).update(found)
        for relations, people in opened.items():
            told_as = map(self._readable.told_as.get, relations)
            self.note(", ".join(relations), people, next(filter(None, told_as), ""))

    def _shown(self, one: Seen) -> Shown | None:
        if not one.relations:
            return None
        told = self._sight(one.relations).told_by(one.found.row, self._opener)
        return {"key": one.found.key, **told}

    def _sight(self, relations: tuple[str, ...]) -> Sight:
        if relations not in self._sights:
            cohorts = self._who.cohorts(Role.COORDINATOR)
            sight = Sight(self._readable, relations, frozenset(self._who.ids), cohorts)
            self._sights[relations] = sight
        return self._sights[relations]

    def _rests_on_acts(self, found: SortedRow) -> bool:
        """Whether what the panel did says by which relations somebody sees a row. Who decides is
        shown more than others only of what is opened.
        """
        of_the_panel = not set(OF_THE_PANEL).isdisjoint(found.relations)
        return of_the_panel or (self._opens and DECIDES in found.relations)

    def _relations(self, found: SortedRow, later: Sequence[Any]) -> tuple[str, ...]:
        """The relations that somebody has; an assessor's as the panel's acts have it, those behind
        the row's position too. Who is too close decides nothing, also when they assess no more.
        """
        projection, missing = self._readable.projection, set[Relation]()
        if projection and projection.is_unseen(found.row):
            return ()
        if self._rests_on_acts(found):
            mine = self._my_part([*found.row["acts"], *later], found.row.get("acts_before", 0))
            if mine is None or not mine.assigned or mine.hard:
                missing = {*OF_THE_PANEL}
            elif not mine.assessed and ASSIGNED in found.relations:
                missing = {ASSESSED, DECIDES}
            if mine is not None and mine.hard:
                missing |= {DECIDES}
        return tuple(one.name for one in found.relations if one not in missing)

    def _my_part(self, sealed: Iterable[Any], before: int) -> Assessor | None:
        """What the one who asks has to do with an application. What is opened to find it out is
        shown to nobody. The first acts, so many as `before`, were about other words of it.
        """
        opener, acts = opener_with(self._open), list[Any]()
        for one in sealed:
            act = one if isinstance(one, str) else opener(Sealed.model_validate(one))
            if isinstance(act, str):  # nobody assesses who was erased
                return None
            acts.append(act)
        assessors = panels_part(acts, before).assessors
        return next((one for one in assessors if one.assessor_id in self._who.ids), None)
