from events.catalogue import CATALOGUE
from events.event import id_fields
from events.ids import PersonId
from events.matching import PairForbidden
from events.people import RelationshipDeclared
from events.personal import Sealed
from events.terms import Relationship
from projections.journey import JOURNEY, JourneyRow
from projections.people import PEOPLE
from projections.replay import folded
from projections.roles import HeldRole
from projections.sentences import SENTENCES
from tests.scenes.cast import (
    ADA,
    AMINA,
    AOIFE,
    AUTUMN,
    BARTEK,
    BEN,
    CLEO,
    COLM,
    registered,
)
from tests.scenes.history import history
from tests.scenes.history_choosing import DILYS, FERN, GWEN
from tests.scenes.scribe import shown


def journeys() -> dict[str, JourneyRow]:
    return folded(JOURNEY, history())


def bears_a_person(kind: type) -> bool:
    fields = [CATALOGUE[kind.wire_name()].model_fields[name] for name in id_fields(kind)]  # type: ignore[attr-defined]  # kinds of the catalogue
    return any(
        PersonId in (one.annotation, *getattr(one.annotation, "__args__", ())) for one in fields
    )


def test_every_fact_about_a_person_has_a_sentence_and_no_other_has() -> None:
    assert set(SENTENCES) == {kind for kind in CATALOGUE.values() if bears_a_person(kind)}


def test_a_journey_holds_every_fact_that_bears_the_person_in_order() -> None:
    for who, row in journeys().items():
        bearing = [one.envelope.position for one in history() if who in one.event.tags()]
        assert [entry.position for entry in row.entries] == bearing


def test_a_journey_reads_from_first_to_last() -> None:
    fact = [entry.sentence for entry in journeys()[DILYS].entries if not entry.for_staff]
    assert fact == [
        "Became known to the programme.",
        "Began to apply.",
        "Handed an application in.",
        "May apply until the end of 18 October 2024.",
        "Meets what the programme asks.",
        "Is number 1 on the reserve list.",
        "Came to the front of the reserve list.",
        "Was offered a place, until 15 November 2024.",
        "Did not answer the offer in time.",
    ]


def test_each_person_of_a_fact_reads_their_own_part_in_it() -> None:
    end = next(one.envelope.position for one in history() if one.event.name == "pairing.ended")
    said = {
        who: next(one.sentence for one in journeys()[who].entries if one.position == end)
        for who in (AMINA, BARTEK)
    }
    assert said == {
        AMINA: "No longer leads with this partner.",
        BARTEK: "Said that the two no longer lead together.",
    }


def test_what_the_panel_does_is_for_staff_but_assessors_see_their_own_work() -> None:
    applicants = [one for one in journeys()[ADA].entries if one.name.startswith("assessment.")]
    assert applicants
    assert all(one.for_staff for one in applicants)
    assert not any(one.for_staff for one in journeys()[CLEO].entries)


def test_who_is_kept_apart_is_for_staff_and_says_no_kind() -> None:
    veto = RelationshipDeclared(person_id=ADA, other_id=BEN, kind=Relationship.VETO)
    apart = PairForbidden(
        cohort_id=AUTUMN, patient_leader_id=ADA, healthcare_leader_id=BEN, reason="concern.open"
    )
    mine, theirs = shown(JOURNEY, ADA, veto), shown(JOURNEY, BEN, veto, apart)
    assert [one.for_staff for one in mine.entries] == [False]
    assert [one.for_staff for one in theirs.entries] == [True, True]
    assert "veto" not in mine.model_dump_json() + theirs.model_dump_json()
    assert "concern" not in theirs.model_dump_json()


def test_roles_are_what_somebody_is_now() -> None:
    roles = {who: {one.role for one in row.roles} for who, row in journeys().items()}
    assert roles[ADA] == {"participant"}
    assert roles[GWEN] == {"interested"}
    assert roles[CLEO] == {"assessor"}
    assert roles[AOIFE] == roles[BARTEK] == roles[FERN] == roles[DILYS] == set()
    assert journeys()[COLM].roles == (HeldRole(role="assessor", cohort_id=AUTUMN),)


def test_contact_details_stay_sealed() -> None:
    row = shown(JOURNEY, ADA, registered(ADA, "Ada Example"))
    assert isinstance(row.full_name, Sealed)
    assert isinstance(row.email, Sealed)
    assert row.phone is None


def test_people_are_known_by_a_sealed_name_and_by_what_they_need() -> None:
    row = folded(PEOPLE, history())[ADA]
    assert isinstance(row.full_name, Sealed)
    assert isinstance(row.needs, Sealed)
    assert (row.channel, row.format, row.supporter_comes) == ("post", "easy-read", True)
