"""The last step before an engine runs: it will die with us, and holds no more rights than it needs.

Run as a script of its own, because code between fork and exec is not safe in a threaded process.
Arguments: our pid, the signal by which the kernel tells the engine that we are gone, the uid and
gid to become (or ours), then the engine's own command.
"""

import ctypes
import os
import resource
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
LARGEST_CORE = 1  # as services/secrecy.py has it, with the reason


def become(uid: int, gid: int) -> None:
    """Give up root for good, with all groups."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def leave_no_core() -> None:
    """Whoever crashes leaves no memory behind: rows and passwords are in it."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    least = LARGEST_CORE if hard == resource.RLIM_INFINITY else min(LARGEST_CORE, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))


def main(parent: str, farewell: str, uid: str, gid: str, *command: str) -> None:
    """Become the engine, unless our parent has died meanwhile."""
    leave_no_core()
    become(int(uid), int(gid))
    libc = ctypes.CDLL(None, use_errno=True)
    # After the change of uid, which would clear it.
    if libc.prctl(PR_SET_PDEATHSIG, int(farewell), 0, 0, 0) != 0:
        sys.exit("this system can't tell a process that its parent has died")
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("started by a process that is gone")
    os.umask(0o077)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted between us and the engine


if __name__ == "__main__":
    main(*sys.argv[1:])
