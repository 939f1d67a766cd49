"""Exports of form services, as they come: each gives the rows that somebody reads in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from events.terms import Day, Theme
from services.importing import NotATable, examine, rehearsed
from services.importing.packages import PROTECTED
from services.importing.submission import Submission
from services.importing.tables import OLE
from tests.scenes.exported import EXPORTS
from tests.scenes.exports import FILES, opendocument, told
from tests.scenes.filling import CSV, XLSX


@pytest.fixture(name="ready")
def in_a_file(tmp_path: Path) -> "Ready":
    return Ready(tmp_path / "answers")


class Ready:
    """What is ready of an export, whatever its file is called."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, name: str) -> dict[int, Submission]:
        self._path.write_bytes(EXPORTS[name].make())
        return {one.row: one for one in examine(self._path).ready}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_gives_its_rows_and_they_add_up(name: str, tmp_path: Path) -> None:
    export, path = EXPORTS[name], tmp_path / "answers"
    path.write_bytes(export.make())
    examined = examine(path)
    names = {one.row: one.register["full_name"] for one in examined.ready}
    assert names == export.ready, list(examined.unfit)
    assert tuple(sorted(line.row for line in examined.unfit)) == export.refused
    doubts = examined.all_doubts
    assert len(doubts) == len(export.doubts), doubts
    for words, doubt in zip(export.doubts, doubts, strict=True):
        assert words in doubt
    if export.at:
        assert examined.ready[0].at == export.at
    report = rehearsed(examined)
    assert sum(report.ends.values()) == len(report.lines) == len(names) + len(export.refused)


@pytest.mark.parametrize("path", [CSV, XLSX])
def test_nothing_in_the_example_is_doubtful(path: Path) -> None:
    """Or else whoever follows the first page would be asked."""
    assert examine(path).all_doubts == ()


def test_the_form_s_own_columns_win_over_a_service_s(ready: Ready) -> None:
    assert ready("Google Forms")[2].register["email"] == "ada@example.org"
    assert ready("Microsoft Forms")[2].register["email"] == "ada@example.org"
    assert ready("Microsoft Forms, signed in")[2].register["email"] == "ada@example.org"


def test_a_number_for_a_telephone_is_one_again(ready: Ready) -> None:
    assert ready("Microsoft Forms")[2].register["phone"] == "07700900201"
    assert ready("LibreOffice")[4].register["phone"] == "07700900201"
    assert ready("XLS")[4].register["phone"] == "07700900201"
    numbers = [one.register.get("phone") for one in ready("trial: telephones").values()]
    assert numbers == ["07700900201", None, "+447700900203"]
    assert not any("phone" in one.register for one in ready("trial: large numbers").values())


def test_options_are_told_apart_however_they_are_written(ready: Ready) -> None:
    def themes(name: str, row: int) -> set[str]:
        return set(ready(name)[row].application["profile"]["themes"])

    three = {Theme.MENTAL_HEALTH, Theme.DIGITAL, Theme.OLDER_PEOPLE}
    assert themes("Google Forms", 2) == three
    assert themes("SurveyMonkey", 3) == themes("LimeSurvey", 2) == {Theme.OLDER_PEOPLE}
    days = ready("JotForm")[2].application["profile"]["days"]
    assert set(days) == {Day.MONDAY, Day.TUESDAY}


def test_what_nobody_typed_is_undone(ready: Ready) -> None:
    ada = ready("pasted")[2]
    assert ada.register["email"] == "ada@example.org"
    assert ada.register["phone"] == "07700 900201"
    assert (ada.application["experiences"], "wishes" in ada.application) == (1, False)
    assert ready("pasted")[3].register["phone"] == "+447700900202"
    assert ready("trial: what XML can't hold")[3].application["experiences"] == 0


def test_whoever_writes_in_capitals_is_the_same_person(ready: Ready) -> None:
    one, other = ready("capitals").values()
    assert set(one.known_by) & set(other.known_by)


def test_which_columns_and_lines_were_left_out_is_said(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_bytes(EXPORTS["titles above"].make())
    above, columns = examine(path).notes
    assert "above the titles" in above
    assert '"Notes"' in columns


def test_two_columns_of_one_title_that_say_different_things_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    text = EXPORTS["Google Forms"].make().decode()
    header, first, rest = text.split("\n", 2)
    path.write_text(f"Town,{header.replace('Town or city', 'Town')}\nBath,{first}\n{rest}")
    with pytest.raises(NotATable, match='Two columns are called "Town"'):
        examine(path)


def encrypted_old() -> bytes:
    """The old workbook with the record that says it is encrypted (MS-XLS, FilePass) in the place of
    one that says where its windows are.
    """
    content = bytearray((FILES / "old.xls").read_bytes())
    at = content.index(b"\x3d\x00\x12\x00")
    content[at] = 0x2F
    return bytes(content)


LOCKED = {
    "new": OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
    "old": encrypted_old(),
    "OpenDocument": opendocument(told("x"), manifest='<x manifest:encryption-data=""/>'),
}


@pytest.mark.parametrize("kind", LOCKED)
def test_an_encrypted_workbook_is_named_as_such(kind: str, tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(LOCKED[kind])
    with pytest.raises(NotATable) as refused:
        examine(tmp_path / "answers")
    assert str(refused.value) == PROTECTED


def test_a_row_with_doubts_needs_a_yes_and_others_do_not(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    path.write_bytes(EXPORTS["trial: a couple"].make())
    report = rehearsed(examine(path))
    assert [line.outcome for line in report.lines] == ["ready", "doubtful"]
    assert report.ends == {"accepted": 1, "already": 0, "refused": 0, "to_be_asked_about": 1}
    assert replace(examine(path), ready=()).all_doubts == ()
