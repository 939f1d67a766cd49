"""The subscribers of the stream: each service that has a credential of its own, and those that had.

They stand in one file, `subscribers.json`, and from it follows the part of the bus's configuration
that lets them in, `subscribers.conf`. Neither holds a secret: of a credential only its public key
is kept, and its seed is told once, to whoever made it. What is written here counts once the bus has
read it; `services/operations/credentials.py` sees to that.
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from services.crew import EVENTS
from services.engines.bus import BUS_USERS, SUBSCRIBERS_CONF, subscribers_conf
from services.engines.proof import shown_with
from services.engines.seeds import fresh_seed
from services.files import Account, alone_in, read_own, write_whole

STORE: Final = "subscribers.json"
ALL_EVENTS: Final = (f"{EVENTS}>",)
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_SUBJECT = re.compile(rf"{re.escape(EVENTS)}(>|(\*|[a-z-]+)\.(>|\*|[a-z-]+))")


class NoSuchCredential(RuntimeError):
    """Why a credential can't be made or withdrawn, in a sentence that says what to do."""


class Subscriber(BaseModel):
    """A service with a credential, made by whom and when; `withdrawn` says when, and by whom and
    why, if it is withdrawn. It follows these subjects, under its own name, with this public key,
    and began behind position `after`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    subjects: tuple[str, ...]
    after: int = 0
    made_at: datetime
    made_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    why: str | None = None


class _Store(BaseModel):
    format: Literal[1] = 1
    subscribers: tuple[Subscriber, ...] = ()


def listed(data: Path) -> list[Subscriber]:
    """All that may follow the stream now, by name."""
    return sorted((one for one in every(data) if one.withdrawn_at is None), key=lambda it: it.name)


def every(data: Path) -> tuple[Subscriber, ...]:
    """All that ever were, in the order in which they were made."""
    try:
        return _Store.model_validate_json(read_own(data / STORE)).subscribers
    except FileNotFoundError:
        return ()


def make(
    data: Path,
    name: str,
    subjects: Sequence[str] = ALL_EVENTS,
    *,
    who: str,
    now: datetime,
    after: int = 0,
) -> str:
    """A new credential for a service of this name: its seed, which is kept nowhere.

    Raises NoSuchCredential if the name or a subject can't be one, or somebody has the name.
    """
    seed = fresh_seed()
    one = Subscriber(
        name=name,
        key=shown_with(seed),
        subjects=tuple(subjects),
        after=after,
        made_at=now,
        made_by=who,
    )
    with alone_in(data):
        must_be_new(data, name, subjects)
        _keep(data, (*every(data), one))
    return seed


def must_be_new(data: Path, name: str, subjects: Sequence[str]) -> None:
    """Raises NoSuchCredential if none of this name can be made for these subjects."""
    must_be_a_name(name)
    for subject in subjects or ("",):
        if not _SUBJECT.fullmatch(subject):
            raise NoSuchCredential(
                f"A subscriber follows subjects such as {EVENTS}> or {EVENTS}workshop.*: name such."
            )
    if any(other.name == name for other in listed(data)):
        raise NoSuchCredential(
            f"There is a credential {name}. Withdraw it first, or take another name."
        )


def withdraw(data: Path, name: str, *, who: str, why: str, now: datetime) -> Subscriber:
    """Whoever has this credential may do nothing any more, once the bus has read it.

    Raises NoSuchCredential if there is none.
    """
    gone = {"withdrawn_at": now, "withdrawn_by": who, "why": why}
    return _changed(data, name, gone)


def move(data: Path, name: str, *, after: int) -> Subscriber:
    """Whoever has this credential goes on behind a position.

    Raises NoSuchCredential if there is none.
    """
    return _changed(data, name, {"after": after})


def _changed(data: Path, name: str, what: Mapping[str, Any]) -> Subscriber:
    must_be_a_name(name)
    with alone_in(data):
        found = next((one for one in listed(data) if one.name == name), None)
        if found is None:
            raise NoSuchCredential(
                f"There is no credential {name}: `leading-together credentials list` shows which"
                " there are."
            )
        changed = found.model_copy(update=what)
        _keep(data, tuple(changed if one == found else one for one in every(data)))
    return changed


def write_conf(data: Path) -> Path:
    """Write the part of the bus's configuration that lets in those who are listed: beside that of
    the embedded bus, for whom this runs as; else in `data`, for a bus that only reads it.
    """
    text = subscribers_conf({one.name: one.key for one in listed(data)})
    folder = data / "nats"
    if not folder.is_dir():
        write_whole(data / SUBSCRIBERS_CONF, text)
        (data / SUBSCRIBERS_CONF).chmod(0o644)  # there is no secret in it
        return data / SUBSCRIBERS_CONF
    owner = folder.stat()
    account = None if os.geteuid() else Account(owner.st_uid, owner.st_gid)
    write_whole(folder / SUBSCRIBERS_CONF, text, account)
    return folder / SUBSCRIBERS_CONF


def must_be_a_name(name: str) -> None:
    """Raises NoSuchCredential, with what a name is, if this is none."""
    if not _NAME.fullmatch(name):
        raise NoSuchCredential(
            "A name has 2 to 40 small letters, digits and hyphens, and begins with a letter, as"
            " gp-portal does: choose such a one."
        )
    if name in {word.lower() for user in BUS_USERS for word in (user.name, user.account)}:
        raise NoSuchCredential(f"{name} is a user of our own: choose another name.")


def _keep(data: Path, subscribers: tuple[Subscriber, ...]) -> None:
    write_whole(data / STORE, _Store(subscribers=subscribers).model_dump_json(indent=2))
