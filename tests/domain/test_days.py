"""Nobody can name a day on which there was no programme, or to which nobody plans."""

from typing import Annotated, Any, cast

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.catalogue import COMMANDS, INSIDE

DAYS, MOMENTS = ("0001-01-01", "2015-12-31", "2100-01-01", "9999-12-31"), "T12:00:00Z"
EVERY = {**COMMANDS, **INSIDE}


def with_days() -> list[tuple[str, str, str]]:
    """Each field of a command in which somebody names a day or a moment."""
    found = []
    for name, kind in EVERY.items():
        schema = kind.model_json_schema()
        assert not any("date" in str(one) for one in forms(schema.get("$defs", {})))
        for field, form in schema.get("properties", {}).items():
            found += [(name, field, one) for one in forms(form) if one.startswith("date")]
    return found


def forms(schema: Any) -> list[str]:
    """The formats that are named anywhere in a schema."""
    if isinstance(schema, list):
        return [one for part in schema for one in forms(part)]
    if not isinstance(schema, dict):
        return []
    mine = [schema["format"]] if isinstance(schema.get("format"), str) else []
    return mine + [one for part in schema.values() for one in forms(part)]


@pytest.mark.parametrize(("name", "field", "form"), with_days())
def test_no_day_is_taken_that_is_long_before_the_programme_or_long_after(
    name: str, field: str, form: str
) -> None:
    told = EVERY[name].model_fields[field]
    taken: TypeAdapter[Any] = TypeAdapter(cast("Any", Annotated[told.annotation, told]))
    of_a_day = "" if form == "date" else MOMENTS
    taken.validate_python(f"2024-09-16{of_a_day}")
    for day in DAYS:
        with pytest.raises(ValidationError):
            taken.validate_python(f"{day}{of_a_day}")
