"""Files that are there whole or not at all, and that nobody else may read."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """The user and group that an engine runs as when we are root."""

    uid: int
    gid: int


def write_whole(path: Path, content: str | bytes, account: Account | None = None) -> None:
    """Write a file with mode 0600, durably, for `account` or else for ourselves. OSError if not.

    The draft is made anew and renamed, so a link planted in an engine's own folder is replaced
    and not followed.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        _write(draft, content, account)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_whole(path: Path, content: str | bytes) -> None:
    """As `write_whole`, unless the file is there: then it stays, and FileExistsError is raised."""
    if path.exists():
        raise FileExistsError(path.name)
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.draft")
    try:
        _write(draft, content, None)
        path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write(path: Path, content: str | bytes, account: Account | None) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if account:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Have a folder on the disk as it is: a file is not durable before its name is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_folder(path: Path, account: Account | None = None) -> Path:
    """Make sure of a folder with mode 0700 that belongs to `account`, or else to ourselves."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return path
