"""The wires of a deployment: its certificates, and what its containers are told of them."""

import re
from pathlib import Path

import pytest

from services.crew import NAMES
from services.engines import deployment
from services.engines.certificates import NoCertificate
from services.engines.embedded import free_ports
from tests.scenes.certificates import made_beforehand
from tests.scenes.encrypted import started
from tests.scenes.watching import until

HOUSE = Path(__file__).parents[3]
COMPOSE = (HOUSE / "docker-compose.yml").read_text()
SERVICES = COMPOSE.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
BLOCKS = re.split(r"^(?=  [\w-]+:$)", SERVICES, flags=re.MULTILINE)[1:]


def test_nobody_comes_into_the_database_in_the_clear() -> None:
    """By its own file of who may come in: the PostgreSQL of the wheels is built without TLS."""
    lines = (HOUSE / "deploy" / "postgres" / "pg_hba.conf").read_text().splitlines()
    said = [line.split() for line in lines if not line.startswith("#")]
    assert said == [
        ["local", "all", "postgres", "peer"],
        ["hostssl", "all", "all", "all", "scram-sha-256"],
    ]
    assert "      - -chba_file=/docker-entrypoint-initdb.d/pg_hba.conf\n" in COMPOSE
    assert "      - -cssl=on\n" in COMPOSE


def test_certificates_of_an_authority_of_ones_own_are_left_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made_beforehand(folder)
    deployment.make_secrets(folder)
    (folder / "authority_key").unlink()
    before = (folder / "nats_tls").read_text()
    deployment.make_secrets(folder)
    assert (folder / "nats_tls").read_text() == before
    with pytest.raises(NoCertificate, match="are of another authority"):
        deployment.make_secrets(folder, renew=True)
    assert (folder / "nats_tls").read_text() == before


@pytest.mark.parametrize("name", ["a b", "x\nIP:10.0.0.1", "x,DNS:y", "", "-x"])
def test_what_is_no_name_of_a_server_is_in_no_certificate(name: str, tmp_path: Path) -> None:
    with pytest.raises(NoCertificate, match="is no name of a server"):
        deployment.make_secrets(tmp_path / "secrets", ["bus.example.org", name])
    assert not (tmp_path / "secrets").exists(), "nothing is made before"


def test_servers_of_a_cluster_meet_encrypted_and_know_each_other(
    secret_files: Path, tmp_path: Path
) -> None:
    ports = free_ports(4)
    keys = dict(
        line.split("=", 1) for line in (secret_files / "nats_keys").read_text().splitlines()
    )
    word = keys["LT_NATS_ROUTE"]
    routes = ", ".join(f'"nats://route:{word}@127.0.0.1:{port}"' for port in ports[:2])
    with (
        started(
            _node(tmp_path / "one", secret_files, ports[0], ports[2]),
            *("--config", "nats-cluster.conf"),
            **{**keys, "LT_NATS_NAME": "one", "LT_NATS_ROUTES": f"[{routes}]"},
        ),
        started(
            _node(tmp_path / "two", secret_files, ports[1], ports[3]),
            *("--config", "nats-cluster.conf"),
            **{**keys, "LT_NATS_NAME": "two", "LT_NATS_ROUTES": f"[{routes}]"},
        ),
    ):
        logs = [tmp_path / name / "nats.log" for name in ("one", "two")]
        until(lambda: all("Route connection created" in one.read_text() for one in logs))
        until(lambda: any("TLS handshake complete" in one.read_text() for one in logs))


def _node(folder: Path, secret_files: Path, route: int, clients: int) -> Path:
    """The configuration of one of three servers, at ports of its own."""
    folder.mkdir()
    for name in ("nats.conf", "nats-cluster.conf"):
        text = (HOUSE / "deploy" / name).read_text()
        for old, new in (
            ("0.0.0.0:6222", f"127.0.0.1:{route}"),
            ("0.0.0.0:4222", f"127.0.0.1:{clients}"),
            ("127.0.0.1:8222", "127.0.0.1:-1"),
            ('"/data"', f'"{folder}"'),
            ("/run/secrets/nats_tls", str(secret_files / "nats_tls")),
            ("/authority", str(secret_files / "authority")),
        ):
            text = text.replace(old, new)
        (folder / name).write_text(text + ("debug: true\n" if "cluster" in name else ""))
    deployment.make_subscribers(folder / "subscribers")
    return folder


def test_every_container_has_limits_and_reaches_engines_encrypted() -> None:
    careful = COMPOSE.partition("x-careful:")[2].partition("\nx-")[0]
    for limit in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges", "mem_limit:"):
        assert limit in careful
    assert "pids_limit:" in careful
    assert len(BLOCKS) >= len(NAMES) + 10
    assert all("    <<: *" in block for block in BLOCKS)
    bases = re.findall(r"^x-[\w-]+: &(\w+(?:-\w+)*).*\n  <<: \*([\w-]+)", COMPOSE, re.MULTILINE)
    inherits = dict(bases)
    for block in BLOCKS:
        base = block.partition("<<: *")[2].split()[0]
        while base != "careful":
            base = inherits[base]
    assert "nats://" not in COMPOSE
    assert set(re.findall(r"tls://(?:\w+@)?nats:4222", COMPOSE)) >= {"tls://nats:4222"}


def test_images_are_named_by_their_whole_version_and_mail_is_caught_only_if_asked() -> None:
    images = [*re.findall(r"image: (\S+)", COMPOSE)]
    images += re.findall(r"^FROM (\S+)", (HOUSE / "Dockerfile").read_text(), re.MULTILINE)
    assert images
    for image in images:
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-|$|@)", image), image
    mail = next(block for block in BLOCKS if block.startswith("  mailpit:"))
    assert "profiles: [mail]" in mail


def test_mail_is_caught_from_when_it_is_asked_for_on(tmp_path: Path) -> None:
    file = tmp_path / ".env"

    def profiles(**given: bool) -> str:
        deployment.set_environment(file, **{"cluster": False, **given})
        return file.read_text().partition("COMPOSE_PROFILES=")[2].partition("\n")[0]

    assert profiles() == "single"
    assert "LT_SMTP_URL_FILE" not in file.read_text()
    assert profiles(catch_mail=True) == "single,mail"
    assert profiles(cluster=True) == "cluster,mail"
    assert "LT_SMTP_URL_FILE=/run/secrets/smtp_url\n" in file.read_text()
    assert profiles() == "single,mail"
