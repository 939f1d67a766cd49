"""Whom somebody of the team names who does for them what is theirs to say."""

from collections.abc import Mapping
from typing import Any, Final

from domain.catalogue import COMMANDS
from domain.decision import OWN_ROLES

PEOPLE: Final = ("person_id", "assessor_id", "reported_by", "proposed_by")


def for_who_asked(name: str, data: Mapping[str, Any]) -> dict[str, str]:
    """What goes beside the data: who rang and asked for it; nothing if the team does it unasked, or
    nobody is named.
    """
    if (kind := COMMANDS.get(name)) is None:
        return {}
    if kind.also_unasked or kind.roles.isdisjoint(OWN_ROLES):
        return {}
    who = next((str(data[one]) for one in PEOPLE if data.get(one)), None)
    return {"onbehalfof": who, "asked": "telephone"} if who else {}
