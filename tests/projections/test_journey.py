from string import Formatter

import pytest

from events.assessments import PanelActed
from events.catalogue import CATALOGUE
from events.event import Event, id_fields
from events.ids import PersonId
from events.matching import PairForbidden
from events.offers import OfferAccepted, PlaceGivenUp
from events.pairings import PairingDeclined
from events.people import (
    AccessNeedsStated,
    ContactPreferenceStated,
    PersonErased,
    RelationshipDeclared,
)
from events.personal import Sealed, marked
from events.terms import Channel, Format, Relationship
from projections.journey import JOURNEY, JourneyRow
from projections.people import PEOPLE
from projections.projection import Shown
from projections.replay import folded
from projections.roles import HeldRole
from projections.sentences import SENTENCES
from tests.projections.edge import told, told_without_keys
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BARTEK,
    BEN,
    CLEO,
    COLM,
    HEALTHCARE,
    eligible,
    registered,
)
from tests.scenes.history import history
from tests.scenes.history_choosing import DILYS, FERN, GWEN, about
from tests.scenes.history_learning import ADA_AND_BEN, of_pair
from tests.scenes.scribe import Facts, shown

PRIVATE = "Told us something that is private."
BY_POST = ContactPreferenceStated(person_id=ADA, channel=Channel.POST, format=Format.EASY_READ)
A_SEAT = AccessNeedsStated(person_id=ADA, needs="A seat near the door.", supporter_comes=True)
VETO = RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.VETO)
APART = PairForbidden(
    cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="team"
)


def journeys() -> dict[str, JourneyRow]:
    return folded(JOURNEY, history())


def bears_a_person(kind: type[Event]) -> bool:
    fields = [kind.model_fields[name] for name in id_fields(kind)]
    return any(
        PersonId in (one.annotation, *getattr(one.annotation, "__args__", ())) for one in fields
    )


def test_every_fact_about_a_person_but_the_panels_has_a_sentence_and_no_other_has() -> None:
    bearing = {kind for kind in CATALOGUE.values() if bears_a_person(kind)}
    assert set(SENTENCES) == bearing - {PanelActed}


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: str(kind.name))
def test_no_sentence_says_what_is_sealed(kind: type[Event]) -> None:
    said = {str(field) for _, field, _, _ in Formatter().parse(SENTENCES[kind]) if field}
    assert not [name for name, _ in marked(kind) if any(f"0.{name}" in field for field in said)]


def test_a_journey_holds_every_fact_that_bears_the_person_in_order() -> None:
    for who, row in journeys().items():
        every = [one for one in history() if not isinstance(one.event, PanelActed)]
        bearing = [one.envelope.position for one in every if who in one.event.tags()]
        assert [entry.position for entry in row.entries] == bearing


def test_a_journey_reads_from_first_to_last() -> None:
    entries = journeys()[DILYS].entries
    said = [one.sentence for one in entries if one.name != "person.consent-given"]
    assert said == [
        "Became known to the programme.",
        "Began to apply.",
        "Handed an application in.",
        "Has longer to apply.",
        "Meets what the programme asks.",
        "Is on the reserve list.",
        "Came to the front of the reserve list.",
        "Was offered a place, until 15 November 2024.",
        "Did not answer the offer in time.",
    ]


def test_each_person_of_a_fact_reads_their_own_part_in_it() -> None:
    declined = of_pair(PairingDeclined, ADA_AND_BEN, declined_by=BEN, reason="too-far")
    said = [shown(JOURNEY, who, declined).entries[-1].sentence for who in (ADA, BEN)]
    assert said == ["The partner said no.", "Said no to a partner."]


def test_both_read_the_same_of_an_end_whoever_reported_it() -> None:
    end = next(one.envelope.position for one in history() if one.event.name == "pairing.ended")
    entries = [
        next(one for one in journeys()[who].entries if one.position == end)
        for who in (AMINA, BARTEK)
    ]
    assert entries[0] == entries[1]
    assert entries[0].sentence == "No longer leads with this partner."


def test_what_the_panel_does_is_in_nobodys_journey() -> None:
    for who in (ADA, CLEO):
        names = {one.name for one in journeys()[who].entries}
        assert {name for name in names if name.startswith("assessment.")} <= {
            "assessment.assessor-appointed"
        }


def test_whatever_was_stated_about_somebody_reads_the_same_and_is_for_staff() -> None:
    rows = [shown(JOURNEY, ADA, fact) for fact in (BY_POST, A_SEAT, VETO, APART)]
    assert {row.model_dump_json() for row in rows} == {rows[0].model_dump_json()}
    (entry,) = rows[0].entries
    assert (entry.sentence, entry.for_staff) == (PRIVATE, True)


def test_somebody_from_whom_another_is_kept_apart_reads_nothing_of_it() -> None:
    row = shown(JOURNEY, BEN, registered(BEN), VETO, APART)
    assert [one.sentence for one in row.entries] == ["Became known to the programme."]


def test_that_somebody_was_forgotten_is_all_that_is_said_of_it() -> None:
    row = shown(JOURNEY, ADA, registered(ADA), PersonErased(person_id=ADA))
    last = row.entries[-1]
    assert (last.name, last.sentence, last.for_staff) == (
        "person.erased",
        "Was forgotten.",
        False,
    )


def test_roles_are_what_somebody_is_now() -> None:
    roles = {who: {one.role for one in row.roles} for who, row in journeys().items()}
    assert roles[ADA] == {"participant"}
    assert roles[GWEN] == {"interested"}
    assert roles[CLEO] == {"assessor"}
    assert roles[AOIFE] == roles[BARTEK] == roles[FERN] == roles[DILYS] == set()
    assert journeys()[COLM].roles == (HeldRole(role="assessor", cohort_id=AUTUMN),)


def test_whoever_gives_a_place_up_before_it_is_confirmed_is_no_applicant_any_more() -> None:
    given_up = about(PlaceGivenUp, BEN, reason="place.work")
    yes = (*eligible(BEN, HEALTHCARE), about(OfferAccepted, BEN))
    assert shown(JOURNEY, BEN, *yes).roles == (HeldRole(role="applicant", cohort_id=AUTUMN),)
    assert shown(JOURNEY, BEN, *yes, given_up).roles == ()


def test_a_journey_tells_how_somebody_is_reached_now() -> None:
    """After all that has changed; of what can't be opened, nothing of it is said."""
    came = {"email": "ada@example.org", "phone": "01872 000000", "town": "Truro"}
    moved = {"town": "Bodmin", "postal_address": "1 Fore Street", "removed": ["phone"]}
    shown = JOURNEY.shown({"person_id": ADA, "contact": [came, moved]})
    assert shown == {
        "person_id": ADA,
        "email": "ada@example.org",
        "phone": None,
        "town": "Bodmin",
        "postal_address": "1 Fore Street",
    }
    shut = JOURNEY.shown({"contact": [came, "(sealed)"]})
    assert set(shut.values()) == {"(sealed)"}


def test_contact_details_stay_sealed() -> None:
    row = shown(JOURNEY, ADA, registered(ADA, "Ada Example"))
    assert all(isinstance(one, Sealed) for one in (row.full_name, *row.contact))
    opened = told(JOURNEY, row)
    ways = ("full_name", "email", "phone", "town")
    assert [opened[name] for name in ways] == ["Ada Example", "someone@example.org", None, None]
    assert "contact" not in opened
    assert [told_without_keys(JOURNEY, row)[name] for name in ways] == ["(sealed)"] * 4


def person(*facts: Facts) -> Shown:
    return told(PEOPLE, shown(PEOPLE, ADA, registered(ADA, "Ada Example"), *facts))


def test_people_are_known_by_a_sealed_name_and_by_what_they_stated_last() -> None:
    row = folded(PEOPLE, history())[ADA]
    assert isinstance(row.full_name, Sealed)
    assert len(row.statements) == 2
    needs = AccessNeedsStated(person_id=ADA, needs="Nothing any more.")
    by_phone = ContactPreferenceStated(person_id=ADA, channel=Channel.PHONE, language="cy")
    asked = ("full_name", "channel", "format", "language", "needs", "supporter_comes")
    first, second = person(BY_POST, A_SEAT), person(A_SEAT, BY_POST, needs, by_phone)
    assert [first[name] for name in asked] == [
        "Ada Example",
        "post",
        "easy-read",
        "en",
        "A seat near the door.",
        True,
    ]
    assert [second[name] for name in asked[1:]] == [
        "phone",
        "standard",
        "cy",
        "Nothing any more.",
        False,
    ]


def test_how_people_stand_to_others_is_not_told() -> None:
    quiet, tied = person(), person(VETO, APART)
    assert {**tied, "position": quiet["position"]} == quiet
    assert (quiet["channel"], quiet["format"], quiet["language"]) == (None, "standard", "en")


def test_without_the_key_nothing_is_told_of_a_person() -> None:
    row = shown(PEOPLE, ADA, registered(ADA, "Ada Example"), BY_POST)
    seen = told_without_keys(PEOPLE, row)
    assert {seen[name] for name in ("full_name", "channel", "needs", "supporter_comes")} == {
        "(sealed)"
    }
    assert "statements" not in seen
