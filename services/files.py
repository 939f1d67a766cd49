"""Files that hold secrets: written whole or not at all, and never readable by anybody else."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """The user and group that an engine runs as when we are root."""

    uid: int
    gid: int


def write_private(path: Path, text: str, account: Account | None = None) -> None:
    """Write `text` with mode 0600, durably, for `account` or else for ourselves.

    The draft is made anew and renamed, so a link planted in an engine's own folder is replaced
    and not followed.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if account:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def private_folder(path: Path, account: Account | None = None) -> Path:
    """Make sure of a folder with mode 0700 that belongs to `account`, or else to ourselves."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return path
