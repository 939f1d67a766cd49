"""The worker itself, over the bus: each kind of who may come in, under each name of the table."""

import asyncio
from pathlib import Path
from typing import Any, Final

from services.reading.asking import ask_to_read
from services.reading.table import TABLE
from tests.scenes.asked import Asking, asking
from tests.scenes.judging import judge_of
from tests.scenes.judging_answers import Question, Told, different, questions, values_in
from tests.scenes.readable import OPERATOR, UNKNOWN, Programme, Shown

PAGE: Final = 60
ROLES: Final = {role.value for one in TABLE.values() for it in one.columns for role in it.roles}
OTHERS: Final = ("of another cohort", "a facilitator elsewhere", "an importer", OPERATOR, UNKNOWN)


def kinds(programme: Programme) -> list[str]:
    """Somebody of each role, an applicant, and those who hold none, or elsewhere."""
    holders = {
        role: who
        for who in reversed(programme.people)
        for role, _ in judge_of(programme, who).held
        if role in ROLES
    }
    assert set(holders) == ROLES
    applicant = next(who for who in programme.people if who.startswith("applicant"))
    return list(dict.fromkeys([*holders.values(), applicant, *OTHERS]))


async def told(ask: Asking, who: str, name: str, question: Question) -> Told | None:
    """What somebody is shown, page after page; None if it is refused as not theirs to read."""
    rows, more = list[Shown](), dict[str, Any]()
    while True:
        asked = {"open": True, "limit": PAGE if name != "people.find" else 500, **question, **more}
        token = ask.token(ask.programme.people[who])
        reply = await ask_to_read(ask.client, name, asked, token)
        if reply.code == "reading.not-yours":
            assert (reply.status, reply.rows) == ("refused", None)
            return None
        assert reply.status == "answered", (who, name, reply.status, reply.code)
        rows += reply.rows or []
        if reply.after is None:
            return values_in(name, rows)
        more = {"after": reply.after}


def test_the_worker_answers_each_kind_as_the_table_says(ended: Programme, tmp_path: Path) -> None:
    async def scene() -> list[Any]:
        wrong = list[Any]()
        async with asking(ended, tmp_path) as ask:
            for who in kinds(ended):
                judge = judge_of(ended, who)
                for name in TABLE:
                    for question in questions(ended, name):
                        shown = await told(ask, who, name, question)
                        wrong += ((who, *it) for it in different(judge, name, question, shown))
        return wrong

    assert asyncio.run(scene())[:5] == []


def test_whom_nobody_vouches_for_or_nobody_knows_is_answered_nothing(
    ended: Programme, tmp_path: Path
) -> None:
    async def scene() -> set[tuple[Any, ...]]:
        async with asking(ended, tmp_path) as ask:
            shown = {
                "nobody": None,
                "nonsense": "nonsense",
                "a stranger": ask.token("as-a-provider-calls-somebody"),
            }
            return {
                (who, reply.status, reply.code, reply.rows)
                for who, token in shown.items()
                for name in TABLE
                for question in questions(ended, name)
                for reply in [await ask_to_read(ask.client, name, question, token)]
            }

    assert asyncio.run(scene()) == {
        ("nobody", "refused", "identity.missing", None),
        ("nonsense", "refused", "identity.not-readable", None),
        ("a stranger", "refused", "identity.not-tied", None),
    }
