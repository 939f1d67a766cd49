"""Whatever is trusted in a data folder, or named by a setting, is ours or is refused."""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from services.cli.demo import MARK, _make_room
from services.engines import deployment
from services.engines.addresses import ENGINES_FILE, Engines, EnginesUnavailable, Supervisor, find
from services.engines.bus import SUBSCRIBERS_CONF
from services.engines.children import _opened
from services.engines.credentials import STORE, listed
from services.engines.embedded import LOCK_FILE, SECRETS_FILE, _passwords, alone_with
from services.engines.wires import trusting
from services.files import (
    LARGEST,
    UntrustedFile,
    followed,
    make_whole,
    private_folder,
    read_own,
    write_whole,
)
from services.notices.mail_host import CA_FILE
from services.settings import Settings, WrongSetting, secret
from services.vault.epochs import EpochKeys, master_key
from tests.scenes.certificates import authority

HOUSE = Path(__file__).parents[3]
SOMEBODY, OTHER = "a word that is somebody else's", 65534
REFUSED = (UntrustedFile, EnginesUnavailable, WrongSetting)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


def engines_of_ours() -> str:
    running = Supervisor.of(os.getpid())
    return Engines(supervisor=running, programme={}, vault={}, nats={}).model_dump_json()


def hold_alone(data: Path) -> None:
    with alone_with(data):
        pass


def log_on(data: Path) -> None:
    with _opened(data / "postgresql.log") as log:
        log.write(b"a line\n")


def keys_in(data: Path) -> EpochKeys:
    return EpochKeys(data / "master.key", data / "epochs.keys")


READ: Final[dict[str, Callable[[Path], object]]] = {
    SECRETS_FILE: _passwords,
    ENGINES_FILE: lambda data: find(data, {}),
    STORE: listed,
    "master.key": lambda data: master_key(data / "master.key", create=True),
    "epochs.keys": lambda data: keys_in(data).read(),
    "passwords.json": deployment._passwords,
    "authority.pem": lambda data: trusting(data / "authority.pem", CA_FILE),
    "url": lambda data: secret("LT_NATS_URL", {"LT_NATS_URL_FILE": str(data / "url")}),
}
"""Of each file that is read whole, who reads it."""
WRITTEN: Final[dict[str, Callable[[Path], object]]] = {
    LOCK_FILE: hold_alone,
    "postgresql.log": log_on,
    MARK: _make_room,
}
"""Of each file that is written where it is, who writes it."""
USED: Final = {**READ, **WRITTEN}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that is trusted, as it should be."""
    data = private_folder(tmp_path_factory.mktemp("made") / "data")
    write_whole(data / ENGINES_FILE, engines_of_ours())
    write_whole(data / STORE, "{}")
    write_whole(data / "url", "nats://127.0.0.1:4222")
    write_whole(data / "authority.pem", authority(data.parent).file.read_bytes())
    _passwords(data)
    deployment._passwords(data)
    master_key(data / "master.key", create=True)
    keys_in(data).begin()
    for name in WRITTEN:
        write_whole(data / name, "")
    return data


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A file that is nobody's business here."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(SOMEBODY)
    return elsewhere


def linked(file: Path, elsewhere: Path) -> None:
    file.unlink()
    file.symlink_to(elsewhere)


def leading_nowhere(file: Path, elsewhere: Path) -> None:
    file.unlink()
    file.symlink_to(elsewhere.with_name("nowhere"))


def linked_to_what_it_was(file: Path, elsewhere: Path) -> None:
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


def named_twice(file: Path, elsewhere: Path) -> None:
    file.unlink()
    file.hardlink_to(elsewhere)


def named_elsewhere_too(file: Path, elsewhere: Path) -> None:
    elsewhere.unlink()
    elsewhere.hardlink_to(file)


def a_pipe(file: Path, elsewhere: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def a_folder(file: Path, elsewhere: Path) -> None:
    file.unlink()
    file.mkdir(0o700)


def for_a_group_to_write(file: Path, elsewhere: Path) -> None:
    file.chmod(0o620)


def for_all_to_write(file: Path, elsewhere: Path) -> None:
    file.chmod(0o602)


def for_all_to_read(file: Path, elsewhere: Path) -> None:
    file.chmod(0o604)


def in_a_folder_for_all(file: Path, elsewhere: Path) -> None:
    file.parent.chmod(0o1777)


def in_a_folder_for_a_group(file: Path, elsewhere: Path) -> None:
    file.parent.chmod(0o770)


def of_another(file: Path, elsewhere: Path) -> None:
    os.chown(file, OTHER, OTHER)


def in_a_folder_of_another(file: Path, elsewhere: Path) -> None:
    os.chown(file.parent, OTHER, OTHER)


PLANTED: Final = (
    linked,
    leading_nowhere,
    linked_to_what_it_was,
    named_twice,
    named_elsewhere_too,
    a_pipe,
    a_folder,
    for_a_group_to_write,
    for_all_to_write,
    in_a_folder_for_all,
    in_a_folder_for_a_group,
)
NAMED: Final = ("url", "authority.pem")
FOLLOWED: Final = {(name, plant) for name in NAMED for plant in (linked, linked_to_what_it_was)}
"""What a setting names may be a link of ours."""
OF_ANOTHER: Final = (of_another, in_a_folder_of_another)


@pytest.mark.parametrize("name", USED)
def test_what_is_ours_is_taken(name: str, data: Path) -> None:
    USED[name](data)


def refused(name: str, plant: Callable[[Path, Path], None], data: Path, elsewhere: Path) -> None:
    plant(data / name, elsewhere)
    there = elsewhere.read_bytes() if elsewhere.exists() else b""
    with pytest.raises(REFUSED) as refusal:
        USED[name](data)
    assert "\n" not in str(refusal.value)
    assert str(data) in str(refusal.value)
    assert SOMEBODY not in str(refusal.value)
    assert (elsewhere.read_bytes() if elsewhere.exists() else b"") == there
    assert not elsewhere.with_name("nowhere").exists()


@pytest.mark.parametrize(
    ("name", "plant"),
    [(name, plant) for name in USED for plant in PLANTED if (name, plant) not in FOLLOWED],
)
def test_what_may_be_anothers_is_refused(
    name: str, plant: Callable[[Path, Path], None], data: Path, elsewhere: Path
) -> None:
    refused(name, plant, data, elsewhere)


@as_root
@pytest.mark.parametrize("plant", OF_ANOTHER, ids=lambda it: it.__name__)
@pytest.mark.parametrize("name", USED)
def test_what_belongs_to_another_is_refused_by_root_too(
    name: str, plant: Callable[[Path, Path], None], data: Path, elsewhere: Path
) -> None:
    refused(name, plant, data, elsewhere)


@pytest.mark.parametrize("name", [name for name in READ if name != "authority.pem"])
def test_a_secret_that_everybody_may_read_is_refused(
    name: str, data: Path, elsewhere: Path
) -> None:
    refused(name, for_all_to_read, data, elsewhere)


@pytest.mark.parametrize("name", READ)
def test_a_group_may_be_let_read(name: str, data: Path) -> None:
    (data / name).chmod(0o640)
    USED[name](data)


def test_all_that_we_make_is_for_us_alone_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        data = private_folder(tmp_path / "new" / "data")
        _passwords(data)
        deployment._passwords(data)
        master_key(data / "master.key", create=True)
        keys_in(data).begin()
        hold_alone(data)
        log_on(data)
        _make_room(private_folder(tmp_path / "new" / "demo"))
    finally:
        os.umask(before)
    made = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert len(made) > 8
    modes = {one: stat.S_IMODE(one.stat().st_mode) for one in made}
    assert {one: mode for one, mode in modes.items() if mode & 0o077} == {}


@as_root
def test_a_link_of_another_is_not_followed_and_one_of_ours_is(data: Path, tmp_path: Path) -> None:
    link = tmp_path / "var"
    link.symlink_to(data)
    assert find(link, {}) == find(data, {})
    assert followed(link / "secrets.json") == data / "secrets.json"
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(EnginesUnavailable, match="is a link of another user"):
        find(link, {})


def test_the_folder_of_a_setting_may_be_reached_by_links_of_ours(data: Path) -> None:
    (data / "current").symlink_to("master.key")  # as some hand over secrets
    given = Settings(master_key_file=data / "current")
    assert master_key(given.master_key) == master_key(data / "master.key")


MOUNTS: Final = """
mount -t tmpfs none "$1" && cd "$1" && mkdir ..now && ln -s ..now ..data && ln -s ..data/url url
echo nats://127.0.0.1:4222 > ..now/url && chown -R 1000:1000 ..now && chmod 1777 . && chmod 644 url
cd / && mount -o "remount,$2" "$1" && cd "$3" && LT_NATS_URL_FILE=$1/url exec "$4" -c \
    'from services.settings import secret; print(secret("LT_NATS_URL"))'
"""


@as_root
def test_what_is_mounted_read_only_is_taken_as_it_is(tmp_path: Path) -> None:
    """As container engines hand over secrets: of whichever user, open to all, behind links."""

    def read(how: str) -> subprocess.CompletedProcess[str]:
        words = ["sh", "-c", MOUNTS, "sh", str(tmp_path), how, str(HOUSE), sys.executable]
        return subprocess.run(
            [unshare, "--mount", *words], capture_output=True, text=True, check=False
        )

    unshare = shutil.which("unshare") or "/bin/false"
    if subprocess.run([unshare, "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    assert read("ro").stdout == "nats://127.0.0.1:4222\n"
    assert "WrongSetting: LT_NATS_URL_FILE: " in read("rw").stderr


def test_a_key_whose_maker_was_interrupted_is_taken(data: Path) -> None:
    (data / ".master.key.00ff00ff.draft").hardlink_to(data / "master.key")
    assert len(master_key(data / "master.key")) == 32


def test_a_file_that_is_there_stays(data: Path) -> None:
    with pytest.raises(FileExistsError):
        make_whole(data / "url", "another")
    assert read_own(data / "url") == b"nats://127.0.0.1:4222"
    assert [one.name for one in data.glob("*.draft")] == []


def test_a_link_in_the_way_is_replaced_and_not_followed(data: Path, elsewhere: Path) -> None:
    for name in ("url", ".url.draft"):
        with suppress(FileNotFoundError):
            (data / name).unlink()
        (data / name).symlink_to(elsewhere)
    write_whole(data / "url", "nats://127.0.0.1:4223")
    assert read_own(data / "url") == b"nats://127.0.0.1:4223"
    assert elsewhere.read_text() == SOMEBODY


@pytest.mark.parametrize("plant", [linked, leading_nowhere, named_twice])
def test_who_writes_for_the_bus_gets_nothing_else(
    plant: Callable[[Path, Path], None], tmp_path: Path, elsewhere: Path
) -> None:
    folder = tmp_path / "subscribers"
    deployment.make_subscribers(folder)
    plant(folder / SUBSCRIBERS_CONF, elsewhere)
    before = elsewhere.stat()
    with pytest.raises(UntrustedFile):
        deployment.make_subscribers(folder)
    assert (elsewhere.stat().st_uid, elsewhere.stat().st_mode) == (before.st_uid, before.st_mode)
    assert not elsewhere.with_name("nowhere").exists()
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere.parent)
    with pytest.raises(UntrustedFile, match="is a link"):
        deployment.make_subscribers(folder)
    assert stat.S_IMODE(elsewhere.parent.stat().st_mode) == 0o700


OTHERWISE: Final = {
    "cli/credentials.py": "makes the file of a seed, which may not be there yet",
    "cli/given.py": "the words of a command, from whichever file somebody names",
    "cli/lazy.py": "our own code, for what a command says of itself",
    "cli/leaving.py": "takes the output away",
    "cli/many.py": "a place for what nobody is to see",
    "door/requests.py": "our own document",
    "engines/accounts.py": "what the system says of processes and accounts",
    "engines/addresses.py": "what the system says of a process",
    "engines/certificates.py": "what is made beside it, in a folder that was judged",
    "engines/children.py": "the end of an engine's log, for its obituary",
    "engines/deployment.py": "the settings of Compose, which are the team's",
    "engines/schema.py": "our own SQL",
    "engines/strays.py": "what the system says of a process",
    "files.py": "the one place",
    "handbook/__main__.py": "our own pages",
    "importing/tables.py": "a spreadsheet, from whichever file somebody names",
    "web/surface.py": "our own document",
}
OPENS: Final = re.compile(
    r"\.read_text\(|\.read_bytes\(|\.write_text\(|\.write_bytes\("
    r"|(?<![\w.])(?<!def )open\(|os\.open\("
    r"|\.touch\(|(?<!os)\.open\((?:[^)]*)[\"'][rwa]b?[\"']"
)


def opening() -> Iterator[str]:
    for file in (HOUSE / "services").rglob("*.py"):
        if OPENS.search(file.read_text(encoding="utf-8")):
            yield str(file.relative_to(HOUSE / "services"))


def test_whatever_is_trusted_is_opened_in_one_place() -> None:
    """A new reader of files calls `read_own` or `open_own`, or says here why it need not."""
    assert set(opening()) - OTHERWISE.keys() == set()
    assert OTHERWISE.keys() - set(opening()) == set()


def test_a_file_that_is_too_long_is_refused_and_not_cut(tmp_path: Path) -> None:
    file = tmp_path / "long"
    write_whole(file, b"x" * LARGEST)
    assert len(read_own(file)) == LARGEST
    write_whole(file, b"x" * (LARGEST + 1))
    with pytest.raises(UntrustedFile, match="has more than 1 MiB"):
        read_own(file)
