from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest

from services.engines.addresses import Engines
from tests.scenes.databases import fresh_databases

Fresh = Callable[[], AbstractContextManager[Engines]]


@pytest.fixture
def another(engines: Engines, templates: None) -> Fresh:
    """Databases of its own for each race, as many as a test wants."""
    return partial(fresh_databases, engines)
