"""Every wish has an answer whoever was erased, and never one that says what nobody knows."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Any, Final

import pytest

from domain.catalogue import COMMANDS
from domain.deciding import decided, known_for
from domain.decision import Act, Command, Refusal
from domain.identities.tying import FoundTies, TieIdentity
from domain.people.person import Met, RegisterPerson
from events.applications import Profile
from events.ids import (
    FIRST_RULES,
    ApplicationId,
    CohortId,
    ContactId,
    Id,
    ImportId,
    MatchingRunId,
    MilestoneId,
    NoticeId,
    PairingId,
    PersonId,
    ProjectId,
    ReflectionId,
    RulesId,
    TaskId,
    TieId,
    WorkshopId,
)
from events.needs import Kind
from events.rules import FIRST
from events.terms import Area, Role
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, COLM, PATIENT, application
from tests.scenes.erased import FACTS, After, ids, once_erased
from tests.scenes.given import NOON, command_id
from tests.scenes.history import history
from tests.scenes.history_choosing import A_FILE, ALL_IN, DILYS, ONE_ROW, SIDES
from tests.scenes.history_learning import (
    ADA_AND_BEN,
    AMINA_AND_BOLA,
    APPRAISAL,
    CAME_BACK,
    MANAGER,
    RUN,
    SKILLS,
    TRIAL,
)

NAMED: Final[dict[str, Any]] = {
    "accept_by": date(2024, 12, 20),
    "ends": ALL_IN,
    "file": ONE_ROW,
    "remind_on": date(2024, 10, 27),
    "score_by": date(2024, 10, 30),
    "access_needs": "A hearing loop",
    "aim": "Be heard.",
    "attended": True,
    "capacity": 12,
    "closes_on": date(2024, 10, 11),
    "criteria": [{"code": "interest", "title": "Interest in healthcare"}],
    "decisions_on": date(2024, 11, 4),
    "due_on": date(2025, 4, 30),
    "email": "a@example.org",
    "ends_at": datetime(2025, 9, 1, 16, tzinfo=UTC),
    "ends_on": date(2025, 5, 30),
    "experiences": 0,
    "former_pairing_id": ADA_AND_BEN,
    "answer_by": date(2024, 11, 30),
    "full_name": "Ada",
    "host": "RH8",
    "in_force_from": date(2025, 9, 1),
    "host_name": "Royal Devon",
    "interest": "I want to help.",
    "lay": True,
    "leading_together": True,
    "months": 3,
    "number": 1,
    "opens_on": date(2024, 9, 2),
    "place": 1,
    "places_per_side": 3,
    "profile": Profile(area=Area.DEVON),
    "role": Role.FACILITATOR,
    "rules": FIRST,
    "scan_id": "scan.1",
    "scanned_at": datetime(2025, 1, 22, 9, tzinfo=UTC),
    "scores": {"interest": 4, "leadership": 4},
    "starts_at": datetime(2025, 9, 1, 10, tzinfo=UTC),
    "starts_on": date(2024, 11, 25),
    "title": "Kinder letters",
    "until": date(2024, 10, 18),
    "venue": "The Guildhall",
    "words": "I was heard.",
}
PARTNER: Final = {ADA: BEN, BEN: ADA, AMINA: BOLA, BOLA: AMINA, DILYS: BEN, COLM: BEN}


def wish_about(kind: type[Command], who: PersonId) -> Command:
    """A wish that is about somebody as far as its kind lets it be."""
    both = sorted((who, PARTNER[who]), key=lambda one: SIDES.get(one) is not PATIENT)
    this: dict[Any, Id] = {
        ApplicationId: application(who if who in SIDES else BEN),
        CohortId: AUTUMN,
        ContactId: MANAGER,
        ImportId: A_FILE,
        MatchingRunId: RUN,
        MilestoneId: TRIAL,
        NoticeId: CAME_BACK,
        PairingId: ADA_AND_BEN if who in (ADA, BEN) else AMINA_AND_BOLA,
        PersonId: who,
        ProjectId: APPRAISAL,
        ReflectionId: ids()[ReflectionId][0],
        RulesId: FIRST_RULES,
        WorkshopId: SKILLS,
    }
    this[TaskId] = TaskId.of(Kind.PAUSED, this[PairingId])
    named = {
        **NAMED,
        "assessor_id": COLM,
        "healthcare_leader_id": both[1],
        "other_id": PARTNER[who],
        "patient_leader_id": both[0],
        "person_id": who,
        "side": SIDES.get(who, PATIENT),
        "hour": "2024-09-16T06:00:00Z",
        "digest": "0" * 32,
        "inputs_digest": "0" * 64,
        "seed": "0" * 64,
        "columns": (),
        "row_prices": (),
        "column_prices": (),
        "issuer": "trust",
        "subject": "somebody",
        "template": "offer.made",
    }
    asked = {
        name: field.annotation
        for name, field in kind.model_fields.items()
        if field.is_required() or name in ("email", "person_id")
    }
    values = {
        name: named[name] if name in named else first_of(of) or this[of]
        for name, of in asked.items()
    }
    wish = kind.model_validate(values)
    if isinstance(wish, TieIdentity):
        return wish.having_found(FoundTies("0" * 64, ((who, TieId.derived(NOON, who)),)))
    return wish.having_met(Met(None, (who,))) if isinstance(wish, RegisterPerson) else wish


def first_of(choices: Any) -> Any:
    """One of the words that may be chosen, if it is words."""
    return next(iter(choices)) if issubclass(choices, StrEnum) else None


TIMES: Final = [found.envelope.time for found in history()]
MOMENTS: Final = (*range(30, len(TIMES), 30), len(TIMES))


@cache
def at_the_moment(upto: int, who: PersonId) -> After:
    return once_erased(who, facts=FACTS[:upto])


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
def test_every_wish_has_an_answer_whoever_was_erased(kind: type[Command]) -> None:
    for upto, who in product(MOMENTS, PARTNER):
        for role in kind.roles:
            when = TIMES[upto - 1] + timedelta(hours=1)
            act = Act(command_id(f"{upto}"), when, "system:rehearsal", role)
            wish: Any = wish_about(kind, who)
            try:
                new = decided(wish, act, known_for(wish, at_the_moment(upto, who)))
            except Refusal:
                continue
            assert "erased=True" not in repr(new), "never stored"
