"""E-mails, read as a mail program does: by a parser that did not write them."""

from random import Random

from events.terms import Channel
from services.notices.emails import as_email, message_id
from services.notices.letters import Letter
from services.notices.post import Smtp
from tests.scenes.mail_reader import Mail
from tests.scenes.mail_server import MailServer, mail_server
from tests.scenes.office import OFFICE
from tests.scenes.world import NOON

WORDS = (
    *("New", "date", "Zoë’s", "“Écouter", "apprendre”,", "naïve", "2025", "–", "place:"),
    *("(comment)", "王小明", "プログラム" * 8, "x" * 30, "a.b@c.example", "é"),
)
PLAIN = (
    "New",
    "well-kept-and-hyphenated",
    "date:",
    "Trying",
    "out",
    "skills,",
    "Wednesday",
    "2025",
    "(comment)",
    "x" * 30,
)
NAMES = (
    *("Zoë", "Ní", "O’Brien-Núñez", "Jean-François", "王小明", "Ana", "María", "van", "der"),
    *("प्रिया", "Łukasz", "Ørsted", "Berg"),
)
REPLIES = "Leading Together <office@leading-together.example>"
BODY = "Dear Zoë\n\n.A line that begins with a dot, and goes on and on and on: " + "é" * 90 + "\n"


def sent(subject: str, name: str = "Zoë Ní Bhriain") -> bytes:
    letter = Letter(Channel.EMAIL, name, "zoe@example.org", subject, BODY, "")
    return as_email(letter, "<one@leading-together.example>", OFFICE, NOON).as_bytes()


def test_a_subject_of_any_length_and_any_letters_arrives_as_it_was_written() -> None:
    chance = Random(1)
    for _ in range(500):
        subject = " ".join(chance.choices(WORDS, k=chance.randint(1, 40)))
        written = sent(subject)
        assert Mail(written).subject == subject


def test_a_subject_in_plain_letters_can_be_read_as_it_stands() -> None:
    chance = Random(3)
    for _ in range(300):
        subject = " ".join(chance.choices(PLAIN, k=chance.randint(1, 40)))
        written = sent(subject)
        assert Mail(written).subject == subject
        assert b"Subject: =?" not in written


def test_a_name_of_any_length_and_any_letters_arrives_as_it_is() -> None:
    chance = Random(2)
    for _ in range(500):
        name = " ".join(chance.choices(NAMES, k=chance.randint(1, 14)))
        assert Mail(sent("News", name)).headers["To"] == f"{name} <zoe@example.org>"


def test_a_server_that_takes_seven_bits_gets_seven_and_the_same_words() -> None:
    subject = "A place for you – at last, in the Guildhall “Élan”, Exeter, on Wednesday 15 January"
    letter = Letter(Channel.EMAIL, "Zoë Ní Bhriain", "zoe@example.org", subject, BODY, "")
    message = as_email(letter, "<one@leading-together.example>", OFFICE, NOON)
    with mail_server(MailServer(seven_bits=True)) as server:
        Smtp(server.url).send(message)
    (taken,) = server.bytes
    arrived = Mail(taken)
    assert arrived.subject == subject
    assert arrived.text == BODY
    assert arrived.headers["To"] == "Zoë Ní Bhriain <zoe@example.org>"
    assert arrived.headers["Reply-To"] == REPLIES
    assert arrived.headers["Auto-Submitted"] == "auto-generated"


def test_the_same_notices_always_have_one_message_id_until_they_are_sent_again() -> None:
    key, other = ("cause", "person", "t", 0), ("cause", "person", "u", 0)
    assert message_id([key], OFFICE) == message_id([key], OFFICE)
    again = ("cause", "person", "t", 1)
    ids = {message_id(one, OFFICE) for one in ([key], [other], [key, other], [again])}
    assert len(ids) == 4
    assert all(one.endswith("@leading-together.example>") for one in ids)
