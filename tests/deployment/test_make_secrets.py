"""What `deploy/make-secrets` has `openssl` make, and that engines are reached by it."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.engines import certificates, deployment
from services.engines.addresses import Engines
from services.operations.provisioning import provision
from services.operations.status import look

HOUSE = Path(__file__).parents[2]
TLS_FILES = ("nats_tls", "postgres_tls")


def test_engines_are_reached_by_the_certificates_that_it_makes(
    engines_of: Callable[..., Engines],
) -> None:
    asyncio.run(provision(engines_of("owner")))
    seen = asyncio.run(look(engines_of("console", "client")))
    ends = {engine: round((end - seen.at) / timedelta(days=1)) for engine, end in seen.ends.items()}
    assert ends == dict.fromkeys(("postgresql", "nats"), certificates.YEAR)


def test_it_runs_where_nothing_of_ours_is_installed(tmp_path: Path) -> None:
    """With a Python that has its standard library alone."""
    for folder in ("services", "deploy"):
        shutil.copytree(HOUSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("secrets"))
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{shutil.which("python3")}" -S "$@"\n')
    bare.chmod(0o755)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHON": str(bare)}
    for more in ((), (), ("--renew", "--name", "bus.example.org"), ("--cluster", "--catch-mail")):
        command = [str(tmp_path / "deploy" / "make-secrets"), *more]
        said = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout
        assert f"in {certificates.YEAR - 1} days" in said
    assert "COMPOSE_PROFILES=cluster,mail\n" in (tmp_path / ".env").read_text()
    found = {path.name for path in (tmp_path / "deploy" / "secrets").iterdir()}
    handed_out = set(
        re.findall(r"deploy/secrets/(\w+)", (HOUSE / "docker-compose.yml").read_text())
    )
    assert handed_out <= found
    assert not [name for name in found if name.startswith("home_")]


def test_with_an_older_python_it_says_which_one_it_needs(tmp_path: Path) -> None:
    older = tmp_path / "python"
    as_older = "import sys; sys.version_info = (3, 10, 14); exec(sys.argv[1])"
    older.write_text(f'#!/bin/sh\nexec python3 -c "{as_older}" "$2"\n')
    older.chmod(0o755)
    for python in (older, tmp_path / "no-python"):
        environment = {**os.environ, "PYTHON": str(python)}
        command = [str(HOUSE / "deploy" / "make-secrets"), "--nats-conf"]
        said = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr.startswith("This needs Python 3.11 or newer, and ")


def test_a_deployment_vouches_for_its_servers_and_for_nobody_else(secret_files: Path) -> None:
    for file, names in deployment.TLS.items():
        said = _openssl("x509", "-in", str(secret_files / file), "-noout", "-text")
        found = set(re.findall(r"(?:DNS|IP Address):([^,\s]+)", said))
        assert found == set(names)
        assert "CA:FALSE" in said
        chosen = ("verify", "-CAfile", str(secret_files / "authority"), "-purpose", "sslserver")
        assert "OK" in _openssl(*chosen, str(secret_files / file))
    said = _openssl("x509", "-in", str(secret_files / "authority"), "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in said
    assert "PRIVATE KEY" not in (secret_files / "authority").read_text()


def _openssl(*words: str) -> str:
    command = [str(shutil.which("openssl")), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_certificates_are_made_anew_only_when_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    deployment.make_secrets(folder, ["bus.example.org"])
    before = {name: (folder / name).read_text() for name in (*TLS_FILES, "authority")}
    deployment.make_secrets(folder)
    assert {name: (folder / name).read_text() for name in before} == before
    deployment.make_secrets(folder, ["10.0.0.5"], renew=True)
    after = {name: (folder / name).read_text() for name in before}
    assert after.pop("authority") == before.pop("authority")
    for name in TLS_FILES:
        assert after[name].partition("PRIVATE KEY")[2] != before[name].partition("PRIVATE KEY")[2]
        said = _openssl("x509", "-in", str(folder / name), "-noout", "-ext", "subjectAltName")
        assert "DNS:bus.example.org" in said
        assert "IP Address:10.0.0.5" in said
        assert certificates.ends(after[name]) > datetime.now(UTC) + timedelta(days=390)
        assert (folder / name).stat().st_mode & 0o777 == 0o640
    assert not [one for one in folder.iterdir() if one.is_dir()]  # where they were made
