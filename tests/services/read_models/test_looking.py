import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from events.event import Event
from events.ids import Id
from events.personal import marked
from events.terms import Side
from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import ALL
from projections.cohort_board import COHORT_BOARD
from projections.people import PEOPLE
from projections.projection import Projection, Shown
from projections.replay import folded
from services.engines.addresses import Engines
from services.read_models.builds import view
from services.read_models.looking import look_at
from services.vault.opening import opened
from services.vault.vault import Vault
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, CLEO, application
from tests.scenes.history_choosing import ASSESSED, EDITH
from tests.scenes.world import KEYS, vault_of
from tests.services.read_models.filled import before_the_release, commands, filled, in_the_log


@pytest.fixture
def vault(fresh: Engines) -> Iterator[Vault]:
    with vault_of(fresh) as vault:
        yield vault


@pytest.fixture
def looked_at(fresh: Engines, vault: Vault) -> Engines:
    """All is decided, and nobody was told."""
    return filled(fresh, before_the_release(), vault)


def found(
    engines: Engines, projection: Projection[Any], vault: Vault | None, **where: str
) -> list[Shown]:
    with psycopg.connect(engines.programme["console"]) as connection:
        return list(look_at(connection, view(projection.name), projection, where, vault))


def test_no_row_of_any_read_model_holds_what_is_sealed_in_the_facts(
    vault: Vault,
) -> None:
    said = {text for one in commands() for fact in one.facts for text in concealed(fact)}
    assert {"I was heard.", "A seat near the door.", "exams", "team", "A kind application."} < said
    facts = in_the_log(commands(), vault)
    for projection in ALL:
        for row in folded(projection, facts).values():
            stored = opened(json.loads(row.model_dump_json()), None)
            assert said & set(texts(stored)) == set()
            assert not [one for one in said if " " in one and one in str(stored)]


def concealed(fact: Event) -> Iterator[str]:
    """The texts in a fact that are stored only sealed, but for ids and sides: others bear them."""
    data = fact.model_dump()
    closed = data if fact.cover else {name: data[name] for name, _ in marked(type(fact))}
    yield from texts(closed)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)
    elif isinstance(value, str) and not isinstance(value, Id | Side):
        yield str(value)


def test_who_assesses_is_in_no_row_of_the_queue(looked_at: Engines, vault: Vault) -> None:
    stored = found(looked_at, APPLICATION_QUEUE, None)
    assert CLEO not in json.dumps(stored)
    assert CLEO in json.dumps(found(looked_at, APPLICATION_QUEUE, vault))


def test_what_is_told_can_be_asked_for(looked_at: Engines, vault: Vault) -> None:
    decided = found(looked_at, APPLICATION_QUEUE, vault, stage="decided")
    assert {row["person_id"] for row in decided} == set(ASSESSED)
    assert {row["waits_for"] for row in decided} == {"the release of decisions"}
    waiting = found(looked_at, APPLICATION_QUEUE, vault, waiting="true")
    assert [row["key"] for row in waiting] == sorted(application(who) for who in ASSESSED)
    moderated = found(looked_at, APPLICATION_QUEUE, vault, moderated="true")
    assert [row["person_id"] for row in moderated] == [AMINA]


def test_what_is_told_and_what_is_in_the_clear_can_be_asked_for_together(
    looked_at: Engines, vault: Vault
) -> None:
    asked = {"stage": "decided", "side": "healthcare-leader", "key": application(BEN)}
    (row,) = found(looked_at, APPLICATION_QUEUE, vault, **asked)
    assert [one["conflict"] for one in row["assessors"]].count("team") == 1
    asked["side"] = "patient-leader"
    assert found(looked_at, APPLICATION_QUEUE, vault, **asked) == []


def test_what_is_sealed_can_be_asked_for_by_those_who_can_open_it(
    looked_at: Engines, vault: Vault
) -> None:
    (row,) = found(looked_at, COHORT_BOARD, vault, title="Autumn 2024")
    assert (row["key"], row["state"]) == (AUTUMN, "assessing")
    assert found(looked_at, COHORT_BOARD, None, title="Autumn 2024") == []
    (person,) = found(looked_at, PEOPLE, vault, channel="post")
    assert (person["key"], person["needs"]) == (ADA, "A seat near the door.")


def test_what_no_row_has_finds_nothing(looked_at: Engines, vault: Vault) -> None:
    assert found(looked_at, APPLICATION_QUEUE, vault, nonsense="true") == []
    assert found(looked_at, APPLICATION_QUEUE, vault, wishes="null") == []


def test_without_the_key_a_row_says_that_the_panels_part_is_sealed(
    looked_at: Engines,
) -> None:
    rows = {row["person_id"]: row for row in found(looked_at, APPLICATION_QUEUE, None)}
    assert rows[ADA]["waits_for"] == "the panel, whose part is sealed"
    assert rows[ADA]["profile"] == "(sealed)"
    assert (rows[EDITH]["stage"], rows[EDITH]["waits_for"]) == ("ineligible", "nothing")


def test_of_somebody_whose_key_was_destroyed_nothing_is_told(
    looked_at: Engines,
) -> None:
    with closing(Vault(looked_at.vault["owner"], KEYS)) as vault:
        vault.destroy(ADA)
        (row,) = found(looked_at, APPLICATION_QUEUE, vault, person_id=ADA)
        (person,) = found(looked_at, PEOPLE, vault, person_id=ADA)
    assert row["waits_for"] == "the panel, whose part is erased"
    assert (row["interest"], row["assessors"]) == ("(erased)", "(erased)")
    assert (person["full_name"], person["channel"], person["needs"]) == ("(erased)",) * 3
