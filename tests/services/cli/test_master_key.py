from pathlib import Path
from typing import Final

import pytest

from services.engines.addresses import Engines
from services.vault.epochs import EpochKeys, WrongMasterKey
from services.vault.vault import Vault
from tests.scenes.cast import ADA
from tests.scenes.keeper import Keeper, arrive, kept_in
from tests.scenes.world import MASTER

OTHER: Final = bytes(range(64, 96))


def test_a_master_key_is_replaced_in_its_place_and_the_old_one_opens_nothing(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys, tmp_path: Path
) -> None:
    kept = kept_in(vault, 10)
    keys.master.chmod(0o640)
    said = keeper("rotate", "master")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{keys.master} holds another master key, and the one before ")
    assert keys.master.read_text().strip() != MASTER.hex()
    assert keys.master.stat().st_mode & 0o777 == 0o640, "whoever read it reads it still"
    kept.must_be_readable(fresh, keys)
    old = tmp_path / "old"
    old.write_text(MASTER.hex())
    with pytest.raises(WrongMasterKey):
        EpochKeys(old, keys.file).read()
    given = tmp_path / "given"
    given.write_text(OTHER.hex() + "\n")
    assert keeper.rotate("master", "--new-key", given) == {"master": "replaced"}
    assert keys.master.read_text().strip() == OTHER.hex()
    assert keeper.status()["unfinished"] == {}
    kept.must_be_readable(fresh, keys)


@pytest.mark.parametrize("step", ["allowed", "put"])
def test_a_master_key_that_came_half_way_into_its_place_comes_all_the_way_at_the_next_call(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys, step: str
) -> None:
    kept = kept_in(vault, 10)
    keys.write(keys.read(), [MASTER, OTHER])
    if step == "put":
        keys.master.write_text(OTHER.hex())
    kept.must_be_readable(fresh, keys)
    assert list(keeper.status()["unfinished"]) == ["master"]
    assert keeper.rotate("master") == {"master": "replaced"}
    assert keeper.status()["unfinished"] == {}
    kept.must_be_readable(fresh, keys)


@pytest.fixture
def mounted(keys: EpochKeys) -> EpochKeys:
    """The master key where it can be read and not replaced, as a mounted secret is: something
    stands where its successor would be written. Its content alone can be changed (`remount`).
    """
    keys.master.with_name(f".{keys.master.name}.draft").mkdir()
    return keys


def remount(keys: EpochKeys, master: bytes) -> None:
    keys.master.write_text(master.hex())


def test_a_master_key_that_is_mounted_is_allowed_put_in_place_and_finished(
    fresh: Engines, mounted: EpochKeys, vault: Vault, tmp_path: Path
) -> None:
    keeper, kept = Keeper(fresh, mounted), kept_in(vault, 10)
    before = mounted.file.read_text()
    said = keeper("rotate", "master")
    assert (said.code, said.out) == (1, "")
    assert "can't be replaced from here" in said.err
    assert "give its file with --new-key" in said.err
    assert mounted.file.read_text() == before
    new = tmp_path / "new"
    new.write_text(OTHER.hex())
    said = keeper("rotate", "master", "--new-key", new)
    assert said.code == 0
    assert f"Put the new one in the place of {mounted.master}, start anew" in said.out
    assert "then call `leading-together vault rotate master --finish`" in said.out
    kept.must_be_readable(fresh, mounted)
    kept.must_be_readable(fresh, EpochKeys(new, mounted.file))
    early = keeper("rotate", "master", "--finish")
    assert early.code == 1
    assert "holds the master key from before. Put the new one in its place," in early.err
    refused = keeper("rotate", "epoch")
    assert refused.code == 1
    assert "finish that first, with `leading-together vault rotate master --finish`" in refused.err
    kept.must_be_readable(fresh, EpochKeys(new, mounted.file))
    remount(mounted, OTHER)
    again = keeper("rotate", "master", "--new-key", new)
    assert again.code == 1
    assert "holds this master key already" in again.err
    assert keeper.rotate("master", "--finish") == {"master": "finished"}
    assert keeper.rotate("master", "--finish") == {"master": "finished"}
    kept.must_be_readable(fresh, mounted)
    remount(mounted, MASTER)
    assert keeper("status").err.startswith("The master key does not open this vault. ")


@pytest.mark.parametrize("text", ["", "abcd", "no key at all", MASTER.hex()[:-2]])
def test_a_file_without_a_key_is_refused_before_anything_is_changed(
    keeper: Keeper, vault: Vault, keys: EpochKeys, tmp_path: Path, text: str
) -> None:
    arrive(vault, [ADA])
    before = keys.master.read_text(), keys.file.read_text()
    bad = tmp_path / "bad"
    bad.write_text(text)
    said = keeper("rotate", "master", "--new-key", bad)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"{bad} must hold the vault's master key: 64 hexadecimal digits. Nothing was changed.\n"
    )
    assert (keys.master.read_text(), keys.file.read_text()) == before
    assert keeper("rotate", "master", "--new-key", tmp_path / "none").code == 2
    assert keeper("rotate", "master", "--new-key", keys.master, "--finish").code == 2
