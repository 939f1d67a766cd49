from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.identity.configuration import OWN, identity_file
from services.identity.own import OwnIssuer
from services.identity.session import Session, SignedIn
from services.identity.unproven import read_token
from services.settings import Settings
from tests.scenes.calls import Calls
from tests.services.identity.minting import claims, ed25519, header, raw

WHO = "somebody-whom-nobody-may-read-of"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def calls(data: Path, tmp_path: Path) -> Calls:
    return Calls(LT_DATA=data, XDG_CONFIG_HOME=tmp_path / "config")


@pytest.fixture
def issuer(data: Path) -> OwnIssuer:
    found = identity_file(Settings(data=data)).own_issuer()
    assert found
    found.begin(datetime.now(UTC))
    return found


def test_a_token_is_judged_and_never_printed(
    calls: Calls, issuer: OwnIssuer, tmp_path: Path
) -> None:
    token = issuer.token(WHO, datetime.now(UTC))
    file = tmp_path / "token"
    file.write_text(token + "\n")
    for said in (calls("identity", "check", file), calls("identity", "check", given=token)):
        assert said.code == 0, said.err
        assert said.out.startswith(f"Accepted from {OWN} until ")
        assert WHO not in said.out
        assert token not in said.out
    told = calls("identity", "check", "--json", given=token).json
    assert (told["accepted"], told["issuer"]) == (True, OWN)
    assert datetime.fromisoformat(told["until"]) > datetime.now(UTC)


def test_a_token_that_is_refused_says_why(calls: Calls, issuer: OwnIssuer) -> None:
    old = issuer.token(WHO, datetime.now(UTC) - timedelta(hours=1))
    said = calls("identity", "check", "--json", given=old)
    assert said.code == 1
    assert said.json["code"] == "identity.expired"
    assert old not in said.out + said.err
    assert calls("identity", "check", given="").err.startswith("Refused (identity.missing)")
    said = calls("identity", "check", "nowhere")
    assert (said.code, said.err) == (2, "nowhere can't be read (No such file or directory).\n")
    said = calls("identity", "check", given="x" * 100_000)
    assert (said.code, said.err[:33]) == (1, "Refused (identity.not-readable): ")


def test_without_keys_it_says_that_they_can_not_be_had(calls: Calls, data: Path) -> None:
    elsewhere = data.parent / "elsewhere"
    issuer = OwnIssuer(OWN, "leading-together:door", elsewhere / "keys", elsewhere / "public")
    issuer.begin(datetime.now(UTC))
    token = issuer.token(WHO, datetime.now(UTC))
    said = calls("identity", "check", "--json", given=token)
    assert (said.code, said.json["code"]) == (3, "identity.unavailable")


def test_keys_are_listed_and_turned(calls: Calls, issuer: OwnIssuer) -> None:
    (first,) = calls("identity", "keys", "list", "--json").lines
    assert first["signs"]
    token = issuer.token(WHO, datetime.now(UTC))
    said = calls("identity", "keys", "rotate")
    assert said.code == 0
    assert "signs from now on" in said.out
    now, before = calls("identity", "keys", "list", "--json").lines
    assert now["signs"]
    assert (before["key"], before["signs"]) == (first["key"], False)
    assert calls("identity", "check", given=token).code == 0
    assert calls("identity", "keys", "rotate", "--at-once").code == 0
    assert calls("identity", "check", "--json", given=token).json["code"] == (
        "identity.not-genuine"
    )
    assert len(calls("identity", "keys", "list").out.splitlines()) == 1


def test_keys_that_are_not_there_are_begun_by_turning_them(calls: Calls) -> None:
    said = calls("identity", "keys", "list")
    assert said.code == 2
    assert "begin anew with `leading-together identity keys rotate`" in said.err
    assert calls("identity", "keys", "rotate").code == 0
    assert calls("identity", "keys", "list").code == 0


def test_a_wrong_file_is_named(calls: Calls, tmp_path: Path) -> None:
    file = tmp_path / "identity.toml"
    file.write_text("[own]\nissuer = 7\n")
    wrong = Calls(LT_IDENTITY_FILE=file, XDG_CONFIG_HOME=tmp_path)
    said = wrong("identity", "check", given="x")
    assert said.code == 2
    assert "own.issuer: " in said.err
    assert "own.public: " in said.err


def test_nobody_signs_in_where_there_is_no_provider(calls: Calls) -> None:
    said = calls("identity", "sign-in")
    assert said.code == 2
    assert "LT_IDENTITY_FILE" in said.err
    said = calls("identity", "status")
    assert (said.code, said.out) == (1, "")
    assert "Nobody is signed in" in said.err
    assert calls("identity", "sign-out").out == "Nobody was signed in.\n"


def test_signing_out_removes_what_was_kept_even_if_nobody_can_be_told(
    calls: Calls, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "leading-together" / "signed-in.json"
    until = datetime.now(UTC) + timedelta(minutes=5)
    Session(file).keep(SignedIn("https://gone.example.org", "secret-a", "secret-b", until))
    assert calls("identity", "status", "--json").json["issuer"] == "https://gone.example.org"
    said = calls("identity", "sign-out")
    assert (said.code, said.err) == (0, "")
    assert "The provider was not told" in said.out
    assert "secret" not in said.out
    assert not file.exists()
    Session(file).keep(SignedIn("https://gone.example.org", "secret-a", "secret-b", until))
    file.chmod(0o644)
    said = calls("identity", "status")
    assert said.code == 1
    assert str(file) in said.err


def test_whoever_is_signed_in_sees_what_a_coordinator_must_know_to_tie_them(
    tmp_path: Path,
) -> None:
    issuer = "https://login.example.org"
    file = tmp_path / "identity.toml"
    file.write_text(
        f'[[providers]]\nissuer = "{issuer}"\ncode = "trust"\naudience = "x"\n'
        'algorithms = ["Ed25519"]\n'
    )
    calls = Calls(LT_IDENTITY_FILE=file, XDG_CONFIG_HOME=tmp_path)
    token = raw(header(ed25519()), claims(issuer, sub=WHO), ed25519().sign)
    until = datetime.now(UTC) + timedelta(minutes=5)
    session = Session(tmp_path / "leading-together" / "signed-in.json")
    session.keep(SignedIn(issuer, token, None, until))
    told = calls("identity", "status", "--json").json
    assert (told["code"], told["subject"]) == ("trust", WHO)
    said = calls("identity", "status").out.splitlines()
    assert said[-2:] == ["  issuer: trust", f"  subject: {WHO}"]
    assert token not in str(said)
    assert calls("identity", "token").out == f"{token}\n"
    told = calls("identity", "token", "--json").json
    assert told["token"] == token
    ends = read_token(token).claims["exp"]
    assert datetime.fromisoformat(told["until"]).timestamp() == ends
    session.forget()
    assert calls("identity", "token").code == 3
