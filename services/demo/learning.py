"""The fourth part of the story: three workshops, a waiting list, an absence, reflections."""

from datetime import date, timedelta
from typing import Any

from events.calendar import at
from services.demo.director import Director
from services.demo.looking_after import look_after
from services.demo.moving import call_the_evening_off, move, plan_an_evening
from services.demo.pairing import change_partner

WORKSHOPS = (
    (date(2025, 1, 15), "Leading together: who we are", "The Guildhall, Exeter"),
    (date(2025, 2, 12), "Trying out skills", "The Winter Gardens, Weston-super-Mare"),
    (date(2025, 3, 12), "From talking to doing", "The Turner Rooms, Margate"),
)
ABSENT = 3  # which of those who booked, in the order of their ids, is away from the first


async def schedule(director: Director, cohort: str) -> list[str]:
    """Three workshops are scheduled, and booked by pairs; the second is one pair too small."""
    await director.day(2024, 12, 9)
    found = []
    pairs = await director.rows("pairing_board", cohort_id=cohort, state="active")
    for number, (day, title, venue) in enumerate(WORKSHOPS, 1):
        seats = 2 * len(pairs) - (2 if number == 2 else 0)  # noqa: PLR2004 - the second workshop
        reply = await director.do(
            "workshop.schedule",
            {
                "cohort_id": cohort,
                "number": number,
                "title": title,
                "venue": venue,
                "starts_at": at(day, 10).isoformat(),
                "ends_at": at(day, 16).isoformat(),
                "capacity": seats,
            },
        )
        workshop = (reply.events or ())[0].subject
        found.append(workshop)
        await _book(director, workshop, pairs)
    await plan_an_evening(director, cohort, pairs[:2])
    await director.settle()
    director.tells("Three workshops are booked, both of a pair or none; one pair has to wait")
    return found


async def _book(director: Director, workshop: str, pairs: list[dict[str, Any]]) -> None:
    for row in pairs:
        data = {"workshop_id": workshop, "pairing_id": row["pairing_id"]}
        leader = row["patient_leader_id"]
        reply = await director.ask("workshop.book-as-pair", data, actor=leader)
        if reply.code == "workshop.full":
            for side in ("patient_leader_id", "healthcare_leader_id"):
                await director.do(
                    "workshop.join-waiting-list",
                    {**data, "person_id": row[side]},
                    actor=row[side],
                )


async def learn(director: Director, cohort: str, workshops: list[str]) -> None:
    """The workshops take place; somebody misses one and makes it up; people reflect."""
    for number, workshop in enumerate(workshops):
        if number == 1:
            await _make_room(director, workshop)
        if number == len(workshops) - 1:
            await call_the_evening_off(director, cohort)
            await move(director, workshop)
        day = WORKSHOPS[number][0]
        await director.day(day.year, day.month, day.day, 11)
        (row,) = await director.rows("workshop_register", workshop_id=workshop)
        booked = [place["person_id"] for place in row["places"] if place["state"] == "booked"]
        absent = booked[ABSENT] if number == 0 else None
        for seat, person in enumerate(booked):
            if person != absent:
                await director.do(
                    "workshop.record-attendance",
                    {
                        "workshop_id": workshop,
                        "person_id": person,
                        "scan_id": f"scan-{number + 1}-{seat:03}",
                        "scanned_at": (at(day, 9, 45) + timedelta(seconds=20 * seat)).isoformat(),
                    },
                    actor=director.facilitator,
                )
        await director.day(day.year, day.month, day.day, 17)
        await director.do(
            "workshop.close-register", {"workshop_id": workshop}, actor=director.facilitator
        )
        await _reflect(director, workshop, [one for one in booked if one != absent][:6])
        if absent:
            await look_after(director, cohort)
            await director.day(2025, 1, 29)
            await director.do(
                "workshop.make-up",
                {"workshop_id": workshop, "person_id": absent, "how": "make-up.online"},
                actor=director.facilitator,
            )
        director.tells(
            f"Workshop {number + 1}: {len(booked) - bool(absent)} came"
            + (", one was away and makes it up" if absent else "")
        )
        if number == 0:
            await change_partner(director, cohort, workshops)


async def _make_room(director: Director, workshop: str) -> None:
    """More seats are found for the pair that waits, who are offered them and take them."""
    await director.day(2025, 2, 3)
    (row,) = await director.rows("workshop_register", workshop_id=workshop)
    waiting = [place["person_id"] for place in row["places"] if place["state"] == "waiting"]
    if not waiting:
        return
    await director.do(
        "workshop.change-capacity",
        {
            "workshop_id": workshop,
            "capacity": row["capacity"] + len(waiting),
            "reason": "capacity.larger-room",
        },
    )
    await director.settle()
    (row,) = await director.rows("workshop_register", workshop_id=workshop)
    for place in row["places"]:
        if place["state"] == "offered":
            await director.do(
                "workshop.take-held-place",
                {"workshop_id": workshop, "person_id": place["person_id"]},
                actor=place["person_id"],
            )
    director.tells("A larger room is found; those who waited take the places held for them")


async def _reflect(director: Director, workshop: str, people: list[str]) -> None:
    for person in people:
        await director.do(
            "reflection.submit",
            {
                "workshop_id": workshop,
                "person_id": person,
                "words": "I came to speak and I learned to listen. My partner said the same.",
            },
            actor=person,
        )
