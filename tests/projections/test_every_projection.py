import hashlib
import json
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import projections
from events.assessments import AssessmentSubmitted, DecisionMade
from events.terms import Outcome
from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import PROJECTIONS
from projections.projection import Projection, Row
from projections.replay import folded
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import ADA, CLEO, PATIENT, eligible, opened
from tests.scenes.history import history
from tests.scenes.history_choosing import about
from tests.scenes.scribe import unsealed, written_down

PLACES = st.integers(0, len(history()))
SHAPES = {
    ("cohort_board", 3): "68dd858c0af7",
    ("application_queue", 4): "a699f1e24ab0",
    ("application_queue", 5): "5c9430444695",
    ("imports", 3): "bb0a3ef68c2a",
    ("reserve_list", 1): "662489956b57",
    ("interest", 2): "47c8b8d1df8f",
    ("offers", 1): "cb0624f0a6c9",
    ("availability", 3): "db0155b5dde0",
    ("pairing_board", 3): "a9014ed09fec",
    ("matching_runs", 2): "1c6232de8cbb",
    ("workshop_register", 4): "206bf6d9e5ce",
    ("reflections", 1): "ca9e54c63c5b",
    ("project_shelf", 4): "81f2a7e60339",
    ("journey", 5): "544c11b36c9e",
    ("people", 5): "e7278542851a",
    ("contacts", 2): "664c55c77337",
    ("rules", 4): "00d0c79f676c",
    ("tasks", 4): "821e140f48fc",
    ("messages", 1): "0b9bad736201",
    ("agenda", 6): "89ee294e4c2e",
}
"""The form of the rows of each version, which are stored: another form is another version."""
every = pytest.mark.parametrize("projection", PROJECTIONS.values(), ids=PROJECTIONS.keys())


def stored_and_read(projection: Projection[Any], rows: dict[str, Row]) -> dict[str, Row]:
    """Through JSON that keeps no order of names, as the database does."""
    texts = {key: json.loads(row.model_dump_json()) for key, row in rows.items()}
    return {
        key: projection.row.model_validate_json(json.dumps(text, sort_keys=True))
        for key, text in texts.items()
    }


@every
@given(one=PLACES, other=PLACES)
def test_rows_that_were_stored_go_on_as_if_they_had_not_been(
    projection: Projection[Any], one: int, other: int
) -> None:
    here, there = sorted((one, other))
    before = stored_and_read(projection, folded(projection, history()[:here]))
    in_two_parts = folded(projection, history()[here:there], before)
    assert in_two_parts == folded(projection, history()[:there])


SAID = ("description", "title", "default")


def form_of(schema: Any) -> Any:
    """What may be stored, whatever is said about it."""
    if isinstance(schema, dict):
        forms = {name: form_of(it) for name, it in schema.items()}
        return {name: it for name, it in forms.items() if name not in SAID or isinstance(it, dict)}
    return [form_of(one) for one in schema] if isinstance(schema, list) else schema


@every
def test_rows_of_another_form_are_of_another_version(projection: Projection[Any]) -> None:
    form = json.dumps(form_of(projection.row.model_json_schema()), sort_keys=True)
    shape = hashlib.sha256(form.encode()).hexdigest()[:12]
    assert SHAPES[projection.name, projection.version] == shape


@every
def test_a_row_says_which_fact_it_saw_last(projection: Projection[Any]) -> None:
    last: dict[str, int] = {}
    for fact in history():
        last.update(dict.fromkeys(projection.keys(fact.event), fact.envelope.position))
    rows = folded(projection, history())
    assert {key: row.position for key, row in rows.items()} == {key: last[key] for key in rows}


@every
def test_a_fact_touches_each_row_once(projection: Projection[Any]) -> None:
    for fact in history():
        keys = tuple(projection.keys(fact.event))
        assert len(keys) == len(set(keys))


@every
def test_folding_changes_no_row_that_was_there(projection: Projection[Any]) -> None:
    half = len(history()) // 2
    rows = folded(projection, history()[:half])
    before = {key: row.model_dump_json() for key, row in rows.items()}
    folded(projection, history()[half:], rows)
    assert {key: row.model_dump_json() for key, row in rows.items()} == before


def test_every_projection_is_in_the_catalogue() -> None:
    names = [found.name for found in iter_modules(projections.__path__, "projections.")]
    members = chain.from_iterable(vars(import_module(name)).values() for name in names)
    found = {one.name for one in members if isinstance(one, Projection)}
    assert found == set(PROJECTIONS)


@every
def test_what_the_panel_keeps_to_itself_is_told_to_nobody_even_if_it_can_be_opened(
    projection: Projection[Any],
) -> None:
    decision = {"outcome": Outcome.DECLINE, "score": 731, "reasons": ("kept.secret",)}
    found = "an.assessors" if projection is APPLICATION_QUEUE else "kept.secret"
    assessment: dict[str, Any] = {
        "scores": {found: 7},
        "recommendation": Outcome.RESERVE,
        "comment": found,
    }
    facts = written_down(
        opened(),
        eligible(ADA, PATIENT),
        about(AssessmentSubmitted, ADA, assessor_id=CLEO, lay=True, **assessment),
        about(DecisionMade, ADA, **decision),
    )
    rows = folded(projection, facts).values()
    text = json.dumps([{**told(projection, row), "position": 0} for row in rows])
    assert not [secret for secret in ("kept.secret", 'decline"', "731") if secret in text]
    assert ("an.assessors" in text) is (projection is APPLICATION_QUEUE)


@every
def test_what_is_told_of_a_row_is_json_with_nothing_sealed_in_it(
    projection: Projection[Any],
) -> None:
    for row in folded(projection, history()).values():
        for shown in (told(projection, row), told_without_keys(projection, row)):
            assert '"audience"' not in json.dumps(shown)


@every
def test_what_is_in_the_clear_is_told_as_it_stands(projection: Projection[Any]) -> None:
    for row in folded(projection, history()).values():
        stored, shown = row.model_dump(mode="json"), told(projection, row)
        clear = [name for name in stored if projection.stands_open(name)]
        assert [shown[name] for name in clear] == [unsealed(stored[name]) for name in clear]
