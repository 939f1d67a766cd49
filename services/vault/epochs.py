"""The keys of epochs, in a file apart from the vault, and the master key that wraps them.

An epoch's key wraps all keys of the vault. When the epoch ends they are wrapped anew and it goes:
what was copied from the vault before opens nothing then, whatever master key is at hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from os import urandom
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from services.files import make_whole, private_folder, read_own, write_whole

NONCE_BYTES, KEY_BYTES = 12, 32
SECRET_BYTES: Final = NONCE_BYTES + KEY_BYTES + 16  # of a wrapped key, with its tag
FIRST: Final = 1  # the number of the first epoch


class WrongMasterKey(RuntimeError):
    """The master key does not open this vault. Set LT_MASTER_KEY_FILE to its present master key."""


class LostEpoch(RuntimeError):
    """The key of the vault's epoch is not in its file. Restore the file that LT_EPOCH_KEYS_FILE
    names; without it no personal value can be read.
    """


class Epoch(NamedTuple):
    """An epoch's key, and when it was made (RFC 3339)."""

    number: int
    began: str
    key: bytes


Line = tuple[int, str, bytes]
"""An epoch in its file: number, when it was made, and its key under one of the master keys."""


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, by HKDF's expand step (RFC 5869, SHA-256)."""
    return HKDFExpand(SHA256(), KEY_BYTES, b"leading-together " + purpose.encode()).derive(key)


def wrapped(wrapping: bytes, key: bytes, name: str) -> bytes:
    """A key under another one: nonce, ciphertext and tag of AES-256-GCM, bound to its name."""
    nonce = urandom(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key, name.encode())


def unwrapped(wrapping: bytes, secret: bytes, name: str) -> bytes:
    """What `wrapped` wrapped; InvalidTag if it was under another key or name."""
    return AESGCM(wrapping).decrypt(secret[:NONCE_BYTES], secret[NONCE_BYTES:], name.encode())


def master_key(file: Path, *, create: bool = False) -> bytes:
    """The 32 bytes in a file of 64 hexadecimal digits; made if absent and `create`.

    Raises WrongMasterKey, UntrustedFile.
    """
    if create and not file.exists():
        with suppress(FileExistsError):  # somebody else was faster
            make_whole(file, urandom(KEY_BYTES).hex() + "\n")
    try:
        key = bytes.fromhex(read_own(file, named=True).decode("ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongMasterKey(f"{file} must hold the vault's master key: 64 hexadecimal digits.")
    return key


class EpochKeys:
    """The keys of the epochs that have not ended; safe for threads, and read anew when told."""

    def __init__(self, master: Path, file: Path) -> None:
        """The files of the master key and of the epochs; nothing is read yet."""
        self.master, self.file = master, file
        self._known: Mapping[int, bytes] = {}
        self._lock = Lock()

    def begin(self, key: bytes | None = None) -> None:
        """Make the first epoch, with this key or one by chance, unless there is a file already."""
        if not self.file.exists():
            private_folder(self.file.parent)
            first = Epoch(FIRST, _now(), key or urandom(KEY_BYTES))
            with suppress(FileExistsError):  # somebody else was faster
                make_whole(self.file, _text([first], [master_key(self.master)]))

    def key(self, number: int) -> bytes:
        """The key of an epoch; LostEpoch if the file has none, WrongMasterKey if it is not ours."""
        known = self._known.get(number)
        if known is None:
            self.look_anew()
            known = self._known.get(number)
        if known is None:
            raise LostEpoch(LostEpoch.__doc__)
        return known

    @property
    def at_hand(self) -> Mapping[int, bytes]:
        """The keys that were read, by the number of their epoch."""
        return self._known

    def look_anew(self) -> None:
        """Read both files again: epochs begin and end, and the master key may be another."""
        with self._lock:
            try:
                epochs = self.read()
            except WrongMasterKey:  # both files were changed between reading one and the other
                epochs = self.read()
            self._known = {one.number: one.key for one in epochs}

    def read(self) -> list[Epoch]:
        """The epochs in the file, in their order; UntrustedFile if it may be another's."""
        master = master_key(self.master)
        found = {}
        for number, began, secret in self._lines():
            with suppress(InvalidTag):  # a line of the other master key, while it is changed
                key = unwrapped(master, secret, _name(number, began))
                found[number] = Epoch(number, began, key)
        if not found:
            raise WrongMasterKey(WrongMasterKey.__doc__)
        return [found[number] for number in sorted(found)]

    def allowed(self) -> list[bool]:
        """The master keys that open the newest epoch, in the order in which they were allowed: of
        each whether it is the one in its file.
        """
        master, lines = master_key(self.master), self._lines()
        newest = max((number for number, *_ in lines), default=0)
        return [_opens(master, line) for line in lines if line[0] == newest]

    def write(self, epochs: Sequence[Epoch], masters: Iterable[bytes] = ()) -> None:
        """Replace the file: these epochs, under these master keys or else the present one."""
        write_whole(self.file.resolve(), _text(epochs, list(masters) or [master_key(self.master)]))

    def _lines(self) -> list[Line]:
        try:
            lines = read_own(self.file, named=True).decode("ascii").splitlines()
            words = [line.split(" ") for line in lines]
            found = [(int(number), began, bytes.fromhex(it)) for number, began, it in words]
        except (OSError, ValueError):
            found = []
        if not found or any(len(secret) != SECRET_BYTES for *_, secret in found):
            raise LostEpoch(LostEpoch.__doc__)
        return found


def new_epoch(number: int) -> Epoch:
    """An epoch with a key by chance, that begins now."""
    return Epoch(number, _now(), urandom(KEY_BYTES))


def _text(epochs: Sequence[Epoch], masters: Sequence[bytes]) -> str:
    lines = (
        f"{one.number} {one.began} {wrapped(it, one.key, _name(one.number, one.began)).hex()}\n"
        for one in epochs
        for it in masters
    )
    return "".join(lines)


def _opens(master: bytes, line: Line) -> bool:
    number, began, secret = line
    try:
        unwrapped(master, secret, _name(number, began))
    except InvalidTag:
        return False
    return True


def _name(number: int, began: str) -> str:
    return f"epoch {number} {began}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
