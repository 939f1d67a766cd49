"""What somebody says of a notice: that it arrived, was done by hand, or is to go again."""

import json
from pathlib import Path

import pytest

from tests.scenes.operating import WHY, Ops
from tests.scenes.sent_back import OURS, postfix
from tests.scenes.world import NOON

CAUSE, SOMEBODY, TEMPLATE = "0191986d-8500-74e0", "person_01j7x7thw0", "offer.made"


def noticed(ops: Ops, state: str) -> None:
    with ops.connected("notifier") as connection:
        connection.execute(
            "INSERT INTO work.notices (position, cause, person, template, fact, state, problem,"
            " due_at) VALUES (3, %s, %s, %s, 'offer.made', %s, 'silence', %s)",
            (CAUSE, SOMEBODY, TEMPLATE, state, NOON),
        )


def how_often_again(ops: Ops) -> int:
    with ops.connected("console") as connection:
        ((number,),) = connection.execute("SELECT again FROM work.notices")
        return int(number)


@pytest.mark.parametrize(("found", "state"), [("--sent", "sent"), ("--again", "due")])
def test_a_notice_that_may_be_lost_is_settled_once(ops: Ops, found: str, state: str) -> None:
    noticed(ops, "unconfirmed")
    (lost,) = ops.json("dead-letters")["notices"]
    assert (lost["state"], lost["number"]) == ("unconfirmed", 1)
    assert "Notices unconfirmed: 1, due since" in ops("dead-letters").stdout
    words = ("notice", CAUSE, SOMEBODY, TEMPLATE, *WHY)
    assert "Say --sent or --again." in ops(*words, code=2).stderr
    assert ops.json(*words, found)["state"] == state
    assert not ops.json("dead-letters")["notices"]
    assert f"This notice is {state}." in ops(*words, found, code=1).stderr
    assert "There is no such notice." in ops("notice", "x", "y", "z", found, *WHY, code=1).stderr
    assert json.loads(ops("orders", "--json").stdout)["verb"] == "settle"
    assert how_often_again(ops) == 0


def test_what_somebody_was_to_do_by_hand_is_ticked_off(ops: Ops) -> None:
    noticed(ops, "for-staff")
    words = ("notice", CAUSE, SOMEBODY, TEMPLATE, *WHY)
    assert ops.json(*words, "--sent")["state"] == "sent"
    assert "This notice is sent." in ops(*words, "--sent", code=1).stderr


@pytest.mark.parametrize("before", ["sent", "for-staff", "withheld"])
def test_whatever_was_sent_can_be_sent_again_and_is_another_message(ops: Ops, before: str) -> None:
    noticed(ops, before)
    words = ("notice", CAUSE, SOMEBODY, TEMPLATE, *WHY)
    assert ops.json(*words, "--again")["state"] == "due"
    assert "This notice is due." in ops(*words, "--again", code=1).stderr
    assert how_often_again(ops) == 1


def test_what_mail_servers_sent_back_is_noted_from_a_file_or_the_input(
    ops: Ops, tmp_path: Path
) -> None:
    noticed(ops, "sent")
    with ops.connected("notifier") as connection:
        connection.execute("UPDATE work.notices SET message = %s", (OURS,))
    box = tmp_path / "box"
    box.write_bytes(b"From a\n" + postfix(action="delayed") + b"\nFrom b\n" + postfix())
    assert ops.json("bounces", str(box)) == {"read": 2, "bounces": 1, "ours": 1, "new": 1}
    with ops.connected("console") as connection:
        ((state, problem),) = connection.execute("SELECT state, problem FROM work.notices")
    assert (state, problem) == ("bounced", "it came back: it could not be delivered (5.1.1)")
    assert "1 came back for good, 1 of them letters in the ledger, 0 not known before." in (
        ops("bounces", "-", given=postfix()).stdout
    )
    assert json.loads(ops("orders", "--json").stdout)["outcome"] == {"bounced": 1}
    assert "can't be read: No such file" in ops("bounces", str(tmp_path / "gone"), code=2).stderr
