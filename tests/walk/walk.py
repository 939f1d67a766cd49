"""The walk itself: whatever happens next, and whoever asks for something, is chosen by chance."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, Final
from unittest.mock import patch

from events.calendar import local_day
from events.ids import PersonId
from events.terms import Role, Side
from services.log import memory
from services.log.wishes import Accepted, Wish
from services.workers.scheduler import DueRequest
from tests.walk.beginning import EACH, STAFF, Beginning, Script, played
from tests.walk.doings import NotNow
from tests.walk.door import Asked
from tests.walk.findings import quietly
from tests.walk.followers import asked_for
from tests.walk.mistakes import MISTAKES, Mistakes
from tests.walk.whole import WholeLife
from tests.walk.world import World

FROM_NOTHING: Final = 4  # one walk of so many
SKEWS: Final = (0, 0, 0.05, -0.05, 2, -2, 60, -60, 3600, -3600)  # seconds of the scheduler's clock
RESTLESS: Final = 10  # times that everybody catches up, until it is taken as it is
SOON: Final = timedelta(days=4)
SLICE: Final = 8  # facts of a kind that a memory loads at once; more come part by part
Answered = Callable[[Wish | None], None]


class Walk(World):
    """One history, chosen by a seed."""

    def __init__(self, seed: int) -> None:
        super().__init__(Random(seed))
        self.seed = seed
        self.skew = timedelta(seconds=self.chance.choice(SKEWS))
        self._due: deque[DueRequest] = deque()
        self._wished: deque[Asked] = deque()
        self._accepted: list[Asked] = []

    def run(self, steps: int) -> None:
        """So many commands more, each with all that must hold after it."""
        until = self.steps + steps
        while self.steps < until:
            self.turn()

    def turn(self) -> None:
        """Something happens, and perhaps somebody asks for something."""
        self._time_passes()
        self._happens()
        if self.chance.random() < 0.06:
            self._several_ask()
        else:
            self._somebody_asks()
        self.follow()

    def is_at_rest(self) -> bool:
        """Also nobody is about to ask."""
        return not self._wished and not self._due and super().is_at_rest()

    def comes_to_rest(self) -> None:
        """Everybody catches up, whatever is due is asked for, and then all is looked at."""
        for _ in range(RESTLESS):
            while (asked := self._of_policies()) is not None:
                self.send(asked)
            self._due.clear()
            for one in self.scheduler.due(self.clock.now() + self.skew):
                self._scheduled(one, self.send(asked_for(one)))
            self.follow(at_once=True)
            if self.is_at_rest():
                self.checks.at_rest(everything=True)
                break

    def mistake(self, name: str) -> None:
        """Somebody makes an ordinary mistake."""
        Mistakes(self, self.chance).one(name)
        self.comes_to_rest()

    def whole_life(self) -> None:
        """Everything that anybody may do is done once, as far as it goes now."""
        with suppress(NotNow):
            WholeLife(self, self.chance).lived()
        self.comes_to_rest()

    def _happens(self) -> None:
        """Something that nobody asks for."""
        doings: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.02, lambda: self.start_again(1)),
            (0.003, lambda: self.start_again(0)),
            (0.004, self.notifier.begin),
            (0.001, self.turn_keys),
            (0.004, lambda: self.mistake(self.chance.choice(tuple(MISTAKES)))),
            (0.0005, self.whole_life),
            (0.001, self._somebody_is_erased),
        )
        for likely, doing in doings:
            if self.chance.random() < likely:
                doing()

    def _somebody_is_erased(self) -> None:
        known = [one for one in self.lives.registered if one not in self.anew.erased]
        if known:
            self.erase(self.chance.choice(known))

    def _time_passes(self) -> None:
        chance, clock = self.chance, self.clock
        some = chance.random()
        if some < 0.5:
            clock.moment += timedelta(seconds=chance.choice((0, 1, 60, 900)))
        elif some < 0.505:
            clock.moment -= timedelta(seconds=chance.choice((1, 60, 3000)))
        elif some < 0.508:
            clock.moment += timedelta(days=chance.choice((1, 4, 15)))
        elif some < 0.56:
            self.skew = timedelta(seconds=chance.choice(SKEWS))
        elif some < 0.575:
            self._is_nearly_due()

    def _is_nearly_due(self) -> None:
        """By the scheduler's clock something is due just now, and by the door's not yet."""
        due = self.scheduler.next_at()
        if due and timedelta() < due - self.clock.now() < SOON:
            ahead = self.chance.choice([one for one in SKEWS if one > 0])
            self.skew = timedelta(seconds=ahead)
            self.clock.moment = due - self.skew / 2

    def _leap(self) -> None:
        """Nobody means to do anything now: go to where somebody does, or where something is due."""
        due = self.scheduler.next_at()
        moments = [one for one in (self.lives.next_at(), due and due - self.skew) if one]
        if moments:
            late = timedelta(seconds=self.chance.choice((0, 0, 1, 600, 7200)))
            self.clock.moment = max(self.clock.moment, min(moments) + late)

    def _somebody_asks(self) -> None:
        asked, answered = self._whoever()
        if asked is not None:
            wish = self.send(asked)
            answered(wish)
            self._remember(asked, wish)

    def _several_ask(self) -> None:
        """In one turn of the writer."""
        who = [self._whoever() for _ in range(self.chance.randint(2, 4))]
        who += [(self._goes_on(one), _nothing) for one, _ in who if one is not None]
        asking = {one.body["id"]: (one, answered) for one, answered in who if one is not None}
        for wish in self.send_together([one for one, _ in asking.values()]):
            asked, answered = asking[wish.sent]
            answered(wish)
            self._remember(asked, wish)

    def _goes_on(self, asked: Asked) -> Asked | None:
        """Whoever begins an application hands it in, before they have an answer."""
        if asked.name != "application.start":
            return None
        return self.lives.wishes.asked("application.submit", given=asked.data)

    def _remember(self, asked: Asked, wish: Wish | None) -> None:
        if wish and isinstance(wish.answer, Accepted) and not wish.answer.repeated:
            self._accepted.append(asked)

    def _whoever(self) -> tuple[Asked | None, Answered]:
        chance = self.chance.random
        if self._wished or (self.policies.behind and chance() < 0.6):
            return self._of_policies(), _nothing
        if chance() < 0.3 and (one := self._of_the_scheduler()):
            return asked_for(one), lambda wish: self._scheduled(one, wish)
        if chance() < 0.02 and self._accepted:
            return self._again(), _nothing
        if chance() < 0.06:
            return self.lives.wishes.any(), _nothing
        return self._of_somebody()

    def _of_policies(self) -> Asked | None:
        while not self._wished and self.policies.behind:
            self._wished.extend(self.policies.next())
        return self._wished.popleft() if self._wished else None

    def _of_the_scheduler(self) -> DueRequest | None:
        if not self._due and self.chance.random() < 0.5:
            due = self.scheduler.due(self.clock.now() + self.skew)
            self._due.extend(one for one in due if not one.asked or not one.asked.settled)
            again = [one for one in due if one.asked and one.asked.settled]
            self._due.extend(self.chance.sample(again, min(1, len(again))))
        return self._due.popleft() if self._due else None

    def _scheduled(self, one: DueRequest, wish: Wish | None) -> None:
        if wish is not None:
            self.scheduler.answered(one, wish.answer, self.clock.now() + self.skew)

    def _again(self) -> Asked:
        """What was accepted before, once more; or under its id something else."""
        asked = self.chance.choice(self._accepted[-200:])
        if self.chance.random() < 0.3:
            another = self.lives.wishes.asked(asked.name)
            return another._replace(body={**another.body, "id": asked.body["id"]})
        return asked

    def _of_somebody(self) -> tuple[Asked | None, Answered]:
        if self.chance.random() < self._wants_a_cohort():
            if self.chance.random() < 0.6:
                self._a_cohort_goes_well()
                return None, _nothing
            return self.lives.wishes.asked("cohort.plan", role=Role.COORDINATOR), _nothing
        meant = self.lives.next()
        if meant is None and not self.policies.behind and not self._due:
            self._leap()
            meant = self.lives.next()
        if meant is None:
            return None, _nothing
        return meant.asked, lambda wish: self.lives.answered(meant, wish.answer if wish else None)

    def _a_cohort_goes_well(self) -> None:
        """From plan to start, with people of former cohorts among others."""
        script, number = Script(self, f"cohort {self.steps}"), self.steps
        known = [one for one in self.lives.registered if one not in self.anew.erased]
        staff = (self.lives.staff + known)[:STAFF]
        others = [one for one in known if one not in staff]
        here: dict[PersonId, Side] = {}
        for side in (*[Side.PATIENT_LEADER] * EACH, *[Side.HEALTHCARE_LEADER] * EACH):
            again = [one for one in others if one not in here]
            if again and self.chance.random() < 0.4:
                here[self.chance.choice(again)] = side
            else:
                here[script.person(f"{side} {number} {len(here)}")] = side
        script.cohort(local_day(self.clock.now()) + timedelta(days=1), staff, here)
        self.lives.only_what_is_still_to_do()

    def _wants_a_cohort(self) -> float:
        """How likely it is that another one is planned now."""
        today = self.clock.now().date()
        if any(one.ends_on > today for one in self.lives.choosing.values()):
            return 0.001
        alive = any(one.ends_on > today for one in self.lives.plans.values())
        return 0.004 if alive else 0.3


def _nothing(_: Any) -> None:
    """Whoever asked does not mind the answer."""


@cache
def beginning() -> Beginning:
    """Where most walks begin."""
    return played(World(Random(0)))


def begun(seed: int) -> Walk:
    """A walk by its seed: one of four begins with nothing, the others where two cohorts start."""
    walk = Walk(seed)
    if seed % FROM_NOTHING:
        walk.go_on_from(beginning())
    return walk


@contextmanager
def walking() -> Iterator[None]:
    """While this lasts, faults of ours are kept and not printed, and knowledge comes in parts."""
    with quietly(), patch.object(memory, "SLICE", SLICE):
        yield
