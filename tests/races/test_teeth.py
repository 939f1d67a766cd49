import pytest

from tests.races.conftest import Fresh
from tests.races.contenders import Contender
from tests.races.findings import Failure, Findings, in_words
from tests.races.library import LIBRARY
from tests.races.mutants import MUTANTS
from tests.races.ours import OURS
from tests.races.scenarios import SCENARIOS, run

MOST = 150  # seeds; nearly all is seen in the first three, one thing in one of ten
SEEN = [
    (LIBRARY, "paging", {Failure.SKIPPED, Failure.EARLY}),
    (LIBRARY, "conditions", {Failure.PASSED}),
    (MUTANTS["no lock"], "conditions", {Failure.THROWN}),
    (MUTANTS["no lock"], "places", {Failure.THROWN}),
    (MUTANTS["no second look"], "places", {Failure.PASSED, Failure.TWO_WON}),
    (MUTANTS["answers before commit"], "failures", {Failure.LOST}),
    (MUTANTS["keeps what failed"], "failures", {Failure.LEARNED}),
    (MUTANTS["knows no ids"], "places", {Failure.REPEATED}),
    (MUTANTS["knows ids too early"], "places", {Failure.REPEATED}),
    (MUTANTS["forgets what had no effect"], "places", {Failure.LOST, Failure.REUSED}),
    (MUTANTS["looks for facts only"], "places", {Failure.THROWN}),
    (MUTANTS["unordered"], "paging", {Failure.SKIPPED, Failure.EARLY}),
    (MUTANTS["unordered"], "conditions", {Failure.PASSED, Failure.TWO_WON}),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("contender", "name", "failures"), SEEN, ids=[f"{who.name}, {name}" for who, name, _ in SEEN]
)
def test_a_fault_is_noticed_and_ours_has_none(
    another: Fresh, contender: Contender, name: str, failures: set[Failure]
) -> None:
    seen, seed = Findings(), 0
    while not failures <= seen.keys():
        assert seed < MOST, f"{MOST} seeds, and only {in_words(seen)}"
        with another() as engines:
            seen += run(SCENARIOS[name], contender, engines, seed)
        seed += 1
    with another() as engines:
        findings = run(SCENARIOS[name], OURS, engines, seed - 1)
    assert not findings, in_words(findings)
