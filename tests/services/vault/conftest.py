from collections.abc import Iterator

import pytest

from services.engines.addresses import Engines
from services.vault.vault import Vault
from tests.scenes import lived as demonstration
from tests.scenes.lived import Lived
from tests.scenes.once import once
from tests.scenes.world import MASTER


@pytest.fixture
def vault(fresh: Engines) -> Iterator[Vault]:
    opened = Vault(fresh.vault["commands"], MASTER)
    yield opened
    opened.close()


@pytest.fixture
def notifiers(fresh: Engines) -> Iterator[Vault]:
    """Another process's: it has seen no key yet."""
    opened = Vault(fresh.vault["notifier"], MASTER)
    yield opened
    opened.close()


@pytest.fixture
def owners(fresh: Engines) -> Iterator[Vault]:
    """Of whoever may destroy keys."""
    opened = Vault(fresh.vault["owner"], MASTER)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The demonstration up to its pairs, and all that could be seen of it."""
    return once(tmp_path_factory, "lived", demonstration.lived)
