"""A finding told again, with as little of its history as it takes."""

from collections.abc import Iterator, Sequence
from random import Random

from tests.walk.findings import Found
from tests.walk.walk import FROM_NOTHING, Walk, beginning, begun
from tests.walk.world import Happened, World

TRIES = 400


def found_again(seed: int, name: str, most: int) -> tuple[Walk, Found] | None:
    """The walk up to where it finds it; None if it does not, within so many steps."""
    walk = begun(seed)
    while walk.steps < most:
        walk.turn()
        if name in walk.findings.first:
            return walk, walk.findings.first[name]
    return None


def told_again(seed: int, story: Sequence[Happened]) -> World:
    """A world in which this happens, and nothing else."""
    world = World(Random(seed))
    if seed % FROM_NOTHING:
        world.go_on_from(beginning())
    for one in story:
        world.clock.moment = one.moment
        if one.outside is not None:
            continue  # the glass is broken again where nobody is left
        if one.asked is not None:
            world.send(one.asked)
        elif one.erased is not None and one.erased in world.lives.registered:
            world.erase(one.erased)
    return world


def shortened(seed: int, name: str, story: Sequence[Happened]) -> Sequence[Happened]:
    """What is left of a story if all is left out without which the same is found; all of it, if
    it is not found by asking alone.
    """
    left = list(story)
    if name not in told_again(seed, left).findings.first:
        return left
    size, tries = len(left) // 2, 0
    while size and tries < TRIES:
        at = 0
        while at < len(left) and tries < TRIES:
            fewer = [*left[:at], *left[at + size :]]
            tries += 1
            if name in told_again(seed, fewer).findings.first:
                left = fewer
            else:
                at += size
        size //= 2
    return left


def lines(seed: int, name: str, most: int) -> Iterator[str]:
    """What was asked, of what is left, and what came of it."""
    again = found_again(seed, name, most)
    if again is None:
        yield f"{name} is not found by seed {seed} within {most} steps"
        return
    walk, found = again
    yield str(found)
    story = shortened(seed, name, walk.story)
    world = told_again(seed, story)
    yield f"{len(walk.story)} things had happened; {len(story)} of them are enough:"
    for one in story:
        moment = f"{one.moment:%Y-%m-%d %H:%M:%S}"
        if one.asked is None:
            what = f"{one.erased} is erased" if one.erased else "the glass is broken"
            yield f"{moment}  {what}"
        else:
            body = one.asked.body
            by = f"{body.get('role', 'whatever they are')} {one.asked.by}"
            earlier = f" as of {body['time']}" if "time" in body else ""
            yield f"{moment}  {one.asked.name} {body['data']} by {by}{earlier}"
    yield from (str(one) for one in world.findings.first.values() if one.name == name)
