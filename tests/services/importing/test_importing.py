import asyncio
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from domain.decision import NewerCounts
from events.ids import CohortId, CommandId
from events.interest import InterestExpressed
from events.personal import Sealed
from services.door import asking, patiently
from services.door.asking import ask
from services.door.replies import Reply
from services.importing import NotATable, NotBegun, Report, examine, import_applications
from services.importing.messages import Messages
from services.importing.sending import CHANGED, NOT_REGISTERED, OTHERWISE, Sending
from services.log.sealing import VEIL
from tests.scenes.at_work import client_of
from tests.scenes.filling import BEN, CSV, XLSX, form, sheet
from tests.scenes.given import NOON
from tests.scenes.played import history_of
from tests.scenes.team import BEFORE, RUTH
from tests.services.importing.conftest import COHORT, RUTHS, Programme, coordinator

ADA = "ada@example.org"
REFUSED = {
    2: "cohort.not-open-yet",
    17: "eligibility.no-leadership-experience",
    67: "consent.not-given",
    73: "cohort.closed-for-applications",
}
INVALID, AMENDED, REPEATED = {16, 27, 33, 46}, {14}, {35}


NOT_THE_FIRST = dict.fromkeys(AMENDED, "amended") | dict.fromkeys(REPEATED, "already")


def fates(report: Report) -> dict[int, str]:
    return {line.row: line.code or line.outcome for line in report.lines}


def expected() -> dict[int, str]:
    every = dict.fromkeys(range(2, 74), "accepted") | REFUSED
    return every | dict.fromkeys(INVALID, "invalid") | NOT_THE_FIRST


def test_every_row_of_the_example_has_its_fate(programme: Programme) -> None:
    report = programme.imports(CSV)
    assert fates(report) == expected()
    assert report.totals == {
        "accepted": 62,
        "already": 1,
        "amended": 1,
        "invalid": 4,
        "refused": 4,
    }
    assert (report.empty, report.apart, report.notes) == (1, 6, ())
    facts = programme.facts()
    assert facts["application.submitted.v1"] == 63
    assert facts["person.registered.v1"] == 63, "nobody for a form that came too early or too late"
    assert facts["interest.expressed.v1"] == 64  # one says it again in other words
    assert facts["person.relationship-declared.v1"] == 6


def test_the_same_again_in_either_form_changes_nothing(programme: Programme) -> None:
    programme.imports(CSV)
    before = programme.facts()
    for path in (CSV, XLSX):
        report = programme.imports(path)
        assert programme.facts() == before
        assert report.totals == {"already": 65, "invalid": 4, "refused": 3}


def test_a_report_holds_no_personal_value(programme: Programme) -> None:
    text = programme.imports(CSV).model_dump_json()
    for value in ("Pascoe", "kevin", "@", "07700", "01632", "Truro", "wife", "Easy Read"):
        assert value not in text


def test_what_was_interrupted_is_completed_by_the_next_run(programme: Programme) -> None:
    for stop_after in (5, 6, 20, 40):
        programme.run(partial(interrupted, stop_after=stop_after))
    assert 0 < programme.facts()["application.submitted.v1"] < 63
    report = programme.imports(CSV)
    assert set(report.totals) - {"amended"} == {"accepted", "already", "invalid", "refused"}
    facts = programme.facts()
    assert facts["person.registered.v1"] == facts["person.consent-given.v1"] == 63
    assert facts["application.started.v1"] == facts["application.submitted.v1"] == 63
    assert facts["person.access-needs-stated.v1"] == 8
    assert facts["person.relationship-declared.v1"] == 6


async def interrupted(client: Client, stop_after: int) -> None:
    def watch(done: int, _: int) -> None:
        if done >= stop_after:
            running.cancel()

    running = asyncio.create_task(
        import_applications(client, examine(CSV), COHORT, watch, shows=RUTHS)
    )
    with pytest.raises(asyncio.CancelledError):
        await running


def test_progress_counts_every_row_once(programme: Programme) -> None:
    heard: list[tuple[int, int]] = []

    def hear(*done: int) -> None:
        heard.append(done)  # type: ignore[arg-type]  # two numbers

    programme.run(
        lambda client: import_applications(client, examine(CSV), COHORT, hear, shows=RUTHS)
    )
    assert heard == [(done, 72) for done in range(6, 73)]


def test_what_was_taken_back_since_is_not_brought_back(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(needs="A quiet room", contact="E-mail"), form(**BEN))
    ada = programme.imports(path).lines[0].person_id
    programme.run(partial(coordinator, name="person.withdraw-consent", person_id=ada))
    programme.run(
        partial(
            coordinator,
            name="person.state-contact-preference",
            person_id=ada,
            channel="email",
            format="braille",
        )
    )
    before = programme.facts()
    assert programme.imports(path).totals == {"already": 2}
    assert programme.facts() == before


def test_a_consent_that_was_given_elsewhere_and_withdrawn_since_is_not_brought_back(
    programme: Programme, tmp_path: Path
) -> None:
    """The import's own wish had no effect, and is remembered all the same."""
    path = sheet(tmp_path, form())
    met = partial(coordinator, name="person.register", full_name="Ada Tregenza", email=ADA)
    ada = (programme.run(met).ids or {})["person_id"]
    programme.run(partial(coordinator, name="person.give-consent", person_id=ada))
    assert programme.imports(path).totals == {"accepted": 1}
    assert programme.facts()["person.consent-given.v1"] == 1
    programme.run(partial(coordinator, name="person.withdraw-consent", person_id=ada))
    before = programme.facts()
    assert programme.imports(path).totals == {"already": 1}
    assert programme.facts() == before


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "the other way round"])
def test_whoever_fills_the_form_in_again_has_their_application_amended(
    programme: Programme, tmp_path: Path, in_order: bool
) -> None:
    rows = [form(), form(timestamp="20/09/2024 09:00", interest="Something else.")]
    path = sheet(tmp_path, *rows[:: 1 if in_order else -1])
    first, second = programme.imports(path).lines[:: 1 if in_order else -1]
    assert (first.outcome, second.outcome) == ("accepted", "amended")
    assert first.person_id == second.person_id
    assert programme.facts()["application.amended.v1"] == 1
    before = programme.facts()
    assert programme.imports(path).totals == {"already": 2}
    assert programme.facts() == before


@pytest.mark.parametrize("changed", ["experience", "interest"])
def test_a_row_that_says_something_else_than_before_is_refused_and_never_said_to_be_in(
    programme: Programme, tmp_path: Path, changed: str
) -> None:
    programme.imports(sheet(tmp_path, form()))
    before = programme.facts()
    (line,) = programme.imports(sheet(tmp_path, form(**{changed: "Something else."}))).lines
    assert (line.outcome, line.code, line.sentence) == ("refused", "command.reused", OTHERWISE)
    assert programme.facts() == before


def test_a_form_that_is_older_than_what_counts_is_not_taken_and_its_row_says_so(
    programme: Programme, tmp_path: Path
) -> None:
    newer = form(timestamp="20/09/2024 09:00:00", interest="What I think now.")
    programme.imports(sheet(tmp_path, newer))
    (line,) = programme.imports(sheet(tmp_path, form())).lines
    assert (line.outcome, line.code) == ("refused", NewerCounts.code)
    assert line.sentence == NewerCounts().sentence
    assert programme.facts()["application.amended.v1"] == 0


def test_what_an_imported_form_said_of_an_interest_stays_beside_what_is_said_later(
    programme: Programme, tmp_path: Path
) -> None:
    (line,) = programme.imports(sheet(tmp_path, form())).lines
    later: Any = {"person_id": line.person_id, "heard_through": "a-friend"}
    programme.run(partial(coordinator, name="interest.express", **later))
    told = [one.event for one in history_of(programme.engines)]
    first, last = (one for one in told if isinstance(one, InterestExpressed))
    with closing(programme.station.vault("notifier")) as vault:
        assert isinstance(last.words, Sealed)
        assert isinstance(first.words, Sealed)
        assert vault.open(last.words) == vault.open(first.words)


def test_a_wish_that_was_changed_in_the_file_is_noted_beside_an_application_that_is_in(
    programme: Programme, tmp_path: Path
) -> None:
    number = "07700 900123"
    programme.imports(sheet(tmp_path, form(contact="E-mail", telephone=number)))
    before = programme.facts()
    (line,) = programme.imports(sheet(tmp_path, form(contact="Phone", telephone=number))).lines
    assert (line.outcome, line.notes) == ("already", (CHANGED,))
    assert programme.facts() == before


def test_a_consent_id_that_was_taken_for_something_else_refuses_the_row(
    programme: Programme, tmp_path: Path
) -> None:
    """All that a row says rests on it."""
    path = sheet(tmp_path, form())
    met = partial(coordinator, name="person.register", full_name="Ada Tregenza", email=ADA)
    ada = (programme.run(met).ids or {})["person_id"]
    at = datetime.fromisoformat("2024-09-14T08:12:33Z")
    taken = CommandId.derived(at, "import", COHORT, ada, "person.give-consent")
    data = {"person_id": ada, "purpose": "research"}
    asked = {"onbehalfof": ada, "asked": "form"}
    body = {"id": taken, "role": "importer", "data": data, **asked}
    programme.run(lambda client: ask(client, "person.give-consent", body, token=RUTHS()))
    (line,) = programme.imports(path).lines
    assert (line.outcome, line.code, line.sentence) == ("refused", "command.reused", OTHERWISE)
    assert programme.facts()["application.submitted.v1"] == 0


def test_an_extension_lets_a_late_row_in_by_a_second_run(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(timestamp="12/10/2024 00:03:00"))
    late = programme.imports(path).lines[0]
    assert (late.code, late.person_id) == ("cohort.closed-for-applications", None)
    assert late.notes == (NOT_REGISTERED,)
    assert set(programme.facts()) == {"cohort.planned.v1", "cohort.applications-opened.v1"}
    met = partial(coordinator, name="person.register", full_name="Ada Tregenza", email=ADA)
    longer = {
        "person_id": (programme.run(met).ids or {})["person_id"],
        "cohort_id": COHORT,
        "until": "2024-10-18",
        "reason": "extension.circumstances",
    }
    earlier = {"time": "2024-10-11T12:00:00Z", "reason": "noted.at-the-time"}
    body = {"role": "coordinator", **earlier, "data": longer}
    granted = programme.run(
        lambda client: ask(client, "cohort.grant-extension", body, token=RUTHS())
    )
    assert granted.status == "accepted"
    assert programme.imports(path).totals == {"accepted": 1}


def test_the_form_s_time_is_when_it_happened(programme: Programme, tmp_path: Path) -> None:
    programme.imports(sheet(tmp_path, form(timestamp="14/09/2024 09:12:33")))
    with psycopg.connect(programme.engines.programme["commands"]) as connection:
        documents = connection.execute(
            "SELECT convert_from(document, 'UTF8')::json FROM log.events"
            " WHERE type ~ '^(person|interest|application)' AND position > %s",
            (BEFORE,),
        ).fetchall()
    shown = {document["actor"] for (document,) in documents}
    assert shown == {RUTH, VEIL}, "who told us of a private matter is sealed"
    times = {datetime.fromisoformat(document["time"]) for (document,) in documents}
    assert times == {datetime.fromisoformat("2024-09-14T08:12:33Z")}


def test_who_is_not_to_be_paired_counts_in_a_repeated_row_too(
    programme: Programme, tmp_path: Path
) -> None:
    again = form(timestamp="15/09/2024 09:00", avoid="Not Ben Polglase please, he is my nurse.")
    path = sheet(tmp_path, form(), again, form(**BEN))
    report = programme.imports(path)
    assert (fates(report)[3], report.apart) == ("amended", 1)
    assert programme.facts()["person.relationship-declared.v1"] == 1


def test_a_second_chance_in_one_file_is_taken(programme: Programme, tmp_path: Path) -> None:
    early = form(timestamp="01/09/2024 21:47:15")
    report = programme.imports(sheet(tmp_path, early, form(), form(contact="Post")))
    assert fates(report) == {2: "cohort.not-open-yet", 3: "accepted", 4: "already"}
    assert programme.facts()["person.contact-preference-stated.v1"] == 1


def test_a_wrong_cohort_is_found_before_any_row_is_sent(programme: Programme) -> None:
    with pytest.raises(NotBegun) as refused:
        programme.imports(CSV, cohort=CohortId.derived(NOON, "another"))
    assert refused.value.reply.code == "cohort.unknown"
    assert set(programme.facts()) == {"cohort.planned.v1", "cohort.applications-opened.v1"}


def test_a_cohort_that_is_cancelled_while_a_file_comes_in_takes_nobody_more(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(), form(**BEN), form(name="Carys Eddy", email="c@example.org"))

    async def importing(client: Client) -> Report:
        cancelled = list[Reply]()

        async def asks(name: str, body: Mapping[str, Any]) -> Reply:
            """The door, at which somebody cancels the cohort after the first row."""
            reply = await ask(client, name, body, token=RUTHS())
            if name == "application.submit" and not cancelled:
                why = {"cohort_id": COHORT, "reason": "cohort.no-venue"}
                cancelled.append(await coordinator(client, "cohort.cancel", **why))
            return reply

        return await Sending(Messages(asks, COHORT), examine(path)).run()

    report = programme.run(importing)
    assert fates(report) == {2: "accepted", 3: "cohort.cancelled", 4: "cohort.cancelled"}
    assert programme.facts()["person.registered.v1"] == 1


def test_without_a_door_every_row_waits_and_the_next_run_takes_them(
    programme: Programme, tmp_path: Path
) -> None:
    path = sheet(tmp_path, form(), form(**BEN))
    assert programme.imports(path, served=False).totals == {"busy": 2}
    assert programme.imports(path).totals == {"accepted": 2}


def test_a_row_of_which_nobody_knows_is_told_apart_from_those_that_were_not_sent(
    programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.3)
    monkeypatch.setattr(patiently, "LONG", 0.2)
    path = sheet(tmp_path, form(), form(**BEN))

    async def silent(asked: Msg) -> None:
        """Hears, and says nothing but that an import may begin."""
        if asked.subject.endswith("import.begin"):
            await asked.respond(Reply(status="accepted").encoded())

    async def play() -> Report:
        async with client_of(programme.engines, "commands") as door:
            await door.subscribe("lt.command.>", cb=silent)
            await door.flush()
            return await asyncio.to_thread(programme.imports, path, served=False)

    report = asyncio.run(play())
    assert [line.outcome for line in report.lines] == ["unanswered", "busy"]
    assert programme.imports(path).totals == {"accepted": 2}


def test_a_file_that_is_no_table_sends_nothing(programme: Programme, tmp_path: Path) -> None:
    (tmp_path / "scan.csv").write_bytes(b"%PDF-1.7")
    with pytest.raises(NotATable):
        programme.imports(tmp_path / "scan.csv")
    assert set(programme.facts()) == {"cohort.planned.v1", "cohort.applications-opened.v1"}
