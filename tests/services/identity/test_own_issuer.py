import json
import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from services.clock import SetClock
from services.identity.configuration import OWN, IdentityFile, OfOwn
from services.identity.identities import Identities
from services.identity.own import OwnIssuer, WrongKeysFile
from services.identity.refusals import Expired, KeysUnavailable, NotGenuine
from tests.services.identity.minting import NOW, SUBJECT


@pytest.fixture
def told(tmp_path: Path) -> IdentityFile:
    folder = tmp_path / "data"
    return IdentityFile(
        own=OfOwn(keys=folder / "identity.keys", public=folder / "identity.jwks.json")
    )


@pytest.fixture
def issuer(told: IdentityFile) -> OwnIssuer:
    found = told.own_issuer()
    assert found
    found.begin(NOW)
    return found


@pytest.fixture
def known(told: IdentityFile, clock: SetClock, issuer: OwnIssuer) -> Identities:
    return told.identities(clock)


def test_whoever_our_own_issuer_vouches_for_is_known(issuer: OwnIssuer, known: Identities) -> None:
    shown = known.verify(issuer.token(SUBJECT, NOW, level="home", methods=["file"]), NOW)
    assert (shown.issuer, shown.subject) == (OWN, SUBJECT)
    assert (shown.until, shown.issued) == (NOW + timedelta(minutes=15), NOW)
    assert (shown.level, shown.methods) == ("home", ("file",))
    again = known.verify(issuer.token(SUBJECT, NOW), NOW)
    assert again.credential != shown.credential


def test_its_tokens_are_short(issuer: OwnIssuer, known: Identities) -> None:
    token = issuer.token(SUBJECT, NOW, lasting=timedelta(hours=1))
    assert known.verify(token, NOW + timedelta(minutes=59))
    with pytest.raises(Expired):
        known.verify(token, NOW + timedelta(hours=1))
    with pytest.raises(ValueError, match="lasts at most"):
        issuer.token(SUBJECT, NOW, lasting=timedelta(hours=2))


def test_after_a_rotation_what_was_signed_before_counts_until_it_expires(
    issuer: OwnIssuer, known: Identities, clock: SetClock
) -> None:
    before = issuer.token(SUBJECT, NOW, lasting=timedelta(hours=1))
    new = issuer.rotate(NOW)
    after = issuer.token(SUBJECT, NOW)
    assert known.verify(before, NOW)
    assert known.verify(after, NOW)
    first, second = issuer.own_keys()
    assert (first.id, first.until) == (new.id, None)
    assert second.until == NOW + timedelta(hours=1, minutes=5)
    assert "d" not in second.jwk
    clock.set(NOW + timedelta(hours=1, minutes=6))
    lately = issuer.token(SUBJECT, clock.now())
    assert known.verify(lately, clock.now())
    with pytest.raises(NotGenuine):  # nobody can sign with the old key any more, whoever has it
        known.verify(before, NOW)
    issuer.rotate(clock.now())
    assert len(issuer.own_keys()) == 2


def test_a_stolen_key_is_out_at_once(issuer: OwnIssuer, known: Identities) -> None:
    before = issuer.token(SUBJECT, NOW)
    assert known.verify(before, NOW)
    issuer.rotate(NOW, at_once=True)
    with pytest.raises(NotGenuine):
        known.verify(before, NOW)
    assert known.verify(issuer.token(SUBJECT, NOW), NOW)


def test_nobody_else_reads_the_keys_and_the_public_ones_hold_no_secret(
    issuer: OwnIssuer, tmp_path: Path
) -> None:
    issuer.rotate(NOW)
    files = list((tmp_path / "data").iterdir())
    assert {one.name for one in files} == {"identity.keys", "identity.jwks.json"}
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    public = json.loads((tmp_path / "data" / "identity.jwks.json").read_text())
    assert [set(one) & {"d"} for one in public["keys"]] == [set(), set()]


def test_keys_that_begin_twice_at_once_are_the_same(told: IdentityFile) -> None:
    issuer = told.own_issuer()
    assert issuer
    begin = [threading.Thread(target=issuer.begin, args=(NOW,)) for _ in range(8)]
    for one in begin:
        one.start()
    for one in begin:
        one.join()
    key = issuer.own_keys()[0].id
    issuer.begin(NOW)
    assert [one.id for one in issuer.own_keys()] == [key]


def test_rotations_at_once_leave_keys_that_fit_each_other(
    issuer: OwnIssuer, known: Identities
) -> None:
    turn = [threading.Thread(target=issuer.rotate, args=(NOW,)) for _ in range(8)]
    for one in turn:
        one.start()
    for one in turn:
        one.join()
    assert len(issuer.own_keys()) == 9
    assert known.verify(issuer.token(SUBJECT, NOW), NOW)


KEYS = ['{"keys": [7]}', '{"keys": [{"exp": 1}]}', '{"keys": [{"exp": 1, "kid": []}]}']


@pytest.mark.parametrize("spoilt", ["", "{}", '{"keys": []}', "not JSON", *KEYS])
def test_a_spoilt_file_of_keys_is_said_to_be_so(
    issuer: OwnIssuer, known: Identities, tmp_path: Path, spoilt: str
) -> None:
    token = issuer.token(SUBJECT, NOW)
    (tmp_path / "data" / "identity.keys").write_text(spoilt)
    for act in (issuer.own_keys, lambda: issuer.token(SUBJECT, NOW), lambda: issuer.rotate(NOW)):
        with pytest.raises(WrongKeysFile, match="Restore it"):
            act()
    assert known.verify(token, NOW)
    (tmp_path / "data" / "identity.jwks.json").write_text(spoilt)
    with pytest.raises((KeysUnavailable, NotGenuine)):
        known.verify(token, NOW)


def test_without_its_public_keys_nobody_is_known(
    issuer: OwnIssuer, known: Identities, tmp_path: Path
) -> None:
    token = issuer.token(SUBJECT, NOW)
    public = tmp_path / "data" / "identity.jwks.json"
    public.rename(public.with_suffix(".away"))
    with pytest.raises(KeysUnavailable):
        known.verify(token, NOW)
    public.with_suffix(".away").rename(public)
    assert known.verify(token, NOW)


def test_keys_that_others_may_write_are_not_trusted_and_that_is_said_once(
    issuer: OwnIssuer, known: Identities, tmp_path: Path
) -> None:
    token = issuer.token(SUBJECT, NOW)
    public = tmp_path / "data" / "identity.jwks.json"
    assert known.verify(token, NOW)
    public.chmod(0o622)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(KeysUnavailable):
                known.verify(token, NOW)
    (entry,) = logs
    assert entry["event"] == "identity.keys.unreadable"
    assert "thers may write" in entry["why"]
    public.chmod(0o644)
    assert known.verify(token, NOW)
