"""Who may vouch for people here: the file that `LT_IDENTITY_FILE` names, in TOML.

Without it there is our own issuer alone, whose keys are in the data folder.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from events.terms import Code
from services.clock import Clock
from services.files import UntrustedFile, WrongFile, followed, read_own
from services.identity.claims import ACCESS, Expected
from services.identity.identities import Identities, Issuer
from services.identity.keys import ED25519, Algorithm
from services.identity.own import LONGEST, OwnIssuer, PublicKeys
from services.identity.provider import Discovery, Provider
from services.identity.web import checked_address
from services.settings import Settings

OWN: Final = "leading-together:own"
OWN_CODE: Final = "own"
DOOR: Final = "leading-together:door"
Named = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~:/-]{1,200}$")]
Short = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+-]{1,60}$", to_lower=True)]
Seconds = Annotated[int, Field(ge=0)]


class WrongIdentityFile(WrongFile):
    """The file that LT_IDENTITY_FILE names can't be used; the text says what is wrong in it."""


def _beside(path: Path, told: ValidationInfo) -> Path:
    """A path counts from the folder of the file in which it stands."""
    return path if told.context is None else Path(told.context, path)


def _is_there(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


Beside = Annotated[Path, AfterValidator(_beside)]


class _Table(BaseModel):
    """A table of the file: nothing else may stand in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OfProvider(_Table):
    """`[[providers]]`: an OpenID provider whose word is taken."""

    issuer: Named
    """Its name, which is its address: `https://…`, exactly as its tokens say it."""
    code: Code = "provider"
    """How every event that somebody did names it, for ever: a short word of your own."""
    audience: Short
    """What access tokens for this service say as `aud`."""
    algorithms: frozenset[Algorithm] = Field(min_length=1)
    """How it signs: EdDSA, Ed25519, ES256, PS256, RS256."""
    client_id: Short | None = None
    """Under what name the command line is known there; without it nobody signs in by it."""
    scopes: tuple[Short, ...] = ("openid", "offline_access")
    """What the command line asks for."""
    names_audience_as: str | None = Field(default="resource", pattern=r"^(resource|audience)$")
    """The parameter by which the command line says for which service a token is: `resource`
    (RFC 8707) or `audience`; an empty text if the provider needs none."""
    also_for: frozenset[Short] = frozenset()
    """Other audiences that a token may have beside ours; any other is refused."""
    kinds: frozenset[Kind] = frozenset({ACCESS})
    """The values of `typ` in a token's header that are taken. Providers that don't say `at+jwt`
    of access tokens need `["jwt"]`."""
    certificates: Annotated[Beside, AfterValidator(_is_there)] | None = None
    """Who may vouch for the provider's host (PEM), instead of the system's."""
    keys_fresh: Seconds = 300
    """Seconds after which its keys are asked for anew."""
    keys_kept: Seconds = 86_400
    """Seconds for which they go on while it does not answer."""
    longest: Annotated[int, Field(ge=60, le=7 * 86_400)] = 86_400
    """Seconds for which a token may go on being valid."""

    @field_validator("issuer")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        checked_address(value)
        return value

    @field_validator("names_audience_as", mode="before")
    @classmethod
    def _may_be_empty(cls, value: Any) -> Any:
        return value or None

    @model_validator(mode="after")
    def _is_for_nobody_else(self) -> Self:
        if self.client_id in {self.audience, *self.also_for}:
            raise ValueError(
                "the audience must not be the client_id, or an ID token would pass for an access"
                " token: give this service a name of its own at the provider"
            )
        return self


class OfOwn(_Table):
    """`[own]`: our own issuer, for people of a data folder and for services."""

    issuer: Named = OWN
    audience: Short = DOOR
    keys: Beside | None = None
    """The file of its keys, where tokens are issued."""
    public: Beside
    """The file of its public keys, where they are verified."""


class IdentityFile(_Table):
    """The whole file."""

    leeway: Annotated[int, Field(ge=0, le=300)] = 30
    """Seconds by which an issuer's clock may be ahead of ours."""
    providers: tuple[OfProvider, ...] = ()
    own: OfOwn | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [one.issuer for one in self.providers] + ([self.own.issuer] if self.own else [])
        if len(set(names)) < len(names):
            raise ValueError("two issuers have one name")
        codes = [one.code for one in self.providers]
        if len({*codes, OWN_CODE}) <= len(codes):
            raise ValueError(
                f"two issuers have one code, or one has that of our own, {OWN_CODE}: give each"
                " provider a `code` of its own"
            )
        return self

    def identities(self, clock: Clock) -> Identities:
        """All whom these issuers vouch for."""
        issuers = [_provider(one, self.leeway, clock) for one in self.providers]
        own = [_own(self.own, self.leeway, clock)] if self.own else []
        return Identities([*issuers, *own])

    def own_issuer(self) -> OwnIssuer | None:
        """Our own issuer, where its keys are to be had."""
        if self.own is None or self.own.keys is None:
            return None
        return OwnIssuer(self.own.issuer, self.own.audience, self.own.keys, self.own.public)


def identity_file(settings: Settings) -> IdentityFile:
    """What the file says, or how it is without one; WrongIdentityFile if it can't be used."""
    if settings.identity_file is None:
        data = settings.data
        return IdentityFile(
            own=OfOwn(keys=data / "identity.keys", public=data / "identity.jwks.json")
        )
    return read_identity_file(settings.identity_file)


def read_identity_file(file: Path) -> IdentityFile:
    """What a file says; paths in it count from its folder. WrongIdentityFile says what to mend."""
    try:
        return IdentityFile.model_validate(tomllib.loads(_read(file)), context=file.parent)
    except OSError as error:
        problem = f"it can't be read ({error.strerror})"
    except UntrustedFile as error:
        raise WrongIdentityFile(f"LT_IDENTITY_FILE: {error}") from None
    except tomllib.TOMLDecodeError as error:
        problem = f"it is no TOML: {error}"
    except UnicodeDecodeError:
        problem = "it is not in UTF-8"
    except ValidationError as error:
        problem = "; ".join(_problem(it["loc"], it["msg"]) for it in error.errors())
    raise WrongIdentityFile(f"LT_IDENTITY_FILE ({file}): {problem}. Correct it, and start anew.")


def _read(file: Path) -> str:
    return read_own(followed(file), named=True, public=True).decode()


def _problem(where: tuple[int | str, ...], what: str) -> str:
    words = what.removeprefix("Value error, ").rstrip(".")
    return f"{'.'.join(map(str, where))}: {words}" if where else words


def _provider(of: OfProvider, leeway: int, clock: Clock) -> Issuer:
    expected = Expected(
        of.issuer,
        of.audience,
        of.also_for,
        of.kinds,
        timedelta(seconds=leeway),
        timedelta(seconds=of.longest),
    )
    keys = Provider(
        Discovery(of.issuer, of.certificates),
        of.algorithms,
        clock,
        fresh=timedelta(seconds=of.keys_fresh),
        kept=timedelta(seconds=of.keys_kept),
    )
    return Issuer(expected, of.algorithms, keys, of.code)


def _own(of: OfOwn, leeway: int, clock: Clock) -> Issuer:
    span = timedelta(seconds=leeway)
    expected = Expected(of.issuer, of.audience, leeway=span, longest=LONGEST)
    return Issuer(expected, frozenset({ED25519}), PublicKeys(of.public, clock), OWN_CODE)
