"""All settings, read once at the start from `LT_*` in the environment, secrets also from files."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.files import UntrustedFile, followed, read_own

PREFIX: Final = "LT_"
DEFAULT_DATA = Path("var")
ENGINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LT_DATABASE_URL": (
            "The database `programme`, as `postgresql://role:password@host/programme`; on another"
            " machine it is reached with `sslmode=verify-full`, or not at all"
        ),
        "LT_VAULT_URL": "The database of keys; if not set, `vault` on the same server",
        "LT_NATS_URL": (
            "NATS, as `tls://host:4222`; with the name of a credential of one's own, as"
            " `tls://ruth@host:4222`; or as `tls://user:password@host:4222` if it is no bus of"
            " ours. With `nats://` it is encrypted as well, except on this machine"
        ),
        "LT_NATS_SEED": "The seed of our user of NATS, 58 letters and digits",
        "LT_RELAY_NATS_SEED": (
            "That of the relay's user, for an owner who makes the stream anew; or"
            " `LT_RELAY_NATS_URL`"
        ),
        "LT_SYSTEM_NATS_SEED": (
            "That of the user of the system account, for whoever makes and withdraws credentials;"
            " or `LT_SYSTEM_NATS_URL`"
        ),
    }
)
"""What says where the engines are (services/engines/addresses.py), and what each means."""
NATS_CA_FILE: Final = "LT_NATS_CA_FILE"
DATABASE_CA_FILE: Final = "LT_DATABASE_CA_FILE"
PLAIN_WIRES: Final = "LT_PLAIN_WIRES"
WIRES: Final[Mapping[str, str]] = MappingProxyType(
    {
        NATS_CA_FILE: (
            "The file with the certificates (PEM) by which NATS is trusted; those that the system"
            " trusts if not set"
        ),
        DATABASE_CA_FILE: (
            "The same for both databases, where their URL does not name one itself (`sslrootcert`)"
        ),
        PLAIN_WIRES: (
            "`yes` lets connections to engines on other machines go in the clear, if the server"
            " does not ask for more, for all on the way to read and to change: only where the"
            " network is protected otherwise"
        ),
    }
)
"""What says how the ways there are protected (services/engines/wires.py)."""
URLS_BESIDE_SEEDS: Final = ("LT_RELAY_NATS_URL", "LT_SYSTEM_NATS_URL")


class WrongSetting(ValueError):
    """A setting can't be read; the text names it and says what to do, and tells no value."""


def secret(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """A setting that is a secret: from the environment, or from the file that `<name>_FILE` names.

    None if it is not set, or empty. Raises WrongSetting.
    """
    value, file = environment.get(name), environment.get(f"{name}_FILE")
    if value and file:
        raise WrongSetting(f"{name} and {name}_FILE are both set: keep one of them.")
    return _in_file(Path(file), f"{name}_FILE") if file else value or None


def _in_file(file: Path, name: str) -> str:
    try:
        text = read_own(followed(file), named=True).decode().strip()
    except OSError as fault:
        raise WrongSetting(
            f"The file {file} named by {name} can't be read ({fault.strerror})."
        ) from None
    except UntrustedFile as problem:
        raise WrongSetting(f"{name}: {problem}") from None
    except UnicodeDecodeError:
        raise WrongSetting(f"The file {file} named by {name} holds no text in UTF-8.") from None
    if not text:
        raise WrongSetting(f"The file {file} named by {name} is empty.")
    return text


class SecretSettings(PydanticBaseSettingsSource):
    """The settings that are secrets, each from a variable or from a file.

    They are those that are kept out of `repr`.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Its value, or None; raises WrongSetting."""
        return None if field.repr else secret(variable(field_name)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Those that are set."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """How this process is set up. Where the engines are stands in services/engines/addresses.py.

    A field that is a secret says `repr=False`: then it can come from a file, too.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
        env_ignore_empty=True,
    )

    data: Path = DEFAULT_DATA
    """The data folder: embedded engines, the master key, and messages written as files."""
    master_key_file: Path | None = None
    """The file with the vault's master key (64 hexadecimal digits); `master.key` in the data
    folder if not set."""
    epoch_keys_file: Path | None = None
    """The file with the keys of the vault's epochs, under the master key; `epochs.keys` in the
    data folder if not set."""
    identity_file: Path | None = None
    """The file that says who vouches for people ([identity](identity.md)); our own issuer alone,
    with its keys in the data folder, if not set."""
    token_file: Path | None = None
    """The file with the token that the command line shows, instead of that of who is signed in, on
    engines that are not its own."""
    source: str = "uk.nhs.leading-together"
    """What every event says of where it comes from (CloudEvents `source`)."""
    smtp_url: str | None = Field(default=None, repr=False)
    """Where e-mails go: `smtp://user:password@host:587` (always STARTTLS, but without a password to
    this machine) or `smtps://…` (TLS from the start). `smtp+unencrypted://host` sends letters as
    they are, for all on the way to read, and takes no password. Without it they are written as
    `.eml` files into `outbox/` of the data folder."""
    smtp_ca_file: Path | None = None
    """The file with the certificates (PEM) by which the mail server is trusted; those that the
    system trusts if not set."""
    sender: str = "Leading Together <noreply@leading-together.example>"
    """Who e-mails come from."""
    reply_to: str | None = None
    """Where answers to e-mails go. This and the four that follow are needed where the engines are
    not our own; with embedded engines there is an invented office."""
    returns_to: str | None = None
    """The address to which mail servers send back what they can't deliver; that of `LT_SENDER` if
    not set. It must be that of the mailbox which `LT_IMAP_URL` reads."""
    imap_url: str | None = Field(default=None, repr=False)
    """The mailbox in which that is looked for, each minute: `imaps://user:password@host/Folder`
    (TLS from the start) or `imap://…` (STARTTLS); without a folder it is `INBOX`. What is about a
    letter of ours is flagged as seen, all else is left as it is. Without it nobody looks."""
    imap_ca_file: Path | None = None
    """The file with the certificates (PEM) by which the mailbox's server is trusted; those that the
    system trusts if not set."""
    office_name: str | None = None
    """What the programme's office is called. How to reach it stands in every letter."""
    office_phone: str | None = None
    """The office's telephone number."""
    office_hours: str | None = None
    """When somebody answers it, as `Monday to Friday, 9am to 5pm`."""
    office_address: str | None = None
    """The office's postal address, in one line."""
    letters_wait: bool | None = None
    """Whether letters that are not urgent wait: up to a quarter of an hour, so that one person gets
    one letter of all that falls due in it, and from 8pm to 8am for the morning. If not set, they do
    where a mail server is named: files wake nobody."""
    replicas: int = Field(default=1, ge=1, le=5)
    """How many NATS servers hold a copy of the stream (3 in a cluster)."""
    operator: str | None = None
    """Who you are, on the record of what you do with `ops` commands; your login name if
    not set."""
    health: str | None = Field(default=None, pattern=r"^[\w.-]+:\d{1,5}$")
    """Where `run` and `up` tell whether they are well, as `127.0.0.1:8080`: `/livez` and
    `/readyz`. Without it they tell nobody."""
    web: str = Field(default="127.0.0.1:8750", pattern=r"^(off|[\w.:\[\]-]+:\d{1,5})$")
    """Where the worker `web` answers HTTP ([api](api.md)), as `127.0.0.1:8750`; beyond this machine
    only with `LT_WEB_TLS_FILE`. With `off`, `up` starts everything else."""
    web_tls_file: Path | None = None
    """The file with the certificate and the key (PEM) of the worker `web`, which speaks HTTPS with
    it."""
    web_origins: str | None = None
    """The pages elsewhere that may ask over HTTP from a browser, as `https://a.example
    https://b.example`; without it none may."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important log entries that are written: debug, info, warning or error."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - handed over by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then secrets, then the environment; raises WrongSetting."""
        return init_settings, SecretSettings(settings_cls), env_settings

    @property
    def master_key(self) -> Path:
        """Where the master key is."""
        given = self.master_key_file
        return followed(given) if given else self.data / "master.key"

    @property
    def epoch_keys(self) -> Path:
        """Where the keys of the vault's epochs are."""
        given = self.epoch_keys_file
        return followed(given) if given else self.data / "epochs.keys"


def variable(field: str) -> str:
    """The variable of the environment that sets a field."""
    return f"{PREFIX}{field}".upper()


def secrets() -> tuple[str, ...]:
    """The variables that hold secrets, whoever reads them."""
    ours = (variable(name) for name, field in Settings.model_fields.items() if not field.repr)
    return (*ENGINES, *URLS_BESIDE_SEEDS, *ours)
