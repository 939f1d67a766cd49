"""The second part of the history: how the cohort's people led together, and what came of it."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from events.cohorts import CohortCompleted
from events.contacts import (
    ContactAgreed,
    ContactDeclined,
    ContactEnded,
    ContactKept,
    ContactNamed,
)
from events.continuation import (
    CheckInDue,
    ContinuationAgreed,
    ContinuationEnded,
    ContinuationReported,
)
from events.ids import (
    ContactId,
    MatchingRunId,
    MilestoneId,
    NoticeId,
    PairingId,
    PersonId,
    ProjectId,
    ReflectionId,
    TaskId,
    TroubleId,
    WorkshopId,
)
from events.matching import (
    LeftUnpaired,
    MatchingRunApproved,
    MatchingRunMade,
    MatchingRunPublished,
)
from events.needs import Kind
from events.notices import (
    AboutNotice,
    NoticeDone,
    NoticeSettled,
    NoticeToSendAgain,
    NoticeUndelivered,
)
from events.offers import PlaceGivenUp
from events.pairings import (
    PairingAccepted,
    PairingActivated,
    PairingCompleted,
    PairingEnded,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    PartnerReplaced,
    RepairingAsked,
)
from events.people import Contact
from events.projects import (
    HostOrganisationAgreed,
    MilestoneConfirmed,
    MilestoneFellDue,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
)
from events.reflections import ReflectionShared, ReflectionSubmitted
from events.rules import FIRST
from events.tasks import TaskDone, TaskHandedOn, TaskReopened, TaskTaken
from events.terms import BEGUN, ContactPurpose, Lack, NoticeTrouble, Theme
from events.troubles import TroubleNoted, TroubleSettled
from events.workshops import (
    AttendanceCorrected,
    BookingCancelled,
    TrainingCompleted,
    WaitingListJoined,
    WaitingListOffered,
    WorkshopAttended,
    WorkshopBooked,
    WorkshopHeld,
    WorkshopMadeUp,
    WorkshopMissed,
    WorkshopReminderDue,
    WorkshopRescheduled,
    WorkshopScheduled,
)
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BARTEK,
    BEN,
    BOLA,
    CARYS,
    CLEO,
    HEALTHCARE,
    PATIENT,
)
from tests.scenes.given import NOON
from tests.scenes.history_choosing import about, day
from tests.scenes.runs import run_over
from tests.scenes.scribe import Scribe
from tests.scenes.training import by_the_rules

SKILLS: Final = WorkshopId.derived(NOON, "skills")
RUN: Final = MatchingRunId.derived(NOON, "run")
ADA_AND_BEN = PairingId.derived(NOON, "Ada and Ben")
AMINA_AND_BARTEK = PairingId.derived(NOON, "Amina and Bartek")
AMINA_AND_BOLA = PairingId.derived(NOON, "Amina and Bola")
APPRAISAL = ProjectId.derived(NOON, "appraisal")
CAME_BACK = NoticeId.derived(NOON, "came back")
QUESTIONS, TRIAL = MilestoneId.derived(NOON, "questions"), MilestoneId.derived(NOON, "trial")
BOTH: Final[dict[PairingId, tuple[PersonId, PersonId]]] = {
    ADA_AND_BEN: (ADA, BEN),
    AMINA_AND_BARTEK: (AMINA, BARTEK),
    AMINA_AND_BOLA: (AMINA, BOLA),
}
MANAGER, HOST = ContactId.derived(NOON, "manager"), ContactId.derived(NOON, "host")
NO_MORE: Final = "contact.declined"
SCHEDULER: Final = "system:scheduler"
NOTIFIER: Final = "system:notifier"


def of_pair(kind: Any, pairing: PairingId, /, **more: Any) -> Any:
    """A fact about a pairing, which bears the two people where its kind does."""
    ids: dict[str, Any] = {"pairing_id": pairing, "cohort_id": AUTUMN}
    if "patient_leader_id" in kind.model_fields:
        ids["patient_leader_id"], ids["healthcare_leader_id"] = BOTH[pairing]
    if "check_in_months" in kind.model_fields:
        ids["check_in_months"] = FIRST.check_in_months
    return kind(**ids, **more)


def at_workshop(kind: Any, /, **more: Any) -> Any:
    if "remind_on" in kind.model_fields:
        more = {**by_the_rules(more["starts_at"], more["ends_at"]), **more}
    return kind(workshop_id=SKILLS, cohort_id=AUTUMN, **more)


def of_project(kind: Any, /, **more: Any) -> Any:
    pair = {"pairing_id": AMINA_AND_BOLA} if "pairing_id" in kind.model_fields else {}
    if "remind_on" in kind.model_fields:
        days = timedelta(days=FIRST.milestone_reminder_days)
        more = {"remind_on": more["due_on"] - days, **more}
    return kind(project_id=APPRAISAL, cohort_id=AUTUMN, **{**pair, **more})


def paired(scribe: Scribe, pairing: PairingId, when: datetime, **more: Any) -> None:
    """Proposed, and accepted by both on the two days that follow."""
    scribe.tell(when, proposal(pairing, when, **more))
    both_agree(scribe, pairing, when)


def proposal(pairing: PairingId, when: datetime, **more: Any) -> PairingProposed:
    accept_by = (when + timedelta(days=10)).date()
    fact: PairingProposed = of_pair(PairingProposed, pairing, accept_by=accept_by, **more)
    return fact


def both_agree(scribe: Scribe, pairing: PairingId, when: datetime) -> None:
    """One of the two each day after."""
    for number, who in enumerate(BOTH[pairing], start=1):
        accepted = [of_pair(PairingAccepted, pairing, person_id=who)]
        active = [of_pair(PairingActivated, pairing)] if number > 1 else []
        scribe.tell(when + timedelta(days=number), *accepted, *active, by=who)


def learning(scribe: Scribe) -> None:
    matching(scribe)
    for pairing in (ADA_AND_BEN, AMINA_AND_BARTEK):
        both_agree(scribe, pairing, day(2024, 12, 2))
    booking(scribe)
    attending(scribe)
    replacing(scribe)


def matching(scribe: Scribe) -> None:
    """A run is made, signed by both sides, and published."""
    this: dict[str, Any] = {"run_id": RUN, "cohort_id": AUTUMN}
    made = run_over(scribe.facts())
    scribe.tell(day(2024, 11, 28), MatchingRunMade(**this, found=made))
    for side in (PATIENT, HEALTHCARE):
        scribe.tell(day(2024, 11, 29), MatchingRunApproved(**this, side=side))
    reasons = {pair.patient_leader_id: pair.reasons for pair in made.pairs}
    scribe.tell(
        day(2024, 12, 2),
        MatchingRunPublished(**this),
        *(
            proposal(pairing, day(2024, 12, 2), run_id=RUN, reasons=reasons[BOTH[pairing][0]])
            for pairing in (ADA_AND_BEN, AMINA_AND_BARTEK)
        ),
        *(LeftUnpaired(**this, side=HEALTHCARE, **one.model_dump()) for one in made.unmatched),
    )


def booking(scribe: Scribe) -> None:
    starts_at = day(2025, 1, 15)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=6)}
    venue = {"title": "Trying out skills", "venue": "The Guildhall, Exeter"}
    workshop = at_workshop(WorkshopScheduled, number=2, capacity=3, **venue, **times)
    scribe.tell(day(2024, 12, 9), workshop)
    for who in (ADA, BEN):
        booked = at_workshop(WorkshopBooked, person_id=who, pairing_id=ADA_AND_BEN)
        scribe.tell(day(2024, 12, 10), booked, by=ADA)
    scribe.tell(day(2024, 12, 11), at_workshop(WorkshopBooked, person_id=AMINA), by=AMINA)
    scribe.tell(day(2024, 12, 12), at_workshop(WaitingListJoined, person_id=BOLA), by=BOLA)
    moved = {name: moment + timedelta(days=7) for name, moment in times.items()}
    scribe.tell(
        day(2024, 12, 13),
        at_workshop(WorkshopRescheduled, reason="workshop.venue-not-available", **moved),
    )
    ill = at_workshop(BookingCancelled, person_id=AMINA, reason="booking.unwell")
    scribe.tell(day(2024, 12, 16), ill, by=AMINA)
    until = day(2024, 12, 18)
    held = at_workshop(WaitingListOffered, person_id=BOLA, until=until)
    scribe.tell(day(2024, 12, 16, 11), held, by="system:policies")
    scribe.tell(day(2024, 12, 17), at_workshop(WorkshopBooked, person_id=BOLA), by=BOLA)


def attending(scribe: Scribe) -> None:
    for who in (ADA, BEN, BOLA):
        due = at_workshop(WorkshopReminderDue, person_id=who)
        scribe.tell(day(2025, 1, 19, 9), due, by=SCHEDULER)
    for who, scan in ((ADA, "scan.1"), (BEN, "scan.2")):
        scan_at = {"scan_id": scan, "scanned_at": day(2025, 1, 22, 9)}
        scribe.tell(day(2025, 1, 22), at_workshop(WorkshopAttended, person_id=who, **scan_at))
    missed, held = at_workshop(WorkshopMissed, person_id=BOLA), at_workshop(WorkshopHeld)
    scribe.tell(day(2025, 1, 22, 17), missed, held)
    scribe.tell(day(2025, 2, 3), at_workshop(WorkshopMadeUp, person_id=BOLA, how="make-up.online"))
    corrected = {"person_id": BEN, "attended": False, "reason": "attendance.left-early"}
    scribe.tell(day(2025, 2, 4), at_workshop(AttendanceCorrected, **corrected))
    mine: dict[str, Any] = {"reflection_id": ReflectionId.derived(NOON, "Ada's"), "person_id": ADA}
    written = at_workshop(ReflectionSubmitted, words="I was heard.", **mine)
    scribe.tell(day(2025, 2, 5), written, ReflectionShared(cohort_id=AUTUMN, **mine), by=ADA)
    scribe.tell(day(2025, 2, 12), *(trained(who) for who in (ADA, BOLA)))


def trained(who: PersonId) -> TrainingCompleted:
    return TrainingCompleted(person_id=who, cohort_id=AUTUMN)


def of_contact(kind: Any, contact: ContactId, /, **more: Any) -> Any:
    return kind(contact_id=contact, cohort_id=AUTUMN, **more)


def contacts(scribe: Scribe) -> None:
    """Bartek's line manager agreed and is not needed any more; the host of the project agreed."""
    for contact, name, whom in (
        (MANAGER, "Maud Ferris", {"person_id": BARTEK, "purpose": ContactPurpose.LINE_MANAGER}),
        (HOST, "Harry Oakes", {"project_id": APPRAISAL, "purpose": ContactPurpose.HOST}),
    ):
        ways = Contact(email=f"{name.partition(' ')[0].lower()}@host.example")
        named = of_contact(ContactNamed, contact, full_name=name, contact=ways, **whom)
        days = {"until": date(2025, 5, 30), "answer_by": date(2025, 1, 27)}
        kept = of_contact(ContactKept, contact, **days)
        scribe.tell(day(2025, 1, 13), named, kept)
        scribe.tell(day(2025, 1, 14), of_contact(ContactAgreed, contact))


def replacing(scribe: Scribe) -> None:
    idea = {"title": "Patients at the appraisal", "theme": Theme.APPRAISAL, "aim": "Be heard."}
    proposed = of_project(ProjectProposed, pairing_id=AMINA_AND_BARTEK, proposed_by=BARTEK, **idea)
    scribe.tell(day(2025, 1, 6), proposed, by=BARTEK)
    host = of_project(HostOrganisationAgreed, host="RH8", host_name="Royal Devon")
    scribe.tell(day(2025, 1, 8), host)
    scribe.tell(day(2025, 1, 9), of_project(ProjectApproved, pairing_id=AMINA_AND_BARTEK))
    contacts(scribe)
    two = {"patient_leader_id": AMINA, "healthcare_leader_id": BARTEK}
    for milestone, title, due in ((TRIAL, "Trial", date(2025, 4, 25)), (QUESTIONS, "Ask", ASK_BY)):
        plan = {**two, "milestone_id": milestone, "title": title, "due_on": due}
        scribe.tell(day(2025, 1, 10), of_project(MilestonePlanned, **plan), by=AMINA)
    left = about(PlaceGivenUp, BARTEK, reason="place.work")
    scribe.tell(day(2025, 1, 20), left, by=BARTEK)
    over = of_contact(ContactEnded, MANAGER, reason="contact.what-it-was-for-is-over")
    scribe.tell(day(2025, 1, 20, 11), over)
    ended = {"reported_by": BARTEK, "reason": "left-the-programme", "note": "I am sorry."}
    asked = of_pair(RepairingAsked, AMINA_AND_BARTEK, person_id=AMINA, side=PATIENT)
    end = of_pair(PairingEnded, AMINA_AND_BARTEK, **ended)
    scribe.tell(day(2025, 1, 20, 11), end, asked, by="system:policies", on_behalf_of=BARTEK)
    paired(scribe, AMINA_AND_BOLA, day(2025, 1, 27), former_pairing_id=AMINA_AND_BARTEK)
    chain = {"former_pairing_id": AMINA_AND_BARTEK, "pairing_id": AMINA_AND_BOLA}
    replaced = PartnerReplaced(cohort_id=AUTUMN, person_id=AMINA, **chain)
    scribe.tell(day(2025, 1, 29), replaced, of_project(ProjectHandedOn, **chain))


ASK_BY: Final = date(2025, 3, 14)


def partnerships(scribe: Scribe) -> None:
    milestones(scribe)
    scribe.tell(day(2025, 3, 1), of_pair(PairingPaused, ADA_AND_BEN, reason="exams"), by=BEN)
    looked_after(scribe, TaskId.of(Kind.PAUSED, ADA_AND_BEN))
    seen_to(scribe)
    lacking(scribe)
    scribe.tell(day(2025, 4, 1), of_pair(PairingResumed, ADA_AND_BEN), by=ADA)
    for pairing in (ADA_AND_BEN, AMINA_AND_BOLA):
        completed = of_pair(PairingCompleted, pairing, completed_on=date(2025, 5, 30))
        scribe.tell(day(2025, 5, 30), completed)
    scribe.tell(day(2025, 5, 30, 12), CohortCompleted(cohort_id=AUTUMN))
    scribe.tell(day(2025, 6, 2), of_pair(ContinuationAgreed, ADA_AND_BEN), by=ADA)
    check_in(scribe, day(2025, 8, 30, 8), 3)
    ended = of_pair(ContinuationEnded, AMINA_AND_BOLA, reason="moved-on")
    scribe.tell(day(2025, 10, 1), ended, by=BOLA)
    check_in(scribe, day(2025, 11, 30, 9), 6)
    check_in(scribe, day(2026, 5, 30, 8), 12)


def looked_after(scribe: Scribe, task_id: TaskId) -> None:
    """Cleo takes a task on and hands it on to Carys, who does it, but for something."""
    this: Any = {"task_id": task_id, "cohort_id": AUTUMN}
    scribe.tell(day(2025, 3, 2), TaskTaken(**this, person_id=CLEO))
    scribe.tell(day(2025, 3, 3), TaskHandedOn(**this, person_id=CARYS))
    scribe.tell(day(2025, 3, 4), TaskDone(**this, how="task.spoke-to-them"))
    scribe.tell(day(2025, 3, 5), TaskReopened(**this))


def seen_to(scribe: Scribe) -> None:
    """A message to Ben came back. Cleo rings him, and has it sent again; in the end whoever runs
    the system finds that it has arrived.
    """
    this: Any = {"notice_id": CAME_BACK, "cohort_id": AUTUMN}
    about = AboutNotice(to=BEN, template="workshop.to-book", why=NoticeTrouble.BOUNCED)
    undelivered = NoticeUndelivered(**this, about=about)
    scribe.tell(day(2025, 3, 6), undelivered, by=NOTIFIER)
    scribe.tell(day(2025, 3, 7), NoticeDone(**this, how="notice.rang-them"))
    scribe.tell(day(2025, 3, 8), NoticeToSendAgain(**this))
    scribe.tell(day(2025, 3, 9), undelivered, by=NOTIFIER)
    scribe.tell(day(2025, 3, 10), NoticeSettled(**this), by=NOTIFIER)


def lacking(scribe: Scribe) -> None:
    """A list could not take something in for a day."""
    trouble_id = TroubleId.derived(BEGUN, Lack.LIST, AUTUMN)
    this: Any = {"trouble_id": trouble_id, "cohort_id": AUTUMN}
    scribe.tell(day(2025, 3, 11), TroubleNoted(**this, lacks=Lack.LIST), by=SCHEDULER)
    scribe.tell(day(2025, 3, 12), TroubleSettled(**this), by=SCHEDULER)


def check_in(scribe: Scribe, when: datetime, months: int) -> None:
    """It falls due, and Ada answers the next day."""
    scribe.tell(when, of_pair(CheckInDue, ADA_AND_BEN, months=months), by=SCHEDULER)
    answer = {"person_id": ADA, "leading_together": True, "words": "We meet every month."}
    reported = of_pair(ContinuationReported, ADA_AND_BEN, months=months, **answer)
    scribe.tell(when + timedelta(days=1), reported, by=ADA)


def milestones(scribe: Scribe) -> None:
    ask = {"milestone_id": QUESTIONS}
    near = of_project(MilestoneFellDue, due_on=ASK_BY, **ask)
    scribe.tell(day(2025, 3, 7, 9), near, by=SCHEDULER)
    scribe.tell(day(2025, 3, 15, 0), of_project(MilestoneOverdue, due_on=ASK_BY, **ask))
    later = {"old_due_on": ASK_BY, "due_on": date(2025, 3, 28), "reason": "illness"}
    scribe.tell(day(2025, 3, 17), of_project(MilestoneRescheduled, **later, **ask), by=AMINA)
    report = of_project(MilestoneReported, person_id=AMINA, words="We asked 20.", **ask)
    scribe.tell(day(2025, 3, 20), report, by=AMINA)
    more = of_project(MilestoneReturned, person_id=BOLA, reason="milestone.not-done-yet", **ask)
    scribe.tell(day(2025, 3, 21), more, by=BOLA)
    scribe.tell(day(2025, 3, 26), report, by=AMINA)
    scribe.tell(day(2025, 3, 27), of_project(MilestoneConfirmed, person_id=BOLA, **ask), by=BOLA)
    trial = {"milestone_id": TRIAL}
    scribe.tell(day(2025, 4, 20), of_project(MilestoneReported, person_id=BOLA, **trial), by=BOLA)
    scribe.tell(
        day(2025, 4, 24), of_project(MilestoneConfirmed, person_id=AMINA, **trial), by=AMINA
    )
    scribe.tell(day(2025, 5, 12), of_project(ProjectCompleted, pairing_id=AMINA_AND_BOLA))
    no_more = (of_contact(ContactDeclined, HOST), of_contact(ContactEnded, HOST, reason=NO_MORE))
    scribe.tell(day(2025, 5, 12), *no_more)
