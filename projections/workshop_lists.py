"""What must be known before a workshop: what those who come need, and who has no place yet."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from projections.cohort_board import CohortState
from projections.lists import COHORT, Ask, Asked, WorkList, only, parts
from projections.projection import Shown
from projections.stages import ApplicantStage
from projections.workshop_register import PlaceState, WorkshopState

NEEDS: Final = ("full_name", "format", "needs", "supporter_comes", "language", "channel")
OF_THE_WORKSHOP: Final = ("workshop_id", "cohort_id", "number", "starts_at")
HAS_IT: Final = frozenset({PlaceState.BOOKED, PlaceState.ATTENDED, PlaceState.MADE_UP})
WAITS: Final = frozenset({PlaceState.WAITING, PlaceState.OFFERED})
OVER: Final = frozenset({CohortState.COMPLETED, CohortState.CANCELLED})


def workshop_needs(ask: Ask, asked: Asked) -> Iterator[Shown]:
    """A row for each who has a place on a workshop that is to come."""
    chosen = only(asked, ("workshop_id", "cohort_id", "number"))
    for register in ask("workshop_register", {**chosen, "state": WorkshopState.SCHEDULED}):
        for place in parts(register, "places"):
            who = place["person_id"]
            if place["has_place"] and asked.get("person_id", who) == who:
                yield {
                    "key": f"{register['workshop_id']}/{who}",
                    **{name: register[name] for name in OF_THE_WORKSHOP},
                    "person_id": who,
                    "place": place["state"],
                    **_needs(ask, who),
                }


def _needs(ask: Ask, who: str) -> Shown:
    """What somebody stated; of who was registered twice, what stands under the id that counts."""
    for person in ask("people", {"key": who}):
        if kept := person.get("merged_into"):
            return _needs(ask, kept)
        return {name: person[name] for name in NEEDS if name in person}
    return {}


def not_booked(ask: Ask, asked: Asked) -> Iterator[Shown]:
    """A row for each number of the training that somebody who is on a cohort lacks: neither have
    they a place on a workshop of that number, nor did they come to one, or make it up.
    """
    for board in ask("cohort_board", only(asked, COHORT)):
        if board["state"] in OVER or "applicants" not in board:
            continue
        has, waits = _numbers(ask, board["cohort_id"])
        required = range(1, board["required_workshops"] + 1)
        for application, one in sorted(board["applicants"].items()):
            who = one["person_id"]
            for number in required if _is_on_it(one) else ():
                if number not in has[who]:
                    yield {
                        "key": f"{application}/{number}",
                        "cohort_id": board["cohort_id"],
                        "person_id": who,
                        "number": number,
                        "waits": number in waits[who],
                    }


def _is_on_it(applicant: Shown) -> bool:
    return bool(applicant["progress"]["stage"] == ApplicantStage.CONFIRMED)


Numbers = defaultdict[str, set[int]]


def _numbers(ask: Ask, cohort_id: str) -> tuple[Numbers, Numbers]:
    """Of each person the numbers of the training that they have, and for which they wait."""
    has, waits = Numbers(set), Numbers(set)
    for register in ask("workshop_register", {"cohort_id": cohort_id}):
        is_off = register["state"] == WorkshopState.CANCELLED
        for place in () if is_off else parts(register, "places"):
            if place["state"] in HAS_IT:
                has[place["person_id"]].add(register["number"])
            elif place["state"] in WAITS:
                waits[place["person_id"]].add(register["number"])
    return has, waits


WORKSHOP_NEEDS: Final = WorkList(
    name="workshop_needs",
    question="What do those need who have a place on a workshop that is to come?",
    of=("workshop_register", "people"),
    tells="places.has_place",
    fields=(*OF_THE_WORKSHOP, "person_id", "place", *NEEDS),
    rows=workshop_needs,
)
NOT_BOOKED: Final = WorkList(
    name="not_booked",
    question="Who of a cohort has no place yet on a workshop that is required?",
    of=("cohort_board", "workshop_register"),
    tells="applicants.*.person_id",
    fields=("cohort_id", "person_id", "number", "waits"),
    rows=not_booked,
)
