"""Whoever starts what writes to people is told at once if nobody could answer."""

import pytest

from services.engines.addresses import Engines
from tests.scenes.at_work import named
from tests.scenes.calls import Calls
from tests.scenes.office import AS_SETTINGS


def on_other_engines(engines: Engines, **more: str) -> Calls:
    """The engines, as somebody names them who has not started them."""
    return Calls(
        LT_DATABASE_URL=engines.programme["notifier"],
        LT_VAULT_URL=engines.vault["notifier"],
        **named(engines.nats["notifier"]),
        **more,
    )


@pytest.mark.parametrize("words", [("run", "notifier"), ("up",)])
def test_without_an_office_nothing_is_started_that_writes_to_people(
    engines: Engines, words: tuple[str, ...]
) -> None:
    said = on_other_engines(engines)(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        "LT_OFFICE_NAME, LT_OFFICE_PHONE, LT_OFFICE_ADDRESS, LT_OFFICE_HOURS, LT_REPLY_TO: not"
        " set. Every letter says how people reach the programme's office, so say it here;"
        " docs/settings.md shows how.\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LT_SENDER", "Leading Together, South <a@b.example>"),
        ("LT_SMTP_URL", "mailto:foo"),
        ("LT_OFFICE_PHONE", "ask at the desk"),
        ("LT_REPLY_TO", "nobody"),
    ],
)
def test_a_setting_with_which_every_letter_would_fail_is_refused_at_the_start(
    engines: Engines, name: str, value: str
) -> None:
    said = on_other_engines(engines, **AS_SETTINGS | {name: value})("run", "notifier")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"{name} must ")
    assert value not in said.err
    assert said.err.count("\n") == 1
