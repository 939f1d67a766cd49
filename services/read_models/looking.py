"""How a read model is looked at: its rows are found, opened as far as may be, and told.

What stands in the clear is asked of the database; what is sealed or told, of the row once it was
opened.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

import psycopg
from psycopg.sql import SQL, Composable, Composed

from events.personal import Beside
from projections.projection import Shown
from services.vault.opening import left_shut, opened
from services.vault.vault import Vault

AT_ONCE: Final = 50  # rows that are looked at together
Before = Callable[[list[Shown]], list[Shown]]
"""Is given stored rows before any of them is opened, and gives them back as they may be."""
Kept = dict[str, tuple[Shown, Shown]]
"""What was looked at before: by the key of a row how it stood, and how it was shown."""


class Model(Protocol):
    """What is known of a read model, to look at it."""

    def is_unseen(self, stored: Shown) -> bool:
        """Whether a stored row is shown to nobody."""

    def shown(self, opened: Shown) -> Shown:
        """What people are shown of a row that was opened."""

    def stands_open(self, field: str) -> bool:
        """Whether a field of the stored rows is in the clear."""


class AsStored(NamedTuple):
    """A read model that is shown as it is stored, with these fields in the clear."""

    in_the_clear: Collection[str]

    def is_unseen(self, stored: Shown) -> bool:  # noqa: ARG002 - as Model
        """Every row is shown."""
        return False

    def shown(self, opened: Shown) -> Shown:
        """All of it."""
        return opened

    def stands_open(self, field: str) -> bool:
        """Whether it is one of these."""
        return field in self.in_the_clear


def look_at(  # noqa: PLR0917 - each is one thing that is asked
    connection: psycopg.Connection,
    source: Composable,
    projection: Model | None,
    where: Mapping[str, str],
    vault: Vault | None,
    before: Before = list,
    at_once: int = AT_ONCE,
    kept: Kept | None = None,
    beside: Callable[[Beside], Any] = left_shut,
) -> Iterator[Shown]:
    """The rows of a view whose fields have these values, as texts, in the order of their keys.

    `key` is a row's own. Without a projection all that is asked is asked of the database. `before`
    is called with each `at_once` of the rows, before one of them is opened. What stands as it is
    `kept` is not opened again, and what is opened is kept there. `beside` opens what is kept beside
    the log.
    """
    stands_open = {name for name in where if _stands_open(projection, name)}
    query, values = _query(source, {name: where[name] for name in where if name in stands_open})
    rest = {name: where[name] for name in where if name not in stands_open}
    with connection.cursor("looking") as cursor:
        cursor.execute(query, values)
        while found := cursor.fetchmany(at_once):
            rows = [one for one in found if not (projection and projection.is_unseen(one[1]))]
            known = {key: kept[key][1] for key, row in rows if kept and _stands(kept, key, row)}
            new = [(key, row) for key, row in rows if key not in known]
            for (key, row), may_be in zip(new, before([row for _, row in new]), strict=True):
                seen = opened(may_be, vault, beside)
                known[key] = {"key": key, **(projection.shown(seen) if projection else seen)}
                if kept is not None:
                    kept[key] = row, known[key]
            for shown in (known[key] for key, _ in rows):
                if all(_text(shown.get(name)) == value for name, value in rest.items()):
                    yield shown


def _stands(kept: Kept, key: str, row: Shown) -> bool:
    return key in kept and kept[key][0] == row


def _stands_open(projection: Model | None, name: str) -> bool:
    return name == "key" or projection is None or projection.stands_open(name)


def _query(source: Composable, where: Mapping[str, str]) -> tuple[Composed, list[str]]:
    conditions, values = [SQL("true")], list[str]()
    for name, value in where.items():
        if name == "key":
            conditions.append(SQL("key = %s"))
            values.append(value)
        else:
            conditions.append(SQL("row->>%s = %s"))
            values += [name, value]
    query = SQL("SELECT key, row FROM {} WHERE {} ORDER BY key")
    return query.format(source, SQL(" AND ").join(conditions)), values


def _text(value: Any) -> str | None:
    """A value as the database would write it; nothing is asked of what is absent."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
