"""What may be asked for over HTTP: the document that is made from the catalogues (`make docs`).

It is served as it is kept, and the routes are read from it; so what it names is there, and nothing
else is.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

KEPT: Final = Path(__file__).with_name("api.json")
ROOT: Final = "/api/v1"
DOCUMENT: Final = f"{ROOT}/openapi.json"
COMMANDS: Final = f"{ROOT}/commands/"
QUERIES: Final = f"{ROOT}/queries/"
SORT, AFTER, LIMIT, OPEN, AT_LEAST = "sort", "after", "limit", "open", "at-least"
SAID: Final = (SORT, AFTER, LIMIT, OPEN, AT_LEAST)
"""What a request to read may say in its address, beside the values that fields must have."""
BEGINNING: Final = f'"{ROOT}'.encode()
MOST_BYTES: Final = 256 * 1024  # of what somebody sends


class Surface(NamedTuple):
    """The document; the names of all commands, and of all that may be read; for each that may be
    read by its address alone, the fields by which it is chosen there; and of which one row may be.
    """

    document: bytes
    commands: frozenset[str]
    queries: frozenset[str]
    chosen_by: Mapping[str, frozenset[str]]
    by_key: frozenset[str]


@cache
def surface() -> Surface:
    """What may be asked for."""
    document = KEPT.read_bytes()
    paths = dict(_paths_in(document))
    return Surface(
        document,
        frozenset(_below(COMMANDS, paths)),
        frozenset(_below(QUERIES, paths)),
        {
            name: frozenset(_chosen_by(paths[f"{ROOT}/{name}"]["get"]))
            for name in _below(QUERIES, paths)
            if f"{ROOT}/{name}" in paths
        },
        frozenset(name for name in _below(QUERIES, paths) if f"{ROOT}/{name}/{{key}}" in paths),
    )


def _paths_in(document: bytes) -> Iterator[tuple[str, Any]]:
    """Each path, with what is said of those that are read by their address: of the whole, which is
    a line for each, nobody needs more in memory.
    """
    path = ""
    for line in document.splitlines():
        if line.startswith(BEGINNING):
            path = line[1:].partition(b'"')[0].decode()
            if path.startswith((COMMANDS, QUERIES)):
                yield path, {}
        elif line.startswith(b'"get":'):
            yield path, json.loads(b"{%b}" % line.rstrip(b","))


def _below(beginning: str, paths: Mapping[str, Any]) -> list[str]:
    return [one.removeprefix(beginning) for one in paths if one.startswith(beginning)]


def _chosen_by(operation: Mapping[str, Any]) -> list[str]:
    said = [one["name"] for one in operation["parameters"] if one.get("in") == "query"]
    return [name for name in said if name not in SAID]
