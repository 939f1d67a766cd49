"""What is kept of the recorded cohort, and how it is read and written."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from events.catalogue import Recorded, decode
from events.event import Event
from events.ids import CommandId
from events.terms import NEWCOMER
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.replay import folded
from services.door.wire import ASKED_BY
from services.engines.addresses import Engines
from services.identity.at_home import NOBODY_YET
from services.log.log import Log, Settled, Stored, turn, write
from services.vault.vault import Vault

FOLDER: Final = Path(__file__).parent


class Key(NamedTuple):
    """A key of the vault, wrapped: `wrapped` is hexadecimal."""

    audience: str
    version: int
    epoch: int
    wrapped: str
    holders: list[str] | None


class Person(NamedTuple):
    """Somebody's card, and what leads to it: digests of each address alone and with the name, all
    hexadecimal.
    """

    person: str
    card: str
    digests: list[tuple[str, str]]


class Request(NamedTuple):
    """What somebody asked at the door: with who it was (`actor`), and in whose name it took its id
    (`sender`) if that was somebody else.
    """

    name: str
    body: dict[str, Any]

    @property
    def sender(self) -> tuple[str, CommandId]:
        """In whose name it was sent, and under which id."""
        return self.body.get("sender", self.body["actor"]), CommandId(self.body["id"])

    @property
    def shown_as(self) -> str:
        """As whom it was asked, in the word of the issuer: strangers came as one."""
        return NOBODY_YET if self.body["actor"] == NEWCOMER else str(self.body["actor"])

    @property
    def worker(self) -> str | None:
        """The worker that sent it, on subjects of its own; None if it was somebody else."""
        by = self.body["actor"]
        return str(by).partition(":")[2] if by in ASKED_BY else None

    @property
    def sent(self) -> dict[str, Any]:
        """What went over the bus: a worker does not say who it is."""
        known = {"actor", "sender", *(("role",) if self.worker else ())}
        return {name: said for name, said in self.body.items() if name not in known}


class Kept(NamedTuple):
    """All that is to be had of a recorded programme: its log, the tables beside it, and what was
    asked and accepted.
    """

    rows: Sequence[Stored]
    parts: dict[str, bytes]
    settled: Sequence[Settled]
    keys: Sequence[Key]
    people: Sequence[Person]
    requests: Sequence[Request]

    @property
    def facts(self) -> list[Recorded[Event]]:
        return [decode(row.document) for row in self.rows]

    @property
    def accepted(self) -> dict[str, list[int]]:
        """The commands by their recorded ids, and the positions of what they brought about."""
        found: dict[str, list[int]] = {one.command: [] for one in self.settled}
        for row in self.rows:
            found.setdefault(row.tags[-1], []).append(row.position)
        return found


def digest_of(projection: Projection[Any], facts: Sequence[Recorded[Event]]) -> dict[str, Any]:
    """A read model's version, and a digest of all rows that it makes of these facts."""
    rows = {key: row.model_dump(mode="json") for key, row in folded(projection, facts).items()}
    text = json.dumps(rows, sort_keys=True).encode()
    return {"version": projection.version, "sha256": sha256(text).hexdigest()}


def recorded_digests(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """The same, by read model, as they were written down."""
    found: dict[str, dict[str, Any]] = json.loads(folder.joinpath("rows.json").read_text())
    return found


def save_digests(facts: Sequence[Recorded[Event]], folder: Path = FOLDER) -> None:
    """Write down what read models make of these facts now."""
    found = {name: digest_of(one, facts) for name, one in PROJECTIONS.items()}
    folder.joinpath("rows.json").write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")


def taken_from(engines: Engines, vault: Vault, asked: Iterable[Request] = ()) -> Kept:
    """What these engines hold, and what of all that was asked was accepted."""
    log = Log(engines.programme["commands"], connections=1)
    rows = list(log.pages(0, log.head()))
    log.close()
    with psycopg.connect(engines.programme["commands"]) as connection:
        parts = connection.execute("SELECT encode(digest, 'hex'), sealed FROM log.parts").fetchall()
        settled = connection.execute(
            "SELECT command, sender, digest, people FROM log.without_effect ORDER BY number"
        ).fetchall()
    with psycopg.connect(engines.vault["commands"]) as connection:
        keys = connection.execute(
            "SELECT audience, version, epoch, encode(wrapped, 'hex'), holders FROM vault.keys"
            " ORDER BY audience, version"
        ).fetchall()
        people = connection.execute(
            "SELECT person, encode(card, 'hex'), array(SELECT ARRAY[encode(digest, 'hex'),"
            " encode(named, 'hex')] FROM vault.identities i WHERE i.person = p.person"
            " ORDER BY digest) FROM vault.people p ORDER BY person"
        ).fetchall()
    kept = Kept(
        rows=rows,
        parts=dict(parts),
        settled=[Settled(*one) for one in settled],
        keys=[Key(*one) for one in keys],
        people=[Person(*one) for one in people],
        requests=(),
    )
    named = [one for one in asked if "id" in one.body]
    known = [one for one in named if vault.command_id(*one.sender) in kept.accepted]
    return kept._replace(requests=known)


def put_into(engines: Engines, kept: Kept) -> None:
    """Empty engines hold all of it from now on."""
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection, turn(connection) as my:
        write(my, kept.rows)
        my.parts.update(kept.parts)
        my.settled.extend(kept.settled)
    with psycopg.connect(engines.vault["commands"]) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO vault.keys (audience, version, epoch, wrapped, holders)"
            " VALUES (%s, %s, %s, decode(%s, 'hex'), %s)",
            kept.keys,
        )
        cursor.executemany(
            "INSERT INTO vault.people (person, card) VALUES (%s, decode(%s, 'hex'))",
            [(one.person, one.card) for one in kept.people],
        )
        cursor.executemany(
            "INSERT INTO vault.identities (person, digest, named)"
            " VALUES (%s, decode(%s, 'hex'), decode(%s, 'hex'))",
            [(one.person, *it) for one in kept.people for it in one.digests],
        )


def save(kept: Kept, folder: Path = FOLDER) -> None:
    """Write it down: what is bytes as it is or in hexadecimal, one entry a line."""
    for row in kept.rows:
        assert b"\n" not in row.document
    folder.joinpath("log.jsonl").write_bytes(b"".join(row.document + b"\n" for row in kept.rows))
    hidden = {row.position: some for row in kept.rows if (some := _hidden(row))}
    _write(folder / "hidden.jsonl", ([position, *some] for position, some in hidden.items()))
    _write(folder / "parts.jsonl", ({one: part.hex()} for one, part in kept.parts.items()))
    settled = ({**one._asdict(), "people": one.people.hex()} for one in kept.settled)
    _write(folder / "settled.jsonl", settled)
    _write(folder / "keys.jsonl", (one._asdict() for one in kept.keys))
    _write(folder / "people.jsonl", (one._asdict() for one in kept.people))
    _write(folder / "requests.jsonl", kept.requests)
    save_digests(kept.facts, folder)


def load(folder: Path = FOLDER) -> Kept:
    """What was written down."""
    hidden = {position: tags for position, *tags in _read(folder / "hidden.jsonl")}
    documents = folder.joinpath("log.jsonl").read_bytes().splitlines()
    return Kept(
        rows=[_row(number, one, hidden.get(number, [])) for number, one in enumerate(documents, 1)],
        parts={one: bytes.fromhex(part) for one, part in _pairs(folder / "parts.jsonl")},
        settled=[
            Settled(**{**one, "people": bytes.fromhex(one["people"])})
            for one in _read(folder / "settled.jsonl")
        ],
        keys=[Key(**one) for one in _read(folder / "keys.jsonl")],
        people=[Person(**one) for one in _read(folder / "people.jsonl")],
        requests=[Request(*one) for one in _read(folder / "requests.jsonl")],
    )


def _row(position: int, document: bytes, hidden: Sequence[str]) -> Stored:
    fact = decode(document)
    tags = [*fact.event.tags(), *hidden, fact.envelope.origin.command_id]
    return Stored(position, fact.envelope.type, tags, document)


def _hidden(row: Stored) -> list[str]:
    """The tags that a document does not show."""
    shown = _row(row.position, row.document, ()).tags
    hidden = [tag for tag in row.tags if tag not in shown]
    assert [*shown[:-1], *hidden, shown[-1]] == row.tags
    return hidden


def _write(file: Path, entries: Iterable[Any]) -> None:
    lines = (json.dumps(one, separators=(",", ":")) + "\n" for one in entries)
    file.write_text("".join(lines), encoding="ascii")


def _read(file: Path) -> Iterator[Any]:
    return map(json.loads, file.read_text(encoding="ascii").splitlines())


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    for one in _read(file):
        yield from one.items()
