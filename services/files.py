"""Files that are ours or are refused, there whole or not at all, and that nobody else may read.

What is to be trusted is opened first and judged then, by the descriptor: between a look at a name
and its use somebody could put another thing in its place. No link is followed below its folder.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

from services.shell import to_type

ROOT: Final = 0  # may change all there is anyway
LARGEST: Final = 2**20  # bytes that a file of ours may have
LONGEST: Final = 40  # links one after the other, as Linux counts them
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
# A pipe that somebody put there would have us wait for ever, a terminal would become ours.
SAFELY: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
DRAFT: Final = ".draft"


class UntrustedFile(RuntimeError):
    """What is to be trusted may be somebody else's work; the text says which file, and what to do.

    Nothing was read from it or written to it.
    """


class WrongFile(RuntimeError):
    """What a file of ours holds can't be read as what it is to be; the text names it, and says what
    to do.
    """


@dataclass(frozen=True)
class Account:
    """The user and group that an engine runs as when we are root."""

    uid: int
    gid: int


def read_own(path: Path, *, named: bool = False, public: bool = False) -> bytes:
    """What a file holds that only we and root can have written and nobody else can read.

    A group may read it, if its owner lets it. With `named`, for a file that a setting names, one
    on a file system that is mounted read-only is taken as it is: so container engines hand over
    secrets, whoever owns them. With `public`, everybody may read it. Raises UntrustedFile, OSError.
    """
    with (
        _entered(followed(path.parent)) as folder,
        opened(path, os.O_RDONLY, folder) as descriptor,
    ):
        if not (named and (_is_read_only(folder) or _is_read_only(descriptor))):
            _must_be_ours(path.parent, os.fstat(folder))
            _must_be_ours_alone(path, descriptor, folder)
            if not public:
                _must_be_secret(path, os.fstat(descriptor))
        return _read(path, descriptor)


def certificates_in(file: Path) -> str:
    """Who may vouch for a server, of a file that a setting names (PEM): whoever could write to it
    could be any server. Raises UntrustedFile, OSError.

    An empty text would have the system's trusted instead: it is none.
    """
    return read_own(followed(file), named=True, public=True).decode("ascii", "ignore") or " "


def open_own(path: Path, flags: int) -> int:
    """A descriptor of a file of ours in a folder of ours, made with mode 0600 if `flags` say so.

    Raises UntrustedFile, OSError.
    """
    with _entered(followed(path.parent)) as folder:
        _must_be_ours(path.parent, os.fstat(folder))
        with opened(path, flags, folder) as descriptor:
            _must_be_ours_alone(path, descriptor, folder)
            return os.dup(descriptor)


def write_whole(path: Path, content: str | bytes, account: Account | None = None) -> None:
    """Write a file with mode 0600, durably, for `account` or else for ourselves. OSError if not.

    The draft is made anew and renamed, so a link planted in an engine's own folder is replaced
    and not followed.
    """
    draft = f".{path.name}{DRAFT}"
    with _entered(path.parent) as folder:
        _remove(draft, folder)
        try:
            _write(draft, folder, content, account)
            os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            _remove(draft, folder)
            raise
        os.fsync(folder)


def make_whole(path: Path, content: str | bytes) -> None:
    """As `write_whole`, unless the file is there: then it stays, and FileExistsError is raised."""
    draft = f".{path.name}.{os.urandom(4).hex()}{DRAFT}"
    with _entered(path.parent) as folder:
        try:
            _write(draft, folder, content, None)
            os.link(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        finally:
            _remove(draft, folder)
        os.fsync(folder)


def sync_folder(folder: Path) -> None:
    """Have a folder on the disk as it is: a file is not durable before its name is."""
    with _entered(folder) as descriptor:
        os.fsync(descriptor)


def private_folder(path: Path, account: Account | None = None) -> Path:
    """Make sure of a folder that belongs to `account`, or else to ourselves; a new one has mode
    0700, and so have those above it that are not there.

    Raises UntrustedFile if it is there and belongs to somebody else, or if others may write in it.
    """
    for missing in reversed([one for one in (path, *path.parents) if not os.path.lexists(one)]):
        with suppress(FileExistsError):
            missing.mkdir(mode=0o700)
    must_be_a_folder(path)
    with _entered(path, os.O_NOFOLLOW) as folder:
        owner = os.fstat(folder).st_uid
        if account and owner in {os.geteuid(), account.uid}:
            os.fchown(folder, account.uid, account.gid)
        _must_be_ours(path, os.fstat(folder), account)
    return path


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """One at a time in a folder: who reads a file and writes it again would lose what another wrote
    meanwhile. Who comes second waits.
    """
    with _entered(folder) as descriptor:
        flock(descriptor, LOCK_EX)
        yield


def why_no_folder(path: Path, *, there: bool = False) -> str | None:
    """Why a path can be no folder, in a sentence; None if it is one, or can be made, unless it is
    to be `there`.
    """
    try:
        found = followed(path)
        missing = [one for one in (found, *found.parents) if not os.path.lexists(one)]
        for one in missing:  # the system tells a name that is too long only of what is looked up
            with suppress(FileNotFoundError):
                one.lstat()
    except (OSError, ValueError, UntrustedFile) as fault:
        return why_not_made(path, fault)
    first = missing[-1].parent if missing else found
    if not first.is_dir():
        return f"{first} is a file. Take it away, or name another place."
    return f"{missing[-1]} is not there. Make it first." if there and missing else None


def why_not_made(path: Path, fault: Exception) -> str:
    """What stands in the way of making a folder, or writing in it, and what to do: a sentence."""
    if not isinstance(fault, OSError):
        return (
            str(fault) if isinstance(fault, UntrustedFile) else "No name of a folder holds a NUL."
        )
    if fault.errno in {errno.EACCES, errno.EPERM}:
        return _why_not_allowed(path)
    return {
        errno.ENOTDIR: f"{path} is a file, or lies below one. Name another place.",
        errno.EEXIST: f"{path} is a file. Take it away, or name another place.",
        errno.ENAMETOOLONG: "A name in it is longer than the disk takes. Choose a shorter one.",
        errno.ELOOP: f"{path} is a link that leads back to itself. Name the folder itself.",
        errno.ENOSPC: f"The disk of {path} is full. Make room, or name another place.",
        errno.EDQUOT: f"You may have no more on the disk of {path}. Name another place.",
        errno.EROFS: f"The disk of {path} can't be written to. Name another place.",
    }.get(fault.errno or 0, f"{path} can't be used ({fault.strerror}). Name another place.")


def _why_not_allowed(path: Path) -> str:
    """Whose the folder is that we may not enter, or not write in."""
    here = path.absolute()
    there = [one for one in (*reversed(here.parents), here) if os.path.isdir(one)]  # noqa: PTH112 - where we may not look it is no fault
    closed = next((one for one in there if not os.access(one, os.X_OK)), there[-1])
    if closed.stat().st_uid == os.geteuid():
        given = f"`chmod u+rwx {to_type(str(closed))}`"
        return f"You may not write to {closed}, which is yours: call {given}."
    return f"{closed} belongs to another user: be that user, or name another place."


def must_be_a_folder(path: Path) -> None:
    """UntrustedFile for a link, or something else."""
    if path.is_symlink():
        raise UntrustedFile(_a_link(path))
    if not path.is_dir():
        raise UntrustedFile(f"{path} is no folder: take it away, or name another one.")


def hand_over(path: Path, account: Account, mode: int) -> None:
    """Give a file or folder to an account, and let it have this mode.

    UntrustedFile for a link, and for a file with another name: nobody knows what else it is.
    """
    with _entered(path.parent) as folder, opened(path, os.O_RDONLY, folder) as descriptor:
        status = os.fstat(descriptor)
        if not (stat.S_ISDIR(status.st_mode) or _is_alone(path, status, folder)):
            raise UntrustedFile(_named_twice(path))
        os.fchown(descriptor, account.uid, account.gid)
        os.fchmod(descriptor, mode)


def followed(path: Path) -> Path:
    """Where a path leads that somebody may have put together of links: without any, and absolute.

    UntrustedFile for a link that somebody else than we and root made.
    """
    path = path.absolute()
    for _ in range(LONGEST):
        links = (one for one in (*reversed(path.parents), path) if one.is_symlink())
        link = next(links, None)
        if link is None:
            return Path(os.path.normpath(path))
        if link.lstat().st_uid not in {os.geteuid(), ROOT}:
            raise UntrustedFile(f"{link} is a link of another user: name the place itself.")
        path = link.parent / link.readlink() / path.relative_to(link)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


@contextmanager
def _entered(folder: Path, flags: int = 0) -> Iterator[int]:
    """A folder as a descriptor: whatever its name comes to mean, it stays this one."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path, flags: int, folder: int) -> Iterator[int]:
    """What has the name of a path in a folder that was entered, without a step behind a link.

    UntrustedFile if it is one, or nothing that could be a file; OSError.
    """
    try:
        descriptor = os.open(path.name, flags | SAFELY, 0o600, dir_fd=folder)
    except OSError as fault:
        if fault.errno in {errno.ELOOP, errno.EMLINK}:
            raise UntrustedFile(_a_link(path)) from None
        if fault.errno in {errno.ENXIO, errno.EISDIR, errno.ENODEV}:
            raise UntrustedFile(_no_file(path)) from None
        raise
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UntrustedFile(f"{path} has more than 1 MiB: put the file in its place.")
    return content


def _must_be_ours(path: Path, status: os.stat_result, account: Account | None = None) -> None:
    """A folder or file that nobody but we (or the account) and root may write."""
    if status.st_uid not in {os.geteuid(), ROOT, account.uid if account else ROOT}:
        raise UntrustedFile(
            f"{path} belongs to another user (of uid {status.st_uid}): be that user, or name "
            "another place, of your own."
        )
    if status.st_mode & OTHERS_WRITE:
        raise UntrustedFile(
            f"Others may write to {path}: see that what it holds is yours, then call "
            f"`chmod go-w {to_type(str(path))}`."
        )


def _must_be_ours_alone(path: Path, descriptor: int, folder: int) -> None:
    """A plain file of ours, which no other folder knows under another name."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UntrustedFile(_no_file(path))
    _must_be_ours(path, status)
    # A draft may go between one look and the other.
    if not (_is_alone(path, status, folder) or _is_alone(path, os.fstat(descriptor), folder)):
        raise UntrustedFile(_named_twice(path))


def _must_be_secret(path: Path, status: os.stat_result) -> None:
    if status.st_mode & stat.S_IROTH:
        raise UntrustedFile(
            f"Everybody may read {path}: if others could, it is no secret any more. Then, or after "
            f"you have put another one in its place, call `chmod o-rwx {to_type(str(path))}`."
        )


def _is_alone(path: Path, status: os.stat_result, folder: int) -> bool:
    """Whether a file has one name, beside that of its draft if whoever made it was interrupted;
    or none any more, when another one was just put in its place.
    """
    return status.st_nlink <= 1 + sum(
        _is_at(name, status, folder)
        for name in (os.listdir(folder) if status.st_nlink > 1 else ())
        if name.startswith(f".{path.name}.") and name.endswith(DRAFT)
    )


def _is_at(name: str, status: os.stat_result, folder: int) -> bool:
    try:
        return os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), status)
    except FileNotFoundError:
        return False


def _is_read_only(descriptor: int) -> bool:
    return bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)


def _named_twice(path: Path) -> str:
    return (
        f"{path} has another name somewhere, under which it may be another's: put a copy in its "
        "place."
    )


def _a_link(path: Path) -> str:
    return f"{path} is a link: put what it leads to in its place."


def _no_file(path: Path) -> str:
    return f"{path} is no plain file: put the file in its place."


def _write(name: str, folder: int, content: str | bytes, account: Account | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        if account:
            os.fchown(descriptor, account.uid, account.gid)
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(descriptor)


def _remove(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
