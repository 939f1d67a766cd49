import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.clock import SetClock
from services.engines.addresses import Engines
from services.identity import comers
from tests.scenes.tokens import IDENTITY, OWN
from tests.scenes.world import station
from tests.services.door.provided import House
from tests.services.identity.minting import AUDIENCE, NOW, ed25519, stand_in


@pytest.fixture
def house(fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(comers, "FRESH", 0.05)
    with stand_in() as provider:
        provider.keys = [ed25519().jwk]
        table = {"issuer": provider.issuer, "code": "trust", "audience": AUDIENCE}
        said = "\n".join(f"{name} = {json.dumps(value)}" for name, value in table.items())
        own = OWN.replace('"identity', f'"{IDENTITY.parent}/identity')
        file = tmp_path / "identity.toml"
        file.write_text(f'{own}[[providers]]\n{said}\nalgorithms = ["Ed25519"]\n')
        here = station(fresh, tmp_path, SetClock(NOW))
        settings = here.settings.model_copy(update={"identity_file": file})
        yield House(replace(here, settings=settings), provider)
