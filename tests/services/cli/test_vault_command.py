import json
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

import psycopg
import pytest

from events.personal import ERASED
from services.engines.addresses import Engines
from services.vault.arrivals import Arrival
from services.vault.epochs import EpochKeys, LostEpoch, new_epoch
from services.vault.rotation import LONGEST_REST, Rotation
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.calls import Calls
from tests.scenes.cast import ADA, AUTUMN, BEN
from tests.scenes.given import person
from tests.scenes.keeper import Keeper, arrive, kept_in, sealed
from tests.scenes.terminal import Said, Terminal
from tests.scenes.watching import until
from tests.scenes.world import MASTER

OTHER: Final = bytes(range(64, 96))
PANEL: Final = f"panel:{AUTUMN}"
MANY: Final = 300


def stopping_at(number: int) -> Callable[[str, int, int], None]:
    """Ctrl-C when so much was told of the progress."""
    told = []

    def progress(*one: object) -> None:
        told.append(one)
        if len(told) > number:
            raise KeyboardInterrupt

    return progress


def versions(engines: Engines, name: str) -> list[int]:
    with psycopg.connect(engines.vault["owner"]) as owner:
        rows = owner.execute("SELECT version FROM vault.keys WHERE audience = %s", (name,))
        return sorted(version for (version,) in rows)


def test_before_anything_is_kept_there_is_nothing_to_turn(keeper: Keeper, keys: EpochKeys) -> None:
    keys.file.unlink()
    for words in (("status",), ("rotate", "epoch"), ("rotate", "audiences"), ("rotate", "master")):
        said = keeper(*words)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Nothing is kept in the vault yet: ")
    assert not keys.file.exists()


def test_status_tells_epoch_keys_and_people(keeper: Keeper, vault: Vault, owners: Vault) -> None:
    arrive(vault, [ADA, BEN])
    vault.people.meet([Arrival(person("Cy"), Card("Cy"))], lambda _: set())
    owners.destroy(BEN)
    found = keeper.status()
    assert found.pop("began").endswith("Z")
    assert found == {
        "epoch": 1,
        "keys": 3,
        "destroyed": 1,
        "people": 2,
        "unindexed": 1,
        "unfinished": {},
    }
    words = keeper("status")
    assert words.code == 0
    assert "Keys        3, 1 of them destroyed\n" in words.out
    assert "People      2, 1 of them not findable yet\n" in words.out
    assert words.out.endswith("Nothing was interrupted.\n")


def test_a_new_epoch_leaves_all_readable_and_old_copies_worthless(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys, tmp_path: Path
) -> None:
    kept = kept_in(vault, 20)
    old = EpochKeys(keys.master, Path(shutil.copy(keys.file, tmp_path / "old")))
    said = keeper("rotate", "epoch")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Epoch 2 has begun.")
    assert f"make a new backup of the vault and, apart from it, of {keys.file};" in said.out
    kept.must_be_readable(fresh, keys)
    assert vault.open(sealed(vault, ADA)) == f"Name of {ADA}", "who had keys at hand goes on"
    with closing(Vault(fresh.vault["home"], old)) as thief, pytest.raises(LostEpoch):
        thief.open(next(iter(kept.names.values())))
    assert keeper.status()["epoch"] == 2
    assert keeper.rotate("epoch") == {"epoch": 3}
    kept.must_be_readable(fresh, keys)


def test_however_slow_its_steps_are_it_rests_for_a_moment_only(
    fresh: Engines, vault: Vault, keys: EpochKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_in(vault, 20)
    rests: list[float] = []
    monkeypatch.setattr("services.vault.rotation.time.sleep", rests.append)

    def slow(*_: object) -> None:
        Event().wait(0.02)

    with Rotation(fresh.vault["keeper"], keys, slow) as rotation:
        rotation.epoch()
    assert rests
    assert max(rests) == LONGEST_REST


@pytest.mark.parametrize("told", range(8))
def test_an_epochs_end_that_was_interrupted_anywhere_is_finished_by_the_same_command(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys, told: int
) -> None:
    kept = kept_in(vault, 110)
    with (
        Rotation(fresh.vault["keeper"], keys, stopping_at(told)) as rotation,
        pytest.raises(KeyboardInterrupt),
    ):
        rotation.epoch()
    kept.must_be_readable(fresh, keys)
    assert vault.open(sealed(vault, ADA)) == f"Name of {ADA}", "newcomers are sealed meanwhile"
    left = keeper("status")
    assert left.code == 1
    assert "`leading-together vault rotate epoch` finishes it.\n" in left.out
    assert keeper.rotate("epoch") == {"epoch": 2}
    assert keeper.status()["unfinished"] == {}
    assert len(keys.file.read_text().splitlines()) == 1
    kept.must_be_readable(fresh, keys)


def test_whoever_may_not_turn_keys_changes_nothing(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys
) -> None:
    arrive(vault, [ADA])
    before = keys.file.read_text()
    keeper.settings["LT_VAULT_URL"] = fresh.vault["home"]
    assert keeper("rotate", "epoch").code == keeper("rotate", "audiences").code == 3
    assert keys.file.read_text() == before
    assert keeper("status").code == 0


def test_an_epoch_of_which_only_its_file_knows_begins_at_the_next_call(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys
) -> None:
    kept = kept_in(vault, 10)
    keys.write([*keys.read(), new_epoch(2)])
    assert keeper.status()["unfinished"] == {"epoch": "leading-together vault rotate epoch"}
    kept.must_be_readable(fresh, keys)
    assert keeper.rotate("epoch") == {"epoch": 2}
    kept.must_be_readable(fresh, keys)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_was_stopped_or_killed_is_taken_up_by_the_next(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys, how: signal.Signals
) -> None:
    kept = kept_in(vault, MANY)

    def turned() -> int:
        with psycopg.connect(fresh.vault["owner"]) as owner:
            row = owner.execute("SELECT count(*) FROM vault.keys WHERE epoch = 2").fetchone()
        return row[0] if row else 0

    with Terminal(**keeper.settings).running("vault", "rotate", "epoch") as rotating:
        until(turned)
        said = rotating.end(how)
    assert turned() < MANY
    if how is signal.SIGINT:
        assert (said.code, said.out) == (130, "")
        assert said.err == "Stopped half-way: call it again, and it goes on.\n"
    kept.must_be_readable(fresh, keys)
    until(lambda: keeper("rotate", "epoch").code == 0)  # the server may take the killed for alive
    assert turned() >= MANY
    kept.must_be_readable(fresh, keys)


def test_each_audience_gets_one_new_version_even_if_interrupted(
    fresh: Engines, keeper: Keeper, vault: Vault, owners: Vault, keys: EpochKeys
) -> None:
    kept = kept_in(vault, 110)
    vault.keys.make(PANEL, [ADA, BEN])
    with (
        Rotation(fresh.vault["keeper"], keys, stopping_at(1)) as rotation,
        pytest.raises(KeyboardInterrupt),
    ):
        rotation.audiences()
    kept.must_be_readable(fresh, keys)
    commands = {"audiences": "leading-together vault rotate audiences"}
    assert keeper.status()["unfinished"] == commands
    assert 0 < keeper.rotate("audiences")["audiences"] < 111
    assert keeper.status()["unfinished"] == {}
    for who, name in kept.names.items():
        first, second = versions(fresh, who)
        assert (name.key, sealed(vault, who).key) == (str(first), str(second))
    kept.must_be_readable(fresh, keys)
    assert len(versions(fresh, PANEL)) == 2
    assert owners.destroy(BEN) == 1, "in both versions"
    assert owners.keys.gone(PANEL), "it falls with each of its holders"


def test_what_is_sealed_by_a_new_version_is_opened_by_who_looked_before(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys
) -> None:
    first = sealed(vault, ADA)
    with closing(Vault(fresh.vault["notifier"], keys, lease=3600)) as notifiers:
        assert notifiers.open(first) == f"Name of {ADA}"
        keeper.rotate("audiences")
        second = sealed(vault, ADA)
        assert second.key != first.key
        assert notifiers.open(second) == f"Name of {ADA}"


def test_whoever_was_erased_gets_no_new_key(
    fresh: Engines, keeper: Keeper, vault: Vault, owners: Vault
) -> None:
    name = sealed(vault, ADA)
    owners.destroy(ADA)
    keeper.rotate("audiences")
    assert len(versions(fresh, ADA)) == 1
    keeper.rotate("epoch")
    assert vault.open(name) == ERASED


def test_keys_that_are_missing_are_told_in_one_sentence(
    keeper: Keeper, vault: Vault, keys: EpochKeys
) -> None:
    arrive(vault, [ADA])
    keys.master.write_text(OTHER.hex())
    wrong = keeper("rotate", "epoch", "--json")
    assert wrong.code == 3
    assert wrong.err.startswith("The master key does not open this vault. ")
    assert json.loads(wrong.out)["sentence"] == wrong.err.strip()
    keys.master.write_text(MASTER.hex())
    keys.file.unlink()
    for words in (("status",), ("rotate", "epoch"), ("rotate", "master")):
        lost = keeper(*words)
        assert (lost.code, lost.out) == (3, "")
        assert lost.err == (
            "The key of the vault's epoch is not in its file. Restore the file that "
            "LT_EPOCH_KEYS_FILE names; without it no personal value can be read.\n"
        )
    keys.master.unlink()
    assert keeper("status").err == (
        f"{keys.master} must hold the vault's master key: 64 hexadecimal digits.\n"
    )


def test_only_one_turns_keys_at_a_time(
    fresh: Engines, keeper: Keeper, vault: Vault, keys: EpochKeys
) -> None:
    kept = kept_in(vault, 10)
    said: list[Said] = []

    def another(*_: object) -> None:
        said.extend(keeper("rotate", what) for what in ("epoch", "audiences", "master"))

    with Rotation(fresh.vault["keeper"], keys, another) as rotation:
        rotation.epoch()
    assert {(one.code, one.err) for one in said} == {
        (1, "Somebody turns keys of this vault just now: wait until that ends.\n")
    }
    kept.must_be_readable(fresh, keys)


def test_a_vault_that_is_away_is_told_in_one_line() -> None:
    nobody = "127.0.0.1:1"
    away = Calls(
        LT_DATABASE_URL=f"postgresql://keeper@{nobody}/vault", LT_NATS_URL=f"nats://{nobody}"
    )
    said = away("vault", "status")
    assert (said.code, said.out) == (3, "")
    assert said.err.count("\n") == 1


@pytest.mark.timeout(300)
def test_workers_go_on_while_all_keys_are_turned(tmp_path: Path) -> None:
    data = tmp_path / "data"
    lt, calls = Terminal(LT_DATA=data), Calls(LT_DATA=data)

    def comes(name: str) -> None:
        reply = lt.asks("person.register", {"full_name": name, "email": f"{name}@example.org"})
        assert reply.status == "accepted"
        assert reply.events

    def shown(name: str) -> bool:
        said = calls("people", "find", name, "--json")
        assert said.code == 0
        return len(said.lines) == 1

    with lt.up():
        comes("Ada")
        for name, kind in (("Ben", "audiences"), ("Cleo", "master"), ("Dora", "epoch")):
            said = calls("vault", "rotate", kind)
            assert (said.code, said.err) == (0, "")
            comes(name)
        for name in ("Ada", "Ben", "Cleo", "Dora"):
            until(partial(shown, name))
        assert calls("vault", "status", "--json").json["epoch"] == 2
        assert calls("status").code == 0
