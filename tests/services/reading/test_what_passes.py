"""Whoever is told to ask again in a moment is not told that they may not."""

from services.reading.refusals import NotToBeRead
from services.reading.replies import ReadingReply


def test_what_is_refused_for_a_moment_passes_and_nothing_else() -> None:
    for kind in NotToBeRead.__subclasses__():
        reply = ReadingReply(status="refused", code=kind.code)
        assert reply.passes is kind().sentence.endswith("Ask again in a moment."), kind
