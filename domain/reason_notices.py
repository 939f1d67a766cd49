"""What people hear when a reason that they were told was not right: the same once more, with the
right one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from domain import catalogue
from domain.decision import Know
from domain.notice import Hearer, Notice, tells
from domain.reasons import said_about, with_reason
from events.catalogue import Recorded
from events.personal import ERASED
from events.reasons import CohortReasonPutRight, PersonReasonPutRight

NOT_RIGHT: Final = (
    "We wrote to you about this before. The reason that we gave was not right, and we are sorry."
    " Nothing else has changed."
)


@tells(PersonReasonPutRight, CohortReasonPutRight, to=Hearer.TOLD)
def told_again(fact: Recorded[Any], know: Know) -> Iterator[Notice]:
    """Whoever was told the reason; to all others it makes no difference."""
    before = know(said_about(fact.event)).told(fact.event)
    if before is None:
        return
    without = with_reason(before, ERASED)
    for rule in catalogue.NOTICES.get(type(before), ()):
        elsewhere = {one.to: one.paragraphs for one in rule(replace(fact, event=without), know)}
        for one in rule(replace(fact, event=before), know):
            if elsewhere.get(one.to) != one.paragraphs:
                yield replace(one, paragraphs=(NOT_RIGHT, *one.paragraphs))
