"""A stream of events ends where somebody may not follow it any more, and for nothing else."""

import asyncio
from collections.abc import Iterable

import httpx
import pytest

from services.reading.replies import ReadingReply
from services.web import events
from services.web.app import app_of
from services.web.asking import OnTheBus
from services.web.events import STREAM, Followers
from services.web.surface import ROOT
from tests.scenes.over_http import bearing

SHOWN = {**bearing("a.b.c"), "Accept": STREAM}
EMPTY = ReadingReply(status="answered", rows=[], position=0)
OVER = ReadingReply(status="refused", code="reading.not-yours", sentence="Not yours.")


def refused(code: str) -> ReadingReply:
    return ReadingReply(status="refused", code=code, sentence="Not now.")


class Answering(OnTheBus):
    """Answers one thing after the other."""

    def __init__(self, replies: Iterable[ReadingReply]) -> None:
        super().__init__()
        self.replies = iter(replies)

    async def read(self, *_: object) -> ReadingReply:
        """The next."""
        return next(self.replies)


def followed(*replies: ReadingReply) -> httpx.Response:
    """What a follower hears until the stream ends."""

    async def following() -> httpx.Response:
        app = app_of(Answering(replies), Followers())
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get(f"{ROOT}/events", headers=SHOWN)

    return asyncio.run(following())


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK", 0.01)


PASSES = ("identity.unavailable", "reading.too-slow", "reading.not-recorded")


@pytest.mark.parametrize("code", PASSES)
def test_what_passes_ends_no_stream_and_keeps_nobody_from_one(code: str) -> None:
    told = followed(refused(code), EMPTY, refused(code), EMPTY, OVER)
    assert told.status_code == 200
    assert told.text.count("event: problem") == 1
    assert str(OVER.code) in told.text


def test_who_may_not_follow_is_told_so_instead_of_a_stream() -> None:
    assert followed(OVER).status_code == 403
