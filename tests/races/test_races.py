import pytest

from tests.races.conftest import Fresh
from tests.races.findings import in_words
from tests.races.ours import OURS
from tests.races.scenarios import SCENARIOS, run

SEEDS = 3  # `make races` runs a hundred


@pytest.mark.parametrize("name", SCENARIOS)
def test_our_log_loses_no_race(another: Fresh, name: str) -> None:
    for seed in range(SEEDS):
        with another() as engines:
            findings = run(SCENARIOS[name], OURS, engines, seed)
        assert not findings, f"seed {seed}: {in_words(findings)}"
