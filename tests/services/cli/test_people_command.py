import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.cli.reading import LATE
from services.cli.whom import LATE as NOT_YET
from services.engines.addresses import Engines
from services.reading import reaching
from services.vault.arrivals import Arrival
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.given import person
from tests.scenes.terminal import Said, at_home, elsewhere
from tests.scenes.world import KEYS, coordinator, door_on, station

ADA: Final = Card("Ada Tregenza", "ada.t@example.org", "01872 000000", "Truro")
ZOE: Final = Card("Zoë O'Brien-Núñez", "zoe@example.org", "+44 7700 900123", "St Ives")
SHAUN: Final = Card("Shaun D\u2019Arcy", None, "07700 900456", "Truro")
ADAM: Final = Card("Adam Tregenza", "ada.t@example.org", None, "Truro")
CLARE: Final = Card("Clare D'Arcy", "clare@example.org", "+44 (0)7700 900456")


class Reader:
    """Calls of `leading-together people` by the owner of a data folder, whose engines these are;
    and who is who.
    """

    def __init__(self, engines: Engines, ids: dict[str, Card], folder: Path) -> None:
        self.ids = ids
        at_home(engines, folder)
        self.settings = {
            "LT_DATA": str(folder),
            "LT_MASTER_KEY_FILE": str(KEYS.master),
            "LT_EPOCH_KEYS_FILE": str(KEYS.file),
        }

    def __call__(self, *words: str, given: str = "") -> Said:
        done = CliRunner().invoke(main, ["people", *words], given, env=self.settings)
        return Said(done.exit_code, done.stdout, done.stderr)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        said = self(*words, "--json")
        assert (said.code, said.err) == (0, "")
        rows: list[dict[str, Any]] = said.lines
        assert all(self.ids[row["person_id"]]._asdict().items() <= row.items() for row in rows)
        return rows

    def found(self, *words: str) -> set[str]:
        return {row["full_name"] for row in self.rows("find", *words)}


async def registered(engines: Engines, folder: Path) -> dict[str, Card]:
    async with door_on(station(engines, folder)) as client:
        ids = {}
        for card in (ADA, ZOE, SHAUN, ADAM, CLARE):
            said = {name: value for name, value in card._asdict().items() if value}
            reply = await coordinator(client, "person.register", said)
            ids[(reply.ids or {})["person_id"]] = card
        return ids


@pytest.fixture
def reader(fresh: Engines, tmp_path: Path) -> Iterator[Reader]:
    """Five people who are registered, and three whose registration was never recorded."""
    ids = asyncio.run(registered(fresh, tmp_path))
    with closing(Vault(fresh.vault["commands"], KEYS)) as vault:
        unknown = [
            Arrival(person(name), Card(f"Ada {name}", "ada.t@example.org")) for name in "XYZ"
        ]
        vault.people.meet(unknown, lambda _: set())
        while vault.people.index(10):
            pass
        yield Reader(fresh, ids, tmp_path)


WRITTEN: Final[dict[tuple[str, ...], set[str]]] = {
    ("ada",): {"Ada Tregenza", "Adam Tregenza"},
    ("tregenza", "ada"): {"Ada Tregenza", "Adam Tregenza"},
    ("Adam",): {"Adam Tregenza"},
    ("tru",): {"Ada Tregenza", "Shaun D\u2019Arcy", "Adam Tregenza"},
    ("zoe",): {"Zoë O'Brien-Núñez"},
    ("NUNEZ",): {"Zoë O'Brien-Núñez"},
    ("Zoë", "Núñ"): {"Zoë O'Brien-Núñez"},
    ("obrien",): {"Zoë O'Brien-Núñez"},
    ("o\u2019brien",): {"Zoë O'Brien-Núñez"},
    ("brien",): {"Zoë O'Brien-Núñez"},
    ("darcy",): {"Shaun D\u2019Arcy", "Clare D'Arcy"},
    ("D'Arcy", "Shaun"): {"Shaun D\u2019Arcy"},
    ("07700900123",): {"Zoë O'Brien-Núñez"},
    ("0044", "7700", "900 123"): {"Zoë O'Brien-Núñez"},
    ("+44 (0)7700 900456",): {"Shaun D\u2019Arcy", "Clare D'Arcy"},
    ("07700", "900"): {"Zoë O'Brien-Núñez", "Shaun D\u2019Arcy", "Clare D'Arcy"},
    ("ZOE@example.org",): {"Zoë O'Brien-Núñez"},
    ("ada.t@exam",): {"Ada Tregenza", "Adam Tregenza"},
    ("ada", "exeter"): set(),
    ("?", "!"): set(),
}


def test_people_are_found_however_they_are_written(reader: Reader) -> None:
    assert {words: reader.found(*words) for words in WRITTEN} == WRITTEN


def test_whom_nobody_can_find_yet_is_not_said_not_to_be_there(
    reader: Reader, fresh: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "REACHED", 0.2)
    with psycopg.connect(fresh.vault["owner"], autocommit=True) as owner:
        owner.execute("UPDATE vault.people SET words = NULL WHERE words IS NOT NULL")
    said = reader("find", "zoe")
    assert (said.code, said.err) == (0, f"{LATE}\n")
    done = CliRunner().invoke(main, ["grant", "zoe"], env=reader.settings)
    assert (done.exit_code, done.stderr) == (3, f"{NOT_YET}\n")
    with closing(Vault(fresh.vault["commands"], KEYS)) as vault:
        vault.people.index(10)
    assert reader.found("zoe") == {ZOE.full_name}


def test_words_that_nobody_is_to_see_are_read_from_the_input(reader: Reader) -> None:
    said = reader("find", "--json", given="zoe st ives\n")
    assert (said.code, [one["full_name"] for one in said.lines]) == (0, [ZOE.full_name])
    said = reader("find", given="\n")
    assert (said.code, said.err) == (2, "Give the words, or one of them.\n")


def test_what_is_found_is_a_table_and_who_was_met_by_whole_words_comes_first(
    reader: Reader,
) -> None:
    said = reader("find", "ada")
    assert (said.code, said.err) == (0, "")
    columns, first, second = (line.split("\t") for line in said.out.splitlines())
    assert columns == ["person_id", "full_name", "town", "email", "phone", "merged_into"]
    assert first[1:] == ["Ada Tregenza", "Truro", "ada.t@example.org", "01872 000000", ""]
    assert reader.ids[first[0]] == ADA
    assert second[1:] == ["Adam Tregenza", "Truro", "ada.t@example.org", "", ""]
    nobody = reader("find", "ada", "exeter")
    assert (nobody.code, nobody.out, nobody.err) == (0, "Nobody was found.\n", "")
    assert reader("find").code == 2


def test_it_is_told_when_there_are_more(reader: Reader) -> None:
    said = reader("find", "tru", "--limit", "2", "--json")
    assert len(said.lines) == 2
    assert said.err == "There are more: give more words, or a larger --limit.\n"
    assert reader("find", "tru", "--limit", "3").err == ""
    assert [row["full_name"] for row in reader("find", "ada", "--limit", "1", "--json").lines] == [
        "Ada Tregenza"
    ]
    assert reader("find", "ada", "--limit", "2").err == ""


def test_who_shares_an_address_or_number_under_another_name_is_shown(
    reader: Reader, fresh: Engines
) -> None:
    groups: dict[str, set[str]] = {}
    for row in reader.rows("shared"):
        groups.setdefault(row["group"], set()).add(row["full_name"])
    assert sorted(groups.values(), key=sorted) == [
        {"Ada Tregenza", "Adam Tregenza"},
        {"Clare D'Arcy", "Shaun D\u2019Arcy"},
    ]
    gone = {card.full_name: one for one, card in reader.ids.items()}
    with closing(Vault(fresh.vault["owner"], KEYS)) as owners:
        owners.destroy(gone["Adam Tregenza"])
        assert owners.people.part(gone["Clare D'Arcy"], "07700900456")
    said = reader("shared")
    assert (said.code, said.out) == (0, "Nobody shares an address or number under another name.\n")


def test_nobody_is_found_without_the_keys(reader: Reader, fresh: Engines, tmp_path: Path) -> None:
    reader.settings["LT_EPOCH_KEYS_FILE"] = str(tmp_path / "none")
    lost = reader("find", "ada")
    assert (lost.code, lost.out) == (3, "")
    assert lost.err.startswith("The key of the vault's epoch is not in its file. Restore the file")
    reader.settings["LT_MASTER_KEY_FILE"] = str(tmp_path / "none")
    for words in (("find", "ada"), ("shared",)):
        said = reader(*words, "--json")
        assert said.code == 3
        assert said.err == (
            f"{tmp_path / 'none'} must hold the vault's master key: 64 hexadecimal digits.\n"
        )
        assert json.loads(said.out)["sentence"] == said.err.strip()
    reader.settings |= {
        "LT_MASTER_KEY_FILE": str(KEYS.master),
        "LT_EPOCH_KEYS_FILE": str(KEYS.file),
    }
    with psycopg.connect(fresh.vault["owner"]) as owner:
        owner.execute("DELETE FROM vault.keys WHERE audience LIKE 'person_%'")
    lost = reader("find", "ada")
    assert (lost.code, lost.out) == (3, "")
    assert "restore the vault's newest backup" in lost.err
    assert lost.err.count("\n") == 1


def test_whoever_has_urls_and_keys_of_engines_elsewhere_finds_nobody_without_a_token(
    reader: Reader, fresh: Engines
) -> None:
    reader.settings |= elsewhere(fresh, "home")
    for words in (("find", "ada"), ("shared",)):
        said = reader(*words)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Refused (identity.missing): ")
