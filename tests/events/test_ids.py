from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.ids import CohortId, PersonId, base32, derived_uuid

NOON = datetime(2024, 9, 16, 11, 0, tzinfo=UTC)


def test_the_same_parts_give_the_same_id_and_others_give_others() -> None:
    assert PersonId.derived(NOON, "a", "b") == PersonId.derived(NOON, "a", "b")
    assert PersonId.derived(NOON, "a", "b") != PersonId.derived(NOON, "ab")
    assert PersonId.derived(NOON, "a")[7:] != CohortId.derived(NOON, "a")[7:]


def test_an_id_is_a_uuid_of_version_7_with_its_time() -> None:
    made = derived_uuid(NOON, "a")
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_base_32_is_that_of_the_type_id_specification() -> None:
    # The examples of the TypeID specification (valid.yml of jetify-com/typeid).
    assert base32(UUID("00000000-0000-0000-0000-000000000000")) == "0" * 26
    assert base32(UUID("ffffffff-ffff-ffff-ffff-ffffffffffff")) == "7" + "z" * 25
    assert base32(UUID("01890a5d-ac96-774b-bcce-b302099a8057")) == "01h455vb4pex5vsknk084sn02q"


@given(st.text(min_size=9, max_size=60))
def test_what_is_no_id_is_refused_without_repeating_it(text: str) -> None:
    if PersonId.pattern.fullmatch(text):
        return
    with pytest.raises(ValueError, match="person_ and 26") as refused:
        PersonId.parse(text)
    assert text not in str(refused.value)
