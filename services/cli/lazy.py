"""A group of commands that are loaded when they are asked for, so that each starts at once."""

import gc
import os
import sys
from ast import FunctionDef, get_docstring, parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from signal import SIGINT
from types import ModuleType
from typing import Any, Final

import click

from services.cli.misspelt import in_our_words
from services.escaping import SPELT, is_text, line

LONGEST: Final = 80  # characters of a word that are repeated


class Lazy(click.Group):
    """Commands by name, each as `module:attribute` of this package.

    `show` needs neither workers nor spreadsheets. What a call says wrongly is repeated to it as a
    line of words.
    """

    def __init__(self, *args: Any, lazily: Mapping[str, str], **given: Any) -> None:
        super().__init__(*args, **given)
        self._lazily = lazily

    def make_context(self, *args: Any, **given: Any) -> click.Context:
        """Of a call with these words; raises click.UsageError if they are none of ours."""
        _can_always_be_written()
        with _as_a_line():
            _must_be_text(args[1] if len(args) > 1 else given.get("args", ()))
            return super().make_context(*args, **given)

    def invoke(self, ctx: click.Context) -> Any:
        """Do what was called; raises click.UsageError as above."""
        with _as_a_line():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the table."""
        return list(self._lazily)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """What each command is for, in the order of the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said_of(where)) for name, where in self._lazily.items()])

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in self._lazily:
            return None
        module, _, name = self._lazily[cmd_name].partition(":")
        found: click.Command = getattr(_loaded(f"services.cli.{module}"), name)
        return found


def said_of(where: str) -> str:
    """The first sentence that a command, as `module:attribute`, says of itself; read in its file,
    which is not loaded for it. LookupError if there is none.
    """
    module, _, name = where.partition(":")
    spec = find_spec(f"services.cli.{module}")
    text = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
    for node in parse(text).body:
        if isinstance(node, FunctionDef) and node.name == name and (said := get_docstring(node)):
            first = " ".join(said.partition("\n\n")[0].split())
            return f"{first.partition('. ')[0].removesuffix('.')}."
    raise LookupError(f"{where} does not say what it is for")


def _loaded(module: str) -> ModuleType:
    """A module, with all that it needs. None of that is garbage before the call is over: to look
    for some, while it is loaded and at the end, would take a third of the time of a short call.
    """
    if module in sys.modules:
        return sys.modules[module]
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def _can_always_be_written() -> None:
    """Whatever encoding an output has: what it has no letter for is spelt out."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, TextIOWrapper):
            output.reconfigure(errors=SPELT)


def _must_be_text(words: Iterable[str]) -> None:
    """Bytes that are no text are taken as the name of a file that is there, and as nothing else."""
    for word in words:
        named = word.rpartition("=")[2].removeprefix("@")
        if not (is_text(word) or (is_text(named, "surrogateescape") and os.path.lexists(named))):
            raise click.UsageError(f"This is no text in UTF-8: {word[:LONGEST]}")


@contextmanager
def _as_a_line() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        raise click.UsageError(line(in_our_words(error)), error.ctx) from None
    except (KeyboardInterrupt, click.Abort):  # of a command, while it is loaded, or at a question
        click.echo("Stopped.", err=True)
        raise SystemExit(128 + SIGINT) from None
    except click.ClickException as error:
        encoding = sys.stderr.encoding or "utf-8"  # click would write another than is asked for
        vars(error)["message"] = line(error.message).encode(encoding, SPELT).decode(encoding)
        raise
