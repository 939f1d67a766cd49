import asyncio

import pytest

from services.door.patiently import IN_FLIGHT, NobodyTakes, in_lines


def test_what_stands_in_one_line_comes_one_after_the_other_and_lines_at_once() -> None:
    done: list[tuple[str, int]] = []
    at_once, most = 0, 0

    async def send(one: tuple[str, int]) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        done.append(one)
        at_once -= 1

    lines = [[(str(line), number) for number in range(3)] for line in range(40)]
    asyncio.run(in_lines(lines, send))
    for line in lines:
        assert [one for one in done if one[0] == line[0][0]] == line
    assert 1 < most <= IN_FLIGHT
    assert done[:3] == lines[0]  # alone, so that what is wrong with all shows first


def test_nobodys_taking_ends_it() -> None:
    sent: list[int] = []

    async def send(one: int) -> None:
        sent.append(one)
        raise NobodyTakes

    with pytest.raises(NobodyTakes):
        asyncio.run(in_lines([[1, 2], [3]], send))
    assert sent == [1]
