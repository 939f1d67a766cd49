"""All that the log has told so far: what invariants that ask for the same share."""

from datetime import UTC, datetime

from domain.invariants.chronicle.chairs import ChairLives
from domain.invariants.chronicle.cohorts import CohortLives
from domain.invariants.chronicle.contacts import ContactLives
from domain.invariants.chronicle.notices import NoticeLives
from domain.invariants.chronicle.pairs import PairLives
from domain.invariants.chronicle.panels import PanelLives
from domain.invariants.chronicle.people import PeopleLives
from domain.invariants.chronicle.places import ApplicationLives
from domain.invariants.chronicle.projects import ProjectLives
from domain.invariants.chronicle.rules import RulesLives
from domain.invariants.chronicle.troubles import TroubleLives
from domain.invariants.chronicle.workshops import WorkshopLives


class Chronicle:
    """What is known after a prefix of the log; `latest` is when its last fact was recorded, and at
    the positions that are `unread` stands something that nobody could read.
    """

    def __init__(self) -> None:
        self.latest = datetime.min.replace(tzinfo=UTC)
        self.unread: set[int] = set()
        self.people = PeopleLives()
        self.cohorts = CohortLives()
        self.places = ApplicationLives()
        self.panels = PanelLives()
        self.pairs = PairLives()
        self.workshops = WorkshopLives()
        self.projects = ProjectLives()
        self.contacts = ContactLives()
        self.notices = NoticeLives()
        self.troubles = TroubleLives()
        self.chairs = ChairLives()
        self.rules = RulesLives()
        self.parts = (
            self.people,
            self.cohorts,
            self.places,
            self.panels,
            self.pairs,
            self.workshops,
            self.projects,
            self.contacts,
            self.notices,
            self.troubles,
            self.chairs,
            self.rules,
        )
