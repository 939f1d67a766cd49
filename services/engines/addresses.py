"""Where the engines are: every process of ours finds PostgreSQL and NATS through this file."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Self
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.engines.access import PROGRAMME, VAULT, roles
from services.engines.bus import BUS_USERS
from services.engines.seeds import NoSeed, key_of
from services.engines.wires import (
    Wires,
    encryption,
    is_on_this_machine,
    say_that_wires_are_plain,
    wires_in,
)
from services.files import UntrustedFile, read_own, why_no_folder
from services.settings import DEFAULT_DATA, WrongSetting, secret
from services.shell import to_type

ENGINES_FILE = "engines.json"
SCHEMES: Final = ("postgresql", "postgres")
BUS_SCHEMES: Final = ("tls", "nats")


class AlreadyRunning(RuntimeError):
    """Another process has the engines of this data folder."""


class EnginesUnavailable(RuntimeError):
    """There is no engine to talk to; the text says what to do about it."""


# By default libpq waits for ever to connect, and hours for a network that swallows all: seconds.
TIMEOUTS: Final = MappingProxyType(
    {
        "connect_timeout": "10",
        "keepalives_idle": "15",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "30000",  # milliseconds
    }
)


class Supervisor(BaseModel):
    """The process that owns embedded engines.

    A number alone may have been given to another process since, so it counts only together with
    the start time (clock ticks since boot) and the command line.
    """

    model_config = ConfigDict(frozen=True)

    pid: int
    started: int
    command: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """What now runs under `pid`, or None."""
        process = Path("/proc") / str(pid)
        try:
            # The name in the second field may itself hold blanks and brackets.
            after_name = process.joinpath("stat").read_text().rpartition(")")[2].split()
            command = process.joinpath("cmdline").read_bytes()
        except OSError:
            return None
        started = int(after_name[19])
        return cls(pid=pid, started=started, command=command.decode(errors="replace"))

    @property
    def running(self) -> bool:
        """Whether that very process is still there."""
        return Supervisor.of(self.pid) == self


class BusAddress(BaseModel):
    """Where the bus is, and the seed by which one of its users is known.

    A user named in the URL is who that is, if it is not who asks for the address; and without a
    seed the URL may have a password, of a bus that is not ours. `authority` is the file with those
    whom its certificate is trusted by, None for those whom the system trusts; `plain` is whether it
    may be reached in the clear beyond this machine, too.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    url: str = Field(repr=False)
    seed: str | None = Field(default=None, repr=False)
    authority: Path | None = None
    plain: bool = False

    @property
    def host(self) -> str:
        """The server that is named: also of others of its cluster the certificate must say so."""
        return urlsplit(self.url).hostname or ""

    def known_as(self, name: str, seed: str) -> Self:
        """The same bus, for whoever has this name and seed."""
        parts = urlsplit(self.url)
        url = parts._replace(netloc=f"{name}@{parts.netloc.rpartition('@')[2]}").geturl()
        return self.model_copy(update={"url": url, "seed": seed})

    def must_be_encrypted(self, host: str) -> bool:
        """Whether a connection to a server at `host`, this one or another of its cluster, must be
        encrypted before anything is sent.
        """
        if urlsplit(self.url).scheme == "tls":
            return True
        return not self.plain and not (is_on_this_machine(self.host) and is_on_this_machine(host))


class Engines(BaseModel):
    """What is where: a URL for each role of both databases, and an address for each NATS user.

    `supervisor` is None for engines that are not ours to start and stop.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    format: Literal[2] = 2
    supervisor: Supervisor | None = None
    programme: dict[str, str] = Field(repr=False)
    vault: dict[str, str] = Field(repr=False)
    nats: dict[str, BusAddress] = Field(repr=False)

    @property
    def are_ours(self) -> bool:
        """Whether they are embedded: those that somebody tries things out on."""
        return self.supervisor is not None


def find(data: Path | None = None, environment: Mapping[str, str] = os.environ) -> Engines:
    """The engines named by `LT_DATABASE_URL` and `LT_NATS_URL`, else those embedded in a folder.

    The folder is `data`, else `LT_DATA`, else `var`. Each URL and seed may instead be read from the
    file that `LT_DATABASE_URL_FILE` (and so on) names. Raises EnginesUnavailable.
    """
    database, nats = _setting("LT_DATABASE_URL", environment), _setting("LT_NATS_URL", environment)
    if database and nats:
        vault = _setting("LT_VAULT_URL", environment) or _beside(database, VAULT)
        with _explained():
            return _elsewhere(database, vault, nats, environment)
    if database or nats:
        missing = "LT_NATS_URL" if database else "LT_DATABASE_URL"
        raise EnginesUnavailable(
            f"{missing} is not set: set it too, or neither, to use the embedded engines."
        )
    return _embedded_in(data or Path(environment.get("LT_DATA") or DEFAULT_DATA))


def only_the_bus(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether whoever calls is told where the bus is, and of no database. Raises
    EnginesUnavailable if what is said of it can't be read.
    """
    database, nats = _setting("LT_DATABASE_URL", environment), _setting("LT_NATS_URL", environment)
    return bool(nats) and not database


def find_buses(data: Path | None = None, environment: Mapping[str, str] = os.environ) -> Engines:
    """The engines as who needs no database sees them: no URL of one is asked for, or given. Raises
    EnginesUnavailable.
    """
    nats = _setting("LT_NATS_URL", environment)
    if nats:
        with _explained():
            buses = _buses(nats, wires_in(environment), environment)
        return Engines(programme={}, vault={}, nats=buses)
    return find(data, environment).model_copy(update={"programme": {}, "vault": {}})


def must_make_sense(environment: Mapping[str, str] = os.environ) -> None:
    """Raises WrongSetting if what is said of engines can't be so, whoever would be asked there."""
    wires = wires_in(environment)
    for name in ("LT_DATABASE_URL", "LT_VAULT_URL"):
        if url := secret(name, environment):
            _safe(url, name, wires)
    for prefix in ("LT_NATS", "LT_RELAY_NATS", "LT_SYSTEM_NATS"):
        if url := secret(f"{prefix}_URL", environment):
            _bus(prefix, url, wires, environment)
        _seed(f"{prefix}_SEED", environment)


def _elsewhere(database: str, vault: str, nats: str, environment: Mapping[str, str]) -> Engines:
    wires = wires_in(environment)
    buses = _buses(nats, wires, environment)
    return Engines(
        programme=dict.fromkeys(roles(PROGRAMME), _safe(database, "LT_DATABASE_URL", wires)),
        vault=dict.fromkeys(roles(VAULT), _safe(vault, "LT_VAULT_URL", wires)),
        nats=buses,
    )


def _buses(nats: str, wires: Wires, environment: Mapping[str, str]) -> dict[str, BusAddress]:
    """The bus, as each of its users. Raises WrongSetting."""
    ours = _bus("LT_NATS", nats, wires, environment)
    others = {name: _as_another(name, nats, wires, environment) for name in ("relay", "system")}
    return {user.name: others.get(user.name) or ours for user in BUS_USERS}


def _as_another(
    name: str, nats: str, wires: Wires, environment: Mapping[str, str]
) -> BusAddress | None:
    """The bus as a user whose rights only some processes need beside their own."""
    prefix = f"LT_{name.upper()}_NATS"
    url, seed = _setting(f"{prefix}_URL", environment), _setting(f"{prefix}_SEED", environment)
    if not (url or seed):
        return None
    address = urlsplit(nats)
    plain = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()
    return _bus(prefix, url or plain, wires, environment)


def _bus(prefix: str, url: str, wires: Wires, environment: Mapping[str, str]) -> BusAddress:
    """An address of the bus, by the settings that begin so. Raises WrongSetting."""
    parts = _bus_parts(url)
    if parts is None:
        raise WrongSetting(f"{prefix}_URL must look like tls://host:4222 or nats://host:4222.")
    seed = _seed(f"{prefix}_SEED", environment)
    found = BusAddress(url=url, seed=seed, authority=wires.nats_authority, plain=wires.plain)
    if not (found.must_be_encrypted(found.host) or is_on_this_machine(found.host)):
        say_that_wires_are_plain("NATS")
    return found


def _bus_parts(url: str) -> SplitResult | None:
    """Its parts, if it is an address of one server; None else."""
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in BUS_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its port is no number, or there are several
        return None
    return parts if well_formed else None


def _seed(name: str, environment: Mapping[str, str]) -> str | None:
    seed = secret(name, environment)
    if seed:
        try:
            key_of(seed)
        except NoSeed:
            raise WrongSetting(
                f"{name} is not the seed of a user of NATS: it has 58 letters and digits, and"
                " begins with SU."
            ) from None
    return seed


def _embedded_in(data: Path) -> Engines:
    path = data / ENGINES_FILE
    start = f"Start them with `leading-together up --data {to_type(str(data))}`"
    try:
        engines = Engines.model_validate_json(read_own(path))
    except FileNotFoundError:
        raise EnginesUnavailable(
            f"No engines are running in {data}. {start}, or set LT_DATABASE_URL and LT_NATS_URL."
        ) from None
    except OSError as fault:
        problem = f"{path} can't be read ({fault.strerror}): be the user who started the engines."
        raise EnginesUnavailable(why_no_folder(data) or problem) from None
    except UntrustedFile as problem:
        raise EnginesUnavailable(str(problem)) from None
    except ValidationError:
        raise EnginesUnavailable(
            f"{path} was written by another version. Stop its engines with that version first."
        ) from None
    if engines.supervisor is None or not engines.supervisor.running:
        raise EnginesUnavailable(f"The engines in {data} have stopped. {start}.")
    return engines


def _setting(name: str, environment: Mapping[str, str]) -> str | None:
    """A setting from the environment, or from the file that `<name>_FILE` names."""
    with _explained():
        return secret(name, environment)


@contextmanager
def _explained() -> Iterator[None]:
    """A setting that is wrong names no engine."""
    try:
        yield
    except WrongSetting as problem:
        raise EnginesUnavailable(str(problem)) from None


def _safe(url: str, name: str, wires: Wires) -> str:
    """The same database, with what libpq must be told beside it: to notice a server that vanished
    without a word, unless the URL itself says how; and to say nothing to whom it may not.

    Raises WrongSetting.
    """
    given = _told_by(url)
    if given is None:
        raise WrongSetting(f"{name} must look like postgresql://user@host/database.")
    if not _are_ports(str(given.get("port", ""))):
        raise WrongSetting(f"{name} names a port that there is not: it is a number up to 65535.")
    told = {key: value for key, value in TIMEOUTS.items() if key not in given}
    told |= encryption(given, name, wires)
    if not told:
        return url
    # Appended, because of what is said twice libpq takes what comes last.
    safe = f"{url}{'&' if '?' in url else '?'}{urlencode(told, quote_via=quote)}"
    if _told_by(safe) != {**given, **told}:
        raise WrongSetting(f"{name} has letters that must be written as %XX, in its password say.")
    return safe


def _told_by(url: str) -> dict[str, Any] | None:
    """What a URL says to libpq, None if it is none."""
    if not url.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
        return None
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.Error:
        return None


def _are_ports(given: str) -> bool:
    """Whether each port that is named, one for each of several hosts, can be one."""
    numbers = (one for one in given.split(",") if one)
    return all(one.isascii() and one.isdigit() and 0 < int(one) < 2**16 for one in numbers)


def _beside(url: str, database: str) -> str:
    """The URL of another database on the same server, or servers: what libpq takes for a URL is
    more than what others do.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise EnginesUnavailable("LT_DATABASE_URL must look like postgresql://user@host/database.")
    where, mark, said = rest.partition("?")
    return f"{scheme}://{where.partition('/')[0]}/{database}{mark}{said}"
