"""How the demonstration shows what happens: one line per act, with the date of the story."""

from datetime import datetime
from time import monotonic

import click

from domain.notice import nhs_date
from events.calendar import local_day
from services.escaping import line


class Narration:
    """Prints the acts of the story as they happen; quiet for scripts."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._began = monotonic()
        self._today = ""

    def today(self, moment: datetime) -> None:
        """The story has come to this moment."""
        self._today = nhs_date(local_day(moment))

    def act(self, words: str) -> None:
        """One thing that has happened."""
        if not self._quiet:
            since = monotonic() - self._began
            click.echo(line(f"{since:6.1f}s  {self._today:<28}  {words}"))

    def say(self, words: str = "") -> None:
        """A line of its own."""
        if not self._quiet:
            click.echo(line(words))
