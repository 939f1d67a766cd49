"""Which kinds of things are found, in which read model, and by what: the one table of them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

PEOPLE, PERSON = "people", "person"


class Findable(NamedTuple):
    """How things of a kind are found: in a read model, under `key`; by what they are `called`, or
    by the names of `people`. Other ids that are known narrow it (`within`); `tells` is shown too.
    Where all that stands in the clear, nothing `opens` for it.

    What has parts has its key, and what it is called, as `milestones.title`.
    """

    model: str
    key: str
    called: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    opens: bool = True


# In the order in which they are looked for: what narrows others comes before them.
KINDS: Final[Mapping[str, Findable]] = {
    "cohort": Findable("cohort_board", "cohort_id", ("title",), tells=("state", "starts_on")),
    PERSON: Findable(PEOPLE, "person_id", ("full_name",)),
    "workshop": Findable(
        "workshop_register",
        "workshop_id",
        ("title", "number", "venue"),
        within=("cohort_id",),
        tells=("starts_at", "state"),
    ),
    "application": Findable(
        "application_queue",
        "application_id",
        people=("person_id",),
        within=("cohort_id", "person_id"),
        tells=("side", "cohort_id"),
    ),
    "import": Findable(
        "imports",
        "import_id",
        ("begun_at",),
        within=("cohort_id",),
        tells=("state",),
    ),
    "pairing": Findable(
        "pairing_board",
        "pairing_id",
        people=("patient_leader_id", "healthcare_leader_id"),
        within=("cohort_id",),
        tells=("state",),
    ),
    "matching": Findable(
        "matching_runs", "run_id", ("state", "asked_at"), within=("cohort_id",), opens=False
    ),
    "project": Findable(
        "project_shelf", "project_id", ("title",), within=("cohort_id", "pairing_id")
    ),
    "milestone": Findable(
        "project_shelf",
        "milestones.milestone_id",
        ("milestones.title",),
        within=("cohort_id", "project_id"),
        tells=("title", "milestones.due_on"),
    ),
    "contact": Findable(
        "contacts", "contact_id", ("full_name",), within=("cohort_id", "person_id")
    ),
    "reflection": Findable(
        "reflections", "reflection_id", people=("person_id",), within=("workshop_id",)
    ),
    "notice": Findable(
        "messages", "notice_id", ("template",), within=("cohort_id",), tells=("state",)
    ),
    "rules": Findable("rules", "rules_id", ("state", "in_force_from")),
    "task": Findable("tasks", "key", ("need", "says"), within=("cohort_id",), tells=("about",)),
}
BY_THEIR_ID_ALONE: Final = {
    "concern": "who may not read it is not to learn that there is one",
    "tie": "it is in no read model, and its subject is nobody's to search for",
}
BESIDE: Final = {kind.key: name for name, kind in KINDS.items() if "." not in kind.key}
"""Fields that say within what something is looked for, though a command has no such field."""
