"""What operators can set, from the settings' own docstrings: `docs/settings.md`."""

from collections.abc import Iterator
from typing import Final

from services.handbook.markdown import MADE, table
from services.settings import Settings

BEFORE: Final = f"""{MADE}
# Settings

All settings are read once, at the start of a process, from its environment.

## Engines

Without these, each process uses the embedded engines of its data folder. Each of the URLs may
instead be in a file, which `LT_DATABASE_URL_FILE`, `LT_NATS_URL_FILE` and so on name; so no secret
needs to stand in the environment.

| variable | meaning |
|---|---|
| `LT_DATABASE_URL` | The database `programme`, as `postgresql://role:password@host/programme` |
| `LT_VAULT_URL` | The database of keys; if not set, `vault` on the same server |
| `LT_NATS_URL` | NATS, as `nats://user:password@host:4222` |
| `LT_RELAY_NATS_URL` | NATS as the relay's user, for an owner who makes the stream anew |

## Everything else
"""


def page() -> str:
    """The whole page."""
    rows = table(("variable", "meaning", "if not set"), _settings())
    return "\n".join((BEFORE, *rows)).rstrip() + "\n"


def _settings() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        meaning = " ".join((field.description or "").split())
        default = "" if field.default is None else f"`{field.default}`"
        yield f"`LT_{name.upper()}`", meaning, default
