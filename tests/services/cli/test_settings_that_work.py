"""A setting that can't work is named at the start, before anything is done by it."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from services.cli.settings_that_work import CHECKS, must_work
from services.engines.seeds import fresh_seed
from services.files import write_whole
from services.settings import (
    DATABASE_CA_FILE,
    ENGINES,
    NATS_CA_FILE,
    PLAIN_WIRES,
    URLS_BESIDE_SEEDS,
    WIRES,
    Settings,
    WrongSetting,
    variable,
)
from tests.scenes.calls import Calls

EVERY: Final = (*ENGINES, *WIRES, *URLS_BESIDE_SEEDS, *map(variable, Settings.model_fields))


class Case(NamedTuple):
    """What a setting may be, and what it must not; `{}` is a folder with a few things in it."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    beside: Mapping[str, str] = {}
    """Without which nobody asks for it."""


POSTGRES: Final = Case(
    ("postgresql://u:p@127.0.0.1:5432/programme", "postgres://u@localhost/programme"),
    (
        *("nonsense", "mysql://u@h/d", "postgresql://u@h:99999/d", "postgresql://u@h:x/d"),
        *("postgresql://u@h:5432,h:0/d", "postgresql://u@h/d?nonsense=1", "http://h", "host=h"),
        *("postgresql://u@h/d?service=s", "postgresql://u@far.example/d?sslmode=disable"),
    ),
)
BUS: Final = Case(
    ("tls://host:4222", "nats://127.0.0.1:4222", "tls://ruth@host"),
    (
        *("host:4222", "http://host:4222", "tls://", "tls://host:0", "tls://host:99999"),
        *("tls://host:x", "tls://a:4222,tls://b:4222", "postgresql://host/d"),
    ),
)
SEED: Final = Case((fresh_seed(),), ("nonsense", "SU", "x" * 58, "é" * 58))
AUTHORITY: Final = Case((), ("{}/absent", "{}", "{}/empty", "{}/open", "{}/file/below"))
KEPT_FILE: Final = Case(
    ("{}/file", "{}/absent"), ("{}", "{}/nowhere/file", "{}/file/below", "{}/open", f"/{'x' * 300}")
)
READ_FILE: Final = Case(("{}/file",), ("{}", "{}/absent", "{}/file/below", "{}/open"))
MAILBOX: Final = Case(
    ("us@example.org", "Leading Together <us@example.org>", '"Leading, Together" <us@example.org>'),
    (
        *("nonsense", "Leading Together, South <a@b.example>", "a@b", "a..b@example.org", "<>"),
        *("a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", "@example.org"),
    ),
)
WORDS: Final = Case(
    ("Leading Together", "Monday to Friday, 9am to 5pm"), ("a\nb", "x" * 201, "\x1b")
)
CASES: Final[Mapping[str, Case]] = {
    "LT_DATABASE_URL": POSTGRES,
    "LT_VAULT_URL": POSTGRES,
    "LT_NATS_URL": BUS,
    "LT_RELAY_NATS_URL": BUS,
    "LT_SYSTEM_NATS_URL": BUS,
    "LT_NATS_SEED": SEED,
    "LT_RELAY_NATS_SEED": SEED,
    "LT_SYSTEM_NATS_SEED": SEED,
    NATS_CA_FILE: AUTHORITY,
    DATABASE_CA_FILE: AUTHORITY,
    PLAIN_WIRES: Case(("yes", "no"), ("maybe", "Yes", "1")),
    "LT_DATA": Case(
        ("{}", "{}/new/and/newer", "{}/it's here"),
        ("{}/file", "{}/file/below", f"/{'x' * 300}", "{}/loop", "{}/loop/below"),
    ),
    "LT_MASTER_KEY_FILE": KEPT_FILE,
    "LT_EPOCH_KEYS_FILE": KEPT_FILE,
    "LT_IDENTITY_FILE": READ_FILE,
    "LT_TOKEN_FILE": KEPT_FILE,
    "LT_SOURCE": Case(
        ("uk.nhs.leading-together", "https://example.org/a?b=c"),
        ("a b", "x" * 201, "é", "a\nb", "%"),
    ),
    "LT_SMTP_URL": Case(
        ("smtp://127.0.0.1:1025", "smtps://u:p%40@mail.example", "smtp+unencrypted://mail.example"),
        (
            *("mailto:foo", "smtp://", "smtp://host:99999", "smtp://host:x", "http://host"),
            *("host:25", "smtp+unencrypted://u:p@host"),
        ),
    ),
    "LT_SMTP_CA_FILE": AUTHORITY,
    "LT_IMAP_URL": Case(
        ("imaps://u:p@mail.example/INBOX",), ("mailto:foo", "imaps://", "imaps://u:p@host:99999")
    ),
    "LT_IMAP_CA_FILE": AUTHORITY,
    "LT_RETURNS_TO": MAILBOX,
    "LT_SENDER": MAILBOX,
    "LT_REPLY_TO": MAILBOX,
    "LT_OFFICE_NAME": WORDS,
    "LT_OFFICE_PHONE": Case(("01872 000000", "+44 1872 000000"), ("12", "nonsense", "4.47701E+11")),
    "LT_OFFICE_HOURS": WORDS,
    "LT_OFFICE_ADDRESS": WORDS,
    "LT_LETTERS_WAIT": Case(("yes", "false", "1"), ("maybe", "2", "jein")),
    "LT_REPLICAS": Case(("1", "3", "5"), ("0", "6", "-1", "3.0", "three", "9" * 23, "٣")),
    "LT_OPERATOR": Case(("olive", "Olive Ö."), ("a\nb", "x" * 201, "\u202e")),
    "LT_HEALTH": Case(
        ("127.0.0.1:8080", "localhost:0", "0.0.0.0:65535"),
        ("8080", "host", "host:65536", ":80", "host:", "ho st:80", f"host:{'9' * 23}", "host:٣"),
    ),
    "LT_WEB": Case(
        ("off", "127.0.0.1:8750", "localhost:8750"), ("8750", "host", "host:65536", "on", ":80")
    ),
    "LT_WEB_TLS_FILE": READ_FILE,
    "LT_WEB_ORIGINS": Case(
        ("https://a.example", "https://a.example http://localhost:8000"),
        ("*", "a.example", "https://a.example/", "https://a.example,https://b.example"),
    ),
    "LT_LOG_LEVEL": Case(("debug", "warning"), ("loud", "10")),
}
WRONG: Final = [(name, value) for name, case in CASES.items() for value in case.wrong]
RIGHT: Final = [(name, value) for name, case in CASES.items() for value in case.right]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, mode in (("file", 0o600), ("open", 0o666), ("empty", 0o600)):
        write_whole(tmp_path / name, "" if name == "empty" else "words")
        (tmp_path / name).chmod(mode)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return tmp_path


def test_every_setting_has_a_case() -> None:
    assert set(CASES) == set(EVERY)
    assert set(CHECKS) == {variable(name) for name in Settings.model_fields}
    assert all(case.wrong for case in CASES.values())


def _told(value: object) -> str:
    """A seed is another one each time, and a test's name is not."""
    return "a seed" if value in SEED.right else ascii(value)


@pytest.mark.parametrize(("name", "value"), WRONG, ids=_told)
def test_what_cant_work_is_named_in_a_sentence(name: str, value: str, folder: Path) -> None:
    """Whatever is called, and before there is as much as a folder."""
    given = value.replace("{}", str(folder))
    data = {} if name == "LT_DATA" else {"LT_DATA": folder / "data"}
    before = sorted(folder.iterdir())
    for words in (("up",), ("show", "people"), ("show",), ("do", "--list")):
        said = Calls(**{**data, name: given})(*words)
        assert (said.code, said.out) == (2, ""), said
        assert said.err.startswith(name), said.err
        assert said.err.endswith(".\n")
        assert said.err.count("\n") == 1
        for library in (
            "Input should",
            "string should",
            "validation error",
            "Errno",
            "Value error",
        ):
            assert library not in said.err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(("name", "value"), RIGHT, ids=_told)
def test_what_can_work_is_taken(name: str, value: str, folder: Path) -> None:
    must_work({name: value.replace("{}", str(folder))})


@pytest.mark.parametrize("name", ["LT_SMTP_URL", *ENGINES, *URLS_BESIDE_SEEDS])
def test_of_a_secret_no_value_is_told(name: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        must_work({name: "nonsense://ada:s3cret@host:99999"})
    assert str(wrong.value).startswith(name)
    assert "s3cret" not in str(wrong.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read_is_named(folder: Path) -> None:
    (folder / "file").chmod(0o200)
    with pytest.raises(WrongSetting, match=os.strerror(errno.EACCES)):
        must_work({"LT_TOKEN_FILE": str(folder / "file")})
