"""What was copied from the vault before an epoch's end is worth nothing after it.

A thief has every row, page and segment of the write-ahead log of the vault from before, the whole
log, and all keys that there are afterwards; only the ended epoch's key is gone.
"""

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from struct import pack
from typing import Final, NamedTuple

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from nats.aio.client import Client
from psycopg.sql import SQL, Identifier

from events.envelope import read_document
from events.ids import PersonId
from services.clock import SetClock
from services.engines.addresses import Engines
from services.engines.embedded import embedded
from services.log.log import Log
from services.operations.provisioning import provision
from services.process.station import Station, keys_of
from services.settings import Settings
from services.vault.epochs import Epoch, EpochKeys, derived, master_key, unwrapped
from services.vault.rotation import Rotation
from services.vault.vault import Vault
from services.vault.words import Card, findable, keyed, same_name
from tests.scenes.team import RUTH
from tests.scenes.tokens import IDENTITY
from tests.scenes.watching import superuser
from tests.scenes.world import NOON, coordinator, door_on, keys_in

ADA: Final = Card("Ada Tregenza", "ada@example.org", "01872 000000", "Truro")
BEN: Final = Card("Ben Okafor", "ben@example.org", None, "Exeter")
INTEREST: Final = {"words": "Invented words about a ward."}


class Stolen(NamedTuple):
    """What the thief has: rows of keys and cards, all bytes of the server's files, the digests of
    commands in the log, and the keys that are left. `ended` is the key that is gone.
    """

    keys: list[tuple[str, int, int, bytes]]
    cards: list[tuple[str, bytes]]
    pages: bytes
    digests: set[str]
    left: list[bytes]
    ended: bytes


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Stolen:
    """Two people who are known and found; one of them is erased before the epoch ends."""
    data = tmp_path_factory.mktemp("stolen") / "data"
    with embedded(data, fsync=False) as engines:
        asyncio.run(provision(engines))
        settings = Settings(data=data, identity_file=IDENTITY)
        (first,) = keys_in(data).read()
        ada = asyncio.run(_lived(Station(engines, SetClock(NOON), settings)))
        with closing(Vault(engines.vault["keeper"], keys_of(settings))) as vault:
            while vault.people.index(100):
                pass
            keys, cards = _rows(engines)
            with superuser(data, engines) as server:
                server.execute("CHECKPOINT")
                query = "SELECT oid FROM pg_database WHERE datname = 'vault'"
                (oid,) = server.execute(query).fetchone() or (0,)
            copy = shutil.copytree(data / "postgres", data.parent / "copy")
            pages = b"".join(_files(copy / "base" / str(oid), copy / "pg_wal"))
            shutil.rmtree(copy)
            vault.destroy(ada)
        with Rotation(engines.vault["keeper"], keys_of(settings)) as rotation:
            rotation.epoch()
        (second,) = keys_of(settings).read()
        with closing(Log(engines.programme["home"], connections=1)) as log:
            documents = [row.document for row in log.pages(0, log.head())]
        digests = {read_document(one)[0].origin.digest for one in documents}
        left = [master_key(settings.master_key), second.key]
    return Stolen(keys, cards, pages, digests, left, first.key)


def test_the_ended_key_goes_when_all_that_was_turned_is_on_the_disk(
    fresh: Engines, tmp_path: Path
) -> None:
    """What is committed at leisure is lost with the server; then the old key would be missed."""
    written, on_disk = [0], [0]

    def looked(query: str) -> int:
        with psycopg.connect(fresh.vault["owner"]) as owner:
            row = owner.execute(f"SELECT {query} - '0/0'".encode()).fetchone()
            return int(row[0]) if row else 0

    def turned(*_: object) -> None:
        written.append(looked("pg_current_wal_insert_lsn()"))

    class Watched(EpochKeys):
        def write(self, epochs: Sequence[Epoch], masters: Iterable[bytes] = ()) -> None:
            on_disk.append(looked("pg_current_wal_flush_lsn()"))
            super().write(epochs, masters)

    with psycopg.connect(fresh.vault["owner"]) as owner:  # as it is in earnest
        named = Identifier(owner.info.dbname)
        owner.execute(SQL("ALTER DATABASE {} SET synchronous_commit = on").format(named))
    keys = keys_in(tmp_path)
    with closing(Vault(fresh.vault["commands"], keys)) as vault:
        vault.prove()
        vault.welcome(PersonId.derived(NOON, str(number)) for number in range(40))
    with Rotation(fresh.vault["keeper"], Watched(keys.master, keys.file), turned) as rotation:
        rotation.epoch()
    assert len(written) > 4
    assert on_disk[-1] >= written[-1]


async def _lived(station: Station) -> str:
    async with door_on(station) as client:
        ada, _ = [await _known(client, card) for card in (ADA, BEN)]
        await coordinator(client, "interest.express", {"person_id": ada, **INTEREST})
        return ada


async def _known(client: Client, card: Card) -> str:
    said = {name: value for name, value in card._asdict().items() if value}
    reply = await coordinator(client, "person.register", said)
    return (reply.ids or {})["person_id"]


def _rows(engines: Engines) -> tuple[list[tuple[str, int, int, bytes]], list[tuple[str, bytes]]]:
    with psycopg.connect(engines.vault["owner"]) as owner:
        keys = owner.execute("SELECT audience, version, epoch, wrapped FROM vault.keys").fetchall()
        cards = owner.execute("SELECT person, card FROM vault.people").fetchall()
    return keys, cards


def _files(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file():
                yield file.read_bytes()


def opened(stolen: Stolen, keys: Iterable[bytes]) -> dict[str, bytes]:
    """The keys of the vault that these open."""
    found = {}
    for one in keys:
        for purpose in (one, derived(one, "wrap"), derived(one, "index")):
            for audience, version, epoch, secret in stolen.keys:
                try:
                    bound = f"{audience}|{version}|{epoch}"
                    found[audience] = unwrapped(purpose, secret, bound)
                except InvalidTag:
                    continue
    return found


def confirmed(stolen: Stolen, keys: Iterable[bytes]) -> set[str]:
    """Which of the right guesses are found in the pages under one of these keys."""
    found = set()
    for index in (derived(one, "index") for one in keys):
        for card in (ADA, BEN):
            guesses = {f"named {one} {same_name(card.full_name)}": "named" for one in card.contacts}
            guesses |= {f"contact {one}": "contact" for one in card.contacts}
            for guess, purpose in guesses.items():
                text = guess.removeprefix(f"{purpose} ").encode()
                digest = blake2b(text, digest_size=16, key=index, person=purpose.encode()).digest()
                if digest in stolen.pages:
                    found.add(guess)
            words = findable(card)
            for word, number in zip(words, keyed(index, words), strict=True):
                if pack("<q", number) in stolen.pages:
                    found.add(word)
    return found


def test_with_the_ended_key_everything_would_be_open(stolen: Stolen) -> None:
    """Otherwise the other tests would prove nothing."""
    found = opened(stolen, [stolen.ended])
    assert {one[0] for one in stolen.keys} == found.keys()
    assert len(found) >= 3
    words = confirmed(stolen, [stolen.ended])
    assert {"ada", "tru", "trur", "contact ada@example.org", "tregenza"} <= words
    assert "named ada@example.org ada tregenza" in words


def test_without_it_nothing_opens(stolen: Stolen) -> None:
    assert opened(stolen, stolen.left) == {}
    assert b"Tregenza" not in stolen.pages
    assert b"ada@example.org" not in stolen.pages


def test_without_it_no_name_and_no_address_is_confirmed(stolen: Stolen) -> None:
    assert confirmed(stolen, [*stolen.left, bytes(32)]) == set()


def test_without_it_no_command_is_confirmed(stolen: Stolen) -> None:
    """The right contents, under every key that a thief can get or derive."""
    contents = list(_contents())
    with_it = derived(opened(stolen, [stolen.ended])["vault"], "command")
    people = [opened(stolen, [stolen.ended])[person] for person, _ in stolen.cards]
    assert _digests(contents, [with_it], people) & stolen.digests, "so the guesses are right"
    left = [*stolen.left, *(derived(one, "command") for one in stolen.left), bytes(32)]
    left += [derived(derived(one, "vault"), "command") for one in stolen.left]
    assert not _digests(contents, left, [*stolen.left, b""]) & stolen.digests


def _contents() -> Iterator[bytes]:
    """As the door has them of what was asked."""
    acting = f'["{RUTH}","coordinator",null,null,null]'.encode()
    for card in (ADA, BEN):
        fields = ",".join(f'"{name}":"{value}"' for name, value in card._asdict().items() if value)
        yield b"person.register %b {%b}" % (acting, fields.encode())


def _digests(contents: Iterable[bytes], keys: Iterable[bytes], people: Iterable[bytes]) -> set[str]:
    found = set()
    for key in keys:
        own = [blake2b(one, digest_size=32, key=key).digest() for one in people]
        for content in contents:
            found |= {blake2b(content, digest_size=16, key=one).hexdigest() for one in (key, *own)}
    return found
