"""What follows for a pairing when somebody leaves the cohort, or stands to others otherwise."""

from collections.abc import Iterator

from domain.decision import Command
from domain.pairings.endings import EndForLeaver
from domain.pairings.watching import KeepApart
from domain.policy import when
from events.applications import ApplicationReinstated, ApplicationWithdrawn
from events.catalogue import Recorded
from events.offers import PlaceGivenUp
from events.people import PersonMerged, PersonStated


@when("pairings.when_place_given_up", PlaceGivenUp)
def when_place_given_up(fact: Recorded[PlaceGivenUp]) -> Iterator[Command]:
    """Their partner is free, and first in turn for a new one."""
    yield EndForLeaver(cohort_id=fact.event.cohort_id, person_id=fact.event.person_id)


@when("pairings.when_application_withdrawn", ApplicationWithdrawn)
def when_application_withdrawn(fact: Recorded[ApplicationWithdrawn]) -> Iterator[Command]:
    """As above; most who withdraw have no partner yet, and then nothing follows."""
    yield EndForLeaver(cohort_id=fact.event.cohort_id, person_id=fact.event.person_id)


@when("pairings.when_something_private_is_stated", PersonStated)
def when_something_private_is_stated(fact: Recorded[PersonStated]) -> Iterator[KeepApart]:
    """It may be how somebody stands to somebody else; whoever follows facts can't tell what."""
    yield KeepApart(person_id=fact.event.person_id)


@when("assessments.when_an_application_goes_on", ApplicationReinstated)
def when_an_application_goes_on(fact: Recorded[ApplicationReinstated]) -> Iterator[KeepApart]:
    """What was said meanwhile was not looked at for it."""
    yield KeepApart(person_id=fact.event.person_id)


@when("pairings.when_two_are_one_person", PersonMerged)
def when_two_are_one_person(fact: Recorded[PersonMerged]) -> Iterator[Command]:
    """What keeps either from somebody keeps both."""
    yield KeepApart(person_id=fact.event.person_id)
