"""Read models in PostgreSQL: a view per projection, over one of its builds, which are tables.

Here stands all SQL on `read.builds` and on the builds themselves. Tables and views are the owner's,
and made by functions of the owner's: the projector writes rows and makes nothing that others would
run. Why there are builds, and how one takes another's place: docs/decisions/010-rebuild.md.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from projections.projection import Projection, Row

# The lock of whoever gives projections their first builds.
MAKERS_TURN: Final[LiteralString] = "LOCK TABLE read.makers_turn IN SHARE UPDATE EXCLUSIVE MODE"


class Build(NamedTuple):
    """One table of rows of a projection. `position` is its checkpoint: what is folded into it.

    `changes` counts what was done to its rows apart from going on. `holds` says whether the log
    still has at `position` the event that was folded there, `moved_at` since when it stands there.
    """

    projection: str
    build: int
    version: int
    state: str
    position: int = 0
    changes: int = 0
    holds: bool = True
    moved_at: datetime | None = None

    @property
    def name(self) -> str:
        """`application_queue_v3_1`: its table, and whose its dead letters are."""
        return f"{self.projection}_v{self.version}_{self.build}"

    @property
    def table(self) -> Identifier:
        """Where its rows are: `key` and `row`."""
        return Identifier("read", self.name)


EVERY: Final[LiteralString] = (
    "SELECT projection, build, version, state, position, changes,"
    " position = 0 OR coalesce(event = log.digest_at(position), false), moved_at"
    " FROM read.builds"
)
ALL_BUILDS: Final[LiteralString] = EVERY + " ORDER BY projection, build"
SERVING: Final[LiteralString] = EVERY + " WHERE state = 'serving' ORDER BY projection"
MOVE: Final[LiteralString] = (
    "UPDATE read.builds AS b SET position = new.position, moved_at = now(),"
    " event = log.digest_at(new.position)"
    " FROM unnest(%b::text[], %b::int[], %b::bigint[]) AS new(projection, build, position)"
    " WHERE (b.projection, b.build) = (new.projection, new.build)"
)


def view(projection: str) -> Identifier:
    """What whoever reads, reads: the rows of the build that serves, with `key` and `row`."""
    return Identifier("read", projection)


def builds(connection: psycopg.Connection) -> list[Build]:
    """All builds there are, the newest of a projection last."""
    return [Build(*row) for row in connection.execute(ALL_BUILDS)]


def serving(
    connection: psycopg.Connection, projections: Iterable[Projection[Any]], *, lock: bool = False
) -> list[Build]:
    """The builds that serve and have the version of these; `lock` keeps a second projector out."""
    if lock:  # before they are read: who waited would hold new places against an older log
        connection.execute(
            "SELECT FROM read.builds WHERE state = 'serving' ORDER BY projection FOR UPDATE"
        )
    found = connection.execute(SERVING)
    versions = {one.name: one.version for one in projections}
    every = (Build(*row) for row in found)
    return [one for one in every if versions.get(one.projection) == one.version]


def serves(connection: psycopg.Connection, projection: Projection[Any]) -> bool:
    """Whether a build of this version of a projection serves."""
    found = connection.execute(
        "SELECT FROM read.builds WHERE (projection, version, state) = (%s, %s, 'serving')",
        (projection.name, projection.version),
    )
    return found.fetchone() is not None


def shown_position(connection: psycopg.Connection, projection: str) -> int:
    """How far the log is folded into what the view of a projection shows; 0 if there is none."""
    return shown_positions(connection, [projection])[0]


def shown_positions(connection: psycopg.Connection, projections: Sequence[str]) -> list[int]:
    """The same of several, at one look, in no order."""
    found = connection.execute(
        "SELECT position FROM read.builds WHERE projection = ANY(%s) AND state = 'serving'",
        (list(projections),),
    ).fetchall()
    return [position for (position,) in found] + [0] * (len(projections) - len(found))


def of_state(
    connection: psycopg.Connection, projection: str, state: str, *, lock: bool = False
) -> Build | None:
    """The build of a projection in a state, if there is one; `lock` keeps a projector out."""
    if lock:
        connection.execute(
            "SELECT FROM read.builds WHERE projection = %s AND state = %s FOR UPDATE",
            (projection, state),
        )
    every = builds(connection)
    return next((one for one in every if (one.projection, one.state) == (projection, state)), None)


def hidden(connection: psycopg.Connection) -> list[str]:
    """The builds that don't serve: their dead letters are out of sight until they do."""
    rows = connection.execute(
        "SELECT projection, build, version, state FROM read.builds WHERE state <> 'serving'"
        " ORDER BY projection, build"
    )
    return [Build(*row).name for row in rows]


def prepare(connection: psycopg.Connection, projections: Collection[Projection[Any]]) -> None:
    """Give each projection that has no build at all an empty one that serves at once."""
    with connection.transaction():
        connection.execute(MAKERS_TURN)
        there = {one.projection for one in builds(connection) if one.state == "serving"}
        for projection in projections:
            if projection.name not in there:
                point_view(connection, make(connection, projection, "serving"))


def make(connection: psycopg.Connection, projection: Projection[Any], state: str) -> Build:
    """A new build, empty, at position 0."""
    row = connection.execute(
        "SELECT read.make_build(%s, %s, %s, %s)",
        (projection.name, projection.version, state, list(projection.found_by)),
    ).fetchone()
    if row is None:
        raise LookupError("the database made no build")
    return Build(projection.name, row[0], projection.version, state)


def drop(connection: psycopg.Connection, build: Build) -> None:
    """Remove a build, which must not serve."""
    connection.execute("SELECT read.drop_build(%s, %s)", (build.projection, build.build))


def point_view(connection: psycopg.Connection, build: Build) -> None:
    """Let the view show this build from the end of the transaction on; who reads it just now is
    waited for two seconds.
    """
    connection.execute("SELECT read.show_build(%s, %s)", (build.projection, build.build))


def change_state(connection: psycopg.Connection, build: Build, state: str) -> None:
    """Say that a build serves now, or is kept."""
    connection.execute(
        "UPDATE read.builds SET state = %s WHERE (projection, build) = (%s, %s)",
        (state, build.projection, build.build),
    )


def move(connection: psycopg.Connection, reached: Mapping[Build, int]) -> None:
    """All events up to these positions are folded into these builds."""
    columns = zip(*((one.projection, one.build, to) for one, to in reached.items()), strict=True)
    connection.execute(MOVE, tuple(map(list, columns)))


def changed(connection: psycopg.Connection, build: Build) -> None:
    """Rows were changed, apart from going on: whoever remembers any must forget them."""
    connection.execute(
        "UPDATE read.builds SET changes = changes + 1 WHERE (projection, build) = (%s, %s)",
        (build.projection, build.build),
    )


def load(
    connection: psycopg.Connection, projection: Projection[Any], build: Build, keys: Iterable[str]
) -> Iterator[tuple[str, Row]]:
    """The rows under these keys that exist."""
    query = SQL("SELECT key, row::text FROM {} WHERE key = ANY(%b)").format(build.table)
    for key, text in connection.execute(query, (list(keys),)):
        yield key, projection.row.model_validate_json(text)


def store(connection: psycopg.Connection, build: Build, rows: Mapping[str, Row | None]) -> None:
    """Put rows in the place of those under the same keys; None takes one away."""
    kept = {key: row.model_dump_json() for key, row in rows.items() if row is not None}
    gone = [key for key, row in rows.items() if row is None]
    if kept:
        connection.execute(_upsert(build), (list(kept), list(kept.values())))
    if gone:
        connection.execute(SQL("DELETE FROM {} WHERE key = ANY(%b)").format(build.table), (gone,))


class Compared(NamedTuple):
    """How the rows of two builds at one position differ; `keys` are some of those that do."""

    same: int
    changed: int
    only_old: int
    only_new: int
    keys: list[str]


def compared(connection: psycopg.Connection, old: Build, new: Build) -> Compared:
    """Hold the rows of one build against those of another."""
    row = connection.execute(
        SQL(
            "SELECT count(*) FILTER (WHERE o.row = n.row),"
            " count(*) FILTER (WHERE o.row <> n.row), count(*) FILTER (WHERE n.key IS NULL),"
            " count(*) FILTER (WHERE o.key IS NULL),"
            " (array_agg(key) FILTER (WHERE o.row IS DISTINCT FROM n.row))[1:10]"
            " FROM {} AS o FULL JOIN {} AS n USING (key)"
        ).format(old.table, new.table)
    ).fetchone()
    same, changed, only_old, only_new, keys = row or (0, 0, 0, 0, None)
    return Compared(same, changed, only_old, only_new, keys or [])


def _upsert(build: Build) -> Composed:
    return SQL(
        "INSERT INTO {} (key, row) SELECT key, row::jsonb"
        " FROM unnest(%b::text[], %b::text[]) AS new(key, row)"
        " ON CONFLICT (key) DO UPDATE SET row = excluded.row"
    ).format(build.table)
