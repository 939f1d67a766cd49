"""Who hears of what: true of each message, and of each fact who hears of it or why nobody does."""

import re
from datetime import date
from types import FunctionType
from typing import Any, Final, cast

import pytest

from domain.catalogue import COMMANDS, NOTICES
from domain.hearing import NOBODY, ROLES, hearers
from domain.notice import Hearer, NoticeRule
from events.catalogue import EVERY
from events.event import Event
from services.handbook.code import texts_in
from services.handbook.messages import messages_of
from tests.scenes.heard import happens, heard, meant

ASKS: Final = re.compile(
    r"\bplease (answer|book|choose|confirm|hand|plan|say|score|send us|tell us)\b"
    r"|\bsend us\b|\btell us (by|if|when|yes)\b|\bchoose a new\b",
    re.IGNORECASE,
)
"""Words that ask somebody to do what the system takes in. Who is to ring or write needs no command:
where, stands in each letter."""
AN_ID: Final = re.compile(r"[a-z]+_[0-9a-z]{26}|\d+")
TELLING: Final = [(kind, rule) for kind, rules in NOTICES.items() for rule in rules]
AGAIN: Final = (Hearer.TOLD,)


def named(value: Any) -> str:
    """A fact by its name, a rule by where it stands."""
    if isinstance(value, FunctionType):
        return f"{value.__module__.removeprefix('domain.')}.{value.__name__}"
    return str(value.name)


def to_of(rule: NoticeRule) -> tuple[Hearer, ...]:
    found: tuple[Hearer, ...] = vars(rule)["to"]
    return found


def test_of_each_fact_somebody_hears_or_it_says_why_nobody_does() -> None:
    facts = {str(kind.name): bool(hearers(kind)) for kind in EVERY}
    assert {name for name, heard_of in facts.items() if not heard_of} == NOBODY.keys()
    assert all(why.endswith(".") for why in NOBODY.values())


@pytest.mark.parametrize(("kind", "rule"), TELLING, ids=named)
def test_a_message_goes_to_those_of_whom_it_is_said_and_to_nobody_else(
    kind: type[Event], rule: NoticeRule
) -> None:
    if to_of(rule) == AGAIN:
        return
    fact = happens(kind)
    told = {str(one.to) for one in heard(fact, rule)}
    assert told == set().union(*(meant(one, fact) for one in to_of(rule)))


@pytest.mark.parametrize(("kind", "rule"), TELLING, ids=named)
def test_what_a_message_asks_for_is_a_command_that_whoever_hears_it_may_use(
    kind: type[Event], rule: NoticeRule
) -> None:
    roles = frozenset().union(*(ROLES[one] for one in to_of(rule)))
    for one in [] if to_of(rule) == AGAIN else heard(happens(kind), rule):
        if one.asks is None:
            assert not ASKS.search(" ".join(one.paragraphs)), one.template
            continue
        command = COMMANDS[one.asks.command]
        assert command.roles & roles, one.template
        assert one.asks.known.keys() <= command.model_fields.keys(), one.template
        assert all(map(AN_ID.fullmatch, one.asks.known.values())), one.template
        assert one.asks.by is None or type(one.asks.by) is date


@pytest.mark.parametrize("rule", dict.fromkeys(rule for _, rule in TELLING), ids=named)
def test_no_branch_of_a_rule_asks_without_a_command_that_answers(rule: NoticeRule) -> None:
    texts = texts_in(cast("FunctionType", rule))
    asking = {text for text in texts if ASKS.search(text)}
    assert not asking or texts & COMMANDS.keys()


@pytest.mark.parametrize("rule", dict.fromkeys(rule for _, rule in TELLING), ids=named)
def test_the_page_names_each_command_that_some_wording_of_a_message_asks_for(
    rule: NoticeRule,
) -> None:
    named_there = " ".join(one.asks for one in messages_of(rule))
    asked = texts_in(cast("FunctionType", rule)) & COMMANDS.keys()
    assert set(re.findall(r"`([^`]+)`", named_there)) == asked


def test_words_that_ask_are_told_from_those_that_do_not() -> None:
    for words in ("Please tell us.", "Would you like to? Please say yes or no by noon."):
        assert ASKS.search(words)
    for words in ("Please ask them to tell us.", "You told us that you can't come."):
        assert not ASKS.search(words)
