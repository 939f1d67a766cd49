"""The one way in which a run's inputs, and the run, are written for a digest (docs/matching.md)."""

from hashlib import sha256
from json import dumps

from events.matching import Inputs, Matching


def digest_of(what: Inputs | Matching) -> str:
    """SHA-256, in hexadecimal, over canonical JSON: names in order, no blanks, ASCII alone.

    Of a matching, over all of it but this digest itself. Locks are not written where there are
    none: runs of before there were any have the digest that they had.
    """
    without = {"digest"} if what.locks else {"digest", "locks"}
    content = what.model_dump(mode="json", exclude=without)
    return sha256(dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def inputs_of(run: Matching) -> Inputs | None:
    """What a run says that it went by: of those without a partner, whom it did not weigh was left
    out. None of a run that does not say of which cohort it was.
    """
    if run.cohort_id is None:
        return None
    weighed = frozenset(run.weighed.people)
    return Inputs(
        cohort_id=run.cohort_id,
        weights=run.weights,
        common_days=run.common_days,
        weighed=run.weighed,
        locks=run.locks,
        left_out=tuple(one for one in run.unmatched if one.person_id not in weighed),
    )
