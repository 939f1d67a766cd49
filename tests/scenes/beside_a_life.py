"""What else goes on in a whole life: a message in vain, something that lacks, a file brought in."""

from typing import Any

from domain.notices.undelivered import HowTold
from events.ids import CommandId, ImportId, NoticeId
from events.terms import Lack, NoticeTrouble
from services.door.asking import ask, by_itself
from services.stream.connections import connection_of
from tests.scenes.given import NOON


async def is_told_in_vain(life: Any, who: str) -> None:
    """A message does not arrive, which the worker that sends them says; somebody sees to it."""
    this = {"notice_id": NoticeId.derived(NOON, "in vain")}
    why = life.one_of(NoticeTrouble)
    told = {**this, "cohort_id": life.cohort, "person_id": who, "why": why}
    told["template"] = "workshop.to-book"
    await _says(life, "notifier", "notice.report", told)
    await life.do("notice.done", {**this, "how": life.one_of(HowTold)})


async def lacks_something(life: Any) -> None:
    """A worker can't take something in, which the scheduler sees."""
    lacking = {"cohort_id": life.cohort, "lacks": Lack.LIST}
    await _says(life, "scheduler", "trouble.note", lacking)


async def _says(life: Any, worker: str, name: str, data: dict[str, Any]) -> None:
    body = by_itself(CommandId.derived(NOON, name), data)
    async with connection_of(worker, life.station.engines.nats[worker]) as client:
        reply = await ask(client, name, body, worker=worker)
    assert reply.status == "accepted", reply


async def brings_in_a_file(life: Any) -> None:
    """Of a file nothing could be taken in."""
    this = {"import_id": ImportId.derived(NOON, "a file")}
    file = {"rows": 1, "digest": "0" * 64}
    await life.do("import.begin", {**this, "cohort_id": life.cohort, "file": file})
    ends = {"accepted": 0, "already": 0, "refused": 1, "to_be_asked_about": 0}
    await life.do("import.end", {**this, "ends": ends})
