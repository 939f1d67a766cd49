"""Why some facts have no correction of their own."""

from enum import StrEnum


class Stays(StrEnum):
    """Why a fact has no correction of its own."""

    COVER = "It covers other facts, which have their own."
    LAST = "What is said last counts: it is said anew."
    FOLLOWS = "It follows from another fact, and goes with what puts that right."
    TOLD = "It says that something was told, or fell due, at a moment; that was so."
    CLOSED = "It stays on record, so that a doubt keeps somebody from judging; others can."
    FINAL = "It is final on purpose: what comes after it begins anew."
