"""`show` and `people` as somebody: by the worker `reader`, with --as at home, else by a token."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.cli.console import Installation
from services.cli.reading import Follows, as_somebody
from services.files import write_whole
from services.identity.configuration import identity_file
from services.settings import Settings
from tests.scenes.at_work import named
from tests.scenes.filling import form, sheet
from tests.scenes.terminal import Said, Terminal
from tests.scenes.watching import until
from tests.scenes.world import PLAN, a_plan

EVE = {"full_name": "Eve Angove", "town": "Penryn"}
ADA = {"full_name": "Ada Tregenza", "email": "ada@example.org", "town": "Truro"}


class Home:
    """Calls of the command line where everything is up, in this process; Ruth coordinates."""

    def __init__(self, lt: Terminal, settings: Mapping[str, str]) -> None:
        self.lt, self.settings = lt, dict(settings)
        self.ruth = str(lt.coordinator)
        self.ada = (lt.asks("person.register", ADA).ids or {})["person_id"]
        lt.asks("cohort.plan", PLAN)
        until(lt.is_settled)
        until(lambda: bool(self("people", "find", "tregenza", "--json").out))
        assert self("identity", "name", self.ada).code == 0

    def __call__(self, *words: str, **settings: str) -> Said:
        done = CliRunner().invoke(main, words, env={**self.settings, **settings})
        return Said(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Ruth has registered Ada and planned a cohort."""
    data = tmp_path_factory.mktemp("reading") / "data"
    settings = {"LT_DATA": str(data), "XDG_CONFIG_HOME": str(data.parent / "nobody")}
    lt = Terminal(**settings)
    with lt.up():
        yield Home(lt, settings)


def test_at_home_one_reads_as_somebody_may(home: Home) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    shown = lt("show", "people", "--as", ruth, "--json")
    assert {row["full_name"] for row in shown.lines} == {"Ruth Pascoe", "Ada Tregenza"}
    mine = lt("show", "people", "--as", ada, "--json")
    assert [row["key"] for row in mine.lines] == [ada]
    assert lt("show", "cohort_board", "--as", ruth, "--json").json["title"] == "Autumn 2024"
    assert lt("show", "cohort_board", "--as", ada).out == "Nothing to show.\n"
    refused = lt("show", "agenda", "--as", ada)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("Refused (reading.not-yours): ")
    assert lt("show", "people", "--as", "Ruth").code == 0
    assert lt("show", "people", "--as", "Zoe").code == 2
    assert lt("show", "notices", "--as", ruth).code == 2
    assert lt("show", "not_booked", "--as", ruth).out == "Nothing to show.\n"
    assert lt("show", "not_booked", "--as", ada).code == 1


def test_a_matching_run_is_seen_by_whoever_may_read_it(home: Home) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    none = lt("matching", "show", "--as", ruth)
    assert (none.code, none.out) == (2, "")
    assert "there is no matching run that you may read" in none.err
    for words in (("show",), ("why", "Ada"), ("what-if", "Autumn", "--weight", "area.same=1")):
        assert lt("matching", *words, "--as", ada).code == 1
    wrong = lt("matching", "what-if", "Autumn", "--weight", "area.same=many", "--as", ruth)
    assert (wrong.code, wrong.out) == (2, "")
    assert "area.neighbouring" in wrong.err


def test_people_are_found_as_somebody_may_find_them(home: Home) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    (found,) = lt("people", "find", "trur", "--as", ruth, "--json").lines
    assert (found["person_id"], found["town"]) == (ada, "Truro")
    assert lt("people", "shared", "--as", ruth).code == 0
    refused = lt("people", "find", "trur", "--as", ada)
    assert (refused.code, refused.out) == (1, "")


def test_what_the_owner_of_the_folder_opens_is_on_the_trail_too(home: Home) -> None:
    lt, ada = home, home.ada
    before = len(lt("show", "openings", "--as", ada, "--json").lines)
    assert (
        lt("show", "people", "--where", f"key={ada}", "--json").json["full_name"] == "Ada Tregenza"
    )
    lt("people", "find", "ada")
    rows = lt("show", "openings", "--as", ada, "--json").lines[before:]
    assert [(row["opener"], row["query"]) for row in rows] == [
        ("system:command-line", "show people"),
        ("system:command-line", "people find"),
    ]
    assert lt("show", "openings").code == 2


def test_who_follows_by_the_bus_opens_again_what_has_changed_and_nothing_else(home: Home) -> None:
    somebody = as_somebody(Installation(Path(home.settings["LT_DATA"])), home.ruth)
    assert somebody is not None
    follows = Follows(somebody, "people", {}, 500)
    first = {row["key"] for row in follows()}
    assert {home.ada, home.ruth} <= first
    before = opened(home)
    assert [follows(), follows()] == [[], []]
    assert opened(home) == before
    eve = home.lt.asks("person.register", {**EVE, "email": "eve@example.org"}).ids or {}
    until(home.lt.is_settled)
    assert [(row["key"], row["full_name"]) for row in follows()] == [
        (eve["person_id"], "Eve Angove")
    ]
    assert opened(home) == [*before, eve["person_id"]]
    narrow = Follows(somebody, "people", {"full_name": "Ada Tregenza"}, 500)
    assert [row["key"] for row in narrow()] == [home.ada]
    assert narrow() == []


def opened(home: Home) -> list[str]:
    with psycopg.connect(home.lt.engines.programme["owner"]) as owner:
        rows = owner.execute("SELECT whose FROM trail.openings ORDER BY number")
        return [whose for (whose,) in rows]


def test_what_is_cut_says_so(home: Home) -> None:
    for words in (("show", "people"), ("people", "find", "example")):
        for more in ((), ("--as", home.ruth)):
            said = home(*words, "--limit", "1", "--json", *more)
            assert (len(said.lines), said.code) == (1, 0)
            assert said.err.startswith("There are more: ")
            whole = home(*words, "--limit", "600", "--json", *more)
            assert (len(whole.lines) > 1, whole.err) == (True, "")


def test_those_who_share_an_address_look_the_same_whichever_way_is_asked(home: Home) -> None:
    for name in ("Finn Freethy", "Gwen Freethy"):
        home.lt.asks("person.register", {**EVE, "full_name": name, "email": "two@example.org"})
    until(home.lt.is_settled)
    shared = home("people", "shared", "--json").lines
    assert {row["group"] for row in shared} == {1}
    assert home("people", "shared", "--json", "--as", home.ruth).lines == shared


class Elsewhere(NamedTuple):
    """The settings of who knows where the bus is, and of no database; and the file of a token."""

    settings: dict[str, str]
    token: Path

    def shows(self, home: Home, who: str) -> dict[str, str]:
        """With a token of somebody's."""
        issuer = identity_file(Settings(data=Path(home.settings["LT_DATA"]))).own_issuer()
        assert issuer is not None
        issuer.begin(datetime.now(UTC))
        write_whole(self.token, issuer.token(who, datetime.now(UTC)))
        return {**self.settings, "LT_TOKEN_FILE": str(self.token)}


@pytest.fixture
def bus_alone(home: Home, tmp_path: Path) -> Elsewhere:
    bus = named(home.lt.engines.nats["client"])
    return Elsewhere({**bus, "LT_DATA": str(tmp_path / "nothing")}, tmp_path / "token")


def test_where_no_database_is_named_a_token_is_shown(home: Home, bus_alone: Elsewhere) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    elsewhere = bus_alone.shows(home, ada)
    (mine,) = lt("show", "people", "--json", **elsewhere).lines
    assert (mine["key"], mine["full_name"]) == (ada, "Ada Tregenza")
    elsewhere = bus_alone.shows(home, ruth)
    assert lt("people", "find", "ada", "--json", **elsewhere).json["person_id"] == ada
    planned = lt("do", "cohort.plan", dumps(a_plan()), "--json", **elsewhere)
    assert (planned.code, planned.json["status"]) == (0, "accepted")
    for words in (("show", "people"), ("do", "cohort.plan", dumps(PLAN))):
        said = lt(*words, **{**elsewhere, "LT_TOKEN_FILE": ""})
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Refused (identity.missing): ")
        told = lt(*words, "--as", ada, **elsewhere)
        assert (told.code, told.out) == (2, "")
        assert told.err.startswith("--as is for engines of your own alone.")


def test_a_spreadsheet_is_imported_by_who_knows_the_bus_alone(
    home: Home, bus_alone: Elsewhere, tmp_path: Path
) -> None:
    cohort = home.lt.planned()
    home.lt.asks("cohort.open-applications", {"cohort_id": cohort})
    words = ("import", "applications", str(sheet(tmp_path, form())), "--cohort", cohort, "--json")
    said = home(*words, **bus_alone.shows(home, home.ruth))
    assert (said.code, said.json["totals"]) == (0, {"accepted": 1})
    assert "could not be seen from here" in said.json["notes"][-1]
    said = home(*words, **bus_alone.settings)
    assert (said.code, said.json["code"]) == (1, "identity.missing")


def test_the_stream_is_read_by_number_by_who_may_and_others_are_told_for_whom_it_is(
    home: Home, bus_alone: Elsewhere
) -> None:
    said = home("events", "--to", "3", **bus_alone.settings)
    assert (said.code, len(said.out.splitlines())) == (0, 3)
    nobody = named(home.lt.engines.nats["notifier"])
    for more in ((), ("--follow",)):
        said = home("events", "--json", *more, **{**bus_alone.settings, **nobody})
        assert (said.code, said.json["status"]) == (3, "busy")
        assert said.err.startswith("NATS does not allow this user to publish to ")
        assert "The stream is for those who follow it with a credential of their own" in said.err


def test_what_is_wrong_with_a_question_is_said_by_field(home: Home) -> None:
    words = ("show", "people", "--as", home.ruth, "--where", f"full_name={'Ada' * 100}")
    said = home(*words)
    assert (said.code, said.out) == (2, "")
    first, second = said.err.splitlines()
    assert first == "The question is not well-formed."
    assert second.startswith("  where: ")
    as_json = home(*words, "--json")
    assert (as_json.code, as_json.json["status"]) == (2, "invalid")
    assert [one["field"] for one in as_json.json["fields"]] == ["where"]
    refused = home("show", "agenda", "--as", home.ada, "--json")
    assert (refused.code, refused.json["code"]) == (1, "reading.not-yours")


def test_who_follows_is_told_in_json_too_what_went_wrong(home: Home, bus_alone: Elsewhere) -> None:
    words = ("show", "people", "--follow", "--json")
    said = home(*words, **bus_alone.settings)
    assert (said.code, said.json["code"]) == (1, "identity.missing")
    said = home(*words, **bus_alone.settings, LT_TOKEN_FILE=str(bus_alone.token))
    assert (said.code, said.json["status"]) == (2, "invalid")
    assert "can't be read" in said.json["sentence"]


def test_what_cant_be_recorded_the_owner_does_not_open_either(home: Home) -> None:
    lt, ada = home, home.ada
    url = lt.lt.engines.programme["owner"]
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ALTER TABLE trail.openings RENAME TO elsewhere")
    try:
        for words in (("show", "people"), ("people", "find", "ada"), ("identity", "name", "ada")):
            said = lt(*words)
            assert (said.code, said.out) == (3, "")
            assert "Nothing was opened" in said.err
            assert ada not in said.err
    finally:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute("ALTER TABLE trail.elsewhere RENAME TO openings")


def test_a_name_will_do_where_an_id_stands_as_far_as_somebody_may_find_it(home: Home) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    for who in ((), ("--as", ruth)):
        for said in ("tregenza", "ada@example.org", "Ada Truro", ada[-6:]):
            found = lt("show", "people", "--where", f"person_id={said}", "--json", *who)
            assert [row["key"] for row in found.lines] == [ada], (who, said)
            assert found.err == f"person_id: Ada Tregenza {ada}\n"
        nobody = lt("show", "people", "--where", "person_id=zebedee", *who)
        assert (nobody.code, nobody.out) == (2, "")
        (board, *_) = lt("show", "cohort_board", "--where", "title=Autumn 2024", "--json").lines
        by_its_end = ("--where", f"key=Autumn {board['key'][-7:]}")
        assert lt("show", "cohort_board", *by_its_end, "--json", *who).lines == [board]
    several = lt("show", "people", "--where", "person_id=example.org", "--as", ruth)
    assert (several.code, several.out) == (2, "")
    assert f"Ada Tregenza {ada}" in several.err
    assert f"Ruth Pascoe {ruth}" in several.err
    mine = lt("show", "people", "--where", "person_id=pascoe", "--as", ada)
    assert (mine.code, mine.out) == (2, ""), "who may not find is told no more than of nobody"
    assert ruth not in mine.err


def test_who_may_not_read_a_name_is_shown_the_id_alone(home: Home) -> None:
    lt, ruth, ada = home, home.ruth, home.ada
    coordinator = lt("show", "people", "--where", f"key={ada}", "--as", ruth)
    assert f"registered_by: {ruth} (Ruth Pascoe)\n" in coordinator.out
    before = opened(home)
    journey = lt("show", "journey", "--as", ada)
    assert "Ruth" not in journey.out
    assert {one for one in opened(home)[len(before) :] if one.startswith("person")} == {ada}


def test_nothing_is_opened_of_a_row_but_what_is_asked_for(home: Home) -> None:
    somebody = as_somebody(Installation(Path(home.settings["LT_DATA"])), home.ruth)
    assert somebody is not None
    asked = {"keys": [home.ada, home.ruth], "fields": ["full_name"], "open": True}
    rows = somebody.answer("people", [asked], 500).rows
    assert rows == [
        {"key": home.ruth, "full_name": "Ruth Pascoe"},
        {"key": home.ada, "full_name": "Ada Tregenza"},
    ]
    before = opened(home)
    closed = somebody.answer("people", [{**asked, "fields": ["merged_into"]}], 500).rows
    assert [set(row) for row in closed] == [{"key", "merged_into"}] * 2
    assert opened(home) == before
