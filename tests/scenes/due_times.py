"""Histories in which something is left to be done at a moment: one for each kind of due time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from domain.catalogue import COMMANDS
from events.event import Event
from events.offers import ReserveOpened
from projections.dues import OPENS, Due
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    HEALTHCARE,
    PATIENT,
    confirmed,
    eligible,
    opened,
)
from tests.scenes.contacts import kept, line_manager
from tests.scenes.given import given
from tests.scenes.pairs import active, cohort_of, completed, pairing, proposed
from tests.scenes.projects import three_steps
from tests.scenes.selection import ACCEPT_BY, SAID, accepted, appointed, assigned, awaited, offered
from tests.scenes.selection import waits as has_a_turn
from tests.scenes.training import booking, promised, skills_day, three_days, waits

Facts = tuple[Event, ...]


def flat(*parts: Event | Iterable[Event]) -> Facts:
    return tuple(given(*parts).facts)


HISTORIES = {
    "cohort": flat(opened()),
    "scores": flat(opened(), eligible(ADA, PATIENT), appointed(CLEO), assigned(CLEO, ADA), SAID),
    "offer": flat(opened(), offered(ADA, PATIENT)),
    "employer": flat(opened(), offered(BEN, HEALTHCARE), accepted(BEN, HEALTHCARE), awaited(BEN)),
    "reserve": flat(
        opened(), ReserveOpened(cohort_id=AUTUMN, closes_on=ACCEPT_BY), has_a_turn(ADA, PATIENT, 1)
    ),
    "proposal": flat(cohort_of(ADA, beside=(BEN,)), proposed()),
    "completion": flat(cohort_of(ADA, beside=(BEN,)), completed()),
    "workshop": flat(three_days(), confirmed(ADA, PATIENT), booking(ADA)),
    "kept place": flat(
        three_days(),
        skills_day(2),
        cohort_of(ADA, AMINA, beside=(BEN, BOLA)),
        active(),
        booking(BOLA),
        *(waits(who, pairing()) for who in (ADA, BEN)),
        waits(AMINA),
    ),
    "held place": flat(three_days(), confirmed(BEN, HEALTHCARE), skills_day(1), promised(BEN)),
    "contact": flat(cohort_of(ADA, beside=(BEN,)), line_manager(BEN), kept()),
    "milestones": flat(cohort_of(ADA, beside=(BEN,)), three_steps()),
}


def dues(facts: Facts) -> list[Due]:
    return [due for fact in facts if type(fact) in OPENS for due in OPENS[type(fact)](fact)]


def asked(facts: Facts, due: Due, *, early: timedelta = timedelta()) -> Any:
    command = COMMANDS[due.command].model_validate(due.data)
    return given(facts).when(command, at=due.at - early)
