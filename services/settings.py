"""All settings, read once at the start from `LT_*` in the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATA = Path("var")


class Settings(BaseSettings):
    """How this process is set up. Where the engines are stands in services/engines/addresses.py."""

    model_config = SettingsConfigDict(
        env_prefix="LT_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    data: Path = DEFAULT_DATA
    """The data folder: embedded engines, the master key, and messages written as files."""
    master_key_file: Path | None = None
    """The file with the vault's master key (64 hexadecimal digits); `master.key` in the data
    folder if not set."""
    epoch_keys_file: Path | None = None
    """The file with the keys of the vault's epochs, under the master key; `epochs.keys` in the
    data folder if not set."""
    source: str = "uk.nhs.leading-together"
    """What every event says of where it comes from (CloudEvents `source`)."""
    smtp_url: str | None = Field(default=None, repr=False)
    """Where e-mails go: `smtp://user:password@host:587` (STARTTLS if offered) or `smtps://…`.
    Without it they are written as `.eml` files into `outbox/` of the data folder."""
    sender: str = "Leading Together <noreply@leading-together.example>"
    """Who e-mails come from."""
    replicas: int = Field(default=1, ge=1, le=5)
    """How many NATS servers hold a copy of the stream (3 in a cluster)."""
    operator: str | None = None
    """Who you are, on the record of what you do with `ops` commands; your login name if
    not set."""
    health: str | None = Field(default=None, pattern=r"^[\w.-]+:\d{1,5}$")
    """Where `run` and `up` tell whether they are well, as `127.0.0.1:8080`: `/livez` and
    `/readyz`. Without it they tell nobody."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important log entries that are written: debug, info, warning or error."""

    @property
    def master_key(self) -> Path:
        """Where the master key is."""
        return self.master_key_file or self.data / "master.key"

    @property
    def epoch_keys(self) -> Path:
        """Where the keys of the vault's epochs are."""
        return self.epoch_keys_file or self.data / "epochs.keys"
