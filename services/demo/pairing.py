"""The third part of the story: matching, acceptance, and later a change of partner."""

from events.terms import Role, Side
from services.demo.selection import release_by_employers
from services.demo.stage import Stage

LEAVES = 5  # whose healthcare leader, in the order of the pairings, changes job


async def match(stage: Stage, cohort: str) -> str:
    """A matching run on paper, signed by both sides, published, and accepted."""
    await stage.day(2024, 12, 2)
    await stage.do("cohort.start", {"cohort_id": cohort})
    reply = await stage.do("matching.make-run", {"cohort_id": cohort})
    run = (reply.events or ())[0].subject
    for side in Side:
        await stage.do("matching.approve", {"run_id": run, "side": side.value}, role=Role.CO_CHAIR)
    published = await stage.do("matching.publish", {"run_id": run})
    proposed = [one for one in published.events or () if one.name == "pairing.proposed"]
    stage.telling.act(f"A matching run is signed by both sides and proposes {len(proposed)} pairs")
    await stage.day(2024, 12, 5)
    await accept_all(stage, cohort)
    pairs = await stage.rows("pairing_board", cohort_id=cohort, state="active")
    stage.telling.act(f"Both say yes, {len(pairs)} times: {len(pairs)} pairs lead together")
    return run


async def accept_all(stage: Stage, cohort: str) -> None:
    """Both people of each proposed pair say yes."""
    await stage.settle()
    for row in await stage.rows("pairing_board", cohort_id=cohort, state="proposed"):
        for side in ("patient_leader_id", "healthcare_leader_id"):
            await stage.do(
                "pairing.accept",
                {"pairing_id": row["pairing_id"], "person_id": row[side]},
                actor=row[side],
                role=Role.PARTICIPANT,
            )
    await stage.settle()


async def change_partner(stage: Stage, cohort: str, workshops: list[str]) -> None:
    """A healthcare leader changes job; their partner gets a new one, and the project goes on."""
    await stage.day(2025, 1, 31)
    rows = await stage.rows("pairing_board", cohort_id=cohort, state="active")
    row = rows[LEAVES % len(rows)]
    leaver, stays = row["healthcare_leader_id"], row["patient_leader_id"]
    await stage.do(
        "place.give-up",
        {"cohort_id": cohort, "person_id": leaver, "reason": "place.work"},
        actor=leaver,
        role=Role.PARTICIPANT,
    )
    await stage.settle()
    await stage.do("reserve.promote", {"cohort_id": cohort, "side": "healthcare-leader"})
    await stage.settle()
    (newcomer,) = await stage.rows("application_queue", cohort_id=cohort, stage="offered")
    await stage.do(
        "offer.accept",
        {"application_id": newcomer["application_id"]},
        actor=newcomer["person_id"],
        role=Role.APPLICANT,
    )
    await stage.settle()
    await release_by_employers(stage, cohort)
    await stage.do(
        "pairing.propose",
        {
            "cohort_id": cohort,
            "patient_leader_id": stays,
            "healthcare_leader_id": newcomer["person_id"],
            "former_pairing_id": row["pairing_id"],
        },
    )
    await accept_all(stage, cohort)
    for workshop in workshops[1:]:
        place = {"workshop_id": workshop, "person_id": newcomer["person_id"]}
        booked = await stage.ask("workshop.book", place)
        if booked.code == "workshop.full":
            await stage.do("workshop.join-waiting-list", place)
            await stage.settle()  # the leaver's place is free, and offered to whoever waits
            await stage.do("workshop.take-held-place", place)
    await stage.do(
        "workshop.make-up",
        {
            "workshop_id": workshops[0],
            "person_id": newcomer["person_id"],
            "how": "make-up.with-a-facilitator",
        },
        role=Role.FACILITATOR,
    )
    await stage.settle()
    stage.telling.act("Somebody changes job; a reserve takes over, and the project goes on")
