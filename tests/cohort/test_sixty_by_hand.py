"""A cohort of sixty by the command line, from files to its completion: no id is typed."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events.calendar import local_day
from services.engines.connecting import connect
from services.matching.desk import is_computing
from tests.scenes.calls import Calls
from tests.scenes.terminal import EXAMPLE, Said, Terminal
from tests.scenes.watching import until

AN_ID = re.compile(r"[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")
TODAY = local_day(datetime.now(UTC))
TITLE, TEAM = "Sixty by hand", ("Ruth Pascoe", "Winifred Okoro", "Samuel Hart", "Femi Akande")
PLACES, ROWS = 6, 60
SIDES = ("Patient leader", "Healthcare leader")
DESCRIPTION = dict(
    zip(
        SIDES,
        ("A patient, and I would like to lead", "Somebody who works in healthcare"),
        strict=True,
    )
)
FIRST = ("Ada", "Ben", "Cara", "Dev", "Esi", "Finn", "Gwen", "Hugo", "Iris", "Jory")
LAST = ("Annear", "Bolitho", "Chenoweth", "Denzil", "Ennor", "Faull")
EARLIER = ("--at", "2024-12-03T09:00:00Z", "--reason", "noted.at-the-time")
PLAN = {
    "title": TITLE,
    "opens_on": "2024-09-02",
    "closes_on": "2024-10-11",
    "decisions_on": "2024-11-04",
    "starts_on": "2024-12-02",
    "ends_on": str(TODAY),
    "places_per_side": PLACES,
}
Cells = Iterable[Sequence[object]]


class ByHand:
    """Somebody at a terminal, who counts what they type, and types no id."""

    def __init__(self, folder: Path, terminal: Terminal, calls: Calls) -> None:
        self._folder, self._terminal, self._calls = folder, terminal, calls
        self.number = 0

    def __call__(self, *words: object, code: int = 0, given: str = "") -> Said:
        self.number += 1
        assert not any(map(AN_ID.search, map(str, words)))
        said = self._calls(*words, given=given)
        assert said.code == code, f"{words} {said.out} {said.err}"
        return said

    def each(self, name: str, header: str, rows: Cells, *words: object) -> None:
        """One command for all these rows, each of which is accepted."""
        some = [*rows]
        said = self("do", name, "--each", self.file(f"{name}.csv", [header.split(), *some]), *words)
        assert said.out.splitlines()[-1] == f"{len(some)} rows: {len(some)} accepted."
        self.settle()

    def file(self, name: str, rows: Cells) -> Path:
        """A table, as an editor or a spreadsheet writes it."""
        file = self._folder / name
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows(rows)
        assert not AN_ID.search(file.read_text(encoding="utf-8"))
        return file

    def settle(self) -> None:
        """Look at something else until everything that follows has followed."""
        until(self._terminal.is_settled)

    def wait_for_the_run(self) -> None:
        """Look at something else until a run that was asked for is computed."""
        with connect(self._terminal.engines.programme["console"]) as connection:
            until(lambda: not is_computing(connection))
        self.settle()


def name_of(number: int) -> str:
    """Names of ten first and six last ones, of which none is like another."""
    return f"{FIRST[number % 10]} {LAST[number // 10]}"


@pytest.fixture
def forms(tmp_path: Path) -> tuple[Path, dict[str, list[str]]]:
    """A file of the forms of sixty people, thirty of each side, and their names."""
    header = next(csv.reader(EXAMPLE.read_text(encoding="utf-8-sig").splitlines()))
    names: dict[str, list[str]] = {side: [] for side in SIDES}
    rows = [header]
    for number in range(ROWS):
        name, side = name_of(number), SIDES[number % 2]
        names[side].append(name)
        says = {
            "Timestamp": f"2024-09-{3 + number % 20:02} 10:00:00",
            "Your full name": name,
            "E-mail address": f"{name.lower().replace(' ', '.')}@post.example",
            "Town or city": "Exeter",
            "How would you describe yourself?": DESCRIPTION[side],
            "Are you applying as a patient leader or a healthcare leader?": side,
            "Days you can do": "Monday;Tuesday",
            "How would you like us to contact you?": "E-mail",
            "I agree to my data being used for this programme": "Yes",
        }
        if side == SIDES[1]:
            says["If you work in healthcare, what is your profession?"] = "Nurse"
            says["Organisation (and ODS code if you know it)"] = "Royal Devon (RH8)"
        longer = {"leadership experience": "I run a choir.", "Why are you": "To be heard."}
        cells = [says.get(one, "") for one in header]
        for at, question in enumerate(header):
            cells[at] = next((it for key, it in longer.items() if key in question), cells[at])
        rows.append(cells)
    file = tmp_path / "forms.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)
    return file, names


@pytest.mark.timeout(300)
def test_a_cohort_of_sixty_takes_fewer_than_sixty_calls_and_no_id(
    tmp_path: Path, forms: tuple[Path, dict[str, list[str]]]
) -> None:
    lt = Terminal(LT_DATA=tmp_path / "data")
    hand = ByHand(tmp_path, lt, Calls(LT_DATA=tmp_path / "data"))
    with lt.up():
        _begins(hand)
        file, names = forms
        _applications(hand, file)
        _decisions(hand, names)
        pairs = _pairs(hand, names)
        _training(hand, pairs)
        _projects(hand, pairs)
        _ends(hand, pairs)
        board = json.loads(hand("show", "cohort_board", "--json").out)
    assert board["state"] == "completed"
    assert board["patient_leaders"]["completed_pairings"] == PLACES
    assert hand.number < 60, hand.number


def _begins(hand: ByHand) -> None:
    team = [(one, f"{one.split()[0].lower()}@team.example") for one in TEAM]
    hand.each("person.register", "full_name email", team)
    ruth, winifred, samuel, femi = TEAM
    hand("grant", ruth)
    roles = [
        (winifred, "co-chair", "patient-leader"),
        (samuel, "co-chair", "healthcare-leader"),
        (femi, "facilitator", ""),
    ]
    hand.each("role.grant", "person_id role side", roles)
    hand("identity", "name", "Winifred")
    hand("identity", "name", "Samuel")
    hand("do", "cohort.plan", json.dumps(PLAN))
    hand("do", "cohort.open-applications", f"cohort_id={TITLE}")
    lay = [(TITLE, winifred, "yes"), (TITLE, samuel, "no"), (TITLE, femi, "no")]
    hand.each("assessment.appoint-assessor", "cohort_id assessor_id lay", lay)


def _applications(hand: ByHand, file: Path) -> None:
    said = hand("import", "applications", file, "--cohort", "Sixty")
    assert f"{ROWS} rows: {ROWS} accepted." in said.out, said.out
    hand.settle()


def _decisions(hand: ByHand, names: dict[str, list[str]]) -> None:
    everybody = [*names["Patient leader"], *names["Healthcare leader"]]
    said = hand("assign", TITLE, "--yes")
    assert f"{2 * ROWS} assigned." in said.out
    hand.settle()
    load = [json.loads(line) for line in hand("show", "assessors", "--json").out.splitlines()]
    assert sum(one["to_score"] for one in load) == 2 * ROWS
    people = {one: _who(hand, one) for one in TEAM[1:]}
    scores = [
        (whose, who, "offer", "interest=4,leadership=3,togetherness=4")
        for whose, who in _assigned(hand, people)
    ]
    header = "application_id assessor_id recommendation scores"
    hand.each("assessment.submit", header, scores, "--for", "assessor_id", "--asked", "paper")
    outcomes = [(one, *_outcome(one, names)) for one in everybody]
    hand.each("assessment.decide", "application_id outcome reasons", outcomes)
    for side, chair in (("patient-leader", "Winifred"), ("healthcare-leader", "Samuel")):
        hand("do", "cohort.sign-release", "cohort_id=Sixty", f"side={side}", "--as", chair)
    hand("do", "cohort.release-decisions", "cohort_id=Sixty")
    hand.settle()
    offered = [one for some in names.values() for one in some[:PLACES]]
    hand.each(
        "offer.accept",
        "application_id",
        [(one,) for one in offered],
        "--for",
        "application_id",
        "--asked",
        "telephone",
    )
    released = [(one,) for one in names["Healthcare leader"][:PLACES]]
    hand.each("place.confirm-employer-release", "application_id", released)


def _who(hand: ByHand, name: str) -> str:
    """Not typed by anybody: by it the test reads who assesses what, as a table shows names."""
    return str(json.loads(hand("people", "find", name, "--json").out)["person_id"])


def _assigned(hand: ByHand, people: dict[str, str]) -> list[tuple[str, str]]:
    called = {one: name for name, one in people.items()}
    rows = [json.loads(it) for it in hand("show", "application_queue", "--json").out.splitlines()]
    shown = hand("show", "people", "--json", "--limit", "1000").out.splitlines()
    names = {one["person_id"]: one["full_name"] for one in map(json.loads, shown)}
    return [
        (names[row["person_id"]], called[one["assessor_id"]])
        for row in rows
        for one in row["assessors"]
    ]


def _outcome(one: str, names: dict[str, list[str]]) -> tuple[str, str]:
    offered = any(one in some[:PLACES] for some in names.values())
    return ("offer", "") if offered else ("decline", "score.others-higher")


def _pairs(hand: ByHand, names: dict[str, list[str]]) -> list[tuple[str, str]]:
    """By a matching run, in which two are locked who asked for each other."""
    hand("do", "cohort.start", "cohort_id=Sixty")
    two = (names["Patient leader"][0], names["Healthcare leader"][PLACES - 1])
    both = (f"patient_leader_id={two[0]}", f"healthcare_leader_id={two[1]}")
    hand("do", "matching.lock-pair", "cohort_id=Sixty", *both, "reason=asked-by-both")
    hand("do", "matching.ask", "cohort_id=Sixty")
    hand.wait_for_the_run()
    said = hand("matching", "show", TITLE)
    assert "locked: both asked for it" in said.out
    assert f"{PLACES} pairs with" in said.out
    for side, chair in (("patient-leader", "Winifred"), ("healthcare-leader", "Samuel")):
        hand("do", "matching.approve", "run_id=made", f"side={side}", "--as", chair)
    hand("do", "matching.publish", "run_id=made")
    pairs = _found(hand)
    assert two in pairs
    chosen = {who for pair in pairs for who in pair}
    assert chosen == {who for some in names.values() for who in some[:PLACES]}
    hand.settle()
    yes = [(f"{one} and {other}", who) for one, other in pairs for who in (one, other)]
    asked = ("--for", "person_id", "--asked", "telephone")
    hand.each("pairing.accept", "pairing_id person_id", yes, *asked)
    return pairs


def _found(hand: ByHand) -> list[tuple[str, str]]:
    """The pairs of the run, by name."""
    run = json.loads(hand("matching", "show", TITLE, "--json").out)
    called = run["names"]
    return [
        (called[one["patient_leader_id"]], called[one["healthcare_leader_id"]])
        for one in run["pairs"]
    ]


def _training(hand: ByHand, pairs: list[tuple[str, str]]) -> None:
    days = [f"2025-0{1 + number}-15" for number in range(3)]
    rows = [
        (TITLE, number, f"Workshop {number}", f"{day}T10:00:00Z", f"{day}T16:00:00Z", "Exeter", 20)
        for number, day in enumerate(days, 1)
    ]
    header = "cohort_id number title starts_at ends_at venue capacity"
    hand.each("workshop.schedule", header, rows, *EARLIER)
    places = [
        (f"Workshop {number}", " and ".join(pair), pair[0])
        for number in (1, 2, 3)
        for pair in pairs
    ]
    header = "workshop_id pairing_id for"
    hand.each("workshop.book-as-pair", header, places, "--asked", "message", *EARLIER)
    away, guest = pairs[0][0], TEAM[3]
    for number, absent in ((1, ""), (2, f"{away}\n"), (3, "")):
        workshop = f"Workshop {number}"
        wrong = hand("register", workshop, "--came", "-", "--yes", given=f"\n{guest}\n", code=2)
        assert "by line 2" in wrong.err
        assert guest not in wrong.err
        said = hand("register", workshop, "--absent", "-", "--yes", given=absent)
        assert "The register is closed." in said.out
        assert said.out.count("did not come") == len(absent.splitlines())
        hand.settle()
    missed = [("Workshop 2", away, "make-up.online")]
    hand.each("workshop.make-up", "workshop_id person_id how", missed)


def _projects(hand: ByHand, pairs: list[tuple[str, str]]) -> None:
    titles = [f"Letters that {one} can read" for one, _ in pairs]
    proposed: list[tuple[Any, ...]] = [
        (" and ".join(pair), pair[0], title, "digital", "That all can read them.")
        for pair, title in zip(pairs, titles, strict=True)
    ]
    mine = ("--for", "proposed_by", "--asked", "message")
    hand.each("project.propose", "pairing_id proposed_by title theme aim", proposed, *mine)
    hosts = [(title, "RH8", "Royal Devon") for title in titles]
    hand.each("project.agree-host", "project_id host host_name", hosts)
    hand.each("project.approve", "project_id", [(one,) for one in titles])
    due = str(TODAY + timedelta(days=1))
    steps = [
        (title, f"A try: {title}", due, who) for title, (who, _) in zip(titles, pairs, strict=True)
    ]
    header = "project_id title due_on for"
    hand.each("milestone.plan", header, steps, "--asked", "message")
    said = [
        (f"A try: {title}", one, "It works.") for title, (one, _) in zip(titles, pairs, strict=True)
    ]
    asked = ("--for", "person_id", "--asked", "message")
    hand.each("milestone.report", "milestone_id person_id words", said, *asked)
    seen = [(f"A try: {title}", other) for title, (_, other) in zip(titles, pairs, strict=True)]
    hand.each("milestone.confirm", "milestone_id person_id", seen, *asked)
    hand.each("project.complete", "project_id", [(one,) for one in titles])


def _ends(hand: ByHand, pairs: list[tuple[str, str]]) -> None:
    hand.each("pairing.complete", "pairing_id", [(" and ".join(pair),) for pair in pairs])
    hand("do", "cohort.complete", "cohort_id=Sixty")
    hand.settle()
