"""How a setting names a server of mail: by a URL, with a user and a password if it needs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from services.settings import WrongSetting


@dataclass(frozen=True)
class NamedServer:
    """A server by its URL, without the signs by which a URL is written."""

    scheme: str
    host: str
    port: int
    path: str
    user: str = field(repr=False)
    password: str = field(repr=False)


def server_at(url: str, ports: Mapping[str, int], form: str) -> NamedServer:
    """The server that a URL names, at the port of its scheme if it says none. WrongSetting with the
    `form` that it should have, which does not repeat it, if it is no URL of one of these schemes.
    """
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ports and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its port is no number, for example
        well_formed = False
    if not well_formed:
        raise WrongSetting(form)
    return NamedServer(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or ports[parts.scheme],
        path=unquote(parts.path.removeprefix("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
