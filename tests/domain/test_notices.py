"""Whatever was erased before people are told, they are told what is true without it, or nothing."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.catalogue import NOTICES
from domain.notice import Notice, because, called, in_quotes, said
from events.cohorts import ExtensionGranted
from events.event import Event
from events.ids import PROGRAMME, ImportId, MatchingRunId, ReflectionId, TieId
from events.pairings import PairingProposed, ProposalReminderDue
from events.personal import ERASED, Sealed, marked
from events.reasons import CohortReasonPutRight, OfSomebody, OfTheTeam, PersonReasonPutRight
from events.roles import RoleWithdrawn
from events.terms import PairingStep, Role
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CLEO,
    HEALTHCARE,
    PATIENT,
    application,
    applied,
    planned,
    registered,
)
from tests.scenes.contacts import MAE, kept, line_manager
from tests.scenes.given import NOON, folded
from tests.scenes.history_choosing import ALL_IN, ONE_ROW
from tests.scenes.pairs import pairing, recorded
from tests.scenes.projects import PROJECT, TRY_OUT, three_steps
from tests.scenes.selection import awaited, offer, place
from tests.scenes.team import in_office
from tests.scenes.training import SKILLS_DAY, booking, skills_day

DAY = datetime(2024, 9, 16, tzinfo=UTC)
DAYS = (
    "accept_by",
    "answer_by",
    "close_by",
    "completed_on",
    "decisions_on",
    "doors_open_at",
    "due_on",
    "ends_at",
    "kept_until",
    "remind_on",
    "score_by",
    "starts_at",
    "until",
)
VALUES: dict[str, Any] = {
    **dict.fromkeys(DAYS, DAY),
    "application_id": application(ADA),
    "old_due_on": DAY,
    "proposed_by": ADA,
    "reflection_id": ReflectionId.derived(NOON, "reflection"),
    "capacity": 20,
    "assessor_id": CLEO,
    "check_in_months": (3, 6),
    "cohort_id": AUTUMN,
    "contact_id": MAE,
    "declined_by": BEN,
    "former_pairing_id": pairing(),
    "healthcare_leader_id": BEN,
    "lay": False,
    "milestone_id": TRY_OUT,
    "months": 6,
    "ends": ALL_IN,
    "file": ONE_ROW,
    "import_id": ImportId.derived(NOON, "import"),
    "merged_id": BEN,
    "other_id": BEN,
    "pairing_id": pairing(),
    "patient_leader_id": ADA,
    "person_id": ADA,
    "closes_on": DAY,
    "role": Role.ASSESSOR,
    "programme_id": PROGRAMME,
    "project_id": PROJECT,
    "run_id": MatchingRunId.derived(NOON, "run"),
    "side": PATIENT,
    "stands": "active",
    "step": PairingStep.END,
    "tie_id": TieId.derived(NOON, "tie"),
    "workshop_id": SKILLS_DAY,
    "answer_by": date(2024, 9, 30),
    "approved": True,
    "close_by": date(2025, 1, 18),
    "number": 2,
}
OF: dict[type[Event], Any] = {
    PersonReasonPutRight: {"of": OfSomebody.OFFER_WITHDRAWN},
    CohortReasonPutRight: {"of": OfTheTeam.CANCELLED},
}
"""What is put right, by the kind of fact that says so."""
BEFORE = (
    registered(ADA),
    registered(BEN),
    planned(),
    *applied(ADA, PATIENT),
    offer(ADA, PATIENT),
    awaited(ADA),
    place(BEN, HEALTHCARE),
    *in_office(),
    *three_steps(),
    skills_day(),
    booking(ADA),
    line_manager(ADA),
    kept(),
)
SENTENCES = {"a": "It rains.", "b": "It is late."}
NOTHING_TO_SAY = (
    PairingProposed,
    ExtensionGranted,
    RoleWithdrawn,
    ProposalReminderDue,
    PersonReasonPutRight,
    CohortReasonPutRight,
)
SEALED = Sealed(audience="rules:ada", key="1", event="1", field="reason", sealed="")


def bare(fact: Event) -> Event:
    """What is left of a fact when all that can be erased of it was erased."""
    return fact.model_copy(update={name: ERASED for name, _ in marked(type(fact))})


def a_bare(kind: type[Event]) -> Event:
    values = {name: VALUES[name] for name in kind.model_fields if name in VALUES}
    erased = {name: ERASED for name, _ in marked(kind)}
    return kind.model_validate(values | erased | OF.get(kind, {}))


def found(fact: Event, before: Iterable[Event]) -> list[Notice]:
    """What people hear of a fact, after these and itself."""
    facts = [*before, fact]
    return [
        notice
        for telling in NOTICES[type(fact)]
        for notice in telling(recorded(fact), lambda wanted: folded(wanted, facts))
    ]


def filled(text: str, notice: Notice) -> str:
    for name, value in notice.values.items():
        text = text.replace(f"{{{name}}}", value if isinstance(value, str) else "your partner")
    return text


def said_by(notice: Notice) -> list[str]:
    """All that a person reads: subject, paragraphs, and what goes into the calendar."""
    lines = [filled(text, notice) for text in (notice.subject, *notice.paragraphs)]
    entry = notice.appointment
    return [*lines, entry.title, entry.place] if entry else lines


@pytest.mark.parametrize("kind", NOTICES, ids=lambda kind: str(kind.name))
@pytest.mark.parametrize("before", [BEFORE, tuple(map(bare, BEFORE))], ids=["known", "erased"])
def test_what_was_erased_leaves_whole_sentences(
    kind: type[Event], before: tuple[Event, ...]
) -> None:
    notices = found(a_bare(kind), before)
    assert notices or kind in NOTHING_TO_SAY
    for notice in notices:
        words = " ".join(said_by(notice))
        assert "None" not in words
        assert not set(words) & set("{}="), "a placeholder, or a value that is not words"
        assert all(one.endswith((".", "?", "!")) for one in notice.paragraphs), notice.paragraphs


def test_nobody_is_asked_to_lead_with_somebody_who_was_erased() -> None:
    assert found(a_bare(PairingProposed), BEFORE) == []


def test_each_code_has_its_sentence_after_a_lead() -> None:
    assert because(SENTENCES, "b") == ("It is late.",)
    assert because(SENTENCES, ("b", "a"), "Why:") == ("Why:", "It is late.", "It rains.")


def test_there_is_no_lead_to_nothing() -> None:
    assert because(SENTENCES, ERASED, "Why:") == because(SENTENCES, (), "Why:") == ()


def test_a_title_that_was_erased_has_a_plain_word_in_its_place() -> None:
    assert said("The Guildhall", "the venue") == "The Guildhall"
    assert said(ERASED, "the venue") == "the venue"
    assert called("project", "One ward") == "project “One ward”"


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("One ward", "“One ward”"),
        ("x” is approved. Pay us “now", "“x\u2019 is approved. Pay us \u2018now”"),
        ('x" and "y', "“x\u2019 and \u2019y”"),
        ("Renew at https://evil.example/x", "“Renew at https:// evil. example/x”"),
        ("www.evil.example, pay@evil.example", "“www. evil. example, pay@evil. example”"),
        ("Version 2.0 at 9.30", "“Version 2.0 at 9.30”"),
    ],
)
def test_words_of_others_end_no_quotation_and_are_no_link(words: str, quoted: str) -> None:
    assert in_quotes(words) == quoted
    assert called("project", ERASED) == called("project", None) == "project"


def test_what_nobody_has_opened_is_a_fault() -> None:
    with pytest.raises(TypeError):
        because(SENTENCES, SEALED)
    with pytest.raises(TypeError):
        said(SEALED, "the venue")
