"""How long a file of applications takes from its bytes to its last answer, beside the same commands
sent bare. All workers are one process, as with `up`.
"""

import asyncio
import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uvloop
from nats.aio.client import Client

from benchmarks.asking import TIMEOUT, shown_by
from benchmarks.bench import Bench, bench, child, together
from benchmarks.history import COORDINATOR, LONG_AGO, append, cohort, command, planned
from benchmarks.pace import Pace
from benchmarks.table import Row, alone, beside
from examples.submissions import HEADER
from services.crew import REQUESTS, TOGETHER
from services.engines.addresses import BusAddress
from services.identity.at_home import NamedPeople
from services.importing import examine
from services.importing.messages import APPLY, REASON, REGISTER
from services.importing.sending import AT_ONCE
from services.importing.submission import Submission
from services.stream.connections import connected

IMPORTED, BARE = cohort(0), cohort(1)
FIRST: Final = ("Ada", "Ben", "Carys", "Dilys", "Eli", "Fern", "Gwen", "Hal", "Iris", "Jory")
LAST: Final = ("Angove", "Bolitho", "Carne", "Dunstan", "Eddy", "Lobb", "Nance", "Oats", "Pascoe")
THEY_SAY: Final = {
    "Town or city": "Truro",
    "How would you describe yourself?": "A patient, and I would like to lead",
    "Are you applying as a patient leader or a healthcare leader?": "Patient leader",
    HEADER[10]: "I edit a newsletter.\nI chair a group of patients.",
    HEADER[11]: "The care that I met was kind, and slow; I would like to help to mend that. " * 3,
    HEADER[12]: "Getting an appointment;Leaving hospital;",
    "Days you can do": "Monday;Tuesday;",
    "How would you like us to contact you?": "E-mail",
    "I agree to my data being used for this programme": "Yes",
}


def rows(pace: Pace) -> Iterator[Row]:
    """The rows on a file."""
    many = pace.imported
    with bench() as at, child() as client, together(at, *TOGETHER):
        append(at, (*planned(0), *planned(1)))
        NamedPeople(at.data).add(COORDINATOR)
        warm = (written(at.data, "warm", 100), str(IMPORTED))
        imported(at, *warm)
        seconds = imported(at, written(at.data, "file", many), str(IMPORTED))
        file = written(at.data, "bare", many)
        bare = client.submit(sent_bare, at.engines.nats["client"], file).result()
    each = 1000 / many
    name = f"a row of a file of {many:,} that is imported"
    yield beside(f"{name}, beside its commands sent bare", seconds * each, bare * each, "ms")
    yield alone(f"{name}: 10,000 take", seconds * 10_000 / many, "s", most=60)


def written(folder: Path, name: str, many: int) -> Path:
    """A file of so many people of whom nobody has heard."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, HEADER, restval="")
        lines.writeheader()
        for number in range(many):
            at = LONG_AGO + timedelta(seconds=37 * number % 2_000_000)
            lines.writerow(
                {
                    **THEY_SAY,
                    "Timestamp": f"{at:%d/%m/%Y %H:%M:%S}",
                    "Your full name": _name(name, number),
                    "E-mail address": f"{name}-{number}@example.org",
                }
            )
    return path


def imported(at: Bench, file: Path, cohort_id: str) -> float:
    """Seconds of a whole call of the command line, reading and report included."""
    words = ("import", "applications", str(file), "--cohort", cohort_id, "--json", "--yes")
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command line, without a shell
        [sys.executable, "-m", "services", *words, "--data", str(at.data)],
        capture_output=True,
        check=True,
    )
    found = json.loads(done.stdout)["ends"]
    if found["accepted"] != sum(found.values()):
        raise RuntimeError(f"not all rows were accepted: {found}")
    return time.monotonic() - began


def sent_bare(url: BusAddress, file: Path) -> float:
    """Seconds for the same commands and nothing else, as many people at once."""
    people = examine(file).ready
    return uvloop.run(_sent_bare(url, people))


async def _sent_bare(url: BusAddress, people: tuple[Submission, ...]) -> float:
    client, left, shown = await connected("client", url), iter(people), shown_by()
    began = time.monotonic()

    async def one_after_another() -> None:
        for one in left:
            await _said(client, one, shown)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    await client.close()
    return time.monotonic() - began


async def _said(client: Client, one: Submission, shown: dict[str, str]) -> None:
    whose: dict[str, Any] = {}
    for name, data in one.steps:
        more = {"cohort_id": BARE} if name == APPLY else {}
        asked = {"onbehalfof": whose["person_id"], "asked": "form"} if whose else {}
        body = {
            "id": command("bare", name, one.register["email"]),
            "role": "importer",
            "time": one.at.isoformat(),
            "reason": REASON,
            "data": {**data, **whose, **more},
            **asked,
        }
        reply = await _asked(client, name, body, shown)
        whose = {"person_id": reply["ids"]["person_id"]} if name == REGISTER else whose


async def _asked(
    client: Client, name: str, body: Mapping[str, Any], shown: dict[str, str]
) -> dict[str, Any]:
    sent = json.dumps(body).encode()
    answer = await client.request(f"{REQUESTS}{name}", sent, timeout=TIMEOUT, headers=shown)
    reply: dict[str, Any] = json.loads(answer.data)
    if reply["status"] != "accepted":
        raise RuntimeError(f"{name} was not accepted: {reply}")
    return reply


def _name(file: str, number: int) -> str:
    """A name that nobody else has: what one does not tell apart the next does."""
    tail = "".join(chr(ord("a") + int(one)) for one in str(number))
    return f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]} {file}{tail}"
