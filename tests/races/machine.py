"""Random commands, groups, conflicts, repeated ids and crashes: two writers against the model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from enum import StrEnum
from typing import Any, ClassVar, Final

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from domain.applications.applying import StartApplication, SubmitApplication
from domain.applications.eligibility import ConfirmEligibility
from domain.cohorts.cohort import OpenApplications, PlanCohort
from domain.decision import Act, Command, Decides, Know
from domain.people.person import Met, RegisterPerson
from domain.workshops.bookings import BookingCancelReason, BookWorkshop, CancelBooking
from domain.workshops.schedule import CapacityReason, ChangeCapacity
from events.applications import Profile
from events.event import Event
from events.ids import ApplicationId, CommandId
from events.terms import Area, Side, Theme
from services.engines.addresses import Engines
from services.log.recorder import Recorder
from services.log.wishes import Wish
from tests.races.judging import settled_in
from tests.races.model import Fact, Model
from tests.races.ours import log_on
from tests.races.sabotage import make_moody, set_mood
from tests.races.scene import MEMBERS, WORKSHOPS, plant, scene
from tests.scenes.world import AUTUMN, NOON, PLAN, vault_of, wish, writer_on

PEOPLE, DAYS = MEMBERS[:3], WORKSHOPS[:2]
IDS: Final = tuple(str(number) for number in range(8))  # few, so that they come again


class Crash(StrEnum):
    """What goes wrong while a group is decided."""

    NO = "nothing"
    ON_THE_WAY = "an exception in the middle of the group"
    REFUSED = "the database refuses the commit"
    IN_COMMIT = "the connection ends in COMMIT"
    BEFORE = "the connection ended before"
    AFTER = "the answer to COMMIT is lost"


class Crashing(Command, Decides[()]):
    """Ends the group that it is in, as a statement time-out would."""

    name: ClassVar = "test.crashing"

    def needs(self, know: Know) -> tuple[()]:
        del know
        return ()

    def decide(self, act: Act) -> Iterator[Event]:
        raise psycopg.errors.QueryCanceled(act.command_id)


def _booking() -> st.SearchStrategy[Command]:
    where = {"workshop_id": st.sampled_from(DAYS), "person_id": st.sampled_from(PEOPLE)}
    return st.one_of(
        st.builds(BookWorkshop, **where),
        st.builds(CancelBooking, **where, reason=st.just(BookingCancelReason.WORK)),
        st.builds(
            ChangeCapacity,
            workshop_id=where["workshop_id"],
            capacity=st.integers(1, 3),
            reason=st.just(CapacityReason.OTHER),
        ),
    )


def _applying() -> st.SearchStrategy[Command]:
    """Applications are found through ids that a command of the same group may have made."""
    whose: dict[str, Any] = {
        "cohort_id": st.just(AUTUMN),
        "person_id": st.sampled_from(PEOPLE),
        "side": st.sampled_from(Side),
    }
    seen = {
        "profile": Profile(area=Area.DEVON, themes=(Theme.CARERS,)),
        "experiences": 0,
        "interest": "I care",
    }
    told_too = {name: st.just(value) for name, value in seen.items()}
    of_a_command = st.sampled_from(IDS).map(
        lambda name: ApplicationId.derived(NOON, CommandId.derived(NOON, name))
    )
    return st.one_of(
        st.builds(StartApplication, **whose),
        st.builds(SubmitApplication, **whose, **told_too),
        st.builds(ConfirmEligibility, application_id=of_a_command),
    )


Named = tuple[Command, str | None]
NAMED: Final = st.tuples(
    st.one_of(_booking(), _applying()), st.one_of(st.none(), st.sampled_from(IDS))
)

GROUPS: Final = st.lists(NAMED, min_size=1, max_size=6)


class Writers(RuleBasedStateMachine):
    """Two real writers on one real database, crashes included, and the model beside them."""

    def __init__(self, databases: Callable[[], AbstractContextManager[Engines]]) -> None:
        super().__init__()
        self._sent = 0
        self._stack = ExitStack()
        self._engines = self._stack.enter_context(databases())
        self._facts = [*scene(len(DAYS))]
        with log_on(self._engines) as log:
            plant(log, self._facts)
        self._vault = self._stack.enter_context(vault_of(self._engines))
        self._writers = [
            self._stack.enter_context(writer_on(self._engines, self._vault)) for _ in range(2)
        ]

    @initialize()
    def begin(self) -> None:
        make_moody(self._engines)
        facts = enumerate(self._facts, 1)
        tagged = ((fact, (*fact.tags(), f"planted {n}")) for n, fact in facts)
        self._model = Model([Fact(fact, tags, b"planted") for fact, tags in tagged])
        self._decide(0, [self._wish(one) for one in _opening()])

    @rule(group=GROUPS, others=GROUPS, who=st.integers(0, 1))
    def overtaken(self, group: list[Named], others: list[Named], who: int) -> None:
        """The other writer commits a group after this one has prepared its own."""
        writer, theirs = self._writers[who], [self._wish(*one) for one in others]
        prepare = writer._prepare

        def slowly(*given: Any) -> None:
            setattr(writer, "_prepare", prepare)  # noqa: B010 - once only
            prepare(*given)
            self._decide(1 - who, theirs)

        setattr(writer, "_prepare", slowly)  # noqa: B010 - mypy forbids it spelt otherwise
        self._decide(who, [self._wish(*one) for one in group])

    @rule(
        group=GROUPS,
        who=st.integers(0, 1),
        crash=st.sampled_from([Crash.NO, Crash.NO, *Crash]),
    )
    def decided(self, group: list[Named], who: int, crash: Crash) -> None:
        wishes = [self._wish(*one) for one in group]
        if crash is not Crash.NO and self._crashed(who, wishes, crash):
            self._expected(wishes)
        self._decide(who, wishes)

    def teardown(self) -> None:
        try:
            self._same_log()
        finally:
            self._stack.close()

    def _wish(self, command: Command, named: str | None = None) -> Wish:
        self._sent += 1
        return wish(self._vault, command, named or f"sent {self._sent}")

    def _decide(self, who: int, wishes: Sequence[Wish]) -> None:
        self._writers[who].decide(wishes)
        answers = [wish.answer for wish in wishes]
        assert answers == self._expected(wishes)

    def _expected(self, wishes: Sequence[Wish]) -> list[Any]:
        return [self._model.answer(wish) for wish in wishes]

    def _crashed(self, who: int, wishes: list[Wish], crash: Crash) -> bool:
        """Decide with a crash; whether it was committed all the same."""
        writer = self._writers[who]
        if crash is Crash.BEFORE and writer._connection._open:
            self._end(writer._connection._open.info.backend_pid)
        if crash in (Crash.REFUSED, Crash.IN_COMMIT):
            set_mood(self._engines, 1, dies=crash is Crash.IN_COMMIT)
        poison = [self._wish(Crashing())] if crash is Crash.ON_THE_WAY else []
        try:
            writer.decide([*wishes, *poison])
        except psycopg.Error:
            return False
        finally:
            set_mood(self._engines, 0)
        writer._connection.close()
        return True

    def _end(self, backend: int) -> None:
        with psycopg.connect(self._engines.programme["commands"], autocommit=True) as killer:
            killer.execute("SELECT pg_terminate_backend(%s, 1000)", (backend,))

    def _same_log(self) -> None:
        with log_on(self._engines) as log:
            assert isinstance(log, Recorder)
            rows = log.page(0, 100_000)
        expected = [(n, fact.event.wire_name(), [*fact.tags]) for n, fact in self._enumerated()]
        assert [(row.position, row.type, row.tags) for row in rows] == expected
        assert settled_in(self._engines) == self._model.settled.keys()

    def _enumerated(self) -> Iterator[tuple[int, Fact]]:
        return enumerate(self._model.log, 1)


def _opening() -> Iterator[Command]:
    yield PlanCohort.model_validate({**PLAN, "cohort_id": AUTUMN})
    yield OpenApplications(cohort_id=AUTUMN)
    for number, person_id in enumerate(PEOPLE):
        email = f"{number}@example.org"
        yield RegisterPerson(full_name="Somebody", email=email).having_met(Met(person_id))


def compare(databases: Callable[[], AbstractContextManager[Engines]], examples: int) -> None:
    """As many histories as wished, always the same ones for one version of the code."""
    run_state_machine_as_test(
        lambda: Writers(databases),  # type: ignore[arg-type]  # any maker will do
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
