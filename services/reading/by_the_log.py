"""What rights rest on as the log has it at this moment: read models may be behind."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg

from events.assessments import PanelActed
from events.contacts import ContactStated
from events.envelope import data_of
from events.ids import ContactId
from events.personal import ERASED, Beside, names_in
from services.log.finding import MOST, DatabaseSource, FoundRow, Needed, prepared_to_find
from services.log.forgetting import FORGETTING
from services.log.log import BEHIND_ALL, borne, sealed_part
from services.log.memory import KEPT_KEYS
from services.vault.opening import audiences_in, closed_in
from services.vault.vault import Vault

ERASED_TEXT: Final = "(erased)"


def forgotten(connection: psycopg.Connection, names: Iterable[str]) -> set[str]:
    """Those of these ids of whom nothing may be opened any more: erased people, contacts who ended.

    Raises psycopg.Error.
    """
    asked = {one for one in names if one.startswith(KEPT_KEYS)}
    return set(borne(connection, asked, FORGETTING.values())) if asked else set()


def without_forgotten(connection: psycopg.Connection, rows: Sequence[Any]) -> list[Any]:
    """Rows as JSON in which what is sealed for anybody who was forgotten is `(erased)`."""
    names = {name for row in rows for one in audiences_in(row) for name in names_in(one)}
    gone = forgotten(connection, names)
    return [_without(row, gone) for row in rows] if gone else list(rows)


def _without(value: Any, gone: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(one, gone) for one in value]
    if not isinstance(value, dict):
        return value
    if (closed := closed_in(value)) is None:
        return {name: _without(one, gone) for name, one in value.items()}
    return value if gone.isdisjoint(names_in(closed.audience)) else ERASED_TEXT


def open_beside(connection: psycopg.Connection, vault: Vault, part: Beside) -> Any:
    """What is kept beside the log, in JSON; `Erased` once anybody whom it names was erased, whether
    or not its key is left. Raises psycopg.Error, LookupError if it is not there, and ValueError if
    it was tampered with.
    """
    content = vault.open_beside(part, sealed_part(connection, part.digest))
    return ERASED if forgotten(connection, _texts_in(content)) else content


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts_in([*value.values()])
    elif isinstance(value, list) and not (value and isinstance(value[0], int)):
        for one in value:
            yield from _texts_in(one)


def later_acts(connection: psycopg.Connection, folded: Mapping[str, int]) -> dict[str, list[Any]]:
    """What the panel did about applications behind the positions to which their rows are folded,
    sealed, in order. Raises psycopg.Error.
    """
    types = (PanelActed.wire_name(),)
    needed: list[Needed] = [
        {"number": number, "after": after, "tag": key, "types": types}
        for number, (key, after) in enumerate(folded.items())
    ]
    keys, found = list(folded), dict[str, list[Any]]()
    for number, _, _, _, _, document in _find(connection, needed):
        act = PanelActed.model_validate_json(data_of(document))
        found.setdefault(keys[number], []).append(act.content.model_dump(mode="json"))
    return found


def contacts_for(connection: psycopg.Connection, vault: Vault, things: Iterable[str]) -> set[str]:
    """The contacts who are or were named for these people or projects: only who has the vault can
    tell. Raises psycopg.Error.
    """
    types = (ContactStated.wire_name(),)
    needed: list[Needed] = [
        {"number": number, "after": 0, "tag": vault.hidden_tag(one), "types": types}
        for number, one in enumerate(things)
    ]
    found = _find(connection, needed)
    return {tag for one in found for tag in one[4] if tag.startswith(f"{ContactId.prefix}_")}


def _find(connection: psycopg.Connection, needed: Sequence[Needed]) -> list[FoundRow]:
    if not needed:
        return []
    with prepared_to_find(connection), connection.cursor(binary=True) as cursor:
        return DatabaseSource(cursor).find(needed, BEHIND_ALL, MOST)
