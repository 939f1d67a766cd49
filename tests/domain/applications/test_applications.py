from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.applications.application import APPLIES_THEMSELVES, AppliedFromTheOtherSide, digest_of
from domain.applications.applying import ClosedForChanges, StartApplication, SubmitApplication
from domain.cohorts.cohort import (
    ClosedForApplications,
    CohortIsCancelled,
    NotOpenYet,
    UnknownCohort,
)
from domain.decision import NewerCounts, NotYours
from domain.people.person import PersonIsErased, UnknownPerson
from events.applications import (
    ApplicationAmended,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    EligibilityFailed,
    Profile,
)
from events.assessments import AssessorAppointed
from events.cohorts import ApplicationsOpened, CohortCancelled, DecisionsReleased, ExtensionGranted
from events.ids import ApplicationId, CohortId, PersonId
from events.people import PersonErased
from events.roles import RoleWithdrawn
from events.terms import Area, Background, Role, Side
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    HEALTHCARE,
    PATIENT,
    SPRING,
    application,
    applied,
    eligible,
    opened,
    planned,
    registered,
)
from tests.scenes.given import NOON, command_id, given

FIRST_MOMENT = datetime(2024, 9, 1, 23, 0, tzinfo=UTC)  # midnight in London, in summer
EVE = datetime(2024, 9, 1, 22, 59, 59, tzinfo=UTC)
LAST_SECOND = datetime(2024, 10, 11, 22, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2024, 10, 11, 23, 0, tzinfo=UTC)
PROFILE = Profile(area=Area.DEVON, background=Background.CARER)


def wish(who: PersonId = ADA, side: Side = PATIENT, **others: Any) -> SubmitApplication:
    fields: dict[str, Any] = {
        "cohort_id": AUTUMN,
        "person_id": who,
        "side": side,
        "profile": PROFILE,
        "experiences": 1,
        "interest": "I want to help.",
        "leadership": "I run a newsletter.",
    }
    return SubmitApplication(**fields | others)


def start(who: PersonId = ADA, side: Side = PATIENT, cohort: CohortId = AUTUMN) -> StartApplication:
    return StartApplication(cohort_id=cohort, person_id=who, side=side)


def started(named: ApplicationId, who: PersonId = ADA, side: Side = PATIENT) -> ApplicationStarted:
    return ApplicationStarted(application_id=named, cohort_id=AUTUMN, person_id=who, side=side)


def taken_back(who: PersonId) -> ApplicationWithdrawn:
    return ApplicationWithdrawn(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=PATIENT,
        reason="application.no-time",
    )


def ineligible(who: PersonId) -> EligibilityFailed:
    return EligibilityFailed(
        application_id=application(who),
        cohort_id=AUTUMN,
        person_id=who,
        side=PATIENT,
        reasons=("eligibility.no-background",),
    )


MINE = ApplicationId.derived(NOON, command_id())
SAID = digest_of("I want to help.", "I run a newsletter.", None)
LIKE_BEFORE: dict[str, Any] = {"profile": Profile(area=Area.DEVON)}


def amended(**others: Any) -> ApplicationAmended:
    fields: dict[str, Any] = {
        "application_id": application(ADA),
        "cohort_id": AUTUMN,
        "person_id": ADA,
        "side": PATIENT,
        "profile": PROFILE,
        "experiences": 1,
        "interest": "I want to help.",
        "leadership": "I run a newsletter.",
        "words_digest": SAID,
        "handed_in_at": NOON,
    }
    return ApplicationAmended(**fields | others)


def test_an_application_is_begun_once() -> None:
    given(opened(), registered(ADA)).when(start()).then(started(MINE)).when(
        start(), named="another wish"
    ).then_already_so()


def test_an_application_is_begun_and_handed_in_by_one_wish() -> None:
    submitted = ApplicationSubmitted(
        application_id=MINE,
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        profile=PROFILE,
        experiences=1,
        interest="I want to help.",
        leadership="I run a newsletter.",
        words_digest=SAID,
        handed_in_at=NOON,
    )
    given(opened(), registered(ADA)).when(wish()).then(started(MINE), submitted)


def test_a_draft_is_handed_in_under_its_own_id() -> None:
    draft = started(application(ADA))
    result = given(opened(), registered(ADA), draft).when(wish())
    result.then_kinds(ApplicationSubmitted)
    assert application(ADA) in result.new[0].tags()


def test_what_was_handed_in_is_handed_in_once_even_after_the_window() -> None:
    scene, same = given(opened(), applied(ADA, PATIENT)), wish(**LIKE_BEFORE)
    scene.when(same).then_already_so()
    scene.when(same, at=MIDNIGHT).then_already_so()
    given(opened(), eligible(ADA, PATIENT)).when(same).then_already_so()


def test_what_says_something_else_is_taken_in_until_the_last_moment() -> None:
    for facts in (applied(ADA, PATIENT), eligible(ADA, PATIENT)):
        scene = given(opened(), facts)
        late = amended(handed_in_at=LAST_SECOND)
        scene.when(wish(), at=LAST_SECOND).then(late).when(wish()).then_already_so()
        scene.when(wish(), at=MIDNIGHT).then_refused(ClosedForChanges)


@pytest.mark.parametrize(
    "other",
    [{"interest": "I want to help!"}, {"leadership": "A club."}, {"wishes": "Not on Mondays."}],
    ids=lambda other: next(iter(other)),
)
def test_words_that_no_rule_reads_are_known_to_be_others(other: dict[str, Any]) -> None:
    new = given(opened(), applied(ADA, PATIENT)).when(wish(**LIKE_BEFORE, **other)).new
    assert [type(fact) for fact in new] == [ApplicationAmended]
    given(opened(), applied(ADA, PATIENT), new).when(
        wish(**LIKE_BEFORE, **other), at=MIDNIGHT
    ).then_already_so()


def test_what_is_changed_back_is_taken_in_too() -> None:
    scene = given(opened(), applied(ADA, PATIENT)).when(wish()).then_kinds(ApplicationAmended)
    scene.when(wish(**LIKE_BEFORE), named="back").then_kinds(ApplicationAmended)


def test_an_application_is_changed_within_an_extension() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=date(2024, 10, 18), reason="extension.our-delay"
    )
    scene = given(opened(), applied(ADA, PATIENT), longer)
    scene.when(wish(), at=MIDNIGHT).then(amended(handed_in_at=MIDNIGHT))
    heard = given(scene.facts, DecisionsReleased(cohort_id=AUTUMN))
    heard.when(wish(), at=MIDNIGHT).then_refused(ClosedForChanges)


@pytest.mark.parametrize("command", [wish(), start()], ids=lambda wish: wish.name)
def test_whoever_applies_is_no_assessor_of_that_cohort_any_more(command: Any) -> None:
    asked = AssessorAppointed(cohort_id=AUTUMN, assessor_id=ADA, lay=True)
    found = given(opened(), registered(ADA), asked).when(command).new
    ends = RoleWithdrawn(
        person_id=ADA, cohort_id=AUTUMN, role=Role.ASSESSOR, reason=APPLIES_THEMSELVES
    )
    assert ends in found
    elsewhere = AssessorAppointed(cohort_id=SPRING, assessor_id=ADA, lay=True)
    assert ends not in given(opened(), registered(ADA), elsewhere).when(command).new


def test_one_person_has_one_application_and_not_one_from_each_side() -> None:
    scene = given(opened(), applied(ADA, PATIENT))
    scene.when(wish(side=HEALTHCARE)).then_refused(AppliedFromTheOtherSide)
    scene.when(start(side=HEALTHCARE)).then_refused(AppliedFromTheOtherSide)


def test_who_applied_to_one_cohort_can_apply_to_another() -> None:
    given(opened(), opened(SPRING), applied(ADA, PATIENT, SPRING)).when(wish()).then_kinds(
        ApplicationStarted, ApplicationSubmitted
    )


@pytest.mark.parametrize("command", [wish(), start()], ids=lambda wish: wish.name)
def test_the_window_is_open_from_midnight_to_midnight_in_london(command: Any) -> None:
    scene = given(opened(), registered(ADA))
    scene.when(command, at=EVE).then_refused(NotOpenYet)
    assert scene.when(command, at=FIRST_MOMENT).new
    assert scene.when(command, at=LAST_SECOND).new
    scene.when(command, at=MIDNIGHT).then_refused(ClosedForApplications)


def test_a_draft_is_not_handed_in_after_the_window() -> None:
    given(opened(), registered(ADA), started(application(ADA))).when(
        wish(), at=MIDNIGHT
    ).then_refused(ClosedForApplications)


def test_nobody_applies_before_the_cohort_is_opened() -> None:
    given(planned(), registered(ADA)).when(wish()).then_refused(NotOpenYet)


def test_an_extension_is_for_the_named_person_and_ends_at_midnight() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=date(2024, 10, 18), reason="extension.our-delay"
    )
    scene = given(opened(), registered(ADA), registered(BEN), longer)
    week_later = datetime(2024, 10, 18, 22, 59, 59, tzinfo=UTC)
    assert scene.when(wish(), at=week_later).new
    scene.when(wish(BEN, HEALTHCARE), at=week_later).then_refused(ClosedForApplications)
    scene.when(wish(), at=datetime(2024, 10, 18, 23, tzinfo=UTC)).then_refused(
        ClosedForApplications
    )


def test_an_extension_on_another_cohort_helps_nobody_here() -> None:
    longer = ExtensionGranted(
        cohort_id=SPRING, person_id=ADA, until=date(2024, 10, 18), reason="extension.our-delay"
    )
    given(opened(), opened(SPRING), registered(ADA), longer).when(wish(), at=MIDNIGHT).then_refused(
        ClosedForApplications
    )


def test_nobody_applies_once_everybody_has_heard() -> None:
    longer = ExtensionGranted(
        cohort_id=AUTUMN, person_id=ADA, until=date(2024, 12, 1), reason="extension.our-delay"
    )
    heard = DecisionsReleased(cohort_id=AUTUMN)
    given(opened(), registered(ADA), longer, heard).when(
        wish(), at=datetime(2024, 11, 5, 12, tzinfo=UTC)
    ).then_refused(ClosedForApplications)


@pytest.mark.parametrize("command", [wish(), start()], ids=lambda wish: wish.name)
def test_nobody_applies_who_was_erased(command: Any) -> None:
    given(opened(), registered(ADA), PersonErased(person_id=ADA)).when(command).then_refused(
        PersonIsErased
    )


@pytest.mark.parametrize("command", [wish(), start()], ids=lambda wish: wish.name)
def test_nobody_applies_to_what_is_not_there(command: Any) -> None:
    given(opened(SPRING), registered(ADA)).when(command).then_refused(UnknownCohort)
    given(opened(), registered(BEN)).when(command).then_refused(UnknownPerson)
    cancelled = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    given(opened(), registered(ADA), cancelled).when(command).then_refused(CohortIsCancelled)
    given(planned(), ApplicationsOpened(cohort_id=SPRING), registered(ADA)).when(
        command
    ).then_refused(NotOpenYet)


@pytest.mark.parametrize("command", [wish(), start()], ids=lambda wish: wish.name)
def test_people_apply_for_themselves_only(command: Any) -> None:
    draft = started(application(ADA))
    scene = given(opened(), registered(ADA), registered(BEN), draft)
    scene.when(command, by=BEN, role=Role.APPLICANT).then_refused(NotYours)
    assert scene.when(command, by=ADA, role=Role.APPLICANT).refusal is None


@pytest.mark.parametrize("blank", ["", "   ", "\n"])
def test_the_form_asks_for_an_interest(blank: str) -> None:
    with pytest.raises(ValidationError):
        wish(interest=blank)


def test_the_form_asks_for_a_side() -> None:
    with pytest.raises(ValidationError):
        wish(side="")  # type: ignore[arg-type] # what a form left blank would send


def test_experiences_that_are_counted_are_told_of() -> None:
    with pytest.raises(ValidationError, match="leadership must tell"):
        wish(leadership=None)
    assert wish(experiences=0, leadership=None).leadership is None


def test_who_took_it_back_can_apply_again() -> None:
    given(opened(), applied(ADA, PATIENT), taken_back(ADA)).when(wish(side=HEALTHCARE)).then_kinds(
        ApplicationStarted, ApplicationSubmitted
    )


def test_who_was_not_eligible_can_put_it_right() -> None:
    given(opened(), applied(ADA, PATIENT), ineligible(ADA)).when(wish()).then_kinds(
        ApplicationStarted, ApplicationSubmitted
    )


@pytest.mark.parametrize("facts", [applied, eligible])
def test_a_form_that_is_older_than_what_was_handed_in_at_the_door_is_not_taken(facts: Any) -> None:
    """A form is imported for the first time after its person has amended the application."""
    there = given(opened(), facts(ADA, PATIENT)).when(wish(), at=LAST_SECOND)
    amended_there = given(there.facts, there.new)
    form: Any = {"role": Role.IMPORTER, "asked": MIDNIGHT}
    older = wish(interest="What I wrote first.")
    amended_there.when(older, at=LAST_SECOND - timedelta(days=1), **form).then_refused(NewerCounts)
    amended_there.when(wish(), at=LAST_SECOND - timedelta(days=1), **form).then_already_so()
    same_moment = amended_there.when(older, at=LAST_SECOND, **form)
    same_moment.then_kinds(ApplicationAmended)
