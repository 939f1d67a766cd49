"""What worries somebody about somebody has one place, and other forms say where that is."""

from typing import Any, Final

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

NAMES: Final = ("concern", "safeguarding")


def _must_not_be_one(value: Any) -> Any:
    if value in NAMES:
        raise PydanticCustomError(
            "in_confidence",
            "what worries you about somebody is told in confidence, by `concern.raise`: only those"
            " who look after it read it, and they decide; say nothing of it here",
        )
    return value


NoConcern: Final = BeforeValidator(_must_not_be_one)
"""Of a code that is chosen: whoever would name a concern is told where to tell it instead."""
