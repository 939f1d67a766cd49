"""What contacts hear, and that nobody writes to one who has not agreed."""

from collections.abc import Sequence
from datetime import date

import pytest

from domain.catalogue import NOTICES
from domain.cohorts.cohort import CohortIsCancelled
from domain.contacts.notices import ROLES
from domain.contacts.reaching import ASKING, may_hear, reach_of
from domain.notice import Notice
from domain.states import is_still_said
from events.cohorts import CohortCancelled
from events.contacts import ContactNamed
from events.event import Event
from events.ids import ContactId
from events.terms import ContactPurpose
from tests.scenes.cast import ADA, AUTUMN, BEN, HEALTHCARE, confirmed, opened
from tests.scenes.contacts import (
    HARI,
    MAE,
    agreed,
    declined,
    ended,
    host,
    kept,
    line_manager,
    supporter,
)
from tests.scenes.given import folded, given
from tests.scenes.pairs import cohort_of, recorded
from tests.scenes.projects import PROJECT, running

BEN_IS_THERE = [*opened(), *confirmed(BEN, HEALTHCARE)]


def notices(facts: Sequence[Event]) -> list[Notice]:
    """What answers the last fact, on what is known then."""
    know = given(facts)
    last = facts[-1]
    return [
        notice
        for rule in NOTICES.get(type(last), ())
        for notice in rule(recorded(last), lambda wanted: folded(wanted, know.facts))
    ]


def test_a_contact_is_asked_and_told_what_is_kept_of_them() -> None:
    (asked,) = notices([*BEN_IS_THERE, line_manager(BEN), kept(until=date(2025, 5, 30))])
    assert (asked.template, asked.to) == (ASKING, MAE)
    said = " ".join(asked.paragraphs)
    assert "{person}" in said
    assert "as their line manager" in said
    assert "your name, and the address or number" in said
    assert "to the end of Friday 30 May 2025" in said
    assert "Until you do, we will not write to you again." in said
    assert "You may say no" in said


def test_whoever_agrees_is_thanked_and_may_still_say_no() -> None:
    (thanks,) = notices([*BEN_IS_THERE, line_manager(BEN), kept(), agreed()])
    assert (thanks.template, thanks.to) == ("contact.agreed", MAE)
    assert "You may say no" in thanks.paragraphs[-1]


def test_whose_contact_says_no_hears_of_it_and_the_contact_hears_nothing() -> None:
    (told,) = notices([*BEN_IS_THERE, line_manager(BEN), kept(), declined()])
    assert (told.template, told.to) == ("contact.declined", BEN)


def test_both_of_a_pair_hear_that_their_host_said_no() -> None:
    scene = [*cohort_of(ADA, beside=(BEN,)), *running(), host(PROJECT), kept(HARI), declined(HARI)]
    assert {one.to for one in notices(scene)} == {ADA, BEN}


def test_a_contact_who_ended_is_not_asked_any_more() -> None:
    facts = [*BEN_IS_THERE, line_manager(BEN), ended(), kept()]
    assert notices(facts) == []


def test_who_agreed_hears_that_the_cohort_does_not_take_place_and_is_not_asked_again() -> None:
    off = CohortCancelled(cohort_id=AUTUMN, reason="cohort.no-venue")
    both = [line_manager(BEN), kept(), agreed(), host(PROJECT), kept(HARI)]
    scene = [*cohort_of(ADA, beside=(BEN,)), *running(), *both, off]
    told = {one.to: one for one in notices(scene) if isinstance(one.to, ContactId)}
    heard = {who for who, one in told.items() if may_hear(folded(reach_of(who), scene), one)}
    assert heard == {MAE}
    said = " ".join(told[MAE].paragraphs)
    assert "We found no place where it can be held." in said
    assert "You had agreed to be a line manager." in said
    assert "to the end of Monday 23 September 2024" in said
    assert is_still_said(told[MAE].template, CohortIsCancelled)
    let_go = kept(until=date(2024, 9, 23))
    assert notices([*scene, let_go]) == []


@pytest.mark.parametrize("purpose", ContactPurpose)
def test_there_are_words_for_every_purpose(purpose: ContactPurpose) -> None:
    assert all(ROLES[purpose])


def to(contact: ContactId, template: str) -> Notice:
    return Notice(template=template, to=contact, subject="News", paragraphs=("There is news.",))


def test_nothing_but_the_question_goes_to_a_contact_who_has_not_agreed() -> None:
    facts: list[Event] = [*BEN_IS_THERE, line_manager(BEN), kept()]

    def may(template: str, *more: Event) -> bool:
        reach = folded(reach_of(MAE), [*facts, *more])
        return may_hear(reach, to(MAE, template))

    assert may(ASKING)
    assert not may("news")
    assert may("news", agreed())
    for template in (ASKING, "news"):
        assert not may(template, agreed(), declined(), ended())
        assert not may(template, ended())


def test_people_of_the_programme_are_reached_as_before() -> None:
    reach = folded(reach_of(BEN), BEN_IS_THERE)
    assert may_hear(reach, Notice(template="news", to=BEN, subject="", paragraphs=()))


def test_a_contact_is_reached_under_their_own_name() -> None:
    named: ContactNamed = supporter(ADA, MAE)
    reach = folded(reach_of(MAE), [named, kept()])
    assert (reach.full_name, reach.contact) == (named.full_name, named.contact)
