from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from domain.notice import Appointment, Notice
from domain.people.person import Reach
from events.people import Contact, PersonRegistered
from events.personal import Erased, Sealed
from events.terms import Channel
from services.notices.letters import Letter, as_email, calendar, message_id, named, write
from tests.scenes.cast import ADA
from tests.scenes.world import NOON

SENDER = "Leading Together <noreply@leading-together.example>"
SEALED = Sealed(audience=ADA, key="1", event="e", field="full_name", sealed="c2VhbGVk")
SKILLS_DAY = Appointment(
    uid="workshop_1",
    title="Trying out skills; with lunch, and more",
    place="The Guildhall\nHigh Street, Exeter " + "é" * 60,
    starts_at=datetime(2025, 1, 15, 9, 30, tzinfo=UTC),
    ends_at=datetime(2025, 1, 15, 16, 0, tzinfo=UTC),
)


def person(channel: Channel | None = None, **known: Any) -> Reach:
    full_name = known.pop("full_name", "Ada Tregenza")
    contact = known.pop("contact", None) or Contact(**{"email": "ada@example.org", **known})
    came = PersonRegistered(person_id=ADA, full_name=full_name, contact=contact)
    return Reach(ADA, came, channel)


def letter(
    who: Reach, *paragraphs: str, subject: str = "News", values: Mapping[str, Any] | None = None
) -> Letter:
    notice = Notice("test", ADA, subject, paragraphs or ("Hello.",), values or {})
    written = write(notice, who, opening)
    assert written
    return written


def opening(_sealed: Sealed) -> object:
    return Erased()


def parsed(written: Letter) -> EmailMessage:
    sent = as_email(written, message_id("cause", ADA, "test", SENDER), SENDER, NOON)
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
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
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
    written = write(notice, who, lambda one: said[one.field])
    assert written == letter(person(channel, phone="01872 000000"))


def test_nobody_writes_to_who_was_erased_or_never_known() -> None:
    notice = Notice("test", ADA, "News", ("Hello.",))
    assert write(notice, person(full_name=SEALED), opening) is None
    assert write(notice, person(full_name=SEALED, contact=SEALED), opening) is None
    assert write(notice, Reach(ADA), opening) is None


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
    written = write(notice, person(full_name=name), lambda _: name)
    assert written
    assert written.body.startswith(f"Dear {said}\n\nYou and {said} meet.\n\nWith kind regards")
    assert written.subject == said


def test_no_title_is_a_paragraph_of_ours() -> None:
    title = "Autumn\r\n\r\nDear Ada\n\nPlease pay.\u2028\x1b[2J"
    body = letter(person(), f"You have a place on {title}.").body
    assert body.split("\n\n")[1:-2] == [
        r"You have a place on Autumn Dear Ada Please pay. \u001b[2J."
    ]


def test_longer_words_are_a_quotation_of_which_every_line_is_marked() -> None:
    sealed = SEALED.model_copy(update={"field": "words"})
    notice = Notice("test", ADA, "News", ("Your partner wrote:", "{words}"), {"words": sealed})
    written = write(notice, person(), lambda _: "I was heard.\n\nWith kind regards\nThe team")
    assert written
    assert written.body.split("Your partner wrote:\n\n")[1] == (
        "> I was heard.\n>\n> With kind regards\n> The team\n\n"
        "With kind regards\n\nThe Leading Together team\n"
    )


ENCODED = "=?utf-8?q?Ada=0D=0ABcc=3A_evil=40evil.example?="


def test_no_encoded_word_is_decoded_into_a_header() -> None:
    written = letter(person(full_name=ENCODED), subject=ENCODED)
    for message in (parsed(written), as_email(written, "<a@b>", SENDER, NOON)):
        assert message["Bcc"] is None
        assert "Bcc=3A" in message["Subject"]
    assert b"\nBcc" not in as_email(written, "<a@b>", SENDER, NOON).as_bytes()


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


def test_an_appointment_is_a_file_for_the_calendar() -> None:
    text = calendar(SKILLS_DAY, NOON)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    entry = dict(line.split(":", 1) for line in text.replace("\r\n ", "").split("\r\n") if line)
    assert entry["DTSTART"] == "20250115T093000Z"
    assert entry["DTEND"] == "20250115T160000Z"
    assert entry["UID"] == "workshop_1@leading-together"
    assert entry["SUMMARY"] == r"Trying out skills\; with lunch\, and more"
    assert entry["LOCATION"] == r"The Guildhall\nHigh Street\, Exeter " + "é" * 60


def test_no_title_is_a_line_of_the_calendar() -> None:
    hostile = "x\r\nATTENDEE:mailto:evil@evil.example\x1b\u2028END:VCALENDAR"
    told = Appointment("workshop_1", hostile, hostile, SKILLS_DAY.starts_at, SKILLS_DAY.ends_at)
    lines = calendar(told, NOON).replace("\r\n ", "").split("\r\n")
    assert [line.partition(":")[0] for line in lines].count("END") == 2
    assert "ATTENDEE" not in {line.partition(":")[0] for line in lines}
    assert r"SUMMARY:x\nATTENDEE:mailto:evil@evil.example\\u001b\nEND:VCALENDAR" in lines


def test_one_cause_person_and_template_always_have_one_message_id() -> None:
    assert message_id("a", ADA, "t", SENDER) == message_id("a", ADA, "t", SENDER)
    others = {message_id(*key, SENDER) for key in (("a", ADA, "t"), ("b", ADA, "t"), ("a", "", ""))}
    assert len(others) == 3
