"""Somebody is erased in the midst of a life: whoever runs knows what whoever begins anew knows."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from domain.applications.applying import StartApplication, SubmitApplication
from domain.applications.withdrawals import WithdrawalReason, WithdrawApplication
from domain.assessments.assessors import AppointAssessor, AssignAssessor, DeclareConflict
from domain.assessments.panel import HoldModeration
from domain.cohorts.windows import ExtensionReason, GrantExtension
from domain.decision import Command, Knowledge
from domain.interest.interest import ExpressInterest, InviteToApply
from domain.matching.apart import ForbidPair, ForbidReason
from domain.matching.runs import PublishRun
from domain.offers.places import GiveUpPlace, GiveUpReason
from domain.offers.reserve import ListAgain, RelistReason
from domain.pairings.proposals import ProposePairing
from domain.people.consents import GiveConsent, WithdrawConsent
from domain.people.person import Met, RegisterPerson
from domain.people.preferences import StateAccessNeeds, StateContactPreference
from domain.people.ties import DeclareRelationship
from events.applications import Profile
from events.envelope import head_of
from events.ids import ApplicationId, CohortId, Id, MatchingRunId, PersonId
from events.people import PersonErased
from events.personal import ERASED, Sealed, marked, names_in
from events.terms import Area, Channel, Purpose, Relationship, Side
from projections.catalogue import ALL
from services.clock import SetClock
from services.engines.addresses import Engines
from services.log.finding import DatabaseSource
from services.log.log import Stored, turn, write
from services.log.sealing import shut
from services.log.writer import Writer
from services.read_models.builds import view
from services.read_models.looking import look_at
from services.vault.vault import Vault
from services.workers import projector, relay
from tests.scenes.at_work import at_work
from tests.scenes.databases import fresh_databases
from tests.scenes.erased import KINDS, asked_about
from tests.scenes.played import history_of
from tests.scenes.seen import Message, Row, heard, rows, texts_in, with_a_stream
from tests.scenes.two_panels import settled
from tests.scenes.whole_life import WholeLife
from tests.scenes.world import KEYS, NOON, door_on, station, wish

AN_ID = re.compile(r"(?:(task)_[a-z-]+_)?([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}")


@dataclass
class After:
    """A life in which Ada was erased; `running` is a writer that knew all before, and has all
    keys at hand still.
    """

    engines: Engines
    life: WholeLife
    running: Writer
    at_hand: Vault
    tables: dict[str, list[Row]]
    messages: list[Message]
    questions: Callable[[], Iterator[Knowledge]]
    known_before: list[Knowledge]

    @property
    def ada(self) -> PersonId:
        return PersonId(self.life.people["Ada"])


@pytest.fixture(scope="module")
def after(
    engines: Engines, templates: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[After]:
    with ExitStack() as kept:
        ours = kept.enter_context(fresh_databases(engines))
        kept.enter_context(with_a_stream(ours))
        folder = tmp_path_factory.mktemp("erasing")
        life = asyncio.run(lived(ours, folder))
        at_hand = Vault(ours.vault["commands"], KEYS)
        kept.callback(at_hand.close)
        running = Writer(ours.programme["commands"], at_hand, life.clock)
        kept.callback(running.close)
        asked = questions_about(rows(ours.programme)["log.events"])
        known = deepcopy(knows(running, asked))
        for named, (right, _) in said_before(life).items():
            assert decided_by(running, right, named)[0] == "Accepted"
        tables, messages = asyncio.run(seen(ours, folder))
        erase(ours, life, "Ada")
        yield After(ours, life, running, at_hand, tables, messages, asked, known)


async def lived(engines: Engines, folder: Path) -> WholeLife:
    here = station(engines, folder, SetClock(NOON))
    async with door_on(here) as client:
        life = WholeLife(here, client, here.clock)  # type: ignore[arg-type]  # it was set above
        await life.lives(Random("a life"))
    return life


async def seen(engines: Engines, folder: Path) -> tuple[dict[str, list[Row]], list[Message]]:
    """All tables and the stream, once all that is in the log has come there."""
    here = station(engines, folder)
    async with at_work(relay.serve, here), at_work(projector.serve, here):
        await settled(engines)
        messages = await heard(engines)
    return {**rows(engines.programme), **rows(engines.vault)}, messages


def erase(engines: Engines, life: WholeLife, name: str) -> None:
    """Their keys are destroyed, and the log takes the fact, from somebody who is no writer."""
    who = PersonId(life.people[name])
    owners = Vault(engines.vault["owner"], KEYS)
    assert owners.destroy(who) >= 1
    act = wish(owners, GiveConsent(person_id=who), f"{name} is to be forgotten")
    (fact,) = shut([PersonErased(person_id=who)], act.act, act.origin, owners)
    owners.close()
    url = engines.programme["commands"]
    with psycopg.connect(url, autocommit=True) as connection, turn(connection) as my:
        query = "SELECT max(position) FROM log.events WHERE type LIKE 'person.%'"
        (before,) = connection.execute(query).fetchone() or (0,)
        document = head_of(my.head + 1, before, life.clock.now()) + fact.body
        write(my, [Stored(my.head + 1, fact.stored.wire_name(), fact.tags, document)])


def ids_in(document: Any) -> Iterator[Id]:
    kinds = {kind.prefix: kind for kind in Id.__subclasses__()}
    for text in texts_in(document):
        if found := AN_ID.fullmatch(text):
            yield kinds[found[1] or found[2]](text)


def questions_about(log: list[Row]) -> Callable[[], Iterator[Knowledge]]:
    """All that may be asked of all that the log names, with nothing known yet."""
    ids: dict[type[Id], set[Id]] = defaultdict(set)
    for one in (found for row in log for found in ids_in(row["document"])):
        for kind in (type(one), Id):
            ids[kind].add(one)

    def ask() -> Iterator[Knowledge]:
        for kind in KINDS:
            for some in product(*(sorted(ids[one]) for one in asked_about(kind))):
                if len(set(some)) == len(some):
                    yield kind(*some)

    return ask


def knows(writer: Writer, ask: Callable[[], Iterator[Knowledge]]) -> list[Knowledge]:
    """What a writer's memory holds of all that may be asked."""
    memory = writer._memory
    with writer._connection.used() as connection:
        source = DatabaseSource(connection.cursor(binary=True))
        found = None
        while found is None:  # heavy knowledge comes part by part
            found = memory.fill(source, [lambda: [memory.know(one) for one in ask()]])
    (held,) = found
    return held


def decided_by(writer: Writer, command: Command, named: str = "") -> tuple[str, str]:
    """How a writer answers: what became of a command, and the code if it was refused."""
    one = wish(writer._vault, command, named or None)
    writer.decide([one])
    return type(one.answer).__name__, getattr(one.answer, "code", "")


def takes_a_turn(writer: Writer, life: WholeLife) -> None:
    """Somebody agrees who has agreed."""
    cleo = GiveConsent(person_id=PersonId(life.people["Cleo"]))
    assert decided_by(writer, cleo) == ("Accepted", "")


@contextmanager
def begun_anew(after: After, *, with_old_keys: bool = False) -> Iterator[Writer]:
    """Another writer; its process may have all keys at hand, as they were."""
    vault = after.at_hand if with_old_keys else Vault(after.engines.vault["commands"], KEYS)
    writer = Writer(after.engines.programme["commands"], vault, after.life.clock)
    try:
        takes_a_turn(writer, after.life)
        yield writer
    finally:
        writer.close()
        if not with_old_keys:
            vault.close()


def differing(ones: Iterable[Knowledge], others: Iterable[Knowledge]) -> set[str]:
    """The kinds of knowledge in which two differ."""
    two = zip(ones, others, strict=True)
    return {type(one).__name__ for one, other in two if one != other}


def test_whoever_runs_knows_what_whoever_begins_anew_folds(after: After) -> None:
    assert len(after.known_before) > 400
    assert {type(one) for one in after.known_before} == set(KINDS)
    takes_a_turn(after.running, after.life)
    runs = knows(after.running, after.questions)
    with begun_anew(after) as new, begun_anew(after, with_old_keys=True) as cached:
        assert differing(runs, knows(new, after.questions)) == set()
        assert differing(runs, knows(cached, after.questions)) == set()


def test_what_they_know_has_changed_with_the_erasure(after: After) -> None:
    """Or the test above would try nothing; and everything else is known as before."""
    takes_a_turn(after.running, after.life)
    changed = differing(after.known_before, knows(after.running, after.questions))
    assert changed >= {"Between", "Circle", "Run", "PanelTable", "Person", "Engagement", "Results"}


def about_her(after: After) -> Iterator[Command]:
    ada, life = after.ada, after.life
    bola, cohort = PersonId(life.people["Bola"]), CohortId(life.cohort)
    yield GiveConsent(person_id=ada, purpose=Purpose.RESEARCH)
    yield WithdrawConsent(person_id=ada)
    yield StateContactPreference(person_id=ada, channel=Channel.POST)
    yield StateAccessNeeds(person_id=ada, access_needs="A seat near the door.")
    yield DeclareRelationship(person_id=ada, other_id=bola, kind=Relationship.TEAM)
    yield DeclareRelationship(person_id=bola, other_id=ada, kind=Relationship.TEAM)
    yield ExpressInterest(person_id=ada)
    yield InviteToApply(person_id=ada, cohort_id=cohort)
    yield AppointAssessor(cohort_id=cohort, assessor_id=ada, lay=True)
    again = RegisterPerson(full_name="Ada", email="ada@new.example")
    yield again.having_met(Met(None, (ada,)))
    started: dict[str, Any] = {"person_id": ada, "cohort_id": cohort, "side": Side.PATIENT_LEADER}
    yield StartApplication(**started)
    content: dict[str, Any] = {
        "profile": Profile(area=Area.KENT),
        "experiences": 0,
        "interest": "Care.",
    }
    yield SubmitApplication(**started, **content)
    longer: dict[str, Any] = {"until": date(2026, 1, 1), "reason": ExtensionReason.CIRCUMSTANCES}
    yield GrantExtension(cohort_id=cohort, person_id=ada, **longer)


def test_commands_about_her_are_refused_by_everybody(after: After) -> None:
    with begun_anew(after) as new, begun_anew(after, with_old_keys=True) as cached:
        for command in about_her(after):
            answers = {decided_by(one, command) for one in (after.running, new, cached)}
            assert answers == {("Refused", "person.erased")}, command.name


def of_hers(after: After) -> Iterator[Command]:
    """What may still be asked of things of hers, each of which would keep something about her."""
    life, cohort = after.life, CohortId(after.life.cohort)
    mine: dict[str, Any] = {"application_id": ApplicationId(life.applications["Ada"])}
    yield AssignAssessor(**mine, assessor_id=PersonId(life.people["Colm"]))
    carys = PersonId(life.people["Carys"])
    yield DeclareConflict(**mine, assessor_id=carys, kind=Relationship.TEAM)
    yield HoldModeration(**mine)
    other = PersonId(life.people["Bola"])
    two: dict[str, Any] = {"patient_leader_id": after.ada, "healthcare_leader_id": other}
    yield ForbidPair(cohort_id=cohort, **two, reason=ForbidReason.OTHER)
    yield ProposePairing(cohort_id=cohort, **two)
    yield PublishRun(run_id=MatchingRunId(life.unused))
    yield GiveUpPlace(cohort_id=cohort, person_id=after.ada, reason=GiveUpReason.HEALTH)
    yield ListAgain(**mine, reason=RelistReason.OUR_MISTAKE)
    yield WithdrawApplication(**mine, reason=WithdrawalReason.NO_TIME)


def test_of_things_of_hers_everybody_says_the_same(after: After) -> None:
    with begun_anew(after) as new, begun_anew(after, with_old_keys=True) as cached:
        for command in of_hers(after):
            answers = {decided_by(one, command) for one in (after.running, new, cached)}
            assert len(answers) == 1, (command.name, answers)
            assert answers != {("Failed", "")}, command.name
    assert {one for sealed in of_her(after) for one in [after.at_hand.open(sealed)]} == {ERASED}


def test_what_was_recorded_of_her_since_is_held_as_it_is_folded(after: After) -> None:
    """A code about her is sealed under nobody's key, so whoever decided it must not know it."""
    for command in of_hers(after):
        decided_by(after.running, command)
    assert any(of_her(after))
    with begun_anew(after) as new:
        runs = knows(after.running, after.questions)
        assert differing(runs, knows(new, after.questions)) == set()


def of_her(after: After) -> Iterator[Sealed]:
    """What is sealed for her, or for rules about her, since she was erased."""
    for fact in history_of(after.engines)[len(after.messages) :]:
        for name, _ in marked(type(fact.event)):
            value = getattr(fact.event, name)
            if isinstance(value, Sealed) and after.ada in names_in(value.audience):
                yield value


def said_before(life: WholeLife) -> dict[str, tuple[Command, Command]]:
    """By their ids, what was said of Ada while she was known, and what somebody may guess: words,
    a tie, and something that was so already.
    """
    ada, bola = (PersonId(life.people[name]) for name in ("Ada", "Bola"))
    needs = StateAccessNeeds(person_id=ada, access_needs="A seat near the door.")
    tie = DeclareRelationship(person_id=ada, other_id=bola, kind=Relationship.MANAGES)
    so = StateContactPreference(person_id=ada, channel=Channel.EMAIL, language="cy")
    return {
        "needs": (needs, needs.model_copy(update={"access_needs": "A sign language interpreter."})),
        "tie": (tie, tie.model_copy(update={"kind": Relationship.TREATS})),
        "twice": (so, so.model_copy(update={"language": "en"})),
    }


def test_a_command_that_was_sent_before_is_not_known_again(after: After) -> None:
    """Neither the right guess nor a wrong one, and by who has old keys as little as by others."""
    with begun_anew(after) as new, begun_anew(after, with_old_keys=True) as cached:
        for named, guesses in said_before(after.life).items():
            for guess in guesses:
                answers = {decided_by(one, guess, named) for one in (after.running, new, cached)}
                assert answers == {("Refused", "person.erased")}, named


def test_no_document_row_or_message_changes(after: After, tmp_path: Path) -> None:
    """What is there stays as it was; the fact is added, and what is told of it."""
    tables, messages = asyncio.run(seen(after.engines, tmp_path))
    head = len(after.messages)
    assert [one.data for one in messages[:head]] == [one.data for one in after.messages]
    assert messages[head].document["type"].endswith("person.erased.v1")
    for name in ("log.events", "log.tags", "log.parts"):
        now = [row for row in tables[name] if row.get("position", 0) <= head]
        assert sorted(now, key=repr) == sorted(after.tables[name], key=repr)
    for name, before in after.tables.items():
        if name.startswith("read.") and not name.endswith(("builds", "rights", "_turn")):
            kept = {row["key"]: sealed_in(row["row"]) for row in tables[name]}
            assert before
            assert all(kept[row["key"]][: len(it := sealed_in(row["row"]))] == it for row in before)
    gone = {row["audience"] for row in tables["vault.keys"] if row["wrapped"] is None}
    held = {row["audience"] for row in tables["vault.keys"] if after.ada in (row["holders"] or ())}
    assert len(held) == 4  # three runs that weighed her, and a message for her
    assert gone == {after.ada, *held}
    for name in ("vault.people", "vault.identities"):
        left = {row["person"] for row in tables[name]}
        assert left == {row["person"] for row in after.tables[name]} - {after.ada}
        assert len(left) > 10


def sealed_in(value: Any) -> list[str]:
    """The sealed values in a row, as they stand there."""
    match value:
        case {"audience": _, "sealed": str(sealed)}:
            return [sealed]
        case dict():
            return [one for inner in value.values() for one in sealed_in(inner)]
        case list():
            return [one for inner in value for one in sealed_in(inner)]
    return []


def test_whoever_looks_is_shown_that_it_was_erased(after: After, tmp_path: Path) -> None:
    """By name, in the queue, on the boards; and of everybody else all that there was."""
    asyncio.run(seen(after.engines, tmp_path))
    vault = Vault(after.engines.vault["home"], KEYS)
    shown: dict[str, dict[str, Any]] = {}
    with psycopg.connect(after.engines.programme["console"]) as connection:
        for one in ALL:
            found = look_at(connection, view(one.name), one, {}, vault)
            shown[one.name] = {row["key"]: row for row in found}
    vault.close()
    life, ada = after.life, after.ada
    assert shown["people"][ada]["full_name"] == shown["people"][ada]["needs"] == "(erased)"
    assert shown["journey"][ada]["email"] == "(erased)"
    mine = shown["application_queue"][life.applications["Ada"]]
    assert {mine[name] for name in ("profile", "interest", "assessors")} == {"(erased)"}
    theirs = shown["application_queue"][life.applications["Amina"]]
    assert theirs["profile"]["area"]
    assert len(theirs["assessors"]) == 2
    told = json.dumps(shown, default=str)
    hers = [words for words in life.typed if words.startswith(("Ada ", "ada@"))]
    assert len(hers) == 3
    assert not [words for words in hers if words in told]
    assert [words for words in life.typed if words.startswith("Amina Wistful") and words in told]


def test_whoever_is_erased_next_is_forgotten_as_well(after: After) -> None:
    """A healthcare leader with a conflict, and an assessor."""
    for name in ("Ben", "Colm"):
        erase(after.engines, after.life, name)
    takes_a_turn(after.running, after.life)
    runs = knows(after.running, after.questions)
    with begun_anew(after) as new:
        assert differing(runs, knows(new, after.questions)) == set()
