"""Whoever runs the system, at the command line, with an operator's own rights."""

import json
from typing import Any

import psycopg
from click.testing import CliRunner, Result

from services.__main__ import main
from services.engines.addresses import Engines
from tests.scenes.at_work import named
from tests.scenes.terminal import Terminal

WHY = ("--reason", "the rule is mended", "--who", "olive")


class Ops:
    """Calls of `leading-together ops` with an operator's own rights."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self._settings = {
            "LT_DATABASE_URL": engines.programme["operator"],
            **named(engines.nats["operator"]),
        }

    def __call__(self, *words: object, code: int = 0, given: bytes | None = None) -> Result:
        """A call, with what is `given` on the input."""
        call = ["ops", *map(str, words)]
        said = CliRunner().invoke(main, call, input=given, env=self._settings)
        assert said.exit_code == code, said.output
        return said

    def json(self, *words: object, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)

    def terminal(self) -> Terminal:
        """The same in a process of its own."""
        return Terminal(**self._settings)

    def numbers(self) -> dict[str, int]:
        """The dead letters by key."""
        lines = self("dead-letters", "--each", "--state", "dead", "--json").stdout.splitlines()
        return {one["key"]: one["letter"] for one in map(json.loads, lines)}

    def connected(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.engines.programme[role], autocommit=True)
