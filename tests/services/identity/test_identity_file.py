from pathlib import Path

import pytest

from services.clock import SetClock
from services.identity import refusals
from services.identity.configuration import (
    DOOR,
    OWN,
    IdentityFile,
    OfOwn,
    OfProvider,
    WrongIdentityFile,
    identity_file,
    read_identity_file,
)
from services.identity.refusals import NotIdentified
from services.settings import Settings
from tests.scenes.terminal import ROOT
from tests.services.identity.minting import AUDIENCE, NOW, SUBJECT, StandIn

WHOLE = f"""
leeway = 10

[[providers]]
issuer = "https://login.example.org/realms/leading-together"
audience = "{AUDIENCE}"
algorithms = ["RS256", "ES256"]
client_id = "leading-together-command-line"
scopes = ["openid"]
names_audience_as = ""
also_for = ["account"]
kinds = ["JWT"]
certificates = "ours.pem"
keys_fresh = 60
keys_kept = 3600
longest = 7200

[own]
issuer = "https://leading-together.example.org/own"
audience = "{AUDIENCE}"
keys = "keys/identity.keys"
public = "/srv/identity.jwks.json"
"""
LEAST = f"""
[[providers]]
issuer = "https://login.example.org"
audience = "{AUDIENCE}"
algorithms = ["Ed25519"]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "identity.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_whole_file_is_read_with_its_paths_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ours.pem").touch()
    told = read_identity_file(written(tmp_path, WHOLE))
    (provider,) = told.providers
    assert provider.kinds == {"jwt"}
    assert provider.names_audience_as is None
    assert provider.certificates == tmp_path / "ours.pem"
    assert told.own
    assert told.own.keys == tmp_path / "keys" / "identity.keys"
    assert told.own.public == Path("/srv/identity.jwks.json")


def test_only_issuer_audience_and_algorithms_must_be_said(tmp_path: Path, clock: SetClock) -> None:
    told = read_identity_file(written(tmp_path, LEAST))
    assert told.own_issuer() is None
    assert told.providers[0].kinds == {"at+jwt"}
    assert told.providers[0].names_audience_as == "resource"
    assert told.identities(clock)


def test_without_a_file_our_own_issuer_is_that_of_the_data_folder(
    tmp_path: Path, clock: SetClock
) -> None:
    told = identity_file(Settings(data=tmp_path / "data"))
    issuer = told.own_issuer()
    assert issuer
    issuer.begin(NOW)
    assert (issuer.issuer, issuer.audience) == (OWN, DOOR)
    assert (tmp_path / "data" / "identity.keys").exists()
    assert told.identities(clock).verify(issuer.token(SUBJECT, NOW), NOW).subject == SUBJECT


def test_a_provider_of_the_file_is_asked(tmp_path: Path, of: StandIn, clock: SetClock) -> None:
    text = LEAST.replace("https://login.example.org", of.issuer)
    known = read_identity_file(written(tmp_path, text)).identities(clock)
    assert known.verify(of.token(), NOW).subject == SUBJECT


WRONG = {
    "no TOML": ("[[providers]", "no TOML"),
    "a name that is not known": (LEAST + 'secret = "x"\n', "providers.0.secret: "),
    "no audience": (LEAST.replace("audience", "# audience"), "providers.0.audience: "),
    "an algorithm with a shared key": (LEAST.replace("Ed25519", "HS256"), "providers.0.algorithms"),
    "no signature at all": (LEAST.replace("Ed25519", "none"), "providers.0.algorithms"),
    "no algorithms": (LEAST.replace('"Ed25519"', ""), "providers.0.algorithms"),
    "an address in the clear": (LEAST.replace("https://", "http://", 1), "providers.0.issuer: "),
    "an issuer that no event can name": (
        LEAST.replace("login.example.org", "login.example.org/?a=1"),
        "providers.0.issuer: ",
    ),
    "an ID token's audience": (LEAST + f'client_id = "{AUDIENCE}"\n', "must not be the client_id"),
    "certificates that are not there": (
        LEAST + 'certificates = "ours.pem"\n',
        "providers.0.certificates: there is no such file",
    ),
    "one issuer twice": (LEAST + LEAST, "two issuers have one name"),
    "seconds that are none": (LEAST + "keys_kept = -1\n", "providers.0.keys_kept: "),
    "a leeway of an hour": ("leeway = 3600\n" + LEAST, "leeway: "),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, what: str) -> None:
    text, problem = WRONG[what]
    with pytest.raises(WrongIdentityFile, match="LT_IDENTITY_FILE") as met:
        read_identity_file(written(tmp_path, text))
    assert problem in str(met.value)
    assert "pydantic" not in str(met.value)


def test_a_file_that_is_not_there_or_that_others_may_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongIdentityFile, match="can't be read"):
        read_identity_file(tmp_path / "nowhere.toml")
    file = written(tmp_path, LEAST)
    file.chmod(0o666)
    with pytest.raises(WrongIdentityFile, match="thers may write"):
        read_identity_file(file)
    file.chmod(0o600)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongIdentityFile, match="UTF-8"):
        read_identity_file(file)


def test_the_page_for_operators_names_every_setting_and_every_refusal() -> None:
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    settings = {*IdentityFile.model_fields, *OfProvider.model_fields, *OfOwn.model_fields}
    codes = {
        kind.code
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, NotIdentified) and kind is not NotIdentified
    }
    assert {one for one in settings if one not in page} == set()
    assert {one for one in codes if f"`{one}`" not in page} == set()
