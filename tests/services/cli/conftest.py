from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.engines.addresses import Engines
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
from tests.scenes.keeper import Keeper
from tests.scenes.world import keys_in


@pytest.fixture
def keys(tmp_path: Path) -> EpochKeys:
    return keys_in(tmp_path)


@pytest.fixture
def keeper(fresh: Engines, keys: EpochKeys, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """Whoever turns keys in this process rests for nobody: nobody works beside them."""
    monkeypatch.setattr("services.vault.rotation.PACE", 0)
    return Keeper(fresh, keys)


@pytest.fixture
def vault(fresh: Engines, keys: EpochKeys) -> Iterator[Vault]:
    """The door's, who looks each time whether its keys are still what the vault has."""
    with closing(Vault(fresh.vault["commands"], keys, lease=0)) as opened:
        yield opened


@pytest.fixture
def owners(fresh: Engines, keys: EpochKeys) -> Iterator[Vault]:
    """Of whoever may destroy keys."""
    with closing(Vault(fresh.vault["owner"], keys)) as opened:
        yield opened
