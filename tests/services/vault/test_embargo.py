"""Before decisions are released nobody without the panel's key can tell anything of them."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from domain.assessments.panel import DecisionChangeReason, DecisionReason
from domain.offers.notices import REASONS
from events.catalogue import Recorded
from events.event import Event
from events.offers import ApplicationDeclined, OfferMade, ReserveListed
from events.terms import Outcome, Relationship
from services.clock import SetClock
from services.engines.addresses import Engines
from services.log.sealing import VEIL
from tests.scenes.databases import fresh_databases
from tests.scenes.once import once
from tests.scenes.played import history_of
from tests.scenes.seen import Message, with_a_stream
from tests.scenes.two_panels import (
    COMMENT,
    PEOPLE,
    Panelled,
    PanelPlay,
    Seen,
    at_odds,
    plainly,
    played,
)
from tests.scenes.world import NOON, door_on, station

ACTED = "lt.event.assessment.acted"
CODES = [*DecisionReason, *DecisionChangeReason]
WORDS = COMMENT.split()
VALUES = "|".join(re.escape(one) for one in (*CODES, *Outcome, *Relationship))
FIELDS = r"outcome|recommendation|scores?|reasons|comment|moderat\w*|hard|kind|conflicts?|lay"
TELLING = re.compile(rf'"(?:{VALUES})"(?!\s*:)|"(?:{FIELDS})"\s*:|{"|".join(WORDS[5:8])}')
"""What would give the panel away, in JSON: a value or a field of what it did, or its words."""
IDS = re.compile(rb"(application|person|cohort|command)_[0-7][0-9a-hjkmnp-tv-z]{25}")
VARYING = (
    re.compile(rb'(?<="sequence":")[0-9]{16}'),
    re.compile(rb'(?<="previous":")[0-9]{16}'),
    re.compile(rb'(?<="recordedtime":")[^"]{27}'),
    re.compile(rb'(?<="time":")[^"]{27}'),
    re.compile(rb'(?<="id":")[0-9a-f-]{36}|(?<="event":")[0-9a-f-]{36}'),
    re.compile(rb'(?<="commanddigest":")[0-9a-f]{32}|(?<="credential":")[0-9a-f]+'),
    re.compile(rb'(?<="traceparent":")00-[0-9a-f]{32}-[0-9a-f]{16}-01'),
    re.compile(rb'(?<="sealed":")[A-Za-z0-9_=-]+'),
)
VERSIONS = re.compile(rb'(?<="key":")[0-9.]+')
# Headers by which the relay hands over what came together: they tell when, as the times do. And
# which stream it is.
HANDED_OVER = re.compile(r"Nats-(Batch|Expected)-|Lt-Epoch")


@pytest.fixture(scope="module")
def plays(
    engines: Engines, templates: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Seen, Seen]:
    """The same people before two panels: one that is of one mind, and one at odds."""

    def on_its_own(folder: Path, panel: PanelPlay) -> Seen:
        with fresh_databases(engines) as ours, with_a_stream(ours):
            return played(ours, folder, panel)

    plain = once(tmp_path_factory, "plainly", lambda folder: on_its_own(folder, plainly))
    stirred = once(tmp_path_factory, "at_odds", lambda folder: on_its_own(folder, at_odds))
    assert stirred.outcomes != plain.outcomes
    return plain, stirred


def text_of(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def given_away(text: str) -> list[str]:
    return [found[0] for found in TELLING.finditer(text)]


SIGNED = "lt.event.cohort.release-signed"
AWAITED = "lt.event.assessment.awaited"


def panel_of(seen: Seen) -> list[Message]:
    here = seen.messages[seen.began : seen.released]
    return [one for one in here if one.subject not in (SIGNED, AWAITED)]


def acts(messages: Iterable[Message]) -> list[Message]:
    return [one for one in messages if one.subject == ACTED]


def application_of(message: Message) -> str:
    return str(message.document["data"]["application_id"])


def commits(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """What was committed together, in order: it has one command."""
    for _, together in groupby(messages, key=lambda one: one.command):
        yield list(together)


def bare(message: Message) -> tuple[str, tuple[tuple[str, str], ...], bytes]:
    """A message without ids, times and what is sealed, each in the length that it had; and without
    the versions of keys, which are numbers by chance.
    """
    data = IDS.sub(lambda one: one[1].ljust(len(one[0]), b"."), message.data)
    data = VERSIONS.sub(b"chance", data)
    for varying in VARYING:
        data = varying.sub(lambda one: b"." * len(one[0]), data)
    kept = [(k, v) for k, v in message.headers.items() if not HANDED_OVER.match(k)]
    return message.subject, tuple(sorted(kept)), data


def test_the_search_finds_what_tells(plays: tuple[Seen, Seen]) -> None:
    """In what the read models say to whoever has the key, and in what is told at the release."""
    _, stirred = plays
    assert given_away('{"outcome":"offer"}') == ['"outcome":', '"offer"']
    found = {one for text in stirred.shown for one in given_away(text)}
    assert found >= {'"family"', '"conflict":', '"moderated":', '"lay":'}


def test_before_the_release_no_message_row_or_log_tells_anything(plays: tuple[Seen, Seen]) -> None:
    for seen in plays:
        for message in seen.messages[seen.began : seen.released]:
            assert given_away(message.data.decode()) == []
        for table, rows in seen.tables.items():
            for row in rows:
                texts = [text_of(value) for value in row.values()]
                texts.append(json.dumps(row, default=text_of))
                told = {one for text in texts for one in given_away(text)}
                assert told <= KNOWN.get(table, set()), table
        assert given_away(seen.log) == []
        assert "assessment." not in seen.log


KNOWN: dict[str, set[str]] = {
    "log.events": {'"lay":', '"moderation_gap":'},  # of an appointment and of the plan
    "read.cohort_board_v3_1": {'"lay":', '"moderation_gap":'},  # the same
    "read.builds": {"moved"},  # since when each stands where it does
    "work.places": {"moved"},
}


def test_nobody_who_looks_at_read_models_is_told_what_was_decided(
    plays: tuple[Seen, Seen],
) -> None:
    """Who holds the key is told what assessors found and recommend, of conflicts and moderation,
    and of no decision.
    """
    shown = {'"conflict":', '"moderated":', '"lay":', '"hard":', '"kind":', '"moderation_gap":'}
    shown |= {'"scores":', '"comment":', '"recommendation":', *(f'"{it}"' for it in Outcome)}
    shown |= {*WORDS[5:8]}
    shown |= {f'"{kind}"' for kind in Relationship}
    for seen in plays:
        found = {one for text in seen.shown for one in given_away(text)}
        assert found <= shown


def test_no_letter_tells_anything_but_that_an_application_is_there_to_be_read(
    plays: tuple[Seen, Seen],
) -> None:
    for seen in plays:
        assert len(seen.letters) > len(PEOPLE)
        for letter in seen.letters:
            flat = " ".join(letter.split())
            assert [one for one in (*REASONS.values(), *CODES, *WORDS[5:8]) if one in flat] == []
            assert not re.search(r"moderat|\boutcome|recommend|\breserve|\bdecline|offer", flat)


def test_up_to_the_panel_both_plays_are_the_same_to_a_subscriber(plays: tuple[Seen, Seen]) -> None:
    one, other = ([bare(it) for it in seen.messages[: seen.began]] for seen in plays)
    assert one == other


def test_every_act_looks_like_any_other(plays: tuple[Seen, Seen]) -> None:
    """One kind, one envelope, one length: byte for byte, in both plays."""
    every = [one for seen in plays for one in acts(seen.messages)]
    assert len(every) > 100
    assert len({bare(one) for one in every}) == 1
    for one in every:
        document = one.document
        assert (document["actor"], document["actorrole"]) == (VEIL, "system")
        assert document["correlationid"] == document["causationid"] == document["commandid"]
        withheld = {"onbehalfof", "asked", "issuer", "credential", "reason", "rules"}
        assert document.keys().isdisjoint(withheld)
        sealed = document["data"]["content"]
        assert sealed["event"] == document["id"]
        assert document["data"].keys() == {"application_id", "cohort_id", "person_id", "content"}


def test_all_acts_about_one_application_are_sealed_by_the_same_versions_of_keys(
    plays: tuple[Seen, Seen],
) -> None:
    """The numbers tell whom an act is about, which can be read beside them, and nothing more."""
    for seen in plays:
        keys = {
            (application_of(one), one.document["data"]["content"]["key"])
            for one in acts(seen.messages)
        }
        assert len(keys) == len(seen.people)


def test_a_signature_tells_nothing_of_what_was_signed(plays: tuple[Seen, Seen]) -> None:
    """The two of one play look like those of the other, in which otherwise was decided."""
    one, other = (
        [bare(it) for it in seen.messages[: seen.released] if it.subject == SIGNED]
        for seen in plays
    )
    assert one == other
    assert len(one) == 2


def test_that_scores_are_awaited_by_a_day_tells_nothing_of_whose(plays: tuple[Seen, Seen]) -> None:
    """It comes with the first who is asked, and is the same whatever the panel does."""
    one, other = (
        [bare(it) for it in seen.messages[: seen.released] if it.subject == AWAITED]
        for seen in plays
    )
    assert one == other
    (awaited,) = (it for it in plays[0].messages[: plays[0].released] if it.subject == AWAITED)
    assert awaited.document["data"].keys() == {"cohort_id", "score_by", "remind_on"}
    assert awaited.document["actor"] == VEIL


def test_nothing_else_happens_while_the_panel_is_at_work(plays: tuple[Seen, Seen]) -> None:
    for seen in plays:
        others = [one.subject for one in panel_of(seen) if one.subject != ACTED]
        assert others == ["lt.event.application.withdrawn"]


def test_every_application_of_a_cohort_has_the_same_acts(plays: tuple[Seen, Seen]) -> None:
    """What stays visible: how often the panel acted in all, and when, and which applications wait
    for one of the five acts that each has whatever is decided. In the one play each has five; in
    the other each has ten more, so anybody can tell that the panel acted ten times more than it
    must, and not about whom.
    """
    more = []
    for seen in plays:
        before = [together for together in commits(panel_of(seen)) if together[0].subject == ACTED]
        alone = Counter(application_of(it) for it, *rest in before if not rest)
        all_told = [together for together in before if len(together) > 1]
        names = {seen.people[application]: count for application, count in alone.items()}
        assert names == {**dict.fromkeys(PEOPLE, 5), "Edith Hosken": 2}
        assert {len(together) for together in all_told} <= {len(PEOPLE)}
        released = Counter(map(application_of, acts(seen.messages)))
        assert released.keys() == seen.people.keys()
        assert set(released.values()) == {5 + len(all_told)}
        more.append(len(all_told))
    assert more == [0, 10]


def test_in_every_commit_the_order_is_that_of_the_applications(plays: tuple[Seen, Seen]) -> None:
    for seen in plays:
        for together in commits(panel_of(seen)):
            known = [application_of(one) for one in together]
            assert known == sorted(set(known))


def test_the_release_evens_what_is_missing_and_tells_by_application(
    plays: tuple[Seen, Seen],
) -> None:
    for seen in plays:
        (release,) = commits(seen.messages[seen.released :])
        kinds = [one.subject for one in release]
        at = kinds.index("lt.event.cohort.decisions-released")
        assert set(kinds[:at]) == {ACTED}
        assert {seen.people[application_of(one)] for one in release[:at]} == {"Edith Hosken"}
        assert kinds[at + 1] == "lt.event.reserve.opened"
        heard = [application_of(one) for one in release[at + 2 :]]
        assert heard == sorted(heard)
        assert len(heard) == len(seen.outcomes)


def test_what_stands_in_tables_is_alike_too(plays: tuple[Seen, Seen]) -> None:
    """An act has the same tags as any other, and a row of the queue the same acts but for when."""
    tags, acts_in_rows = set(), []
    for seen in plays:
        for row in seen.tables["log.events"]:
            if row["type"].startswith("assessment.acted"):
                tags.add(tuple(tag.partition("_")[0] for tag in row["tags"]))
        (queue,) = (rows for name, rows in seen.tables.items() if "application_queue" in name)
        of_each = [row["row"] for row in queue]
        lengths = {len(act["sealed"]) for row in of_each for act in row["acts"]}
        acts_in_rows.append((len({len(row["acts"]) for row in of_each}) <= 2, lengths))
        assert seen.tables["log.without_effect"] == []
    assert tags == {("application", "person", "cohort", "command")}
    assert acts_in_rows[0] == acts_in_rows[1]


def test_the_writer_opens_acts_also_after_a_restart_and_tells_all_together(
    fresh: Engines, tmp_path: Path
) -> None:
    async def play() -> None:
        clock = SetClock(NOON)
        here = station(fresh, tmp_path, clock)
        async with door_on(here) as client:
            scene = Panelled(here, client, clock)
            await scene.apply()
            decided = await at_odds(scene)
            await scene.sign()
            before = len(history_of(fresh))
        async with door_on(here) as client:
            scene.client = client
            await scene.releases()
        new = history_of(fresh)[before:]
        assert len({fact.envelope.origin.command_id for fact in new}) == 1
        names = {application: name for name, application in scene.applications.items()}
        assert {names[who]: told for who, told in told_to(new).items()} == decided

    asyncio.run(play())


def told_to(facts: list[Recorded[Event]]) -> dict[str, str]:
    kinds = {OfferMade: "offer", ReserveListed: "reserve", ApplicationDeclined: "decline"}
    return {
        fact.event.subject_id(): kinds[type(fact.event)]
        for fact in facts
        if type(fact.event) in kinds
    }
