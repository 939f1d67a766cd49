"""Tokens, and whom they speak of, are in no text that anybody prints or logs."""

import io
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from services.clock import SetClock
from services.diagnostics import set_up
from services.identity.configuration import OWN
from services.identity.identities import Identities
from services.identity.own import OwnIssuer
from services.identity.refusals import NotIdentified
from services.identity.session import SignedIn
from services.identity.signing_in import Granted, Invitation
from services.identity.unproven import read_token
from tests.services.identity.forged import forgeries
from tests.services.identity.minting import NOW, SUBJECT, StandIn


def told_by(error: BaseException | None) -> str:
    """All texts that an exception and those behind it have, and all that they hold on to."""
    texts = []
    while error is not None:
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        texts += traceback.format_exception(error)
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def test_no_refusal_tells_anything_of_what_was_shown(known: Identities, of: StandIn) -> None:
    for name, token, _ in forgeries(of):
        with pytest.raises(NotIdentified) as met:
            known.verify(token, NOW)
        text = told_by(met.value)
        assert SUBJECT not in text, name
        assert met.value.__context__ is None, name
        assert not token or len(token) < 20 or token[:20] not in text, name
        assert met.value.sentence.endswith("."), name


def test_what_is_held_shows_no_token_and_nobody(known: Identities, of: StandIn) -> None:
    token = of.token()
    held = [
        known.verify(token, NOW),
        read_token(token),
        SignedIn(of.issuer, token, "secret-refresh", NOW),
        Granted(token, "secret-refresh"),
        Invitation("https://x.example", "CODE", "secret-device", 5, 60),
    ]
    text = "\n".join(map(repr, held)) + "\n".join(map(str, held))
    for secret in (token, token[:20], SUBJECT, "secret-"):
        assert secret not in text


def test_nothing_is_logged_but_that_a_provider_is_away(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    out = io.StringIO()
    set_up("debug", out)
    token = of.token()
    known.verify(token, NOW)
    for _, forged, _ in list(forgeries(of))[:60]:
        with pytest.raises(NotIdentified):
            known.verify(forged, NOW)
    assert out.getvalue() == ""
    of.away = True
    clock.set(NOW + timedelta(minutes=6))
    with pytest.raises(NotIdentified):
        known.verify(token, clock.now())
    (line,) = out.getvalue().splitlines()
    assert "identity.provider.away" in line
    assert SUBJECT not in line
    structlog.reset_defaults()


def test_keys_of_our_own_issuer_show_no_secret(tmp_path: Path) -> None:
    issuer = OwnIssuer(OWN, OWN, tmp_path / "identity.keys", tmp_path / "identity.jwks.json")
    issuer.begin(NOW)
    key = issuer.own_keys()[0]
    assert key.jwk["d"] not in repr(key) + str(key) + repr(issuer)
    assert "d" not in key.public()
