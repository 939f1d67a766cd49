"""What is said by names is done, row by row where there are many; nobody guesses."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from services.cli.import_before import UNASKED
from services.cli.reading import LATE
from services.engines.addresses import find
from services.reading.asking import NOBODY
from services.reading.replies import ReadingReply
from tests.scenes.calls import Calls
from tests.scenes.filling import CSV
from tests.scenes.terminal import Said, Terminal
from tests.scenes.watching import until

COHORT = {
    "title": "Autumn",
    "opens_on": "2024-09-02",
    "closes_on": "2024-10-11",
    "decisions_on": "2024-11-04",
    "starts_on": "2024-12-02",
    "ends_on": "2031-06-27",
    "places_per_side": 10,
}
ANOTHER = {"title": "Autumn 2031", "closes_on": "2024-10-18", "ends_on": "2031-07-04"}
PEOPLE = (
    ("Ada Byrne", "ada@post.example", "Exeter"),
    ("Ada Byrne-Jones", "jones@post.example", "Bath"),
    ("Ben Tregenza", "ben@post.example", "Truro"),
    ("Cara Nolan", "cara@team.example", "Exeter"),
    ("Dev Patel", "dev@team.example", "Bath"),
    ("Esi Mensah", "esi@team.example", "Bath"),
)
SESSIONS = 1000
NO_IMPORT = "import_01j7x3v900f0m3xk1w2e4r6t8y"
A_COHORT = "cohort_01j7x3v900f0m3xk1w2e4r6t8y"


@pytest.fixture(scope="module")
def lt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A programme with a coordinator, a cohort and six people."""
    lt = Terminal(LT_DATA=tmp_path_factory.mktemp("by-name") / "data")
    with lt.up():
        assert lt.asks("cohort.plan", COHORT).status == "accepted"
        assert lt.asks("cohort.plan", {**COHORT, **ANOTHER}).status == "accepted"
        for name, email, town in PEOPLE:
            one = {"full_name": name, "email": email, "town": town}
            assert lt.asks("person.register", one).status == "accepted"
        until(lt.is_settled)
        yield lt


@pytest.fixture
def calls(lt: Terminal) -> Calls:
    return Calls(LT_DATA=lt.environment()["LT_DATA"])


def table(file: Path, header: str, *rows: tuple[object, ...]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([header.split(), *rows])
    return file


def grants(calls: Calls, who: str, *more: str) -> Said:
    return calls("do", "role.grant", f"person_id={who}", "role=importer", *more)


@pytest.mark.parametrize("who", ["Ben", "tregenza BEN", "ben@post.example", "Truro"])
def test_somebody_is_found_by_what_they_are_called_and_shown(calls: Calls, who: str) -> None:
    said = grants(calls, who)
    assert said.code == 0, said.err
    assert "Ben Tregenza, Truro" in said.err


def test_who_is_called_just_so_goes_before_a_longer_name(calls: Calls) -> None:
    assert "Ada Byrne, Exeter" in grants(calls, "Ada Byrne").err


def test_of_several_nobody_is_guessed_and_the_end_of_an_id_says_which(calls: Calls) -> None:
    said = grants(calls, "Ada")
    assert said.code == 2
    assert "more than one is found" in said.err
    (end,) = (line.split("\t")[0] for line in said.out.splitlines() if "Byrne-Jones" in line)
    again = grants(calls, end)
    assert (again.code, "Ada Byrne-Jones" in again.err) == (0, True)


def test_nobody_is_said_with_what_to_do(calls: Calls) -> None:
    said = grants(calls, "Zoe")
    assert (said.code, "nobody whom you may find" in said.err) == (2, True)
    assert "Zoe" not in said.err


@pytest.mark.parametrize(
    ("words", "field", "none"),
    [
        (
            ("import", "list", "--cohort", "Zoe"),
            "--cohort",
            "nothing that you may read is called so",
        ),
        (("import", "list", "--cohort", " "), "--cohort", "nothing that you may read is called so"),
        (("import", "show", "?"), "IMPORT", "nothing that you may read is called so"),
        (("import", "show", NO_IMPORT), "IMPORT", "nothing that you may read is called so"),
        (("matching", "why", "Zoe"), "PERSON", "nobody whom you may find is called so"),
        (("identity", "name", "Zoe"), "PERSON", "nobody whom you may find is called so"),
    ],
)
def test_whoever_only_reads_is_told_what_is_not_found_and_of_no_record(
    calls: Calls, words: tuple[str, ...], field: str, none: str
) -> None:
    said = calls(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"{field}: {none}")
    assert len(said.err.splitlines()) == 1


def test_for_a_program_several_who_may_be_named_are_json_alone(calls: Calls) -> None:
    told = calls("identity", "name", "Exeter", "--json")
    assert (told.code, told.json["status"]) == (2, "invalid")


def test_what_has_no_word_in_it_is_no_title(calls: Calls) -> None:
    said = calls("do", "cohort.open-applications", "cohort_id=?", "--json")
    assert "nothing that you may read" in said.json["fields"][0]["problem"]


def test_a_thing_is_found_by_its_title_in_json_too(calls: Calls) -> None:
    said = calls("do", "cohort.open-applications", json.dumps({"cohort_id": "autumn"}))
    assert (said.code, "Autumn, planned" in said.err) == (0, True)
    both = calls("do", "cohort.open-applications", "cohort_id=aut")
    assert (both.code, "Autumn 2031" in both.out) == (2, True)
    told = calls("do", "cohort.open-applications", "cohort_id=aut", "--json")
    assert (told.code, told.json["status"]) == (2, "invalid")


def test_whoever_may_find_nobody_is_told_nothing(lt: Terminal, calls: Calls) -> None:
    for who in ("Cara", "Dev"):
        assert calls("identity", "name", who).code == 0
    for words in ("Ben", "Nobody at all"):
        said = grants(calls, words, "--as", "Dev")
        assert (said.code, "reading." in said.err) == (1, True), said.err
        assert "Tregenza" not in said.out + said.err


def test_each_row_has_its_line_and_what_was_refused_is_tried_again(
    calls: Calls, tmp_path: Path
) -> None:
    rows = [("Ben", "facilitator", ""), ("Nobody", "facilitator", ""), ("Ada", "importer", "")]
    refused = ("Esi", "co-chair", "")  # a co-chair is of one side
    file = table(tmp_path / "roles.csv", "person_id role side", *rows, refused)
    said = calls("do", "role.grant", "--each", file)
    lines = said.out.splitlines()
    assert said.code == 2
    assert lines[0].startswith("Row 1, Ben Tregenza, Truro")
    assert "accepted." in lines[0]
    assert lines[1].startswith("Row 2 not well-formed: data.person_id: nobody")
    assert lines[2].startswith("Row 3 not well-formed: data.person_id: more than one")
    assert "refused (" in lines[3] or "not well-formed" in lines[3]
    mended = [rows[0], ("Dev", "facilitator", ""), ("Ada Byrne", "facilitator", "")]
    chair = ("Esi", "co-chair", "patient-leader")
    again = calls("do", "role.grant", "--each", table(file, "person_id role side", *mended, chair))
    assert again.code == 0, again.out
    assert again.out.splitlines()[-1] == "4 rows: 3 accepted, 1 so already."
    assert "was done before" in again.out


def test_many_are_told_as_json_line_by_line(calls: Calls) -> None:
    given = "\n".join(json.dumps({"person_id": one}) for one in ("Cara Nolan", "Dev Patel", "Zoe"))
    words = ("person.give-consent", "--each", "-", "--for", "person_id", "--asked", "paper")
    said = calls("do", *words, "--json", given=given)
    *lines, last = said.lines
    assert [one["outcome"] for one in lines] == ["accepted", "accepted", "invalid"]
    assert last == {"rows": 3, "totals": {"accepted": 2, "invalid": 1}}
    assert lines[0]["command"] != lines[1]["command"]


def test_a_word_a_line_is_the_field_that_is_missing(calls: Calls, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("Ben Tregenza\n\nEsi Mensah\n", encoding="utf-8")
    said = calls("do", "role.grant", "role=host", "--each", names)
    assert said.out.splitlines()[-1].startswith("2 rows: "), said.err
    unclear = calls("do", "role.grant", "--each", names)
    assert (unclear.code, "person_id, role" in unclear.err) == (2, True)


def test_a_field_that_is_given_twice_varies(calls: Calls) -> None:
    words = ("person_id=Ben Tregenza", "person_id=Esi Mensah", "--for", "person_id")
    said = calls("do", "person.give-consent", *words, "--asked", "paper")
    assert said.out.splitlines()[-1] == "2 rows: 2 accepted."
    both = calls("do", "role.grant", "person_id=a", "person_id=b", "role=x", "role=y")
    assert (both.code, "person_id, role" in both.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is no row in it."),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b'{"person_id": "x"}\nnonsense', "Row 2 is no JSON object"),
        (b"person_id,role\na,b,c", "Row 1 has more cells"),
        (b'person_id,role\n"a,b', "quotation marks"),
        (b"x\n" * 10_002, "10,000 rows"),
    ],
)
def test_a_file_that_can_not_be_read_is_said_and_nothing_is_done(
    calls: Calls, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "rows"
    file.write_bytes(content)
    said = calls("do", "role.grant", "--each", file)
    assert (said.code, sentence in said.err, said.out) == (2, True, "")


@pytest.mark.parametrize("words", ["\udcff\ud800", "a" * 300, "\x1b[31m", "\u202e", " ", "=", "@"])
def test_whatever_is_typed_in_place_of_an_id_is_answered_in_a_line(
    calls: Calls, words: str
) -> None:
    for said in (
        calls("do", "role.grant", f"person_id={words}", "role=host"),
        calls("do", "role.grant", json.dumps({"person_id": words, "role": "host"})),
        calls("do", "role.grant", "--each", "-", given=json.dumps({"person_id": words})),
        calls("do", "role.grant", "person_id=Ben", "role=host", "--for", words),
        calls("assign", words),
        calls("register", words, "--came", "-"),
        calls("do", "role.grant", "person_id=Ben", "role=host", "--as", words),
    ):
        assert said.code in (1, 2), said
        assert words not in said.err or words in "=@ "


@contextmanager
def held_back(lt: Terminal) -> Iterator[None]:
    """Read models take in nothing meanwhile."""
    engines = find(Path(lt.environment()["LT_DATA"]))
    with psycopg.connect(engines.programme["owner"]) as holder:
        holder.execute("SELECT FROM read.builds WHERE state = 'serving' FOR UPDATE")
        yield


def test_what_is_not_to_be_read_yet_is_not_said_not_to_be_there(lt: Terminal, calls: Calls) -> None:
    """Whoever has just done something reads it, or hears that they don't read it yet."""
    title, where = "Winter", ("--where", "title=Winter", "--json")
    winter = {**COHORT, "title": title, "starts_on": "2024-12-03", "closes_on": "2024-10-17"}
    host = ("role.grant", "person_id=Ben", "role=host", f"cohort_id={title}")
    ruth = str(lt.coordinator)
    with held_back(lt):
        assert lt.asks("cohort.plan", winter).status == "accepted"
        said = calls("do", *host)
        assert (said.code, said.out, "not to be read yet" in said.err) == (3, "", True)
        for who in ([], ["--as", ruth]):
            shown = calls("show", "cohort_board", *where, *who)
            assert (shown.code, shown.out) == (0, "")
            assert LATE in shown.err
    for who in ([], ["--as", ruth]):
        shown = calls("show", "cohort_board", *where, *who)
        assert (shown.code, shown.json["title"], shown.err) == (0, title, "")
    assert calls("do", *host).code == 0


@pytest.mark.parametrize("said", ["Autumn 2031", A_COHORT])
def test_a_file_is_rehearsed_alone_if_nobody_answers_what_is_there(
    calls: Calls, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    async def nobody(*_: object) -> ReadingReply:
        return NOBODY

    monkeypatch.setattr("services.reading.rows_read.ask_to_read", nobody)
    these = ("import", "applications", CSV, "--cohort", said, "--dry-run", "--json")
    report = calls(*these).json
    assert report["totals"]["ready"] > 0
    assert UNASKED.format(NOBODY.sentence) in report["notes"]


def test_ctrl_c_in_the_middle_and_once_more_does_nothing_twice(
    lt: Terminal, calls: Calls, tmp_path: Path
) -> None:
    """Another session of a workshop is another workshop each time that it is asked for."""
    rows = [
        ("Autumn", 1, f"Session {number}", f"2031-01-{1 + number % 28:02}T09:{number // 28:02}:00Z")
        for number in range(SESSIONS)
    ]
    whole = [(*row, row[3].replace("T09", "T12"), "Exeter", 12, "yes") for row in rows]
    header = "cohort_id number title starts_at ends_at venue capacity another_session"
    file = table(tmp_path / "sessions.csv", header, *whole, whole[0])

    def workshops() -> int:
        with psycopg.connect(lt.engines.programme["console"]) as connection:
            query = "SELECT count(*) FROM log.events WHERE type LIKE %s"
            row = connection.execute(query, ("workshop.scheduled.v%",)).fetchone()
            return int(row[0]) if row else 0

    with lt.running("do", "workshop.schedule", "--each", file) as running:
        until(lambda: workshops() > 1)  # so the first, which goes alone, is answered
        stopped = running.end()
    assert stopped.code == 130
    assert stopped.out.splitlines()[0].startswith("Row 1, Autumn")
    assert stopped.err.endswith("Call it again for the rest: nothing is done twice.\n")
    assert 0 < workshops() < SESSIONS
    assert calls("do", "workshop.schedule", "--each", file).code == 0
    assert workshops() == SESSIONS + 1  # one row stands there twice, and is asked for twice
    third = calls("do", "workshop.schedule", "--each", file)
    assert third.out.splitlines()[-1] == f"{SESSIONS + 1} rows: {SESSIONS + 1} so already."
    root = "command_01j6xk8m5tf2v8r9a4b7c1d3e5"
    assert calls("do", "workshop.schedule", "--each", file, "--id", root).code == 0
    assert workshops() == 2 * (SESSIONS + 1)  # of another root it is another wish


def test_assessors_are_assigned_in_one_call_and_whoever_is_too_close_is_replaced(
    lt: Terminal, calls: Calls, tmp_path: Path
) -> None:
    applicants = ("Ada Byrne", "Ada Byrne-Jones", "Ben Tregenza")
    asked = ("--for", "person_id", "--asked", "paper")
    earlier = ("--at", "2024-09-20T10:00:00Z", "--reason", "paper.form")
    calls("do", "cohort.open-applications", "cohort_id=Autumn")
    people = [f"person_id={one}" for one in applicants]
    assert calls("do", "person.give-consent", *people, *asked).code == 0
    form = {
        "cohort_id": "Autumn",
        "side": "patient-leader",
        "profile": {"area": "devon", "themes": ["carers"], "background": "carer"},
        "experiences": 1,
        "leadership": "I run a choir.",
        "interest": "To be heard.",
    }
    rows = "\n".join(json.dumps({**form, "person_id": one}) for one in applicants)
    said = calls("do", "application.submit", "--each", "-", *asked, *earlier, given=rows)
    assert said.code == 0, said.out
    team = [("Autumn", "Cara", "yes"), ("Autumn", "Dev", "no"), ("Autumn", "Esi", "yes")]
    header = "cohort_id assessor_id lay"
    panel = table(tmp_path / "panel.csv", header, *team)
    assert calls("do", "assessment.appoint-assessor", "--each", panel).code == 0
    close = ("person_id=Cara", "other_id=Ada Byrne", "kind=household")
    assert calls("do", "person.declare-relationship", *close).code == 0
    until(lt.is_settled)
    shown = calls("assign", "Autumn")
    assert (shown.code, "call it with --yes" in shown.err) == (2, True)
    assert "Ben Tregenza\t" in shown.out
    assert not _loads(calls)
    done = calls("assign", "Autumn", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "6 assigned."), done.err
    until(lt.is_settled)
    assert sum(_loads(calls).values()) == 6
    words = json.loads(calls("people", "find", "Ada", "Byrne", "Exeter", "--json").out)
    where = f"person_id={words['person_id']}"
    (application,) = calls("show", "application_queue", "--json", "--where", where).lines
    cara = json.loads(calls("people", "find", "Cara", "--json").out)["person_id"]
    assert cara not in {one["assessor_id"] for one in application["assessors"]}
    named = calls("do", "assessment.hold-moderation", "application_id=Ben")
    assert named.err.startswith("Ben Tregenza, patient-leader, Autumn (application_")
    again = calls("assign", "Autumn", "--yes")
    assert (again.code, again.out.startswith("Nothing is to be assigned")) == (0, True)


def _loads(calls: Calls) -> dict[str, int]:
    rows = [one for one in calls("show", "assessors", "--json").lines if one["to_score"]]
    return {one["assessor_id"]: one["to_score"] for one in rows}
