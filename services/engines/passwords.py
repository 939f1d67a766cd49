"""The passwords of both engines: one for each user, and for those that only the engines have.

Needs only the standard library, as `deploy/make-secrets` does.
"""

import secrets
import string
from collections.abc import Iterable
from typing import Final

from services.engines.access import NATS_USERS, USERS

Passwords = dict[str, dict[str, str]]  # engine: user: password
SUPERUSER: Final = "postgres"


def completed(known: Passwords, *, on_bus: Iterable[str] = ()) -> Passwords:
    """One for everybody who needs one, and on the bus for `on_bus` too; what is `known` stays."""
    stored = [SUPERUSER, *(user.name for user in USERS if user.databases)]
    return {
        "postgresql": _one_each(stored, known.get("postgresql", {})),
        "nats": _one_each([*on_bus, *(user.name for user in NATS_USERS)], known.get("nats", {})),
    }


def _one_each(names: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    return {name: known.get(name) or _password() for name in names}


def _password() -> str:
    """190 bits that need no quoting in SQL, a URL, a shell or nats.conf.

    NATS reads one that begins with a digit as a number.
    """
    rest = (secrets.choice(string.ascii_letters + string.digits) for _ in range(31))
    return secrets.choice(string.ascii_letters) + "".join(rest)
