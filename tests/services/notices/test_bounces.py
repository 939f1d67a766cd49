"""What counts as a letter that came back: only what a mail server says, of a letter of ours."""

import time
from random import Random

import pytest

from services.notices.bounces import LARGEST, Bounce, bounce_in, messages_in
from tests.scenes.sent_back import LETTER, OURS, WORDS, exchange, postfix

FOREIGN = LETTER.replace(OURS, "CAF-somebody")
AWAY = (
    b"From: ada@example.org\nAuto-Submitted: auto-replied\nSubject: I am away\n\nBack on Monday.\n"
)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (postfix(), "5.1.1"),
        (postfix(LETTER, kind="text/rfc822-headers"), "5.1.1"),
        (postfix().replace(b"\n", b"\r\n"), "5.1.1"),
        (postfix(status="5.7.26 (policy)"), "5.7.26"),
        (exchange(), "5.1.10"),
    ],
    ids=["whole", "headers", "by wire", "with words", "another server"],
)
def test_a_letter_of_ours_that_was_given_up_came_back(raw: bytes, status: str) -> None:
    assert bounce_in(raw) == Bounce(OURS, status)


@pytest.mark.parametrize(
    "raw",
    [
        postfix(action="delayed", status="4.4.1"),
        postfix(action="delayed"),
        postfix(status="4.4.1"),
        postfix(action="delivered", status="2.0.0"),
        postfix(action="relayed"),
        postfix(status="5"),
        postfix(FOREIGN + WORDS),
        postfix(WORDS),
        postfix().replace(b"delivery-status;", b"disposition-notification;"),
        postfix().replace(b"multipart/report", b"multipart/mixed"),
        postfix().replace(b"message/delivery-status", b"text/plain"),
        (LETTER + WORDS).encode(),
        f"{LETTER}\nStatus: 5.1.1\nAction: failed\n".encode(),
        AWAY,
        b"",
        b"\0\xff" * 100,
    ],
)
def test_nothing_else_does(raw: bytes) -> None:
    assert bounce_in(raw) is None


def test_what_is_too_large_is_not_read() -> None:
    assert bounce_in(postfix(LETTER + WORDS + "x" * LARGEST)) is None


def test_what_is_made_to_keep_us_busy_does_not() -> None:
    deep = b"".join(
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="%d"\n\n--%d\n'
        % (one, one)
        for one in range(5000)
    )
    header = b"Content-Type: " + b'message/rfc822; a="' + b"\\" * 500_000
    lines = postfix(LETTER + "x: y\n" * 150_000)
    nested = b"Content-Type: message/rfc822\n\n" * 30_000
    for raw in (deep, header, lines, nested, b"\n" * LARGEST, b"From: \n " * 100_000):
        began = time.process_time()
        bounce_in(raw)
        assert time.process_time() - began < 3


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_is_a_letter_of_ours_or_nothing(seed: int) -> None:
    chance = Random(seed)
    whole = [postfix(), postfix(LETTER, kind="text/rfc822-headers"), exchange()]
    for _ in range(250):
        raw = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(raw))
            end = min(at + chance.choice((1, 1, 5, 60, 400)), len(raw))
            made = chance.choice(
                (b"", b"\0", b"\xff", b"\n", b"\n\n", b'"', b"--", bytes(raw[:end]))
            )
            raw[at:end] = made
        found = bounce_in(bytes(raw))
        assert found is None or (len(found.message), found.status[0]) == (32, "5")


def test_a_file_has_one_message_or_several() -> None:
    one, other = postfix(), AWAY
    assert list(messages_in(one)) == [one]
    box = b"From MAILER-DAEMON Mon Sep 16 10:00:05 2024\n" + one + b"\nFrom ada\n" + other
    assert [bounce_in(it) for it in messages_in(box)] == [Bounce(OURS, "5.1.1"), None]
    assert list(messages_in(b"")) == []
