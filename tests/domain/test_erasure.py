"""When somebody is erased, nothing of theirs is known any more."""

from typing import Any, Final

import pytest

from domain.applications.application import Application
from domain.decision import Knowledge
from domain.pairings.engagement import Engagement
from domain.people.person import Person, Reach
from events.event import Cover, Event
from events.ids import PersonId
from events.people import PersonErased
from events.personal import OfCohort, OfProgramme, marked
from events.terms import Channel
from tests.scenes.cast import ADA, AMINA, AUTUMN, BEN, COLM, application
from tests.scenes.erased import FACTS, KINDS, PEOPLE, After, once_erased, questions
from tests.scenes.given import found_by
from tests.scenes.history_choosing import DILYS

RESTING: Final = [kind for kind in KINDS if kind.rests_on_what_is_sealed()]
UNOPENED: Final = [kind for kind in KINDS if kind.unopened]


OF_THE_TEAM = OfCohort | OfProgramme


def test_all_that_falls_with_people_is_tried() -> None:
    learned = {fact for kind in RESTING for fact in kind.facts if not issubclass(fact, Cover)}
    falling = {
        fact
        for fact in learned
        if fact.cover
        or any(
            not isinstance(mark, OfCohort | OfProgramme) for _, mark in marked(fact, for_rules=True)
        )
    }
    assert falling <= {type(fact) for fact in FACTS}


@pytest.mark.parametrize("who", PEOPLE)
def test_nothing_of_somebody_who_was_erased_is_in_any_knowledge(who: PersonId) -> None:
    know = once_erased(who)
    for kind in RESTING:
        for wanted in questions(kind):
            assert f"of {who}" not in repr(know(wanted))


@pytest.mark.parametrize("who", [ADA, BEN, DILYS])
def test_it_would_be_found_there_otherwise(who: PersonId) -> None:
    know = once_erased()
    assert any(f"of {who}" in repr(know(one)) for kind in RESTING for one in questions(kind))


def test_all_can_be_erased() -> None:
    know = once_erased(*PEOPLE)
    for kind in (*RESTING, *UNOPENED):
        for wanted in questions(kind):
            know(wanted)


@pytest.mark.parametrize("who", [ADA, BEN, COLM])
def test_it_is_as_if_it_had_been_so_from_the_beginning(who: PersonId) -> None:
    late, early = once_erased(who), After([PersonErased(person_id=who), *FACTS], who)
    for kind in (*RESTING, *UNOPENED):
        for one, same in zip(questions(kind), questions(kind), strict=True):
            assert late(one) == early(same)


def test_of_an_erased_person_rules_know_that_they_were_and_no_more() -> None:
    know = once_erased(ADA)
    assert know(Person(ADA)).erased
    application_, engagement = know(Application(application(ADA))), know(Engagement(AUTUMN, ADA))
    assert (application_.profile, application_.experiences) == (None, 0)
    assert (engagement.profile, engagement.experiences, engagement.erased) == (None, 0, True)
    assert know(Reach(ADA)).channel is None
    assert once_erased()(Reach(ADA)).channel is Channel.POST
    assert know(Application(application(AMINA))).profile


@pytest.mark.parametrize("kind", UNOPENED)
def test_what_reads_nothing_sealed_knows_the_same_without_reading_it(
    kind: type[Knowledge],
) -> None:
    assert not [fact for fact in kind.facts if fact.cover], "it would meet the cover only"
    know = once_erased()
    for one, same in zip(questions(kind), questions(kind), strict=True):
        for fact in FACTS:
            if same.tags and set(same.tags) <= {*fact.tags()}:
                same.learn(fact)
        assert apart_from_facts(know(one)) == apart_from_facts(same)


def apart_from_facts(knowledge: Knowledge) -> dict[str, Any]:
    return {name: one for name, one in vars(knowledge).items() if not isinstance(one, Event)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_knowledge_asks_for_no_fact_by_what_its_cover_hides(kind: type[Knowledge]) -> None:
    covered = [fact for fact in FACTS if fact.cover and type(fact) in kind.facts]
    for wanted in questions(kind):
        for fact in covered:
            if {*fact.tags()}.issuperset(wanted.tags):
                found = found_by(fact, concealed=wanted.finds_concealed)
                assert found.issuperset(wanted.tags)


def test_where_people_can_be_found_by_hidden_tags_there_is_one_for_each() -> None:
    for fact in FACTS:
        if fact.cover and fact.cover.hidden_tags:
            hidden = {*fact.tags()} - found_by(fact, concealed=False)
            people = [tag for tag in hidden if isinstance(tag, PersonId)]
            assert len(people) <= fact.cover.hidden_tags
