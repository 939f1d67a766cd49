"""Whoever comes, in whatever order and with whatever became of it, nobody becomes somebody else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from typing import Final, NamedTuple

from hypothesis import HealthCheck, example, settings
from hypothesis import given as over
from hypothesis import strategies as st

from services.vault.arrivals import Arrival, Meeting
from services.vault.vault import Vault
from services.vault.words import Card
from tests.scenes.given import person

NAMES: Final = {
    "Ada": ("Ada Tregenza", "TREGENZA, Ada", "Dr Ada Trégenza"),
    "Adam": ("Adam Tregenza", "adam  tregenza", "Mr Adam Tregenza"),
    "Eve": ("Eve O'Brien", "Eve O’Brien", "O'BRIEN Eve"),
}
EMAILS: Final = {"a": ("a{}@example.org", " A{}@EXAMPLE.org"), "b": ("b{}@example.org",)}
PHONES: Final = {"1": ("01872 {:06}", "+44 1872 {:06}"), "2": ("07700 {:06}", "+44 (0)7700 {:06}")}
NUMBERS: Final = count()  # each play has addresses of its own


class Comes(NamedTuple):
    """Somebody who registers: the writer accepts, refuses, or is killed before it does either."""

    name: str
    email: str | None
    phone: str | None
    spelling: int
    fate: str

    def card(self, play: int) -> Card:
        ways = (EMAILS.get(self.email or "", ()), PHONES.get(self.phone or "", ()))
        email, phone = (
            some[self.spelling % len(some)].format(play) if some else None for some in ways
        )
        return Card(NAMES[self.name][self.spelling], email, phone)

    @property
    def contacts(self) -> set[str]:
        return {one for one in (self.email, self.phone) if one}


class Parted(NamedTuple):
    """The team takes an address or number from one of those who are there."""

    whom: int
    contact: str


class Erased(NamedTuple):
    """One of those who are there is forgotten."""

    whom: int


def coming() -> st.SearchStrategy[Comes]:
    ways = [
        (email, phone) for email, phone in product((None, *EMAILS), (None, *PHONES))
        if email or phone
    ]  # fmt: skip
    return st.builds(
        lambda name, way, spelling, fate: Comes(name, way[0], way[1], spelling, fate),
        st.sampled_from(list(NAMES)),
        st.sampled_from(ways),
        st.integers(0, 2),
        st.sampled_from(["accepted", "accepted", "refused", "killed"]),
    )


Step = list[Comes] | Parted | Erased
STEPS: Final[st.SearchStrategy[Step]] = st.one_of(
    st.lists(coming(), min_size=1, max_size=3),
    st.lists(coming(), min_size=1, max_size=1),
    st.builds(Parted, st.integers(0, 3), st.sampled_from([*EMAILS, *PHONES])),
    st.builds(Erased, st.integers(0, 3)),
)


@dataclass
class Known:
    """What somebody said who has a card, and whether they were registered."""

    name: str
    contacts: set[str]
    registered: bool = False


@dataclass
class Play:
    """The vault and what must be so: whom each address may mean."""

    vault: Vault
    number: int
    people: dict[str, Known] = field(default_factory=dict)
    newcomers: Iterator[int] = field(default_factory=count)

    def take(self, step: Step) -> None:
        if isinstance(step, list):
            self.meet(step)
        elif isinstance(step, Parted):
            self.part(step)
        elif self.people:
            who = list(self.people)[step.whom % len(self.people)]
            self.vault.destroy(who)
            del self.people[who]

    def part(self, step: Parted) -> None:
        contact = {**EMAILS, **PHONES}[step.contact][-1].format(self.number)
        if self.people:
            who = list(self.people)[step.whom % len(self.people)]
            known = self.people[who]
            assert self.vault.people.part(who, contact) is (step.contact in known.contacts)
            known.contacts.discard(step.contact)

    def meet(self, group: Sequence[Comes]) -> None:
        """A group as the door has it met, and the writer decides it."""
        ids = [person(f"{self.number} {next(self.newcomers)}") for _ in group]
        arrivals = [
            Arrival(who, one.card(self.number)) for who, one in zip(ids, group, strict=True)
        ]
        meetings = self.vault.people.meet(arrivals, self.registered)
        for who, one, meeting in zip(ids, group, meetings, strict=True):
            self.must_be_told(who, one, meeting)
        for who, one, meeting in zip(ids, group, meetings, strict=True):
            self.decide(who, one, meeting)

    def registered(self, people: set[str]) -> set[str]:
        return {who for who in people if who in self.people and self.people[who].registered}

    def must_be_told(self, who: str, one: Comes, meeting: Meeting) -> None:
        near = {it for it, known in self.people.items() if known.contacts & one.contacts}
        same = {it for it in near if self.people[it].name == one.name}
        assert set(meeting.same) == same
        assert set(meeting.others) == near - same
        assert meeting.newcomer == (None if self.registered(same) else who)
        if meeting.newcomer:
            self.people[who] = Known(one.name, one.contacts)

    def decide(self, who: str, one: Comes, meeting: Meeting) -> None:
        known = next((it for it in meeting.same if self.registered({it})), None)
        if known:
            assert self.people[known].name == one.name
            assert self.people[known].contacts & one.contacts
        elif meeting.newcomer and one.fate == "accepted":
            self.people[who].registered = True
            return
        if meeting.newcomer and one.fate != "killed":
            self.vault.people.leave([who])
            del self.people[who]

    def leads(self) -> None:
        """Each address and number leads by each name to those who said both, and to nobody else."""
        for name, contact in product(NAMES, (*EMAILS, *PHONES)):
            email, phone = (contact if contact in some else None for some in (EMAILS, PHONES))
            self.meet([Comes(name, email, phone, 0, "refused")])


def play(vault: Vault, steps: Sequence[Step]) -> None:
    mine = Play(vault, next(NUMBERS))
    for step in steps:
        mine.take(step)
    mine.leads()
    kept = {who: vault.people.card_of(who) for who in mine.people}
    assert all(kept.values())
    for who in mine.people:
        vault.destroy(who)


ADA: Final = Comes("Ada", "a", "1", 0, "accepted")
EVE: Final = Comes("Eve", "a", "2", 0, "accepted")


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example([[ADA], [EVE], [ADA._replace(phone="2", email=None)]])
@example([[EVE._replace(fate="killed")], [ADA], [EVE], [ADA]])
@example([[ADA, ADA._replace(phone="2"), EVE], [ADA._replace(email=None, phone="2")]])
@example([[ADA], Parted(0, "a"), [ADA._replace(phone=None)], Erased(0), [ADA]])
@over(st.lists(STEPS, max_size=10))
def test_nobodys_address_ever_leads_to_somebody_who_came_by_another_name(
    owners: Vault, steps: list[Step]
) -> None:
    play(owners, steps)
