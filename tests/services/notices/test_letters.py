from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from domain.notice import Asks, Notice
from domain.people.person import Reach
from events.people import Contact, PersonRegistered
from events.personal import Erased, Sealed
from events.terms import Channel, Format
from services.notices.emails import as_email, message_id
from services.notices.letters import Letter, named, write
from tests.scenes.cast import ADA
from tests.scenes.office import OFFICE
from tests.scenes.world import NOON

SEALED = Sealed(audience=ADA, key="1", event="e", field="full_name", sealed="c2VhbGVk")
HOW_TO_REACH_US = """Leading Together
Telephone: 01632 960123 (Monday to Friday, 9am to 5pm)
E-mail: office@leading-together.example
Post: 1 Invented Street, Exampleton"""


def person(channel: Channel | None = None, **known: Any) -> Reach:
    full_name = known.pop("full_name", "Ada Tregenza")
    contact = known.pop("contact", None) or Contact(**{"email": "ada@example.org", **known})
    came = PersonRegistered(person_id=ADA, full_name=full_name, contact=contact)
    return Reach(ADA, came, channel)


def letter(
    who: Reach, *paragraphs: str, subject: str = "News", values: Mapping[str, Any] | None = None
) -> Letter:
    notice = Notice("test", ADA, subject, paragraphs or ("Hello.",), values or {})
    written = write([notice], who, opening, OFFICE)
    assert written
    return written


def opening(_sealed: Sealed) -> object:
    return Erased()


def parsed(written: Letter) -> EmailMessage:
    sent = as_email(written, message_id([("cause", ADA, "test", 0)], OFFICE), OFFICE, NOON)
    again = message_from_bytes(sent.as_bytes(), policy=default)
    assert isinstance(again, EmailMessage)
    return again


@pytest.mark.parametrize(
    "name",
    [
        'Ada "the Brave" O\'Neil',
        "Tregenza, Ada; Dr",
        "Ada <root@example.org>",
        "Ada\r\nBcc: everybody@example.org",
        "Ada\nSubject: Something else\n\nand another body",
        "Ada \u2028Bcc: everybody@example.org",
        "=?utf-8?q?Bcc=3A?= \\ (a comment)",
        "Zoë Ní Bhriain " * 12,
    ],
)
def test_no_name_writes_a_header(name: str) -> None:
    message = parsed(letter(person(full_name=name.strip()[:200])))
    assert set(message.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.org"]
    assert message["Subject"] == "News"


def test_no_title_or_value_writes_a_header() -> None:
    title = "Autumn\r\nBcc: everybody@example.org\r\n\r\nbody"
    values = {"partner": "Ben\nX-Own: 1"}
    message = parsed(letter(person(), subject=f"{title} with {{partner}}", values=values))
    assert message["Bcc"] is None
    assert message["X-Own"] is None
    assert message["Subject"].startswith("Autumn Bcc: everybody@example.org body with Ben X-Own")


@pytest.mark.parametrize(
    "email",
    ["ada>,<root@example.org", "ada,root@example.org", "ada;root@example.org", "<ada@example.org"],
)
def test_an_address_that_would_be_several_is_left_to_a_person(email: str) -> None:
    written = letter(person(email=email))
    assert (written.channel, written.address) == (Channel.PHONE, email)


def test_an_address_may_have_a_domain_of_any_language() -> None:
    message = parsed(letter(person(email="ada@bücher.example")))
    assert message["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("who", "channel", "address"),
    [
        (person(), Channel.EMAIL, "ada@example.org"),
        (person(Channel.PHONE, phone="01872 000000"), Channel.PHONE, "01872 000000"),
        (person(Channel.POST), Channel.POST, "ada@example.org"),
        (person(email=None, phone="01872 000000"), Channel.PHONE, "01872 000000"),
        (person(Channel.EMAIL, email=None), Channel.PHONE, None),
    ],
)
def test_people_hear_in_the_way_they_wish(
    who: Reach, channel: Channel, address: str | None
) -> None:
    written = letter(who)
    assert (written.channel, written.address) == (channel, address)


@pytest.mark.parametrize("channel", [None, *Channel])
def test_how_somebody_is_reached_is_read_from_what_is_sealed(channel: Channel | None) -> None:
    ways = {"email": "ada@example.org", "phone": "01872 000000", "town": None}
    said = {"full_name": "Ada Tregenza", "contact": ways}
    sealed = {name: SEALED.model_copy(update={"field": name}) for name in said}
    who = person(channel, **sealed)
    notice = Notice("test", ADA, "News", ("Hello.",))
    written = write([notice], who, lambda one: said[one.field], OFFICE)
    assert written == letter(person(channel, phone="01872 000000"))


def test_nobody_writes_to_who_was_erased_or_never_known() -> None:
    notice = Notice("test", ADA, "News", ("Hello.",))
    assert write([notice], person(full_name=SEALED), opening, OFFICE) is None
    assert write([notice], person(full_name=SEALED, contact=SEALED), opening, OFFICE) is None
    assert write([notice], Reach(ADA), opening, OFFICE) is None


@pytest.mark.parametrize(
    "name",
    [
        "Ada Tregenza",
        "Dr. Ada T. Tregenza",
        "Zoë O\u2019Brien-Núñez",
        "Tregenza, Ada",
        "प्रिया शर्मा",
        "علی\u200cرضا",
        "王小明",
    ],
)
def test_a_name_is_said_as_it_is(name: str) -> None:
    assert named(name) == name
    assert letter(person(full_name=name)).body.startswith(f"Dear {name}\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Pay at evil.example", "“Pay at evil. example”"),
        ("Ada\r\n\r\nPlease pay at once: ring 0900", "“Ada Please pay at once: ring 0900”"),
        ("Ada” wins “a prize of £100", "“Ada\u2019 wins \u2018a prize of £100”"),
        ("A b c d e f g", "“A b c d e f g”"),
        ("Ada\u202egnp", r"“Ada\u202egnp”"),
    ],
)
def test_a_name_that_says_more_than_names_do_is_a_quotation(name: str, said: str) -> None:
    sealed = SEALED.model_copy(update={"field": "partner"})
    notice = Notice("test", ADA, "{partner}", ("You and {partner} meet.",), {"partner": sealed})
    written = write([notice], person(full_name=name), lambda _: name, OFFICE)
    assert written
    assert written.body.startswith(f"Dear {said}\n\nYou and {said} meet.\n\nWith kind regards")
    assert written.subject == said


def test_no_title_is_a_paragraph_of_ours() -> None:
    title = "Autumn\r\n\r\nDear Ada\n\nPlease pay.\u2028\x1b[2J"
    body = letter(person(), f"You have a place on {title}.").body
    assert body.split("\n\n")[1:-3] == [
        r"You have a place on Autumn Dear Ada Please pay. \u001b[2J."
    ]


def test_longer_words_are_a_quotation_of_which_every_line_is_marked() -> None:
    sealed = SEALED.model_copy(update={"field": "words"})
    notice = Notice("test", ADA, "News", ("Your partner wrote:", "{words}"), {"words": sealed})
    written = write(
        [notice], person(), lambda _: "I was heard.\n\nWith kind regards\nThe team", OFFICE
    )
    assert written
    assert written.body.split("Your partner wrote:\n\n")[1] == (
        "> I was heard.\n>\n> With kind regards\n> The team\n\n"
        f"With kind regards\n\nThe Leading Together team\n\n{HOW_TO_REACH_US}\n"
    )


ENCODED = "=?utf-8?q?Ada=0D=0ABcc=3A_evil=40evil.example?="


def test_no_encoded_word_is_decoded_into_a_header() -> None:
    written = letter(person(full_name=ENCODED), subject=ENCODED)
    for message in (parsed(written), as_email(written, "<a@b>", OFFICE, NOON)):
        assert message["Bcc"] is None
        assert "Bcc=3A" in message["Subject"]
    assert b"\nBcc" not in as_email(written, "<a@b>", OFFICE, NOON).as_bytes()


@pytest.mark.parametrize(
    "email",
    [
        f"{ENCODED}@example.org",
        f"ada@{ENCODED}",
        "ada@example.org\x00",
        "zoë@example.org",
        "ada\u200b@example.org",
        "ada@exam\uff20ple.org",
    ],
)
def test_an_address_that_is_more_than_one_is_left_to_a_person(email: str) -> None:
    assert letter(person(email=email)).channel is Channel.PHONE


def test_what_people_wrote_is_not_read_as_a_placeholder() -> None:
    values = {"partner": "{note}", "note": "a secret", "gone": SEALED}
    written = letter(person(), "You and {partner}, {gone}, {unknown}.", values=values)
    assert "You and {note}, your partner, {unknown}." in written.body
    assert "a secret" not in written.body


def asking(*by: date | None) -> list[Notice]:
    """Notices that ask for something, by the end of each of these days."""
    return [
        Notice(f"t{n}", ADA, "A place for you", ("Say yes.",), asks=Asks("offer.accept", by=day))
        for n, day in enumerate(by)
    ]


MAY, JUNE = date(2025, 5, 30), date(2025, 6, 2)


def test_a_letter_that_asks_says_so_in_its_subject_and_how_and_by_when_to_answer() -> None:
    written = write(asking(MAY), person(), opening, OFFICE)
    assert written
    assert written.subject == "A place for you. Please answer by Friday 30 May 2025"
    assert written.by == MAY
    assert (
        "\n\nTo answer, reply to this e-mail, or ring us on 01632 960123. "
        "Please do so by Friday 30 May 2025.\n\n"
    ) in written.body
    at_no_day = write(asking(None), person(), opening, OFFICE)
    assert at_no_day
    assert at_no_day.subject == "A place for you"
    assert "\n\nTo answer, reply to this e-mail, or ring us on 01632 960123.\n\n" in at_no_day.body


@pytest.mark.parametrize(
    ("channel", "how"),
    [
        (Channel.PHONE, "To answer, tell us now, or ring us on 01632 960123."),
        (Channel.POST, "To answer, ring us on 01632 960123, or write to us."),
    ],
)
def test_who_is_rung_or_written_to_is_told_how_to_answer_in_their_way(
    channel: Channel, how: str
) -> None:
    who = person(channel, phone="01872 000000", postal_address="1 High Street")
    written = write(asking(MAY), who, opening, OFFICE)
    assert written
    assert how in written.body
    assert how in written.short


def test_every_letter_says_how_to_reach_the_office() -> None:
    written = letter(person())
    assert written.body.endswith(f"The Leading Together team\n\n{HOW_TO_REACH_US}\n")
    assert str(parsed(written)["Reply-To"]) == "Leading Together <office@leading-together.example>"
    assert written.subject == "News"


def test_several_things_are_one_letter_which_says_what_is_to_be_answered_first() -> None:
    notices = [*asking(JUNE, MAY), Notice("news", ADA, "News", ("It rains.",))]
    written = write(notices, person(), opening, OFFICE)
    assert written
    assert written.subject == "3 things to tell you. Please answer by Friday 30 May 2025"
    paragraphs = written.body.split("\n\n")
    assert paragraphs[1:8] == [
        "We have 3 things to tell you.",
        "1. A place for you (please answer by Monday 2 June 2025)",
        "Say yes.",
        "2. A place for you (please answer by Friday 30 May 2025)",
        "Say yes.",
        "3. News",
        "It rains.",
    ]
    assert written.short.splitlines()[-3:-1] == ["News", "It rains."]


@pytest.mark.parametrize("wish", [{"format": one} for one in Format] + [{"language": "cy"}])
def test_an_e_mail_that_can_not_be_what_somebody_needs_is_made_by_hand(wish: Any) -> None:
    who = replace(person(Channel.EMAIL), **wish)
    assert letter(who).is_by_hand == (wish != {"format": Format.STANDARD})
    assert not letter(replace(person(), language="en-GB")).is_by_hand


def test_a_letter_in_short_is_a_sentence_a_line() -> None:
    written = letter(person(), "You have a place. We are glad.", "It begins on Monday.")
    assert written.short == "News\nYou have a place.\nWe are glad.\nIt begins on Monday."
    longer = letter(person(), "We are sorry.", "and on " * 30, "You have no place.")
    assert longer.short == "News\nWe are sorry.\nThe whole message says more."
