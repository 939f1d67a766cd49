"""Letters come from an office that people can reach, or a process does not start."""

from typing import Any

import pytest

from services.notices.office import INVENTED, office_for
from services.settings import Settings, WrongSetting

GIVEN: dict[str, Any] = {
    "office_name": "Leading Together, South",
    "office_phone": "01632 960007",
    "office_hours": "Tuesday, 9am to midday",
    "office_address": "2 High Street, Exampleton",
    "reply_to": "answers@example.org",
}


def test_the_office_is_as_it_is_set_or_an_invented_one_with_engines_of_our_own() -> None:
    ours = office_for(Settings(), own_engines=True)
    assert next(iter(ours.lines())) == "Leading Together"
    assert ours.phone.startswith("01632 960")  # nobody has a number that begins so
    set_ = office_for(Settings(**GIVEN), own_engines=False)
    assert list(set_.lines()) == [
        "Leading Together, South",
        "Telephone: 01632 960007 (Tuesday, 9am to midday)",
        "E-mail: answers@example.org",
        "Post: 2 High Street, Exampleton",
    ]


@pytest.mark.parametrize("missing", sorted(INVENTED))
def test_on_other_engines_each_of_them_is_needed(missing: str) -> None:
    settings = Settings(**GIVEN | {missing: None})
    with pytest.raises(WrongSetting, match=rf"^LT_{missing.upper()}: not set\."):
        office_for(settings, own_engines=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sender", "Leading Together, South <a@b.example>"),
        ("sender", "a@b.example, c@d.example"),
        ("sender", "nobody at all"),
        ("sender", "Us <zoë@example.org>"),
        ("reply_to", "a@b.example\nBcc: c@d.example"),
        ("reply_to", "nobody"),
        ("office_phone", "ring us"),
        ("office_phone", "4.47701E+11"),
    ],
)
def test_what_can_not_work_is_refused_by_its_name_and_without_its_value(
    name: str, value: str
) -> None:
    with pytest.raises(WrongSetting, match=f"^LT_{name.upper()} must be") as wrong:
        office_for(Settings(**GIVEN | {name: value}), own_engines=False)
    assert value not in str(wrong.value)


def test_a_name_with_a_comma_stands_in_quotation_marks() -> None:
    sender = '"Leading Together, South" <a@b.example>'
    office = office_for(Settings(**GIVEN | {"sender": sender}), own_engines=False)
    assert office.sender.display_name == "Leading Together, South"
