"""What is recorded under one id of somebody, whatever else is known of them under others."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from domain.applications.application import Applications
from domain.cohorts.cohort import Cohort
from domain.decision import Know, Knowledge, learns
from domain.pairings.availability import Availability
from domain.people.person import Between, Person
from domain.roles.authority import Authority
from events.applications import ApplicationStarted
from events.assessments import AssessorAppointed
from events.ids import ApplicationId, CohortId, PersonId
from events.pairings import PairingProposed
from events.people import PersonMerged, PersonParted
from events.roles import RoleGranted


class AsRecorded:
    """What is recorded under one id alone."""

    as_recorded: ClassVar = True


@dataclass
class RecordedPerson(AsRecorded, Person):
    """Whether somebody is known under this id."""


@dataclass
class RecordedApplications(AsRecorded, Applications):
    """The application that somebody has for a cohort under this id, and whether they assess."""


@dataclass
class RecordedAuthority(AsRecorded, Authority):
    """What somebody may do by what they were given under this id."""


@dataclass
class RecordedAvailability(AsRecorded, Availability):
    """With whom somebody leads, or is asked to lead, under this id."""


@dataclass
class RecordedBetween(AsRecorded, Between):
    """How two people stand to each other who are known under these ids."""


@dataclass
class RecordedPair(AsRecorded, Knowledge):
    """Whether two were ever asked to lead together."""

    unopened: ClassVar = True
    one_id: PersonId | None
    other_id: PersonId | None
    asked: bool = False

    def __post_init__(self) -> None:
        if self.one_id is not None and self.other_id is not None:
            self.one_id, self.other_id = sorted((self.one_id, self.other_id))

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.one_id, self.other_id)

    @learns(PairingProposed)
    def were_asked(self, _: PairingProposed) -> None:
        self.asked = True


@dataclass
class Merged(AsRecorded, Knowledge):
    """Into whom an id was merged, and which ids were merged into it."""

    unopened: ClassVar = True
    person_id: PersonId | None
    into: PersonId | None = None
    others: set[PersonId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(PersonMerged)
    def joined(self, event: PersonMerged) -> None:
        if event.merged_id == self.person_id:
            self.into = event.person_id
        else:
            self.others.add(event.merged_id)

    @learns(PersonParted)
    def parted(self, event: PersonParted) -> None:
        if event.merged_id == self.person_id:
            self.into = None
        else:
            self.others.discard(event.merged_id)


@dataclass
class Involved(AsRecorded, Knowledge):
    """The cohorts to which somebody came under this id, for which of them they ever applied, and
    the applications that they began.
    """

    unopened: ClassVar = True
    person_id: PersonId | None
    cohorts: set[CohortId] = field(default_factory=set)
    applied: set[CohortId] = field(default_factory=set)
    begun: set[ApplicationId] = field(default_factory=set)

    @property
    def tags(self) -> tuple[str | None, ...]:
        return (self.person_id,)

    @learns(ApplicationStarted)
    def began(self, event: ApplicationStarted) -> None:
        self.cohorts.add(event.cohort_id)
        self.applied.add(event.cohort_id)
        self.begun.add(event.application_id)

    @learns(AssessorAppointed)
    def assesses(self, event: AssessorAppointed) -> None:
        self.cohorts.add(event.cohort_id)

    @learns(RoleGranted)
    def acts(self, event: RoleGranted) -> None:
        if event.cohort_id is not None:
            self.cohorts.add(event.cohort_id)


class OneId(NamedTuple):
    """All that is recorded under one id that tells whether it may be another's too."""

    person: RecordedPerson
    merged: Merged
    involved: Involved
    authority: RecordedAuthority
    available: RecordedAvailability
    applications: tuple[tuple[Cohort, RecordedApplications], ...]

    @property
    def who(self) -> PersonId | None:
        """The id itself."""
        return self.person.person_id

    @property
    def live(self) -> set[CohortId]:
        """The cohorts that are not over in which they apply, assess or hold a role."""
        held = {where for _, where in self.authority.held}
        return {
            cohort_id
            for cohort_id, applications in self._going_on()
            if applications.live or applications.assesses or cohort_id in held
        }

    @property
    def judged(self) -> set[CohortId]:
        """The cohorts that are not over in which they assess, or did before they applied."""
        return {one for one, applications in self._going_on() if applications.assesses}

    def _going_on(self) -> Iterator[tuple[CohortId, RecordedApplications]]:
        for cohort, applications in self.applications:
            if cohort.cohort_id and not (cohort.completed or cohort.cancelled):
                yield cohort.cohort_id, applications


def one_id(know: Know, who: PersonId) -> OneId:
    """What must be known of one id."""
    involved = know(Involved(who))
    return OneId(
        know(RecordedPerson(who)),
        know(Merged(who)),
        involved,
        know(RecordedAuthority(who)),
        know(RecordedAvailability(who)),
        tuple(
            (know(Cohort(one)), know(RecordedApplications(one, who)))
            for one in sorted(involved.cohorts)
        ),
    )


def ids_of(know: Know, who: PersonId) -> tuple[OneId, ...]:
    """What is recorded under an id, and under those that were merged into it."""
    mine = one_id(know, who)
    return mine, *(one_id(know, one) for one in sorted(mine.merged.others))
