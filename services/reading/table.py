"""Who may read what: the one table. What has no cell in it, nobody reads.

A line has fields and, behind a bar, a cell for each relation, in the order of the columns: `seen`
as it stands, so that what is sealed stays shut; `opened`; or `-`. A star leaves of a list what is
theirs alone. `places.state` is a field of each part of a list, `applicants.*.side` one of each
that has a name. What somebody may see is the best of all relations that they have to a row.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from events.schemas import ENVELOPE
from projections.catalogue import PROJECTIONS
from projections.contacts import TOLD
from projections.matching_runs import OF_WHAT_IT_FOUND, OF_WHAT_IT_WEIGHED
from projections.messages import TOLD as TOLD_OF_MESSAGES
from services.reading.cells import (
    NOT_FOR_STAFF,
    OF_A_RUN,
    OF_THEIR_COHORTS,
    OPENED,
    OWN_NAME,
    SEEN,
    Cell,
    Readable,
    Theirs,
)
from services.reading.relations import (
    ASSESSED,
    ASSIGNED,
    CHAIRS_ALL,
    CHAIRS_TASK,
    CO_CHAIR,
    COORDINATES_ALL,
    COORDINATES_THEM,
    COORDINATOR,
    DECIDES,
    FACILITATES_TASK,
    FACILITATOR,
    HOST,
    MEMBER,
    NAMED_FOR,
    OF_THE_PAIR,
    PARTICIPANT,
    PARTNER,
    PARTNER_OF,
    SHARED_WITH,
    THEMSELVES,
    TOOK_IT,
    TRAINS_THEM,
    Relation,
)

FIND, SHARED, OPENINGS, EVENTS = "people.find", "people.shared", "openings", "events"
"""What is asked of no read model."""


def _own(name: str) -> Theirs:
    return Theirs("their own", lambda part, me, _: part[name] in me)


NUMBERS: Final = (
    *("started", "submitted", "eligible", "offered", "accepted", "confirmed", "ineligible"),
    *("withdrawn", "open_offers", "reserve", "declined", "offer_declined", "lapsed"),
    *("offer_withdrawn", "given_up", "not_reached", "on_the_cohort", "proposed", "paired"),
    *("training_completed", "projects", "completed_pairings", "continuing"),
)


def _lines(text: str, columns: tuple[Relation, ...]) -> Iterator[tuple[str, Relation, Cell]]:
    """Each cell that is not empty. ValueError where a line has too few or too many."""
    for line in text.strip().splitlines():
        names, _, cells = line.partition("|")
        for name in names.split():
            for relation, word in zip(columns, cells.split(), strict=True):
                if word != "-":
                    sight = word.rstrip("*")
                    if sight not in (SEEN, OPENED):
                        raise ValueError(f"{word} is no cell")
                    yield name, relation, Cell(sight, word != sight)


def _readable(name: str, columns: tuple[Relation, ...], text: str, **more: Any) -> Readable:
    cells: dict[str, dict[str, Cell]] = {one.name: {} for one in columns}
    for path, relation, cell in _lines(text, columns):
        if path in cells[relation.name]:
            raise ValueError(f"{path} stands twice in {name}")
        cells[relation.name][path] = cell
    projection = PROJECTIONS.get(name)
    question = more.pop("question", projection.question if projection else "")
    return Readable(name, question, columns, cells, projection, **more)


ALL: Final = (
    _readable(
        "interest",
        (THEMSELVES, COORDINATES_ALL, COORDINATES_THEM),
        """
        person_id state since side led_to     | seen   seen   seen
        heard_through words longer            | opened opened opened
        position                              | -      seen   -
        """,
    ),
    _readable(
        "cohort_board",
        (COORDINATOR, CO_CHAIR, MEMBER),
        f"""
        cohort_id opens_on closes_on decisions_on starts_on ends_on state   | seen   seen   seen
        title                                                               | opened opened opened
        position places_per_side panel_has_acted                            | seen   seen   -
        required_workshops moderation_gap                                   | seen   seen   -
        criteria                                                            | opened opened -
        assessors.assessor_id assessors.lay                                 | seen   -      seen*
        assessors.score_by assessors.changed_at                             | seen   -      seen*
        {" ".join(f"patient_leaders.{one}" for one in NUMBERS)}             | seen   seen   -
        {" ".join(f"healthcare_leaders.{one}" for one in NUMBERS)}          | seen   seen   -
        applicants.*.person_id applicants.*.side applicants.*.trained       | seen   -      -
        applicants.*.progress.stage applicants.*.progress.furthest          | seen   -      -
        applicants.*.progress.withdrawn_from pairings projects              | seen   -      -
        """,
        theirs={"assessors": _own("assessor_id")},
    ),
    _readable(
        "application_queue",
        (THEMSELVES, COORDINATOR, CO_CHAIR, ASSIGNED, ASSESSED, DECIDES),
        """
        application_id cohort_id person_id side         | seen   seen   seen   seen    seen   seen
        started_at submitted_at amended_at              | seen   seen   seen   seen    seen   seen
        progress.stage progress.furthest                | seen   seen   seen   -       -      seen
        progress.withdrawn_from                         | seen   seen   seen   -       -      seen
        stage                                           | seen   opened opened -       -      opened
        profile experiences interest leadership         | opened opened -      opened  opened -
        wishes                                          | opened opened -      -       -      -
        assessors.assessor_id                           | -      opened -      opened* opened -
        assessors.lay assessors.assigned                | -      opened -      opened* opened opened
        assessors.assessed                              | -      opened -      opened* opened opened
        assessors.conflict assessors.hard               | -      opened -      opened* -      -
        assessors.to_score                              | -      opened -      opened* -      -
        assessors.score_by assessors.asked_at           | -      opened -      opened* -      -
        assessors.scores assessors.recommendation       | -      -      -      opened* opened opened
        assessors.comment                               | -      -      -      opened* opened opened
        moderated                                       | -      opened opened -       opened opened
        waiting waits_for                               | -      opened opened -       -      opened
        taken_up imported_by import_id started_by       | -      seen   -      -       -      -
        acts_before acted_at                            | -      seen   -      -       -      -
        position                                        | -      seen   seen   -       -      -
        """,
        comes_of=dict.fromkeys(("stage", "assessors", "moderated", "waiting", "waits_for"), "acts"),
        theirs={"assessors": _own("assessor_id")},
        alone=THEMSELVES,  # nobody is told what the panel does about themselves
        told_as=dict.fromkeys(
            (one.name for one in (COORDINATOR, CO_CHAIR, ASSIGNED, ASSESSED, DECIDES)), "the panel"
        ),
    ),
    _readable(
        "imports",
        (COORDINATOR,),
        """
        import_id cohort_id state begun_at begun_by registered came     | seen
        went position taken_back_at taken_back_by                       | seen
        file ends because                                               | opened
        """,
    ),
    _readable(
        "reserve_list",
        (COORDINATOR, CO_CHAIR),
        """
        cohort_id closes_on closed position              | seen   seen
        steps.application_id steps.person_id steps.side  | seen   seen
        steps.comes steps.moves                          | seen   seen
        waiting.side waiting.turn                        | opened opened
        waiting.application_id waiting.person_id         | opened opened
        """,
        comes_of={"waiting": "turns"},
    ),
    _readable(
        "offers",
        (THEMSELVES, COORDINATOR),
        """
        application_id cohort_id person_id side stands  | seen seen
        waits_for until offered_at accept_by            | seen seen
        position                                        | -    seen
        """,
    ),
    _readable(
        "availability",
        (THEMSELVES, COORDINATES_ALL, COORDINATES_THEM),
        """
        person_id                                    | seen   seen   seen
        state                                        | -      opened opened
        cohorts.cohort_id cohorts.application_id     | -      seen   seen*
        cohorts.side cohorts.has_place               | -      seen   seen*
        cohorts.first_in_line cohorts.has_led        | -      seen   seen*
        pairings.pairing_id pairings.leads position  | -      seen   -
        """,
        comes_of={"state": "said"},
        theirs={"cohorts": OF_THEIR_COHORTS},
        alone=THEMSELVES,  # nobody is told of themselves that the team looks at something
    ),
    _readable(
        "pairing_board",
        (PARTNER, COORDINATOR, CO_CHAIR),
        """
        pairing_id cohort_id patient_leader_id healthcare_leader_id state   | seen    seen   seen
        proposed_at accept_by activated_on completed_on                     | seen    seen   seen
        project_id project_state                                            | seen    seen   seen
        reasons                                                             | opened  opened opened
        accepted_by                                                         | seen*   seen   seen
        new_partner_for                                                     | seen*   seen   -
        check_ins.months check_ins.asked_at                                 | seen    seen   -
        check_ins.leading_together                                          | opened* opened -
        because                                                             | -       opened -
        run_id position                                                     | -       seen   seen
        former_pairing_id following_pairing_id heard_from last_event_at     | -       seen   -
        """,
        theirs=dict.fromkeys(
            ("accepted_by", "new_partner_for", "check_ins.leading_together"), OWN_NAME
        ),
    ),
    _readable(
        "matching_runs",
        (COORDINATOR, CO_CHAIR),
        """
        run_id cohort_id state asked_at former_run_id signed because_of position  | seen    seen
        again because                                                       | opened  opened
        weights common_days seed per_pair per_point points fewest_points    | opened  opened
        pairs.patient_leader_id pairs.healthcare_leader_id                  | opened  opened
        pairs.points pairs.reasons                                          | opened  opened
        unmatched.person_id unmatched.reason                                | opened* opened*
        left_out.person_id left_out.reason                                  | opened* -
        weighed.codes weighed.kinds                                         | opened* opened*
        weighed.healthcare_leader_ids weighed.rows                          | opened* opened*
        locks.patient_leader_id locks.healthcare_leader_id                  | opened* opened*
        locks.reason locks.lost                                             | opened* opened*
        """,
        comes_of=dict.fromkeys((*OF_WHAT_IT_WEIGHED, *OF_WHAT_IT_FOUND), "content"),
        theirs=OF_A_RUN,
    ),
    _readable(
        "workshop_register",
        (PARTICIPANT, COORDINATOR, FACILITATOR),
        """
        workshop_id cohort_id number starts_at ends_at capacity state free  | seen    seen   seen
        title venue because                                                 | opened  opened opened
        because_of                                                          | seen    seen   seen
        places.person_id places.state places.since places.pairing_id        | seen*   seen   seen
        places.held_until places.scanned_at places.walk_in                  | seen*   seen   seen
        places.has_place                                                    | seen*   seen   seen
        places.made_up_by                                                   | opened* opened opened
        places.because                                                      | opened* opened -
        places.because_of                                                   | seen*   seen   -
        counts overdue position                                             | -       seen   seen
        """,
        theirs={"places": _own("person_id")},
    ),
    _readable(
        "reflections",
        (THEMSELVES, SHARED_WITH),
        """
        reflection_id workshop_id cohort_id person_id state since   | seen   seen
        words                                                       | opened opened
        position                                                    | seen   -
        """,
    ),
    _readable(
        "project_shelf",
        (OF_THE_PAIR, COORDINATOR, CO_CHAIR, HOST),
        """
        project_id cohort_id state                            | seen   seen   seen   seen
        title theme host host_name                            | opened opened opened opened
        aim because                                           | opened opened opened -
        because_of                                            | seen   seen   seen   -
        pairing_id aim_by planned confirmed                   | seen   seen   seen   -
        milestones.milestone_id milestones.due_on             | seen   seen   -      -
        milestones.old_days milestones.state                  | seen   seen   -      -
        milestones.reported_by milestones.confirmed_by        | seen   seen   -      -
        milestones.returned_by                                | seen   seen   -      -
        milestones.title milestones.because milestones.words  | opened opened -      -
        milestones.because_of                                 | seen   seen   -      -
        former_pairings heard_from state_before position      | -      seen   -      -
        """,
    ),
    _readable(
        "journey",
        (THEMSELVES, COORDINATES_ALL, COORDINATES_THEM),
        """
        person_id                              | seen   seen   seen
        full_name email phone town             | opened opened opened
        postal_address                         | opened opened opened
        roles.role roles.cohort_id             | seen   seen   seen*
        entries.time entries.name              | seen*  seen   -
        entries.subject entries.sentence       | seen*  seen   -
        entries.position entries.for_staff     | -      seen   -
        position                               | -      seen   -
        """,
        comes_of=dict.fromkeys(("email", "phone", "town", "postal_address"), "contact"),
        theirs={"entries": NOT_FOR_STAFF, "roles": OF_THEIR_COHORTS},
    ),
    _readable(
        "people",
        (THEMSELVES, COORDINATES_THEM, TRAINS_THEM, PARTNER_OF),
        """
        person_id                       | seen   seen   seen   seen
        full_name                       | opened opened opened opened
        format needs supporter_comes    | opened opened opened -
        language                        | opened opened opened -
        channel                         | opened opened -      -
        merged_into                     | seen   seen   seen   -
        registered_by import_id position | -      seen   -      -
        """,
        comes_of=dict.fromkeys(
            ("channel", "format", "language", "needs", "supporter_comes"), "statements"
        ),
    ),
    _readable(
        "contacts",
        (COORDINATOR, NAMED_FOR),
        """
        contact_id cohort_id state since until answer_by                    | seen   seen
        purpose person_id project_id full_name email phone                  | opened opened
        because                                                             | opened -
        position                                                            | seen   -
        """,
        comes_of=dict.fromkeys(TOLD, "content"),
        told_as={NAMED_FOR.name: "whom they are for"},  # nobody is to know whose a contact is
    ),
    _readable(
        "rules",
        (COORDINATES_ALL, CHAIRS_ALL),
        """
        rules_id state in_force_from rules signed position                  | seen   seen
        criteria because                                                    | opened opened
        """,
    ),
    _readable(
        "tasks",
        (COORDINATOR, CHAIRS_TASK, FACILITATES_TASK, TOOK_IT),
        """
        need about cohort_id owner state day since taken_by says commands   | seen   seen seen seen
        waits.ids waits.since waits.day                                     | seen   seen seen seen
        done.ids done.since done.day                                        | seen   seen seen seen
        how                                                                 | opened seen seen seen
        aside.ids aside.since aside.day asleep ready resting position       | seen   -    -    -
        """,
    ),
    _readable(
        "messages",
        (COORDINATOR,),
        """
        notice_id cohort_id state since position  | seen
        to template why how                       | opened
        """,
        comes_of=dict.fromkeys(TOLD_OF_MESSAGES, "about"),
    ),
    _readable(
        "agenda",
        (COORDINATES_ALL,),
        """
        about next_at position due.at due.command due.data                  | seen
        set_aside.at set_aside.command set_aside.data                       | seen
        """,
    ),
    _readable(
        FIND,
        (COORDINATES_THEM,),
        """
        person_id merged_into           | seen
        full_name town email phone      | opened
        """,
        question="Who is it, by words of their name, town, address or number?",
        reads=("people",),
    ),
    _readable(
        SHARED,
        (COORDINATES_ALL,),
        """
        group person_id merged_into     | seen
        full_name town email phone      | opened
        """,
        question="Who shares an address or number under another name?",
        reads=("people",),
    ),
    _readable(
        OPENINGS,
        (THEMSELVES,),
        """
        number at opener whose query purpose position   | seen
        """,
        question="Who has opened what is sealed about me, when, and what for?",
    ),
    _readable(
        EVENTS,
        (COORDINATES_ALL,),
        f"""
        {" ".join(ENVELOPE["properties"])} | seen
        """,
        question="What has happened, in order, as the stream has it?",
    ),
)
TABLE: Final[Mapping[str, Readable]] = {one.name: one for one in ALL}
