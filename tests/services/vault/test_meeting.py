"""Who somebody is, by name and by address or number: the same, or somebody of their own."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count

import psycopg
import pytest

from events.terms import Way
from services.door.meeting import said_otherwise
from services.engines.addresses import Engines
from services.vault.arrivals import Arrival, Meeting
from services.vault.vault import Vault
from services.vault.words import Card, same_name
from tests.scenes.cast import ADA, BEN, CLEO
from tests.scenes.given import person
from tests.scenes.world import KEYS

TABLES = ("keys", "people", "identities")
MINE = Card("Ada Tregenza", "ada@example.org", "01872 000000", "Truro")


class Desk:
    """Where people register, one after the other: whoever is new gets the next id."""

    def __init__(self, vault: Vault, numbers: Iterator[int] | None = None) -> None:
        self.vault = vault
        self.registered: set[str] = set()
        self._numbers = numbers or count()

    def meets(self, *cards: Card) -> list[Meeting]:
        coming = [Arrival(person(f"newcomer {next(self._numbers)}"), card) for card in cards]
        return self.vault.people.meet(coming, self.registered.intersection)

    def registers(self, *cards: Card) -> str:
        """Who the last of them is, as the writer decides it."""
        *_, meeting = self.meets(*cards)
        who = next((one for one in meeting.same if one in self.registered), meeting.newcomer)
        assert who
        self.registered.add(who)
        return who


@pytest.fixture
def desk(vault: Vault) -> Desk:
    return Desk(vault)


def rows(engines: Engines) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(engines.vault["owner"]) as owner:
        return {
            name: sorted(owner.execute(f"SELECT * FROM vault.{name}").fetchall(), key=repr)  # noqa: S608 - ours
            for name in TABLES
        }


@pytest.mark.parametrize(
    "again",
    [
        Card("Ada Tregenza", "ada@example.org"),
        Card("ADA tregenza", " Ada@Example.ORG "),
        Card("Tregenza, Ada", "ada@example.org"),
        Card("Dr Ada Trégenza", "ada@example.org"),
        Card("Mrs. ada TREGENZA", "ADA@EXAMPLE.ORG", None, "Bodmin"),
        Card("Ada  Tregenza", "ada.t@new.example", "+44 (0)1872 000000"),
        Card("Ada Tregenza", None, "0044 1872-000000"),
        Card("Ada Tregenza", "01872 000000"),
    ],
    ids=str,
)
def test_one_name_and_one_address_or_number_are_one_person(desk: Desk, again: Card) -> None:
    """In whatever spelling, order, with whatever title."""
    ada = desk.registers(MINE)
    (meeting,) = desk.meets(again)
    assert meeting == Meeting(None, (ada,), ())
    assert desk.registers(again) == ada


@pytest.mark.parametrize(
    "other",
    [
        Card("Adam Tregenza", "ada@example.org"),
        Card("Ada", "ada@example.org"),
        Card("Ada Tregenza Smith", "ada@example.org", "01872 000000"),
        Card("A. Tregenza", None, "01872 000000"),
        Card("Ada Tre-genza", None, "01872 000000"),
    ],
    ids=str,
)
def test_under_another_name_it_is_somebody_else_of_whom_the_team_can_ask(
    desk: Desk, other: Card
) -> None:
    ada = desk.registers(MINE)
    (meeting,) = desk.meets(other)
    assert (meeting.same, meeting.others) == ((), (ada,))
    assert meeting.newcomer not in (None, ada)
    assert desk.registers(other) != ada


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada Tregenza", "Adam Tregenza"),
        ("राम शर्मा", "रीम शर्मा"),
        ("กานดา", "กินดา"),
        ("李伟", "李娜"),
        ("Mr Dr", "Dr"),
        ("Ann Marie", "Annmarie"),
    ],
)
def test_names_that_differ_are_of_two_people(desk: Desk, one: str, other: str) -> None:
    """Also where vowels are marks, and where a title is all there is of a name."""
    first, second = (desk.registers(Card(name, "home@example.org")) for name in (one, other))
    assert first != second
    assert desk.registers(Card(one.upper(), "home@example.org")) == first


def test_a_name_alone_makes_nobody_the_same(desk: Desk) -> None:
    ada = desk.registers(MINE)
    namesake = Card("Ada Tregenza", "a.t@example.org", "01872 000001", "Truro")
    (meeting,) = desk.meets(namesake)
    assert (meeting.same, meeting.others) == ((), ())
    assert desk.registers(namesake) != ada


def test_two_who_were_one_all_along_are_both_told(desk: Desk) -> None:
    """She registered once by her address and once by her number; now she gives both."""
    one = desk.registers(Card("Ada", "ada@example.org"))
    other = desk.registers(Card("Ada", None, "01872 000000"))
    assert one != other
    (meeting,) = desk.meets(Card("Ada", "ada@example.org", "01872 000000"))
    assert (meeting.newcomer, set(meeting.same)) == (None, {one, other})


def test_who_is_the_same_by_one_and_another_by_the_other_is_told_apart(desk: Desk) -> None:
    """Two of a household share a telephone."""
    ada = desk.registers(Card("Ada", "ada@example.org", "01872 000000"))
    ben = desk.registers(Card("Ben", "ben@example.org", "01872 000000"))
    (meeting,) = desk.meets(Card("Ada", "ada@example.org", "01872 000000"))
    assert meeting == Meeting(None, (ada,), (ben,))
    (meeting,) = desk.meets(Card("Ben", None, "01872 000000"))
    assert meeting == Meeting(None, (ben,), (ada,))


def test_two_who_arrive_together_know_of_each_other(desk: Desk) -> None:
    """Whoever of the same is decided first, the other one is too."""
    first, again, other, elsewhere = desk.meets(
        MINE,
        Card("tregenza ada", None, "01872 000000"),
        Card("Adam Tregenza", "ada@example.org"),
        Card("Ada Tregenza", "ada@elsewhere.example"),
    )
    assert (first.same, first.others) == ((), ())
    assert (again.same, again.others) == ((first.newcomer,), ())
    assert other.same == ()
    assert other.others == (first.newcomer,)
    assert (elsewhere.same, elsewhere.others) == ((), ())
    newcomers = {one.newcomer for one in (first, again, other, elsewhere)}
    assert len(newcomers - {None}) == 4


def decided(meetings: Iterable[Meeting]) -> Iterator[str]:
    """Who each is, as the writer decides one after the other."""
    registered: set[str] = set()
    for one in meetings:
        who = next((other for other in one.same if other in registered), one.newcomer)
        assert who
        registered.add(who)
        yield who


def test_processes_that_meet_one_person_at_once_agree_on_who_it_is(fresh: Engines) -> None:
    """Each is told of all who were met before, so the first of them is all others too."""
    number, numbers, start = 6, count(), threading.Barrier(6)
    spellings = ("ada@example.org", " Ada@Example.ORG ", "ADA@example.org") * 2

    def come(vault: Vault, email: str) -> Meeting:
        start.wait(20)
        (meeting,) = Desk(vault, numbers).meets(Card("Ada", email))
        return meeting

    with ExitStack() as stack:
        vaults = [Vault(fresh.vault["commands"], KEYS) for _ in range(number)]
        for one in vaults:
            stack.callback(one.close)
        pool = stack.enter_context(ThreadPoolExecutor(number))
        meetings = sorted(pool.map(come, vaults, spellings), key=lambda one: len(one.same))
        assert [set(one.same) for one in meetings] == [
            {one.newcomer for one in meetings[:before]} for before in range(number)
        ]
        assert set(decided(meetings)) == {meetings[0].newcomer}
        late = Desk(vaults[0], numbers)
        late.registered = {*decided(meetings)}
        (meeting,) = late.meets(Card("Ada", "ada@example.org"))
    assert meeting.newcomer is None
    assert set(meeting.same) == {one.newcomer for one in meetings}


def test_nothing_is_written_for_whom_is_registered(fresh: Engines, desk: Desk) -> None:
    desk.registers(MINE)
    before = rows(fresh)
    desk.meets(MINE, Card("Ada Tregenza", "new@example.org", "01872 000000", "Bodmin"))
    assert rows(fresh) == before
    desk.meets(Card("Ben", "ben@example.org"))
    assert {name: len(found) for name, found in rows(fresh).items()} == {
        name: len(found) + 1 for name, found in before.items()
    }


def test_who_is_met_again_because_an_answer_was_lost_is_met_as_before(
    fresh: Engines, vault: Vault
) -> None:
    """The vault's commit came through, and whoever asked heard nothing of it."""
    coming = [Arrival(ADA, MINE), Arrival(BEN, Card("Ben", "ben@example.org"))]
    vault.people.meet(coming, lambda _: set())
    before = rows(fresh)
    more = [*coming, Arrival(CLEO, Card("Cleo", "cleo@example.org"))]
    again = vault.people.meet(more, lambda _: set())
    assert [one.newcomer for one in again] == [ADA, BEN, CLEO]
    after = rows(fresh)
    assert {name: len(found) for name, found in after.items()} == {
        name: len(found) + 1 for name, found in before.items()
    }
    assert vault.people.card_of(ADA) == MINE


def test_who_did_not_become_known_leaves_nothing_behind(fresh: Engines, desk: Desk) -> None:
    desk.registers(Card("Ben", "ben@example.org"))
    before = rows(fresh)
    first, second = desk.meets(MINE, Card("Adam", "ada@example.org"))
    desk.vault.people.leave([one.newcomer for one in (first, second) if one.newcomer])
    after = rows(fresh)
    assert (after["people"], after["identities"]) == (before["people"], before["identities"])
    (meeting,) = desk.meets(MINE)
    assert (meeting.same, meeting.others) == ((), ())


def test_who_was_not_registered_makes_nobody_the_same(desk: Desk) -> None:
    """And whoever comes after them is registered under an id of their own."""
    (stranger,) = desk.meets(MINE)
    (meeting,) = desk.meets(MINE)
    assert meeting.same == (stranger.newcomer,)
    assert meeting.newcomer not in (None, stranger.newcomer)


PARTED = Card("Ada Tregenza", "home@example.org", "01872 000000", "Truro")


@pytest.mark.parametrize("spelling", ["home@example.org", " HOME@example.org"])
def test_whoever_was_joined_wrongly_is_parted(desk: Desk, spelling: str) -> None:
    """Mother and daughter have one name and one address: it is the daughter's from now on."""
    mother = desk.registers(PARTED)
    assert desk.registers(Card("Ada Tregenza", "home@example.org")) == mother
    assert desk.vault.people.part(mother, spelling)
    daughter = desk.registers(Card("Ada Tregenza", "home@example.org"))
    assert daughter != mother
    for again in (Card("Ada Tregenza", "home@example.org"), Card("Adam", "home@example.org")):
        (meeting,) = desk.meets(again)
        assert mother not in (*meeting.same, *meeting.others)
        assert daughter in (*meeting.same, *meeting.others)
    assert desk.registers(Card("Ada Tregenza", None, "01872 000000")) == mother
    assert desk.vault.people.card_of(mother) == PARTED._replace(email=None)


def test_a_number_is_taken_from_somebody_as_well(desk: Desk) -> None:
    mother = desk.registers(PARTED)
    assert desk.vault.people.part(mother, "+44 1872 000000")
    assert desk.vault.people.card_of(mother) == PARTED._replace(phone=None)
    assert desk.vault.people.part(mother, "home@example.org")
    assert desk.vault.people.card_of(mother) == Card("Ada Tregenza", town="Truro")
    for lost in (PARTED, PARTED._replace(email=None), PARTED._replace(phone=None)):
        (meeting,) = desk.meets(lost)
        assert mother not in (*meeting.same, *meeting.others)


def found(vault: Vault, *queries: str) -> list[list[str]]:
    return [[one.person for one in vault.people.find(query)] for query in queries]


def test_by_what_was_taken_from_somebody_they_are_not_found(desk: Desk) -> None:
    mother, people = desk.registers(PARTED), desk.vault.people
    people.index(10)
    assert found(desk.vault, "home@example.org", "ada") == [[mother], [mother]]
    people.part(mother, "home@example.org")
    assert found(desk.vault, "home@example.org") == [[]]
    people.index(10)
    assert found(desk.vault, "home@example.org", "ada", "01872") == [[], [mother], [mother]]


@pytest.mark.parametrize("contact", ["other@example.org", "01872 000001", "", "Truro"])
def test_what_never_was_somebodys_is_not_taken_from_them(
    fresh: Engines, desk: Desk, contact: str
) -> None:
    mother = desk.registers(PARTED)
    before = rows(fresh)
    assert not desk.vault.people.part(mother, contact)
    assert not desk.vault.people.part(BEN, "home@example.org")
    assert rows(fresh) == before


def test_nothing_leads_to_who_was_erased(fresh: Engines, desk: Desk, owners: Vault) -> None:
    ada, ben = desk.registers(MINE), desk.registers(Card("Ben", "ben@example.org", "01872 000000"))
    desk.vault.people.index(10)
    owners.destroy(ada)
    after = rows(fresh)
    assert {who for who, *_ in after["people"]} == {ben}
    assert {who for _, who, _ in after["identities"]} == {ben}
    assert found(desk.vault, "ada", "truro", "01872") == [[], [], [ben]]
    assert desk.vault.people.card_of(ada) is None
    assert not desk.vault.people.part(ada, "ada@example.org")
    (meeting,) = desk.meets(MINE)
    assert (meeting.same, meeting.others) == ((), (ben,))
    assert meeting.newcomer not in (None, ada)


def texts(found: Iterable[Sequence[object]]) -> Iterator[str]:
    for row in found:
        for value in row:
            yield value.decode("latin-1") if isinstance(value, bytes) else str(value)


def test_the_vault_holds_no_name_address_or_number(fresh: Engines, desk: Desk) -> None:
    who = desk.registers(MINE)
    desk.vault.people.index(10)
    tables = rows(fresh)
    for name, found_there in tables.items():
        whole = "\n".join(texts(found_there)).lower()
        assert who in whole, name
        said = ("tregenza", "example.org", "1872000000", "truro")
        assert [one for one in said if one in whole] == [], name
    digests = [one for row in tables["identities"] for one in row if isinstance(one, bytes)]
    assert [len(one) for one in digests] == [16] * 4
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ms Ada Lamb", "LAMB, Ada", True),
        ("Mr J Smith", "Mrs J Smith", False),
        ("Mr Smith", "Mrs Smith", False),
        ("Dr J Smith", "J. Smith", False),
        ("!!!", "???", False),
    ],
)
def test_a_title_counts_where_it_alone_tells_who_it_is(one: str, other: str, *, same: bool) -> None:
    assert (same_name(one) == same_name(other)) is same


def test_who_is_reached_otherwise_is_found_by_what_is_new_and_not_by_what_was(desk: Desk) -> None:
    ada = desk.registers(MINE)
    new = Card("Ada Snow", "ada@new.example", None, "Truro")
    people = desk.vault.people
    people.change(ada, 7, lambda _: new)
    assert people.card_of(ada) == new
    people.index(10)
    assert [one.person for one in people.find("ada@new.example")] == [ada]
    assert [one.person for one in people.find("snow")] == [ada]
    for old in ("ada@example.org", "01872 000000", "tregenza"):
        assert people.find(old) == []
    assert desk.meets(MINE)[0].same == ()
    assert desk.meets(Card("Ada Snow", "ada@new.example"))[0].same == (ada,)


def test_a_change_is_taken_in_once_and_in_its_order(desk: Desk) -> None:
    """Whoever follows the log may come with it again."""
    ada, people = desk.registers(MINE), desk.vault.people
    for at, town in ((5, "Bodmin"), (5, "Fowey"), (3, "Looe")):
        people.change(ada, at, lambda card, town=town: card._replace(town=town))  # type: ignore[misc]  # bound
    found = people.card_of(ada)
    assert found
    assert found.town == "Bodmin"
    people.change(person("nobody"), 9, lambda card: card)


@pytest.mark.parametrize(
    ("said", "otherwise"),
    [
        (MINE, set()),
        (Card("A", "ADA@example.org ", "+44 1872 000000", "TRURO"), set()),
        (Card("A", None, None, "Bodmin"), {Way.TOWN}),
        (Card("A", "ada@new.example", "01872 000001"), {Way.EMAIL, Way.PHONE}),
    ],
)
def test_what_is_said_otherwise_is_seen_however_it_is_spelled(
    said: Card, otherwise: set[Way]
) -> None:
    assert said_otherwise(MINE, said) == otherwise
    assert said_otherwise(Card("A"), MINE) == {Way.EMAIL, Way.PHONE, Way.TOWN}
