import csv
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.cohorts.cohort import NotOpenYet
from events.applications import ApplicationSubmitted
from events.catalogue import decode
from events.people import PersonRegistered
from services.cli.import_before import NOBODY_CAME, NOT_YET
from services.engines.addresses import find
from services.importing.sending import OTHERWISE
from services.log.log import Log
from tests.scenes.calls import Calls
from tests.scenes.filling import form, sheet
from tests.scenes.terminal import EXAMPLE, ROOT, Said, Terminal
from tests.scenes.watching import until

NOBODYS = "cohort_01j6s42xa0f548sgnz613ryn9y"
MORE = 200
IN = {"accepted", "amended", "already"}
By = tuple[str, str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imports") / "data"


@pytest.fixture(scope="module")
def lt(data: Path) -> Terminal:
    return Terminal(LT_DATA=data)


@pytest.fixture(scope="module")
def calls(data: Path) -> Calls:
    """The same, where nothing depends on the process."""
    return Calls(LT_DATA=data)


@pytest.mark.timeout(300)
def test_stopped_or_killed_halfway_every_row_is_imported_once(
    lt: Terminal, calls: Calls, data: Path
) -> None:
    with lt.up() as up:
        cohort = lt.planned()
        until(lt.is_settled)
        assert_nothing_is_sent_before_it_opens(calls, data, cohort, ("--as", lt.coordinator))
        lt.asks("cohort.open-applications", {"cohort_id": cohort})
        whole = with_more_rows(data.parent)
        these = (whole, "--cohort", cohort, "--as", lt.coordinator)
        with lt.running("import", "applications", *these) as importing:
            until(lambda: count(data, "application.submitted") >= 10)
            stopped = importing.end()
        assert (stopped.code, stopped.out) == (130, "")
        assert stopped.err.endswith("What is in stays; run the import again for the rest.\n")
        until(lt.is_settled)  # what was sent before it stopped is decided
        first = count(data, "application.submitted")
        assert first < MORE
        with lt.running("import", "applications", *these) as importing:
            until(lambda: count(data, "application.submitted") > first)
            up.end(signal.SIGKILL)
            assert importing.end().code == 130
    with lt.up():
        by = ("--as", lt.coordinator)
        until(lt.is_settled)
        said = rehearsed(calls, whole, cohort, by)
        report = imported(calls, whole, cohort, by)
        assert (said.code, report.code) == (2, 2), "some rows are malformed"
        assert said.json["ends"] == report.json["ends"], "also of what is there by half"
        assert_fates(report.json["lines"])
        again = imported(calls, EXAMPLE.with_suffix(".xlsx"), cohort, by)
        assert again.json["totals"] == {"already": 65, "invalid": 4, "refused": 3}
        assert_fates(again.json["lines"])
        assert_once(data, report.json["lines"])
        until(lt.is_settled)
        said = rehearsed(calls, EXAMPLE, cohort, by)
        assert (said.json["sent"], said.json["totals"]) == (False, again.json["totals"])
        assert_a_changed_row_is_refused(calls, data.parent, cohort, by)
        assert_files_that_are_none(calls, data.parent, cohort, by)
        assert_what_is_doubtful_is_asked_about(calls, data.parent, cohort, by)
        assert_an_import_is_one_thing(lt, calls, data.parent, cohort, by)


def assert_nothing_is_sent_before_it_opens(calls: Calls, data: Path, cohort: str, by: By) -> None:
    """What is wrong with all rows is told once, in a sentence with what to do."""
    for said in (rehearsed(calls, EXAMPLE, cohort, by), imported(calls, EXAMPLE, cohort, by)):
        assert (said.code, said.json["code"]) == (1, NotOpenYet.code)
        assert said.json["sentence"] == f"{NOT_YET} {NOBODY_CAME}"
    assert count(data, "import.begun") == 0
    assert count(data, "person.registered") == 1, "Ruth"


def with_more_rows(folder: Path) -> Path:
    """The example, and below it so many more that its import can be stopped halfway."""
    path = folder / "whole.csv"
    more = (
        form(
            name=f"Nessa {'abcdefghij'[n // 20]}{'klmnopqrstuvwxyzabcd'[n % 20]}",
            email=f"{n}@x.example",
        )
        for n in range(MORE)
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(EXAMPLE.read_text(encoding="utf-8"))
        csv.writer(file).writerows(more)
    return path


def assert_fates(lines: list[dict[str, Any]]) -> None:
    """What examples/README.md says of each row that is not simply accepted."""
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    fates = dict(re.findall(r"^\| (\d+) \| (refused|repeated|ignored) \|", page, re.MULTILINE))
    assert len(fates) == 10
    outcomes = {str(line["row"]): line["outcome"] for line in lines}
    for row in map(str, range(2, 75)):
        match fates.get(row, "accepted"):
            case "refused" if row != "17":  # taken in, and found not eligible
                assert outcomes[row] in {"refused", "invalid"}, row
            case "ignored":
                assert row not in outcomes
            case "repeated":
                assert outcomes[row] == "already"
            case "accepted":
                assert outcomes[row] in IN, row


def assert_once(data: Path, lines: list[dict[str, Any]]) -> None:
    """One person and one application for each row that is in, whatever happened between."""
    log = Log(find(data, {}).programme["home"], connections=1)
    facts = [decode(row.document).event for row in log.pages(0, log.head())]
    log.close()
    applied = Counter(one.person_id for one in facts if isinstance(one, ApplicationSubmitted))
    people = {line["person_id"] for line in lines if line["outcome"] in IN or line["row"] == 17}
    assert applied == Counter(people)
    assert len(applied) == 63 + MORE, "62 that are accepted, row 17, and those below"
    registered = Counter(one.person_id for one in facts if isinstance(one, PersonRegistered))
    assert set(registered.values()) == {1}


def assert_a_changed_row_is_refused(calls: Calls, folder: Path, cohort: str, by: By) -> None:
    """Whoever imports must not take it for one that is in."""
    first = imported(calls, sheet(folder, form()), cohort, by)
    again = imported(calls, sheet(folder, form()), cohort, by)
    assert (first.code, first.json["totals"]) == (0, {"accepted": 1})
    assert (again.code, again.json["totals"]) == (0, {"already": 1})
    changed = imported(calls, sheet(folder, form(interest="Something else.")), cohort, by)
    assert (changed.code, changed.json["totals"]) == (1, {"refused": 1})
    (line,) = changed.json["lines"]
    assert (line["code"], line["sentence"]) == ("command.reused", OTHERWISE)


def assert_files_that_are_none(calls: Calls, folder: Path, cohort: str, by: By) -> None:
    letter = folder / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7\nSeraphina Quillfeather")
    for file, page in (
        (letter, "This is a PDF. Please export the answers as CSV or XLSX."),
        (folder / "absent.csv", "absent.csv can't be read: No such file or directory."),
    ):
        said = imported(calls, file, cohort, by)
        assert (said.code, said.json["status"]) == (2, "invalid")
        assert said.json["sentence"].endswith(page)
        assert said.err == said.json["sentence"] + "\n"
    for unknown in (imported(calls, EXAMPLE, NOBODYS, by), rehearsed(calls, EXAMPLE, NOBODYS, by)):
        assert (unknown.code, unknown.json["code"]) == (1, "cohort.unknown")
        assert unknown.json["sentence"].endswith(NOBODY_CAME)
    misspelt = calls("import", "applications", EXAMPLE, "--cohort", "Atumn", *by)
    assert (misspelt.code, misspelt.out) == (2, "")
    assert "--cohort: nothing that you may read is called so" in misspelt.err


def assert_what_is_doubtful_is_asked_about(calls: Calls, folder: Path, cohort: str, by: By) -> None:
    """Before anything is sent, and without anybody who could say yes nothing is."""
    share = {"email": "lobbs@example.org"}
    rows = form(name="Enid Lobb", **share), form(name="Frank Lobb", **share)
    couple = sheet(folder, *rows)
    here = ("import", "applications", couple, "--cohort", cohort, *by)
    rehearsed = calls(*here, "--dry-run", "--json")
    assert (rehearsed.code, rehearsed.json["sent"]) == (2, False)
    assert rehearsed.json["totals"] == {"doubtful": 1, "ready": 1}
    unsaid = calls(*here)
    assert unsaid.code == 2
    assert "Nothing was sent" in unsaid.err
    table = calls(*here, "--csv").out.splitlines()
    assert [line.partition(",")[0] for line in table] == ["row", "2", "3"]
    meant = calls(*here, "--yes", "--json")
    assert (meant.code, meant.json["totals"]) == (0, {"accepted": 2})


def assert_an_import_is_one_thing(
    lt: Terminal, calls: Calls, folder: Path, cohort: str, by: By
) -> None:
    """It is listed, shown, and taken back as a whole, with a yes."""
    report = imported(calls, sheet(folder, form(name="Gwen Oats", email="g@x.example")), cohort, by)
    until(lt.is_settled)
    mine = report.json["import_id"]
    listed = calls("import", "list", "--json", *by)
    assert mine in listed.out
    assert mine[-5:] in calls("import", "list", *by).out
    shown = calls("import", "show", mine[-9:], "--json", *by).json
    counts = (shown["ends"]["accepted"], shown["registered"], len(shown["applications"]))
    assert (shown["state"], *counts) == ("whole", 1, 1, 1)
    told = calls("import", "show", mine[-5:], *by)
    assert "1 person was registered with it" in told.out
    assert f"show people --where import_id={mine[-5:]}" in told.out
    (who,) = calls("show", "people", "--where", f"import_id={mine[-5:]}", "--json").lines
    assert who["person_id"] == report.json["lines"][0]["person_id"]
    goes = ("import", "take-back", mine, "--reason", "import.wrong-file", *by)
    unsaid = calls(*goes)
    assert (unsaid.code, "Nothing was taken back" in unsaid.err) == (2, True)
    gone = calls(*goes, "--yes")
    assert (gone.code, gone.out) == (0, "1 of 1 applications are taken back, 0 stay.\n")


def rehearsed(calls: Calls, file: Path, cohort: str, by: By) -> Said:
    return calls("import", "applications", file, "--cohort", cohort, *by, "--dry-run", "--json")


def imported(calls: Calls, file: Path, cohort: str, by: By) -> Said:
    return calls("import", "applications", file, "--cohort", cohort, *by, "--json")


def count(data: Path, name: str) -> int:
    with psycopg.connect(find(data, {}).programme["console"]) as connection:
        row = connection.execute(
            "SELECT count(*) FROM log.events WHERE type LIKE %s", (f"{name}.v%",)
        ).fetchone()
        return int(row[0]) if row else 0
