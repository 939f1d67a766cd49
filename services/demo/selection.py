"""First half of the story: interest, applications, assessment, release, offers, places."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from events.ids import CohortId, CommandId
from events.rules import FIRST_CRITERIA
from events.terms import Outcome, Side
from services.demo.applying import apply_and_amend
from services.demo.contacts import ask_line_managers
from services.demo.director import Director, Unexpected
from services.demo.rules import adopt
from services.demo.team import assemble
from services.importing import Report, examine, import_applications
from services.importing.submission import Submission

ASSESSORS = (
    ("Grace Penrose", True),
    ("Yusuf Karim", True),
    ("Maureen Tilley", True),
    ("Dr Helen Marsh", False),
    ("Tomasz Zielinski", False),
    ("Priya Raman", False),
)
PLACES = 10
WAIT = 6  # on each side
BEGIN = datetime(2024, 8, 19, 9, 0, tzinfo=UTC)


async def plan(director: Director) -> CohortId:
    """A team is there, the rules are signed, a cohort is planned by them, and the first people ask
    to know more.
    """
    await assemble(director)
    await adopt(director)
    reply = await director.do(
        "cohort.plan",
        {
            "title": "Autumn 2024, South",
            "opens_on": "2024-09-02",
            "closes_on": "2024-10-11",
            "decisions_on": "2024-11-04",
            "starts_on": "2024-12-02",
            "ends_on": "2025-06-27",
            "places_per_side": PLACES,
        },
    )
    cohort = CohortId((reply.events or ())[0].subject)
    director.tells(f"A cohort is planned by them: {PLACES} places on each side, three workshops")
    asked = await _interested(director)
    await director.day(2024, 9, 2)
    await director.do("cohort.open-applications", {"cohort_id": cohort})
    await director.all(
        "interest.invite", [{"cohort_id": cohort, "person_id": person} for person in asked]
    )
    director.tells(f"Applications are open; {len(asked)} people who asked are invited")
    await apply_and_amend(director, cohort, asked[-1])
    return cohort


async def _interested(director: Director) -> list[str]:
    people = []
    for name, words in (
        ("Doreen Abbott", "Tell me more. How can I help?"),
        ("Sanjay Mistry", "My mother's discharge went wrong. I would like others to be spared."),
    ):
        first = name.split()[0].lower()
        reply = await director.do(
            "person.register", {"full_name": name, "email": f"{first}@example.org"}
        )
        person = (reply.ids or {})["person_id"]
        await director.do("interest.express", {"person_id": person, "words": words}, rings=person)
        people.append(person)
    return people


async def applications(director: Director, cohort: CohortId, file: Path) -> Report:
    """The online form's export is imported after its deadline, as programmes do."""
    await director.day(2024, 10, 14)
    examined = await asyncio.to_thread(examine, file)
    report = await import_applications(
        director.client, examined, cohort, shows=director.token, fresh=_named
    )
    await director.settle()
    rows = await director.rows("application_queue", cohort_id=cohort)
    eligible = sum(row["stage"] == "eligible" for row in rows)
    director.tells(
        f"{file.name} is imported: {len(rows)} applications by now, {eligible} of them eligible"
    )
    return report


def _named(what: str, one: Submission) -> CommandId:
    """An id that each demonstration gives to the same row."""
    return CommandId.derived(one.at, "demo", what, str(one.row))


async def assess(director: Director, cohort: str) -> str | None:
    """Each application is scored by a lay and a professional assessor, then decided on; the
    patient leader's whose score is the best of those who are declined, if any is.
    """
    await director.day(2024, 10, 16)
    assessors = await _appoint(director, cohort)
    rows = await director.rows("application_queue", cohort_id=cohort, stage="eligible")
    pairs = [
        (row["application_id"], assessors[number % 3], assessors[3 + number % 3])
        for number, row in enumerate(rows)
    ]
    both = [(application, one) for application, *two in pairs for one in two]
    await director.all(
        "assessment.assign", [{"application_id": a, "assessor_id": one} for a, one in both]
    )
    await director.day(2024, 10, 28)
    await asyncio.gather(*(_score(director, application, one) for application, one in both))
    director.tells(f"{len(both)} assessments by {len(assessors)} assessors, half of them lay")
    await director.day(2024, 10, 31)
    declined = await _decide(
        director,
        [(row["application_id"], row["side"]) for row in rows],
        {application: (lay, other) for application, lay, other in pairs},
    )
    return next(iter(declined[Side.PATIENT_LEADER]), None)


async def _appoint(director: Director, cohort: str) -> list[str]:
    found = []
    for name, lay in ASSESSORS:
        address = f"{name.lower().replace(' ', '.')}@panel.example"
        reply = await director.do("person.register", {"full_name": name, "email": address})
        person = (reply.ids or {})["person_id"]
        await director.do(
            "assessment.appoint-assessor", {"cohort_id": cohort, "assessor_id": person, "lay": lay}
        )
        found.append(person)
    return found


def _marks(application: str, assessor: str) -> dict[str, int]:
    """Scores from 0 to 5 that two assessors of one application mostly agree on."""
    merit = sha256(application.encode()).digest()
    mood = sha256(f"{application}{assessor}".encode()).digest()
    return {
        one.code: min(one.top, max(0, 1 + merit[n] % 5 + mood[n] % 3 - 1))
        for n, one in enumerate(FIRST_CRITERIA)
    }


def _points(scores: dict[str, int]) -> int:
    """What an assessor's scores come to, each criterion by its weight: 0 to 25."""
    return sum(one.weight * scores[one.code] for one in FIRST_CRITERIA)


async def _score(director: Director, application: str, assessor: str) -> None:
    scores = _marks(application, assessor)
    best = _points(scores) >= 18  # noqa: PLR2004 - of 25
    await director.do(
        "assessment.submit",
        {
            "application_id": application,
            "assessor_id": assessor,
            "scores": scores,
            "recommendation": (Outcome.OFFER if best else Outcome.RESERVE).value,
            "comment": "A thoughtful application.",
        },
        actor=assessor,
    )


async def _decide(
    director: Director, of_side: list[tuple[str, str]], assessors: dict[str, tuple[str, str]]
) -> dict[str, list[str]]:
    """The best ten of each side by their scores are offered a place, the next six wait, the others
    can't come; who those are, on each side, the best first.
    """
    moderated, declined = 0, {}
    for side in sorted({side for _, side in of_side}):
        mine = {one: assessors[one] for one, own in of_side if own == side}
        order = ranked(mine)
        for place, application in enumerate(order):
            moderated += await _decide_one(director, application, place)
        declined[side] = order[PLACES + WAIT :]
    director.tells(
        f"{len(of_side)} decisions are made and held back; {moderated} of them moderated first"
    )
    return declined


def ranked(assessors: Mapping[str, Iterable[str]]) -> list[str]:
    """Applications, the best score first, as they are released; `assessors` are those of each."""
    points = {one: sum(_points(_marks(one, who)) for who in assessors[one]) for one in assessors}
    return sorted(points, key=lambda one: (-points[one], one))


async def _decide_one(director: Director, application: str, place: int) -> bool:
    outcome = Outcome.OFFER if place < PLACES else Outcome.RESERVE
    data: dict[str, Any] = {"application_id": application, "outcome": outcome.value}
    if place >= PLACES + WAIT:
        data["outcome"] = Outcome.DECLINE.value
    if place >= PLACES:
        data["reasons"] = ["score.others-higher"]
    reply = await director.ask("assessment.decide", data)
    if reply.status == "accepted":
        return False
    if reply.code != "assessment.moderation-needed":
        raise Unexpected(f"assessment.decide: {reply.model_dump_json(exclude_none=True)}")
    await director.do("assessment.hold-moderation", {"application_id": application})
    await director.do("assessment.decide", data)
    return True


async def release(director: Director, cohort: str) -> None:
    """Everybody hears at once; places are accepted, declined, forgotten, and passed on."""
    await director.day(2024, 11, 1)
    for side in Side:
        await director.do(
            "cohort.sign-release",
            {"cohort_id": cohort, "side": side.value},
            actor=director.co_chairs[side],
        )
    director.tells("Both co-chairs sign the decisions, each for one side")
    await director.day(2024, 11, 4)
    await director.do("cohort.release-decisions", {"cohort_id": cohort})
    await director.settle()
    offered = await director.rows("application_queue", cohort_id=cohort, stage="offered")
    director.tells(f"Decisions are released, all together: {len(offered)} offers")
    await director.day(2024, 11, 6)
    declines, forgets = offered[0], offered[-1]
    await director.do(
        "offer.decline",
        {"application_id": declines["application_id"], "reason": "offer.dates-do-not-fit"},
        actor=declines["person_id"],
    )
    await _accept(director, [one for one in offered if one not in (declines, forgets)])
    director.tells("Most accept; one declines, one forgets, and the reserve list moves up")
    await director.day(2024, 11, 18)
    await _accept(
        director, await director.rows("application_queue", cohort_id=cohort, stage="offered")
    )
    await director.day(2024, 11, 25)
    await release_by_employers(director, cohort)
    rows = await director.rows("application_queue", cohort_id=cohort, stage="confirmed")
    director.tells(f"Employers release their staff: {len(rows)} places are confirmed")


async def _accept(director: Director, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        await director.do(
            "offer.accept",
            {"application_id": row["application_id"]},
            actor=row["person_id"],
        )
    await director.settle()


async def release_by_employers(director: Director, cohort: str) -> None:
    """The line managers of all who accepted and still need it are asked, and release them."""
    rows = await director.rows("application_queue", cohort_id=cohort, stage="accepted")
    await ask_line_managers(director, rows)
    await director.all(
        "place.confirm-employer-release",
        [{"application_id": row["application_id"]} for row in rows],
    )
    await director.settle()
