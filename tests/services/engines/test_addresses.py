from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from services.engines.addresses import EnginesUnavailable, find
from services.engines.seeds import fresh_seed

DATABASE, NATS = "postgresql://owner:word@db.example:5432/programme", "nats://bus.example:4222"


def bare(url: str) -> str:
    """Without what libpq is told beside it."""
    return url.partition("?")[0]


def test_engines_elsewhere_are_named_by_the_environment(tmp_path: Path) -> None:
    found = find(tmp_path, {"LT_DATABASE_URL": DATABASE, "LT_NATS_URL": NATS})
    assert {bare(url) for url in found.programme.values()} == {DATABASE}
    assert {bare(url) for url in found.vault.values()} == {
        "postgresql://owner:word@db.example:5432/vault"
    }
    assert {address.url for address in found.nats.values()} == {NATS}
    assert {address.seed for address in found.nats.values()} == {None}
    assert found.supervisor is None
    assert "word" not in repr(found)


def test_a_seed_stands_beside_the_url_and_is_in_no_repr(tmp_path: Path) -> None:
    ours, relays, systems = (fresh_seed() for _ in range(3))
    (tmp_path / "seed").write_text(f"{ours}\n")
    (tmp_path / "seed").chmod(0o600)
    found = find(
        None,
        {
            "LT_DATABASE_URL": DATABASE,
            "LT_NATS_URL": NATS.replace("bus", "owner@bus"),
            "LT_NATS_SEED_FILE": str(tmp_path / "seed"),
            "LT_RELAY_NATS_SEED": relays,
            "LT_SYSTEM_NATS_SEED": systems,
        },
    )
    seeds = {name: address.seed for name, address in found.nats.items()}
    assert (seeds.pop("relay"), seeds.pop("system")) == (relays, systems)
    assert set(seeds.values()) == {ours}
    assert found.nats["relay"].url == NATS
    said = f"{found!r} {found} {found.nats!r}"
    assert not [seed for seed in (ours, relays, systems) if seed in said]


def test_what_is_no_seed_is_said_and_not_repeated() -> None:
    environment = {"LT_DATABASE_URL": DATABASE, "LT_NATS_URL": NATS, "LT_NATS_SEED": "SUword"}
    with pytest.raises(EnginesUnavailable, match="LT_NATS_SEED is not the seed") as refusal:
        find(None, environment)
    assert "SUword" not in str(refusal.value)


def test_a_url_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{DATABASE}\n")
    environment = {"LT_DATABASE_URL_FILE": str(tmp_path / "url"), "LT_NATS_URL": NATS}
    vault = environment | {"LT_VAULT_URL": "postgresql://elsewhere/keys"}
    assert bare(find(None, environment).programme["relay"]) == DATABASE
    assert bare(find(None, vault).vault["commands"]) == "postgresql://elsewhere/keys"


def test_the_vault_is_beside_the_programme_wherever_that_is() -> None:
    """On one of several servers too, which no URL of anybody else's can name."""
    for where in ("owner:w%2Frd@10.0.0.1,[2001:db8::1]:7", "owner@%2Frun%2Fpostgresql", "db:5432"):
        url = f"postgresql://{where}/programme?target_session_attrs=read-write"
        found = find(None, {"LT_DATABASE_URL": url, "LT_NATS_URL": NATS}).vault["commands"]
        assert bare(found) == f"postgresql://{where}/vault"
        assert conninfo_to_dict(found)["target_session_attrs"] == "read-write"


def test_a_server_that_vanishes_is_noticed_in_the_time_that_the_url_says() -> None:
    def of(url: str) -> dict[str, str]:
        found = find(None, {"LT_DATABASE_URL": url, "LT_NATS_URL": NATS}).programme["relay"]
        return {name: str(value) for name, value in conninfo_to_dict(found).items()}

    assert of(DATABASE)["connect_timeout"] == "10"
    own = of(f"{DATABASE}?connect_timeout=3&sslmode=verify-full")
    assert (own["connect_timeout"], own["sslmode"]) == ("3", "verify-full")
    assert own["tcp_user_timeout"] == "30000"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"LT_DATABASE_URL": DATABASE}, "LT_NATS_URL is not set"),
        ({"LT_NATS_URL": NATS}, "LT_DATABASE_URL is not set"),
        ({"LT_DATABASE_URL_FILE": "/nowhere/url"}, "can't be read"),
        ({"LT_DATABASE_URL": DATABASE, "LT_DATABASE_URL_FILE": "x"}, "both set"),
        ({"LT_DATABASE_URL": "dbname=x", "LT_NATS_URL": NATS}, "must look like"),
        ({"LT_DATA": "/nowhere/data"}, "No engines are running in /nowhere/data"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(environment: dict[str, str], says: str) -> None:
    with pytest.raises(EnginesUnavailable, match=says):
        find(None, environment)


def test_another_versions_file_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "engines.json").write_text('{"format": 99, "nats": {"relay": "word"}}')
    with pytest.raises(EnginesUnavailable, match="another version") as refusal:
        find(tmp_path, {})
    assert "word" not in str(refusal.value)
