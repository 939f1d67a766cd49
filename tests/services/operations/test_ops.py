import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import psycopg
import pytest

from services.clock import SetClock
from services.dead_letters.faults import Fault
from services.dead_letters.parking import Parked, park, queue
from services.engines.embedded import embedded
from services.process.in_order import InOrder
from services.process.presence import name_of
from services.process.rest import is_paused
from tests.scenes.history import history
from tests.scenes.operating import WHY, Ops
from tests.scenes.terminal import ROOT
from tests.scenes.watching import nats_answers, superuser, until
from tests.scenes.world import NOON

KEYS = {"ada": (3, 5, 8), "ben": (4,), "cyd": (6, 7)}  # the positions of each key, the first dead
DEAD = {"ada": "ZeroDivisionError", "ben": "KeyError", "cyd": "ZeroDivisionError"}


def fault(name: str) -> Fault:
    return Fault(name, f"domain/offers/offer.py:{len(name)} in when_offered")


@pytest.fixture
def lost(ops: Ops) -> dict[str, int]:
    """Three dead letters of policies, and three that wait behind two of them."""
    with ops.connected("policies") as connection:
        for key, (first, *later) in KEYS.items():
            put = Parked("policies", key, first, "offer.made")
            park(connection, put, fault(DEAD[key]), NOON)
            for position in later:
                queue(connection, put._replace(position=position, fact="offer.lapsed"), NOON)
    return ops.numbers()


@contextmanager
def mending(ops: Ops, retry: Callable[[int], None] = lambda _: None) -> Iterator[None]:
    """Policies between two batches, with `retry` for what they do about a position."""
    stop = Flag()
    url = ops.engines.programme["policies"]
    policies = InOrder("policies", url, SetClock(NOON), lambda _, row: retry(row.position))

    def mend() -> None:
        while not stop.wait(0.02):
            policies.mend()
        policies.close()

    thread = Thread(target=mend)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_dead_letters_are_told_by_cause_with_what_waits_behind_them(
    ops: Ops, lost: dict[str, int]
) -> None:
    answer = ops.json("dead-letters")
    assert answer["notices"] == []
    first, second = answer["causes"]
    assert (first["error"], first["fact"]) == ("ZeroDivisionError", "offer.made")
    assert (first["dead"], first["waiting"], first["sample"]) == (2, 3, lost["ada"])
    assert (second["error"], second["dead"], second["waiting"]) == ("KeyError", 1, 0)
    words = ops("dead-letters").stdout
    assert (
        "policies\tKeyError: domain/offers/offer.py:8 in when_offered\toffer.made\t1\t0\t" in words
    )


@pytest.mark.parametrize(
    ("which", "keys"),
    [
        (("--worker", "policies"), {"ada", "ben", "cyd"}),
        (("--worker", "notifier"), set()),
        (("--worker", "projector"), set()),
        (("--key", "ada"), {"ada"}),
        (("--cause", "zerodivision"), {"ada", "cyd"}),
        (("--cause", "offer.py:8"), {"ben"}),
        (("--state", "waiting"), {"ada", "cyd"}),
        (("--state", "done"), set()),
    ],
)
def test_letters_are_found_by_worker_key_cause_and_state(
    ops: Ops, lost: dict[str, int], which: tuple[str, ...], keys: set[str]
) -> None:
    lines = ops("dead-letters", "--each", *which, "--json").stdout.splitlines()
    assert {json.loads(line)["key"] for line in lines} == keys


def test_where_nothing_is_lost_it_says_so(ops: Ops) -> None:
    assert ops("dead-letters").stdout == "There are no dead letters.\n"


def test_letters_of_a_read_model_are_those_of_its_builds(ops: Ops) -> None:
    put = Parked("pairing_board_v1_1", "ada", 3, "pairing.proposed")
    with ops.connected("projector") as connection:
        park(connection, put, fault("KeyError"), NOON)
    for worker in ("projector", "pairing_board", "pairing_board_v1_1"):
        assert ops.json("dead-letters", "--worker", worker)["causes"]
    for worker in ("policies", "people", "pairing_board_v1_2"):
        assert not ops.json("dead-letters", "--worker", worker)["causes"]
    ops("dead-letters", "--worker", "pairing", code=2)


def test_a_letter_is_shown_with_its_event_and_nothing_personal(
    ops: Ops, lost: dict[str, int]
) -> None:
    submitted = next(answer for answer in history() if answer.event.name == "application.submitted")
    at = submitted.envelope.position
    with ops.connected("notifier") as connection:
        put = Parked("notifier", "x", at, submitted.event.name)
        park(connection, put, fault("KeyError"), NOON)
    answer = ops.json("show", ops.numbers()["x"])
    assert answer["event"]["type"] == "application.submitted.v1"
    assert answer["event"]["data"]["leadership"] == "(sealed)"
    words = ops("show", lost["ada"]).stdout
    assert "error: ZeroDivisionError" in words
    assert "waiting: 2" in words
    ops("show", 999, code=1)


def test_a_redrive_is_done_by_the_worker_in_order_and_told(ops: Ops, lost: dict[str, int]) -> None:
    handed: list[int] = []
    with mending(ops, handed.append):
        said = ops("redrive", "--cause", "ZeroDivision", *WHY, "--yes")
    assert handed == [3, 5, 8, 6, 7]
    assert "policies: 2 dead letters, and 3 behind" in said.stdout
    assert "what was asked for before is recognised by its id" in said.stdout
    assert f"letter {lost['ada']} (ada) is done" in said.stdout
    assert list(ops.numbers()) == ["ben"]
    (order,) = [json.loads(line) for line in ops("orders", "--json").stdout.splitlines()]
    assert (order["verb"], order["who"], order["reason"]) == (
        "redrive",
        "olive",
        "the rule is mended",
    )
    assert order["finished_at"]
    assert ops.json("show", lost["ada"])["orders"][0]["number"] == order["number"]


def test_what_fails_again_is_told_and_stays(ops: Ops, lost: dict[str, int]) -> None:
    def fails_for_cyd(position: int) -> None:
        if position in KEYS["cyd"]:
            raise ValueError

    with mending(ops, fails_for_cyd):
        answer = ops.json("redrive", *WHY, "--yes", code=1)
    became = {one["letter"]: one["state"] for one in answer["letters"]}
    assert became == {lost["ada"]: "done", lost["ben"]: "done", lost["cyd"]: "dead"}
    assert ops.json("dead-letters")["causes"][0]["waiting"] == 1


def test_a_limit_takes_the_oldest_and_a_rate_is_passed_on(ops: Ops, lost: dict[str, int]) -> None:
    words = ("redrive", "--limit", 2, "--rate", 0.5, *WHY)
    assert "At 0.5 a second it takes about 8 s." in ops(*words, "--dry-run").stdout
    (part,) = ops.json(*words, "--dry-run")["orders"]
    assert part["letters"] == [lost["ada"], lost["ben"]]
    answer = ops.json(*words, "--yes", "--no-wait")
    assert answer["orders"][0]["per_second"] == 0.5
    assert answer["orders"][0]["letters"] == part["letters"]


def test_a_discard_releases_what_waits(ops: Ops, lost: dict[str, int]) -> None:
    handed: list[int] = []
    with mending(ops, handed.append):
        answer = ops.json("discard", lost["ada"], *WHY, "--yes")
    assert answer["letters"][0]["state"] == "discarded"
    assert handed == [5, 8]
    assert sorted(ops.numbers()) == ["ben", "cyd"]


def test_an_order_to_a_worker_that_does_not_run_stands(
    ops: Ops, lost: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.operations.waiting.PATIENCE", 0.5)
    said = ops("redrive", lost["ben"], *WHY, "--yes", code=1)
    assert "The worker policies is not running: it does this when it starts." in said.stdout
    again = ops("redrive", lost["ben"], *WHY, "--yes", code=1)
    assert f"Dead letter {lost['ben']} is named in order 1, which still stands." in again.stderr
    assert "named in orders that still stand" in ops("redrive", "--key", "ben", *WHY).stdout
    with mending(ops):
        ops("redrive", lost["cyd"], *WHY, "--yes")
    assert sorted(ops.numbers()) == ["ada"]


def test_on_a_terminal_it_asks_first(ops: Ops, lost: dict[str, int]) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    done = subprocess.run(
        [sys.executable, "-m", "services", "ops", "discard", str(lost["ada"]), *WHY],
        cwd=ROOT,
        env=ops.terminal().environment(COLUMNS="200"),
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 1
    assert done.stderr.endswith(b"Discard them? [y/N]: Nothing was done.\n")
    assert "policies: 1 dead letter, and 2 behind" in shown
    assert not ops("orders", "--json").stdout


def test_ctrl_c_ends_the_waiting_and_not_the_order(ops: Ops, lost: dict[str, int]) -> None:
    with (
        ops.connected("policies"),  # it runs, and has other things to do
        ops.terminal().running("ops", "redrive", lost["ada"], *WHY, "--yes") as waiting,
    ):
        until(lambda: ops("orders", "--json").stdout)
        said = waiting.end()
    assert said.code == 1
    assert "The order stands: `leading-together ops orders` tells" in said.out
    assert not json.loads(ops("orders", "--json").stdout)["finished_at"]


@pytest.mark.parametrize(
    ("words", "code", "answer"),
    [
        (("redrive", 999, *WHY), 1, "There is no dead letter 999. Nothing was ordered."),
        (("redrive", "--yes"), 2, "Say why, with --reason"),
        (("redrive", *WHY), 2, "A script has to say --yes"),
        (("redrive", 1, "--key", "ada", *WHY), 2, "Give numbers or filters, not both."),
        (("discard", *WHY), 2, "Say which dead letters"),
        (
            ("redrive", "--worker", "relay", *WHY),
            2,
            "relay has no dead letters. There are: ",
        ),
        (("replay", "relay", "--from", 1, *WHY), 1, "relay can't be replayed. Its place is"),
        (("replay", "policies", "--from", 1, *WHY), 1, "If you want that, say --effects"),
        (("replay", "nobody", "--from", 1, *WHY), 2, "There is no worker or read model nobody."),
    ],
)
def test_what_can_not_be_done_is_said(
    ops: Ops, lost: dict[str, int], words: tuple[object, ...], code: int, answer: str
) -> None:
    said = ops(*words, code=code)
    assert answer in said.stderr
    assert not ops("orders", "--json").stdout


def test_a_letter_that_waits_names_the_one_ahead(ops: Ops, lost: dict[str, int]) -> None:
    waiting = ops.json("show", lost["ada"])["first_waiting"]
    said = ops("redrive", waiting[0], *WHY, "--yes", code=1)
    assert f"waits behind dead letter {lost['ada']}: name that one." in said.stderr


def test_a_worker_is_told_to_rest_once_and_to_go_on(ops: Ops) -> None:
    assert ops("pause", "relay", *WHY).stdout == "relay rests from now on.\n"
    with ops.connected("relay") as connection:
        assert is_paused(connection, "relay")
        assert "told by olive: the rule is mended" in ops("pause", "relay", *WHY).stdout
        assert ops.json("resume", "relay", *WHY)["new"]
        assert not is_paused(connection, "relay")
    assert "was not told to rest" in ops("resume", "relay", *WHY).stdout
    verbs = [json.loads(line)["verb"] for line in ops("orders", "--json").stdout.splitlines()]
    assert verbs == ["resume", "pause"]


def test_policies_go_back_only_for_what_is_missing(ops: Ops) -> None:
    with ops.connected("policies") as connection:
        connection.execute("UPDATE work.places SET position = 9 WHERE worker = 'policies'")
    words = ("replay", "policies", "--effects", "only-missing", *WHY, "--yes")
    assert ops.json(*words, "--from", 4)["place_before"] == 9
    with ops.connected("policies") as connection:
        query = "SELECT position FROM work.places WHERE worker = 'policies'"
        assert connection.execute(query).fetchone() == (3,)
    assert "it has still to take in 8" in ops(*words, "--from", 8, code=1).stderr


def test_who_acts_is_named_by_option_setting_or_login(
    ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LT_OPERATOR", "otis")
    ops("pause", "relay", "--reason", "a new cable")
    monkeypatch.delenv("LT_OPERATOR")
    monkeypatch.setenv("LOGNAME", "orla")
    ops("resume", "relay", "--reason", "a new cable")
    answer = [json.loads(line)["who"] for line in ops("orders", "--json").stdout.splitlines()]
    assert answer == ["orla", "otis"]


def test_an_operator_may_order_and_nothing_else(ops: Ops) -> None:
    forbidden = (
        "UPDATE work.letters SET state = 'done'",
        "DELETE FROM work.orders",
        "UPDATE work.notices SET person = 'person_x'",
        "INSERT INTO log.events VALUES (1, '', '{}', '')",
        "SELECT * FROM log.tags",
    )
    with ops.connected("operator") as connection:
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_database_sees_which_workers_run(ops: Ops) -> None:
    assert name_of(("relay", "projector")) == "leading-together relay projector"


def test_an_older_data_folder_gets_the_operator_at_its_next_start(data: Path) -> None:
    with embedded(data, fsync=False) as engines, superuser(data, engines) as server:
        server.execute("REVOKE ALL ON DATABASE programme FROM operator")
        server.execute("DROP ROLE operator")
    path = data / "secrets.json"
    secrets = json.loads(path.read_text())
    del secrets["postgresql"]["operator"], secrets["nats"]["operator"]
    path.write_text(json.dumps(secrets))
    with embedded(data, fsync=False) as engines:
        with psycopg.connect(engines.programme["operator"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("operator",)
        assert nats_answers(engines.nats["operator"])
