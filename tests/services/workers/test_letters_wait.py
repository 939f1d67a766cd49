"""Letters that wait: one e-mail of all that somebody is to hear, none in the night, each once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest

from events.calendar import at
from events.catalogue import Recorded
from services.clock import SetClock
from services.dead_letters.orders import By
from services.engines.addresses import Engines
from services.notices import dispatch as the_dispatch
from services.notices import entering
from services.notices import ledger as the_ledger
from services.notices import letters as the_letters
from services.notices.entering import LedgerEntry, NoticeKey
from services.notices.post import EmlFiles, Post, Smtp, nobody_asks
from services.operations import acts
from services.process.station import Station
from services.workers.notifier import Notifier
from tests.scenes.mail_server import FOR_NOW, GONE, MailServer, mail_server
from tests.scenes.outbox import go_back, letters, notifying, opened, scene_on
from tests.scenes.world import NOON

QUARTER = timedelta(minutes=15)
MORNING = at(datetime(2024, 9, 17).date(), 8)  # noqa: DTZ001 - a calendar day


def considerate(here: Station) -> Station:
    settings = here.settings.model_copy(update={"letters_wait": True})
    return replace(here, settings=settings)


def much_to_hear(engines: Engines, folder: Path) -> Station:
    """Three things for Ada, by e-mail, and two for Ben, who is rung; nobody has heard yet."""

    async def play() -> Station:
        async with scene_on(engines, folder) as scene:
            ada = await scene.meets("Ada Tregenza")
            ben = await scene.meets("Ben", phone="01872 000000")
            for one in (ada, ben):
                application = await scene.hands_in(one)
                withdrawn = {"application_id": application, "reason": "application.no-time"}
                await scene.do("application.withdraw", withdrawn, by=one)
            await scene.do("interest.express", {"person_id": ada, **INTEREST}, by=ada)
            return considerate(scene.station)

    return asyncio.run(play())


INTEREST = {"side": "patient-leader"}


def moves_to(here: Station, moment: datetime) -> None:
    assert isinstance(here.clock, SetClock)
    here.clock.set(moment)


@contextmanager
def waiting(here: Station, post: Post) -> Iterator[Notifier]:
    """All is entered, and the quarter of an hour is over."""
    with notifying(here, post) as own:
        moves_to(here, NOON + QUARTER)
        yield own


def states(engines: Engines) -> list[tuple[str, str | None, int]]:
    """State, channel and attempts of each notice: first Ada's, then Ben's."""
    with psycopg.connect(engines.programme["console"]) as connection:
        rows = connection.execute(
            "SELECT state, channel, attempts FROM work.notices"
            " ORDER BY count(*) OVER (PARTITION BY person) DESC, position"
        )
        return [(state, channel, attempts) for state, channel, attempts in rows]


ALL_SENT = [("sent", "email", 1)] * 3 + [("for-staff", "phone", 1)] * 2
ALL_DUE = [("due", None, 0)] * 5


def test_what_falls_due_for_somebody_in_a_quarter_of_an_hour_is_one_letter(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with notifying(here, EmlFiles(here.outbox)) as own:
        own.send_due()
        assert (states(fresh), letters(here)) == (ALL_DUE, [])
        moves_to(here, NOON + QUARTER)
        own.send_due()
        own.send_due()
    assert states(fresh) == ALL_SENT
    (message,) = map(opened, letters(here))
    assert message["Subject"] == "3 things to tell you"
    said = message.get_content()
    assert said.count("Dear Ada Tregenza\n") == said.count("With kind regards") == 1
    parts = [
        "1. We have your application",
        "2. You have taken back",
        "3. Thank you for your interest",
    ]
    places = [said.find(f"\n{one}") for one in parts]
    assert places == sorted(places)
    assert places[0] > 0
    (page,) = letters(here, "phone/*.txt")
    assert page.read_text().count("leading-together do notice.done ") == 2


class Killed(BaseException):
    """The process ends here, and nothing in it catches that."""


class Deadly(Smtp):
    """The process ends once the message is handed over, or before anything of it was."""

    def __init__(self, url: str, *, before: bool) -> None:
        super().__init__(url)
        self._before = before

    def send(self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks) -> None:
        if not self._before:
            super().send(message, handing_over)
        raise Killed


def test_killed_while_it_hands_over_it_repeats_nothing_of_the_letter(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with mail_server(MailServer()) as server:
        with waiting(here, Deadly(server.url, before=False)) as own, pytest.raises(Killed):
            own.send_due()
        assert states(fresh)[:3] == [("sending", None, 1)] * 3
        go_back(fresh)
        with notifying(here, Smtp(server.url)) as own:
            own.send_due()
    assert states(fresh) == [("unconfirmed", None, 1)] * 3 + ALL_SENT[3:]
    assert len(server.taken) == 1


def test_killed_before_anything_was_handed_over_all_of_it_is_due(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with mail_server(MailServer()) as server:
        with waiting(here, Deadly(server.url, before=True)) as own, pytest.raises(Killed):
            own.send_due()
        assert states(fresh)[:3] == [("due", None, 1)] * 3
        with notifying(here, Smtp(server.url)):
            pass
    assert states(fresh) == [("sent", "email", 2)] * 3 + ALL_SENT[3:]
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("answer", "then"), [(FOR_NOW, ("due", None, 1)), (GONE, ("unconfirmed", "email", 1))]
)
def test_what_became_of_a_letter_became_of_all_that_is_in_it(
    fresh: Engines, tmp_path: Path, answer: str, then: tuple[str, str | None, int]
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with mail_server(MailServer(answer)) as server, waiting(here, Smtp(server.url)) as own:
        own.send_due()
        assert states(fresh) == [then] * 3 + ALL_SENT[3:]


def test_what_somebody_settles_meanwhile_is_left_out_and_the_rest_goes(
    fresh: Engines, tmp_path: Path
) -> None:
    class Slow(EmlFiles):
        def send(
            self, message: EmailMessage, handing_over: Callable[[], None] = nobody_asks
        ) -> None:
            with psycopg.connect(fresh.programme["owner"]) as owner:
                owner.execute(
                    "UPDATE work.notices SET state = 'sent'"
                    " WHERE template = 'application.submitted' AND state = 'due'"
                )
            super().send(message, handing_over)

    here = much_to_hear(fresh, tmp_path)
    with waiting(here, Slow(here.outbox)) as own:
        own.send_due()
        assert letters(here) == []
        assert [one for one, *_ in states(fresh)[:3]] == ["sent", "due", "due"]
        own.send_due()
    (message,) = map(opened, letters(here))
    assert message["Subject"] == "2 things to tell you"
    assert [one for one, *_ in states(fresh)[:3]] == ["sent"] * 3


def test_one_thing_that_can_not_be_worded_does_not_hold_up_what_goes_with_it(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, whole = much_to_hear(fresh, tmp_path), the_letters.write

    def broken(notices: Any, *given: Any) -> Any:
        if any(one.template == "application.submitted" for one in notices):
            raise ZeroDivisionError("Ada")
        return whole(notices, *given)

    monkeypatch.setattr(the_dispatch, "write", broken)
    with waiting(here, EmlFiles(here.outbox)) as own:
        own.send_due()
    assert [one for one, *_ in states(fresh)[:3]] == ["failed", "sent", "sent"]
    assert len(letters(here)) == 2


def urgent(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices of a template are urgent."""
    worded = entering.entries_for

    def marked(fact: Recorded[Any], *given: Any) -> list[LedgerEntry]:
        return [
            replace(one, notice=replace(one.notice, urgent=one.notice.template == template))
            for one in worded(fact, *given)
        ]

    monkeypatch.setattr(entering, "entries_for", marked)


def test_nothing_goes_in_the_night_but_what_is_urgent(
    fresh: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent("application.withdrawn", monkeypatch)
    here = much_to_hear(fresh, tmp_path)
    moves_to(here, at(NOON.date(), 20, 30))
    with mail_server(MailServer()) as server, notifying(here, Smtp(server.url)) as own:
        own.send_due()
        (at_once,) = server.taken
        assert at_once["Subject"].startswith("You have taken back")
        moves_to(here, MORNING - timedelta(seconds=1))
        own.send_due()
        assert len(server.taken) == 1
        moves_to(here, MORNING)
        own.send_due()
        assert [one["Subject"] for one in server.taken[1:]] == ["2 things to tell you"]
    assert states(fresh) == ALL_SENT


def test_what_could_not_go_by_day_and_what_somebody_has_sent_again_waits_for_the_morning(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with mail_server(MailServer(FOR_NOW)) as server, waiting(here, Smtp(server.url)) as own:
        own.send_due()
        moves_to(here, at(NOON.date(), 20))
        own.send_due()
        assert server.taken == []
        with psycopg.connect(fresh.programme["console"]) as reader:
            assert the_ledger.next_due(reader, here.clock.now()) == MORNING, "nothing is due before"
            assert not the_ledger.is_being_sent(reader, here.clock.now())
        moves_to(here, MORNING)
        own.send_due()
        assert len(server.taken) == 1


def test_a_night_does_not_make_it_longer_that_a_letter_is_tried(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    never = [FOR_NOW] * 30
    with mail_server(MailServer(*never)) as server, waiting(here, Smtp(server.url)) as own:
        for day in range(4):
            for hour in (12, 20, 23):
                moves_to(here, at(NOON.date() + timedelta(days=day), hour, 30))
                own.send_due()
    assert {state for state, channel, _ in states(fresh) if channel != "phone"} == {"failed"}


def test_what_somebody_has_sent_again_at_night_waits_for_the_morning(
    fresh: Engines, tmp_path: Path
) -> None:
    here = much_to_hear(fresh, tmp_path)
    with mail_server(MailServer()) as server, waiting(here, Smtp(server.url)) as own:
        own.send_due()
        (first,) = server.taken
        moves_to(here, at(NOON.date(), 22))
        with psycopg.connect(fresh.programme["operator"], autocommit=True) as operator:
            (key,) = operator.execute(
                "SELECT cause, person, template FROM work.notices"
                " WHERE template = 'interest.expressed'"
            )
            by = By("olive", "she has lost it", here.clock.now())
            assert acts.settle_notice(operator, NoticeKey(*key), by, sent=False)
        own.send_due()
        assert len(server.taken) == 1
        with psycopg.connect(fresh.programme["console"]) as reader:
            assert the_ledger.next_due(reader, here.clock.now()) == MORNING
        moves_to(here, MORNING)
        own.send_due()
        _, again = server.taken
        assert again["Subject"].startswith("Thank you for your interest")
        assert again["Message-ID"] != first["Message-ID"]


def test_a_letter_goes_to_where_somebody_is_by_then(fresh: Engines, tmp_path: Path) -> None:
    def entered(here: Station) -> None:
        with notifying(here, EmlFiles(here.outbox)):
            pass

    async def play() -> Station:
        async with scene_on(fresh, tmp_path) as scene:
            ada = await scene.meets("Ada Tregenza")
            await scene.hands_in(ada)
            await asyncio.to_thread(entered, considerate(scene.station))
            await scene.do("person.change-details", {"person_id": ada, "email": "new@example.org"})
            return considerate(scene.station)

    here = asyncio.run(play())
    moves_to(here, NOON + QUARTER)
    entered(here)
    (first,) = map(opened, letters(here))
    assert str(first["To"]) == "Ada Tregenza <new@example.org>"
