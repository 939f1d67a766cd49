"""The whole story, in the order in which it happens."""

from pathlib import Path

from services.demo import afterwards, learning, pairing, projects, selection
from services.demo.report import Outcome
from services.demo.stage import Stage


async def tell(stage: Stage, file: Path) -> Outcome:
    """Drive a cohort from its plan to the check-in after twelve months."""
    cohort = await selection.plan(stage)
    report = await selection.applications(stage, cohort, file)
    await selection.assess(stage, cohort)
    await selection.release(stage, cohort)
    run = await pairing.match(stage, cohort)
    workshops = await learning.schedule(stage, cohort)
    await projects.propose_projects(stage, cohort)
    await learning.learn(stage, cohort, workshops)
    await projects.work(stage, cohort)
    await afterwards.part_and_stay(stage, cohort)
    return Outcome(cohort, run, report)
