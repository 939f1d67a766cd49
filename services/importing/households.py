"""Tells people apart who share a telephone: the door would take them for one by their number."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from events.contacts import one_spelling
from services.door.wire import FieldProblem
from services.importing.report import RowResult
from services.importing.submission import Submission

LEFT_OUT: Final = (
    "Row {row} has the same telephone number and another name, so here the number was left out."
)
NEEDS_OTHER: Final = (
    "row {row} has the same number and another name; an e-mail address or another number is needed"
)


def kept_distinct(rows: Sequence[Submission]) -> Iterator[Submission | RowResult]:
    """The same rows in their order; a number belongs to the first whose it is.

    Who shares it is known by the e-mail address alone, and without one can't be sent.
    """
    owners: dict[str, Submission] = {}
    for one in rows:
        number = one.register.get("phone")
        owner = owners.setdefault(one_spelling(number), one) if number else one
        yield one if one.may_be(owner) else _without_number(one, owner)


def _without_number(one: Submission, owner: Submission) -> Submission | RowResult:
    if "email" not in one.register:
        problem = FieldProblem(field="telephone", problem=NEEDS_OTHER.format(row=owner.row))
        return RowResult(row=one.row, outcome="invalid", problems=(problem,))
    register = {field: value for field, value in one.register.items() if field != "phone"}
    notes = (*one.notes, LEFT_OUT.format(row=owner.row))
    return replace(one, register=register, notes=notes)
