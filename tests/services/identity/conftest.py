from collections.abc import Iterator

import pytest

from services.clock import SetClock
from services.identity.identities import Identities
from tests.services.identity.minting import (
    NOW,
    StandIn,
    ed25519,
    es256,
    identities,
    rs256,
    stand_in,
)


@pytest.fixture(scope="module")
def answering() -> Iterator[StandIn]:
    """One server for the tests of a file; `of` gives it to each as it was."""
    with stand_in() as provider:
        yield provider


@pytest.fixture
def of(answering: StandIn) -> StandIn:
    """A provider with a key of each kind."""
    answering.keys = [ed25519().jwk, es256().jwk, rs256().jwk]
    answering.away = False
    for kept in (answering.asked, answering.forms, answering.answers, answering.document):
        kept.clear()
    return answering


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def known(of: StandIn, clock: SetClock) -> Identities:
    return identities(of, clock)
