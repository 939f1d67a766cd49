"""What may happen to the places of a cohort once decisions are released."""

from dataclasses import dataclass

from domain.decision import Knowledge, Refusal, learns
from events.ids import CohortId, PersonId
from events.offers import PlaceConfirmed, PlaceGivenUp
from events.terms import Side


@dataclass
class Membership(Knowledge):
    """Whether somebody is on a cohort, and from which side."""

    cohort_id: CohortId | None
    person_id: PersonId | None
    side: Side | None = None
    confirmed: bool = False

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id, self.cohort_id)

    def must_be_confirmed(self) -> None:
        """Refuses somebody who has no confirmed place on the cohort."""
        if not self.confirmed:
            raise NotOnTheCohort

    @learns(PlaceConfirmed)
    def came(self, event: PlaceConfirmed) -> None:
        self.side, self.confirmed = event.side, True

    @learns(PlaceGivenUp)
    def left(self, event: PlaceGivenUp) -> None:
        self.confirmed = False


class NotOnTheCohort(Refusal):
    """Only people with a confirmed place on the cohort can take part in this."""

    code = "place.not-on-the-cohort"
