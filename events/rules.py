"""The programme's rules as facts: proposed, signed by both sides, and in force from a day."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Literal, Self, get_args

from pydantic import ConfigDict, Field, model_validator

from events.cohorts import MOST_DAYS, MOST_WORKSHOPS, Criterion, PlacesPerSide
from events.event import Event
from events.ids import PersonId, ProgrammeId, RulesId
from events.personal import Closed, OfProgramme
from events.terms import CheckInMonths, Code, HeadOfTheLine, Side, Value

Criteria = Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=12)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
Reminded = Annotated[int, Field(ge=1, le=30)]
Weight = Annotated[int, Field(ge=0, le=100)]
MOST_IN_A_RUN: Final = 300
"""No rule can say more: what a run weighs grows with the square of it, and all other commands wait
while that is written down, and while the proof is looked through."""
WeightCode = Literal[
    "themes.in-common",
    "days.in-common",
    "area.same",
    "area.neighbouring",
    "travel.suits",
    "leading.aspiring-with-experienced",
    "waiting.left-over",
    "waiting.months",
]
CAME_LATER: Final[Mapping[WeightCode, int]] = MappingProxyType(
    {"waiting.left-over": 100, "waiting.months": 10}
)
"""What these count by rules that do not say it, as none did before they counted at all."""


Chosen = Annotated[int, Field(ge=1, le=100)]


class Choice(Value):
    """A number that each cohort's plan may choose: from `least` to `most`, and `usual` where the
    plan does not say.
    """

    usual: Chosen
    least: Chosen
    most: Chosen

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """ValueError if they are not."""
        if not self.least <= self.usual <= self.most:
            raise ValueError("least, usual and most must be in this order")
        return self


class ProgrammeRules(Value):
    """The numbers by which the programme goes. What each means, and in what, stands beside it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    places_per_side: PlacesPerSide
    """Places on each side of a cohort, at most."""
    assessments: Annotated[int, Field(ge=2, le=6)]
    """Assessments without a conflict on which a decision rests, at least."""
    lay_assessments: Annotated[int, Field(ge=1, le=6)]
    """How many of them are by lay assessors, at least."""
    moderation_gap: Choice
    """Percentage points between the kindest and the strictest assessor; further apart they talk
    first. A plan chooses it."""
    accept_within_days: Choice
    """Days in which somebody answers an offer. A plan chooses it."""
    required_workshops: Choice
    """Workshops that complete the training. A plan chooses it."""
    weights: dict[WeightCode, Weight]
    """What each thing that speaks for a pair counts, in points; `waiting.left-over` each time that
    a published run had nobody for one of them, and `waiting.months` each month since."""
    common_days: Annotated[int, Field(ge=0, le=6)] = 1
    """Days of the week that a matching run wants two to have in common at least, if both have said
    when they can meet."""
    days_left: Annotated[int, Field(ge=1, le=14)]
    """Days that are left at least to somebody whose day for an answer, or for scores, is made an
    earlier one, or comes soon."""
    assessment_days: Days
    """Days after an application was given to an assessor in which they score it."""
    assessment_reminder_days: Reminded
    """Days before that day on which an assessor who has something to score is reminded."""
    employer_days: Days
    """Days after a yes in which the employer of a healthcare leader says whether they can come."""
    employer_reminder_days: Reminded
    """Days before that day on which an employer who has not answered is asked about again."""
    offer_reminder_days: Reminded | None = None
    """Days before the last one to answer an offer on which whoever has not answered is reminded;
    without it nobody is."""
    extension_days: Annotated[int, Field(ge=0, le=MOST_DAYS)]
    """Days after the day for the decisions until which a named person may apply, at most: all
    others wait for it."""
    contact_days: Days
    """Days after a contact was named and asked in which they answer."""
    contacts: Annotated[int, Field(ge=1, le=50)]
    """Contacts who may be named for one person or one project, at most, those included that ended:
    each of them is written to."""
    people_in_a_run: Annotated[int, Field(ge=1, le=MOST_IN_A_RUN)]
    """People of each side whom one matching run matches, at most."""
    proposal_days: Days
    """Days in which two people answer a proposal to lead together."""
    proposal_days_at_most: Days
    """Days from today to which the time for such an answer may be extended, at most."""
    proposal_reminder_days: Reminded | None = None
    """Days before the last one to answer a proposal on which whoever has not answered is reminded;
    without it nobody is."""
    held_place_days: Annotated[int, Field(ge=1, le=14)]
    """Days for which a place on a workshop is held for somebody who waited."""
    head_of_the_line: HeadOfTheLine
    """What becomes of free places on a workshop that are too few for the pair that is next."""
    kept_place_days: Annotated[int, Field(ge=1, le=30)]
    """Days before a workshop until which a single place is kept for two who are first in line."""
    doors_open_hours: Annotated[int, Field(ge=1, le=12)]
    """Hours before a workshop from which people may be scanned in."""
    register_days: Annotated[int, Field(ge=1, le=30)]
    """Days after a workshop, or after its register was opened again, in which it is closed."""
    register_reminder_days: Reminded | None = None
    """Days before the last one to close a register on which those who hold it are reminded, but not
    before the day after the workshop; without it nobody is."""
    workshop_reminder_days: Reminded
    """Days before a workshop on which everybody who booked is reminded."""
    milestone_reminder_days: Reminded
    """Days before a milestone is due on which the pair is reminded."""
    check_in_months: Annotated[tuple[CheckInMonths, ...], Field(min_length=1, max_length=6)]
    """Months after a pairing completed at which both are asked how they go on."""
    notice_days: Annotated[int, Field(ge=1, le=90)]
    """Days between the second signature under new rules and the day from which they are in force,
    at least."""

    @model_validator(mode="after")
    def fit_together(self) -> Self:
        """ValueError where one number makes no sense beside another."""
        if self.lay_assessments > self.assessments:
            raise ValueError("lay assessments must not be more than assessments")
        if (
            self.accept_within_days.most > MOST_DAYS
            or self.required_workshops.most > MOST_WORKSHOPS
        ):
            raise ValueError(
                f"no plan can have more than {MOST_DAYS} days, {MOST_WORKSHOPS} workshops"
            )
        if self.proposal_days > self.proposal_days_at_most:
            raise ValueError("a proposal can't have more days than it may have at most")
        if not {*get_args(WeightCode)} - CAME_LATER.keys() <= self.weights.keys():
            raise ValueError("each weight must be said, but for those that came later")
        if list(self.check_in_months) != sorted(set(self.check_in_months)):
            raise ValueError("check-in months must be in order, each once")
        return self


class RulesProposed(Event):
    """Somebody proposes by what numbers and criteria the programme shall go, from a day on.

    What is proposed under an id is never changed: whoever signs it signs all of it.
    """

    name: ClassVar = "rules.proposed"
    rules_id: RulesId
    programme_id: ProgrammeId
    in_force_from: date
    rules: ProgrammeRules
    criteria: Annotated[Closed[Criteria], OfProgramme(of="programme_id")]


class RulesSigned(Event):
    """A co-chair signs proposed rules for one side."""

    name: ClassVar = "rules.signed"
    rules_id: RulesId
    programme_id: ProgrammeId
    side: Side
    signed_by: PersonId


class RulesAdopted(Event):
    """Both sides have signed: the rules are in force from their day on, until others are."""

    name: ClassVar = "rules.adopted"
    rules_id: RulesId
    programme_id: ProgrammeId


class RulesTakenBack(Event):
    """Rules that were proposed or adopted, and not in force yet, will not be, for a reason."""

    name: ClassVar = "rules.taken-back"
    rules_id: RulesId
    programme_id: ProgrammeId
    reason: Annotated[Closed[Code], OfProgramme(of="programme_id")]


FIRST: Final = ProgrammeRules(
    places_per_side=200,
    assessments=2,
    lay_assessments=1,
    moderation_gap=Choice(usual=30, least=1, most=100),
    accept_within_days=Choice(usual=10, least=1, most=60),
    required_workshops=Choice(usual=3, least=1, most=12),
    weights={
        "themes.in-common": 10,
        "days.in-common": 4,
        "area.same": 15,
        "area.neighbouring": 8,
        "travel.suits": 5,
        "leading.aspiring-with-experienced": 12,
        **CAME_LATER,
    },
    days_left=3,
    assessment_days=14,
    assessment_reminder_days=3,
    employer_days=21,
    employer_reminder_days=7,
    offer_reminder_days=3,
    extension_days=14,
    contact_days=14,
    contacts=12,
    people_in_a_run=MOST_IN_A_RUN,
    proposal_days=10,
    proposal_days_at_most=60,
    proposal_reminder_days=3,
    held_place_days=2,
    head_of_the_line=HeadOfTheLine.NEXT_WHO_FITS,
    kept_place_days=7,
    doors_open_hours=2,
    register_days=3,
    register_reminder_days=1,
    workshop_reminder_days=3,
    milestone_reminder_days=7,
    check_in_months=(3, 6, 12),
    notice_days=7,
)
"""The rules that hold until others are in force (`FIRST_RULES` is their id)."""
FIRST_CRITERIA: Final[Criteria] = (
    Criterion(code="interest", title="Interest in healthcare and its improvement", weight=2),
    Criterion(code="leadership", title="Some leadership experience, of any kind"),
    Criterion(code="togetherness", title="Listening to and learning from others", weight=2),
)
"""On what people are assessed by them."""
