"""Who is signed in on this machine: the tokens that a provider gave, in a file of their owner's.

A token that is about to expire is renewed by whoever needs it next. Two at once would use one
refresh token twice, by which a provider ends the sign-in: so one waits for the other.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from services.files import alone_in, private_folder, read_own, write_whole
from services.identity.signing_in import CantSignIn, Granted, SignedOutElsewhere
from services.identity.strict_json import read_strictly

SOON: Final = timedelta(seconds=60)  # before its end a token is renewed


class UnreadableSignIn(RuntimeError):
    """The file of who is signed in is not what it was left as; the text says what to do."""


@dataclass(frozen=True, repr=False)
class SignedIn:
    """Where somebody is signed in, the token to show (`access`), and by what to get the next."""

    issuer: str
    access: str
    refresh: str | None
    until: datetime


def sessions_file(environment: Mapping[str, str]) -> Path:
    """Where it is kept: in the user's configuration folder (XDG Base Directory)."""
    named = Path(environment.get("XDG_CONFIG_HOME", ""))
    folder = named if named.is_absolute() else Path(environment.get("HOME", "~")).expanduser()
    inner = Path() if named.is_absolute() else Path(".config")
    return folder / inner / "leading-together" / "signed-in.json"


class Session:
    """The one sign-in of a user on a machine."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> SignedIn | None:
        """Who is signed in, if anybody; UnreadableSignIn, or UntrustedFile if others could read."""
        try:
            document = read_own(self._file)
        except FileNotFoundError:
            return None
        with suppress(ValueError, KeyError, TypeError):
            row = read_strictly(document)
            until = datetime.fromisoformat(row["until"])
            texts = (row["issuer"], row["access"], row["refresh"] or "")
            if until.tzinfo and all(isinstance(one, str) for one in texts):
                return SignedIn(row["issuer"], row["access"], row["refresh"], until)
        raise UnreadableSignIn(f"{self._file} holds no sign-in: remove it, and sign in anew.")

    def keep(self, signed_in: SignedIn) -> None:
        """Keep it, instead of any before."""
        row = vars(signed_in) | {"until": signed_in.until.isoformat()}
        private_folder(self._file.parent)
        write_whole(self._file, json.dumps(row) + "\n")

    def forget(self) -> None:
        """Nobody is signed in any more."""
        self._file.unlink(missing_ok=True)

    def current(
        self,
        now: datetime,
        renew: Callable[[SignedIn], Granted],
        until: Callable[[str], datetime],
    ) -> SignedIn | None:
        """Who is signed in, with a token that lasts another minute, renewed if need be.

        `renew` asks the provider, and `until` judges what it gave and says how long that lasts;
        what they raise is raised. None if nobody is signed in, or no longer.
        """
        if self.read() is None:
            return None  # nothing is made for who has never signed in
        with alone_in(self._file.parent):
            found = self.read()
            if found is None or found.until > now + SOON:
                return found
            if found.refresh is None:
                return found if found.until > now else None
            try:
                granted = renew(found)
            except SignedOutElsewhere:
                self.forget()
                return None
            except CantSignIn:
                if found.until > now:
                    return found
                raise
            # A provider that gives no new refresh token means the one it gave before. It is kept
            # whatever becomes of the rest: most providers take each once only.
            found = replace(found, refresh=granted.refresh or found.refresh)
            self.keep(found)
            found = replace(found, access=granted.access, until=until(granted.access))
            self.keep(found)
            return found


def tells(signed_in: SignedIn) -> dict[str, Any]:
    """What may be told of a sign-in: no token is."""
    return {"issuer": signed_in.issuer, "until": signed_in.until.isoformat()}
