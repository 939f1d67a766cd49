"""Who comes in on the bus beside our own: each that has a credential, and those that had one.

A subscriber is a service that follows the stream; an asker asks at the door and the reader, and
follows nothing. All stand in one file, `subscribers.json`, and from it follows the part of the
bus's configuration that lets them in, `subscribers.conf`. Neither holds a secret: of a credential
only its public key is kept, and its seed is told once, to whoever made it. What is written here
counts once the bus has read it; `services/operations/credentials.py` sees to that.
"""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.crew import EVENTS
from services.engines.bus import (
    BUS_USERS,
    SUBSCRIBERS_CONF,
    BusUser,
    asker,
    subscriber,
    subscribers_conf,
)
from services.engines.proof import shown_with
from services.engines.seeds import fresh_seed
from services.files import Account, WrongFile, alone_in, private_folder, read_own, write_whole

STORE: Final = "subscribers.json"
ALL_EVENTS: Final = (f"{EVENTS}>",)
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_SUBJECT = re.compile(rf"{re.escape(EVENTS)}(>|(\*|[a-z-]+)\.(>|\*|[a-z-]+))")
WRITTEN_OTHERWISE: Final = (
    "{file} can't be read: it is damaged, or another version wrote it. Restore it from a backup, or"
    " remove it and make the credentials anew."
)


class NoSuchCredential(RuntimeError):
    """Why a credential can't be made or withdrawn, in a sentence that says what to do."""


class WrongCredentialsFile(WrongFile):
    """Who may come in is not to be read; the text names the file."""


class Credential(BaseModel):
    """A name on the bus with a public key, made by whom and when; `withdrawn_at`, `withdrawn_by`
    and `why` say when it was withdrawn, by whom and why, or are None.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    key: str
    made_at: datetime
    made_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    why: str | None = None


class Subscriber(Credential):
    """That of a service which follows these subjects, and began behind position `after`."""

    kind: Literal["subscriber"] = "subscriber"
    subjects: tuple[str, ...]
    after: int = 0

    @property
    def user(self) -> BusUser:
        """What it may do on the bus."""
        return subscriber(self.name)


class BusAsker(Credential):
    """That of somebody who asks, and follows nothing: a person's machine, or a service."""

    kind: Literal["asker"] = "asker"

    @property
    def user(self) -> BusUser:
        """What they may do on the bus."""
        return asker(self.name)


AnyCredential = Annotated[Subscriber | BusAsker, Field(discriminator="kind")]


class _Store(BaseModel):
    format: Literal[2] = 2
    credentials: tuple[AnyCredential, ...] = ()


def listed(data: Path) -> list[Subscriber | BusAsker]:
    """All that may come in now, by name. Raises WrongCredentialsFile."""
    return sorted((one for one in every(data) if one.withdrawn_at is None), key=lambda it: it.name)


def subscribers(data: Path) -> list[Subscriber]:
    """Those of them that follow the stream, by name. Raises WrongCredentialsFile."""
    return [one for one in listed(data) if isinstance(one, Subscriber)]


def every(data: Path) -> tuple[Subscriber | BusAsker, ...]:
    """All that ever were, in the order in which they were made. Raises WrongCredentialsFile."""
    try:
        return _Store.model_validate_json(read_own(data / STORE)).credentials
    except FileNotFoundError:
        return ()
    except ValidationError:
        raise WrongCredentialsFile(WRITTEN_OTHERWISE.format(file=data / STORE)) from None


def make_subscriber(
    data: Path,
    name: str,
    subjects: Sequence[str] = ALL_EVENTS,
    *,
    who: str,
    now: datetime,
    after: int = 0,
) -> str:
    """A new credential for a service of this name, which follows the stream: its seed, which is
    kept nowhere.

    Raises NoSuchCredential if the name or a subject can't be one, or somebody has the name.
    """
    must_be_followed(subjects)
    seed = fresh_seed()
    key, follows = shown_with(seed), tuple(subjects)
    _add(
        data,
        Subscriber(name=name, key=key, made_at=now, made_by=who, subjects=follows, after=after),
    )
    return seed


def make_asker(data: Path, name: str, *, who: str, now: datetime) -> str:
    """A new credential of this name for somebody who asks: its seed, which is kept nowhere.

    Raises NoSuchCredential if the name can't be one, or somebody has it.
    """
    seed = fresh_seed()
    _add(data, BusAsker(name=name, key=shown_with(seed), made_at=now, made_by=who))
    return seed


def _add(data: Path, one: Subscriber | BusAsker) -> None:
    with alone_in(private_folder(data)):
        must_be_new(data, one.name)
        _keep(data, (*every(data), one))


def must_be_new(data: Path, name: str) -> None:
    """Raises NoSuchCredential if none of this name can be made."""
    must_be_a_name(name)
    if any(other.name == name for other in listed(data)):
        raise NoSuchCredential(
            f"There is a credential {name}. Withdraw it first, or take another name."
        )


def must_be_followed(subjects: Sequence[str]) -> None:
    """Raises NoSuchCredential if nobody can follow these subjects."""
    for subject in subjects or ("",):
        if not _SUBJECT.fullmatch(subject):
            raise NoSuchCredential(
                f"A subscriber follows subjects such as {EVENTS}> or {EVENTS}workshop.*: name such."
            )


def withdraw(data: Path, name: str, *, who: str, why: str, now: datetime) -> None:
    """Whoever has this credential may do nothing any more, once the bus has read it.

    Raises NoSuchCredential if there is none.
    """
    _found(data, name)  # before there needs to be a folder
    with alone_in(data):
        one = _found(data, name)
        gone = {"withdrawn_at": now, "withdrawn_by": who, "why": why}
        _change(data, one, one.model_copy(update=gone))


def move(data: Path, name: str, *, after: int) -> Subscriber:
    """Whoever has this credential goes on behind a position.

    Raises NoSuchCredential if there is none, or whoever has it follows nothing.
    """
    _found(data, name)  # as above
    with alone_in(data):
        one = _found(data, name)
        if not isinstance(one, Subscriber):
            raise NoSuchCredential(f"{name} asks and follows nothing: there is no place to move.")
        moved = one.model_copy(update={"after": after})
        _change(data, one, moved)
        return moved


def _found(data: Path, name: str) -> Subscriber | BusAsker:
    must_be_a_name(name)
    for one in listed(data):
        if one.name == name:
            return one
    raise NoSuchCredential(
        f"There is no credential {name}: `leading-together credentials list` shows which there are."
    )


def _change(data: Path, one: Subscriber | BusAsker, changed: Subscriber | BusAsker) -> None:
    _keep(data, tuple(changed if other == one else other for other in every(data)))


def write_conf(data: Path) -> Path:
    """Write the part of the bus's configuration that lets in those who are listed: beside that of
    the embedded bus, for whom this runs as; else in `data`, for a bus that only reads it.

    Raises WrongCredentialsFile.
    """
    with alone_in(data):
        return _write_conf(data, subscribers_conf((one.user, one.key) for one in listed(data)))


def _write_conf(data: Path, text: str) -> Path:
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


def _keep(data: Path, credentials: tuple[Subscriber | BusAsker, ...]) -> None:
    write_whole(data / STORE, _Store(credentials=credentials).model_dump_json(indent=2))
