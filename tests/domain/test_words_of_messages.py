"""What people read of facts that matter to them, as they read it."""

from datetime import timedelta

import pytest

from domain.catalogue import NOTICES
from domain.notice import Notice
from events.catalogue import CATALOGUE
from events.event import Event
from events.ids import WorkshopId
from events.pairings import PairingHeld, PairingPaused
from events.reflections import ReflectionShared
from events.workshops import WorkshopMadeUp, WorkshopScheduled
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, BOLA, COLM
from tests.scenes.given import NOON, folded
from tests.scenes.heard import AT_WORK, happens, heard
from tests.scenes.pairs import TWO, recorded
from tests.scenes.training import SKILLS_AT, SKILLS_DAY, day

NAMES = {"partner": "Ben Pask", "person": "Ada Rowe"}


def read(one: Notice) -> str:
    """Subject and paragraphs as they are read."""
    text = "\n".join((one.subject, *one.paragraphs))
    for name, value in one.values.items():
        text = text.replace(f"{{{name}}}", NAMES.get(name) or str(value))
    return text


def words_of(name: str) -> dict[str, str]:
    """What each hears of a fact of this kind."""
    return {str(one.to): read(one) for one in heard(happens(CATALOGUE[f"{name}.v1"]))}


WORKSHOP = WorkshopId.derived(NOON, "skills once more")


@pytest.mark.parametrize(
    ("name", "who", "words"),
    [
        ("offer.declined", ADA, "you do not take the place on Autumn 2024."),
        ("place.given-up", ADA, "You are not on Autumn 2024 any more."),
        ("pairing.paused", BEN, "You and Ben Pask take a break from leading together."),
        ("project.proposed", BEN, "One of you has sent it to us for you both."),
        (
            "project.revised",
            BEN,
            "We have your project. One of you has sent it to us for you both.",
        ),
        ("project.host-agreed", BEN, "Good news: your project"),
        ("milestone.confirmed", BEN, "agrees that you have reached the milestone “Try it out"),
        ("milestone.rescheduled", BEN, "is now due by the end of Monday 2 June 2025."),
        ("reflection.shared", BEN, "has written down what a workshop meant to them."),
        ("continuation.agreed", BEN, "mean to go on leading together."),
        ("continuation.ended", BEN, "do not lead together any more."),
        ("workshop.scheduled", BEN, "You can now book your place on our workshop."),
        ("place.confirmed", AMINA, "Trying out skills: Wednesday 15 January 2025, 10am."),
    ],
)
def test_what_people_are_told_of_what_matters_to_them(name: str, who: str, words: str) -> None:
    assert words in words_of(name)[who]


def test_a_shared_reflection_is_not_in_the_letter_and_waits_while_two_do_not_go_on() -> None:
    fact = happens(ReflectionShared)

    def told(*more: Event) -> list[Notice]:
        (rule,) = NOTICES[ReflectionShared]
        return list(rule(recorded(fact), lambda wanted: folded(wanted, [*AT_WORK, *more, fact])))

    assert [one.to for one in told()] == [BEN]
    for between in (PairingPaused(**TWO, reason="away"), PairingHeld(**TWO, rule="rule.treats")):
        assert told(between) == []


def test_whoever_goes_or_went_to_another_session_is_not_asked_to_book_it_too() -> None:
    again = day(WORKSHOP, 2, SKILLS_AT)
    been = WorkshopMadeUp(
        workshop_id=SKILLS_DAY, cohort_id=AUTUMN, person_id=BEN, how="make-up.online"
    )
    (rule,) = NOTICES[WorkshopScheduled]
    facts = [*AT_WORK, been, again]
    told = {one.to for one in rule(recorded(again), lambda wanted: folded(wanted, facts))}
    assert told == {AMINA, BOLA}, "Ada has a place there, Ben has caught up, Colm has no place yet"
    assert COLM not in told


def test_what_is_over_need_not_be_booked() -> None:
    over = day(SKILLS_DAY, 2, NOON - timedelta(days=9))
    confirmed = happens(CATALOGUE["place.confirmed.v1"])
    facts = [*(one for one in AT_WORK if not isinstance(one, WorkshopScheduled)), over, confirmed]
    told = [
        one.template
        for rule in NOTICES[type(confirmed)]
        for one in rule(recorded(confirmed), lambda wanted: folded(wanted, facts))
    ]
    assert told == ["place.confirmed"]


def test_two_read_the_same_of_a_break_whatever_the_reason() -> None:
    def words(reason: str) -> list[str]:
        return [read(one) for one in heard(PairingPaused(**TWO, reason=reason))]

    assert words("ill-health") == words("other")


def test_whoever_comes_later_is_asked_to_book_what_they_have_not_been_to() -> None:
    again = day(WORKSHOP, 2, SKILLS_AT)
    been = WorkshopMadeUp(
        workshop_id=WORKSHOP, cohort_id=AUTUMN, person_id=AMINA, how="make-up.online"
    )
    confirmed = happens(CATALOGUE["place.confirmed.v1"])
    rule = NOTICES[type(confirmed)][1]

    def told(*more: Event) -> list[str]:
        facts = [*AT_WORK, again, *more, confirmed]
        return [
            text
            for one in rule(recorded(confirmed), lambda wanted: folded(wanted, facts))
            for text in one.paragraphs
            if text.startswith("Trying out skills")
        ]

    assert len(told()) == 2
    assert told(been) == []
