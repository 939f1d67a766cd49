"""The file with the keys of the epochs: made once, and never anew where something is kept."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from services.engines.addresses import Engines
from services.vault.epochs import EpochKeys, LostEpoch, WrongMasterKey, master_key, new_epoch
from services.vault.vault import Vault
from tests.scenes.cast import ADA
from tests.scenes.watching import ROOT, mode, until
from tests.scenes.world import EPOCH, MASTER, keys_in

OTHER = bytes(reversed(range(32)))
BEGIN = """
import sys
from pathlib import Path
from services.vault.epochs import EpochKeys
keys = EpochKeys(Path(sys.argv[1]), Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
keys.begin()
print(keys.key(1).hex())
"""


@pytest.fixture
def keys(tmp_path: Path) -> EpochKeys:
    """The first epoch under the master key, as files."""
    return keys_in(tmp_path)


def another(keys: EpochKeys, master: bytes | None = None) -> EpochKeys:
    """As another process has them, that has read nothing yet; its master key may be another."""
    if master is None:
        return EpochKeys(keys.master, keys.file)
    file = keys.master.with_name("another.key")
    file.write_text(master.hex())
    return EpochKeys(file, keys.file)


def test_the_first_epoch_begins_once_only(keys: EpochKeys) -> None:
    before = keys.file.read_bytes()
    keys.begin()
    keys.begin(OTHER)
    assert keys.file.read_bytes() == before
    assert another(keys).key(1) == EPOCH
    assert mode(keys.file) == 0o600
    assert not {MASTER.hex(), EPOCH.hex()} & set(keys.file.read_text().split())


def test_a_key_that_nobody_names_is_one_by_chance(tmp_path: Path) -> None:
    found = set()
    for name in ("one", "another"):
        keys = keys_in(tmp_path)
        keys.file = tmp_path / "further" / name
        keys.begin()
        found.add(keys.key(1))
    assert len({*found, EPOCH}) == 3
    assert {len(one) for one in found} == {32}


def test_processes_that_begin_at_once_agree(keys: EpochKeys) -> None:
    keys.file.unlink()
    words = [sys.executable, "-c", BEGIN, keys.master, keys.file]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    several = [subprocess.Popen(words, cwd=ROOT, text=True, **pipes) for _ in range(4)]  # type: ignore[call-overload]  # by name
    try:
        assert [one.stdout.readline() for one in several] == ["ready\n"] * 4
        for one in several:
            one.stdin.write("\n")
            one.stdin.flush()
        said = [one.communicate(timeout=20)[0] for one in several]
    finally:
        for one in several:
            one.kill()
            one.wait()
    assert said == [another(keys).key(1).hex() + "\n"] * 4


def test_without_a_master_key_no_epoch_begins(tmp_path: Path) -> None:
    keys = EpochKeys(tmp_path / "none.key", tmp_path / "epochs.keys")
    with pytest.raises(WrongMasterKey, match=r"none\.key must hold"):
        keys.begin()
    assert not keys.file.exists()


def test_a_wrong_master_key_is_named(keys: EpochKeys) -> None:
    wrong = another(keys, OTHER)
    for attempt in (wrong.read, wrong.look_anew, lambda: wrong.key(1)):
        with pytest.raises(WrongMasterKey, match="LT_MASTER_KEY_FILE"):
            attempt()
    assert not wrong.at_hand


def test_a_file_that_is_not_there_is_named(keys: EpochKeys) -> None:
    keys.file.unlink()
    for attempt in (keys.read, keys.look_anew, lambda: keys.key(1)):
        with pytest.raises(LostEpoch, match="LT_EPOCH_KEYS_FILE"):
            attempt()
    assert not keys.file.exists()


DAMAGED: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "an empty line": lambda _: "\n",
    "no secret": lambda text: text.rpartition(" ")[0],
    "half a secret": lambda text: text[: -(len(text.split()[-1]) // 2 + 1)],
    "a byte of a secret": lambda text: text.rpartition(" ")[0] + " ab",
    "another sign": lambda text: text.replace(" ", " z", 1).strip() + "z",
    "words": lambda _: "Please restore the backup.",
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_one_that_lost_its_keys(
    keys: EpochKeys, damage: Callable[[str], str]
) -> None:
    keys.file.write_text(damage(keys.file.read_text()))
    for attempt in (keys.read, lambda: keys.key(1)):
        with pytest.raises(LostEpoch, match="LT_EPOCH_KEYS_FILE"):
            attempt()


@pytest.mark.parametrize("moved", ["number", "moment", "secret"])
def test_a_key_is_bound_to_its_number_and_its_moment(keys: EpochKeys, moved: str) -> None:
    number, moment, secret = keys.file.read_text().split()
    last = f"{int(secret[-1], 16) ^ 1:x}"
    said = {
        "number": ("2", moment, secret),
        "moment": (number, moment.replace("Z", "+00:00"), secret),
        "secret": (number, moment, secret[:-1] + last),
    }
    keys.file.write_text(" ".join(said[moved]) + "\n")
    with pytest.raises(WrongMasterKey):
        keys.read()


def test_while_the_master_key_is_changed_both_open(keys: EpochKeys) -> None:
    old, new = another(keys), another(keys, OTHER)
    epochs = [*keys.read(), new_epoch(2)]
    keys.write(epochs, [MASTER, OTHER])
    assert old.read() == new.read() == epochs
    assert old.key(2) == new.key(2) == epochs[1].key
    new.write(epochs)
    assert new.read() == epochs
    with pytest.raises(WrongMasterKey):
        old.look_anew()
    assert old.key(2) == epochs[1].key, "what was read serves on"


def test_what_was_not_read_yet_is_looked_for_and_nothing_else(keys: EpochKeys) -> None:
    running, (first,) = another(keys), keys.read()
    assert running.key(1) == EPOCH
    second = new_epoch(2)
    keys.write([first, second])
    assert set(running.at_hand) == {1}
    assert running.key(2) == second.key
    assert set(running.at_hand) == {1, 2}
    with pytest.raises(LostEpoch):
        running.key(3)


def test_an_epoch_that_ended_is_known_to_nobody_who_looks_anew(keys: EpochKeys) -> None:
    running, (first,) = another(keys), keys.read()
    assert running.key(1) == EPOCH
    keys.write([first._replace(number=2)])
    assert running.key(1) == EPOCH
    running.look_anew()
    with pytest.raises(LostEpoch):
        running.key(1)


def change_the_master_key(keys: EpochKeys, after: bytes) -> None:
    epochs, before = keys.read(), master_key(keys.master)
    keys.write(epochs, [before, after])
    draft = keys.master.with_name("draft")
    draft.write_text(after.hex())
    draft.replace(keys.master)
    keys.write(epochs, [after])


def test_whoever_reads_while_the_master_key_is_changed_finds_it(keys: EpochKeys) -> None:
    """The one file may be from before and the other from after."""
    done, looks = Event(), Counter[int]()

    def read(reader: int) -> None:
        mine = another(keys)
        while not done.is_set():
            mine.look_anew()
            assert mine.key(1) == EPOCH
            looks[reader] += 1

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read, reader) for reader in range(2)]
        try:
            for number in range(100):
                change_the_master_key(keys, bytes([number]) * 32)
                seen = dict(looks)
                until(lambda seen=seen: have_looked(readers, seen, looks))  # type: ignore[misc]
        finally:
            done.set()
        for one in readers:
            one.result()


def have_looked(
    readers: Sequence[Future[None]], before: Mapping[int, int], now: Mapping[int, int]
) -> bool:
    """Whether each has looked since then, or failed."""
    looked = (now.get(reader, 0) > before.get(reader, 0) for reader in range(len(readers)))
    return all(looked) or any(one.done() for one in readers)


def vault_with(engines: Engines, keys: EpochKeys) -> closing[Vault]:
    return closing(Vault(engines.vault["commands"], keys))


def test_the_first_epoch_begins_where_nothing_is_kept_yet(fresh: Engines, keys: EpochKeys) -> None:
    keys.file.unlink()
    with vault_with(fresh, keys) as vault:
        vault.prove(begin=True)
        assert keys.file.exists()
        vault.keys.make(ADA)
        vault.prove(ADA)
    with vault_with(fresh, another(keys)) as later:
        later.prove(ADA)


def test_no_epoch_begins_anew_where_the_vault_has_keys(fresh: Engines, keys: EpochKeys) -> None:
    with vault_with(fresh, keys) as vault:
        vault.prove()
    keys.file.unlink()
    with vault_with(fresh, another(keys)) as later:
        for _ in range(2):
            with pytest.raises(LostEpoch, match="LT_EPOCH_KEYS_FILE"):
                later.prove()
            assert not keys.file.exists()


def test_the_file_of_another_vault_does_not_open_this_one(
    fresh: Engines, vault: Vault, other_keys: EpochKeys
) -> None:
    vault.prove()
    with vault_with(fresh, other_keys) as later, pytest.raises(WrongMasterKey):
        later.prove()
