"""The third part of the story: matching, acceptance, and later a change of partner."""

from events.terms import Outcome, Side
from services.demo.correcting import sign_correction
from services.demo.director import Director
from services.demo.selection import release_by_employers

LEAVES = 5  # whose healthcare leader, in the order of the pairings, changes job


async def match(director: Director, cohort: str) -> str:
    """A matching run on paper, signed by both sides, published, and accepted."""
    await director.day(2024, 12, 2)
    await director.do("cohort.start", {"cohort_id": cohort})
    reply = await director.do("matching.ask", {"cohort_id": cohort})
    run = (reply.events or ())[0].subject
    await director.settle()
    for side in Side:
        await director.do(
            "matching.approve", {"run_id": run, "side": side.value}, actor=director.co_chairs[side]
        )
    published = await director.do("matching.publish", {"run_id": run})
    proposed = [one for one in published.events or () if one.name == "pairing.proposed"]
    director.tells(f"A matching run is signed by both sides and proposes {len(proposed)} pairs")
    await director.day(2024, 12, 5)
    await accept_all(director, cohort)
    pairs = await director.rows("pairing_board", cohort_id=cohort, state="active")
    director.tells(f"Both say yes, {len(pairs)} times: {len(pairs)} pairs lead together")
    return run


async def accept_all(director: Director, cohort: str) -> None:
    """Both people of each proposed pair say yes."""
    await director.settle()
    for row in await director.rows("pairing_board", cohort_id=cohort, state="proposed"):
        for side in ("patient_leader_id", "healthcare_leader_id"):
            await director.do(
                "pairing.accept",
                {"pairing_id": row["pairing_id"], "person_id": row[side]},
                actor=row[side],
            )
    await director.settle()


async def _lets_somebody_join(director: Director, cohort: str) -> None:
    """The reserve list is closed, so both co-chairs sign that somebody who waited has a place."""
    waited = await director.rows("application_queue", cohort_id=cohort, stage="not-reached")
    ids = sorted(one["application_id"] for one in waited if one["side"] == "healthcare-leader")
    await sign_correction(
        director, ids[0], outcome=Outcome.OFFER.value, reason="decision.came-to-light"
    )


async def change_partner(director: Director, cohort: str, workshops: list[str]) -> None:
    """A healthcare leader changes job; their partner gets a new one, and the project goes on."""
    await director.day(2025, 1, 31)
    rows = await director.rows("pairing_board", cohort_id=cohort, state="active")
    row = rows[LEAVES % len(rows)]
    leaver, stays = row["healthcare_leader_id"], row["patient_leader_id"]
    await director.do(
        "place.give-up",
        {"cohort_id": cohort, "person_id": leaver, "reason": "place.work"},
        actor=leaver,
    )
    await director.settle()
    await _lets_somebody_join(director, cohort)
    (newcomer,) = await director.rows("application_queue", cohort_id=cohort, stage="offered")
    await director.do(
        "offer.accept",
        {"application_id": newcomer["application_id"]},
        actor=newcomer["person_id"],
    )
    await director.settle()
    await release_by_employers(director, cohort)
    await director.do(
        "pairing.propose",
        {
            "cohort_id": cohort,
            "patient_leader_id": stays,
            "healthcare_leader_id": newcomer["person_id"],
            "former_pairing_id": row["pairing_id"],
        },
    )
    await accept_all(director, cohort)
    for workshop in workshops[1:]:
        who = newcomer["person_id"]
        place = {"workshop_id": workshop, "person_id": who}
        booked = await director.ask("workshop.book", place, rings=who)
        if booked.code == "workshop.full":
            await director.do("workshop.join-waiting-list", place, rings=who)
            await director.settle()  # the leaver's place is kept, if two are first in line
            await director.ask("workshop.take-held-place", place, rings=who)
    await director.do(
        "workshop.make-up",
        {
            "workshop_id": workshops[0],
            "person_id": newcomer["person_id"],
            "how": "make-up.with-a-facilitator",
        },
        actor=director.facilitator,
    )
    await director.settle()
    director.tells(
        "Somebody changes job; both co-chairs sign who follows, and a new pair takes the project on"
    )
