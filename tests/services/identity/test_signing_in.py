"""What a provider may do while somebody signs in; a real one is met in tests/identity/."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from services.identity.configuration import OfProvider
from services.identity.session import (
    Session,
    SignedIn,
    UnreadableSignIn,
    sessions_file,
)
from services.identity.signing_in import CantSignIn, Granted, Provided, SignedOutElsewhere
from tests.services.identity.minting import AUDIENCE, NOW, StandIn

INVITED = {
    "device_code": "the-secret-of-the-device",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://login.example.org/device",
    "expires_in": 60,
    "interval": 5,
}
GRANTED = {"access_token": "an.access.token", "refresh_token": "a-refresh-token"}
Rests = list[float]


def saying(*answers: tuple[int, Any]) -> Callable[[Any], None]:
    """One answer after the other, the last one again and again."""
    left = list(answers)

    def say(handler: Any) -> None:
        status, what = left.pop(0) if len(left) > 1 else left[0]
        handler.say(what, status)

    return say


def error(name: str) -> tuple[int, Any]:
    return 400, {"error": name, "error_description": "\x1b[31mwords of theirs"}


@pytest.fixture
def provided(of: StandIn) -> Provided:
    of.document = {
        "device_authorization_endpoint": f"{of.issuer}/device",
        "token_endpoint": f"{of.issuer}/token",
        "revocation_endpoint": f"{of.issuer}/revoke",
    }
    of.answers["/device"] = saying((200, INVITED))
    settings = OfProvider(
        issuer=of.issuer, audience=AUDIENCE, algorithms=frozenset({"Ed25519"}), client_id="terminal"
    )
    return Provided(settings)


def test_somebody_signs_in_while_the_terminal_asks_as_often_as_it_may(
    of: StandIn, provided: Provided
) -> None:
    pending = error("authorization_pending")
    of.answers["/token"] = saying(pending, pending, error("slow_down"), pending, (200, GRANTED))
    invited = provided.invitation()
    assert (invited.code, invited.address) == ("WDJB-MJHT", "https://login.example.org/device")
    rests: Rests = []
    granted = provided.granted(invited, rests.append)
    assert (granted.access, granted.refresh) == ("an.access.token", "a-refresh-token")
    assert rests == [5, 5, 5, 10, 10]
    asked, *polls = [parse_qs(form) for form in of.forms]
    assert asked == {
        "client_id": ["terminal"],
        "scope": ["openid offline_access"],
        "resource": [AUDIENCE],
    }
    assert {one["device_code"][0] for one in polls} == {"the-secret-of-the-device"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (error("access_denied"), "It was refused at the sign-in page"),
        (error("expired_token"), "The code has expired"),
        (error("unauthorized_client"), r"\(unauthorized_client\)"),
        (error("words\x1b[31m"), "does not let the command line"),
        ((200, {"access_token": "with\nlines"}), "does not let the command line"),
        ((200, []), "does not let the command line"),
        ((500, b"<html>"), "does not let the command line"),
    ],
    ids=repr,
)
def test_when_nobody_signs_in_a_sentence_of_ours_says_why(
    of: StandIn, provided: Provided, answer: tuple[int, Any], sentence: str
) -> None:
    of.answers["/token"] = saying(answer)
    with pytest.raises(CantSignIn, match=sentence) as met:
        provided.granted(provided.invitation(), lambda _: None)
    assert "\x1b" not in str(met.value)
    assert "theirs" not in str(met.value)


def test_a_code_that_nobody_uses_expires(of: StandIn, provided: Provided) -> None:
    of.answers["/token"] = saying(error("authorization_pending"))
    rests: Rests = []
    with pytest.raises(CantSignIn, match="expired"):
        provided.granted(provided.invitation(), rests.append)
    assert sum(rests) == 60


def test_a_provider_that_is_away_for_a_moment_is_waited_for(
    of: StandIn, provided: Provided
) -> None:
    invited = provided.invitation()
    of.answers["/token"] = saying((200, GRANTED))
    of.away = True

    def rest(seconds: float) -> None:
        of.away = seconds < 20

    assert provided.granted(invited, rest).access == "an.access.token"


@pytest.mark.parametrize(
    "told",
    [
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "http://login.example.org/device"},
        {"verification_uri": None},
        {"user_code": "\x1b]0;a title\x07"},
        {"user_code": None},
        {"device_code": ""},
        {"device_code": 7},
    ],
    ids=repr,
)
def test_nothing_strange_is_shown_to_people(
    of: StandIn, provided: Provided, told: dict[str, Any]
) -> None:
    of.answers["/device"] = saying((200, INVITED | told))
    with pytest.raises(CantSignIn):
        provided.invitation()


def test_a_terminal_that_the_provider_does_not_know_is_told_what_is_missing(of: StandIn) -> None:
    settings = OfProvider(issuer=of.issuer, audience=AUDIENCE, algorithms=frozenset({"Ed25519"}))
    with pytest.raises(CantSignIn, match="client_id"):
        Provided(settings)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "config" / "leading-together" / "signed-in.json")


def test_nothing_is_made_for_who_has_never_signed_in(session: Session, tmp_path: Path) -> None:
    def nobody(_: Any) -> Any:
        raise AssertionError("nobody is to be asked")

    assert session.current(NOW, nobody, nobody) is None
    assert list(tmp_path.iterdir()) == []


def kept(minutes: float = 15, refresh: str | None = "first") -> SignedIn:
    until = NOW + timedelta(minutes=minutes)
    return SignedIn("https://login.example.org", "an.access.token", refresh, until)


def renewing(*granted: Granted | Exception) -> Callable[[SignedIn], Granted]:
    left: Iterator[Granted | Exception] = iter(granted)

    def renew(_: SignedIn) -> Granted:
        one = next(left)
        if isinstance(one, Exception):
            raise one
        return one

    return renew


def later(_: str) -> datetime:
    return NOW + timedelta(hours=1)


def test_a_token_is_renewed_before_it_ends_and_not_sooner(session: Session) -> None:
    assert session.current(NOW, renewing(), later) is None
    session.keep(kept())
    found = session.current(NOW, renewing(), later)
    assert found == kept()
    renew = renewing(Granted("a.newer.token", "second"), Granted("a.third.token", None))
    found = session.current(NOW + timedelta(minutes=14, seconds=1), renew, later)
    assert found
    assert (found.access, found.refresh, found.until) == ("a.newer.token", "second", later(""))
    assert session.read() == found
    found = session.current(NOW + timedelta(hours=2), renew, later)
    assert found
    assert (found.access, found.refresh) == ("a.third.token", "second")


def test_who_is_signed_out_elsewhere_is_signed_out_here(session: Session) -> None:
    session.keep(kept(minutes=0.5))
    assert session.current(NOW, renewing(SignedOutElsewhere("it is over")), later) is None
    assert session.read() is None


def test_while_the_provider_is_away_the_token_goes_on_until_it_ends(session: Session) -> None:
    session.keep(kept(minutes=0.5))
    away = CantSignIn("it is away")
    assert session.current(NOW, renewing(away), later) == kept(minutes=0.5)
    with pytest.raises(CantSignIn):
        session.current(NOW + timedelta(minutes=1), renewing(away), later)
    assert session.read() == kept(minutes=0.5)


def test_a_refresh_token_is_kept_whatever_becomes_of_the_token_beside_it(session: Session) -> None:
    """Most providers take each once: one that was lost ends the sign-in."""
    session.keep(kept(minutes=0.5))

    def not_accepted(_: str) -> datetime:
        raise CantSignIn("its keys can't be had")

    with pytest.raises(CantSignIn):
        session.current(NOW, renewing(Granted("a.newer.token", "second")), not_accepted)
    found = session.read()
    assert found
    assert (found.access, found.refresh) == ("an.access.token", "second")


def test_without_a_refresh_token_a_sign_in_ends_with_its_token(session: Session) -> None:
    session.keep(kept(refresh=None))
    assert session.current(NOW + timedelta(minutes=14, seconds=30), renewing(), later)
    assert session.current(NOW + timedelta(minutes=15), renewing(), later) is None


def test_nobody_else_reads_what_is_kept(session: Session, tmp_path: Path) -> None:
    session.keep(kept())
    file = tmp_path / "config" / "leading-together" / "signed-in.json"
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert oct(file.parent.stat().st_mode)[-3:] == "700"
    session.forget()
    session.forget()
    assert session.read() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"issuer": 1}', "\ud7ff", '"x"'])
def test_a_file_that_holds_no_sign_in_is_said_to_be_so(
    session: Session, tmp_path: Path, text: str
) -> None:
    session.keep(kept())
    (tmp_path / "config" / "leading-together" / "signed-in.json").write_text(text)
    with pytest.raises(UnreadableSignIn, match="sign in anew"):
        session.read()


def test_a_sign_in_without_a_time_zone_is_none(session: Session, tmp_path: Path) -> None:
    session.keep(kept())
    file = tmp_path / "config" / "leading-together" / "signed-in.json"
    row = json.loads(file.read_text())
    file.write_text(json.dumps(row | {"until": "2026-11-27T12:00:00"}))
    with pytest.raises(UnreadableSignIn):
        session.read()


def test_it_is_kept_in_the_configuration_folder_of_whoever_signs_in() -> None:
    inner = "leading-together/signed-in.json"
    assert sessions_file({"XDG_CONFIG_HOME": "/there", "HOME": "/me"}) == Path("/there", inner)
    assert sessions_file({"XDG_CONFIG_HOME": "relative", "HOME": "/me"}) == Path(
        "/me/.config", inner
    )
    assert sessions_file({"HOME": "/me"}) == Path("/me/.config", inner)
