"""Who may read what of people, and of what the team has to do: a part of the one table."""

from typing import Final

from projections.contacts import TOLD
from projections.messages import TOLD as TOLD_OF_MESSAGES
from services.reading.cells import NOT_FOR_STAFF, OF_THEIR_COHORTS
from services.reading.lines import readable
from services.reading.relations import (
    CHAIRS_ALL,
    CHAIRS_TASK,
    COORDINATES_ALL,
    COORDINATES_THEM,
    COORDINATOR,
    FACILITATES_TASK,
    NAMED_FOR,
    PARTNER_OF,
    THEMSELVES,
    TOOK_IT,
    TRAINS_THEM,
)

OF_PEOPLE_AND_THE_TEAM: Final = (
    readable(
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
    readable(
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
    readable(
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
    readable(
        "rules",
        (COORDINATES_ALL, CHAIRS_ALL),
        """
        rules_id state in_force_from rules signed position                  | seen   seen
        criteria because                                                    | opened opened
        """,
    ),
    readable(
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
    readable(
        "messages",
        (COORDINATOR,),
        """
        notice_id cohort_id state since position  | seen
        to template why how                       | opened
        """,
        comes_of=dict.fromkeys(TOLD_OF_MESSAGES, "about"),
    ),
    readable(
        "agenda",
        (COORDINATES_ALL,),
        """
        about next_at position due.at due.command due.data                  | seen
        set_aside.at set_aside.command set_aside.data                       | seen
        """,
    ),
)
