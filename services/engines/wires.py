"""The ways to the engines: encrypted to the server that is named, or nothing of ours is sent.

On this machine a connection may be as it is. Beyond it libpq would go on in the clear where no
encryption is offered (`sslmode=prefer`), nats-py where none is asked for, and either with whatever
somebody on the way has put in the place of the server. Only whoever runs this can say that a
network is protected otherwise.
"""

import ssl
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog
from psycopg.pq import Conninfo

from services.files import UntrustedFile, certificates_in
from services.settings import DATABASE_CA_FILE, NATS_CA_FILE, PLAIN_WIRES, WrongSetting

VERIFIED: Final = "verify-full"  # libpq's word: encrypted, its certificate trusted, its name right
NO_CERTIFICATE: Final = "no certificate in PEM is in it"
NOT_OFFERED: Final = (
    f"{{engine}} offers no encrypted connection (TLS), or does not insist on it, so nothing was"
    f" sent to it: give the server a certificate, or set {PLAIN_WIRES}=yes if the network is"
    " protected otherwise."
)
NOT_TRUSTED: Final = (
    "{whose} certificate is not trusted ({problem}): give the file of its authority with {file}"
)
OTHER_NAME: Final = (
    "{whose} certificate is for another name: name the server in {url} as its certificate does"
)
EXPIRED: Final = "{whose} certificate has expired: it has to be renewed there"
NOT_YET: Final = "{whose} certificate is not valid yet: set the clocks right, here or there"
BY_VERIFY_CODE: Final = {9: NOT_YET, 10: EXPIRED, 62: OTHER_NAME, 64: OTHER_NAME}  # x509_vfy.h
UNDECIDED: Final = (
    "PostgreSQL would be reached beyond this machine, and nothing says how safely: name it in"
    " LT_DATABASE_URL, or take PGHOST, PGHOSTADDR and PGSERVICE out of the environment."
)
logger = structlog.get_logger()


class UnsafeWire(Exception):
    """An engine can't be reached in safety, so nothing was sent; the text says what to set."""


class Wires(NamedTuple):
    """Whether connections beyond this machine may be `plain`, and the files with those whom the
    engines' certificates are trusted by (None: those whom the system trusts).
    """

    plain: bool = False
    nats_authority: Path | None = None
    database_authority: Path | None = None


def wires_in(environment: Mapping[str, str]) -> Wires:
    """What an environment says of them. Raises WrongSetting."""
    plain = environment.get(PLAIN_WIRES) or "no"
    if plain not in ("yes", "no"):
        raise WrongSetting(f"{PLAIN_WIRES} is yes or no: set it to one of them.")
    return Wires(
        plain == "yes",
        *(_authority(name, environment) for name in (NATS_CA_FILE, DATABASE_CA_FILE)),
    )


def _authority(name: str, environment: Mapping[str, str]) -> Path | None:
    if not (named := environment.get(name)):
        return None
    trusting(Path(named), name)
    return Path(named).absolute()


@cache
def say_that_wires_are_plain(engine: str) -> None:
    """Once for each engine, loudly: whoever is on the way reads and changes all there is."""
    logger.warning("wires.plain", engine=engine, setting=f"{PLAIN_WIRES}=yes")


def is_on_this_machine(host: str) -> bool:
    """Whether a host is the loopback of this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def trusting(authority: Path | None, setting: str) -> ssl.SSLContext:
    """Who looks at a server's certificate and name: the certificate must be by those whom the file
    names (PEM) that a setting gives, or whom the system trusts.

    WrongSetting if the file can't be read, names nobody, or may be somebody else's work.
    """
    try:
        context = ssl.create_default_context(
            cadata=certificates_in(authority) if authority else None
        )
    except ssl.SSLError as error:
        raise WrongSetting(_unread(setting, authority, NO_CERTIFICATE)) from error
    except OSError as error:
        raise WrongSetting(_unread(setting, authority, str(error.strerror))) from error
    except UntrustedFile as problem:
        raise WrongSetting(f"{setting}: {problem}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _unread(setting: str, authority: Path | None, problem: str) -> str:
    return f"{setting}: {authority} can't be read ({problem})."


def what_is_wrong_with(
    error: ssl.SSLCertVerificationError, *, whose: str, url: str, file: str
) -> str:
    """Why a server's certificate does not count, and what to do, without a full stop. `url` and
    `file` are the settings that name the server, and those whom it is trusted by.
    """
    words = BY_VERIFY_CODE.get(error.verify_code, NOT_TRUSTED)
    return words.format(whose=whose, url=url, file=file, problem=error.verify_message)


def encryption(given: Mapping[str, Any], name: str, wires: Wires) -> dict[str, str]:
    """What libpq must be told beside what a URL gives, so that neither its defaults nor its
    environment (PGSSLMODE and others) make the connection weaker. `name` is the URL's setting.

    Raises WrongSetting if the URL itself asks for less than there must be.
    """
    if given.get("service"):
        raise WrongSetting(f"{name} names a service of libpq: name the host itself in its place.")
    beyond, mode = reaches_beyond(given), given.get("sslmode")
    if beyond and not wires.plain and mode not in (None, VERIFIED):
        raise WrongSetting(
            f"{name} says sslmode={mode}, which anybody on the way can get round: leave it out, or"
            f" set {PLAIN_WIRES}=yes if the network is protected otherwise."
        )
    if beyond and wires.plain and mode != VERIFIED:
        say_that_wires_are_plain("PostgreSQL")
    if mode is None and (wires.plain or not beyond):
        return {"sslmode": "prefer"} if beyond else {}
    mode = mode or VERIFIED
    if not mode.startswith("verify"):
        return {}
    least = given.get("ssl_min_protocol_version")
    return {
        "sslmode": mode,
        "sslrootcert": given.get("sslrootcert") or str(wires.database_authority or _systems()),
        "ssl_min_protocol_version": "TLSv1.3" if least == "TLSv1.3" else "TLSv1.2",
        "gssencmode": "disable",  # or it would take the place of all this, where there is Kerberos
    }


def is_undecided(given: Mapping[str, Any]) -> bool:
    """Whether a connection of libpq would leave this machine, and nobody has chosen how safe it is:
    by its own defaults anybody on the way would choose.
    """
    return "sslmode" not in given and reaches_beyond(given)


def reaches_beyond(given: Mapping[str, Any]) -> bool:
    """Whether a connection of libpq leaves this machine, by what is given and by what it adds from
    its environment.
    """
    defaults = {one.keyword: one.val for one in Conninfo.get_defaults()}
    hosts, addresses = (
        str(given.get(name, (defaults.get(name.encode()) or b"").decode())).split(",")
        for name in ("host", "hostaddr")
    )
    pairs = zip_longest(hosts, addresses, fillvalue="")
    return not all(_is_here(address or host) for host, address in pairs)


def _is_here(place: str) -> bool:
    """Nothing is libpq's own default, which is a socket or the loopback."""
    return not place or place.startswith(("/", "@")) or is_on_this_machine(place)


def _systems() -> str:
    """The file of those whom the system trusts: the libpq that comes with psycopg looks for it
    where it was built.
    """
    paths = ssl.get_default_verify_paths()
    bundle = Path(paths.capath or "/nowhere") / "ca-certificates.crt"
    return paths.cafile or (str(bundle) if bundle.exists() else "system")
