"""`vault`: how the keys of personal values stand, and turning them while everything goes on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import TaskID

from services.cli.console import Installation, data_option, json_option, print_json, print_out
from services.cli.leaving import (
    INTERRUPTED,
    INVALID,
    REFUSED,
    UNREACHABLE,
    also_saying,
    fail,
    guarded,
)
from services.cli.ops.waiting import progress_on
from services.process.station import keys_of
from services.vault.epochs import WrongMasterKey, master_key
from services.vault.rotation import CantReplace, CantTurn, Progress, Rotation, VaultStanding

KEEPER: Final = "keeper"
LEISURE: Final = 10  # how much it leaves the processor to others (nice)
FINISHES: Final = {
    "epoch": "leading-together vault rotate epoch",
    "audiences": "leading-together vault rotate audiences",
    "master": "leading-together vault rotate master --finish",
}
NAMES: Final = {
    "epoch": "epoch",
    "audiences": "version of the audiences' keys",
    "master": "master key",
}
NOTHING_YET: Final = (
    "Nothing is kept in the vault yet: its first epoch begins when the worker `commands` starts."
)


DONE_WITH_MASTER: Final = {
    "finished": "Only the present master key opens the vault from now on.",
    "replaced": (
        "{file} holds another master key, and the one before opens nothing any more. Keep a copy "
        "of it apart from all backups."
    ),
    "allowed": (
        "Both master keys open the vault now. Put the new one in the place of {file}, start anew "
        f"whoever reads it, and then call `{FINISHES['master']}`."
    ),
}
GOES_ON: Final = "Nothing is lost: call the same again, and it goes on."
GIVE_ONE: Final = "Make a new key (`openssl rand -hex 32`), and give its file with --new-key."


@click.group()
def vault() -> None:
    """See how the keys of personal values stand, and turn them.

    Exit codes: 0 done, 1 refused or somebody has to look, 2 a wrong call, 3 engines unreachable
    or keys missing.
    """


@vault.command()
@json_option
@data_option
@guarded
def status(as_json: bool, data: Path | None) -> None:
    """Epoch, keys and people, and what was interrupted with the command that finishes it.

    Exit codes: 0 all is well, 1 something was interrupted or nothing is there yet, 3 engines
    unreachable or keys missing.
    """
    with _rotation(Installation(data)) as rotation:
        found = rotation.standing()
    left = {what: FINISHES[what] for what in found.unfinished}
    if as_json:
        print_json({**found._asdict(), "unfinished": left})
    else:
        print_out(*in_words(found))
    if left:
        raise SystemExit(REFUSED)


def in_words(found: VaultStanding) -> Iterator[str]:
    """Epoch, keys, people and what is left to do: a line each."""
    yield f"Epoch       {found.epoch}, since {found.began}"
    yield f"Keys        {found.keys}, {found.destroyed} of them destroyed"
    yield f"People      {found.people}, {found.unindexed} of them not findable yet"
    for what in found.unfinished:
        yield f"Interrupted: a new {NAMES[what]}. `{FINISHES[what]}` finishes it."
    if not found.unfinished:
        yield "Nothing was interrupted."


@vault.group()
def rotate() -> None:
    """Put new keys in the place of old ones, while everything goes on.

    Each can be interrupted anywhere: the same command finishes it, and everything can be read
    meanwhile. Exit codes: 0 done, 1 refused, 2 a wrong call, 3 engines unreachable or keys
    missing, 130 interrupted.
    """


@rotate.command()
@json_option
@data_option
@guarded
def epoch(as_json: bool, data: Path | None) -> None:
    """End the epoch: what was copied from the vault before opens nothing any more.

    Every copy of the vault goes stale by it, wherever it is: dumps, rows, pages of the disk, WAL.
    So whoever was erased can't be read from an old backup. Old backups of the vault are of no
    use afterwards: make a new one at once, and keep a copy of the file of epochs apart from it.
    The old epoch is gone when older copies of that file are destroyed too.

    Exit codes: as `vault rotate`.
    """
    installation = Installation(data)
    with _turning(installation, quiet=as_json) as rotation:
        number = rotation.epoch()
    _tell(
        {"epoch": number},
        f"Epoch {number} has begun. What was copied from the vault before opens nothing any more.\n"
        "Now make a new backup of the vault and, apart from it, of "
        f"{installation.settings.epoch_keys}; and destroy all older copies of that file.",
        as_json=as_json,
    )


@rotate.command()
@json_option
@data_option
@guarded
def audiences(as_json: bool, data: Path | None) -> None:
    """Give every person, panel, cohort, case and run a new version of their key.

    What is sealed from now on is sealed by it, so whoever got hold of an old key reads nothing
    new. What was sealed before is opened as before.

    Exit codes: as `vault rotate`.
    """
    with _turning(Installation(data), quiet=as_json) as rotation:
        count = rotation.audiences()
    _tell(
        {"audiences": count},
        f"New versions of keys: {count}. By them is sealed what is new.",
        as_json=as_json,
    )


@rotate.command()
@click.option(
    "--new-key",
    "new_key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file of the new master key: 64 hexadecimal digits (default: one by chance).",
)
@click.option("--finish", is_flag=True, help="The new one is in its place: let only it open.")
@json_option
@data_option
@guarded
def master(new_key: Path | None, finish: bool, as_json: bool, data: Path | None) -> None:
    """Put another master key in the place of the present one, which then opens nothing any more.

    Where the file of the master key can't be replaced from here (a mounted secret, say), give the
    new one with --new-key: both are allowed then. Put it in its place, start anew whoever reads
    it, and call this again with --finish.

    Exit codes: as `vault rotate`.
    """
    if new_key and finish:
        fail("Give --new-key first, and --finish when the new key is in its place.", INVALID)
    installation = Installation(data)
    new = _key_in(new_key) if new_key else None
    with _turning(installation, quiet=as_json) as rotation:
        if finish:
            rotation.finish()
            done = "finished"
        else:
            done = _replaced(rotation, new)
    words = DONE_WITH_MASTER[done].format(file=installation.settings.master_key)
    _tell({"master": done}, words, as_json=as_json)


def _key_in(file: Path) -> bytes:
    try:
        return master_key(file)
    except WrongMasterKey as error:
        fail(f"{error} Nothing was changed.", INVALID)


def _replaced(rotation: Rotation, new: bytes | None) -> str:
    """Replace the master key, or allow the new one where its file can't be replaced from here."""
    try:
        rotation.master(new)
    except CantReplace as error:
        if new is None:
            fail(f"{error} {GIVE_ONE}", REFUSED)
        rotation.allow(new)
        return "allowed"
    return "replaced"


@contextmanager
def _rotation(
    installation: Installation, progress: Progress = lambda *_: None
) -> Iterator[Rotation]:
    """The vault's keys as their keeper, if there are any."""
    url = installation.engines().vault.get(KEEPER)
    if url is None:
        fail(
            "The engines were started by an older version: stop them, and start again.", UNREACHABLE
        )
    master_key(installation.settings.master_key)
    with Rotation(url, keys_of(installation.settings), progress) as rotation:
        if not rotation.has_begun():
            fail(NOTHING_YET, REFUSED)
        yield rotation


@contextmanager
def _turning(installation: Installation, *, quiet: bool) -> Iterator[Rotation]:
    """The same with progress, and a word on what to do if it can't go on."""
    os.nice(LEISURE)
    file = installation.settings.epoch_keys
    if file.exists() and file.stat().st_uid != os.geteuid():
        fail(f"{file} is another user's: be that one, so that it can be read as before.", REFUSED)
    try:
        with (
            _progress(quiet=quiet) as progress,
            also_saying(GOES_ON),
            _rotation(installation, progress) as rotation,
        ):
            yield rotation
    except CantTurn as error:
        fail(str(error), REFUSED)
    except OSError as fault:
        fail(
            f"{file} can't be written ({fault.strerror}): call it again where it can be; nothing "
            "is lost.",
            UNREACHABLE,
        )
    except KeyboardInterrupt:
        fail("Stopped half-way: call it again, and it goes on.", INTERRUPTED)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar for all that is gone through, one after the other."""
    console = Console()
    with progress_on(console, hidden=quiet or not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _tell(answer: dict[str, Any], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        print_out(*words.split("\n"))
