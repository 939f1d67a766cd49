"""What follows when an application is handed in, or goes on."""

from collections.abc import Iterator

from domain.applications.eligibility import ConfirmEligibility
from domain.decision import Command
from domain.policy import when
from events.applications import ApplicationAmended, ApplicationReinstated, ApplicationSubmitted
from events.catalogue import Recorded


@when("applications.when_application_submitted", ApplicationSubmitted)
def when_application_submitted(fact: Recorded[ApplicationSubmitted]) -> Iterator[Command]:
    """It is held against what the programme asks, in a decision of its own."""
    yield ConfirmEligibility(application_id=fact.event.application_id)


@when("applications.when_application_amended", ApplicationAmended)
def when_application_amended(fact: Recorded[ApplicationAmended]) -> Iterator[Command]:
    """What it says now may be enough, or not any more."""
    yield ConfirmEligibility(application_id=fact.event.application_id)


@when("applications.when_application_reinstated", ApplicationReinstated)
def when_application_reinstated(fact: Recorded[ApplicationReinstated]) -> Iterator[Command]:
    """It may have been taken back before anybody looked; an answer that it has stays."""
    yield ConfirmEligibility(application_id=fact.event.application_id)
