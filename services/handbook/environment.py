"""What operators can set, from the settings' own docstrings: `docs/settings.md`."""

from collections.abc import Iterator
from typing import Final

from services.handbook.markdown import MADE, table
from services.settings import ENGINES, WIRES, Settings, variable

BEFORE: Final = f"""{MADE}
# Settings

All settings are read once, at the start of a process, from its environment. One that can't work is
named in a sentence that says what to write, before anything is done, and the exit code is 2.

## Secrets

What is a secret, or a URL that may hold one, can stand in a file instead, which `<variable>_FILE`
names: `LT_SMTP_URL_FILE`, `LT_DATABASE_URL_FILE` and so on. So none needs to stand in the
environment. Only one of the two may be set. The file must be yours or root's; nobody else may
write to it or to its folder, and only you and a group of yours may read it. What a container is
given on a file system that is mounted read-only is taken as it is.

## Engines

Without these, each process uses the embedded engines of its data folder. Each is a secret. Who asks
for something, reads, imports or follows the stream needs the bus alone, and no database.
"""
BETWEEN: Final = """On another machine an engine is reached encrypted, by the name that its
certificate has, or not at all ([decision 027](decisions/027-wires.md)). On this one (127.0.0.0/8,
::1, localhost, a socket) a connection may be as it is.
"""
AFTER: Final = """## Everything else

Where a file may be named, both variables are given.
"""


def page() -> str:
    """The whole page."""
    engines, wires = (
        table(("variable", "meaning"), ((f"`{name}`", meaning) for name, meaning in of.items()))
        for of in (ENGINES, WIRES)
    )
    others = table(("variable", "meaning", "if not set"), _settings())
    return "\n".join((BEFORE, *engines, BETWEEN, *wires, AFTER, *others)).rstrip() + "\n"


def _settings() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        meaning = " ".join((field.description or "").split())
        default = "" if field.default is None else f"`{field.default}`"
        from_file = "" if field.repr else f" or `{variable(name)}_FILE`"
        yield f"`{variable(name)}`{from_file}", meaning, default
