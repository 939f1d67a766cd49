"""Letters that come back into a real mailbox: noted, flagged, and all else left for people."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from services.notices.bounces import Bounce
from services.notices.mailbox_host import MailboxHost
from services.notices.returns import AT_ONCE, Looked, Mailbox, Unread
from tests.mail.conftest import Box
from tests.scenes.sent_back import LETTER, OURS, WORDS, exchange, postfix

NOW = datetime.now(UTC)
REPLY = b"From: ada@example.org\nSubject: Re: A place for you\n\nYes, please.\n"
AWAY = (
    b"From: ada@example.org\nAuto-Submitted: auto-replied\nSubject: I am away\n\nBack on Monday.\n"
)
LATER = postfix(action="delayed", status="4.4.1")
FOREIGN = postfix(LETTER.replace(OURS, "f" * 32) + WORDS)


class Ledger:
    """Knows one letter of ours."""

    def __init__(self) -> None:
        self.noted: list[Bounce] = []

    def note(self, bounces: Sequence[Bounce]) -> set[str]:
        self.noted += bounces
        return {one.message for one in bounces} & {OURS}


def mailbox(box: Box, url: str = "") -> Mailbox:
    return Mailbox(MailboxHost.at(url or box.url()), box.trusted.file)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_what_came_back_is_noted_and_flagged_and_all_else_left_for_people(
    box: Box, scheme: str
) -> None:
    box.comes(REPLY, postfix(), AWAY, LATER, FOREIGN, exchange())
    ledger, found = Ledger(), mailbox(box, box.url(scheme))
    assert found.look(NOW, ledger.note) == Looked(ours=2, unread=4)
    assert box.seen() == [False, True, False, False, False, True]
    assert [one.status for one in ledger.noted if one.message == OURS] == ["5.1.1", "5.1.10"]
    assert found.look(NOW, ledger.note) == Looked(0, 4)
    box.comes(postfix(status="5.2.2"), REPLY)
    assert found.look(NOW, ledger.note) == Looked(1, 5)
    assert ledger.noted[-1] == Bounce(OURS, "5.2.2")


def test_what_somebody_has_read_before_us_is_noted_all_the_same(box: Box) -> None:
    box.comes(postfix())
    with box.somebody() as server:
        server.fetch("1", "(BODY[])")
    assert box.seen() == [True]
    assert mailbox(box).look(NOW, Ledger().note) == Looked(1, 0)


def test_after_a_restart_it_is_looked_at_again(box: Box) -> None:
    box.comes(postfix())
    for _ in range(2):
        assert mailbox(box).look(NOW, Ledger().note) == Looked(1, 0)


def test_what_can_not_be_noted_is_not_flagged_and_comes_again(box: Box) -> None:
    box.comes(postfix())
    found = mailbox(box)

    def away(_: Sequence[Bounce]) -> set[str]:
        raise ConnectionResetError

    with pytest.raises(Unread, match="can't be reached"):
        found.look(NOW, away)
    assert box.seen() == [False]
    assert found.look(NOW, Ledger().note) == Looked(1, 0)


def test_a_full_mailbox_is_read_in_parts(box: Box) -> None:
    box.comes(*[postfix()] * (AT_ONCE + 3), REPLY)
    found = mailbox(box)
    assert found.look(NOW, Ledger().note) == Looked(AT_ONCE, 4)
    assert found.look(NOW, Ledger().note) == Looked(3, 1)


def test_another_folder_is_read_if_it_is_named(box: Box) -> None:
    with box.somebody() as server:
        server.create("Returned")
        server.append("Returned", "", "", postfix().replace(b"\n", b"\r\n"))
    assert mailbox(box, box.url(folder="Returned")).look(NOW, Ledger().note) == Looked(1, 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"word": "another"}, "put them right in LT_IMAP_URL"),
        ({"folder": "Nowhere"}, "LT_IMAP_URL"),
    ],
)
def test_what_is_wrong_is_said_and_names_nobody(box: Box, wrong: dict[str, str], says: str) -> None:
    with pytest.raises(Unread, match=says) as refused:
        mailbox(box, box.url(**wrong)).look(NOW, Ledger().note)
    assert "office" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_a_server_that_is_another_one_gets_no_password(box: Box, scheme: str) -> None:
    stranger = Mailbox(MailboxHost.at(box.url(scheme)))
    with pytest.raises(Unread, match=r"is not trusted .* LT_IMAP_CA_FILE"):
        stranger.look(NOW, Ledger().note)
    by_address = box.url(scheme).replace("localhost", "127.0.0.1")
    with pytest.raises(Unread, match="is for another name"):
        mailbox(box, by_address).look(NOW, Ledger().note)
