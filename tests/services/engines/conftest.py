import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from services.engines import deployment
from services.engines.access import USERS
from services.engines.addresses import Engines, find
from services.engines.binaries import from_wheels
from services.engines.embedded import embedded, free_ports
from services.operations.provisioning import provision
from services.settings import Settings
from tests.scenes.certificates import DAY, Authority, authority
from tests.scenes.encrypted import BY_CERTIFICATE, EncryptedDatabase, greets
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
    """What `deploy/make-secrets` makes."""
    folder = tmp_path_factory.mktemp("deployment") / "secrets"
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
def nats_port(tmp_path_factory: pytest.TempPathFactory, secret_files: Path) -> Iterator[int]:
    """A server with deploy/nats.conf, started as docker-compose.yml starts it."""
    folder = tmp_path_factory.mktemp("bus")
    (port,) = free_ports(1)
    text = (DEPLOY / "nats.conf").read_text()
    text = text.replace("0.0.0.0:4222", f"127.0.0.1:{port}").replace('"/data"', f'"{folder}"')
    text = text.replace("/run/secrets/nats_tls", str(secret_files / "nats_tls"))
    conf = folder / "nats.conf"
    conf.write_text(text.replace("127.0.0.1:8222", "127.0.0.1:-1"))
    deployment.make_subscribers(folder / "subscribers")
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
    )


@pytest.fixture(scope="module")
def engines_of(
    secret_files: Path,
    postgres_port: int,
    nats_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Engines]:
    """What a container finds: its own URLs, in files, and nobody else's. The engines are on this
    machine, where they have to be asked for encryption.
    """

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
                here = secret.read_text().replace("@postgres:5432", f"@127.0.0.1:{postgres_port}")
                moved = place / secret.name
                moved.write_text(f"{here.strip()}?sslmode=verify-full")
                environment[f"LT_{kind.upper()}_URL_FILE"] = str(moved)
        seed = secret_files / f"{user or role}_nats_seed"
        if seed.exists():
            environment["LT_NATS_SEED_FILE"] = str(seed)
        if role == "keeper":
            environment["LT_DATABASE_URL_FILE"] = environment["LT_VAULT_URL_FILE"]
        return find(environment=environment)

    return find_engines


@pytest.fixture(scope="module")
def provisioned(engines_of: Callable[..., Engines]) -> None:
    """Their tables, stream and consumers are there, made by the owner."""
    asyncio.run(provision(engines_of("owner")))
