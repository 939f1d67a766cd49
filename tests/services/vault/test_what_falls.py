"""What is gone with whom: each value with everybody whom it is about, and with nobody else."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from domain.people.consents import GiveConsent
from events.assessments import DecisionMade
from events.event import Event
from events.ids import MatchingRunId, PairingId, PersonId
from events.matching import MatchingRunMade
from events.pairings import PairingEnded
from events.people import AccessNeedsStated, PersonRegistered, RelationshipDeclared
from events.personal import Beside, Erased, Sealed, marked
from events.terms import Channel, Outcome, Relationship
from events.workshops import WorkshopScheduled
from services.engines.addresses import Engines
from services.log.sealing import shut
from services.vault.opening import Reading
from services.vault.vault import ErasedAudience, LostKey, Vault
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    BOLA,
    CARYS,
    HEALTHCARE,
    PATIENT,
    application,
    confirmed,
    opened,
)
from tests.scenes.given import NOON
from tests.scenes.history_learning import SKILLS
from tests.scenes.runs import run_over
from tests.scenes.training import by_the_rules
from tests.scenes.world import KEYS, wish

EVENT = "0191fa7c-0000-7000-8000-000000000001"
RUN, OTHER_RUN = (MatchingRunId.derived(NOON, name) for name in ("run", "another"))
PAIR = PairingId.derived(NOON, "Ada and Ben")
PANEL, TEAM, CASE = f"panel:{AUTUMN}", f"cohort:{AUTUMN}", f"case:{PAIR}"


def decided(who: PersonId) -> DecisionMade:
    whose: dict[str, Any] = {"application_id": application(who), "person_id": who}
    found: dict[str, Any] = {"outcome": Outcome.RESERVE, "score": 512, "reasons": ("score.low",)}
    return DecisionMade(cohort_id=AUTUMN, side=PATIENT, **whose, **found)


def made(run_id: MatchingRunId, *patient_leaders: PersonId) -> MatchingRunMade:
    them = [confirmed(who, PATIENT) for who in patient_leaders]
    theirs = [confirmed(who, HEALTHCARE) for who in (BEN, BOLA)]
    found = run_over(opened(), *them, *theirs)
    return MatchingRunMade(run_id=run_id, cohort_id=AUTUMN, found=found)


FACTS: dict[str, Event] = {
    "registered": PersonRegistered(person_id=ADA, full_name="A", reached_by=(Channel.EMAIL,)),
    "needs": AccessNeedsStated(person_id=ADA, needs="A seat near the door."),
    "related": RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.FAMILY),
    "ended": PairingEnded(
        pairing_id=PAIR,
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        reason="relationship",
        reported_by=ADA,
        note="He was unkind.",
    ),
    "workshop": WorkshopScheduled(
        workshop_id=SKILLS,
        cohort_id=AUTUMN,
        number=1,
        title="Skills",
        starts_at=NOON,
        ends_at=NOON,
        venue="The Guildhall",
        capacity=3,
        **by_the_rules(NOON, NOON),
    ),
    "Ada's decision": decided(ADA),
    "Amina's decision": decided(AMINA),
    "run": made(RUN, ADA, AMINA),
    "another run": made(OTHER_RUN, AMINA),
}
FALLS_WITH: dict[tuple[str, str], set[str]] = {
    ("registered", "full_name"): {ADA},
    ("registered", "contact"): {ADA},
    ("registered", "reached_by"): {ADA},
    ("needs", "needs"): {ADA},
    ("needs", "content"): {ADA},
    ("related", "kind"): {ADA, BEN},
    ("related", "content"): {ADA},
    ("ended", "reason"): {ADA, BEN},
    ("ended", "reported_by"): {CASE},
    ("ended", "note"): {CASE},
    ("workshop", "title"): {TEAM},
    ("workshop", "venue"): {TEAM},
    ("Ada's decision", "content"): {ADA, PANEL},
    ("Amina's decision", "content"): {AMINA, PANEL},
    ("run", "found"): {ADA, AMINA, BEN, BOLA, f"run:{RUN}"},
    ("another run", "found"): {AMINA, BEN, BOLA, f"run:{OTHER_RUN}"},
}


class Kept:
    """All facts as they are stored, with what is kept beside them."""

    def __init__(self, vault: Vault) -> None:
        self.parts: dict[str, bytes] = {}
        self.stored: dict[str, Event] = {}
        self.closed: dict[tuple[str, str], Sealed | Beside] = {}
        for label, fact in FACTS.items():
            inner = vault.seal(vault.seal(fact, EVENT, for_rules=False), EVENT, for_rules=True)
            inner, parts = vault.seal_beside(inner, EVENT)
            self.parts |= parts
            self.stored[label] = vault.covered(inner, EVENT, {}) if fact.cover else inner
            for one in (inner, self.stored[label]):
                self.closed |= {(label, name): value for name, value in closed_in(one)}

    def open(self, one: Sealed | Beside, vault: Vault) -> Any:
        if isinstance(one, Sealed):
            return vault.open(one)
        return vault.open_beside(one, self.parts[one.digest])

    def read(self, reading: Reading) -> dict[str, Event]:
        return {label: reading(fact) for label, fact in self.stored.items()}


def closed_in(fact: Event) -> Iterator[tuple[str, Sealed | Beside]]:
    for name, _ in marked(type(fact)):
        value = getattr(fact, name)
        if isinstance(value, Sealed | Beside):
            yield name, value


@pytest.fixture
def kept(vault: Vault) -> Kept:
    CARYS_TOO = PersonRegistered(person_id=CARYS, full_name="C")  # noqa: N806 - somebody else
    vault.seal(CARYS_TOO, EVENT, for_rules=False)
    return Kept(vault)


PEOPLE = {"Ada": ADA, "Amina": AMINA, "Ben": BEN, "Bola": BOLA, "Carys": CARYS}
EVERYBODY = {**PEOPLE, "panel": PANEL, "team": TEAM, "case": CASE, "run": f"run:{RUN}"}


@pytest.mark.parametrize("name", EVERYBODY.values(), ids=EVERYBODY)
def test_a_value_falls_with_each_whom_it_is_about_and_with_nobody_else(
    kept: Kept, notifiers: Vault, owners: Vault, name: str
) -> None:
    assert kept.closed.keys() == FALLS_WITH.keys(), "every mark is tried"
    assert owners.destroy(name) >= 1
    gone = {key for key, one in kept.closed.items() if kept.open(one, notifiers) == Erased()}
    assert gone == {key for key, names in FALLS_WITH.items() if name in names}


@pytest.mark.parametrize("who", PEOPLE.values(), ids=PEOPLE)
def test_who_still_has_an_old_key_reads_as_who_has_none(
    kept: Kept, vault: Vault, notifiers: Vault, owners: Vault, who: PersonId
) -> None:
    """The one was told of the erasure, and has all keys at hand."""
    old, new = Reading(vault, kept.parts.__getitem__), Reading(notifiers, kept.parts.__getitem__)
    whole = kept.read(old)
    owners.destroy(who)
    assert kept.read(old) == whole, "or this would try nothing"
    old.forget(who)
    assert kept.read(old) == kept.read(new)
    assert (kept.read(new) == whole) is (who == CARYS)


def test_nothing_new_is_kept_about_who_was_erased(
    fresh: Engines, kept: Kept, owners: Vault
) -> None:
    owners.destroy(ADA)
    later = Vault(fresh.vault["commands"], KEYS)
    try:
        with pytest.raises(ErasedAudience):
            later.seal(FACTS["registered"], EVENT, for_rules=False)
        for label in ("registered", "related", "ended"):
            for name, sealed in closed_in(later.seal(FACTS[label], EVENT, for_rules=True)):
                gone = kept.open(sealed, later) == Erased()
                assert gone is (ADA in FALLS_WITH[label, name]), "a fact may go on without it"
        with pytest.raises(ErasedAudience):
            later.covered(FACTS["Ada's decision"], EVENT, {})
        with pytest.raises(ErasedAudience):
            later.seal_beside(FACTS["run"], EVENT)
        assert later.covered(FACTS["Amina's decision"], EVENT, {})
    finally:
        later.close()


def test_whoever_records_a_code_about_who_was_erased_knows_no_more_than_a_fold(
    vault: Vault, owners: Vault
) -> None:
    """It is sealed under nobody's key, so a rule that had read it would answer otherwise later."""
    ended = PairingEnded(
        pairing_id=PairingId.derived(NOON, "two"),
        cohort_id=AUTUMN,
        patient_leader_id=ADA,
        healthcare_leader_id=BEN,
        reason="no-time",
        reported_by=BEN,
    )
    asked = wish(vault, GiveConsent(person_id=BEN))
    vault.welcome([ADA, BEN])
    (before,) = shut([ended], asked.act, asked.origin, vault)
    owners.destroy(ADA)
    vault.forget()
    (after,) = shut([ended], asked.act, asked.origin, vault)
    assert isinstance(before.known, PairingEnded)
    assert before.known.reason == "no-time"
    folded = Reading(vault, lambda _: b"")(after.stored)
    assert isinstance(folded, PairingEnded)
    assert isinstance(after.known, PairingEnded)
    assert after.known.reason == folded.reason == Erased()


def test_what_is_kept_beside_is_refused_when_it_was_altered(kept: Kept, notifiers: Vault) -> None:
    one, other = kept.closed["run", "found"], kept.closed["another run", "found"]
    assert isinstance(one, Beside)
    assert isinstance(other, Beside)
    whole = kept.parts[one.digest]
    for wrong in (b"", whole[:-1], whole + b" ", b"\0" + whole[1:], kept.parts[other.digest]):
        with pytest.raises(ValueError, match="found was tampered with"):
            notifiers.open_beside(one, wrong)
    for moved in (
        {"event": EVENT.replace("1", "2")},
        {"field": "other"},
        {"audience": other.audience, "key": other.key},
        {"key": f"0{one.key}"},
        {"key": f"{one.key}.{one.key}"},
        {"digest": other.digest},
    ):
        with pytest.raises(ValueError, match="was tampered with"):
            notifiers.open_beside(one.model_copy(update=moved), whole)
    for never in ({"audience": other.audience}, {"key": "0"}):
        with pytest.raises(LostKey):
            notifiers.open_beside(one.model_copy(update=never), whole)
    swapped = one.model_copy(update={"digest": other.digest})
    with pytest.raises(ValueError, match="found was tampered with"):
        notifiers.open_beside(swapped, kept.parts[other.digest])
    assert notifiers.open_beside(one, whole)["pairs"]


def test_what_is_absent_is_sealed_where_its_absence_would_tell(kept: Kept, vault: Vault) -> None:
    ways = kept.open(kept.closed["registered", "contact"], vault)
    assert ways == dict.fromkeys(("email", "phone", "postal_address", "town"))
    silent = FACTS["ended"].model_copy(update={"note": None})
    note = vault.seal(silent, EVENT, for_rules=False).model_dump()["note"]
    assert vault.open(Sealed.model_validate(note)) is None
    said = kept.closed["ended", "note"]
    assert isinstance(said, Sealed)
    assert len(urlsafe_b64decode(note["sealed"])) == len(urlsafe_b64decode(said.sealed))
