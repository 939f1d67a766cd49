"""A deployment as `deploy/make-secrets` makes it, certificates too: `make test-deployment`."""

from pathlib import Path

import pytest

from services.engines import deployment
from tests.services.engines.conftest import (
    behind_tls,
    bus_folder,
    engines_of,
    nats_port,
    postgres_port,
    roles_port,
)

__all__ = ["behind_tls", "bus_folder", "engines_of", "nats_port", "postgres_port", "roles_port"]


@pytest.fixture(scope="module")
def secret_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `deploy/make-secrets` makes."""
    folder = tmp_path_factory.mktemp("deployment") / "secrets"
    deployment.make_secrets(folder)
    return folder
