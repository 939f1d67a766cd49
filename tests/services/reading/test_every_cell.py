"""Every cell of the table is tried: by each who may ask, on each read model, at three moments."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from domain.roles.acting import NotTied
from projections.catalogue import PROJECTIONS
from services.identity.comers import Comer
from services.reading.asking import FIND, OPENINGS, SHARED
from services.reading.cells import OPENED, SEEN, Cell, Readable
from services.reading.questions import NamedQuery, Query
from services.reading.refusals import NotYoursToRead
from services.reading.table import TABLE
from tests.scenes.judging import judge_of
from tests.scenes.judging_answers import Question, Told, different, questions, values_in
from tests.scenes.readable import OPERATOR, UNKNOWN, Programme, Shown


def seen(programme: Programme, who: str, name: str, question: Question) -> Told | None:
    """What somebody is shown: of each row the values of each field; None if they may not ask."""
    rows = list[Shown]()
    after = None
    while True:
        try:
            reply = programme.asks(who, name, after=after, **question)
        except NotYoursToRead:
            return None
        rows += reply.rows or []
        after = reply.after
        if after is None:
            return values_in(name, rows)


def differing(
    programme: Programme, names: Iterable[str] = TABLE, people: Iterable[str] = ()
) -> Iterator[Any]:
    """Where what somebody is shown is not what the judge says; these people are asked first."""
    for who in dict.fromkeys([*people, *programme.people]):
        judge = judge_of(programme, who)
        for name in names:
            for question in questions(programme, name):
                shown = seen(programme, who, name, question)
                yield from ((who, *one) for one in different(judge, name, question, shown))


def test_everybody_is_shown_what_the_table_says_and_nothing_else(programme: Programme) -> None:
    assert list(islice(differing(programme), 5)) == []


def stands(programme: Programme, who: str, name: str, relation: str) -> bool:
    """Whether somebody has a relation to a row of a read model."""
    judge = judge_of(programme, who)
    rows = judge.rows[name if name in PROJECTIONS else "people"].items()
    return any(judge.stands(name, relation, key, row.stored) for key, row in rows)


def test_every_relation_is_met_by_somebody(programme: Programme) -> None:
    """Else a cell would be tried by nobody. There are pairs and workshops at the end alone."""
    met = set[tuple[str, str]]()
    for who in programme.people:
        met |= {
            (name, relation.name)
            for name in TABLE
            for relation in TABLE[name].columns
            if stands(programme, who, name, relation.name)
        }
    every = {(one, it.name) for one in TABLE for it in TABLE[one].columns}
    is_over = any(one.name == "continuation.reported" for one in programme.facts)
    first = ("cohort_board", "application_queue", "journey", "agenda", FIND, SHARED, OPENINGS)
    assert {one for one in every - met if is_over or one[0] in first} == set()


CHANGED: tuple[tuple[str, str, str, Cell | None], ...] = (
    ("application_queue", "themselves", "interest", None),
    ("application_queue", "themselves", "moderated", Cell(OPENED)),
    ("application_queue", "assigned", "wishes", Cell(OPENED)),
    ("application_queue", "assessed", "assessors.lay", Cell(OPENED, some=True)),
    ("application_queue", "coordinator", "profile", Cell(SEEN)),
    ("application_queue", "decides", "assessors.scores", None),
    ("application_queue", "assessed", "assessors.comment", None),
    ("application_queue", "decides", "assessors.assessor_id", Cell(OPENED)),
    ("cohort_board", "member", "assessors.score_by", Cell(SEEN)),
    ("reflections", "partner", "words", Cell(SEEN)),
    ("matching_runs", "co-chair", "pairs.reasons", Cell(SEEN)),
    ("matching_runs", "coordinator", "weighed.kinds", None),
    ("pairing_board", "partner", "because", Cell(OPENED)),
    ("pairing_board", "partner", "check_ins.leading_together", Cell(OPENED)),
    ("pairing_board", "co-chair", "heard_from", Cell(SEEN)),
    ("availability", "coordinator", "state", None),
    ("availability", "coordinator", "cohorts.side", None),
    ("workshop_register", "participant", "places.state", Cell(SEEN)),
    ("workshop_register", "facilitator", "places.because", Cell(OPENED)),
    ("journey", "themselves", "entries.sentence", Cell(SEEN)),
    ("journey", "coordinator", "full_name", None),
    ("people", "partner", "needs", Cell(OPENED)),
    ("project_shelf", "host", "aim", Cell(OPENED)),
    ("cohort_board", "member", "panel_has_acted", Cell(SEEN)),
    ("cohort_board", "coordinator", "applicants.*.progress.stage", None),
    ("agenda", "coordinator of all", "next_at", None),
    (FIND, "coordinator", "town", None),
    (SHARED, "coordinator of all", "email", Cell(SEEN)),
    (OPENINGS, "themselves", "purpose", None),
)


@pytest.mark.parametrize(("name", "relation", "field", "cell"), CHANGED)
def test_a_changed_cell_is_seen(
    ended: Programme, name: str, relation: str, field: str, cell: Cell | None
) -> None:
    changed = ended.with_table({**TABLE, name: with_cell(TABLE[name], relation, field, cell)})
    first = [who for who in ended.people if stands(ended, who, name, relation)]
    ended.asks(first[0], "people")
    assert next(differing(changed, [name], first), None)


def with_cell(readable: Readable, relation: str, field: str, cell: Cell | None) -> Readable:
    cells = {name: dict(its) for name, its in readable.cells.items()}
    cells[relation].pop(field, None)
    if cell:
        cells[relation][field] = cell
    return replace(readable, cells=cells)


def test_whoever_runs_the_system_and_holds_no_role_reads_only_what_is_theirs(
    ended: Programme,
) -> None:
    for name in TABLE:
        question = {"words": "ada"} if name == "people.find" else {}
        try:
            rows = ended.asks(OPERATOR, name, **question).rows or []
        except NotYoursToRead:
            continue
        about = {row.get("whose", row["key"]) for row in rows}
        assert about <= {ended.people[OPERATOR]}, name


def test_nobody_unknown_reads_anything(ended: Programme) -> None:
    for name in TABLE:
        with pytest.raises(NotYoursToRead):
            ended.asks(UNKNOWN, name, words="ada" if name == "people.find" else None)
        asked = NamedQuery(name, Query(words="ada" if name == "people.find" else None))
        with pytest.raises(NotTied):
            ended.reader.answer(asked, Comer(None, "elsewhere", "it", "somebody"), ended.now)


def test_before_the_release_an_applicant_learns_nothing_of_what_was_decided(
    programme: Programme,
) -> None:
    """What each applicant reads of their own application is alike, whatever was decided."""
    if any(one.name == "cohort.decisions-released" for one in programme.facts):
        return
    told = set()
    for who in programme.people:
        if who.startswith("applicant"):
            for row in programme.asks(who, "application_queue").rows or []:
                stage = row["progress"]
                told.add(str((sorted(row), stage)))
                assert str(row["stage"]) in {
                    "submitted",
                    "eligible",
                    "ineligible",
                    "started",
                    "withdrawn",
                }
            for row in programme.asks(who, "journey").rows or []:
                said = {str(one["name"]) for one in row["entries"]}  # type: ignore[union-attr, index, call-overload]  # JSON
                assert not {
                    one for one in said if one.startswith(("assessment.", "offer.", "reserve."))
                }
    assert told


def test_before_the_release_the_trail_tells_nobody_who_assesses_whom_or_when(
    programme: Programme,
) -> None:
    """An applicant polls what was opened of them, and an auditor reads the trail."""
    if any(one.name == "cohort.decisions-released" for one in programme.facts):
        return
    assessors = [who for who in programme.people if who.startswith("assessor")]
    others = [who for who in programme.people if who.startswith(("coordinator", "co-chair"))]
    for who in others:
        programme.asks(who, "application_queue", limit=9)
    opened = {
        row["person_id"]
        for who in assessors
        for row in programme.asks(who, "application_queue").rows or []
    }
    first = _told_of_openings(programme)
    for who in [*assessors, *others]:
        programme.asks(who, "application_queue", limit=9)
    assert _told_of_openings(programme) == first
    assert opened
    for who, lines in first.items():
        panels = [line for line in lines if line[0] == "the panel"]
        assert panels in ([("the panel", "the panel", None, None, 0)], [])
        assert panels or who not in opened
        assert not {line[0] for line in lines} & {programme.people[one] for one in assessors}
    with psycopg.connect(programme.engines.programme["auditor"]) as auditor:
        told = auditor.execute(
            "SELECT opener, issuer, credential, purpose, at, position, whose FROM trail.told"
            " WHERE query = 'application_queue' AND opener <> whose"
        ).fetchall()
        assert {line[:-1] for line in told} == {("the panel", "", "", "the panel", None, None)}
        assert len(told) == len({line[-1] for line in told})
        with pytest.raises(InsufficientPrivilege):
            auditor.execute("SELECT opener FROM trail.openings")


def _told_of_openings(programme: Programme) -> dict[str, list[tuple[Any, ...]]]:
    """What each applicant is told of who opened their application, and when."""
    return {
        programme.people[who]: [
            tuple(row[name] for name in ("opener", "purpose", "at", "position", "number"))
            for row in programme.asks(who, "openings").rows or []
            if row["query"] == "application_queue"
        ]
        for who in programme.people
        if who.startswith("applicant")
    }
