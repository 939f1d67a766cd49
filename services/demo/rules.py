"""The programme's rules in the demonstration: the first ones, proposed and signed by both sides."""

from events.ids import RulesId
from events.rules import FIRST, FIRST_CRITERIA
from events.terms import Side
from services.demo.director import Director


async def adopt(director: Director) -> RulesId:
    """The coordinator proposes what went without saying so far, and both co-chairs sign it; some
    days later it is in force.
    """
    reply = await director.do(
        "rules.propose",
        {
            "in_force_from": "2024-08-27",
            "rules": FIRST.model_dump(mode="json"),
            "criteria": [one.model_dump(mode="json") for one in FIRST_CRITERIA],
        },
    )
    rules = RulesId((reply.events or ())[0].subject)
    director.tells("The programme's rules are proposed, to be in force from 27 August")
    for side in Side:
        await director.do(
            "rules.sign",
            {"rules_id": rules, "side": side.value},
            actor=director.co_chairs[side],
        )
    director.tells("Both co-chairs sign the rules, each for one side: they are adopted")
    await director.day(2024, 8, 27)
    return rules
