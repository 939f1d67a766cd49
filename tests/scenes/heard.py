"""A cohort at work in which nobody is two things at once, so that it shows as what somebody hears.

Ada and Ben lead together; Amina and Bola are asked to, and Amina has said yes. Colm is offered a
place. Aoife was invited and does not apply. Cleo assesses, Gwen facilitates, Ruth coordinates. Mae
is Ada's line manager and Hari hosts the project, and both agreed; Sue supports Ada, and has not
answered.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from domain.applications.application import APPLIES_THEMSELVES
from domain.catalogue import NOTICES
from domain.contacts.reaching import may_hear, reach_of
from domain.notice import Hearer, Notice, NoticeRule
from events.event import Event
from events.ids import (
    FIRST_RULES,
    PROGRAMME,
    ImportId,
    MatchingRunId,
    PersonId,
    ReflectionId,
    TieId,
)
from events.interest import InterestExpressed, InvitedToApply
from events.people import PersonParted
from events.personal import ERASED, marked
from events.terms import PairingStep, Purpose, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BEN,
    BOLA,
    CLEO,
    COLM,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
    opened,
    registered,
)
from tests.scenes.contacts import HARI, MAE, SUE, agreed, host, kept, line_manager, supporter
from tests.scenes.given import NOON, folded, person
from tests.scenes.history_choosing import ALL_IN, ONE_ROW
from tests.scenes.pairs import pairing, proposed, recorded, yes
from tests.scenes.projects import PROJECT, TRY_OUT, three_steps
from tests.scenes.selection import assigned, awaited, offer, offered
from tests.scenes.team import RUTH, granted, in_office
from tests.scenes.training import SKILLS_DAY, booking, skills_day, waits

GWEN: Final = person("Gwen")
A_DAY, LATER = date(2025, 6, 2), NOON + timedelta(days=300)


def _at_work() -> Iterator[Event | Iterator[Event]]:
    yield opened()
    yield registered(AOIFE)
    yield InterestExpressed(person_id=AOIFE)
    yield InvitedToApply(person_id=AOIFE, cohort_id=AUTUMN)
    yield registered(CLEO)
    yield in_office()
    yield registered(GWEN)
    yield granted(GWEN, Role.FACILITATOR, AUTUMN)
    for who, side in ((ADA, PATIENT), (AMINA, PATIENT), (BEN, HEALTHCARE), (BOLA, HEALTHCARE)):
        yield offer(who, side)
        yield confirmed(who, side)
    yield offered(COLM, HEALTHCARE)
    yield assigned(CLEO, ADA)
    yield awaited(ADA)
    yield three_steps()
    yield proposed(AMINA, BOLA)
    yield yes(AMINA, AMINA, BOLA)
    yield skills_day()
    yield booking(ADA)
    yield waits(BOLA)
    yield line_manager(ADA)
    yield host(PROJECT)
    yield supporter(ADA)
    for contact in (MAE, HARI, SUE):
        yield kept(contact)
    yield agreed(MAE)
    yield agreed(HARI)


def flat() -> tuple[Event, ...]:
    found: list[Event] = []
    for one in _at_work():
        found.extend([one] if isinstance(one, Event) else one)
    return tuple(found)


AT_WORK: Final = flat()
WHO: Final[dict[Hearer, set[str]]] = {
    Hearer.PARTNERS: {ADA, BEN},
    Hearer.PARTNER: {BEN},
    Hearer.SILENT: {BOLA},
    Hearer.COHORT: {ADA, AMINA, BEN, BOLA, COLM},
    Hearer.MEMBERS: {ADA, AMINA, BEN, BOLA},
    Hearer.INVITED: {AOIFE},
    Hearer.LISTED: {ADA, BOLA},
    Hearer.ABSENT: {ADA},
    Hearer.NAMING: {ADA},
    Hearer.ASSESSORS: {CLEO},
    Hearer.HOLDING_THE_REGISTER: {GWEN},
    Hearer.COORDINATORS: {RUTH},
    Hearer.OFFICERS: {GWEN, RUTH},
    Hearer.LINE_MANAGERS: {MAE},
    Hearer.HOSTS: {HARI},
    Hearer.CONTACTS: {MAE, HARI},
}
"""Who is what here, but for whoever a fact is about."""
VALUES: Final[dict[str, Any]] = {
    "accept_by": A_DAY,
    "answer_by": A_DAY,
    "application_id": application(ADA),
    "assessor_id": CLEO,
    "capacity": 20,
    "check_in_months": (3, 6),
    "close_by": A_DAY,
    "closes_on": A_DAY,
    "cohort_id": AUTUMN,
    "completed_on": A_DAY,
    "contact_id": SUE,
    "decisions_on": A_DAY,
    "declined_by": BEN,
    "doors_open_at": LATER,
    "due_on": A_DAY,
    "ends_at": LATER + timedelta(hours=6),
    "former_pairing_id": pairing(),
    "healthcare_leader_id": BEN,
    "kept_until": LATER,
    "lay": False,
    "ends": ALL_IN,
    "file": ONE_ROW,
    "import_id": ImportId.derived(NOON, "import"),
    "merged_id": BOLA,
    "milestone_id": TRY_OUT,
    "months": 6,
    "number": 2,
    "old_due_on": A_DAY,
    "other_id": BEN,
    "pairing_id": pairing(),
    "patient_leader_id": ADA,
    "person_id": ADA,
    "programme_id": PROGRAMME,
    "project_id": PROJECT,
    "proposed_by": ADA,
    "purpose": Purpose.PROGRAMME,
    "reasons": (),
    "reflection_id": ReflectionId.derived(NOON, "reflection"),
    "remind_on": A_DAY,
    "role": Role.ASSESSOR,
    "rules_id": FIRST_RULES,
    "run_id": MatchingRunId.derived(NOON, "run"),
    "score_by": A_DAY,
    "side": PATIENT,
    "stands": "active",
    "starts_at": LATER,
    "step": PairingStep.AGREEMENT,
    "tie_id": TieId.derived(NOON, "tie"),
    "until": LATER,
    "workshop_id": SKILLS_DAY,
    "approved": True,
}
AMINA_AND_BOLA: Final = {"patient_leader_id": AMINA, "healthcare_leader_id": BOLA}
OF: Final[dict[str, dict[str, Any]]] = {
    "cohort.extension-granted": {"until": A_DAY},
    "contact.declined": {"contact_id": MAE},
    "contact.kept": {"until": A_DAY},
    "pairing.declined": {"reason": "no-time"},
    "pairing.proposed": {"reasons": ()},
    "pairing.reminder-due": {"pairing_id": pairing(AMINA, BOLA), **AMINA_AND_BOLA},
    "place.confirmed": {"person_id": AMINA},
    "place.employer-release-lost": {"application_id": application(COLM), "person_id": COLM},
    "role.withdrawn": {"person_id": CLEO, "reason": APPLIES_THEMSELVES},
    "workshop.scheduled": {"workshop_id": "workshop_00000000000000000000000000", "number": 1},
}
"""What is otherwise in a fact of a kind than usually here."""


def happens(kind: type[Event]) -> Event:
    """A fact of this kind in this cohort; what rules may not read, or need not here, is erased."""
    values = {name: VALUES[name] for name in kind.model_fields if name in VALUES}
    closed = {name: ERASED for name, _ in marked(kind)}
    return kind.model_validate(values | closed | OF.get(str(kind.name), {}))


def heard(fact: Event, *rules: NoticeRule) -> list[Notice]:
    """What people hear of a fact here, by these rules or all, as far as they may be written to."""

    def know(wanted: Any) -> Any:
        return folded(wanted, [*AT_WORK, fact])

    every = rules or NOTICES[type(fact)]
    found = [notice for rule in every for notice in rule(recorded(fact), know)]
    return [one for one in found if may_hear(know(reach_of(one.to)), one)]


def meant(hearer: Hearer, fact: Event) -> set[str]:
    """Who somebody is who hears of a fact as this."""
    if hearer is Hearer.PERSON:
        names = ("person_id", "merged_id") if isinstance(fact, PersonParted) else ("person_id",)
        ids = {getattr(fact, name, None) for name in names}
        return {one for one in ids if isinstance(one, PersonId)}
    contact = getattr(fact, "contact_id", None)
    return {contact} if hearer is Hearer.CONTACTS and contact else WHO[hearer]
