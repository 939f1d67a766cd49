"""A programme in which every text that people type is hostile, as an old log may hold it."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from pydantic.fields import FieldInfo

from domain.people.person import Met, RegisterPerson
from events.event import Event
from events.people import Contact
from events.personal import several_lines
from services.engines.addresses import Engines
from services.log.wishes import Accepted
from services.vault.arrivals import Arrival
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.given import person
from tests.scenes.scribe import Written
from tests.scenes.world import wish, writer_on
from tests.services.read_models.filled import commands

SEQUENCES: Final = "\x1b[2J\x1b]0;x\x07\x9b31m\u202e\u2066\u200b\xad\U000e0041\u2028"
LINE: Final = f"=Ada\tTregenza{SEQUENCES}\r\nAll is well.\nFAKE [bold red]:skull: {{partner}}"
WORDS: Final = f"{LINE}\n\nFAKE 1\r\rFAKE 2\x0bFAKE 3\x85FAKE 4"
CARD: Final = Card(LINE, "ada@example.org\x1b[2J", "=07700\x1b 900123\nFAKE", LINE)


def hostile_history() -> Sequence[Written]:
    """The small cohort, in the words of somebody hostile."""
    return [one._replace(facts=tuple(map(hostile, one.facts))) for one in commands()]


def hostile(fact: Event) -> Event:
    """The fact with all its texts as they should not be."""
    return fact.model_copy(update=dict(_texts(fact)))


def _texts(fact: Event) -> Any:
    for name, field in type(fact).model_fields.items():
        value = getattr(fact, name)
        if isinstance(value, Contact):
            yield name, Contact(email=CARD.email, phone=CARD.phone, town=CARD.town)
        elif name == "criteria":
            yield name, tuple(one.model_copy(update={"title": LINE}) for one in value)
        elif isinstance(value, str) and name in several_lines(type(fact)):
            yield name, WORDS
        elif isinstance(value, str) and _is_line([field.annotation]):
            yield name, LINE


def _is_line(forms: Sequence[Any]) -> bool:
    extras = [one.json_schema_extra for one in forms if isinstance(one, FieldInfo)]
    return {"format": "one-line"} in extras or any(_is_line(get_args(one)) for one in forms)


def hostile_people(engines: Engines, vault: Vault) -> None:
    """Two who are registered, and share an address under two names."""
    with writer_on(engines, vault) as writer:
        for name, card in (("ada", CARD), ("ben", CARD._replace(full_name=f"Ben{LINE}"))):
            vault.people.meet([Arrival(person(name), card)], set)
            command = RegisterPerson.model_construct(**card._asdict())
            command._met = Met(person(name))
            writer.decide([one := wish(vault, command)])
            assert isinstance(one.answer, Accepted), one.answer
    while vault.people.index(10):
        pass
