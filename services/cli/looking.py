"""Looking into read models as the owner of a data folder: all of them, and it is kept whose values
were opened.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from itertools import islice
from sys import maxsize
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Literal

from projections.catalogue import LISTS, PROJECTIONS
from projections.projection import Shown
from services.cli.by_now import is_read_by_now
from services.cli.console import Installation
from services.cli.leaving import UNREACHABLE, fail
from services.cli.naming import NamedBy
from services.cli.people import people_meant
from services.engines.connecting import connect
from services.read_models.builds import shown_position, view
from services.read_models.looking import AT_ONCE, Kept, look_at
from services.reading.by_the_log import open_beside
from services.reading.pages import holds
from services.reading.trail import BY_OWNER, Noting, NotNoted
from services.vault.opening import left_shut
from services.vault.vault import Vault

LEDGER: Final = "notices"
NOT_THERE: Final = "This read model is not there yet: start the worker `projector`."
Rows = list[dict[str, Any]]


class AtHome(NamedTuple):
    """Where the read models are, and the vault; None for whoever holds no keys."""

    installation: Installation
    url: str
    vault: Vault | None

    def is_by_now(self, name: str) -> bool:
        """Wait until a read model, or what a list is made of, has all that was recorded by now;
        False if it has not in time.
        """
        models = LISTS[name].of if name in LISTS else (name,)
        with connect(self.url, autocommit=True) as connection:
            return is_read_by_now(connection, models)

    def rows(
        self, name: str, where: Mapping[str, str], limit: int, kept: Kept | None = None
    ) -> Rows:
        """Rows of a read model or a list, opened; ends the call with a line if it is not there."""
        if name in LISTS:
            return _listed(self, name, where, limit)
        return self._looked_at(name, where, limit, kept)

    def some(self, model: str, keys: Collection[str], by: NamedBy) -> list[Shown]:
        """The rows of these keys: nothing of them is opened but these fields."""
        picked = SQL(", ").join(SQL("{0}, row->{0}").format(Literal(one)) for one in by.fields)
        source = SQL(
            "(SELECT key, jsonb_build_object({}) AS row FROM {} WHERE key = ANY({})) AS named"
        ).format(picked, view(model), Literal(list(keys)))
        return self._some(model, source) if keys else []

    def plain(self, model: str, field: str) -> list[Shown]:  # noqa: ARG002 - all is as near
        """All rows, with nothing opened."""
        if model == LEDGER:
            return sent(self.installation.engines().programme["console"], {}, maxsize)
        return self._replace(vault=None).rows(model, {}, maxsize)

    def people(self, words: str) -> list[str]:
        """Who is found by words; nobody, without the keys."""
        return people_meant(self.installation, words) if self.vault else []

    def _some(self, model: str, source: Composed) -> list[Shown]:
        try:
            with connect(self.url) as connection, connect(self.url, autocommit=True) as noting:
                note = Noting(noting, f"show {model}", BY_OWNER, shown_position(noting, model))
                before = note.rows if self.vault else list
                return list(look_at(connection, source, None, {}, self.vault, before))
        except (psycopg.errors.UndefinedTable, NotNoted):
            return []  # what is to be shown says so itself

    def _looked_at(
        self, name: str, where: Mapping[str, str], limit: int, kept: Kept | None
    ) -> Rows:
        known = PROJECTIONS[name]
        try:
            with connect(self.url) as connection, connect(self.url, autocommit=True) as noting:
                note = Noting(noting, f"show {name}", BY_OWNER, shown_position(noting, name))
                before = note.rows if self.vault else list
                at_once = min(limit, AT_ONCE)
                beside = partial(open_beside, noting, self.vault) if self.vault else left_shut
                found = look_at(
                    connection, view(name), known, where, self.vault, before, at_once, kept, beside
                )
                return list(islice(found, limit))
        except psycopg.errors.UndefinedTable:
            fail(NOT_THERE, UNREACHABLE)
        except NotNoted as problem:
            fail(str(problem), UNREACHABLE)


def _listed(home: AtHome, name: str, where: Mapping[str, str], limit: int) -> Rows:
    """A list, made of whole read models."""

    def ask(model: str, chosen: Mapping[str, str]) -> Iterable[Shown]:
        return home.rows(model, chosen, maxsize)

    made = LISTS[name].rows(ask, where)
    return list(islice((row for row in made if holds(row, where)), limit))


def sent(url: str, where: Mapping[str, str], limit: int) -> Rows:
    """The ledger, in which nothing is sealed."""
    from services.notices.ledger import ROWS  # noqa: PLC0415 - it knows the whole domain

    with connect(url) as connection:
        return list(islice(look_at(connection, ROWS, None, where, None), limit))


def columns_of_the_ledger(url: str) -> list[str]:
    """What each row of it has."""
    from services.notices.ledger import columns_in  # noqa: PLC0415 - as above

    with connect(url) as connection:
        return ["key", *columns_in(connection)]
