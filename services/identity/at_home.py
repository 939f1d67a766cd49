"""At home, in a data folder of one's own: whom its owner has named, and tokens for them.

Who owns the folder has the keys of its issuer, and is believed. The list keeps them from acting as
somebody by mistake: only those whom they named are signed for.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from events.ids import PersonId
from services.clock import Clock, SystemClock
from services.files import WrongFile, alone_in, private_folder, read_own, write_whole
from services.identity.own import USUAL, OwnIssuer
from services.identity.strict_json import read_strictly

NAMED: Final = "identity.people"
STANDS_AT: Final = "demonstration.clock"
NOBODY_YET: Final = "leading-together:nobody-yet"
"""The subject of whoever was not named: our issuer means no person by it."""
SOON: Final = timedelta(minutes=1)  # before its end a token is made anew


class HomeClock:
    """The clock of a data folder's engines: the machine's, unless a demonstration stands still."""

    def __init__(self, data: Path) -> None:
        self._file = data / STANDS_AT

    def now(self) -> datetime:
        """The moment."""
        with suppress(FileNotFoundError, ValueError):
            return datetime.fromisoformat(read_own(self._file).decode())
        return SystemClock().now()

    def stand_at(self, moment: datetime) -> None:
        """Whoever asks is told this moment (aware) from now on."""
        write_whole(self._file, moment.isoformat())

    def go_on(self) -> None:
        """It is the machine's clock again."""
        self._file.unlink(missing_ok=True)


class WrongNamesFile(WrongFile):
    """The file of those who were named can't be read as one; the text says what to do."""


class NamedPeople:
    """The people of a data folder, in the order in which they were named, each once."""

    def __init__(self, data: Path) -> None:
        self._file = data / NAMED

    def read(self) -> Sequence[PersonId]:
        """Who was named; nobody if there is no such file. WrongNamesFile, UntrustedFile."""
        try:
            document = read_own(self._file)
        except FileNotFoundError:
            return ()
        with suppress(ValueError, TypeError):
            return tuple(PersonId.parse(one) for one in read_strictly(document))
        raise WrongNamesFile(
            f"{self._file} must be a list of people's ids in JSON. Remove it, and name them anew:"
            " who coordinates with `leading-together grant PERSON`, then others with"
            " `leading-together identity name PERSON`."
        )

    def add(self, person: PersonId) -> None:
        """Name somebody too."""
        with alone_in(private_folder(self._file.parent)):
            named = self.read()
            if person not in named:
                write_whole(self._file, json.dumps([*named, person], indent=1) + "\n")


class OwnTokens:
    """Tokens of our own issuer, each made anew when it is about to expire by this clock."""

    def __init__(self, issuer: OwnIssuer, clock: Clock) -> None:
        self._issuer, self._clock = issuer, clock
        self._made: dict[str, tuple[datetime, str]] = {}

    def of(self, subject: str) -> str:
        """A token that counts for another minute. WrongKeysFile if there are no keys."""
        now = self._clock.now()
        at, token = self._made.get(subject, (now + SOON, ""))
        if not at <= now < at + USUAL - SOON:
            token = self._issuer.token(subject, now)
            self._made[subject] = now, token
        return token
