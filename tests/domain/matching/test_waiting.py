"""Of people who were left over, whoever waits longer comes first."""

from datetime import date, timedelta

from domain.matching.runs import PublishRun
from events.calendar import local_day
from events.matching import LeftUnpaired, MatchingRunPublished
from events.pairings import PairingProposed
from tests.scenes.cast import ADA, AMINA, BEN
from tests.scenes.given import NOON
from tests.scenes.pairs import cohort_of
from tests.scenes.runs import chosen, left_over, run_over, signed_run, the_run

TODAY = local_day(NOON)


def test_of_two_who_were_left_over_who_waits_longer_comes_first() -> None:
    """Up to half a year; and nobody gains by a registration or a place that came early."""
    people = [*cohort_of(ADA, AMINA, beside=(BEN,))]
    for first, second in ((ADA, AMINA), (AMINA, ADA)):
        long = [
            left_over(first, left_on=TODAY - timedelta(days=100)),
            left_over(second, left_on=TODAY),
        ]
        run = run_over(iter([*people]), long)
        assert [one for one, _ in chosen(run)] == [first]
        said = {reason.code: reason.points for reason in run.pairs[0].reasons}
        assert said["waiting.left-over"] == 100
        assert said["waiting.months"] == 30
        none = run_over(iter([*people]), long, waiting_months=0)
        assert "waiting.months" not in {it.code for it in none.pairs[0].reasons}
    ages = [left_over(ADA, left_on=date(2020, 1, 1)), left_over(AMINA, left_on=date(2024, 1, 1))]
    assert len(run_over(iter([*people]), ages).weighed.kinds) == 1


def test_a_run_waits_for_a_signature_as_long_as_it_may() -> None:
    """What time has gone since it was asked for makes it no other."""
    after = signed_run(cohort_of(ADA, AMINA, beside=(BEN,)), [left_over(ADA, left_on=TODAY)])
    wish = PublishRun(run_id=the_run(after).run_id)
    later = NOON + timedelta(days=200)
    gone = after.when(wish, at=later).then_kinds(
        MatchingRunPublished, PairingProposed, LeftUnpaired
    )
    (left_then,) = (fact for fact in gone.facts[-1:] if isinstance(fact, LeftUnpaired))
    assert left_then.left_on == later.date()
