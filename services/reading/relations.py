"""How whoever asks stands to a row: by their roles, and by what the row says of them.

Each is a condition on `key` and `row` of a read model, so that the database finds the rows; an
assessor's is narrowed down by what the panel did about the application, which is sealed.
"""

from dataclasses import dataclass
from typing import Final, LiteralString, NamedTuple

from events.event import Event
from events.projects import ProjectHandedOn
from events.reflections import ReflectionWithdrawn
from events.terms import Role
from projections.pairing_states import PAIRING_STATES, BoardState


class RestsOn(NamedTuple):
    """What a relation rests on: `rows`, a query for the keys of rows of read models, each with the
    position to which it is folded; and the facts about them with which the relation `ends`.
    """

    rows: LiteralString
    ends: tuple[type[Event], ...]


@dataclass(frozen=True)
class Relation:
    """A relation by its name, what it says in words, and the condition on a row.

    Whoever asks has it to no row at all, unless they hold one of `roles` now; where there are
    none, everybody who is known may have it.
    """

    name: str
    says: str
    where: LiteralString
    roles: frozenset[Role] = frozenset()
    for_all: bool = False
    """Whether the role must be held for all cohorts."""
    reads: tuple[str, ...] = ()
    """The read models that its condition looks at, besides the one whose rows are found."""
    rests_on: RestsOn | None = None
    """What is held against the log: while its end is recorded, and not folded in, nobody has it."""


def _person(people: LiteralString) -> LiteralString:
    """That a row is that of one of some people, or into which theirs was merged; `people` is a
    query for ids.
    """
    return (
        "key IN (SELECT unnest(ARRAY[id, one.row->>'merged_into']) FROM ("  # noqa: S608 - constants
        + people
        + ") AS found(id) LEFT JOIN read.people one ON one.key = id)"
    )


COORDINATES: Final[LiteralString] = (
    "(%(coordinator_of_all)s OR row->>'cohort_id' = ANY(%(coordinator)s))"
)
SIGNS: Final[LiteralString] = "(%(co_chair_of_all)s OR row->>'cohort_id' = ANY(%(co_chair)s))"
FACILITATES: Final[LiteralString] = (
    "(%(facilitator_of_all)s OR row->>'cohort_id' = ANY(%(facilitator)s))"
)
OF_THE_TWO: Final[LiteralString] = (
    "(row->>'patient_leader_id' = ANY(%(me)s) OR row->>'healthcare_leader_id' = ANY(%(me)s))"
)
# Who begins an application for somebody else doesn't make themselves a reader of them by it: the
# person, or the programme, has to have taken it up, or somebody else imported it, or they were
# registered by who began it.
APPLIED_TO_MINE: Final[LiteralString] = _person(
    "SELECT q.row->>'person_id' FROM read.application_queue q"
    " LEFT JOIN read.people w ON w.key = q.row->>'person_id'"
    " WHERE q.row->>'cohort_id' = ANY(%(coordinator)s) AND (q.row->>'taken_up' = 'true'"
    " OR q.row->>'imported_by' <> ALL(%(me)s) OR q.row->>'started_by' = w.row->>'registered_by')"
)
# As long as a pairing stands so, the two of it are partners.
PARTNERS: Final = (
    BoardState.PROPOSED,
    BoardState.ACTIVE,
    BoardState.PAUSED,
    BoardState.HELD,
    BoardState.COMPLETED,
    BoardState.CONTINUING,
)
NO_PARTNERS: Final = tuple(one for one, state in PAIRING_STATES.items() if state not in PARTNERS)
# As long as it stands so, they lead together: a pairing that is held is looked at first.
LEADING: Final = (
    BoardState.ACTIVE,
    BoardState.PAUSED,
    BoardState.COMPLETED,
    BoardState.CONTINUING,
)
NOT_LEADING: Final = tuple(one for one, state in PAIRING_STATES.items() if state not in LEADING)
MINE: Final[LiteralString] = (
    "(p.row->>'patient_leader_id' = ANY(%(me)s) OR p.row->>'healthcare_leader_id' = ANY(%(me)s))"
)
MY_PAIRINGS: Final[LiteralString] = (
    f"SELECT p.key, (p.row->>'position')::bigint FROM read.pairing_board p WHERE {MINE}"  # noqa: S608 - constants
)
MY_PROJECTS: Final[LiteralString] = (
    "SELECT s.key, (s.row->>'position')::bigint FROM read.project_shelf s"  # noqa: S608 - constants
    " JOIN read.pairing_board p ON p.key = s.row->>'pairing_id'"
    f" WHERE {MINE}"
)

SHARED_WITH_ME: Final[LiteralString] = (
    "SELECT r.key FROM read.reflections r JOIN read.pairing_board p"  # noqa: S608 - constants
    " ON p.row->>'cohort_id' = r.row->>'cohort_id' AND r.row->>'person_id'"
    " IN (p.row->>'patient_leader_id', p.row->>'healthcare_leader_id')"
    f" WHERE {MINE} AND p.row->>'state' = ANY(%(leading)s) AND r.row->>'state' = 'shared'"
)
MY_PAIRINGS_AND_THEIR_REFLECTIONS: Final[LiteralString] = (
    f"{MY_PAIRINGS} UNION ALL SELECT s.key, (s.row->>'position')::bigint"  # noqa: S608 - constants
    f" FROM read.reflections s WHERE s.key IN ({SHARED_WITH_ME})"
)

THEMSELVES: Final = Relation("themselves", "whom it is about", "row->>'person_id' = ANY(%(me)s)")
COORDINATOR: Final = Relation(
    "coordinator", "coordinates its cohort, or all", COORDINATES, frozenset({Role.COORDINATOR})
)
CO_CHAIR: Final = Relation(
    "co-chair", "signs as co-chair for its cohort, or all", SIGNS, frozenset({Role.CO_CHAIR})
)
FACILITATOR: Final = Relation(
    "facilitator",
    "facilitates its cohort's workshops, or all",
    FACILITATES,
    frozenset({Role.FACILITATOR}),
)
HOST: Final = Relation(
    "host",
    "acts for hosts of its cohort, or of all",
    "(%(host_of_all)s OR row->>'cohort_id' = ANY(%(host)s))",
    frozenset({Role.HOST}),
)
ASSIGNED: Final = Relation(
    "assigned",
    "is to assess the application, and has no conflict that ends it",
    "row->>'cohort_id' = ANY(%(assessor)s)",
    frozenset({Role.ASSESSOR}),
)
ASSESSED: Final = Relation(
    "assessed", "is assigned, and their own assessment is in", ASSIGNED.where, ASSIGNED.roles
)
DECIDES: Final = Relation(
    "decides",
    "coordinates or signs as co-chair for its cohort, or all; has not applied for it, and has no"
    " conflict that ends their part in the application; and, if they assess it, only once their own"
    " assessment is in",
    f"({COORDINATES} OR {SIGNS}) AND row->>'cohort_id' <> ALL(ARRAY("  # noqa: S608 - constants
    "SELECT q.row->>'cohort_id' FROM read.application_queue q"
    " WHERE q.row->>'person_id' = ANY(%(me)s)))",
    frozenset({Role.COORDINATOR, Role.CO_CHAIR}),
)
PARTICIPANT: Final = Relation(
    "participant",
    "has or had a place on its cohort",
    "row->>'cohort_id' = ANY(%(participant)s)",
    frozenset({Role.PARTICIPANT}),
)
MEMBER: Final = Relation(
    "member",
    "applied for it, has or had a place on it, or assesses, facilitates, hosts or runs it",
    "(row->>'cohort_id' = ANY(%(any_role)s) OR %(any_role_of_all)s OR key IN"
    " (SELECT q.row->>'cohort_id' FROM read.application_queue q"
    " WHERE q.row->>'person_id' = ANY(%(me)s)))",
    reads=("application_queue",),
)
PARTNER: Final = Relation("partner", "is one of the two", OF_THE_TWO)
SHARED_WITH: Final = Relation(
    "partner",
    "leads on its cohort with who wrote it, and it is shared",
    f"key IN ({SHARED_WITH_ME})",
    reads=("pairing_board",),
    rests_on=RestsOn(MY_PAIRINGS_AND_THEIR_REFLECTIONS, (*NOT_LEADING, ReflectionWithdrawn)),
)
OF_THE_PAIR: Final = Relation(
    "partner",
    "is one of the two who lead it now",
    f"row->>'pairing_id' IN (SELECT p.key FROM read.pairing_board p WHERE {MINE})",  # noqa: S608 - constants
    reads=("pairing_board",),
    rests_on=RestsOn(MY_PROJECTS, (ProjectHandedOn,)),
)
PARTNER_OF: Final = Relation(
    "partner",
    "is or is to be their partner, or was to the end",
    _person(
        "SELECT CASE WHEN p.row->>'patient_leader_id' = ANY(%(me)s)"  # noqa: S608 - constants
        " THEN p.row->>'healthcare_leader_id' ELSE p.row->>'patient_leader_id' END"
        f" FROM read.pairing_board p WHERE {MINE} AND p.row->>'state' = ANY(%(partners)s)"
    ),
    reads=("pairing_board", "people"),
    rests_on=RestsOn(MY_PAIRINGS, NO_PARTNERS),
)
OWN_TASKS: Final = frozenset({Role.COORDINATOR, Role.CO_CHAIR, Role.FACILITATOR})
CHAIRS_TASK: Final = Relation(
    "co-chair",
    "signs as co-chair for its cohort, or all, and it is a task of theirs",
    f"row->>'owner' = 'co-chair' AND {SIGNS}",
    frozenset({Role.CO_CHAIR}),
)
FACILITATES_TASK: Final = Relation(
    "facilitator",
    "facilitates its cohort's workshops, or all, and it is a task of theirs",
    f"row->>'owner' = 'facilitator' AND {FACILITATES}",
    frozenset({Role.FACILITATOR}),
)
TOOK_IT: Final = Relation(
    "who took it", "has taken it on", "row->>'taken_by' = ANY(%(me)s)", OWN_TASKS
)
COORDINATES_ALL: Final = Relation(
    "coordinator of all",
    "coordinates the whole programme",
    "%(coordinator_of_all)s",
    frozenset({Role.COORDINATOR}),
    for_all=True,
)
CHAIRS_ALL: Final = Relation(
    "co-chair of all",
    "signs as co-chair for all cohorts",
    "%(co_chair_of_all)s",
    frozenset({Role.CO_CHAIR}),
    for_all=True,
)
COORDINATES_THEM: Final = Relation(
    "coordinator",
    "coordinates a cohort for which they applied, or all; an application that the team began for"
    " them counts when it was taken up, or if they were registered by who began it",
    f"(%(coordinator_of_all)s OR {APPLIED_TO_MINE})",
    frozenset({Role.COORDINATOR}),
    reads=("application_queue", "people"),
)
TRAINS_THEM: Final = Relation(
    "facilitator",
    "facilitates a workshop on which they have or had a place",
    _person(
        "SELECT place->>'person_id' FROM read.workshop_register w,"
        " jsonb_array_elements(w.row->'places') AS place WHERE %(facilitator_of_all)s"
        " OR w.row->>'cohort_id' = ANY(%(facilitator)s)"
    ),
    frozenset({Role.FACILITATOR}),
    reads=("workshop_register", "people"),
)
NAMED_FOR: Final = Relation(
    "named for them",
    "for whom, or for whose project, they are named",
    "key = ANY(%(contacts)s)",
    reads=("project_shelf", "pairing_board"),
)
