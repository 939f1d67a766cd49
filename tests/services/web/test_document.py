"""The document of the HTTP API says what is there, by the standard, with examples that hold."""

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from domain.decision import Command
from events.terms import Role
from projections.catalogue import LISTS
from services.door.wire import MAX_REQUEST
from services.reading.asking import FIND
from services.reading.table import TABLE
from services.web.surface import COMMANDS as BELOW
from services.web.surface import MOST_BYTES, QUERIES, ROOT, surface

DOCUMENT = json.loads(surface().document)
PATHS: dict[str, dict[str, Any]] = DOCUMENT["paths"]
OF_WORKERS_ALONE = frozenset({Role.SYSTEM})
EVERY: dict[str, type[Command]] = {
    name: kind
    for name, kind in {**COMMANDS, **IN_CONFIDENCE}.items()
    if kind.roles != OF_WORKERS_ALONE
}


def test_it_is_a_document_by_the_standard() -> None:
    validate(DOCUMENT)


def test_there_is_a_route_for_each_command_and_for_all_that_may_be_read() -> None:
    assert surface().commands == EVERY.keys()
    assert surface().queries == {*TABLE, *LISTS}
    assert surface().chosen_by.keys() == {*TABLE, *LISTS} - {FIND}
    assert MOST_BYTES == MAX_REQUEST


@pytest.mark.parametrize("name", EVERY)
def test_the_example_of_each_command_is_one(name: str) -> None:
    (said,) = PATHS[f"{BELOW}{name}"]["post"]["requestBody"]["content"].values()
    EVERY[name].model_validate(said["example"]["data"])


def test_an_address_says_nothing_that_is_sealed() -> None:
    """What is said of people is no part of an address: it stands in logs on the way."""
    for name, fields in surface().chosen_by.items():
        of = [name] if name in TABLE else LISTS[name].of
        clear = {"key", *(one for it in of for one in TABLE[it].chosen_by)}
        assert fields <= clear, name
    assert f"{ROOT}/{FIND}" not in PATHS
    assert f"{QUERIES}{FIND}" in PATHS
