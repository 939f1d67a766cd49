"""A worker in a process of its own is told its ways to the engines, and nothing else in secret."""

from pathlib import Path

import pytest

from services.engines.addresses import BusAddress, Engines
from services.process import apart
from services.settings import secrets
from tests.scenes.world import station

WEB = "web"
OWN = {"LT_DATABASE_URL": "postgresql://web@db/programme", "LT_NATS_SEED": "SU-web"}
ELSEWHERE = Engines(
    programme={WEB: OWN["LT_DATABASE_URL"], "commands": "postgresql://commands@db/programme"},
    vault={"commands": "postgresql://commands@db/vault"},
    nats={WEB: BusAddress(url="nats://bus", seed=OWN["LT_NATS_SEED"])},
)


def test_it_is_told_no_secret_but_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = station(ELSEWHERE, tmp_path)
    for name in secrets():
        monkeypatch.setenv(name, f"what {name} is here")
        monkeypatch.setenv(f"{name}_FILE", f"/secrets/{name}")
    monkeypatch.setenv("LT_SENDER", "us@example.org")
    given = apart._environment(WEB, here)
    assert not [one for one in given if one.endswith("_FILE") and one[:-5] in secrets()]
    assert {name: given[name] for name in OWN} == OWN
    assert given["LT_SENDER"] == "us@example.org"
    assert not {*secrets()} & {*given} - {*OWN, "LT_NATS_URL"}
