"""As whom engines run when we are root: as a user that nobody else is, and PostgreSQL refuses root.

An account that others have too (`nobody`) would let them read the engines' memory and files, and
signal them. So each data folder has a uid of its own, without an entry anywhere: whose it is stands
in the owner of the engines' folders.
"""

import grp
import os
import pwd
import secrets
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from services.engines.addresses import EnginesUnavailable
from services.engines.strays import Strays, mark
from services.files import (
    ROOT,
    Account,
    UntrustedFile,
    must_be_a_folder,
    opened,
    private_folder,
)

# Above all users and services and below what is lent to containers (https://systemd.io/UIDS-GIDS);
# the second where a container has no others.
RANGES: Final = (range(66_000, 100_000), range(60_578, 61_184))
TRIES: Final = 1000
BINARIES: Final = {"postgres": "postgres", "nats": "nats-server"}  # by folder
LENT: Final = (Path("/etc/subuid"), Path("/etc/subgid"))
MAPS: Final = (Path("/proc/self/uid_map"), Path("/proc/self/gid_map"))


def account_of(data: Path) -> Account | None:
    """Who runs the engines of a data folder: None for ourselves, if we are not root.

    What the engines have there is given to a new account if it was root's, or if somebody else is
    who they were. Raises UntrustedFile, EnginesUnavailable.
    """
    folders = [data / name for name in BINARIES if os.path.lexists(data / name)]
    for folder in folders:
        must_be_a_folder(folder)
    account = _account(data, folders) if os.geteuid() == ROOT else None
    for folder in folders:
        private_folder(folder, account)
    return account


def _account(data: Path, folders: list[Path]) -> Account:
    owners = {folder.lstat().st_uid for folder in folders}
    if len(owners) == 1 and _is_theirs_alone(uid := owners.pop(), data):
        return Account(uid, uid)
    account = _fresh()
    for folder in folders:
        # Who was killed may have left some that still write here.
        Strays(BINARIES[folder.name], mark(folder)).clear(signal.SIGINT)
        give(folder, account)
    return account


def stand_in(account: Account | None) -> Account | None:
    """Who makes a cluster in place of an account, which then gets it: initdb wants to know the name
    of who it is. Somebody of whom nothing runs; `nobody` if there is no other.
    """
    if account is None:
        return None
    busy = _busy()
    known = [one for one in pwd.getpwall() if one.pw_uid and _is_mapped(one.pw_uid)]
    idle = [one for one in known if one.pw_uid not in busy]
    nobody = [one for one in known if one.pw_name == "nobody"]
    # Of those who can't sign in, to begin with, it is least likely that they do so just now.
    idle.sort(key=lambda one: not one.pw_shell.endswith(("nologin", "false")))
    if not (idle or nobody):
        raise EnginesUnavailable(
            "PostgreSQL can't make its files as root, and this system has no other user: start "
            "leading-together as an ordinary one."
        )
    found = (idle or nobody)[0]
    return Account(found.pw_uid, account.gid)


def give(folder: Path, account: Account | None) -> None:
    """Give a folder and all in it to an account, itself at last, so that it is done whole.

    Raises UntrustedFile if it is none, or holds something that may be another's.
    """
    if account is None:
        return
    owner = folder.lstat().st_uid
    for inner, _, files, here in os.fwalk(folder, topdown=False):
        for name in files:
            _give(Path(inner, name), here, owner, account)
        if Path(inner) != folder:
            os.fchown(here, account.uid, account.gid)
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _give(path: Path, folder: int, owner: int, account: Account) -> None:
    """A file, if it is what it seems to be: whoever could write here may have linked it."""
    if stat.S_ISLNK(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode):
        return  # nobody asks whose a link is
    with opened(path, os.O_RDONLY, folder) as file:
        found = os.fstat(file)
        theirs = found.st_uid == owner or _is_ours(found.st_uid)  # or who was here was interrupted
        if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and theirs):
            raise UntrustedFile(
                f"{path} is no file of the engines: see whose it is, and take it away."
            )
        os.fchown(file, account.uid, account.gid)


def _fresh() -> Account:
    """An account that nobody has."""
    busy = _busy()
    for uids in RANGES:
        for _ in range(TRIES):
            uid = secrets.choice(uids)
            if uid not in busy and _is_nobodys(uid):
                return Account(uid, uid)
    raise EnginesUnavailable(
        "There is no uid here that nobody has, as which the engines could run: start "
        "leading-together as an ordinary user."
    )


def _is_theirs_alone(uid: int, data: Path) -> bool:
    """Whether a uid is one of ours, and all that runs as it are the engines of this folder."""
    engines = {
        pid
        for name, binary in BINARIES.items()
        if (data / name).exists()
        for pid in Strays(binary, mark(data / name)).pids()
    }
    others = {pid for pid, whose in _running().items() if uid in whose} - engines
    return _is_ours(uid) and _is_nobodys(uid) and not others


def _is_ours(uid: int) -> bool:
    """Whether a uid is one of those that we give."""
    return any(uid in uids for uids in RANGES)


def _is_nobodys(uid: int) -> bool:
    """Whether no user and no group has this number, nor is it lent to one for their containers."""
    return (
        _is_mapped(uid)
        and not _has_entry(pwd.getpwuid, uid)
        and not _has_entry(grp.getgrgid, uid)
        and not any(uid in lent for lent in _lent())
    )


def _has_entry(look_up: Callable[[int], object], uid: int) -> bool:
    try:
        look_up(uid)
    except KeyError:
        return False
    return True


def _lent() -> Iterator[range]:
    for file in LENT:
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else ()
        for line in lines:
            _, _, numbers = line.partition(":")
            first, _, many = numbers.partition(":")
            if first.isdigit() and many.isdigit():
                yield range(int(first), int(first) + int(many))


def _is_mapped(uid: int) -> bool:
    """Whether this container has the number, as user and as group."""
    for file in MAPS:
        lines = (line.split() for line in file.read_text(encoding="ascii").splitlines())
        if not any(int(first) <= uid < int(first) + int(many) for first, _, many in lines):
            return False
    return True


def _busy() -> set[int]:
    """All as whom something runs."""
    return {uid for whose in _running().values() for uid in whose}


def _running() -> dict[int, set[int]]:
    """As whom each process runs: its pid, and its uids."""
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                status = Path(entry.path, "status").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has gone
            line = status.partition("\nUid:")[2].partition("\n")[0]
            found[int(entry.name)] = set(map(int, line.split()))
    return found
