"""A file is brought in as one thing, and what came with it goes as one, unless it was touched."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from domain.applications.application import ApplicationIsWithdrawn
from domain.applications.applying import NothingWent, SubmitApplication
from domain.applications.withdrawals import IMPORTED_BY_MISTAKE, ReinstatementReason
from domain.cohorts.cohort import UnknownCohort
from domain.cohorts.impartial import TooCloseToThem
from domain.imports.importing import (
    AnotherImport,
    BeginImport,
    EndImport,
    RowsDoNotAddUp,
    RowsEndedOtherwise,
    UnknownImport,
)
from domain.imports.taking_back import (
    ImportTakenBackOtherwise,
    NotTakenBack,
    TakeBackApplication,
    TakeBackImport,
    TakingBackReason,
    TouchedSince,
)
from domain.offers.reinstating import ReinstateApplication
from events.applications import (
    ApplicationAmended,
    ApplicationReinstated,
    ApplicationStarted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    Profile,
)
from events.event import Event
from events.ids import ImportId
from events.imports import FileRead, ImportBegun, ImportEnded, ImportTakenBack, RowEnds
from events.people import RelationshipDeclared
from events.terms import Area, Relationship
from tests.scenes.cast import (
    ADA,
    AUTUMN,
    BEN,
    CARYS,
    PATIENT,
    SPRING,
    application,
    applied,
    opened,
    registered,
)
from tests.scenes.cast import eligible as is_eligible
from tests.scenes.given import NOON, given
from tests.scenes.selection import appointed, assigned, offered

FILE: Final = ImportId.derived(NOON, "a file")
ANOTHER: Final = ImportId.derived(NOON, "another file")
READ: Final = FileRead(rows=2, digest="0" * 64)
ENDS: Final = RowEnds(accepted=1, already=0, refused=1, to_be_asked_about=0)
BEGUN: Final = ImportBegun(import_id=FILE, cohort_id=AUTUMN, file=READ)
ENDED: Final = ImportEnded(import_id=FILE, cohort_id=AUTUMN, ends=ENDS)
MISTAKE: Final = ImportTakenBack(import_id=FILE, cohort_id=AUTUMN, reason="import.wrong-file")
GONE: Final = ApplicationWithdrawn(
    application_id=application(ADA),
    cohort_id=AUTUMN,
    person_id=ADA,
    side=PATIENT,
    reason=IMPORTED_BY_MISTAKE,
    import_id=FILE,
)
TAKE_BACK: Final = TakeBackApplication(application_id=application(ADA))


def begin(**changed: Any) -> BeginImport:
    return BeginImport(**{"import_id": FILE, "cohort_id": AUTUMN, "file": READ, **changed})


def with_the_file(facts: Iterator[Event]) -> Iterator[Event]:
    """The same facts, as they come with an import."""
    for one in facts:
        if isinstance(one, ApplicationStarted):
            yield one.model_copy(update={"import_id": FILE})
        else:
            yield one


def came() -> Iterator[Event]:
    yield from opened()
    yield BEGUN
    yield from with_the_file(applied(ADA, PATIENT))


def amended(by: ImportId | None) -> ApplicationAmended:
    said = next(one for one in applied(ADA, PATIENT) if isinstance(one, ApplicationSubmitted))
    return ApplicationAmended.model_validate({**said.model_dump(), "import_id": by})


def test_an_import_is_begun_once() -> None:
    scene = given(opened()).when(begin()).then(BEGUN)
    scene.when(begin()).then_already_so()
    scene.when(begin(file=FileRead(rows=2, digest="1" * 64))).then_refused(AnotherImport)
    given(opened(), opened(SPRING), BEGUN).when(begin(cohort_id=SPRING)).then_refused(AnotherImport)


def test_nothing_is_brought_in_for_a_cohort_that_nobody_planned() -> None:
    given().when(begin()).then_refused(UnknownCohort)


def test_an_import_is_whole_when_its_rows_add_up() -> None:
    scene = given(opened(), BEGUN)
    end = EndImport(import_id=FILE, ends=ENDS)
    scene.when(end).then(ENDED).when(end).then_already_so()
    fewer = RowEnds(accepted=1, already=0, refused=0, to_be_asked_about=0)
    scene.when(EndImport(import_id=FILE, ends=fewer)).then_refused(RowsDoNotAddUp)
    others = RowEnds(accepted=0, already=1, refused=1, to_be_asked_about=0)
    given(opened(), BEGUN, ENDED).when(EndImport(import_id=FILE, ends=others)).then_refused(
        RowsEndedOtherwise
    )


@pytest.mark.parametrize(
    "wish",
    [
        EndImport(import_id=ANOTHER, ends=ENDS),
        TakeBackImport(import_id=ANOTHER, reason=TakingBackReason.WRONG_FILE),
    ],
)
def test_an_import_that_nobody_began_neither_ends_nor_goes(wish: Any) -> None:
    given(opened(), BEGUN).when(wish).then_refused(UnknownImport)


def test_an_import_is_taken_back_once_and_for_one_reason() -> None:
    wish = TakeBackImport(import_id=FILE, reason=TakingBackReason.WRONG_FILE)
    scene = given(opened(), BEGUN).when(wish).then(MISTAKE)
    scene.when(wish).then_already_so()
    other = TakeBackImport(import_id=FILE, reason=TakingBackReason.NOT_WANTED)
    scene.when(other).then_refused(ImportTakenBackOtherwise)


def test_what_came_with_it_goes_once_it_is_taken_back() -> None:
    scene = given(came(), MISTAKE).when(TAKE_BACK).then(GONE)
    scene.when(TAKE_BACK).then_refused(ApplicationIsWithdrawn)


def test_nothing_goes_before_that_and_nothing_that_came_otherwise() -> None:
    given(came()).when(TAKE_BACK).then_refused(NotTakenBack)
    given(opened(), BEGUN, MISTAKE, applied(ADA, PATIENT)).when(TAKE_BACK).then_refused(
        NotTakenBack
    )


def test_what_was_touched_since_stays() -> None:
    eligible = [*opened(), BEGUN, *with_the_file(is_eligible(ADA, PATIENT)), MISTAKE]
    given(eligible).when(TAKE_BACK).then(GONE)
    given(eligible, appointed(CARYS), assigned(CARYS, ADA)).when(TAKE_BACK).then_refused(
        TouchedSince
    )
    given(came(), amended(None), MISTAKE).when(TAKE_BACK).then_refused(TouchedSince)
    given(came(), amended(ANOTHER), MISTAKE).when(TAKE_BACK).then_refused(TouchedSince)
    given(opened(), BEGUN, with_the_file(offered(ADA, PATIENT)), MISTAKE).when(
        TAKE_BACK
    ).then_refused(TouchedSince)


def test_what_a_coordinator_let_go_on_stays() -> None:
    """Also when whoever takes the import back asks for it once more."""
    again = ReinstateApplication(
        application_id=application(ADA), reason=ReinstatementReason.OUR_MISTAKE
    )
    on = given(came(), MISTAKE, GONE).when(again).then_kinds(ApplicationReinstated)
    on.when(TAKE_BACK).then_refused(TouchedSince)


def test_what_the_same_file_says_twice_is_not_touched() -> None:
    given(came(), amended(FILE), MISTAKE).when(TAKE_BACK).then(GONE)


def test_nobody_takes_back_an_application_of_somebody_close() -> None:
    tie = RelationshipDeclared(person_id=BEN, other_id=ADA, kind=Relationship.HOUSEHOLD)
    given(came(), MISTAKE, tie).when(TAKE_BACK, by=BEN).then_refused(TooCloseToThem)


def form(*, once_more: bool = False) -> SubmitApplication:
    return SubmitApplication(
        cohort_id=AUTUMN,
        person_id=ADA,
        side=PATIENT,
        profile=Profile(area=Area.DEVON),
        experiences=1,
        interest="I want to help.",
        leadership="I edit a newsletter.",
        once_more=once_more,
    )


def test_what_went_with_an_import_can_come_again_and_nothing_else() -> None:
    gone = given(came(), MISTAKE, GONE)
    gone.when(form(once_more=True)).then_kinds(ApplicationStarted, ApplicationSubmitted)
    given(came()).when(form(once_more=True)).then_refused(NothingWent)
    own = GONE.model_copy(update={"import_id": None, "reason": "application.no-time"})
    given(came(), own).when(form(once_more=True)).then_refused(NothingWent)


def test_nothing_comes_with_an_import_that_nobody_began_nor_with_one_of_another_cohort() -> None:
    scene = given(opened(), opened(SPRING), registered(ADA), BEGUN)
    new = scene.when(form(), import_id=FILE).new
    assert [one.import_id for one in new if isinstance(one, ApplicationStarted)] == [FILE]
    scene.when(form(), import_id=ANOTHER).then_refused(UnknownImport)
    spring = form().model_copy(update={"cohort_id": SPRING})
    scene.when(spring, import_id=FILE).then_refused(AnotherImport)
    amends = given(came())
    amends.when(form(), import_id=ANOTHER).then_refused(UnknownImport)
