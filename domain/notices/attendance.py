"""What people hear about their training: what they missed, and when it is complete."""

from collections.abc import Iterator

from domain.decision import Know
from domain.notice import Notice, nhs_date, tells
from domain.workshops import Workshop
from events.calendar import local_day
from events.catalogue import Recorded
from events.workshops import TrainingCompleted, TrainingReopened, WorkshopMissed


@tells(WorkshopMissed)
def missed(told: Recorded[WorkshopMissed], know: Know) -> Iterator[Notice]:
    """A missed workshop, and how to make it up."""
    plan = know(Workshop(told.event.workshop_id)).scheduled
    if plan is None:
        return
    yield Notice(
        template="workshop.missed",
        to=told.event.person_id,
        subject=f"We missed you at {plan.title}",
        paragraphs=(
            (
                f"We are sorry that you were not at our workshop “{plan.title}” on "
                f"{nhs_date(local_day(plan.starts_at))}. We hope that you are well."
            ),
            (
                "You can make it up: with another cohort, with one of us, with your partner, "
                "or online. Please tell us what suits you."
            ),
            "If you were there, please tell us too, and we will put it right.",
        ),
    )


@tells(TrainingCompleted)
def completed(told: Recorded[TrainingCompleted], know: Know) -> Iterator[Notice]:
    """The end of the training."""
    yield Notice(
        template="training.completed",
        to=told.event.person_id,
        subject="You have completed your training",
        paragraphs=(
            "Well done! You have taken part in all the workshops of your training.",
            "Now you and your partner can put what you learned into action, in your project.",
            "We are here for you. Please ask if you need anything.",
        ),
    )


@tells(TrainingReopened)
def reopened(told: Recorded[TrainingReopened], know: Know) -> Iterator[Notice]:
    """A mistake in the register that means there is something left to make up."""
    yield Notice(
        template="training.reopened",
        to=told.event.person_id,
        subject="One workshop of your training is still open",
        paragraphs=(
            (
                "We told you that your training was complete. We have now found a mistake in our "
                "register, and we are sorry. One workshop is still open."
            ),
            "You can make it up. Please tell us what suits you.",
            "If you think that you were there, please tell us, and we will look again.",
        ),
    )
