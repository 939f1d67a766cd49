"""What others can see: every message of the stream with its headers, and every row of any table."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import psycopg
from nats.aio.msg import Msg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from pydantic_core import from_json

from events.assessments import PanelActed
from events.catalogue import decode
from events.ids import PersonId
from events.people import PersonStated
from services.crew import STREAM
from services.engines.addresses import Engines
from services.operations.provisioning import provision
from services.stream.reading import headers_of, page
from services.vault.opening import opened
from services.vault.vault import Vault
from tests.scenes.at_work import client_of

Row = dict[str, Any]
COVERED: Final = (PersonStated.wire_name(), PanelActed.wire_name())
ADDED: Final = {
    f"Nats-{name}"
    for name in ("Stream", "Subject", "Sequence", "Time-Stamp", "Num-Pending", "Last-Sequence")
}
PERSON: Final = re.compile(PersonId.pattern.pattern)
OURS: Final = SQL(
    "SELECT schemaname, tablename, tableowner FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
)


class Message(NamedTuple):
    """A message as a subscriber has it."""

    subject: str
    headers: dict[str, str]
    data: bytes

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = from_json(self.data)
        return document

    @property
    def command(self) -> str:
        return str(self.document["commandid"])


async def heard(engines: Engines) -> list[Message]:
    """All that the stream holds, as whoever reads it by number gets it."""
    messages: list[Message] = []
    async with client_of(engines, "client") as client:
        while found := await page(client, len(messages) + 1):
            messages += map(_as_sent, found)
    return messages


def _as_sent(message: Msg) -> Message:
    """Without what the bus adds when it hands it over."""
    headers = {k: v for k, v in headers_of(message).items() if k not in ADDED}
    return Message(headers_of(message)["Nats-Subject"], headers, message.data)


def rows(urls: dict[str, str]) -> dict[str, list[Row]]:
    """Every row of every table of a database, each read by the role that owns it."""
    found: dict[str, list[Row]] = {}
    with psycopg.connect(urls["owner"]) as owner:
        ours = owner.execute(OURS).fetchall()
    for schema, table, role in ours:
        with psycopg.connect(urls[role], row_factory=dict_row) as connection:
            query = SQL("SELECT * FROM {}").format(Identifier(schema, table))
            found[f"{schema}.{table}"] = connection.execute(query).fetchall()
    return found


def readable(urls: dict[str, str], role: str) -> Iterator[str]:
    """The tables and views that a role may read, at least a column of them."""
    with psycopg.connect(urls["owner"]) as owner:
        query = (
            "SELECT n.nspname || '.' || c.relname FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'v', 'm', 'p')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
            " AND has_schema_privilege(%s, n.oid, 'USAGE')"
            " AND has_any_column_privilege(%s, c.oid, 'SELECT') ORDER BY 1"
        )
        yield from (name for (name,) in owner.execute(query, (role, role)))


@contextmanager
def with_a_stream(engines: Engines) -> Iterator[None]:
    """A stream of the play's own. Then it goes: the log of the next play is shorter, and may not
    be.
    """
    asyncio.run(provision(engines))
    yield
    asyncio.run(_without_stream(engines))


async def _without_stream(engines: Engines) -> None:
    async with client_of(engines) as client:
        await client.jetstream().delete_stream(STREAM)


def ties(rows: Iterable[Row], vault: Vault) -> set[frozenset[str]]:
    """The two of each tie that lies under a cover, as whoever holds the key finds them: how people
    stand to each other, who is kept apart, and who judged whom.

    `rows` are those of `log.events`.
    """
    covers = [decode(row["document"]).event for row in rows if row["type"] in COVERED]
    told = (opened(one.model_dump(mode="json"), vault)["content"]["data"] for one in covers)
    return {frozenset(two) for data in told if len(two := people_in(data)) > 1}


def people_in(value: Any) -> set[str]:
    """The ids of people that stand in a value, outside of the bytes that are sealed."""
    return {found[0] for text in texts_in(value) for found in PERSON.finditer(text)}


def texts_in(value: Any, *, keys: bool = True) -> Iterator[str]:
    """Every text in a value, documents and lists too, but what is sealed and its field's name."""
    match value:
        case str():
            yield value
        case bytes() if value.startswith(b'{"'):
            yield from texts_in(from_json(value), keys=keys)
        case dict():
            yield from value if keys else ()
            for key, inner in value.items():
                if not (key in ("sealed", "field") and "audience" in value):
                    yield from texts_in(inner, keys=keys)
        case list() | tuple():
            for inner in value:
                yield from texts_in(inner, keys=keys)
