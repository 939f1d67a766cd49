"""How a provider is asked, whatever is at the other end."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.identity.web import (
    LARGEST,
    OK,
    NoAnswer,
    WrongAddress,
    ask_provider,
    checked_address,
)
from tests.scenes.certificates import Authority, authority
from tests.services.identity.minting import StandIn, ed25519, stand_in


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority whom the system does not know."""
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def certificate(ours: Authority) -> Path:
    return ours.file


@pytest.fixture(scope="module")
def secured(ours: Authority) -> Iterator[StandIn]:
    """A provider behind TLS."""
    with stand_in(ours.server("localhost")) as provider:
        provider.keys = [ed25519().jwk]
        yield provider


def test_a_provider_behind_tls_is_asked_if_its_certificate_is_trusted(
    secured: StandIn, certificate: Path
) -> None:
    address = f"https://localhost:{secured.port}/keys"
    assert ask_provider(address, certificates=certificate).status == OK
    posted = ask_provider(address, {"a b": "c&d"}, certificates=certificate)
    assert posted.status == OK
    assert secured.forms == ["a+b=c%26d"]


def test_certificates_that_others_may_write_vouch_for_nobody(
    secured: StandIn, certificate: Path, tmp_path: Path
) -> None:
    file = tmp_path / "authority.pem"
    file.write_bytes(certificate.read_bytes())
    file.chmod(0o666)
    with pytest.raises(NoAnswer, match="Others may write"):
        ask_provider(f"https://localhost:{secured.port}/keys", certificates=file)


def test_a_certificate_that_nobody_trusts_or_of_another_host_is_refused(
    secured: StandIn, certificate: Path
) -> None:
    secured.asked.clear()
    with pytest.raises(NoAnswer, match="certificate is not trusted"):
        ask_provider(f"https://localhost:{secured.port}/keys")
    with pytest.raises(NoAnswer, match="certificate is not trusted"):
        ask_provider(f"https://127.0.0.1:{secured.port}/keys", certificates=certificate)
    assert secured.asked == []


def test_whoever_shakes_no_hands_is_given_up(certificate: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/keys"
        with pytest.raises(NoAnswer, match="in time"):
            ask_provider(address, certificates=certificate, seconds=0.3)


def test_where_nobody_is_nobody_answers(of: StandIn) -> None:
    with pytest.raises(NoAnswer, match="ConnectionRefusedError"):
        ask_provider("http://127.0.0.1:1/keys")
    of.away = True
    with pytest.raises(NoAnswer):
        ask_provider(f"{of.issuer}/keys")


def test_an_answer_without_end_is_none(of: StandIn) -> None:
    of.answers["/keys"] = lambda handler: handler.say(b'"' + b"A" * LARGEST + b'"')
    with pytest.raises(NoAnswer, match="too long"):
        ask_provider(f"{of.issuer}/keys")


def test_what_is_asked_tells_nothing_of_this_machine(of: StandIn) -> None:
    told: list[dict[str, str]] = []

    def keep(handler: Any) -> None:
        told.append(dict(handler.headers))
        handler.say({})

    of.answers["/keys?a=b"] = keep
    ask_provider(f"{of.issuer}/keys?a=b")
    (headers,) = told
    assert headers.pop("Host") == of.issuer.removeprefix("http://")
    assert headers == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "leading-together",
    }


def dribble(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        handler.wfile.write(b"X-More: 1\r\n")
        handler.wfile.flush()
        time.sleep(0.05)


def test_whoever_sends_a_byte_now_and_then_is_given_up(of: StandIn) -> None:
    of.answers["/keys"] = dribble
    with pytest.raises(NoAnswer, match="in time"):
        ask_provider(f"{of.issuer}/keys", seconds=0.3)


@pytest.mark.parametrize(
    "address",
    [
        "http://login.example.org",
        "ftp://127.0.0.1",
        "https://",
        "https://user:word@login.example.org",
        "https://login.example.org/#part",
        "https://login.example.org/a b",
        "https://login.example.org:port",
        "https://login.example.org\n",
        "https://l\u00f6gin.example.org",
        "login.example.org",
        "",
        None,
        7,
    ],
    ids=repr,
)
def test_an_address_in_the_clear_or_that_means_two_things_is_none(address: Any) -> None:
    with pytest.raises(WrongAddress):
        checked_address(address)


def test_a_provider_elsewhere_sends_nobody_to_this_machine() -> None:
    for address in ("https://127.0.0.1/keys", "https://[::1]/keys", "http://localhost/keys"):
        with pytest.raises(WrongAddress):
            checked_address(address, on_this_machine=False)
        assert checked_address(address, on_this_machine=True)
