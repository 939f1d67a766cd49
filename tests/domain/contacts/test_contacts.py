"""People who are no applicants: named for one purpose, asked, and kept no longer than needed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.cohorts.cohort import CohortIsCancelled, UnknownCohort
from domain.contacts.answering import (
    AgreeToBeContact,
    DeclineToBeContact,
    MarkUnanswered,
    MayStillAnswer,
)
from domain.contacts.contact import ContactIsOver, NamedContact, UnknownContact
from domain.contacts.endings import (
    ITS_DAY_IS_OVER,
    SAID_NO,
    ContactEndReason,
    EndContact,
    EndContactsOf,
    LapseContact,
    NotYourContact,
    StillKept,
)
from domain.contacts.naming import (
    AlreadyNamed,
    EndOutOfReach,
    NameContact,
    NotTakingPart,
    TooManyNamed,
)
from domain.decision import NotYourRole, NotYours
from domain.pairings.pairing import NotYourPairing
from domain.people.person import PersonIsErased, UnknownPerson
from domain.projects.project import ProjectIsOver, UnknownProject
from events.calendar import end_of
from events.cohorts import CohortCancelled
from events.contacts import ContactEnded, ContactKept, ContactNamed
from events.event import Event
from events.ids import ContactId, PersonId
from events.offers import OfferDeclined, PlaceGivenUp
from events.people import Contact, PersonErased
from events.projects import ProjectCompleted
from events.rules import FIRST
from events.terms import ContactPurpose, Role
from tests.scenes.cast import (
    ADA,
    AMINA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    NOBODY,
    PATIENT,
    SPRING,
    application,
    confirmed,
    eligible,
    opened,
    registered,
)
from tests.scenes.contacts import (
    ANSWER_BY,
    HARI,
    LAST_DAY,
    MAE,
    SUE,
    agreed,
    declined,
    ended,
    host,
    kept,
    line_manager,
    supporter,
    unanswered,
)
from tests.scenes.given import NOON, Given, command_id, folded, given
from tests.scenes.pairs import cohort_of, pairing
from tests.scenes.projects import PROJECT, running

MANAGER, SUPPORTER, HOST = (
    ContactPurpose.LINE_MANAGER,
    ContactPurpose.SUPPORTER,
    ContactPurpose.HOST,
)
NEW = ContactId.derived(NOON, command_id())
ON_ITS_DAY = datetime(2025, 5, 30, 22, 59, tzinfo=UTC)  # the last minute of the day in London
AFTER_ITS_DAY = datetime(2025, 5, 30, 23, tzinfo=UTC)


def name(who: PersonId = BEN, purpose: ContactPurpose = MANAGER, **more: Any) -> NameContact:
    known = {"full_name": "Mae Trim", "email": "mae@trust.example"}
    whose = {"cohort_id": AUTUMN, "person_id": who, "purpose": purpose}
    return NameContact.model_validate({**whose, **known, **more})


def name_host(**more: Any) -> NameContact:
    return name(purpose=HOST, **{"person_id": None, "project_id": PROJECT, **more})


def with_ben() -> Given:
    return given(opened(), confirmed(BEN, HEALTHCARE))


def mae_is_named() -> Given:
    return given(with_ben().facts, line_manager(BEN), kept())


def hari_hosts() -> Given:
    return given(cohort_of(ADA, beside=(BEN,)), running(), host(PROJECT), kept(HARI))


def gone(contact: ContactId = MAE) -> ContactEnded:
    return ended(contact)


def test_somebody_is_named_for_one_purpose_until_the_cohort_ends() -> None:
    named = line_manager(BEN).model_copy(update={"contact_id": NEW})
    with_ben().when(name(), by=BEN, role=Role.PARTICIPANT).then(named, kept(NEW))


def test_somebody_is_named_for_a_shorter_time() -> None:
    short = date(2024, 12, 1)
    made = with_ben().when(name(until=short)).then_kinds(ContactNamed, ContactKept)
    known = folded(NamedContact(NEW), made.facts)
    assert (known.until, known.answer_by) == (short, ANSWER_BY)
    soon = with_ben().when(name(until=date(2024, 9, 20)))
    assert folded(NamedContact(NEW), [*soon.facts, *soon.new]).answer_by == date(2024, 9, 20)


def test_nobody_is_kept_longer_than_the_cohort_or_named_for_the_past() -> None:
    with_ben().when(name(until=date(2025, 5, 31))).then_refused(EndOutOfReach)
    with_ben().when(name(until=date(2024, 9, 15))).then_refused(EndOutOfReach)
    with_ben().when(name(), at=AFTER_ITS_DAY).then_refused(EndOutOfReach)
    with_ben().when(name(until=LAST_DAY), at=ON_ITS_DAY).then_kinds(ContactNamed, ContactKept)


def test_an_applicant_names_somebody_before_anything_is_decided() -> None:
    applies = given(opened(), eligible(ADA, PATIENT))
    applies.when(name(ADA, SUPPORTER), by=ADA, role=Role.APPLICANT).then_kinds(
        ContactNamed, ContactKept
    )


@pytest.mark.parametrize(
    "over",
    [
        OfferDeclined(
            application_id=application(BEN),
            cohort_id=AUTUMN,
            person_id=BEN,
            side=HEALTHCARE,
            reason="offer.work",
        ),
        PlaceGivenUp(
            application_id=application(BEN),
            cohort_id=AUTUMN,
            person_id=BEN,
            side=HEALTHCARE,
            reason="place.work",
        ),
    ],
)
def test_nobody_is_named_for_somebody_who_takes_no_part(over: Event) -> None:
    given(with_ben().facts, over).when(name()).then_refused(NotTakingPart)
    given(opened(), registered(BEN)).when(name()).then_refused(NotTakingPart)
    given(opened(), opened(SPRING), confirmed(BEN, HEALTHCARE, SPRING)).when(name()).then_refused(
        NotTakingPart
    )


def test_nobody_is_named_for_who_is_not_known_or_in_a_cohort_that_is_not() -> None:
    given(opened()).when(name(NOBODY)).then_refused(UnknownPerson)
    given(registered(BEN)).when(name()).then_refused(UnknownCohort)
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    given(with_ben().facts, off).when(name()).then_refused(CohortIsCancelled)
    given(with_ben().facts, PersonErased(person_id=BEN)).when(name()).then_refused(PersonIsErased)


def test_people_name_contacts_for_themselves_only() -> None:
    with_ben().when(name(), by=ADA, role=Role.PARTICIPANT).then_refused(NotYours)
    with_ben().when(name(), by=ADA, role=Role.HOST).then_refused(NotYourRole)


def test_a_host_is_named_by_either_of_the_pair_for_their_project() -> None:
    scene = given(cohort_of(ADA, beside=(BEN, AMINA)), running())
    for who in (ADA, BEN):
        scene.when(name_host(), by=who, role=Role.PARTICIPANT).then_kinds(ContactNamed, ContactKept)
    scene.when(name_host(), by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourPairing)
    scene.when(name_host(), by=AMINA, role=Role.APPLICANT).then_refused(NotYourPairing)
    scene.when(name_host(cohort_id=SPRING)).then_refused(UnknownProject)
    given(opened()).when(name_host()).then_refused(UnknownProject)
    done = ProjectCompleted(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
    given(scene.facts, done).when(name_host()).then_refused(ProjectIsOver)


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "host"},
        {"person_id": None},
        {"project_id": PROJECT},
        {"person_id": None, "project_id": PROJECT},
        {"email": None},
        {"email": "nowhere"},
        {"phone": "1.6E+9"},
        {"purpose": "friend"},
    ],
)
def test_what_is_no_naming_is_not_taken(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        name(**wrong)


def test_two_are_not_named_for_one_purpose_at_once() -> None:
    mae_is_named().when(name()).then_refused(AlreadyNamed)
    mae_is_named().when(name(purpose=ContactPurpose.REFEREE)).then_kinds(ContactNamed, ContactKept)
    given(mae_is_named().facts, gone()).when(name()).then_kinds(ContactNamed, ContactKept)


def test_nobody_has_many_people_written_to() -> None:
    some = [ContactId.derived(NOON, str(number)) for number in range(FIRST.contacts)]
    asked = [(line_manager(BEN, one), kept(one), gone(one)) for one in some]
    flat = [fact for facts in asked for fact in facts]
    given(with_ben().facts, flat[:-3]).when(name()).then_kinds(ContactNamed, ContactKept)
    given(with_ben().facts, flat).when(name()).then_refused(TooManyNamed)


def test_a_contact_says_yes_once() -> None:
    yes = mae_is_named().when(AgreeToBeContact(contact_id=MAE)).then(agreed())
    yes.when(AgreeToBeContact(contact_id=MAE)).then_already_so()
    given().when(AgreeToBeContact(contact_id=MAE)).then_refused(UnknownContact)


def test_a_contact_says_no_at_any_time_and_is_one_no_more() -> None:
    no, reason = DeclineToBeContact(contact_id=MAE), SAID_NO
    mae_is_named().when(no).then(declined(), ended(reason=reason))
    after = given(mae_is_named().facts, agreed()).when(no).then(declined(), ended(reason=reason))
    after.when(no).then_already_so()
    after.when(AgreeToBeContact(contact_id=MAE)).then_refused(ContactIsOver)
    given().when(no).then_refused(UnknownContact)


@pytest.mark.parametrize("command", [AgreeToBeContact, DeclineToBeContact])
@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.APPLICANT, Role.HOST])
def test_nobody_answers_for_a_contact_but_a_coordinator(command: Any, role: Role) -> None:
    mae_is_named().when(command(contact_id=MAE), by=BEN, role=role).then_refused(NotYourRole)


def test_a_contact_who_would_agree_too_late_is_kept_no_longer() -> None:
    yes = AgreeToBeContact(contact_id=MAE)
    mae_is_named().when(yes, at=AFTER_ITS_DAY).then_refused(ContactIsOver)
    mae_is_named().when(yes, at=ON_ITS_DAY).then(agreed())


def test_a_contact_lapses_when_their_last_day_is_over() -> None:
    lapse = LapseContact(contact_id=MAE)
    mae_is_named().when(lapse, at=ON_ITS_DAY).then_refused(StillKept)
    over = ended(reason=ITS_DAY_IS_OVER)
    mae_is_named().when(lapse, at=AFTER_ITS_DAY).then(over).when(
        lapse, at=AFTER_ITS_DAY
    ).then_already_so()
    given().when(lapse).then_refused(UnknownContact)


def test_a_contact_who_does_not_answer_in_two_weeks_is_asked_about_once() -> None:
    scene, midnight = mae_is_named(), end_of(ANSWER_BY)
    silent = MarkUnanswered(contact_id=MAE)
    scene.when(silent, at=midnight - timedelta(microseconds=1)).then_refused(MayStillAnswer)
    found = scene.when(silent, at=midnight).then(unanswered())
    found.when(silent, at=midnight).then_already_so()
    found.when(AgreeToBeContact(contact_id=MAE), at=midnight).then(agreed())
    for answer in (agreed(), ended()):
        given(scene.facts, answer).when(silent, at=midnight).then_already_so()
    given().when(silent).then_refused(UnknownContact)


def test_whoever_named_them_ends_it() -> None:
    end = EndContact(contact_id=MAE, reason=ContactEndReason.NOT_NEEDED)
    over = ended(reason=ContactEndReason.NOT_NEEDED.value)
    done = mae_is_named().when(end, by=BEN, role=Role.PARTICIPANT).then(over)
    done.when(end, by=BEN, role=Role.PARTICIPANT).then_refused(ContactIsOver)
    done.when(end).then_already_so()
    mae_is_named().when(end, by=ADA, role=Role.PARTICIPANT).then_refused(NotYourContact)
    mae_is_named().when(end).then(over)
    given().when(end).then_refused(UnknownContact)
    with_host = EndContact(contact_id=HARI, reason=ContactEndReason.MISTAKE)
    hari_hosts().when(with_host, by=AMINA, role=Role.PARTICIPANT).then_refused(NotYourContact)
    hari_hosts().when(with_host, by=BEN, role=Role.PARTICIPANT).then_kinds(ContactEnded)


def test_contacts_end_with_somebodys_part_and_not_before() -> None:
    end = EndContactsOf(person_id=BEN)
    mae_is_named().when(end, role=Role.SYSTEM).then_already_so()
    left = PlaceGivenUp(
        application_id=application(BEN),
        cohort_id=AUTUMN,
        person_id=BEN,
        side=HEALTHCARE,
        reason="place.work",
    )
    after = given(mae_is_named().facts, left)
    after.when(end, role=Role.SYSTEM).then(gone()).when(end, role=Role.SYSTEM).then_already_so()


def test_what_somebody_left_in_one_cohort_goes_on_in_another() -> None:
    left = PlaceGivenUp(
        application_id=application(BEN, SPRING),
        cohort_id=SPRING,
        person_id=BEN,
        side=HEALTHCARE,
        reason="place.work",
    )
    both = given(mae_is_named().facts, opened(SPRING), confirmed(BEN, HEALTHCARE, SPRING), left)
    both.when(EndContactsOf(person_id=BEN), role=Role.SYSTEM).then_already_so()


def test_nobody_is_left_behind_by_somebody_who_was_erased() -> None:
    scene = given(mae_is_named().facts, agreed(), PersonErased(person_id=BEN))
    scene.when(EndContactsOf(person_id=BEN), role=Role.SYSTEM).then(gone())


def test_a_host_ends_with_the_project() -> None:
    end = EndContactsOf(project_id=PROJECT)
    hari_hosts().when(end, role=Role.SYSTEM).then_already_so()
    done = ProjectCompleted(project_id=PROJECT, pairing_id=pairing(), cohort_id=AUTUMN)
    given(hari_hosts().facts, done).when(end, role=Role.SYSTEM).then(gone(HARI))


def test_all_end_with_a_cohort_that_is_cancelled() -> None:
    end = EndContactsOf(cohort_id=AUTUMN)
    scene = given(hari_hosts().facts, supporter(ADA), kept(SUE))
    scene.when(end, role=Role.SYSTEM).then_already_so()
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    given(scene.facts, off).when(end, role=Role.SYSTEM).then(*map(gone, sorted([SUE, HARI])))


def test_of_what_nobody_knows_nothing_ends() -> None:
    for wish, refusal in (
        (EndContactsOf(person_id=NOBODY), UnknownPerson),
        (EndContactsOf(project_id=PROJECT), UnknownProject),
        (EndContactsOf(cohort_id=SPRING), UnknownCohort),
    ):
        given(opened()).when(wish, role=Role.SYSTEM).then_refused(refusal)
    with pytest.raises(ValidationError):
        EndContactsOf()
    with pytest.raises(ValidationError):
        EndContactsOf(person_id=BEN, cohort_id=AUTUMN)


def test_of_a_contact_who_ended_nothing_is_known_but_that_there_was_one() -> None:
    known = folded(NamedContact(MAE), [*mae_is_named().facts, gone()])
    assert (known.named, known.full_name, known.contact) == (None, None, Contact())
    assert known.ended
    assert known.cohort_id == AUTUMN


def test_being_a_contact_is_no_role() -> None:
    """An id of a contact is none of a person, so it is granted nothing and acts nowhere."""
    with pytest.raises(ValueError, match="person_"):
        PersonId.parse(MAE)
