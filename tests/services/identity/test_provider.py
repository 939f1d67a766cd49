import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import structlog

from services.clock import SetClock
from services.identity.identities import Identities
from services.identity.keys import MustAsk
from services.identity.provider import Discovery
from services.identity.refusals import KeysUnavailable, NotGenuine, NotIdentified
from services.identity.web import LARGEST, NoAnswer
from tests.scenes.watching import until
from tests.services.identity.minting import (
    NOW,
    SECONDS,
    SUBJECT,
    StandIn,
    claims,
    ed25519,
    header,
    identities,
    provider,
    raw,
)


def code_of(known: Identities, token: str, clock: SetClock) -> str:
    try:
        known.verify(token, clock.now())
    except NotIdentified as refusal:
        return refusal.code
    return "accepted"


def lasting(of: StandIn, clock: SetClock, kid: str = "ed") -> str:
    """A token that was issued now."""
    now = int(clock.now().timestamp())
    return of.token(ed25519(kid), iat=now, exp=now + 600)


def test_a_thousand_tokens_with_unknown_keys_ask_once(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    ed = ed25519()
    strange = [raw(header(ed, kid=f"k{n}"), claims(of.issuer), ed.sign) for n in range(1000)]
    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(lambda token: code_of(known, token, clock), strange))
    assert codes == {"identity.not-genuine"}
    assert (of.count(), of.count("/.well-known/openid-configuration")) == (1, 1)
    clock.set(NOW + timedelta(seconds=59))
    assert code_of(known, strange[0], clock) == "identity.not-genuine"
    assert of.count() == 1
    clock.set(NOW + timedelta(seconds=61))
    assert code_of(known, strange[0], clock) == "identity.not-genuine"
    assert of.count() == 2


def test_nobody_is_asked_for_a_key_of_an_algorithm_that_the_issuer_does_not_use(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    for algorithm in ("none", "HS256", "ES384"):
        token = raw(header(ed25519(), alg=algorithm), claims(of.issuer), ed25519().sign)
        assert code_of(known, token, clock) == "identity.not-genuine"
    assert code_of(known, of.token(iss="https://elsewhere.example.org"), clock) == (
        "identity.unknown-issuer"
    )
    assert of.asked == []


def test_those_who_come_at_once_wait_for_the_one_who_asks(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    def slowly(handler: Any) -> None:
        time.sleep(0.2)
        handler.say({"keys": of.keys})

    of.answers["/keys"] = slowly
    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(lambda _: code_of(known, of.token(), clock), range(16)))
    assert (codes, of.count()) == ({"accepted"}, 1)


def test_a_new_key_of_the_provider_is_known_within_a_minute(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    assert code_of(known, of.token(), clock) == "accepted"
    of.keys = [ed25519("new").jwk, *of.keys]
    assert code_of(known, lasting(of, clock, "new"), clock) == "identity.not-genuine"
    clock.set(NOW + timedelta(seconds=60))
    assert code_of(known, lasting(of, clock, "new"), clock) == "accepted"
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    assert of.count() == 2


def test_a_key_that_the_provider_withdraws_is_out_within_minutes(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    token = lasting(of, clock)
    assert code_of(known, token, clock) == "accepted"
    of.keys = [ed25519("new").jwk]
    clock.set(NOW + timedelta(minutes=4, seconds=59))
    assert code_of(known, token, clock) == "accepted"
    clock.set(NOW + timedelta(minutes=5))
    for one in (token, lasting(of, clock)):
        assert code_of(known, one, clock) == "identity.not-genuine"


def test_another_key_under_the_same_id_is_another_key(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    token = lasting(of, clock)
    assert code_of(known, token, clock) == "accepted"
    of.keys = [{**ed25519("new").jwk, "kid": "ed"}]
    clock.set(NOW + timedelta(minutes=5))
    assert code_of(known, token, clock) == "identity.not-genuine"


def test_a_token_that_comes_again_is_judged_again(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    token = of.token(nbf=SECONDS, exp=SECONDS + 60)
    for seconds, code in ((-31, "not-yet"), (0, ""), (59, ""), (60, "expired"), (0, "")):
        moment = NOW + timedelta(seconds=seconds)
        try:
            known.verify(token, moment)
            found = ""
        except NotIdentified as refusal:
            found = refusal.code.removeprefix("identity.")
        assert found == code


def test_only_so_many_tokens_are_remembered(
    known: Identities, of: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.identity.identities.REMEMBERED", 5)
    tokens = [of.token(jti=f"n{number}") for number in range(8)]
    for token in tokens:
        known.verify(token, NOW)
    assert list(known._proven) == tokens[-5:]
    assert known.verify(tokens[0], NOW)


def test_while_the_provider_is_away_its_keys_go_on_for_a_day_and_no_storm_meets_it_after(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    of.away = True
    of.asked.clear()
    for minute in range(10, 70):
        clock.set(NOW + timedelta(minutes=minute))
        for _ in range(5):
            assert code_of(known, lasting(of, clock), clock) == "accepted"
            assert code_of(known, lasting(of, clock, "new"), clock) == "identity.not-genuine"
    assert len(of.asked) == 60
    clock.set(NOW + timedelta(hours=23, minutes=59))
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    clock.set(NOW + timedelta(hours=24, minutes=1))
    assert code_of(known, lasting(of, clock), clock) == "identity.unavailable"
    of.away = False
    of.asked.clear()
    assert code_of(known, lasting(of, clock), clock) == "identity.unavailable"
    clock.set(NOW + timedelta(hours=24, minutes=3))
    with ThreadPoolExecutor(8) as threads:
        codes = set(threads.map(lambda _: code_of(known, lasting(of, clock), clock), range(100)))
    assert (codes, of.count()) == ({"accepted"}, 1)


def test_without_any_keys_the_refusal_says_that_it_will_pass(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    of.away = True
    for _ in range(20):
        assert code_of(known, of.token(), clock) == "identity.unavailable"
    assert len(of.asked) == 1


def test_a_clock_that_is_put_back_locks_nobody_out(of: StandIn) -> None:
    """Clocks of ours move forward only; the machine's does not."""

    class Machine(SetClock):
        def set(self, moment: Any) -> None:
            self._now = moment

    clock = Machine(NOW)
    known = identities(of, clock)
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    of.away = True
    clock.set(NOW - timedelta(seconds=2))
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    of.away = False
    clock.set(NOW - timedelta(days=3))
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    assert of.count() == 2


def hangs(of: StandIn, release: threading.Event) -> Callable[[Any], None]:
    def hang(handler: Any) -> None:
        release.wait(5)
        handler.say({"keys": of.keys})

    return hang


def test_an_event_loop_goes_on_while_keys_are_asked_for(known: Identities, of: StandIn) -> None:
    release = threading.Event()
    of.answers["/keys"] = hangs(of, release)

    async def both() -> str:
        asking = asyncio.create_task(known.verified(of.token(), NOW))
        while not of.count():  # noqa: ASYNC110 - it happens in another thread, and the loop goes on
            await asyncio.sleep(0.01)
        assert not asking.done()
        release.set()
        first = await asking
        again = await known.verified(of.token(), NOW)  # at once: the keys are at hand
        assert first == again
        return again.subject

    assert asyncio.run(both()) == SUBJECT
    known.close()
    assert of.count() == 1


def test_whose_key_is_at_hand_does_not_wait_for_who_asks(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    release = threading.Event()
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    of.answers["/keys"] = hangs(of, release)
    clock.set(NOW + timedelta(minutes=6))
    asking = threading.Thread(target=code_of, args=(known, lasting(of, clock), clock))
    asking.start()
    until(lambda: of.count() == 2)
    assert code_of(known, lasting(of, clock), clock) == "accepted"
    assert asking.is_alive()
    release.set()
    asking.join()


def test_a_provider_elsewhere_and_one_on_this_machine_do_not_lead_to_each_other(
    of: StandIn,
) -> None:
    elsewhere, here = "https://login.example.org/keys", "https://127.0.0.1:1/keys"
    for issuer, address, may in (
        (of.issuer, here, True),
        (of.issuer, elsewhere, False),
        ("https://login.example.org", elsewhere, True),
        ("https://login.example.org", here, False),
    ):
        told = {"jwks_uri": address}
        if may:
            assert Discovery(issuer).endpoint(told, "jwks_uri") == address
        else:
            with pytest.raises(NoAnswer):
                Discovery(issuer).endpoint(told, "jwks_uri")


def test_whoever_does_not_wait_is_told_that_somebody_must_be_asked(
    known: Identities, of: StandIn, clock: SetClock
) -> None:
    with pytest.raises(MustAsk):
        known.verify(of.token(), NOW, may_ask=False)
    assert not of.asked
    known.verify(of.token(), NOW)
    known.verify(of.token(), NOW, may_ask=False)
    with pytest.raises(NotGenuine):
        known.verify(lasting(of, clock, "new"), NOW, may_ask=False)
    of.away = True
    clock.set(NOW + timedelta(minutes=6))
    with pytest.raises(MustAsk):
        known.verify(lasting(of, clock), clock.now(), may_ask=False)
    known.verify(lasting(of, clock), clock.now())
    known.verify(lasting(of, clock), clock.now(), may_ask=False)


def redirect(handler: Any) -> None:
    handler.say({}, 302, Location="/keys")


def elsewhere(of: StandIn, **told: Any) -> Callable[[Any], None]:
    return lambda handler: handler.say(of.discovery() | told)


NOT_TAKEN: dict[str, Callable[[Any], None]] = {
    "a redirect": redirect,
    "an error": lambda handler: handler.say({"keys": []}, 500),
    "no JSON": lambda handler: handler.say(b"<html>"),
    "no set of keys": lambda handler: handler.say({"key": []}),
    "a list": lambda handler: handler.say([]),
    "too many keys": lambda handler: handler.say({"keys": [dict(ed25519().jwk)] * 101}),
    "too much": lambda handler: handler.say(b" " * (LARGEST + 1)),
    "a name twice": lambda handler: handler.say(b'{"keys":[],"keys":[]}'),
    "no HTTP": lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n"),
}


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_what_is_no_answer_of_a_provider_changes_nothing(
    known: Identities, of: StandIn, clock: SetClock, what: str
) -> None:
    known.verify(of.token(), NOW)
    of.answers["/keys"] = NOT_TAKEN[what]
    clock.set(NOW + timedelta(minutes=10))
    with structlog.testing.capture_logs() as logs:
        assert code_of(known, lasting(of, clock), clock) == "accepted"
    (entry,) = logs
    assert entry["event"] == "identity.provider.away"
    assert entry["issuer"] == of.issuer
    assert of.count() == 2
    fresh = provider(of, clock)
    with pytest.raises(KeysUnavailable):
        fresh.find("ed", "Ed25519")


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://login.example.org"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "https://192.0.2.1/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://user@127.0.0.1:1/keys"},
        {"jwks_uri": ["http://127.0.0.1:1/keys"]},
        {"jwks_uri": "http://127.0.0.1:port/keys"},
    ],
    ids=repr,
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    known: Identities, of: StandIn, clock: SetClock, told: dict[str, Any]
) -> None:
    of.document = told
    assert code_of(known, of.token(), clock) == "identity.unavailable"
    assert of.count() == 0
