"""Whom somebody means by a name in a data folder of their own, before anybody can ask at a door."""

from typing import Final

from events.ids import PersonId
from services.cli.console import Installation, print_err
from services.cli.finding import NOBODY, NotOne
from services.cli.ids import piece_in
from services.cli.leaving import INVALID, UNREACHABLE, fail
from services.cli.meant import not_one
from services.cli.people import Direct, directly
from services.cli.searching import NamedThing
from services.log.authorities import one_person_of

MANY: Final = 20
LATE: Final = (
    "Nobody is found by this, but not everybody who was registered can be found yet: try again in a"
    " moment."
)
HERE_ALONE: Final = "PERSON: give the whole id. Here nobody is found by a name."


def person_meant(installation: Installation, said: str) -> PersonId:
    """The person of this id, or whom the owner of a data folder finds by words. It ends the call
    with a line if that is nobody, or more than one, who are shown.
    """
    if PersonId.pattern.fullmatch(said):
        return PersonId(said)
    if not installation.is_at_home():
        fail(HERE_ALONE, INVALID)
    with directly(installation, "find") as direct:
        found = _found(direct, said)
        if not found:
            if not direct.finds_everybody():
                fail(LATE, UNREACHABLE)
            found = _found(direct, said)
    if len(found) != 1:
        not_one(NotOne.of("PERSON", found, NOBODY))
    print_err(f"{found[0].called} ({found[0].id})")
    return PersonId(found[0].id)


def _found(direct: Direct, said: str) -> list[NamedThing]:
    """Those who are found, with their names; of whom are two ids, the one that is kept."""
    words, piece = said.rpartition(" ")[0], piece_in(said)
    found = direct.found(said, MANY)
    if not found and words and piece:  # a name with the end of the id behind it
        found = [one for one in direct.found(words, MANY) if piece.is_of(one.person)]
    direct.noting.people(one.person for one in found)
    kept = one_person_of(direct.connection).kept
    names = {kept(one.person): one.card.full_name for one in found}
    return [NamedThing(*one) for one in names.items()]
