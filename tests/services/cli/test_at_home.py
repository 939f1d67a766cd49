"""On engines of one's own the command line signs for whom the folder's owner named."""

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.engines.addresses import Engines
from services.identity.at_home import NAMED, HomeClock, OwnTokens
from services.identity.configuration import identity_file
from services.identity.unproven import read_token
from services.settings import Settings
from tests.scenes.at_work import named
from tests.scenes.calls import Calls
from tests.scenes.played import history_of
from tests.scenes.terminal import Terminal
from tests.scenes.world import a_plan

RUTH = {"full_name": "Ruth Pascoe", "email": "ruth@example.org"}
OWEN = {"full_name": "Owen Bright", "email": "owen@example.org"}
NOBODY = "person_01j7x3v900f0m3xk1w2e4r6t8y"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Engines of one's own on which nobody was named yet."""
    folder = tmp_path_factory.mktemp("at-home") / "data"
    with Terminal(LT_DATA=folder).up():
        yield folder


def test_the_first_steps_need_nobody_named_and_then_only_those_act_who_are(
    data: Path, tmp_path: Path
) -> None:
    lt = Calls(LT_DATA=data, XDG_CONFIG_HOME=tmp_path)

    def planned() -> tuple[str, ...]:
        return "do", "cohort.plan", json.dumps(a_plan()), "--json"

    stranger = lt(*planned())
    assert (stranger.code, stranger.json["code"]) == (1, "identity.not-tied")
    ruth, owen = (
        lt("do", "person.register", json.dumps(who), "--json").json["ids"]["person_id"]
        for who in (RUTH, OWEN)
    )
    before = lt(*planned(), "--as", ruth)
    assert (before.code, before.out) == (1, "")
    assert f"`leading-together grant {ruth}`" in before.err
    early = lt("identity", "name", owen)
    assert (early.code, early.out) == (1, "")
    assert "`leading-together grant PERSON`" in early.err
    assert lt("grant", ruth).code == 0
    assert lt(*planned()).code == lt(*planned(), "--as", ruth).code == 0
    before = lt(*planned(), "--as", owen)
    assert (before.code, before.out) == (1, "")
    assert f"`leading-together identity name {owen}`" in before.err
    unnamed = lt("identity", "token", "--as", owen)
    assert (unnamed.code, unnamed.out) == (1, "")
    said = lt("identity", "name", owen)
    assert (said.code, said.err) == (0, "")
    for who, words in ((ruth, ()), (owen, ("--as", owen))):
        shown = lt("identity", "token", *words).out
        assert lt("identity", "check", given=shown).code == 0
        assert read_token(shown.strip()).claims["sub"] == who
    assert lt(*planned(), "--as", owen).json["code"] == "acting.role-not-held"
    for wrong, code in ((NOBODY, 1), ("Zoe", 2)):
        assert lt("identity", "name", wrong).code == code
        assert lt(*planned(), "--as", wrong).code == code
    assert lt(*planned(), "--as", "Owen").json["code"] == "acting.role-not-held"
    file = data / NAMED
    assert json.loads(file.read_text()) == [ruth, owen]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    engines = Terminal(LT_DATA=data).engines
    origins = [one.envelope.origin for one in history_of(engines)]
    assert {(one.actor, one.issuer) for one in origins} == {
        ("newcomer", "own"),
        ("system:command-line", None),
        (ruth, "own"),
    }


def test_a_file_of_names_that_others_may_write_or_that_is_none_is_refused(
    data: Path, tmp_path: Path
) -> None:
    lt, file = Calls(LT_DATA=data, XDG_CONFIG_HOME=tmp_path), data / NAMED
    was = file.read_bytes() if file.exists() else b"[]"
    try:
        file.write_bytes(was)
        file.chmod(0o666)
        said = lt("do", "cohort.plan", json.dumps(a_plan()))
        assert said.code == 3
        assert str(file) in said.err
        file.chmod(0o600)
        file.write_text('{"ruth": 1}')
        said = lt("do", "cohort.plan", json.dumps(a_plan()))
        assert said.code == 2
        assert "leading-together identity name PERSON" in said.err
    finally:
        file.write_bytes(was)


def test_a_demonstration_that_stands_still_is_signed_for_by_its_own_clock(tmp_path: Path) -> None:
    long_ago = datetime(2025, 6, 27, tzinfo=UTC)
    told = identity_file(Settings(data=tmp_path))
    issuer, clock = told.own_issuer(), HomeClock(tmp_path)
    assert issuer
    issuer.begin(long_ago)
    tokens, identities = OwnTokens(issuer, clock), told.identities(clock)
    clock.stand_at(long_ago)
    assert identities.verify(tokens.of(NOBODY), long_ago).issued == long_ago
    clock.go_on()
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=5)
    assert identities.verify(tokens.of(NOBODY), clock.now()).subject == NOBODY


@pytest.fixture
def elsewhere(fresh: Engines, tmp_path: Path) -> Calls:
    """Engines that are not the command line's own."""
    return Calls(
        LT_DATABASE_URL=fresh.programme["console"],
        **named(fresh.nats["client"]),
        XDG_CONFIG_HOME=tmp_path / "config",
        LT_DATA=tmp_path / "data",
    )


def test_nothing_of_it_exists_on_other_engines(elsewhere: Calls, tmp_path: Path) -> None:
    issuer = identity_file(Settings(data=tmp_path / "data")).own_issuer()
    assert issuer
    issuer.begin(datetime.now(UTC))
    (tmp_path / "data" / NAMED).write_text(json.dumps([NOBODY]))
    said = elsewhere("do", "cohort.plan", json.dumps(a_plan()), "--as", NOBODY)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("--as is for engines of your own alone.")
    missing = elsewhere("do", "cohort.plan", json.dumps(a_plan()), "--json")
    assert (missing.code, missing.json["code"]) == (1, "identity.missing")
    assert "leading-together identity sign-in" in missing.json["sentence"]
    assert elsewhere("identity", "name", NOBODY).code == 1


def test_a_token_may_come_from_a_file(elsewhere: Calls, tmp_path: Path) -> None:
    """Nobody answers at the door; but somebody was signed in."""
    file = tmp_path / "token"
    more = Calls(**elsewhere._environment, LT_TOKEN_FILE=file)
    assert more("do", "cohort.plan", json.dumps(a_plan())).code == 2
    file.touch(mode=0o600)
    assert "is empty" in more("do", "cohort.plan", json.dumps(a_plan())).err
    file.write_text("a-token\n")
    said = more("do", "cohort.plan", json.dumps(a_plan()))
    assert (said.code, "Nobody answers at the door" in said.err) == (3, True)
    assert "a-token" not in said.out + said.err
    file.chmod(0o644)
    assert more("do", "cohort.plan", json.dumps(a_plan())).code == 2
