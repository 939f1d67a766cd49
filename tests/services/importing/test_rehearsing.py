"""A file is rehearsed by the rules themselves, so that the run after it ends as was said."""

from pathlib import Path
from typing import Final

import pytest

from domain.applications.application import Application, Applications, Stage
from domain.applications.applying import ClosedForChanges
from domain.cohorts.cohort import ClosedForApplications, Cohort, CohortIsCompleted, NotOpenYet
from domain.decision import NewerCounts
from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.cohorts import ApplicationsOpened, CohortCompleted, DecisionsReleased
from events.event import Event
from events.ids import ApplicationId, ImportId, PersonId
from events.terms import Side
from services.importing import Examined, NotBegun, examine, rehearsed
from services.importing.foreknown import Applied, Foreknown, content_of
from services.importing.sending import NOT_REGISTERED
from tests.scenes.cast import AUTUMN, planned
from tests.scenes.filling import BEN, CSV, form, sheet
from tests.scenes.given import NOON

ADA: Final = PersonId.derived(NOON, "ada")
FILE: Final = ImportId.derived(NOON, "a file")
FIRST: Final = ApplicationId.derived(NOON, "ada's")
STARTED: Final = ApplicationStarted(
    application_id=FIRST, cohort_id=AUTUMN, person_id=ADA, side=Side.PATIENT_LEADER, import_id=FILE
)
OPENED: Final = ApplicationsOpened(cohort_id=AUTUMN)
ADAS: Final = {"name": "Ada Tregenza", "email": "ada@example.org"}
CARYS: Final = {"name": "Carys Eddy", "email": "carys@example.org"}
LATER: Final = {"timestamp": "20/09/2024 09:00", "interest": "What I think now."}


def cohort(*facts: Event) -> Cohort:
    known = Cohort(AUTUMN)
    for one in (planned(AUTUMN), *facts):
        known.learn(one)
    return known


def known(examined: Examined, *since: Event) -> Foreknown:
    """A cohort for which who stands in the first row has applied, with just that form."""
    (first, *_) = examined.ready
    them = Applied(ADA, Applications(AUTUMN, ADA), Application(FIRST))
    them.forms[first.at] = says = content_of(first.application)
    for one in (STARTED, *since):
        them.learn(one)
    if says and them.applications.live:
        them.application.stage, them.application.handed_in_at = Stage.SUBMITTED, first.at
        them.application.profile, them.application.experiences = says[:2]
        them.application.words_digest = says.words_digest
    return Foreknown(AUTUMN, cohort(OPENED), dict.fromkeys(first.known_by, them))


def fates(examined: Examined, before: Foreknown | None = None) -> list[str]:
    return [one.code or one.outcome for one in rehearsed(examined, before).lines]


def read(folder: Path, *rows: dict[str, str]) -> Examined:
    return examine(sheet(folder, *(form(**one) for one in rows)))


def test_the_file_alone_tells_who_comes_twice_and_who_has_nothing_to_tell_of() -> None:
    report = rehearsed(examine(CSV))
    by_row = {one.row: one.outcome for one in report.lines}
    assert (by_row[14], by_row[35], by_row[17]) == ("amended", "already", "refused")
    assert (report.sent, report.import_id) == (False, None)
    assert {one.person_id for one in report.lines} == {None}


def test_what_the_cohort_knows_is_told_row_by_row() -> None:
    report = rehearsed(examine(CSV), Foreknown(AUTUMN, cohort(OPENED)))
    assert report.ends == {"accepted": 63, "already": 1, "refused": 8, "to_be_asked_about": 0}
    by_row = {one.row: one for one in report.lines}
    assert (by_row[2].code, by_row[73].code) == (NotOpenYet.code, ClosedForApplications.code)
    assert by_row[73].notes == (NOT_REGISTERED,)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((), NotOpenYet.code),
        ((OPENED, DecisionsReleased(cohort_id=AUTUMN)), ClosedForApplications.code),
        ((OPENED, CohortCompleted(cohort_id=AUTUMN)), CohortIsCompleted.code),
    ],
)
def test_what_is_wrong_with_all_rows_is_told_once(facts: tuple[Event, ...], why: str) -> None:
    with pytest.raises(NotBegun) as refused:
        rehearsed(examine(CSV), Foreknown(AUTUMN, cohort(*facts)))
    assert refused.value.reply.code == why


def test_what_is_there_already_is_found_by_the_form(tmp_path: Path) -> None:
    examined = read(tmp_path, {}, BEN)
    assert fates(examined, known(examined)) == ["already", "ready"]
    report = rehearsed(examined, known(examined))
    assert [one.person_id for one in report.lines] == [ADA, None]


def test_a_changed_row_and_an_older_one_are_refused_and_a_newer_one_counts(tmp_path: Path) -> None:
    before = known(read(tmp_path, {}))
    changed = read(tmp_path, {"interest": "Something else."})
    assert fates(changed, before) == ["command.reused"]
    older = read(tmp_path, {**LATER, "timestamp": "10/09/2024 09:00"})
    assert fates(older, known(read(tmp_path, {}))) == [NewerCounts.code]
    assert fates(read(tmp_path, LATER), known(read(tmp_path, {}))) == ["amended"]
    same = read(tmp_path, {"timestamp": LATER["timestamp"]})
    assert fates(same, known(read(tmp_path, {}))) == ["already"]
    late = read(tmp_path, {**LATER, "timestamp": "20/10/2024 09:00"})
    assert fates(late, known(read(tmp_path, {}))) == [ClosedForChanges.code]
    other = read(tmp_path, {**LATER, "side": "Healthcare leader", "profession": "Nurse"})
    assert fates(other, known(read(tmp_path, {}))) == ["application.from-the-other-side"]


def test_what_went_with_an_import_can_come_again_and_what_they_took_back_does_not(
    tmp_path: Path,
) -> None:
    examined = read(tmp_path, {})
    whose = {"application_id": FIRST, "cohort_id": AUTUMN, "person_id": ADA}
    gone = {**whose, "side": Side.PATIENT_LEADER, "reason": "application.no-time"}
    own = ApplicationWithdrawn.model_validate(gone)
    assert fates(examined, known(examined, own)) == ["already"]
    taken_back = own.model_copy(update={"import_id": FILE})
    assert fates(examined, known(examined, taken_back)) == ["ready"]


def test_what_needs_a_yes_is_told_apart_but_not_of_what_is_there(tmp_path: Path) -> None:
    shares = {**BEN, "email": "ada@example.org"}
    examined = read(tmp_path, {}, shares)
    assert fates(examined, known(examined)) == ["already", "doubtful"]
    assert rehearsed(examined).totals == {"doubtful": 1, "ready": 1}


def test_where_nobody_can_be_asked_every_moment_is_right(tmp_path: Path) -> None:
    moments = ("14/09/2024 09:00", "01/01/2026 09:00", "01/07/2021 09:00")
    rows = [{"timestamp": one, **who} for one, who in zip(moments, (ADAS, BEN, CARYS), strict=True)]
    assert fates(read(tmp_path, *rows)) == ["ready"] * 3
