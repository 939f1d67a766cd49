"""The whole story, in the order in which it happens."""

from pathlib import Path

from services.demo import afterwards, confidence, correcting, learning, pairing, projects, selection
from services.demo.director import Director
from services.demo.report import StoryEnd


async def tell(director: Director, file: Path) -> StoryEnd:
    """Drive a cohort from its plan to the check-in after twelve months."""
    cohort = await selection.plan(director)
    report = await selection.applications(director, cohort, file)
    next_best = await selection.assess(director, cohort)
    await selection.release(director, cohort)
    if next_best is not None:
        await correcting.put_right(director, next_best)
    run = await pairing.match(director, cohort)
    await confidence.look_first(director, cohort)
    workshops = await learning.schedule(director, cohort)
    await projects.propose_projects(director, cohort)
    await learning.learn(director, cohort, workshops)
    await projects.work(director, cohort)
    await afterwards.part_and_stay(director, cohort)
    return StoryEnd(cohort, run, report)
