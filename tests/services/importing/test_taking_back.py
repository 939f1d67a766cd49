"""An import is one thing: begun, whole, taken back as a whole, and then it can come again."""

from pathlib import Path
from typing import Any

from nats.aio.client import Client

from domain.imports.taking_back import TakingBackReason
from events.applications import ApplicationStarted
from events.ids import ApplicationId, ImportId
from services.door.asking import ask
from services.door.replies import Reply
from services.importing import Report
from services.importing.taking_back import LEFT, take_back
from tests.scenes.filling import BEN, form, sheet
from tests.scenes.played import history_of
from tests.services.importing.conftest import RUTHS, Programme

Fates = dict[ApplicationId, Reply]


def came(programme: Programme, report: Report) -> list[ApplicationId]:
    """The applications that came with an import, in their order."""
    facts = [one.event for one in history_of(programme.engines)]
    started = (one for one in facts if isinstance(one, ApplicationStarted))
    return [one.application_id for one in started if one.import_id == report.import_id]


def taken_back(programme: Programme, report: Report) -> Fates:
    ids = came(programme, report)

    async def going(client: Client) -> Fates:
        assert report.import_id
        whole, fates = await take_back(
            client, report.import_id, TakingBackReason.WRONG_FILE, ids, shows=RUTHS
        )
        assert whole.status == "accepted", whole
        return dict(fates)

    return programme.run(going)


def of_imports(programme: Programme) -> list[str]:
    names = [one.event.name for one in history_of(programme.engines)]
    return [name for name in names if name.startswith("import.")]


def test_what_a_file_brought_in_is_one_import_that_goes_and_comes_again(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(), form(**BEN), form(name=""))
    first = programme.imports(path)
    assert first.totals == {"accepted": 2, "invalid": 1}
    assert len(came(programme, first)) == 2
    fates = taken_back(programme, first)
    assert [one.status for one in fates.values()] == ["accepted", "accepted"]
    assert programme.facts()["application.withdrawn.v1"] == 2
    assert of_imports(programme) == ["import.begun", "import.ended", "import.taken-back"]
    again = programme.imports(path)
    assert again.totals == {"accepted": 2, "invalid": 1}
    assert len(came(programme, again)) == 2
    assert programme.imports(path).totals == {"already": 2, "invalid": 1}
    assert programme.facts()["application.started.v1"] == 4


def test_a_row_that_was_mended_in_the_file_comes_with_the_next_import(
    programme: Programme, tmp_path: Path
) -> None:
    taken_back(programme, programme.imports(sheet(tmp_path, form(interest="Wrong."))))
    report = programme.imports(sheet(tmp_path, form(interest="Right.")))
    assert report.totals == {"accepted": 1}


def test_what_somebody_took_back_themselves_does_not_come_again(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(), form(**BEN))
    first = programme.imports(path)
    withdrawn: Any = {"application_id": came(programme, first)[0], "reason": "application.no-time"}
    asked = {"role": "coordinator", "onbehalfof": first.lines[0].person_id, "asked": "telephone"}
    body = {**asked, "data": withdrawn}
    reply = programme.run(lambda client: ask(client, "application.withdraw", body, token=RUTHS()))
    assert reply.status == "accepted", reply
    assert [one.code for one in taken_back(programme, first).values()].count(None) == 1
    again = programme.imports(path)
    assert again.totals == {"accepted": 1, "already": 1}


def test_what_was_touched_since_stays(programme: Programme, tmp_path: Path) -> None:
    first = programme.imports(sheet(tmp_path, form(), form(**BEN)))
    later = form(timestamp="20/09/2024 09:00", interest="What I think now.")
    assert programme.imports(sheet(tmp_path, later)).totals == {"amended": 1}
    codes = {one.code for one in taken_back(programme, first).values()}
    assert codes == {LEFT, None}


def test_an_import_that_was_stopped_is_begun_and_not_whole(
    programme: Programme, tmp_path: Path
) -> None:
    """And can be taken back as far as it came."""
    path = sheet(tmp_path, form(), form(**BEN))
    report = programme.imports(path, served=False)
    assert report.ends["to_be_asked_about"] == 2
    assert of_imports(programme) == []
    assert isinstance(report.import_id, ImportId)
