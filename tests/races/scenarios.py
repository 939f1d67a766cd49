"""The races by name, and how one is run."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.engines.addresses import Engines
from tests.races.appending import conditions, paging
from tests.races.booking import Scenario, failures, places
from tests.races.contenders import Contender
from tests.races.findings import Findings

SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {"paging": paging, "conditions": conditions, "places": places, "failures": failures}
)


def run(scenario: Scenario, contender: Contender, engines: Engines, seed: int) -> Findings:
    """One race on databases of its own; what went wrong, empty if nothing did."""
    contender.prepare(engines)
    return +scenario(contender, engines, seed)


__all__ = ["SCENARIOS", "Scenario", "run"]
