"""What turns keys, and what must be readable whatever is turned: values, and people by name."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

from click.testing import CliRunner

from events.ids import PersonId
from events.people import Contact, PersonRegistered
from events.personal import Sealed
from events.terms import Channel
from services.__main__ import main
from services.engines.addresses import Engines
from services.vault.arrivals import Arrival
from services.vault.epochs import EpochKeys
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.given import person
from tests.scenes.terminal import Said

EVENT: Final = "0191fa7c-0000-7000-8000-000000000001"


class Kept(NamedTuple):
    """Sealed names of people, who can be found too, and what they are."""

    names: dict[PersonId, Sealed]

    def must_be_readable(self, engines: Engines, keys: EpochKeys) -> None:
        """By somebody who has nothing at hand."""
        files = EpochKeys(keys.master, keys.file)
        with closing(Vault(engines.vault["home"], files)) as reader:
            for who, name in self.names.items():
                assert reader.open(name) == f"Name of {who}"
                (found,) = reader.people.find(who[-8:])
                assert (found.person, found.card.town) == (who, "Truro")


class Keeper:
    """Calls of `leading-together vault` with a keeper's rights."""

    def __init__(self, engines: Engines, keys: EpochKeys) -> None:
        self.settings = {
            "LT_DATABASE_URL": engines.vault["keeper"],
            "LT_VAULT_URL": engines.vault["keeper"],
            "LT_NATS_URL": "nats://127.0.0.1:1",
            "LT_MASTER_KEY_FILE": str(keys.master),
            "LT_EPOCH_KEYS_FILE": str(keys.file),
        }

    def __call__(self, *words: object) -> Said:
        done = CliRunner().invoke(main, ["vault", *map(str, words)], env=self.settings)
        return Said(done.exit_code, done.stdout, done.stderr)

    def rotate(self, *words: object) -> Any:
        said = self("rotate", *words, "--json")
        assert (said.code, said.err) == (0, "")
        return said.json

    def status(self) -> Any:
        return self("status", "--json").json


def sealed(vault: Vault, who: PersonId) -> Sealed:
    fact = PersonRegistered(
        person_id=who,
        full_name=f"Name of {who}",
        contact=Contact(email="somebody@example.org"),
        reached_by=(Channel.EMAIL,),
    )
    name = vault.seal(fact, EVENT, for_rules=False).full_name
    assert isinstance(name, Sealed)
    return name


def arrive(vault: Vault, who: Sequence[PersonId]) -> None:
    cards = [Card(f"Name {one[-8:]}", f"{one}@example.org", None, "Truro") for one in who]
    vault.people.meet([Arrival(*one) for one in zip(who, cards, strict=True)], lambda _: set())
    vault.people.index(len(who))


def kept_in(vault: Vault, number: int) -> Kept:
    who = [person(f"somebody {one}") for one in range(number)]
    arrive(vault, who)
    return Kept({one: sealed(vault, one) for one in who[:10]})
