"""What users of both engines show who they are with: passwords of PostgreSQL, seeds of the bus.

Needs only the standard library, as `deploy/make-secrets` does.
"""

import secrets
import string
from collections.abc import Callable, Iterable
from typing import Final

from services.engines.access import USERS, User
from services.engines.bus import BUS_USERS
from services.engines.seeds import NoSeed, fresh_seed, key_of

Passwords = dict[str, dict[str, str]]  # engine: user: password, or seed
SUPERUSER: Final = "postgres"


def completed(known: Passwords, users: Iterable[User] = USERS) -> Passwords:
    """One for everybody who needs one, of PostgreSQL for these `users`; what is `known` stays."""
    stored = [SUPERUSER, *(user.name for user in users if user.databases)]
    seeds = {name: one for name, one in known.get("nats", {}).items() if _is_seed(one)}
    return {
        "postgresql": _one_each(stored, known.get("postgresql", {}), password),
        "nats": _one_each((user.name for user in BUS_USERS), seeds, fresh_seed),
    }


def _one_each(
    names: Iterable[str], known: dict[str, str], fresh: Callable[[], str]
) -> dict[str, str]:
    return {name: known.get(name) or fresh() for name in names}


def _is_seed(text: str) -> bool:
    try:
        key_of(text)
    except NoSeed:
        return False
    return True


def password() -> str:
    """190 bits that need no quoting in SQL, a URL, a shell or nats.conf.

    NATS reads one that begins with a digit as a number.
    """
    rest = (secrets.choice(string.ascii_letters + string.digits) for _ in range(31))
    return secrets.choice(string.ascii_letters) + "".join(rest)
