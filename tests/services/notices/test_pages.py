"""Pages for whoever of the team rings somebody, or makes a letter by hand."""

from dataclasses import replace
from datetime import date

import pytest

from events.people import Contact
from events.terms import Channel, Format
from services.notices.letters import Letter
from services.notices.pages import page

LETTER = Letter(
    channel=Channel.PHONE,
    name="Ben",
    address="01872 000000",
    subject="A place for you",
    body="Dear Ben\n\nWe are glad.\n",
    short="A place for you\nWe are glad.",
    ways=Contact(phone="01872 000000", email="ben@example.org"),
    by=date(2025, 5, 30),
)


def test_a_page_carries_all_that_is_needed_to_ring_somebody() -> None:
    said = page(LETTER, ["leading-together do notice.done …"])
    assert (
        said
        == """phone: Ben, 01872 000000
A place for you

What to do: ring them, and say it.
Answer needed by: Friday 30 May 2025
Telephone: 01872 000000
Postal address: not known
E-mail: ben@example.org

In short:
  A place for you
  We are glad.

When it is done, or it was said in another way:
  leading-together do notice.done …

The whole message:

Dear Ben

We are glad.
"""
    )


@pytest.mark.parametrize(
    ("channel", "wish", "deed"),
    [
        (Channel.POST, Format.LARGE_PRINT, "send it by post, in large print: 16 point or larger"),
        (Channel.POST, Format.BRAILLE, "send it by post, in braille."),
        (Channel.EMAIL, Format.EASY_READ, "send it by e-mail, in Easy Read: short lines, each"),
        (Channel.POST, Format.STANDARD, "send it by post, as it stands here."),
        (Channel.EMAIL, Format.AUDIO, "send it by e-mail, as a recording."),
        (Channel.PHONE, Format.AUDIO, "ring them, and say it.\n"),
        (Channel.PHONE, Format.EASY_READ, "ring them, and say it. Send it after that in Easy Read"),
    ],
)
def test_a_page_says_in_which_form_somebody_needs_it(
    channel: Channel, wish: Format, deed: str
) -> None:
    letter = replace(LETTER, channel=channel, format=wish)
    assert f"What to do: {deed}" in page(letter, [])


@pytest.mark.parametrize(
    ("channel", "how"),
    [(Channel.PHONE, "with an interpreter"), (Channel.POST, "translated")],
)
def test_a_page_says_that_somebody_needs_another_language(channel: Channel, how: str) -> None:
    assert f"Language: cy, {how}\n" in page(replace(LETTER, channel=channel, language="cy"), [])


def test_nobody_writes_a_line_of_a_page() -> None:
    hostile = "1 High Street\r\nWhat to do: nothing\x1b"
    said = page(replace(LETTER, address=hostile, ways=Contact(postal_address=hostile)), [])
    assert said.count("\nWhat to do:") == 1
    assert "\x1b" not in said
