"""What is set of the ways to the engines, and what libpq and nats-py are told of it."""

from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import structlog
from psycopg.conninfo import conninfo_to_dict

from services.engines import wires
from services.engines.addresses import BusAddress, Engines, EnginesUnavailable, find
from services.engines.connecting import connect
from services.engines.faults import kind_of
from tests.scenes.certificates import Authority

DATABASE, BUS = "postgresql://owner:word@db.example/programme", "tls://bus.example"


def engines_at(url: str, **more: str) -> Engines:
    return find(None, {"LT_DATABASE_URL": url, "LT_NATS_URL": BUS, **more})


def told(url: str, **more: str) -> dict[str, str]:
    """What libpq is told."""
    found = conninfo_to_dict(engines_at(url, **more).programme["relay"])
    return {name: str(value) for name, value in found.items()}


@pytest.mark.parametrize(
    "where",
    ["db.example", "10.0.0.5", "127.0.0.1,db.example", "[2001:db8::1]", "localhost.example"],
)
def test_beyond_this_machine_libpq_is_told_to_be_sure(where: str, ours: Authority) -> None:
    found = told(f"postgresql://owner@{where}/programme", LT_DATABASE_CA_FILE=str(ours.file))
    assert (found["sslmode"], found["sslrootcert"]) == ("verify-full", str(ours.file))
    assert (found["gssencmode"], found["ssl_min_protocol_version"]) == ("disable", "TLSv1.2")
    assert Path(told(DATABASE)["sslrootcert"]).exists()


@pytest.mark.parametrize(
    "where",
    [
        *("127.0.0.1", "127.8.8.8", "[::1]", "localhost", "LOCALHOST:7", "127.0.0.1,[::1]"),
        *("", "%2Frun%2Fpostgresql", "db.example/programme?hostaddr=127.0.0.1&x="),
    ],
)
def test_on_this_machine_it_may_be_as_it_is(where: str) -> None:
    url = f"postgresql://owner@{where.partition('/')[0]}/programme"
    url += f"?{where.partition('?')[2]}".removesuffix("&x=") if "?" in where else ""
    assert "sslmode" not in told(url)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_url_that_asks_for_less_is_refused_in_a_sentence(mode: str) -> None:
    with pytest.raises(EnginesUnavailable, match=f"LT_DATABASE_URL says sslmode={mode}") as why:
        told(f"{DATABASE}?sslmode={mode}")
    assert "LT_PLAIN_WIRES=yes" in str(why.value)
    with pytest.raises(EnginesUnavailable, match="LT_VAULT_URL says sslmode"):
        told(DATABASE, LT_VAULT_URL=f"{DATABASE}?sslmode={mode}")
    assert told(f"{DATABASE}?sslmode={mode}", LT_PLAIN_WIRES="yes")["sslmode"] == mode


@pytest.mark.parametrize(
    "hidden",
    [
        "postgresql://owner@127.0.0.1/programme?hostaddr=10.0.0.5",
        "postgresql://owner@localhost/programme?host=db.example",
        "postgresql:///programme?host=db.example",
        "postgresql://owner@127.0.0.1/programme?ssl=true&host=db.example",
    ],
)
def test_who_hides_where_it_goes_is_seen_through(hidden: str) -> None:
    with suppress(EnginesUnavailable):
        assert told(hidden)["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://owner@127.0.0.1/programme?service=theirs", "names a service"),
        ("host=db.example dbname=programme", "must look like postgresql://"),
        ("mysql://db.example/programme", "must look like postgresql://"),
    ],
)
def test_what_can_not_be_judged_is_refused(url: str, says: str) -> None:
    for more in ({}, {"LT_PLAIN_WIRES": "yes"}):
        with pytest.raises(EnginesUnavailable, match=says):
            told(url, LT_VAULT_URL=DATABASE, **more)


def test_letters_of_a_password_do_not_move_where_it_goes() -> None:
    found = told("postgresql://owner:a#b%3Fc+d@db.example/programme?application_name=a%20b%2Bc")
    assert found["password"] == "a#b?c+d"
    assert (found["host"], found["sslmode"]) == ("db.example", "verify-full")
    assert found["application_name"] == "a b+c"


@pytest.mark.parametrize(
    "url",
    [
        *("bus.example:4222", "ws://bus.example", "wss://bus.example", "http://bus.example"),
        *("nats://", "nats://a:1,nats://b:2", "tls://bus.example:0", "xnats://bus.example"),
    ],
)
def test_an_address_of_the_bus_is_one_server_by_one_of_two_schemes(url: str) -> None:
    with pytest.raises(EnginesUnavailable, match="LT_NATS_URL must look like tls://"):
        find(None, {"LT_DATABASE_URL": DATABASE, "LT_NATS_URL": url})
    relay = {"LT_RELAY_NATS_URL": url} if url else {}
    with pytest.raises(EnginesUnavailable, match="LT_RELAY_NATS_URL must look like tls://"):
        find(None, {"LT_DATABASE_URL": DATABASE, "LT_NATS_URL": BUS, **relay})


def test_which_servers_of_the_bus_must_be_encrypted() -> None:
    here, there = BusAddress(url="nats://127.0.0.1"), BusAddress(url="nats://bus.example")
    assert not here.must_be_encrypted("127.0.0.1")
    assert here.must_be_encrypted("10.0.0.5")  # of which the one that is named has told
    assert there.must_be_encrypted("bus.example")
    assert there.must_be_encrypted("127.0.0.1")
    assert BusAddress(url="tls://127.0.0.1").must_be_encrypted("127.0.0.1")
    assert BusAddress(url="tls://bus.example", plain=True).must_be_encrypted("bus.example")
    assert not BusAddress(url="nats://bus.example", plain=True).must_be_encrypted("bus.example")


def test_that_wires_are_plain_is_said_loudly_and_once() -> None:
    wires.say_that_wires_are_plain.cache_clear()
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            engines_at(DATABASE, LT_NATS_URL="nats://bus.example", LT_PLAIN_WIRES="yes")
        engines_at("postgresql://127.0.0.1/programme", LT_NATS_URL="nats://127.0.0.1")
    assert [(one["event"], one["log_level"], one["engine"]) for one in said] == [
        ("wires.plain", "warning", "NATS"),
        ("wires.plain", "warning", "PostgreSQL"),
    ]


@pytest.mark.parametrize("setting", ["LT_NATS_CA_FILE", "LT_DATABASE_CA_FILE"])
def test_a_file_of_an_authority_that_can_not_be_trusted_is_refused(
    setting: str, tmp_path: Path, ours: Authority
) -> None:
    file = tmp_path / "authority.pem"
    for content, mode, says in (
        (None, 0, "can't be read"),
        (b"", 0o600, "no certificate in PEM is in it"),
        (b"no certificate", 0o600, "no certificate in PEM is in it"),
        (b"\x30\x82\xff\xfe", 0o600, "no certificate in PEM is in it"),
        (ours.file.read_bytes(), 0o666, "Others may write to"),
    ):
        if content is not None:
            file.write_bytes(content)
            file.chmod(mode)
        with pytest.raises(EnginesUnavailable, match=f"^{setting}: .*{says}"):
            told(DATABASE, **{setting: str(file)})
    file.chmod(0o644)
    told(DATABASE, **{setting: str(file)})
    with pytest.raises(EnginesUnavailable, match="LT_PLAIN_WIRES is yes or no"):
        told(DATABASE, LT_PLAIN_WIRES="1")


@pytest.mark.parametrize("variable", ["PGHOSTADDR", "PGHOST"])
def test_libpqs_environment_leads_nobody_elsewhere(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even from addresses that nobody set, as those of embedded engines."""
    monkeypatch.setenv(variable, "10.0.0.5")
    url = "postgresql://reader:word@127.0.0.1:1/programme"
    with pytest.raises(psycopg.Error) as met:
        connect(url if variable == "PGHOSTADDR" else "postgresql:///programme", connect_timeout=2)
    assert kind_of(met.value).kind == "unsafe"
    assert "PGHOSTADDR" in kind_of(met.value).problem
