import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from services.engines import deployment
from services.engines.access import USERS
from services.engines.addresses import Engines, find
from services.engines.binaries import from_wheels
from services.engines.embedded import embedded, free_ports
from services.files import write_whole
from services.notices.office import INVENTED
from services.operations.provisioning import provision
from services.process.station import keys_of
from services.settings import Settings
from services.vault.vault import Vault
from tests.scenes.certificates import DAY, Authority, authority, made_beforehand
from tests.scenes.compose import containers, handed_out
from tests.scenes.encrypted import BY_CERTIFICATE, EncryptedDatabase, greets
from tests.scenes.over_http import free_port
from tests.scenes.watching import until

HOUSE = Path(__file__).parents[3]
DEPLOY = HOUSE / "deploy"


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom we trust."""
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def chains(ours: Authority, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What servers show: right, and wrong in each way."""
    strangers = authority(tmp_path_factory.mktemp("strangers"))
    ours.server("db.example", "bus.example", "127.0.0.1")
    ours.server("other.example")
    ours.server("old.example", "db.example", "bus.example", until=-DAY)
    strangers.server("stranger.example", "db.example", "bus.example")
    found = {name: ours.folder / f"{name}.pem" for name in BY_CERTIFICATE}
    return found | {"stranger.example": strangers.folder / "stranger.example.pem"}


@pytest.fixture(scope="session")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `deploy/make-secrets` makes; certificates are there before, as of an authority of one's
    own. How it has them made is tried in tests/deployment.
    """
    folder = tmp_path_factory.mktemp("deployment") / "secrets"
    made_beforehand(folder)
    deployment.make_secrets(folder)
    return folder


@pytest.fixture(scope="module")
def roles_port(tmp_path_factory: pytest.TempPathFactory, secret_files: Path) -> Iterator[int]:
    """An empty server on which deploy/postgres/roles.sh has run."""
    data = tmp_path_factory.mktemp("server") / "data"
    with embedded(data, fsync=False) as engines:
        word = json.loads((data / "secrets.json").read_text())["postgresql"]["postgres"]
        port = int(engines.programme["owner"].rpartition(":")[2].partition("/")[0])
        with psycopg.connect(
            f"postgresql://postgres:{word}@127.0.0.1:{port}/postgres", autocommit=True
        ) as server:
            server.execute("DROP DATABASE programme")
            server.execute("DROP DATABASE vault")
            for user in USERS:
                server.execute(f'DROP ROLE IF EXISTS "{user.name}"'.encode())
        environment = {
            "PATH": f"{from_wheels().postgresql / 'bin'}:/usr/bin:/bin",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGPASSWORD": word,
            "LT_ROLES_FILE": str(secret_files / "database_roles"),
        }
        for _ in range(2):  # by itself at the first start, and again by hand after an update
            script = str(DEPLOY / "postgres" / "roles.sh")
            subprocess.run([script], env=environment, check=True)
        yield port


@pytest.fixture(scope="module")
def behind_tls(roles_port: int, secret_files: Path) -> Iterator[EncryptedDatabase]:
    """The same, behind the certificate of the deployment."""
    one = EncryptedDatabase(roles_port, secret_files / "postgres_tls")
    yield one
    one.close()


@pytest.fixture(scope="module")
def postgres_port(behind_tls: EncryptedDatabase) -> int:
    """Where that server is found."""
    return behind_tls.port


@pytest.fixture(scope="module")
def bus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that bus has its configuration; beside it, who may come in beside our own users."""
    folder = tmp_path_factory.mktemp("bus")
    subscribers = folder / "subscribers"
    deployment.make_subscribers(subscribers)
    for one in (subscribers, *subscribers.iterdir()):  # as root it is the containers' user's
        os.chown(one, os.geteuid(), os.getegid())
    return folder


@pytest.fixture(scope="module")
def nats_port(bus_folder: Path, secret_files: Path) -> Iterator[int]:
    """A server with deploy/nats.conf, started as docker-compose.yml starts it."""
    folder = bus_folder
    (port,) = free_ports(1)
    text = (DEPLOY / "nats.conf").read_text()
    text = text.replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace('"/data"', f'"{folder}"')
    text = text.replace("/run/secrets/nats_tls", str(secret_files / "nats_tls"))
    conf = folder / "nats.conf"
    conf.write_text(text.replace("127.0.0.1:8222", "127.0.0.1:-1"))
    start = f'set -a && . "{secret_files}/nats_keys" && exec "$0" "$@"'
    command = ["/bin/sh", "-c", start, str(from_wheels().nats_server), "--config", str(conf)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        until(lambda: greets(port))
        yield port
        server.terminate()


@pytest.fixture(scope="module")
def settings(secret_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a container that opens the vault."""
    return Settings(
        data=tmp_path_factory.mktemp("data"),
        master_key_file=secret_files / "master_key",
        epoch_keys_file=tmp_path_factory.mktemp("epochs") / "epochs.keys",
        web=f"127.0.0.1:{free_port()}",
    ).model_copy(update=dict(INVENTED))


Contained = Callable[[str], dict[str, str]]
"""Gives the environment of a container by its name."""


@pytest.fixture
def contained(  # noqa: PLR0917 - pytest hands fixtures over by name
    secret_files: Path,
    postgres_port: int,
    nats_port: int,
    bus_folder: Path,
    settings: Settings,
    tmp_path: Path,
) -> Contained:
    """The environment of each container of ours as docker-compose.yml gives it, with its secrets,
    configs and volumes in places of this machine, and nobody else's.
    """

    def environment(name: str) -> dict[str, str]:
        container = containers()[name]
        folder = tmp_path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        mounted = {f"/{one}": str(secret_files / one) for one in container["configs"]}
        mounted |= {"/identity": str(DEPLOY / "identity.toml")} if "/identity" in mounted else {}
        for target, source in handed_out(container).items():
            text = (secret_files / source).read_text().strip()
            write_whole(folder / target, _there(text, postgres_port))
            mounted[f"/run/secrets/{target}"] = str(folder / target)
        for one in container.get("volumes", ()):
            volume, path = one.split(":")[:2]
            volumes = {"epochs": settings.epoch_keys.parent}
            volumes["./deploy/subscribers"] = bus_folder / "subscribers"
            mounted[path] = str(volumes.get(volume, folder))
        return {
            variable: _here(value, mounted, nats_port)
            for variable, value in container["environment"].items()
            if value
        }

    return environment


def _there(url: str, port: int) -> str:
    """The URL of a database where it is now; what is none stays. On this machine engines have to be
    asked for encryption.
    """
    moved = url.replace("@postgres:5432", f"@127.0.0.1:{port}")
    return f"{moved}?sslmode=verify-full" if moved != url else url


def _here(value: str, mounted: Mapping[str, str], nats_port: int) -> str:
    """A value of a container's environment, as it is on this machine."""
    if value.startswith("tls://"):
        return value.replace("nats:4222", f"127.0.0.1:{nats_port}")
    begins = next((one for one in mounted if value == one or value.startswith(f"{one}/")), None)
    if begins is None:
        assert not value.startswith("/"), f"{value} is nowhere in this container"
        return value
    return mounted[begins] + value.removeprefix(begins)


@pytest.fixture(scope="module")
def engines_of(
    secret_files: Path,
    postgres_port: int,
    nats_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Engines]:
    """What a process finds that has the URLs of a role, in files, and is a user of the bus."""

    place = tmp_path_factory.mktemp("urls")

    def find_engines(role: str, user: str | None = None) -> Engines:
        environment = {
            "LT_NATS_URL": f"tls://{user or role}@127.0.0.1:{nats_port}",
            **dict.fromkeys(
                ("LT_NATS_CA_FILE", "LT_DATABASE_CA_FILE"), f"{secret_files}/authority"
            ),
        }
        for kind in ("database", "vault"):
            secret = secret_files / f"{role}_{kind}_url"
            if secret.exists():
                moved = place / secret.name
                moved.write_text(_there(secret.read_text().strip(), postgres_port))
                environment[f"LT_{kind.upper()}_URL_FILE"] = str(moved)
        seed = secret_files / f"{user or role}_nats_seed"
        if seed.exists():
            environment["LT_NATS_SEED_FILE"] = str(seed)
        return find(environment=environment)

    return find_engines


@pytest.fixture(scope="module")
def provisioned(engines_of: Callable[..., Engines], settings: Settings) -> None:
    """Their tables, stream and consumers are there, made by the owner, and the first epoch is."""
    asyncio.run(provision(engines_of("owner")))
    with closing(Vault(engines_of("commands").vault["commands"], keys_of(settings))) as vault:
        vault.prove(begin=True)
