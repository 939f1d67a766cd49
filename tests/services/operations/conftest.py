import pytest

from services.engines.addresses import Engines
from tests.scenes.at_work import recorded_in, stored
from tests.scenes.history import history
from tests.scenes.operating import Ops


@pytest.fixture
def ops(fresh: Engines) -> Ops:
    recorded_in(fresh, (stored(answer) for answer in history()))
    return Ops(fresh)
