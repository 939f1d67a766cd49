"""The team sees what each import brought in, and that one was a mistake."""

from events.applications import ApplicationStarted, ApplicationWithdrawn
from events.ids import ImportId
from events.imports import FileRead, ImportBegun, ImportEnded, ImportTakenBack, RowEnds
from events.people import PersonRegistered
from projections.imports import IMPORTS, ImportState
from tests.scenes.cast import ADA, AUTUMN, PATIENT, application
from tests.scenes.given import NOON
from tests.scenes.scribe import shown

FILE = ImportId.derived(NOON, "a file")
BEGUN = ImportBegun(import_id=FILE, cohort_id=AUTUMN, file=FileRead(rows=1, digest="0" * 64))
ENDS = RowEnds(accepted=1, already=0, refused=0, to_be_asked_about=0)
ENDED = ImportEnded(import_id=FILE, cohort_id=AUTUMN, ends=ENDS)
MISTAKE = ImportTakenBack(import_id=FILE, cohort_id=AUTUMN, reason="import.wrong-file")
WHOSE = {"application_id": application(ADA), "cohort_id": AUTUMN, "person_id": ADA, "side": PATIENT}
REGISTERED = PersonRegistered(person_id=ADA, full_name="Ada", import_id=FILE)
CAME = ApplicationStarted.model_validate({**WHOSE, "import_id": FILE})
WENT = ApplicationWithdrawn.model_validate({**WHOSE, "reason": "other", "import_id": FILE})


def test_what_came_and_went_with_an_import_is_counted() -> None:
    row = shown(IMPORTS, FILE, BEGUN, REGISTERED, CAME, ENDED, MISTAKE, WENT)
    assert (row.state, row.registered, row.came, row.went) == (ImportState.TAKEN_BACK, 1, 1, 1)
    assert shown(IMPORTS, FILE, BEGUN, CAME, ENDED).state is ImportState.WHOLE


def test_an_import_that_was_taken_back_while_it_ran_stays_so() -> None:
    row = shown(IMPORTS, FILE, BEGUN, CAME, MISTAKE, ENDED)
    assert row.state is ImportState.TAKEN_BACK
    assert row.ends is not None
