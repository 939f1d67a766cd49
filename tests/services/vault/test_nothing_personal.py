import json
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenes.leaks import Known, leaks, personal, texts
from tests.scenes.lived import LOG, Lived
from tests.scenes.terminal import EXAMPLE

OPENED = "outbox"  # letters that were sent are the opened vault
SOFTWARE = "binaries"  # the engines' own
SEALED = re.compile(rb'"sealed": ?"([A-Za-z0-9_-]+=*)"')
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "escaped": lambda text: json.dumps(text).encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "bytea": lambda text: b"\\x" + text.encode().hex().encode(),
    "base64": lambda text: b64encode(b"x" + text.encode() + b"yz"),
    "escaped in base64": lambda text: b64encode(json.dumps(text).encode()),
}


@pytest.fixture(scope="module")
def said() -> set[str]:
    return personal(EXAMPLE)


def test_no_table_holds_what_people_said(lived: Lived, said: set[str]) -> None:
    found = lived.tables
    assert found.keys() >= {"log.events", "log.tags", "work.notices", "vault.keys"}
    assert any(name.startswith("read.application_queue") for name in found)
    assert len(found["log.events"]) > 1_000_000
    assert {
        name: leaked for name, content in found.items() if (leaked := leaks(said, content))
    } == {}


def test_no_file_holds_it_but_the_letters_to_people(lived: Lived, said: set[str]) -> None:
    data = lived.data
    empty = contents(data / "postgres", "base/1/*")
    assert len(empty) > 1_000_000
    known = leaks(said, empty)
    assert len(known) < 5, "a town that is also a word of every empty database"
    files = [path for path in data.rglob("*") if path.is_file()]
    kept = [path for path in files if path.relative_to(data).parts[0] not in (OPENED, SOFTWARE)]
    assert {path.relative_to(data).parts[0] for path in kept} >= {"postgres", "nats", "log"}
    assert any(path.suffix == ".blk" for path in kept), "JetStream keeps messages in such files"
    assert (data / LOG).stat().st_size > 10_000
    everything = texts(b"\n".join({path.read_bytes() for path in kept}))
    sealed = Known(set(SEALED.findall(lived.tables["log.events"])))  # looked through above
    assert leaks(said - known, sealed.without(everything)) == set()


def test_the_letters_do_hold_it_so_the_search_can_find(lived: Lived, said: set[str]) -> None:
    assert len(leaks(said, contents(lived.data / OPENED, "**/*.eml"))) > 60


@pytest.mark.parametrize("form", FORMS)
def test_every_likely_form_is_found(form: str) -> None:
    words = "Zoë O'Brien sat on the board of the Maison Dieu\u2019s almshouses"
    assert leaks([words], b"\x00\x01 before\x00" + FORMS[form](words) + b"\x00after") == {words}


def test_a_short_word_counts_where_it_stands_alone() -> None:
    assert leaks(["Bath"], b'{"town":"Bath"}') == {"Bath"}
    assert leaks(["Bath"], b"aaBathzz") == set()


def contents(folder: Path, pattern: str) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.glob(pattern)) if path.is_file())
