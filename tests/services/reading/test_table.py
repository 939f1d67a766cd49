"""The table of who may read what: it has a line for each field, and none for what is not there."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from projections.application_queue import APPLICATION_QUEUE
from projections.catalogue import ALL, PROJECTIONS
from projections.projection import Part, Projection
from services.reading.cells import OPENED, SEEN, Cell
from services.reading.relations import ASSESSED, ASSIGNED
from services.reading.sight import Sight, shut_with
from services.reading.table import EVENTS, FIND, OPENINGS, SHARED, TABLE, _lines
from tests.scenes.cast import ADA


def fields_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every field of a row, as the table writes it."""
    forms: dict[str, Any] = {name: it.annotation for name, it in model.model_fields.items()}
    forms |= {name: it.return_type for name, it in model.model_computed_fields.items()}
    for name, form in forms.items():
        part, by_name = part_in(form)
        path = f"{above}{name}"
        if part is None:
            yield path
        else:
            yield from fields_of(part, f"{path}.*." if by_name else f"{path}.")


def part_in(form: Any) -> tuple[type[Part] | None, bool]:
    """The kind of parts that a field has, and whether each has a name."""
    if isinstance(form, type) and get_origin(form) is None and issubclass(form, Part):
        return form, False
    found = [part for one in get_args(form) if (part := part_in(one)[0])]
    return (found[0], get_origin(form) is dict) if found else (None, False)


def stored_fields(projection: Projection[Any]) -> set[str]:
    return set(fields_of(projection.row))


@pytest.mark.parametrize("projection", ALL, ids=lambda one: one.name)
def test_each_field_of_each_read_model_has_a_line_and_no_line_is_of_nothing(
    projection: Projection[Any],
) -> None:
    """A new field is to be thought about: until it has a line, nobody reads it."""
    readable = TABLE[projection.name]
    told = {one for one in readable.fields if one.partition(".")[0] in readable.comes_of}
    instead = {one for one in stored_fields(projection) if one in readable.comes_of.values()}
    assert set(readable.fields) - told == stored_fields(projection) - instead
    assert {one.partition(".")[0] for one in told} == set(readable.comes_of)
    assert instead == set(readable.comes_of.values())


def test_there_is_something_to_be_read_under_each_name_and_no_other() -> None:
    assert set(TABLE) == {*PROJECTIONS, FIND, SHARED, OPENINGS, EVENTS}
    assert all(cells for one in TABLE.values() for cells in one.cells.values())


def test_what_has_no_cell_nobody_reads() -> None:
    row = {
        "application_id": "x",
        "new": "a secret",
        "acts": [],
        "progress": {"stage": "eligible", "new": 1},
    }
    for relation in TABLE["application_queue"].columns:
        sight = Sight(TABLE["application_queue"], (relation.name,), frozenset({ADA}), frozenset())
        assert "new" not in str(sight.told_by(row, shut_with))
    assert "new" not in TABLE["application_queue"].chosen_by
    assert APPLICATION_QUEUE.row.model_fields.keys().isdisjoint({"new"})


def test_whoever_holds_no_role_has_nothing_opened_but_what_is_theirs() -> None:
    opened = {
        (one.name, relation.name, field)
        for one in TABLE.values()
        for relation in one.columns
        if not relation.roles
        for field, cell in one.cells[relation.name].items()
        if cell.sight == OPENED
    }
    assert {relation for _, relation, _ in opened} == {
        "themselves",
        "partner",
        "member",
        "named for them",
    }
    assert {field for _, relation, field in opened if relation == "member"} == {"title"}
    partners = {(name, field) for name, relation, field in opened if relation == "partner"}
    assert ("people", "full_name") in partners
    assert not {field for name, field in partners if name == "people"} - {"full_name"}


def test_the_database_chooses_only_by_what_is_in_the_clear_and_seen_by_all_who_see_the_row() -> (
    None
):
    for one in TABLE.values():
        for name in one.chosen_by:
            assert all(cells[name] == Cell(SEEN) for cells in one.cells.values())
            assert one.projection is not None
            assert one.projection.stands_open(name)
    assert "acts" not in TABLE["application_queue"].chosen_by
    assert "stage" not in TABLE["application_queue"].chosen_by
    assert "cohort_id" in TABLE["application_queue"].chosen_by


@pytest.mark.parametrize("line", ["a | seen", "a | seen seen seen", "a | seen open"])
def test_a_line_that_does_not_fit_its_columns_is_refused(line: str) -> None:
    columns = TABLE["project_shelf"].columns[:2]
    with pytest.raises(ValueError, match=r"zip\(\)|no cell"):
        list(_lines(line, columns))


def test_a_star_stands_only_at_lists_of_which_it_is_said_what_is_theirs() -> None:
    for one in TABLE.values():
        known: Mapping[str, Any] = one.theirs
        starred = {
            name for cells in one.cells.values() for name, cell in cells.items() if cell.some
        }
        assert all(name in known or name.partition(".")[0] in known for name in starred)


def test_whoever_sees_what_the_panel_does_opens_as_the_panel() -> None:
    for one in TABLE.values():
        theirs = {
            relation.name
            for relation in one.columns
            for name, cell in one.cells[relation.name].items()
            if cell.sight == OPENED
            and (relation in (ASSIGNED, ASSESSED) or one.comes_of.get(name) == "acts")
        }
        assert theirs <= {name for name, told in one.told_as.items() if told == "the panel"}


def test_answers_rest_on_each_read_model_that_is_looked_at() -> None:
    for one in TABLE.values():
        looked_at = {
            name
            for relation in one.columns
            for name in PROJECTIONS
            if f"read.{name} " in relation.where
        }
        assert looked_at <= set(one.models), one.name
    assert TABLE[FIND].models == ("people", "application_queue")
    assert TABLE[OPENINGS].models == ()


@pytest.mark.parametrize("name", [name for name, one in TABLE.items() if one.theirs])
def test_a_row_is_told_by_some_of_its_fields_whatever_parts_it_has_beside(name: str) -> None:
    """Parts of which somebody sees their own are passed over where they were not asked for."""
    readable = TABLE[name]
    for relation, cells in readable.cells.items():
        for field in sorted({one.partition(".")[0] for one in cells} - {*readable.theirs}):
            told = Sight(readable.of([field]), (relation,), frozenset({ADA}), frozenset())
            stored = {one: [parts_of(readable.fields, one)] for one in readable.theirs}
            assert told.whose_are_opened(stored) == set()


def parts_of(fields: tuple[str, ...], of: str) -> dict[str, Any]:
    """A part with something in each of its fields, as far as the table names them."""
    return {one.partition(".")[2]: "x" for one in fields if one.startswith(f"{of}.")}
