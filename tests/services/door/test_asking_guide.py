"""What docs/asking.md says of requests and answers is what the door does."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

from domain.catalogue import TOO_EARLY
from services.door import asking, door
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.door.wire import MAX_REQUEST, Request
from services.engines.addresses import Engines
from tests.scenes.credentials import kept_out, let_ask, plain
from tests.scenes.played import history_of
from tests.scenes.team import RUTH
from tests.scenes.terminal import ROOT
from tests.scenes.tokens import token
from tests.scenes.world import door_on, station

GUIDE = (ROOT / "docs" / "asking.md").read_text(encoding="utf-8")
STATUSES = get_args(Reply.model_fields["status"].annotation)


def section(title: str) -> str:
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert isinstance(found, str)
    return found


def rows(text: str) -> list[str]:
    """The first cell of each row whose first cell is code."""
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_every_field_and_every_status_stands_in_the_guide() -> None:
    assert rows(section("The request")) == list(Request.model_fields)
    answer = rows(section("The answer"))
    assert answer == [*STATUSES, *Reply.model_fields]
    needed = {name for name, field in Request.model_fields.items() if field.is_required()}
    optional = re.findall(r"^\| `(\w+)` \|.*\| optional", GUIDE, re.MULTILINE)
    assert needed | set(optional) == set(Request.model_fields)
    assert needed.isdisjoint(optional)


def test_what_is_to_be_sent_again_is_what_we_send_again() -> None:
    again = re.findall(r"^\| `(\w+)` \|.*with the same id", GUIDE, re.MULTILINE)
    assert set(again) == {*TO_BE_ASKED_AGAIN, "failed"}


def test_every_code_that_is_too_early_stands_in_the_guide() -> None:
    codes = set(re.findall(r"`([\w.-]+\.[\w-]+)`", section("Too early")))
    assert codes == TOO_EARLY


def test_the_limits_are_those_of_the_door() -> None:
    assert f"{MAX_REQUEST:,} bytes" in section("The request")
    limits = section("How long, and how many")
    for limit in (f"{door.PATIENCE:.0f} seconds", f"{asking.PATIENCE} seconds"):
        assert limit in limits
    assert f"Up to {door.MAX_WAITING:,} commands wait" in limits
    assert f"Some {door.GROUP} are decided" in limits


def test_whoever_asks_as_the_guide_does_is_answered_and_nothing_is_done_twice(
    fresh: Engines, home: Path, tmp_path: Path
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert "services" not in program
    ruth = asyncio.run(let_ask(fresh, home, "ruth"))
    for example, real in (
        ("nats://127.0.0.1:4222", plain(fresh)),
        ('"SEED"', f'"{ruth.seed}"'),
        ("eyJ…", token(RUTH)),
    ):
        assert example in program
        program = program.replace(example, real)
    (tmp_path / "asks.py").write_text(program)

    async def play() -> str:
        async with door_on(station(fresh, tmp_path)):
            asks = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "asks.py"), cwd=tmp_path, stdout=subprocess.PIPE
            )
            out, _ = await asyncio.wait_for(asks.communicate(), 60)
            return out.decode()

    try:
        said = asyncio.run(play())
    finally:
        asyncio.run(kept_out(fresh, home, "ruth"))
    (planned,) = [one.event for one in history_of(fresh)[2:]]
    cohort = planned.subject_id()
    assert said == f"accepted {cohort} False\naccepted {cohort} True\n"
