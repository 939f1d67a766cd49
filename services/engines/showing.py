"""What certificate a database shows, looked at beside libpq, which tells neither why it does not
trust one, nor when one ends.
"""

import socket
import ssl
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from services.engines.wires import trusting, what_is_wrong_with
from services.settings import DATABASE_CA_FILE, WrongSetting

PLEASE: Final = struct.pack("!ii", 8, 80877103)  # PostgreSQL's request for encryption
YES: Final = b"S"
PORT: Final = 5432
PATIENCE: Final = 3.0  # seconds for each step
DATABASES: Final = {"whose": "PostgreSQL's", "url": "LT_DATABASE_URL", "file": DATABASE_CA_FILE}


def why_not_trusted(url: str) -> str | None:
    """What is wrong with the certificate that a database shows, in a sentence; None if nothing is,
    or it can't be seen.
    """
    try:
        _shown(url)
    except ssl.SSLCertVerificationError as error:
        return f"{what_is_wrong_with(error, **DATABASES)}."
    except (OSError, WrongSetting):
        return None
    return None


def end_of_the_databases(url: str) -> datetime | None:
    """When the certificate of a database ends; None if none is asked for, or it can't be seen."""
    if not str(conninfo_to_dict(url).get("sslmode", "")).startswith("verify"):
        return None
    try:
        return end_of(_shown(url))
    except (OSError, WrongSetting):
        return None


def end_of(certificate: Mapping[str, Any]) -> datetime:
    """When a certificate ends, as Python's own `ssl` tells of it."""
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _shown(url: str) -> Mapping[str, Any]:
    """The certificate. Raises OSError (SSLCertVerificationError if not trusted), WrongSetting."""
    said = conninfo_to_dict(url)
    host, address, port = (
        str(said.get(name) or "").partition(",")[0] for name in ("host", "hostaddr", "port")
    )
    root = str(said.get("sslrootcert") or "system")
    context = trusting(None if root == "system" else Path(root), DATABASE_CA_FILE)
    where = address or host, int(port or PORT)
    with socket.create_connection(where, PATIENCE) as way:
        way.sendall(PLEASE)
        if way.recv(1) != YES:
            raise ConnectionRefusedError
        with context.wrap_socket(way, server_hostname=host or address) as safe:
            return safe.getpeercert() or {}
