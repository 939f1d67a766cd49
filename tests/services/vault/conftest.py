from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.engines.addresses import Engines
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
from tests.scenes import lived as demonstration
from tests.scenes.databases import fresh_databases
from tests.scenes.lived import Lived
from tests.scenes.once import once
from tests.scenes.world import KEYS


@pytest.fixture
def vault(fresh: Engines) -> Iterator[Vault]:
    opened = Vault(fresh.vault["commands"], KEYS)
    yield opened
    opened.close()


@pytest.fixture
def notifiers(fresh: Engines) -> Iterator[Vault]:
    """Another process's: it has seen no key yet."""
    opened = Vault(fresh.vault["notifier"], KEYS)
    yield opened
    opened.close()


@pytest.fixture
def owners(fresh: Engines) -> Iterator[Vault]:
    """Of whoever may destroy keys."""
    opened = Vault(fresh.vault["owner"], KEYS)
    yield opened
    opened.close()


@pytest.fixture
def other_keys(tmp_path: Path) -> EpochKeys:
    """Keys of epochs that opened no vault yet, under another master key."""
    (tmp_path / "other.key").write_text(bytes(32).hex())
    keys = EpochKeys(tmp_path / "other.key", tmp_path / "others.keys")
    keys.begin()
    return keys


@pytest.fixture
def elsewhere(engines: Engines, templates: None, other_keys: EpochKeys) -> Iterator[Vault]:
    """The vault of another programme."""
    with (
        fresh_databases(engines) as others,
        closing(Vault(others.vault["commands"], other_keys)) as opened,
    ):
        yield opened


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The demonstration up to its pairs, and all that could be seen of it."""
    return once(tmp_path_factory, "lived", demonstration.lived)
