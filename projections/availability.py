"""Who may be asked to lead with somebody now, and who not, for those who look for partners.

What was said of people stays sealed in a row. Whoever may open a row is told only that somebody is
held out, in the same words whatever the reason: that the team looks at something first.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from events.applications import ApplicationWithdrawn
from events.catalogue import Recorded
from events.event import Event
from events.ids import ApplicationId, CohortId, PairingId, PersonId
from events.offers import OfferWithdrawn, PlaceConfirmed, PlaceGivenUp, PlaceUnconfirmed
from events.pairings import (
    PairingActivated,
    PairingCompleted,
    PairingDeclined,
    PairingEnded,
    PairingLapsed,
    PairingProposed,
    PairingStepTakenBack,
    PairingTakenBack,
    PersonHeldOut,
    PersonLetIn,
    RepairingAsked,
)
from events.people import PersonStated
from events.personal import Erased, Sealed
from events.terms import PairingStep, Side
from projections.projection import Part, Projection, Row, Shown, part_of, with_part

LEFT: Final = (PlaceGivenUp, ApplicationWithdrawn, OfferWithdrawn)
OF_ONE: Final = frozenset({PersonStated, PlaceConfirmed, PlaceUnconfirmed, *LEFT, RepairingAsked})
CAME_TO_NOTHING: Final = (PairingDeclined, PairingLapsed, PairingTakenBack, PairingEnded)
OF_TWO: Final = frozenset(
    {*CAME_TO_NOTHING, PairingProposed, PairingActivated, PairingCompleted, PairingStepTakenBack}
)
SHUT: Final = "(sealed)"


class MayBeAsked(StrEnum):
    """Whether somebody may be asked."""

    FREE = "free"
    ASKED = "asked"
    LEADS = "leads"
    HAS_LED = "has-led"
    HELD_OUT = "team-looks-first"
    NO_PLACE = "no-place"


class OnACohort(Part):
    """Somebody's place on a cohort: whether they have it now, come first, since their partner left,
    and have led with somebody to the end there.
    """

    cohort_id: CohortId
    application_id: ApplicationId
    side: Side
    has_place: bool = True
    first_in_line: bool = False
    has_led: bool = False


class Together(Part):
    """With somebody in a cohort: asked, or, if they both said yes, leading."""

    pairing_id: PairingId
    leads: bool = False


class AvailabilityRow(Row):
    """One person. `said` is, in order, what they stated or what was stated of them.

    What is told of it has, in the place of that, their `state`, over all cohorts.
    """

    person_id: PersonId
    cohorts: tuple[OnACohort, ...] = ()
    pairings: tuple[Together, ...] = ()
    said: tuple[Sealed | Erased, ...] = ()


def keys(event: Any) -> Iterable[str]:
    """Whom a fact is about: one, or two who lead together."""
    if type(event) in OF_ONE:
        return (event.person_id,)
    if type(event) in OF_TWO:
        return (event.patient_leader_id, event.healthcare_leader_id)
    return ()


def availability(
    row: AvailabilityRow | None, fact: Recorded[Any], key: str
) -> AvailabilityRow | None:
    """The person after one more fact."""
    row = row or AvailabilityRow(position=fact.envelope.position, person_id=PersonId(key))
    if type(fact.event) in OF_ONE:
        return row.after(fact, **_alone(row, fact.event))
    return row.after(fact, **_of_two(row, fact.event))


def _alone(row: AvailabilityRow, event: Event) -> dict[str, Any]:
    match event:
        case PersonStated(content=content):
            return {"said": (*row.said, content)}
        case PlaceConfirmed(cohort_id=cohort_id, application_id=application_id, side=side):
            new = OnACohort(cohort_id=cohort_id, application_id=application_id, side=side)
            if before := part_of(row.cohorts, "cohort_id", cohort_id):
                new = new.but(first_in_line=before.first_in_line, has_led=before.has_led)
            return {"cohorts": with_part(row.cohorts, new, "cohort_id")}
        case RepairingAsked(cohort_id=cohort_id):
            return _here(row, cohort_id, first_in_line=True)
        case PlaceUnconfirmed(cohort_id=cohort_id):
            return _here(row, cohort_id, has_place=False)
        case PlaceGivenUp() | ApplicationWithdrawn() | OfferWithdrawn():
            return _left(row, event.application_id)
        case _:
            return {}


def _left(row: AvailabilityRow, application_id: ApplicationId) -> dict[str, Any]:
    mine = part_of(row.cohorts, "application_id", application_id)
    return _here(row, mine.cohort_id, has_place=False, first_in_line=False) if mine else {}


def _of_two(row: AvailabilityRow, event: Any) -> dict[str, Any]:
    together, others = Together(pairing_id=event.pairing_id), _without(row, event.pairing_id)
    leading = {"pairings": (*others, together.but(leads=True))}
    match event:
        case PairingProposed():
            return {"pairings": (*others, together)}
        case PairingActivated() | PairingStepTakenBack(step=PairingStep.END):
            return leading | _here(row, event.cohort_id, first_in_line=False)
        case PairingStepTakenBack(step=PairingStep.COMPLETION):
            return leading | _here(row, event.cohort_id, has_led=False)
        case PairingStepTakenBack():
            return {}
        case PairingCompleted():
            return {"pairings": others, **_here(row, event.cohort_id, has_led=True)}
        case _:
            return {"pairings": others}


def _without(row: AvailabilityRow, pairing_id: PairingId) -> tuple[Together, ...]:
    return tuple(one for one in row.pairings if one.pairing_id != pairing_id)


def _here(row: AvailabilityRow, cohort_id: CohortId, **changes: bool) -> dict[str, Any]:
    here = part_of(row.cohorts, "cohort_id", cohort_id)
    if here is None:
        return {}
    return {"cohorts": with_part(row.cohorts, here.but(**changes), "cohort_id")}


def told(row: Shown) -> Shown:
    """The row with the state of the person in the place of what was said."""
    rest = {name: value for name, value in row.items() if name != "said"}
    return {**rest, "state": _state(row)}


def _state(row: Shown) -> str:
    """Without the key, whether somebody is free can't be told."""
    if row["pairings"]:
        return (
            MayBeAsked.LEADS if any(one["leads"] for one in row["pairings"]) else MayBeAsked.ASKED
        )
    here = [one for one in row["cohorts"] if one["has_place"]]
    if not here:
        return MayBeAsked.NO_PLACE
    if all(one["has_led"] for one in here):
        return MayBeAsked.HAS_LED
    if SHUT in row["said"]:
        return SHUT
    return MayBeAsked.HELD_OUT if _is_held_out(row["said"]) else MayBeAsked.FREE


def _is_held_out(said: Iterable[Any]) -> bool:
    """Whether anybody of the team held them out, who has not let them in since."""
    held_by = set[str | None]()
    for one in (it for it in said if isinstance(it, dict)):  # what was erased is a text
        if one["name"] == PersonHeldOut.wire_name():
            held_by.add(one["data"].get("held_by"))
        elif one["name"] == PersonLetIn.wire_name():
            held_by.discard(one["data"].get("held_by"))
    return bool(held_by)


AVAILABILITY: Final = Projection(
    name="availability",
    version=3,
    question="Who may be asked to lead with somebody now, and who not?",
    row=AvailabilityRow,
    keys=keys,
    fold=availability,
    told=told,
)
