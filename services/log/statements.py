"""All SQL on the log's tables, so that it stands in one place. All are only added to.

`log.events` has a row for each event: position, type, tags and the document's bytes. `log.tags`
has a row for each of its tags, by which decisions look events up; the log itself writes them.
`log.parts` holds what is too large for an event, by digest; `log.without_effect` the commands that
brought about none. `log.writers_turn` is empty.

What is told in confidence has a log of its own, with the same tables in another schema: whoever may
be meant by a statement gives the schema, and has it said there.
"""

from functools import cache
from typing import Final, LiteralString, NamedTuple

from services.engines.together import BYTEA, BYTEAS, INT8, INT8S, TEXT, TEXTS, Statement


class Schema(NamedTuple):
    """Where a log has its tables. `announced`: whoever listens is told of each commit."""

    name: LiteralString
    announced: bool = False

    def __call__(self, statement: LiteralString) -> LiteralString:
        """A statement on the tables of the log, as one on these."""
        return statement if self is LOG else _elsewhere(statement, self.name)

    def together(self, statement: Statement) -> Statement:
        """The same of one that goes together with others."""
        return statement if self is LOG else statement._replace(text=self(statement.text))


@cache
def _elsewhere(statement: LiteralString, schema: LiteralString) -> LiteralString:
    return statement.replace("log.", f"{schema}.")


LOG: Final = Schema("log", announced=True)
CONCERNS: Final = Schema("concerns")  # nobody is to hear when somebody told something

# The lock of the one writer: which only who may write can take, and nobody who only reads.
WRITERS_TURN: Final[LiteralString] = "LOCK TABLE log.writers_turn IN SHARE UPDATE EXCLUSIVE MODE"
CHANNEL: Final = "log"  # is notified of every commit

HEAD: Final[LiteralString] = "SELECT max(position) FROM log.events"
LAST_AND_NOW: Final[LiteralString] = (
    "SELECT type, document, clock_timestamp() FROM log.events ORDER BY position DESC LIMIT 1"
)
DOCUMENT: Final[LiteralString] = "SELECT document FROM log.events WHERE position = %s"
# The first of an event's bytes, in which stands when it was recorded.
BEGINNINGS: Final[LiteralString] = (
    "SELECT position, substring(document FOR %b) FROM log.events WHERE position = ANY(%b)"
)
ROWS_WHERE: Final[LiteralString] = "SELECT position, type, tags, document FROM log.events e WHERE "
NEXT_ROWS: Final = f"{ROWS_WHERE} position > %s AND position <= %s ORDER BY position LIMIT %s"
# Without tags, for those who only pass documents on.
DOCUMENTS: Final[LiteralString] = (
    "SELECT position, type, document FROM log.events WHERE position > %s ORDER BY position LIMIT %s"
)

# A writer's turn. A round trip to the database costs more than most statements, so what can
# travel together does. Each statement sees what was committed when it began: the head is read
# under the lock.
LAST_SETTLED: Final[LiteralString] = "SELECT max(number) FROM log.without_effect"
TAKE_TURN: Final = Statement(WRITERS_TURN)
LAST: Final = Statement(f"SELECT ({HEAD}), ({LAST_SETTLED})")
# Anybody who is let in may notify, and listen without hearing: a queue that is full must not keep
# the log from its commit. Whoever is not told looks once a second.
NOTIFY: Final = Statement(
    f"SELECT pg_notify('{CHANNEL}', '') WHERE pg_notification_queue_usage() < 0.5"
)
# All rows in one statement, which the log looks at once. Lists of lists have all one length in
# PostgreSQL, so the tags of each event come as the text of their list.
INSERT: Final = Statement(
    "INSERT INTO log.events (position, type, tags, document)"
    " SELECT position, type, tags::text[], document"
    " FROM unnest($1, $2, $3, $4) AS placed (position, type, tags, document)",
    (INT8S, TEXTS, TEXTS, BYTEAS),
)

PART: Final = Statement(
    "INSERT INTO log.parts (digest, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    (BYTEA, BYTEA),
)
SEALED_PART: Final[LiteralString] = "SELECT sealed FROM log.parts WHERE digest = %b"
# Two writers that settle one id at once are one too many: the second one looks again.
SETTLE: Final = Statement(
    "INSERT INTO log.without_effect (command, sender, digest, people) VALUES ($1, $2, $3, $4)",
    (TEXT, TEXT, TEXT, BYTEA),
)
# Compared as pairs, so that only the index by type serves: of a type that seldom happens, any other
# way reads the whole log.
OF_TYPE: Final[LiteralString] = (
    "SELECT document FROM log.events WHERE (type, position) >= (%(type)b, 0)"
    " AND (type, position) <= (%(type)b, %(upto)b) ORDER BY type, position"
)

# What commands with these ids wrote, those that wrote nothing (at position 0, with digest and id as
# tags, and their people in the place of a document), and the last row of all.
RECORDED: Final = Statement(
    "SELECT position, type, tags, document FROM log.events WHERE position IN ("
    " SELECT position FROM log.tags WHERE tag = ANY($1)"
    " UNION SELECT max(position) FROM log.events)"
    " UNION ALL SELECT 0, '', ARRAY[digest, command], people"
    " FROM log.without_effect WHERE command = ANY($1) ORDER BY position",
    (TEXTS,),
)
# Which commands were accepted, which tags facts of a type bear, and what the newest of it bears.
ACCEPTED: Final = Statement(
    "SELECT tag FROM log.tags WHERE tag = ANY($1)"
    " UNION SELECT command FROM log.without_effect WHERE command = ANY($1)",
    (TEXTS,),
)
BEARING: Final = "SELECT tag FROM log.tags WHERE tag = ANY(%s) AND type = %s"
# Of each of these tags, the first and the last position at which a fact of these types bears it.
BORNE_AT: Final = (
    "SELECT tag, min(position), max(position) FROM log.tags WHERE tag = ANY(%s) AND type = ANY(%s)"
    " GROUP BY tag"
)
NEWEST: Final = (
    "SELECT tags FROM log.events WHERE (type, position) <= (%(type)s, 9223372036854775807)"
    " AND type = %(type)s ORDER BY type DESC, position DESC LIMIT 1"
)
TAGS_AT: Final = "SELECT position, tags FROM log.events WHERE position = ANY(%s)"
LAST_OF_EACH: Final = (
    "SELECT DISTINCT ON (tag) position, type, tags, document FROM log.events, unnest(tags) AS tag"
    " WHERE type = ANY(%s) AND starts_with(tag, %s) ORDER BY tag, position DESC"
)
NEXT_OF_KIND: Final = (
    f"{ROWS_WHERE}(type, position) > (%(type)s, %(after)s) AND type = %(type)s"
    " ORDER BY type, position LIMIT %(limit)s"
)
# The last position of each type. Compared as pairs, so that only the index by type serves: for a
# type that never happened, any other way reads the whole log.
LAST_OF_TYPES: Final = """
    SELECT w.type, (
        SELECT CASE WHEN e.type = w.type THEN e.position END FROM log.events e
        WHERE (e.type, e.position) <= (w.type, 9223372036854775807)
        ORDER BY e.type DESC, e.position DESC LIMIT 1
    ) FROM unnest(%s::text[]) AS w(type)
"""
# The facts of several knowledges. What is needed comes as lists; types as one text, with blanks.
FACTS: Final = Statement(
    """
    SELECT w.number, w.tag, e.position, e.type, e.tags, e.document
    FROM unnest($1, $2, $3, $4) AS w(number, tag, types, after)
    CROSS JOIN LATERAL unnest(string_to_array(w.types, ' ')) AS kind(type)
    CROSS JOIN LATERAL (
        SELECT t.position FROM log.tags t
        WHERE t.tag = w.tag AND t.type = kind.type AND t.position > w.after AND t.position <= $5
        ORDER BY t.position LIMIT $6
    ) t
    JOIN log.events e ON e.position = t.position
    ORDER BY e.position
    """,
    (INT8S, TEXTS, TEXTS, INT8S, INT8, INT8),
)
# The lists are short and the tables long: always look up, never scan (the planner can't know).
LOOK_UP: Final = (
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET plan_cache_mode = force_generic_plan"
)
LOOK_UP_HERE: Final = LOOK_UP.replace("SET ", "SET LOCAL ")  # as long as a transaction lasts

# Where the look-up by tags is not what the events bear, both ways.
MISPLACED: Final[LiteralString] = """
    WITH borne AS (SELECT position, type, unnest(tags) AS tag FROM log.events)
    SELECT position FROM (
        (SELECT * FROM borne EXCEPT SELECT position, type, tag FROM log.tags)
        UNION ALL (SELECT position, type, tag FROM log.tags EXCEPT SELECT * FROM borne)
    ) differing GROUP BY position ORDER BY position
"""

# Of what is told in confidence: where each event stands, and a digest of it, for whoever checks.
DIGESTS_OF_CONCERNS: Final[LiteralString] = "SELECT position, digest FROM concerns.digests()"

# The library's queries (`recorder`): conditions that the index by tag or by type serves.
OF_TYPES: Final = "type = ANY(%s)"
TAGGED: Final = "SELECT t.position FROM log.tags t WHERE t.tag = %s"
TAGGED_OF_TYPES: Final = f"{TAGGED} AND t.type = ANY(%s)"
ANY_AFTER: Final = "SELECT EXISTS (SELECT FROM log.events WHERE {condition} AND position > %s)"
MATCHING: Final = (
    f"{ROWS_WHERE}{{condition}} AND position > %s AND position <= %s ORDER BY position LIMIT %s"
)
