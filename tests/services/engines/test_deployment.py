"""The deployment as its containers run it: their secrets, roles, users and configuration."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

import psycopg
import pytest
from click.testing import CliRunner
from nats.js.errors import Error as BusError
from psycopg.errors import InsufficientPrivilege

from services.__main__ import main
from services.clock import SystemClock
from services.crew import NAMES
from services.engines import certificates, deployment
from services.engines.access import DEPLOYED, PROGRAMME
from services.engines.addresses import Engines, find
from services.engines.bus import BUS_USERS
from services.engines.seeds import public_key
from services.operations.status import look
from services.operations.troubles import troubles
from services.process.station import Station
from services.settings import Settings
from services.stream import servers
from services.stream.connections import connected
from services.workers import workers
from tests.scenes.at_work import at_work, named, recorded_in, stored
from tests.scenes.certificates import made_beforehand
from tests.scenes.compose import containers
from tests.scenes.encrypted import EncryptedDatabase
from tests.scenes.history import history
from tests.services.engines.conftest import Contained

HOUSE = Path(__file__).parents[3]
DEPLOY = HOUSE / "deploy"
COMPOSE = (HOUSE / "docker-compose.yml").read_text()


async def spoken_on_the_bus(engines: Engines) -> dict[str, str]:
    """The version of TLS of each connection that a user of ours has."""
    client = await connected("system", engines.nats["system"])
    try:
        (server,) = await servers._ids(client)
        told = await servers._asked(client, server, "CONNZ", {"auth": True, "limit": 1024})
    finally:
        await client.close()
    return {one["name"].split()[-1]: one.get("tls_version", "") for one in told["connections"]}


@pytest.mark.usefixtures("provisioned")
def test_every_worker_takes_work_encrypted_and_with_nothing_but_what_its_container_has(
    engines_of: Callable[..., Engines],
    contained: Contained,
    settings: Settings,
    behind_tls: EncryptedDatabase,
) -> None:
    async def all_at_work() -> dict[str, str]:
        async with AsyncExitStack() as stack:
            for name in NAMES:
                station = Station(find(environment=contained(name)), SystemClock(), settings)
                await stack.enter_async_context(at_work(workers([name])[name], station))
            return await spoken_on_the_bus(engines_of("owner", "system"))

    on_the_bus = asyncio.run(all_at_work())
    assert on_the_bus.keys() >= set(NAMES)
    assert set(on_the_bus.values()) == {"1.3"}
    assert len(behind_tls.came) >= len(NAMES)
    assert set(behind_tls.came) == {"TLSv1.3"}


def test_status_says_when_a_certificate_ends_soon(
    engines_of: Callable[..., Engines], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = asyncio.run(look(engines_of("console", "client")))
    ends = {engine: round((end - seen.at) / timedelta(days=1)) for engine, end in seen.ends.items()}
    assert ends == {"postgresql": certificates.YEAR, "nats": certificates.YEAR}
    assert not [one for one in troubles(seen) if "certificate" in one]
    monkeypatch.setattr("services.operations.troubles.SOON", timedelta(days=400))
    said = [one for one in troubles(seen) if "certificate" in one]
    assert len(said) == 2
    assert f"in {certificates.YEAR - 1} days: have a new one made" in said[0]


def test_a_worker_may_not_open_the_vault_of_others(engines_of: Callable[..., Engines]) -> None:
    url = engines_of("relay").vault["keeper"]  # all roles map to the one URL that it has
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url)


def test_nobody_but_the_owner_makes_tables(engines_of: Callable[..., Engines]) -> None:
    with (
        psycopg.connect(engines_of("commands").programme["commands"]) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE public.notes (text text)")


def test_roles_have_the_limits_of_the_table_and_nobody_makes_large_objects(
    secret_files: Path, roles_port: int
) -> None:
    for user in DEPLOYED:
        kind = "database" if PROGRAMME in user.databases else "vault"
        url = (secret_files / f"{user.name}_{kind}_url").read_text().strip()
        with psycopg.connect(url.replace("@postgres:5432", f"@127.0.0.1:{roles_port}")) as own:
            query = "SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user"
            assert own.execute(query).fetchone() == (user.limits.connections,)
            query = "SELECT setconfig FROM pg_db_role_setting WHERE setrole = current_user::regrole"
            meant = [f"{name}={value}" for name, value in user.limits.settings.items()]
            assert own.execute(query).fetchall() == [(meant,)]
            for refused in ("SELECT lo_create(0)", "SELECT pg_advisory_lock(1)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    own.execute(refused.encode())
                own.rollback()


def test_the_console_may_not_publish_an_event(engines_of: Callable[..., Engines]) -> None:
    async def publish() -> None:
        client = await connected("client", engines_of("console", "client").nats["client"])
        try:
            await client.jetstream().publish("lt.event.stray", b"{}", timeout=1)
        finally:
            await client.close()

    with pytest.raises((BusError, TimeoutError, asyncio.TimeoutError)):
        asyncio.run(publish())


TOOLS: Final = [
    ("provision", ["provision"]),
    ("console", ["events"]),
    ("console", ["show", "notices"]),
    ("check", ["ops", "check"]),
    ("keeper", ["vault", "status"]),
    ("operator", ["ops", "dead-letters"]),
    ("operator", ["ops", "stream", "verify"]),
    ("stream", ["ops", "stream", "verify"]),
    ("credentials", ["credentials", "make", "gp-portal", "--out", "-", "--who", "olive"]),
    ("credentials", ["credentials", "list"]),
]


@pytest.mark.usefixtures("provisioned")
def test_each_tool_does_its_work_with_nothing_but_what_its_container_has(
    contained: Contained, engines_of: Callable[..., Engines]
) -> None:
    assert {name for name, _ in TOOLS} == containers().keys() - {*NAMES}
    for name, words in TOOLS:
        said = CliRunner().invoke(main, words, env=contained(name))
        assert said.exit_code == 0, f"{name} {words}: {said.output}"
    seen = CliRunner().invoke(main, ["status", "--json"], env=contained("console"))
    assert (seen.exit_code, "is not running" in seen.output) == (1, True), seen.output
    assert containers()["check"]["command"] == ["ops", "check"]
    with psycopg.connect(engines_of("auditor").programme["auditor"]) as auditor:
        found = auditor.execute("SELECT DISTINCT query FROM trail.told").fetchall()
    assert found == [("ops check",)]


@pytest.mark.usefixtures("provisioned")
@pytest.mark.parametrize("words", [("show", "people"), ("people", "find", "ada")])
def test_no_tool_of_whoever_runs_the_system_opens_anything_of_people(
    contained: Contained, words: tuple[str, ...], tmp_path: Path
) -> None:
    for name in {name for name, _ in TOOLS} - {"keeper"}:  # which does not come onto the bus
        nobody = {"XDG_CONFIG_HOME": str(tmp_path / "nobody")}
        said = CliRunner().invoke(main, words, env={**contained(name), **nobody})
        assert (said.exit_code, said.stdout) == (1, ""), name
        assert "identity.missing" in said.stderr


@pytest.mark.usefixtures("provisioned")
def test_an_operator_gives_orders_with_nothing_but_its_own_secrets(
    engines_of: Callable[..., Engines], tmp_path: Path
) -> None:
    engines = engines_of("operator")
    environment = {"LT_DATABASE_URL": engines.programme["operator"], "LT_OPERATOR": "olive"}
    environment |= {**named(engines.nats["operator"]), "LT_DATA": str(tmp_path)}
    for words in (
        ("dead-letters",),
        ("pause", "relay", "--reason", "a new cable"),
        ("resume", "relay", "--reason", "it is there"),
        ("orders",),
    ):
        said = CliRunner().invoke(main, ["ops", *words], env=environment)
        assert said.exit_code == 0, said.output
    assert said.output.count("olive") == 2
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(engines.vault["keeper"])


@pytest.mark.usefixtures("provisioned")
def test_a_keeper_turns_keys_with_nothing_but_what_its_container_has(contained: Contained) -> None:
    environment = contained("keeper")
    url = find(environment=environment).vault["keeper"]
    for words in (("rotate", "epoch"), ("rotate", "audiences"), ("status",)):
        said = CliRunner().invoke(main, ["vault", *words], env=environment)
        assert said.exit_code == 0, said.output
    assert "Epoch " in said.output
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url.replace("/vault?", "/programme?"))


@pytest.mark.usefixtures("provisioned")
def test_the_stream_is_made_anew_by_the_owner_with_the_relays_word(
    engines_of: Callable[..., Engines], tmp_path: Path
) -> None:
    owner, relay = engines_of("owner"), engines_of("relay")
    recorded_in(engines_of("commands"), map(stored, history()))
    environment = {
        "LT_DATABASE_URL": owner.programme["owner"],
        **named(owner.nats["owner"]),
        "LT_RELAY_NATS_SEED": str(relay.nats["relay"].seed),
        "LT_DATA": str(tmp_path),
    }
    words = ["ops", "stream", "rebuild", "--force", "--yes", "--reason", "to see it done"]
    said = CliRunner().invoke(main, [*words, "--who", "olive"], env=environment)
    assert said.exit_code == 0, said.output
    assert f"The stream has {len(history())} messages again." in said.output


def test_secrets_stay_what_they_are_when_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made_beforehand(folder)
    names = deployment.make_secrets(folder)
    before = {name: (folder / name).read_text() for name in names}
    assert deployment.make_secrets(folder) == names
    assert {name: (folder / name).read_text() for name in names} == before


def test_only_who_may_can_read_the_secrets(secret_files: Path) -> None:
    assert secret_files.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in secret_files.iterdir()}
    assert {modes.pop(name) for name in ("passwords.json", "authority_key")} == {0o600}
    assert set(modes.values()) == {0o640}
    for pattern in ("*_url", "*_seed"):
        assert {path.stat().st_gid for path in secret_files.glob(pattern)} == {deployment.group()}


def test_lost_passwords_are_not_silently_replaced(tmp_path: Path) -> None:
    made_beforehand(tmp_path / "secrets")
    deployment.make_secrets(tmp_path / "secrets")
    (tmp_path / "secrets" / "passwords.json").unlink()
    with pytest.raises(deployment.LostPasswords, match="Restore it"):
        deployment.make_secrets(tmp_path / "secrets")


def test_the_settings_of_compose_keep_what_the_team_wrote(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LT_SENDER=us@example.org\nCOMPOSE_PROFILES=single\n")
    deployment.set_environment(file, cluster=True)
    lines = file.read_text().splitlines()
    assert "LT_SENDER=us@example.org" in lines
    assert [line for line in lines if line.startswith("COMPOSE_PROFILES")] == [
        "COMPOSE_PROFILES=cluster"
    ]


def test_the_committed_bus_is_the_one_that_the_table_of_rights_makes() -> None:
    again = "write it again: deploy/make-secrets --nats-conf > deploy/nats.conf"
    assert (DEPLOY / "nats.conf").read_text() == deployment.nats_conf(), again


def test_every_secret_that_compose_hands_out_is_made(secret_files: Path) -> None:
    wanted = set(re.findall(r"\{file: deploy/secrets/(\w+)\}", COMPOSE))
    assert wanted
    assert wanted <= {path.name for path in secret_files.iterdir()}
    assert wanted >= {f"{user}_nats_seed" for user in NAMES}


def test_a_password_needs_no_quotes_and_is_no_number(secret_files: Path) -> None:
    passwords: dict[str, dict[str, str]] = json.loads((secret_files / "passwords.json").read_text())
    seeds = passwords.pop("nats")
    assert set(seeds) == {user.name for user in BUS_USERS}
    keys = (secret_files / "nats_keys").read_text()
    for name, seed in seeds.items():
        assert f"LT_NATS_KEY_{name.upper()}={public_key(seed)}\n" in keys
        assert seed not in keys
    assert set(passwords["postgresql"]) == {"postgres", *(user.name for user in DEPLOYED)}
    for words in passwords.values():
        assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{31}", word) for word in words.values())
