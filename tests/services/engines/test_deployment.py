"""The deployment as its containers run it: their secrets, roles, users and configuration."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from nats.js.errors import Error as BusError
from psycopg.errors import InsufficientPrivilege

from services.__main__ import main
from services.clock import SystemClock
from services.crew import CREW, NAMES
from services.engines import certificates, deployment
from services.engines.access import PROGRAMME, USERS, VAULT, roles
from services.engines.addresses import Engines
from services.engines.bus import BUS_USERS
from services.engines.embedded_postgres import SETTINGS
from services.engines.seeds import public_key
from services.operations.status import look
from services.operations.troubles import troubles
from services.process.health import answering_at
from services.process.station import Station, keys_of
from services.settings import Settings
from services.stream import servers
from services.stream.connections import connected
from services.vault.vault import Vault
from services.workers import workers
from tests.scenes.at_work import at_work, named, recorded_in, stored
from tests.scenes.encrypted import EncryptedDatabase
from tests.scenes.history import history

HOUSE = Path(__file__).parents[3]
DEPLOY = HOUSE / "deploy"
COMPOSE = (HOUSE / "docker-compose.yml").read_text()
OF_ITS_OWN = {"listen_addresses", "unix_socket_directories"}  # embedded engines keep to loopback
ENCRYPTED = {"ssl", "ssl_cert_file", "ssl_key_file", "hba_file"}  # and so need none of these


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
def test_every_worker_takes_work_encrypted_and_with_nothing_but_its_own_secrets(
    engines_of: Callable[..., Engines], settings: Settings, behind_tls: EncryptedDatabase
) -> None:
    async def all_at_work() -> dict[str, str]:
        async with AsyncExitStack() as stack:
            for name in NAMES:
                station = Station(engines_of(name), SystemClock(), settings)
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
    seen = asyncio.run(look(engines_of("reader", "client")))
    ends = {engine: round((end - seen.at) / timedelta(days=1)) for engine, end in seen.ends.items()}
    assert ends == {"postgresql": certificates.YEAR, "nats": certificates.YEAR}
    assert not [one for one in troubles(seen) if "certificate" in one]
    monkeypatch.setattr("services.operations.troubles.SOON", timedelta(days=400))
    said = [one for one in troubles(seen) if "certificate" in one]
    assert len(said) == 2
    assert f"in {certificates.YEAR - 1} days: have a new one made" in said[0]


def test_a_worker_may_not_open_the_vault_of_others(engines_of: Callable[..., Engines]) -> None:
    url = engines_of("relay").vault["console"]  # all roles map to the one URL that it has
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
    for user in USERS:
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
        psycopg.connect(engines.vault["console"])


@pytest.mark.usefixtures("provisioned")
def test_a_keeper_turns_keys_with_nothing_but_its_own_secrets(
    engines_of: Callable[..., Engines], settings: Settings
) -> None:
    with closing(Vault(engines_of("commands").vault["commands"], keys_of(settings))) as vault:
        vault.prove(begin=True)
    engines = engines_of("keeper")
    environment = {"LT_DATABASE_URL": engines.programme["owner"], "LT_NATS_URL": "nats://nats:4222"}
    environment["LT_VAULT_URL"] = url = engines.vault["keeper"]
    environment["LT_MASTER_KEY_FILE"] = str(settings.master_key)
    environment["LT_EPOCH_KEYS_FILE"] = str(settings.epoch_keys)
    for words in (("rotate", "epoch"), ("rotate", "audiences"), ("status",)):
        said = CliRunner().invoke(main, ["vault", *words], env=environment)
        assert said.exit_code == 0, said.output
    assert "Epoch       2, since " in said.output
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


def test_a_container_is_well_while_its_worker_takes_work() -> None:
    (check,) = (line for line in COMPOSE.splitlines() if "/dev/tcp/" in line)
    workers = {"relay": True}
    with answering_at("127.0.0.1:0", lambda: True, lambda: workers) as port:
        command = check.strip().removeprefix("- ").replace("/8080", f"/{port}")
        found = [subprocess.run(["/bin/bash", "-c", command], check=False).returncode]
        workers["relay"] = False
        found.append(subprocess.run(["/bin/bash", "-c", command], check=False).returncode)
    assert found == [0, 1]


def test_every_secret_that_compose_hands_out_is_made(secret_files: Path) -> None:
    wanted = set(re.findall(r"\{file: deploy/secrets/(\w+)\}", COMPOSE))
    assert wanted
    assert wanted <= {path.name for path in secret_files.iterdir()}
    assert wanted >= {f"{user}_nats_seed" for user in NAMES}


def test_every_worker_has_a_container() -> None:
    assert set(re.findall(r"command: \[run, (\w+)\]", COMPOSE)) == set(NAMES)


def test_epochs_are_written_only_where_they_begin_or_are_turned() -> None:
    blocks = re.split(r"^(?=x-|  (?!environment)[\w-]+:\n    <<: )", COMPOSE, flags=re.MULTILINE)
    mounts = {
        block.partition(":")[0].strip(): mode
        for block in blocks
        for mode in re.findall(r'"epochs:/epochs(:ro)?"', block)
    }
    readers = dict.fromkeys(("x-vault-reader", "x-sender", "console"), ":ro")
    assert mounts == {"x-vault-worker": "", **readers, "keeper": ""}
    kinds = {one.name: one.container for one in CREW if one.vault}
    kept = {"commands": "vault-worker", "notifier": "sender", "reader": "vault-reader"}
    assert kinds == kept
    assert "--mode 0700 /data /epochs\n" in (HOUSE / "Dockerfile").read_text()


def test_postgresql_is_as_discreet_as_the_embedded_one() -> None:
    in_compose = dict(re.findall(r'- "?-c(\w+)=([^"\n]+)', COMPOSE))
    meant = {name: value for name, value in SETTINGS.items() if name not in OF_ITS_OWN}
    assert in_compose.keys() - meant.keys() == ENCRYPTED
    assert {name: in_compose[name] for name in meant} == meant


def test_the_image_has_the_version_and_the_group_that_the_rest_counts_on() -> None:
    version = re.search(r'^version = "(.+)"', (HOUSE / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"image: leading-together:{version[1]}\n" in COMPOSE
    assert (
        f"USER {deployment.IMAGE_GROUP}:{deployment.IMAGE_GROUP}"
        in (HOUSE / "Dockerfile").read_text()
    )


def test_a_password_needs_no_quotes_and_is_no_number(secret_files: Path) -> None:
    passwords: dict[str, dict[str, str]] = json.loads((secret_files / "passwords.json").read_text())
    seeds = passwords.pop("nats")
    assert set(seeds) == {user.name for user in BUS_USERS}
    keys = (secret_files / "nats_keys").read_text()
    for name, seed in seeds.items():
        assert f"LT_NATS_KEY_{name.upper()}={public_key(seed)}\n" in keys
        assert seed not in keys
    assert set(passwords["postgresql"]) == {"postgres", *roles(PROGRAMME), *roles(VAULT)}
    for words in passwords.values():
        assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{31}", word) for word in words.values())
