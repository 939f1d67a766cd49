"""The worker `commands` in a process that is killed again and again, and clients that insist."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import nats.errors
from nats.aio.client import Client

from services.crew import REQUESTS
from services.door.replies import TO_BE_ASKED_AGAIN, Reply
from services.identity.showing import bearing
from tests.scenes.world import PLAN, apart

PATIENCE = 6.0  # seconds until a client takes it that nobody will answer


@dataclass
class Clients:
    """Send commands with ids one after the other, and note every answer."""

    nats: Client
    tokens: Callable[[], str]
    patience: float = PATIENCE
    answers: dict[str, list[Reply]] = field(default_factory=dict)
    unanswered: int = 0

    async def insist(self, command_id: str) -> Reply:
        """The same command with the same id until somebody knows what came of it."""
        while True:
            reply = await self.send(command_id)
            if reply and reply.status not in TO_BE_ASKED_AGAIN:
                return reply

    async def send(self, command_id: str) -> Reply | None:
        """One try: the answer, None if there was none."""
        body: dict[str, Any] = {
            "id": command_id,
            "role": "coordinator",
            "data": {**PLAN, **apart(command_id)},
        }
        known = self.answers.setdefault(command_id, [])
        try:
            data = json.dumps(body).encode()
            answer = await self.nats.request(
                f"{REQUESTS}cohort.plan",
                data,
                timeout=self.patience,
                headers=bearing(self.tokens()),
            )
        except (nats.errors.TimeoutError, nats.errors.NoRespondersError):
            self.unanswered += 1
            await asyncio.sleep(0.1)  # nobody is there
            return None
        known.append(Reply.model_validate_json(answer.data))
        return known[-1]


@asynccontextmanager
async def worker(data: Path) -> AsyncIterator["asyncio.subprocess.Process"]:
    """`leading-together run commands`, ready; gone when this ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services", "run", "commands", "--data", str(data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LT_LOG_LEVEL": "info"},
    )
    try:
        assert process.stdout
        async for line in process.stdout:
            if b"workers.ready" in line:
                break
        else:
            raise AssertionError("the worker did not start")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def killed_again_and_again(
    data: Path, chance: Random, times: int, enough: Callable[[], object]
) -> None:
    """The worker is started, and killed without a warning at any moment, so often, and until it
    has done enough between.
    """
    while times > 0 or not enough():
        times -= 1
        async with worker(data) as process:
            await asyncio.sleep(chance.uniform(0.02, 0.6))
            process.send_signal(signal.SIGKILL)
