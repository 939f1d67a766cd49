"""What may happen to a place that was accepted: it becomes firm, or it is given up."""

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from domain.applications.application import Application
from domain.applications.standing import TAKEN, Held, PlaceHeld, PlaceStanding, held, whose
from domain.cohorts.impartial import Impartial, impartial
from domain.decision import Act, Command, Decides, Know, Refusal
from domain.offers.offer import OWN, Membership, NotOnTheCohort
from domain.reasons import SaidOfApplication
from events.event import Event
from events.ids import ApplicationId, CohortId, PersonId
from events.offers import EmployerReleaseConfirmed, PlaceConfirmed, PlaceGivenUp
from events.terms import Role, Side


class GiveUpReason(StrEnum):
    """Why somebody leaves the cohort."""

    HEALTH = "place.health"
    CARING = "place.caring-for-someone"
    WORK = "place.work"
    EMPLOYER = "place.employer-no-longer-releases"
    MOVED = "place.moved-away"
    CHANGED_MIND = "place.changed-mind"
    NOT_SAID = "place.reason-not-said"


class NoReleaseNeeded(Refusal):
    """A patient leader needs no release by an employer. Nothing has to be done."""

    code = "place.no-release-needed"


class ConfirmEmployerRelease(Command, Decides[Application, PlaceHeld, Impartial]):
    """A line manager releases a healthcare leader, before or after the yes (rule 10)."""

    name: ClassVar = "place.confirm-employer-release"
    roles: ClassVar = frozenset({Role.COORDINATOR, Role.SYSTEM, Role.IMPORTER})
    application_id: ApplicationId

    def needs(self, know: Know) -> Held:
        return held(know, self.application_id)

    def decide(
        self, act: Act, application: Application, place: PlaceHeld, _: Impartial
    ) -> Iterator[Event]:
        started = application.known
        if started.side is not Side.HEALTHCARE_LEADER:
            raise NoReleaseNeeded
        if place.employer_release:
            return
        yield EmployerReleaseConfirmed(**whose(started))
        if place.standing is PlaceStanding.ACCEPTED:
            yield PlaceConfirmed(**whose(started))


class GiveUpPlace(
    Command, Decides[Membership, Application, PlaceHeld, Impartial, SaidOfApplication]
):
    """Somebody who said yes leaves the cohort, for a reason; or says another reason for it."""

    name: ClassVar = "place.give-up"
    roles: ClassVar = OWN
    cohort_id: CohortId
    person_id: PersonId
    reason: GiveUpReason = GiveUpReason.NOT_SAID

    def needs(
        self, know: Know
    ) -> tuple[Membership, Application, PlaceHeld, Impartial, SaidOfApplication]:
        membership = know(Membership(self.cohort_id, self.person_id))
        mine = membership.application_id
        judging = impartial(know, self.cohort_id, [self.person_id])
        said = know(SaidOfApplication(mine))
        return membership, know(Application(mine)), know(PlaceHeld(mine)), judging, said

    def decide(
        self,
        act: Act,
        membership: Membership,
        application: Application,
        place: PlaceHeld,
        _: Impartial,
        said: SaidOfApplication,
    ) -> Iterator[Event]:
        act.must_speak_for(self.person_id)
        if place.standing is PlaceStanding.GIVEN_UP:
            yield from said.otherwise(PlaceGivenUp, self.given(self.reason))
            return
        if place.standing not in TAKEN:
            raise NotOnTheCohort
        yield PlaceGivenUp(**whose(application.known), reason=self.reason.value)
