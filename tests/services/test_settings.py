"""Every secret can come from a file, by one mechanism."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from services.__main__ import main
from services.engines.addresses import EnginesUnavailable, find
from services.files import write_whole
from services.settings import ENGINES, Settings, WrongSetting, secret, secrets
from tests.scenes.terminal import NO_WEB

VALUE = "smtp://ada:s3cret@mail.example:587"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    write_whole(tmp_path / "kept", f"{VALUE}\n")
    return tmp_path / "kept"


@pytest.mark.parametrize("name", secrets())
def test_each_secret_stands_in_the_environment_or_in_a_file(name: str, kept: Path) -> None:
    assert secret(name, {name: VALUE}) == VALUE
    assert secret(name, {f"{name}_FILE": str(kept)}) == VALUE
    assert secret(name, {name: "", f"{name}_FILE": str(kept)}) == VALUE
    assert secret(name, {name: VALUE, f"{name}_FILE": ""}) == VALUE
    assert secret(name, {name: ""}) is None


def test_a_setting_that_is_a_secret_says_so_in_no_repr(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LT_SMTP_URL_FILE", str(kept))
    settings = Settings()
    assert settings.smtp_url == VALUE
    assert "s3cret" not in repr(settings)


def test_whatever_sounds_like_a_secret_is_one() -> None:
    """Its field says `repr=False`, and so can it come from a file."""
    words = {"url", "uri", "password", "token", "seed", "secret", "key", "dsn"}
    sounding = {
        f"LT_{name.upper()}" for name in Settings.model_fields if words & set(name.split("_"))
    }
    of_a_file = {name for name in sounding if name.endswith("_FILE")}
    assert sounding - of_a_file <= set(secrets())


@pytest.mark.parametrize("name", secrets())
@pytest.mark.parametrize(
    ("value", "file", "says"),
    [
        (VALUE, "kept", "are both set: keep one of them."),
        ("", "absent", "named by {}_FILE can't be read (No such file or directory)."),
        ("", "empty", "named by {}_FILE is empty."),
        ("", "latin", "named by {}_FILE holds no text in UTF-8."),
        ("", "open", "{}_FILE: Everybody may read "),
    ],
)
def test_what_is_wrong_is_said_by_name_and_without_its_value(
    name: str, value: str, file: str, says: str, kept: Path
) -> None:
    write_whole(kept.with_name("empty"), " \n")
    write_whole(kept.with_name("latin"), "s3cr\u00e9t".encode("latin-1"))
    write_whole(kept.with_name("open"), VALUE)
    kept.with_name("open").chmod(0o644)
    environment = {name: value, f"{name}_FILE": str(kept.with_name(file))}
    with pytest.raises(WrongSetting) as wrong:
        secret(name, environment)
    assert says.format(name) in str(wrong.value)
    assert name in str(wrong.value)
    assert "s3cr" not in str(wrong.value)


@pytest.mark.parametrize("name", ["LT_DATABASE_URL", "LT_NATS_URL"])
def test_engines_that_are_named_wrongly_are_not_passed_over(name: str, tmp_path: Path) -> None:
    with pytest.raises(EnginesUnavailable, match="can't be read"):
        find(tmp_path, {f"{name}_FILE": str(tmp_path / "absent")})
    given = {"LT_DATA": str(tmp_path / "data"), f"{name}_FILE": str(tmp_path / "absent")} | NO_WEB
    said = CliRunner().invoke(main, ["up"], env=given)
    assert (said.exit_code, said.stdout) == (2, "")
    assert f"named by {name}_FILE can't be read" in said.stderr
    assert not (tmp_path / "data").exists()


def test_a_wrong_secret_ends_a_call_with_a_line(tmp_path: Path) -> None:
    given = {"LT_DATA": str(tmp_path), "LT_SMTP_URL_FILE": str(tmp_path / "absent")}
    said = CliRunner().invoke(main, ["status"], env=given)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert "named by LT_SMTP_URL_FILE can't be read" in said.stderr


def test_all_that_says_where_engines_are_counts_as_a_secret() -> None:
    assert set(ENGINES) <= set(secrets())
