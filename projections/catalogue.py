"""Every question that has an answer kept ready, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from projections.agenda import AGENDA
from projections.application_queue import APPLICATION_QUEUE
from projections.assessors import ASSESSORS
from projections.availability import AVAILABILITY
from projections.cohort_board import COHORT_BOARD
from projections.contacts import CONTACTS
from projections.imports import IMPORTS
from projections.interest import INTEREST
from projections.invitations import INVITATIONS
from projections.journey import JOURNEY
from projections.lists import WorkList
from projections.matching_runs import MATCHING_RUNS
from projections.messages import MESSAGES
from projections.offers import OFFERS
from projections.pairing_board import PAIRING_BOARD
from projections.panel_table import PANEL
from projections.people import PEOPLE
from projections.project_shelf import PROJECT_SHELF
from projections.projection import Projection
from projections.reflections import REFLECTIONS
from projections.reserve_list import RESERVE_LIST
from projections.rules import RULES
from projections.tasks import TASKS
from projections.workshop_lists import NOT_BOOKED, WORKSHOP_NEEDS
from projections.workshop_register import WORKSHOP_REGISTER

ALL: Final[tuple[Projection[Any], ...]] = (
    INTEREST,
    COHORT_BOARD,
    APPLICATION_QUEUE,
    IMPORTS,
    RESERVE_LIST,
    OFFERS,
    AVAILABILITY,
    MATCHING_RUNS,
    PAIRING_BOARD,
    WORKSHOP_REGISTER,
    REFLECTIONS,
    PROJECT_SHELF,
    JOURNEY,
    PEOPLE,
    CONTACTS,
    RULES,
    TASKS,
    MESSAGES,
    AGENDA,
)
PROJECTIONS: Final[Mapping[str, Projection[Any]]] = MappingProxyType(
    {projection.name: projection for projection in ALL}
)
LISTS: Final[Mapping[str, WorkList]] = MappingProxyType(
    {one.name: one for one in (INVITATIONS, PANEL, ASSESSORS, WORKSHOP_NEEDS, NOT_BOOKED)}
)
"""Lists that are made of these when somebody asks, by name."""
