"""`ops check` on logs as they are, and on logs that hold what should not exist."""

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from domain.decision import Act
from domain.invariants.catalogue import INVARIANTS
from events.catalogue import decode
from events.cohorts import CohortPlanned
from events.envelope import head_of
from events.event import Cover, Event
from events.ids import PROGRAMME, CommandId, PersonId
from events.people import PersonErased, PersonMerged, PersonParted
from events.personal import Sealed
from events.terms import Role
from services.__main__ import main
from services.engines.addresses import Engines
from services.log.log import Stored
from services.log.sealing import shut
from services.operations.checking import PAGE
from services.vault.vault import Vault
from tests.recorded.kept import load, put_into
from tests.scenes.at_work import named, recorded_in, stored
from tests.scenes.cast import ADA, BEN, BOLA, PATIENT, applied, opened, registered
from tests.scenes.given import NOON, person
from tests.scenes.judged import DAY, Told, commands, origin_of, recorded, told
from tests.scenes.pairs import active, cohort_of, pairing, proposed
from tests.scenes.selection import assessed, decision, offered, withdrawn
from tests.scenes.terminal import Terminal
from tests.scenes.watching import until
from tests.scenes.world import KEYS, vault_of

SEALED = [kind for kind in INVARIANTS if kind.opens and not kind.of_a_case]


class Check:
    """Calls of `ops check` with a checker's rights, with or without the keys."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self.settings = {
            "LT_DATABASE_URL": engines.programme["checker"],
            "LT_VAULT_URL": engines.vault["checker"],
            **named(engines.nats["client"]),
        }
        self.keys = {
            "LT_MASTER_KEY_FILE": str(KEYS.master),
            "LT_EPOCH_KEYS_FILE": str(KEYS.file),
        }

    def __call__(self, *words: str, code: int, keys: bool = False) -> Result:
        env = {**self.settings, **(self.keys if keys else {"LT_MASTER_KEY_FILE": "nowhere"})}
        said = CliRunner().invoke(main, ["ops", "check", *words], env=env)
        assert said.exit_code == code, said.output
        return said

    def json(self, *, code: int, keys: bool = False) -> Any:
        return json.loads(self("--json", code=code, keys=keys).stdout)

    def names(self, *, code: int, keys: bool = False) -> set[str]:
        return {one["invariant"] for one in self.json(code=code, keys=keys)["found"]}


@pytest.fixture
def check(fresh: Engines) -> Check:
    return Check(fresh)


def sealed_in(engines: Engines, *history: object) -> None:
    """The log takes these commands in, sealed by the vault as a writer would."""
    with vault_of(engines) as vault:
        recorded_in(engines, _sealed(vault, list(commands(history))))


def _sealed(vault: Vault, history: list[Told]) -> Iterator[Stored]:
    vault.welcome({one for command in history for fact in command.facts for one in people(fact)})
    position, last_of = 0, dict[str, int]()
    for number, command in enumerate(history):
        origin = origin_of(command, number)
        command_id = CommandId(origin.command_id)
        act = Act(command_id, command.at, command.by, Role(command.role))
        for one in shut(command.facts, act, origin, vault):
            position += 1
            context = one.stored.context()
            head = head_of(position, last_of.get(context, 0), command.recorded or command.at)
            last_of[context] = position
            yield Stored(position, one.stored.wire_name(), one.tags, head + one.body)


def people(fact: Event) -> Iterator[str]:
    return (tag for tag in fact.tags() if isinstance(tag, PersonId))


def told_in(engines: Engines, *history: object) -> None:
    """The log takes these commands in, sealed by nobody's keys."""
    recorded_in(engines, (_hidden(stored(it)) for it in recorded(history, sealed=True)))


def _hidden(row: Stored) -> Stored:
    """The same, with the keyed tags that its cover has; these lead nowhere."""
    event = decode(row.document).event
    number = event.hidden_tags if isinstance(event, Cover) else 0
    nowhere = [f"hidden_{row.position}_{one}" for one in range(number)]
    return row._replace(tags=[*row.tags[:-1], *nowhere, row.tags[-1]])


SOUND = [*opened(), registered(ADA), registered(BEN)]
PANEL = [*opened(), *assessed(ADA, PATIENT)]
BY_HERSELF = told(decision(ADA, PATIENT, score=733), by=ADA, role="co-chair")


def test_a_log_as_it_should_be_holds_all_invariants(check: Check) -> None:
    sealed_in(check.engines, *SOUND)
    said = check(code=0, keys=True)
    assert said.stdout.startswith("Nothing found in 4 events, by ")
    answer = check.json(code=0, keys=True)
    assert (answer["events"], answer["found"]) == (4, [])
    assert answer["invariants"] + answer["left_out"]["of_a_case"] == len(INVARIANTS)


@pytest.mark.parametrize("keys", [True, False], ids=["keys", "no keys"])
def test_what_was_before_two_were_one_is_not_held_against_them(check: Check, keys: bool) -> None:
    """Read as one person, Ada would be registered twice, and apply twice at a time; what she does
    from then on is judged as hers.
    """
    twice = PersonMerged(person_id=ADA, merged_id=BEN, reason="merge.registered-twice")
    before = [*opened(), *applied(ADA, PATIENT), *applied(BEN, PATIENT), withdrawn(BEN, PATIENT)]
    sealed_in(check.engines, *before, twice)
    assert check.names(code=0, keys=keys) == set()


def test_what_is_wrong_since_they_are_one_is_told(check: Check) -> None:
    twice = PersonMerged(person_id=ADA, merged_id=BEN, reason="merge.registered-twice")
    told_in(check.engines, *SOUND, twice, registered(BEN))
    assert "people.registered-once" in check.names(code=1)
    parted = PersonParted(person_id=ADA, merged_id=BEN, reason="part.mistake")
    *_, last = recorded([*SOUND, twice, registered(BEN), parted], sealed=True)
    recorded_in(check.engines, [stored(last)])
    assert check.names(code=0) == set()


def test_an_empty_log_holds_all_invariants(check: Check) -> None:
    assert check.json(code=0, keys=True)["events"] == 0


def test_a_recorded_cohort_breaks_none(check: Check) -> None:
    """What was told in confidence is not kept with it, so what was noted of its end is missed."""
    put_into(check.engines, load())
    assert check.names(code=1, keys=True) == {"concerns.as-noted"}
    assert check.names(code=0) == set()


def test_each_state_comes_with_a_sentence_its_ids_and_the_events_that_led_there(
    check: Check,
) -> None:
    told_in(check.engines, *cohort_of(ADA, beside=(BEN, BOLA)), proposed(), proposed(ADA, BOLA))
    said = check(code=1).stdout
    sentence = "Somebody is asked about, or leads with, a second partner in one cohort."
    assert f"pairings.one-at-a-time (rule 13): {sentence}" in said
    assert f"about {ADA}, {pairing()}, {pairing(ADA, BOLA)}" in said
    answer = check.json(code=1)
    (found,) = (one for one in answer["found"] if one["invariant"] == "pairings.one-at-a-time")
    assert (found["rules"], found["sentence"]) == ([13], sentence)
    assert [one["type"] for one in found["events"]] == ["pairing.proposed.v1"] * 2
    first, second = (one["position"] for one in found["events"])
    assert second == answer["events"] == first + 1
    assert {one["actor"] for one in found["events"]} == {"system:policies"}
    line = f"{second:>7}  2024-09-16 11:00:00  pairing.proposed"
    assert line in said


def test_what_is_sealed_is_opened_for_who_has_the_keys_and_for_nobody_else(check: Check) -> None:
    """Ada decided on herself, under a cover."""
    sealed_in(check.engines, *PANEL, BY_HERSELF)
    assert "assessments.nobody-on-themselves" in check.names(code=1, keys=True)
    without = check.json(code=0)
    assert (without["left_out"]["sealed"], without["found"]) == (len(SEALED), [])
    assert f"{len(SEALED)} more could not look" in check(code=0).stdout


def test_each_look_with_the_keys_is_one_line_on_the_trail_and_one_without_is_none(
    check: Check,
) -> None:
    sealed_in(check.engines, *SOUND)
    check(code=0)
    assert trail(check.engines) == []
    check(code=0, keys=True)
    check(code=0, keys=True)
    line = ("system:command-line", PROGRAMME, "ops check", len(SOUND))
    assert trail(check.engines) == [line, line]


def trail(engines: Engines) -> list[tuple[Any, ...]]:
    with psycopg.connect(engines.programme["auditor"]) as connection:
        query = "SELECT opener, whose, query, position FROM trail.told ORDER BY number"
        return connection.execute(query).fetchall()


def test_what_cant_be_recorded_is_not_opened_by_a_check_either(check: Check) -> None:
    sealed_in(check.engines, *SOUND)
    with psycopg.connect(check.engines.programme["owner"], autocommit=True) as owner:
        owner.execute("ALTER TABLE trail.openings RENAME TO elsewhere")
    said = check(code=3, keys=True)
    assert "Nothing was opened" in said.stderr
    assert "Nothing found" not in said.stdout


def test_of_what_is_veiled_it_shows_no_more_than_anybody_may_see(check: Check) -> None:
    sealed_in(check.engines, *PANEL, BY_HERSELF)
    answer = check.json(code=1, keys=True)
    name = "assessments.nobody-on-themselves"
    (found,) = (one for one in answer["found"] if one["invariant"] == name)
    (event,) = found["events"]
    assert (event["type"], event["actor"]) == ("assessment.acted.v1", "system:withheld")
    assert ADA in found["about"]


def test_nothing_personal_is_printed(check: Check) -> None:
    sealed_in(check.engines, *cohort_of(ADA, beside=(BEN,)), *active(), proposed())
    for words in ((), ("--json",)):
        said = check(*words, code=1, keys=True).output
        assert not [word for word in ("A Person", "example.org", "newsletter") if word in said]


def test_what_fell_with_somebody_who_was_erased_is_not_held_against_anybody(check: Check) -> None:
    sealed_in(check.engines, *PANEL, BY_HERSELF, PersonErased(person_id=ADA))
    with closing(Vault(check.engines.vault["owner"], KEYS)) as vault:
        vault.destroy(ADA)
    assert check.names(code=0, keys=True) == set()


def test_what_is_long_due_is_found_by_the_clock_of_the_system(check: Check) -> None:
    """Nobody lapsed the offer, and something else happened long after."""
    later = told(registered(BOLA), at=NOON + 100 * DAY)
    told_in(check.engines, *opened(), *offered(ADA, PATIENT), later)
    assert "offers.lapse-not-forgotten" in check.names(code=1)


def test_an_event_that_nobody_knows_is_a_finding_and_no_fault(check: Check) -> None:
    rows = [stored(one) for one in recorded(SOUND, sealed=True)]
    rows[2] = rows[2]._replace(
        document=rows[2].document.replace(b"person.registered", b"person.met")
    )
    recorded_in(check.engines, rows)
    answer = check.json(code=1)
    assert answer["events"] == 4
    (found,) = answer["found"]
    assert found["invariant"] == "everywhere.can-be-read"
    assert found["about"] == ["person.registered.v1", "UnknownEvent"]
    assert [one["position"] for one in found["events"]] == [3]


@pytest.mark.parametrize("content", [b"{}", b"not a document", b""])
def test_an_event_without_a_form_is_a_finding_too(check: Check, content: bytes) -> None:
    rows = [stored(one) for one in recorded(SOUND, sealed=True)]
    recorded_in(check.engines, [*rows[:3], rows[3]._replace(document=content)])
    (found,) = check.json(code=1)["found"]
    assert found["events"] == [{"position": 4}]
    assert "      4  not to be read" in check(code=1).stdout


def test_what_was_tampered_with_under_a_seal_is_found_with_the_keys(check: Check) -> None:
    with vault_of(check.engines) as vault:
        rows = list(_sealed(vault, list(commands(SOUND))))
    sealed = decode(rows[0].document).event
    assert isinstance(sealed, CohortPlanned)
    assert isinstance(sealed.title, Sealed)
    text = sealed.title.sealed.encode()
    other = bytes([text[-1] ^ 1])
    document = rows[0].document.replace(text, text[:-1] + other)
    recorded_in(check.engines, [rows[0]._replace(document=document), *rows[1:]])
    assert check.names(code=1, keys=True) == {"everywhere.can-be-read"}
    check(code=0)


def test_who_misses_a_key_is_told_so(check: Check) -> None:
    """The vault is older than the log."""
    sealed_in(check.engines, *SOUND)
    with psycopg.connect(check.engines.vault["owner"], autocommit=True) as connection:
        connection.execute("DELETE FROM vault.keys WHERE audience LIKE 'cohort%'")
    said = check(code=3, keys=True)
    assert "The vault lacks a key" in said.stderr


def test_ctrl_c_ends_it_at_once_with_a_sentence(check: Check) -> None:
    told_in(check.engines, *SOUND)
    terminal = Terminal(**check.settings, LT_MASTER_KEY_FILE="nowhere")
    with psycopg.connect(check.engines.programme["owner"]) as connection:
        connection.execute("LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE")
        with terminal.running("ops", "check") as running:
            until(lambda: waits_for_the_log(check.engines))
            said = running.end(signal.SIGINT)
    assert said.code == 130
    assert said.err == "Stopped after 0 events: what comes behind them was not looked at.\n"
    assert said.out == ""


def waits_for_the_log(engines: Engines) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'log.events'::regclass"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with psycopg.connect(engines.programme["auditor"], autocommit=True) as connection:
        return bool((connection.execute(waiting).fetchone() or (0,))[0])


def test_engines_that_are_away_are_told_in_a_sentence(check: Check) -> None:
    away = {**check.settings, "LT_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    said = CliRunner().invoke(main, ["ops", "check"], env={**away, "LT_MASTER_KEY_FILE": "nowhere"})
    assert said.exit_code == 3
    assert "PostgreSQL does not answer" in said.stderr


def test_the_log_is_read_in_pages(check: Check) -> None:
    many = (registered(person(f"person {number}")) for number in range(PAGE + 3))
    told_in(check.engines, *many)
    assert check.json(code=0)["events"] == PAGE + 3
