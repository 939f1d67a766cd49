"""Whatever somebody sends is answered as the document says, also where nobody can be asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.decision import Refusal
from domain.identities.tying import NoSuchIssuer, TieAnew, TiedToAnother
from services.identity.refusals import KeysUnavailable, NotIdentified
from services.web.asking import NO_BUS
from services.web.problems import PROBLEM, status_of
from services.web.surface import COMMANDS, MOST_BYTES, QUERIES, ROOT, surface
from tests.scenes.over_http import asking_nobody, bearing

SHOWN = {**bearing("a.b.c"), "Content-Type": "application/json"}
OFFER = f"{COMMANDS}offer.accept"
DOCUMENT = json.loads(surface().document)


def sent(method: str, path: str, **how: Any) -> httpx.Response:
    async def sending() -> httpx.Response:
        async with asking_nobody() as http:
            return await http.client.request(method, path, **how)

    return asyncio.run(sending())


def test_without_a_bus_whoever_asks_is_told_so_in_a_sentence() -> None:
    for method, path, body in (
        ("POST", OFFER, b'{"data": {}}'),
        ("POST", f"{QUERIES}people", b"{}"),
        ("GET", f"{ROOT}/people", b""),
        ("GET", ROOT, b""),
    ):
        told = sent(method, path, headers=SHOWN, content=body)
        assert (told.status_code, told.json()["detail"]) == (503, NO_BUS)
        assert told.headers["retry-after"] == "1"
        assert told.headers["content-type"] == PROBLEM


LARGE = b'{"data": "%b"}' % (b"x" * MOST_BYTES)
KEY = {"Idempotency-Key": "123"}
REFUSED: tuple[tuple[str, str, dict[str, str], bytes, int], ...] = (
    ("POST", OFFER, {"Authorization": ""}, b"{}", 401),
    ("POST", OFFER, {"Authorization": "Basic YTpi"}, b"{}", 401),
    ("POST", OFFER, {"Authorization": "Bearer a b"}, b"{}", 401),
    ("POST", OFFER, {"Content-Type": "text/plain"}, b"{}", 415),
    ("POST", OFFER, {"Content-Type": "application/json; charset=latin-1"}, b"{}", 415),
    ("POST", OFFER, {}, LARGE, 413),
    ("POST", OFFER, {}, b"", 400),
    ("POST", OFFER, {}, b"[]", 400),
    ("POST", OFFER, {}, b'{"data": NaN}', 400),
    ("POST", OFFER, {}, b"[" * 100_000, 400),
    ("POST", OFFER, {}, b'"\\ud800"', 400),
    ("POST", OFFER, {}, b'{"id": "x", "data": {}}', 400),
    ("POST", OFFER, KEY, b"{}", 400),
    ("POST", OFFER, {"If-Match": "*"}, b"{}", 400),
    ("POST", OFFER, {"If-Match": '"people.find/x@~1"'}, b"{}", 400),
    ("POST", f"{COMMANDS}offer.acept", {}, b"{}", 404),
    ("POST", f"{QUERIES}nothing", {}, b"{}", 404),
    ("GET", f"{ROOT}/nothing", {}, b"", 404),
    ("GET", f"{ROOT}/", {}, b"", 404),
    ("GET", f"{ROOT}/people?limit=1&limit=2", {}, b"", 400),
    ("GET", f"{ROOT}/people?full_name=Ada", {}, b"", 400),
    ("GET", f"{ROOT}/events?after=-1", {"Accept": "text/event-stream"}, b"", 400),
    ("GET", f"{ROOT}/events", {"Last-Event-ID": "none"}, b"", 400),
    ("GET", f"{ROOT}/events", {"Last-Event-ID": ""}, b"", 400),
    ("GET", OFFER, {}, b"", 405),
    ("DELETE", f"{ROOT}/people", {}, b"", 405),
    ("OPTIONS", f"{ROOT}/people", {"Origin": "https://elsewhere.example"}, b"", 405),
)


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), REFUSED)
def test_what_is_wrong_is_refused_as_the_standards_say(
    method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    told = sent(method, path, headers={**SHOWN, **headers}, content=body)
    assert told.status_code == status
    assert told.headers["content-type"] == PROBLEM
    assert told.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in told.headers
    problem = told.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["detail"].endswith((".", "?"))
    if status == 401:
        assert told.headers["www-authenticate"].startswith("Bearer ")
    if status == 405:
        assert told.headers["allow"]


def test_only_who_is_not_known_is_told_to_sign_in() -> None:
    for kind in (NoSuchIssuer, TiedToAnother, TieAnew):
        assert status_of(kind.code) == 409, kind
    of_who_asks: list[type[Refusal]] = [NotIdentified, *NotIdentified.__subclasses__()]
    for shown in of_who_asks:
        assert status_of(shown.code) == (503 if shown is KeysUnavailable else 401), shown


def test_what_is_sent_is_not_repeated() -> None:
    secret = "Ada-Lovelace"
    for path in (f"{ROOT}/people?{secret}=1", f"{ROOT}/{secret}", f"{COMMANDS}offer.accept"):
        told = sent("POST", path, headers={**SHOWN, "If-Match": secret}, content=b'{"data": {}}')
        assert secret not in told.text


def test_a_body_that_ends_in_the_middle_is_no_fault_of_ours() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b'{"data": '

    async def sending() -> httpx.Response:
        async with asking_nobody() as http:
            return await http.client.post(OFFER, headers=SHOWN, content=parts())

    assert asyncio.run(sending()).status_code == 400


def test_the_document_is_served_to_anybody() -> None:
    told = sent("GET", f"{ROOT}/openapi.json")
    assert (told.status_code, told.json()["openapi"]) == (200, "3.1.0")
    assert told.json() == DOCUMENT


PACKED = (
    ("gzip", True),
    ("br, GZIP;q=0.5", True),
    ("gzip; q=1.0", True),
    ("gzip;q=0", False),
    ("gzip;q=0.0, identity", False),
    ("br", False),
    ("", False),
)


@pytest.mark.parametrize(("accepted", "packed"), PACKED)
def test_the_document_is_small_for_who_can_unpack_it(accepted: str, *, packed: bool) -> None:
    told = sent("GET", f"{ROOT}/openapi.json", headers={"Accept-Encoding": accepted})
    assert told.json() == DOCUMENT
    assert (told.headers.get("content-encoding") == "gzip") is packed
    assert (int(told.headers["content-length"]) < len(surface().document) / 5) is packed
    assert told.headers["vary"] == "Accept-Encoding"


def test_the_document_is_not_sent_again_to_who_has_it() -> None:
    told = sent("GET", f"{ROOT}/openapi.json")
    assert told.headers["cache-control"] == "no-cache"
    for seen in (told.headers["etag"], f'"other", {told.headers["etag"]}'):
        again = sent("GET", f"{ROOT}/openapi.json", headers={"If-None-Match": seen})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == told.headers["etag"]
    other = sent("GET", f"{ROOT}/openapi.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_every_path_of_the_document_is_there() -> None:
    async def asked() -> None:
        async with asking_nobody() as http:
            for path, ways in DOCUMENT["paths"].items():
                for way in ways:
                    where = path.replace("{key}", "some.key/of@it")
                    body = b"{}" if way == "post" else b""
                    told = await http.client.request(way, where, headers=SHOWN, content=body)
                    own = path.endswith("openapi.json")
                    assert told.status_code == (200 if own else 503), path

    asyncio.run(asked())
