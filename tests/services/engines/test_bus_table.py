"""The table of who may do what on the bus, and the configuration that is made from it."""

import os
import subprocess
from pathlib import Path
from types import FunctionType
from typing import cast

import pytest

from domain.catalogue import POLICIES
from domain.concerns.heads import NoteHead
from domain.decision import Command
from domain.notices.undelivered import ReportNotice, SettleNotice
from domain.pairings.endings import EndForTeam
from domain.pairings.letting_in import HoldPersonOut, LetPersonIn
from domain.troubles.trouble import NoteTrouble, SettleTrouble
from projections.dues import COMMANDS
from services.crew import CREW, worker
from services.engines.binaries import from_wheels
from services.engines.bus import (
    BUS_USERS,
    DOOR,
    READER,
    SAFEGUARDING,
    SERVICES,
    STREAMS_ACCOUNT,
    SUBSCRIBERS_CONF,
    asker,
    covers,
    imported,
    inbox_prefix,
    nats_config,
    subscriber,
    subscribers_conf,
)
from services.engines.seeds import fresh_seed, public_key
from services.handbook.code import classes_in

OUTSIDE = (*map(subscriber, ("gp-portal", "crm")), *map(asker, ("ruth", "ben")))
EVERYBODY = (*BUS_USERS, *OUTSIDE)


def test_each_subject_of_the_table_is_exported_by_one_account_that_another_one_asks() -> None:
    for user in EVERYBODY:
        found = {subject for _, subject in imported(user)}
        outside = {
            one for one in user.publishes if not one.startswith(("$SYS.", "lt.event.", "_R_."))
        }
        assert found == (set() if user.account == STREAMS_ACCOUNT else outside)
    for service in SERVICES:
        asking = {
            user.name
            for user in EVERYBODY
            if any(covers(service.subject, subject) for _, subject in imported(user))
        }
        assert asking
        assert not service.to or asking == set(service.to)


@pytest.mark.parametrize(
    ("pattern", "subject", "takes_in"),
    [
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.*", "a.>", False),
        ("a.>", "a.>", True),
        ("a.b", "a.*", False),
        ("*.b", "a.b", True),
        ("a.b", "a.b.c", False),
    ],
)
def test_a_pattern_takes_in_what_the_bus_says_it_does(
    pattern: str, subject: str, takes_in: bool
) -> None:
    assert covers(pattern, subject) is takes_in


def test_each_user_stands_in_the_table_once_and_nobody_else_may_have_its_name() -> None:
    assert len({user.name for user in BUS_USERS}) == len(BUS_USERS)
    assert {user.account for user in BUS_USERS} & {user.account for user in OUTSIDE} == set()


def test_nobody_hears_what_is_answered_to_somebody_else() -> None:
    """Also where two may listen on subjects of one name: each has an account of its own."""
    for one in EVERYBODY:
        inbox = f"{inbox_prefix(one.name)}.x"
        listening = {user for user in EVERYBODY if any(covers(it, inbox) for it in user.subscribes)}
        assert listening == {one}
    accounts = [user.account for user in EVERYBODY]
    assert {one for one in accounts if accounts.count(one) > 1} == {STREAMS_ACCOUNT}
    both = {one.name for one in EVERYBODY if one.account == STREAMS_ACCOUNT}
    assert both == {"owner", "relay"}


def test_who_follows_asks_for_nothing_and_who_asks_follows_nothing() -> None:
    for one in OUTSIDE:
        imports = {account for account, _ in imported(one)}
        follows = one in map(subscriber, ("gp-portal", "crm"))
        assert imports == ({STREAMS_ACCOUNT} if follows else {DOOR, READER, SAFEGUARDING})


def test_a_configuration_can_take_its_keys_from_the_environment(tmp_path: Path) -> None:
    text = nats_config("0.0.0.0:4222", "/data")
    assert "nkey: $LT_NATS_KEY_RELAY," in text
    (tmp_path / "nats.conf").write_text(text)
    (tmp_path / SUBSCRIBERS_CONF).write_text(subscribers_conf(()))
    command = [str(from_wheels().nats_server), "-t", "-c", str(tmp_path / "nats.conf")]
    keys = {f"LT_NATS_KEY_{user.name.upper()}": public_key(fresh_seed()) for user in BUS_USERS}
    assert subprocess.run(command, env=os.environ | keys, check=False).returncode == 0
    assert subprocess.run(command, env=os.environ, check=False).returncode != 0


def test_each_worker_may_ask_for_what_its_code_asks_for_and_for_nothing_else() -> None:
    policies = {policy for found in POLICIES.values() for policy in found}
    read = [cast("FunctionType", policy) for policy in policies]
    asked = {
        one.name for policy in read for one in classes_in(policy, Command) if "name" in vars(one)
    }
    assert set(worker("policies").asks) == asked
    of_troubles = {NoteTrouble.name, SettleTrouble.name}
    assert set(worker("scheduler").asks) == COMMANDS | of_troubles
    effects = {EndForTeam.name, HoldPersonOut.name, LetPersonIn.name, NoteHead.name}
    assert set(worker(SAFEGUARDING).asks) == effects
    assert set(worker("notifier").asks) == {ReportNotice.name, SettleNotice.name}
    asking = {"policies", "scheduler", SAFEGUARDING, "notifier"}
    assert {one.name for one in CREW if one.asks} == asking
