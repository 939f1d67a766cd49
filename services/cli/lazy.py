"""A group of commands that are loaded when they are asked for, so that each starts at once."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Lazy(click.Group):
    """Commands by name, each as `module:attribute` of this package.

    `show` needs neither workers nor spreadsheets.
    """

    def __init__(self, *args: Any, lazily: Mapping[str, str], **given: Any) -> None:
        super().__init__(*args, **given)
        self._lazily = lazily

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the table."""
        return list(self._lazily)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in self._lazily:
            return None
        module, _, name = self._lazily[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"services.cli.{module}"), name)
        return found
