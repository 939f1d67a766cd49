"""What anybody can see of what is sealed, of who sent it and of whom it conceals: no difference."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from enum import StrEnum
from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import domain
from domain.pairings.compatibility import RULES
from domain.pairings.suitability import SCORES
from domain.people.preferences import StateContactPreference
from domain.people.ties import RelationshipEndReason
from events import terms
from events.applications import Profile
from events.assessments import (
    AssessmentAmended,
    AssessmentSubmitted,
    AssessorAssigned,
    AssessorAwaitedAgain,
    AssessorStoodDown,
    ConflictDeclared,
    CorrectionSigned,
    DecisionChanged,
    DecisionInDoubt,
    DecisionMade,
    DecisionReopened,
    ModerationHeld,
    PanelDidNothing,
)
from events.catalogue import BENEATH, CATALOGUE
from events.contacts import ContactNamed
from events.event import Event
from events.ids import CommandId
from events.imports import FileRead, RowEnds
from events.matching import PairAllowed, PairForbidden, PairLocked, PairUnlocked, Reason
from events.notices import AboutNotice
from events.pairings import PartnerWishedAgain, PersonHeldOut, PersonLetIn
from events.people import (
    AccessNeedsStated,
    Contact,
    ContactPreferenceStated,
    RelationshipDeclared,
    RelationshipEnded,
)
from events.personal import Sealed, marked
from events.terms import Channel, Format, Outcome, Relationship, Side
from services.engines.addresses import Engines
from services.log.sealing import Shut, shut
from services.vault.epochs import EpochKeys, LostEpoch
from services.vault.vault import TooMuchToSeal, Vault, WrongMasterKey
from tests.scenes.cast import ADA, AUTUMN, BEN, CLEO, PATIENT, application
from tests.scenes.contacts import MAE
from tests.scenes.given import NOON
from tests.scenes.history_learning import APPRAISAL, MANAGER
from tests.scenes.world import KEYS, wish

EVENT = "0191fa7c-0000-7000-8000-000000000001"
SENT = CommandId.derived(NOON, "sent")


def modules() -> Iterator[ModuleType]:
    house = Path(domain.__file__).parent
    for file in house.rglob("*.py"):
        yield import_module(".".join(("domain", *file.relative_to(house).with_suffix("").parts)))


def members() -> Iterator[str]:
    for module in (terms, *modules()):
        for one in vars(module).values():
            is_words = isinstance(one, type) and issubclass(one, StrEnum)
            if is_words and one is not terms.Way:  # these are names of fields, and no codes
                yield from (member.value for member in one)


def some_of(values: Iterable[Any], most: int) -> list[tuple[Any, ...]]:
    every = sorted(values, key=len)
    return [(), *((one,) for one in every), tuple(every[:most]), tuple(every[-most:])]


CODES = sorted({*members(), "places.taken"})
EVERYTHING = Profile(
    area=max(terms.Area, key=len),
    themes=tuple(terms.Theme),
    days=tuple(terms.Day),
    travel=max(terms.Travel, key=len),
    background=max(terms.Background, key=len),
    standing=max(terms.Standing, key=len),
    profession=max(terms.Profession, key=len),
    employer="X" * 10,
)
WHY = [Reason(code=score.code, points=9_999_999) for score in SCORES]
MOMENTS = [NOON, NOON.replace(second=1, microsecond=1)]
CODED: dict[str, list[Any]] = {
    "said_at": MOMENTS,
    "handed_in_at": MOMENTS,
    "reason": CODES,
    "reasons": some_of(CODES, 4),
    "how": CODES,
    "rule": [code for code, _ in RULES],
    "heard_through": CODES,
    "theme": list(terms.Theme),
    "host": ["RH8", "X" * 10],
    "scan_id": ["1", "scan.1", "x" * 40],
    "reached_by": [tuple(some) for number in range(4) for some in combinations(Channel, number)],
    "experiences": [0, 1, 50],
    "leading_together": [True, False],
    "reported_by": [None, ADA, BEN],
    "by": [{"actor": ADA}, dict.fromkeys(["actor", "issuer", "traceparent"], "x" * 80)],
    "place": [1, 17, 200],
    "about": [
        AboutNotice(to=who, template=template, why=why)
        for who in (ADA, MAE)
        for template in ("offer.made", "person.details-changed-formerly")
        for why in terms.NoticeTrouble
    ],
    "decisions": ["0" * 64, "f" * 64],
    "digest": ["0" * 64, "f" * 64],
    "words_digest": [None, "0" * 64, "f" * 64],
    "file": [FileRead(rows=rows, digest="0" * 64) for rows in (1, 10_000)],
    "ends": [
        RowEnds(accepted=one, already=one, refused=one, to_be_asked_about=one)
        for one in (0, 10_000)
    ],
    "issuer": ["nhs", "x" * 40],
    "subject": ["0" * 64, "f" * 64],
    "until": [date(2024, 10, 18), date(2024, 11, 1)],
    "profile": [Profile(area=terms.Area.KENT), EVERYTHING],
}
OTHERWISE: dict[tuple[str, str], list[Any]] = {
    ("pairing.proposed", "reasons"): [(), *((one,) for one in WHY), tuple(WHY)],
}
TYPED = {"full_name", "words", "interest", "leadership", "wishes"}
TYPED |= {"title", "venue", "aim", "note", "host_name", "criteria", "contact", "change"}


def sealed_fields() -> Iterator[tuple[type[Event], str]]:
    """Each field that is sealed by itself, where nothing is kept beside and nothing is covered."""
    for kind in CATALOGUE.values():
        for name, mark in marked(kind):
            if not mark.beside and name != "content":
                yield kind, name


def coded() -> Iterator[tuple[type[Event], str, list[Any]]]:
    """Those that have one of a few values, with these."""
    for kind, name in sealed_fields():
        if name not in TYPED:
            yield kind, name, OTHERWISE.get((kind.name, name)) or CODED[name]


def sealed_as(vault: Vault, kind: type[Event], field: str, value: Any) -> Sealed:
    blank = dict.fromkeys(kind.model_fields)
    fact = kind.model_construct(None, **{**blank, field: value})
    whole = vault.seal(vault.seal(fact, EVENT, for_rules=False), EVENT, for_rules=True)
    found = getattr(whole, field)
    assert isinstance(found, Sealed)
    return found


def test_a_code_has_one_length_whatever_it_says(vault: Vault) -> None:
    lengths = {
        (kind.name, name): {len(sealed_as(vault, kind, name, one).sealed) for one in values}
        for kind, name, values in coded()
    }
    assert len(lengths) > 30
    assert {where: found for where, found in lengths.items() if len(found) > 1} == {}


def test_nobody_can_tell_whether_there_is_an_address(vault: Vault) -> None:
    kind = CATALOGUE["person.registered.v1"]
    emails = (None, "ada@example.org", "a.rather.long.name@an-employer.example")
    numbers, towns = (None, "07700 900123"), (None, "Bath", "Llanfairpwllgwyngyll")
    given = [
        Contact(email=email, phone=phone, town=town)
        for email, phone, town in product(emails, numbers, towns)
    ]
    assert len({len(sealed_as(vault, kind, "contact", one).sealed) for one in given}) == 1


def test_what_is_absent_looks_like_what_is_not(vault: Vault) -> None:
    fields = [(kind, name) for kind, name in sealed_fields() if dict(marked(kind))[name].always]
    assert len(fields) >= 3
    for kind, name in fields:
        absent, given = (sealed_as(vault, kind, name, one) for one in (None, "Some words."))
        assert vault.open(absent) is None
        assert len(absent.sealed) == len(given.sealed)


@pytest.mark.parametrize("field", ["full_name", "interest", "leadership", "wishes"])
def test_of_words_only_a_coarse_length_can_be_told(vault: Vault, field: str) -> None:
    kind = CATALOGUE["person.registered.v1" if field == "full_name" else "application.submitted.v1"]
    even = dict(marked(kind))[field].even
    for number in (1, even // 2, even - 2):
        found = sealed_as(vault, kind, field, "x" * number)
        assert len(found.sealed) == len(sealed_as(vault, kind, field, "x").sealed)


def panels() -> Iterator[Event]:
    about: dict[str, Any] = {
        "application_id": application(ADA),
        "cohort_id": AUTUMN,
        "person_id": ADA,
    }
    by: dict[str, Any] = {**about, "assessor_id": CLEO}
    yield PanelDidNothing(**about)
    yield ModerationHeld(**about)
    yield DecisionReopened(**about)
    yield DecisionInDoubt(**about)
    days: dict[str, Any] = {"score_by": date(2024, 9, 30), "remind_on": date(2024, 9, 27)}
    yield AssessorAssigned(**by, lay=True, **days)
    yield AssessorAwaitedAgain(**by, **days)
    yield AssessorStoodDown(**by, scored=True)
    for kind in Relationship:
        yield ConflictDeclared(**by, kind=kind, hard=True)
    many = {f"criterion-{number}": 10 for number in range(20)}
    found: dict[str, Any] = {"lay": False, "scores": many, "recommendation": Outcome.OFFER}
    for comment in (None, "Yes.", "x" * 2000):
        yield AssessmentSubmitted(**by, **found, comment=comment)
        yield AssessmentAmended(**by, **found, comment=comment)
    for side, outcome in ((PATIENT, Outcome.OFFER), (Side.HEALTHCARE_LEADER, Outcome.DECLINE)):
        for reasons in some_of(CODES, 5):
            said: dict[str, Any] = {"side": side, "outcome": outcome, "score": 1000}
            yield DecisionMade(**about, **said, reasons=reasons)
            yield DecisionChanged(**about, **said, reasons=reasons, reason="decision.mistake")
            yield CorrectionSigned(
                **about,
                signed_for=side,
                signed_by=CLEO,
                holds="offer.accepted",
                outcome=outcome,
                reasons=reasons,
                reason="decision.mistake",
            )


def statements() -> Iterator[Event]:
    for kind in Relationship:
        tie: dict[str, Any] = {"person_id": ADA, "other_id": BEN, "kind": kind}
        yield RelationshipDeclared(**tie)
        for why in RelationshipEndReason:
            yield RelationshipEnded(**tie, reason=why, ended_on=date(2024, 9, 16))
    for form in Format:
        yield ContactPreferenceStated(person_id=ADA, channel=Channel.POST, format=form)
    for needs in ("x", "x" * 2000):
        for comes in (True, False):
            yield AccessNeedsStated(person_id=ADA, needs=needs, supporter_comes=comes)
    for reason in ("other", "known-conflict", "team"):
        two: dict[str, Any] = {"patient_leader_id": ADA, "healthcare_leader_id": BEN}
        yield PairForbidden(cohort_id=AUTUMN, **two, reason=reason)
        yield PairAllowed(cohort_id=AUTUMN, **two, reason=reason)
        yield PairLocked(cohort_id=AUTUMN, **two, reason=reason)
        yield PairUnlocked(cohort_id=AUTUMN, **two, reason=reason)
        for held_by in (None, BEN):
            yield PersonHeldOut(person_id=ADA, reason=reason, held_by=held_by)
            yield PersonLetIn(person_id=ADA, reason=reason, held_by=held_by)
    yield PartnerWishedAgain(person_id=ADA, other_id=BEN)


def contacts() -> Iterator[Event]:
    short, long = Contact(), Contact(email="x" * 200, phone="x" * 200)
    for purpose, ways, name in product(terms.ContactPurpose, (short, long), ("x", "x" * 200)):
        for whom in ({"person_id": ADA}, {"project_id": APPRAISAL}):
            this: dict[str, Any] = {"contact_id": MANAGER, "cohort_id": AUTUMN, **whom}
            yield ContactNamed(**this, purpose=purpose, full_name=name, contact=ways)


def shut_alone(vault: Vault, fact: Event, named: str = "wish") -> Shut:
    one = wish(vault, StateContactPreference(person_id=ADA, channel=Channel.POST), named)
    (found,) = shut([fact], one.act, one.origin, vault)
    return found


@pytest.mark.parametrize("facts", [panels, statements, contacts])
def test_all_that_lies_under_one_cover_looks_alike(vault: Vault, facts: Any) -> None:
    """As it is stored, byte for byte but for what is sealed, and with as many tags."""
    found = [shut_alone(vault, fact) for fact in facts()]
    sealed = [one.stored.content.sealed for one in found]  # type: ignore[attr-defined]  # a cover
    assert len({len(text) for text in sealed}) == 1
    bare = {one.body.replace(text.encode(), b"") for one, text in zip(found, sealed, strict=True)}
    assert len(bare) == 1
    assert len({len(one.tags) for one in found}) == 1


def test_every_kind_that_is_covered_was_tried() -> None:
    tried = {type(fact) for fact in (*panels(), *statements(), *contacts())}
    assert tried == set(BENEATH.values())


def test_what_does_not_fit_under_a_cover_is_refused_and_not_shown(vault: Vault) -> None:
    fact = next(one for one in panels() if isinstance(one, AssessmentSubmitted))
    with pytest.raises(TooMuchToSeal, match=r"^assessment\.submitted has \d+ bytes") as refusal:
        vault.covered(fact.model_copy(update={"comment": "\N{SNOWMAN}" * 2000 * 2}), EVENT, {})
    assert "\N{SNOWMAN}" not in str(refusal.value)


@pytest.fixture(params=["another master key", "another epoch's key", "no key"])
def thief(request: pytest.FixtureRequest, fresh: Engines, other_keys: EpochKeys) -> Iterator[Vault]:
    """Who has the vault itself, but not all that opens it."""
    keys = {
        "another master key": EpochKeys(other_keys.master, KEYS.file),
        "another epoch's key": other_keys,
        "no key": EpochKeys(KEYS.master, other_keys.file.with_name("none")),
    }
    with closing(Vault(fresh.vault["commands"], keys[request.param])) as opened:
        yield opened


def test_a_hidden_tag_names_nobody(vault: Vault, notifiers: Vault, elsewhere: Vault) -> None:
    declared = shut_alone(
        vault, RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.TEAM)
    )
    (tag,) = (one for one in declared.tags if one.startswith("hidden_"))
    assert declared.tags == [ADA, tag, declared.tags[-1]]
    assert BEN not in str(declared.tags)
    assert BEN.removeprefix("person_") not in tag
    assert tag == vault.hidden_tag(BEN) == notifiers.hidden_tag(BEN)
    assert tag != vault.hidden_tag(ADA)
    assert tag != elsewhere.hidden_tag(BEN)


def test_who_lacks_a_key_can_not_try_names_nor_foretell_ids(vault: Vault, thief: Vault) -> None:
    vault.prove()
    for attempt in (
        lambda: thief.hidden_tag(BEN),
        lambda: thief.command_id(ADA, SENT),
        lambda: thief.sender(ADA),
        lambda: thief.digest(b"{}", []),
        lambda: thief.seal_names([ADA], EVENT),
    ):
        with pytest.raises((WrongMasterKey, LostEpoch)):
            attempt()


def test_a_fact_that_conceals_nobody_has_a_tag_that_leads_nowhere(vault: Vault) -> None:
    needs = AccessNeedsStated(person_id=ADA, needs="A seat near the door.")
    tags = [shut_alone(vault, needs, named).tags for named in ("one", "another")]
    hidden = [tag for one in tags for tag in one if tag.startswith("hidden_")]
    assert len(set(hidden)) == 2
    assert not {vault.hidden_tag(who) for who in (ADA, BEN, CLEO)} & set(hidden)


def test_a_recorded_command_id_is_keyed_and_each_senders_own(
    vault: Vault, notifiers: Vault, elsewhere: Vault
) -> None:
    recorded = vault.command_id(ADA, SENT)
    assert recorded == notifiers.command_id(ADA, SENT)
    assert recorded != vault.command_id(BEN, SENT), "nobody takes another's id in advance"
    assert recorded != vault.command_id(ADA, CommandId.derived(NOON, "other"))
    assert recorded not in (SENT, vault.command_id(ADA, recorded)), "who reads it can't send it"
    assert recorded != elsewhere.command_id(ADA, SENT), "nobody can foretell it"


@pytest.mark.parametrize("chance", range(20))
def test_a_recorded_command_id_is_an_id_with_the_time_of_the_sent_one(
    vault: Vault, chance: int
) -> None:
    sent = CommandId.derived(NOON, str(chance))
    recorded = vault.command_id(ADA, sent)
    assert CommandId.parse(recorded) == recorded
    assert recorded[:17] == sent[:17]
    assert recorded > CommandId.derived(NOON - timedelta(seconds=1), "earlier")
