from tests.services.identity.fuzzing import fuzz


def test_mistakes_by_chance_are_refused_for_known_reasons() -> None:
    assert fuzz(1.0, seed=20261127) > 0
