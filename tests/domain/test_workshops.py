from datetime import UTC, datetime

from domain.offers import NotOnTheCohort
from domain.bookings import BookWorkshop
from domain.workshops import UnknownWorkshop, WorkshopFull
from events.ids import WorkshopId
from events.workshops import WorkshopBooked, WorkshopScheduled
from tests.cast import ADA, AUTUMN, BEN, HEALTHCARE, PATIENT, SPRING, confirmed
from tests.stage import NOON, given

SKILLS_DAY = WorkshopId.derived(NOON, "skills")


def skills_day(capacity: int = 20) -> WorkshopScheduled:
    return WorkshopScheduled(
        workshop_id=SKILLS_DAY,
        cohort_id=AUTUMN,
        number=2,
        title="Trying out skills",
        starts_at=datetime(2025, 1, 15, 10, tzinfo=UTC),
        ends_at=datetime(2025, 1, 15, 16, tzinfo=UTC),
        venue="The Guildhall, Exeter",
        capacity=capacity,
    )


def booking(who: str) -> WorkshopBooked:
    return WorkshopBooked.model_validate(
        {"workshop_id": SKILLS_DAY, "cohort_id": AUTUMN, "person_id": who}
    )


def test_a_full_workshop_takes_no_more() -> None:
    given(
        skills_day(capacity=1), confirmed(ADA, PATIENT), confirmed(BEN, HEALTHCARE), booking(ADA)
    ).when(BookWorkshop(workshop_id=SKILLS_DAY, person_id=BEN)).then_refused(WorkshopFull)


def test_a_workshop_that_does_not_exist_takes_nobody() -> None:
    given(confirmed(ADA, PATIENT)).when(
        BookWorkshop(workshop_id=SKILLS_DAY, person_id=ADA)
    ).then_refused(UnknownWorkshop)


def test_a_place_on_another_cohort_is_no_place_here() -> None:
    given(skills_day(), confirmed(ADA, PATIENT, SPRING)).when(
        BookWorkshop(workshop_id=SKILLS_DAY, person_id=ADA)
    ).then_refused(NotOnTheCohort)


def test_a_booking_is_made_once() -> None:
    wish = BookWorkshop(workshop_id=SKILLS_DAY, person_id=ADA)
    given(skills_day(), confirmed(ADA, PATIENT)).when(wish).then(booking(ADA)).when(
        wish
    ).then_already_so()
