"""Of each fact of which somebody hears, the letter that follows, read as text; and every sentence
that any wording of it may have.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import domain
from domain.catalogue import NOTICES
from domain.contacts.reaching import reach_of
from domain.hearing import NOBODY
from domain.notice import Hearer, Notice, NoticeRule, nhs_date
from events.catalogue import EVERY
from events.event import Event
from events.people import ContactChange, PersonDetailsChanged
from events.what_waits import CONCERNED
from services.notices.letters import Letter, write
from tests.scenes.cast import ADA
from tests.scenes.given import folded
from tests.scenes.heard import AT_WORK, happens, heard
from tests.scenes.office import OFFICE
from tests.scenes.read_letters import OLDEST, PROMISES, THEIRS
from tests.scenes.reading_age import reading_age

HARDEST: Final = 14
"""Years of whoever reads the hardest sentence alone with ease; the whole letter is for who is nine.
"""
MOVED: Final = PersonDetailsChanged(person_id=ADA, change=ContactChange(phone="01632 960188"))
TELLING: Final = [
    (kind, rule)
    for kind, rules in NOTICES.items()
    for rule in rules
    if vars(rule)["to"] != (Hearer.TOLD,)  # who hears once more what another rule words
]


def named(one: type[Event] | NoticeRule) -> str:
    """A fact by its name, a rule by where it stands."""
    if isinstance(one, type):
        return str(vars(one)["name"])
    return f"{one.__module__.removeprefix('domain.')}.{one.__name__}"


def letters_of(kind: type[Event], rule: NoticeRule) -> Iterator[tuple[Notice, Letter]]:
    """What each hears who does, as it is written; but for what goes to where somebody was reached
    before, who is reached there still.
    """
    fact = MOVED if kind is PersonDetailsChanged else happens(kind)
    for one in heard(fact, rule):
        reach = folded(reach_of(one.to), [*AT_WORK, fact])
        letter = write([one], reach, lambda value: value, OFFICE)
        if letter is not None:
            yield one, letter
        else:
            assert one.formerly


@pytest.mark.parametrize(("kind", "rule"), TELLING, ids=named)
def test_the_letter_says_what_has_happened_to_whom_it_is_for(
    kind: type[Event], rule: NoticeRule
) -> None:
    for notice, letter in letters_of(kind, rule):
        text = f"{letter.subject}\n\n{letter.body}"
        assert letter.body.startswith("Dear ")
        assert all(line in letter.body for line in OFFICE.lines())
        assert not re.search(r"\{\w+\}|None", text), text
        assert len(letter.body.split("\n\n")) >= len(notice.paragraphs) + 3
        asked = notice.asks is not None
        assert ("\nTo answer, " in letter.body) is asked
        by = notice.asks.by if notice.asks else None
        assert ("Please answer by " in letter.subject) is (by is not None)
        assert by is None or nhs_date(by) in letter.body
        own = letter.body.partition("\n\n")[2].partition("\n\nWith kind regards")[0]
        own = THEIRS.sub("it", own)
        assert int(reading_age(own)) <= OLDEST, own
        assert not PROMISES.search(own), own


def test_each_fact_of_which_somebody_hears_has_such_a_letter_or_a_task() -> None:
    """The others say why nobody does."""
    written = {kind.name for kind, rule in TELLING if [*letters_of(kind, rule)]}
    tasks = {kind.name for kind, needs in CONCERNED.items() if any(kind in it.made for it in needs)}
    again = {
        kind.name
        for kind, rules in NOTICES.items()
        if not any((kind, it) in TELLING for it in rules)
    }
    assert {kind.name for kind in EVERY} == written | tasks | again | NOBODY.keys()


def sentences() -> Iterator[str]:
    """All that any wording may say: whole sentences of ours in the files of messages."""
    for file in Path(domain.__path__[0]).rglob("*notices.py"):
        nodes = [*ast.walk(ast.parse(file.read_text()))]
        documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
        of_code = {ast.get_docstring(it, clean=False) for it in nodes if isinstance(it, documented)}
        within = {id(it) for one in nodes if isinstance(one, ast.JoinedStr) for it in one.values}
        for one in nodes:
            text = None if id(one) in within else _text_of(one)
            if text is not None and text not in of_code:
                text = THEIRS.sub("it", re.sub(r"\{\w+\}", "it", text))
                if re.fullmatch(r"[A-Z].*[.?!]", text, re.DOTALL):
                    yield text


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "it" for one in node.values)
        return "".join(map(str, parts))
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def test_no_sentence_of_any_wording_is_hard_or_promises_what_nobody_told_us() -> None:
    every = [*dict.fromkeys(sentences())]
    assert len(every) > 400
    assert not [one for one in every if reading_age(one) > HARDEST]
    assert not [one for one in every if PROMISES.search(one)]
