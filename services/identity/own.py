"""Our own issuer: short tokens for people of a data folder, for services and for tests.

Its keys are Ed25519, in a file that nobody else may read. What others need to verify its tokens
are the public keys alone, in a file of their own (a JWK set). A new key begins at once; the one
before goes on being accepted until the last token that it signed has expired.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

import structlog
from joserfc import jwt
from joserfc.jwk import Key, OKPKey

from services.clock import Clock
from services.files import (
    UntrustedFile,
    WrongFile,
    alone_in,
    followed,
    private_folder,
    read_own,
    write_whole,
)
from services.identity.claims import ACCESS
from services.identity.keys import ED25519, VerifyingKeys, usable_keys
from services.identity.refusals import KeysUnavailable
from services.identity.strict_json import read_strictly

LONGEST: Final = timedelta(hours=1)  # that a token of ours may last
USUAL: Final = timedelta(minutes=15)
GRACE: Final = timedelta(minutes=5)  # for clocks that differ
PURPOSE: Final = {"use": "sig", "alg": ED25519}
log = structlog.get_logger()


class WrongKeysFile(WrongFile):
    """A file of our own issuer's keys can't be read as one; the text names it and what to do."""


@dataclass(frozen=True, repr=False)
class OwnKey:
    """One key, as a JWK. `until` is when it is no longer accepted, None for the one that signs."""

    jwk: Mapping[str, str]
    since: datetime
    until: datetime | None = None

    @property
    def id(self) -> str:
        """Its thumbprint (RFC 7638)."""
        return self.jwk["kid"]

    def public(self) -> dict[str, Any]:
        """The JWK that everybody may have."""
        told = {name: it for name, it in self.jwk.items() if name != "d"} | PURPOSE
        return told | ({"exp": int(self.until.timestamp())} if self.until else {})


class OwnIssuer:
    """Issues tokens, and changes the keys that sign them."""

    def __init__(self, issuer: str, audience: str, keys: Path, public: Path) -> None:
        """`keys` and `public` are the files of its keys; nothing is read yet."""
        self.issuer, self.audience = issuer, audience
        self._file, self._public = keys, public

    def begin(self, now: datetime) -> None:
        """Make the first key, unless there is one."""
        with alone_in(private_folder(self._file.parent)):
            if not self._file.exists():
                self._keep([_new(now)])

    def token(
        self,
        subject: str,
        now: datetime,
        *,
        lasting: timedelta = USUAL,
        level: str | None = None,
        methods: Iterable[str] = (),
    ) -> str:
        """A token for somebody, as `subject`. It lasts an hour at most (ValueError)."""
        if not timedelta(0) < lasting <= LONGEST:
            raise ValueError(f"a token of ours lasts at most {LONGEST}")
        key = self.own_keys()[0]
        claims = {
            "iss": self.issuer,
            "sub": subject,
            "aud": self.audience,
            "client_id": self.issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + lasting).timestamp()),
            "jti": os.urandom(16).hex(),
        }
        claims |= {"acr": level} if level else {}
        claims |= {"amr": list(methods)} if methods else {}
        header = {"alg": ED25519, "kid": key.id, "typ": ACCESS}
        signing = OKPKey.import_key(dict(key.jwk))
        return jwt.encode(header, claims, signing, algorithms=[ED25519])

    def own_keys(self) -> list[OwnKey]:
        """The keys, the one that signs first; WrongKeysFile if there are none."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            document = read_strictly(read_own(followed(self._file), named=True))
            keys = [_from(one) for one in document["keys"]]
            if keys and "d" in keys[0].jwk:
                return keys
        raise WrongKeysFile(
            f"{self._file} must hold the keys of our own issuer. Restore it, or remove it and begin"
            " anew with `leading-together identity keys rotate`; tokens issued before are refused"
            " then."
        )

    def rotate(self, now: datetime, *, at_once: bool = False) -> OwnKey:
        """Sign with a new key from now on.

        Those before go on being accepted until their tokens have expired; not if `at_once`, as
        when one was stolen.
        """
        with alone_in(private_folder(self._file.parent)):
            before = self.own_keys() if self._file.exists() and not at_once else []
            new = _new(now)
            self._keep([new, *_still_accepted(before, now)])
        return new

    def _keep(self, keys: list[OwnKey]) -> None:
        write_whole(self._public, _public_text(keys))  # first, so that none is met unknown
        write_whole(self._file, _text(keys))


class PublicKeys:
    """Our own issuer's public keys, as they stand in their file at the moment of the question."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file, self._clock = file, clock
        self._name = str(file)
        self._lock = Lock()
        self._read = _Read((), {}, {})
        self._complained = False

    def find(self, key: str, algorithm: str, *, may_ask: bool = True) -> Key | None:  # noqa: ARG002 - nobody is asked
        """As KeySource says."""
        read = self._as_it_is()
        until = read.until.get(key)
        is_over = until is not None and until <= self._clock.now()
        return None if is_over else read.keys.get((key, algorithm))

    def _as_it_is(self) -> "_Read":
        try:
            found = os.stat(self._name)  # noqa: PTH116 - a microsecond less, with each token
            with self._lock:
                self._look(mark=(found.st_ino, found.st_ctime_ns, found.st_size))
                self._complained = False
                return self._read
        except UntrustedFile as error:
            why = str(error)
        except OSError as error:
            why = error.strerror or type(error).__name__
        except (ValueError, OverflowError, KeyError, TypeError):
            why = "it holds no set of keys"
        self._complain(why)
        raise KeysUnavailable

    def _look(self, mark: tuple[int, ...]) -> None:
        if self._read.mark != mark:
            text = read_own(followed(self._file), named=True, public=True)
            self._read = _read(mark, read_strictly(text))

    def _complain(self, why: str) -> None:
        """Once, until it is well again."""
        with self._lock:
            is_new, self._complained = not self._complained, True
        if is_new:
            log.warning("identity.keys.unreadable", file=str(self._file), why=why)


class _Read(NamedTuple):
    """A file as it was read: what tells it from a later one, its keys, and until when each is
    accepted.
    """

    mark: tuple[int, ...]
    keys: VerifyingKeys
    until: Mapping[str, datetime]


def _read(mark: tuple[int, ...], document: Any) -> _Read:
    keys = usable_keys(document, [ED25519])
    ends = {
        one["kid"]: datetime.fromtimestamp(one["exp"], UTC)
        for one in document["keys"]
        if isinstance(one, dict) and isinstance(one.get("exp"), int)
    }
    return _Read(mark, keys, ends)


def _new(now: datetime) -> OwnKey:
    key = OKPKey.generate_key("Ed25519")
    return OwnKey({**key.as_dict(private=True), "kid": key.thumbprint()}, now)  # type: ignore[dict-item]


def _still_accepted(keys: list[OwnKey], now: datetime) -> Iterator[OwnKey]:
    """What goes on of keys that sign no more: their public parts, as long as tokens may be out."""
    for one in keys:
        until = one.until or now + LONGEST + GRACE
        if until > now:
            yield OwnKey({k: v for k, v in one.jwk.items() if k != "d"}, one.since, until)


def _text(keys: list[OwnKey]) -> str:
    rows = [
        {**one.jwk, "since": one.since.isoformat(), "until": one.until and one.until.isoformat()}
        for one in keys
    ]
    return json.dumps({"keys": rows}, indent=1) + "\n"


def _public_text(keys: list[OwnKey]) -> str:
    return json.dumps({"keys": [one.public() for one in keys]}, indent=1) + "\n"


def _from(row: Mapping[str, Any]) -> OwnKey:
    jwk = {name: str(row[name]) for name in ("kty", "crv", "x", "d", "kid") if name in row}
    until = row["until"] and datetime.fromisoformat(row["until"])
    return OwnKey(jwk, datetime.fromisoformat(row["since"]), until)
