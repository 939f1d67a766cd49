"""The programme's words for kinds, states and reasons, as codes that are never renamed."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Moment = AwareDatetime
BEGUN: Final = datetime(2016, 1, 1, tzinfo=UTC)
"""In that year the programme began: nothing of it was before."""
FAR: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Nobody plans so far ahead, and who says so has mistyped."""
ProgrammeDay = Annotated[date, Field(ge=BEGUN.date(), lt=FAR.date())]
"""A day that somebody names."""
ProgrammeMoment = Annotated[AwareDatetime, Field(ge=BEGUN, lt=FAR)]
"""A moment that somebody names."""
Code = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$", max_length=80, examples=["some.plain-words"]
    ),
]
OdsCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{3,10}$", examples=["RH8"])]
Reference = Annotated[
    str,
    Field(
        pattern=r"^(command_[0-7][0-9a-hjkmnp-tv-z]{25}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    ),
]
"""A command's id, or an event's."""


class Value(BaseModel):
    """A part of a fact without an identity of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


CheckInMonths = Annotated[int, Field(ge=1, le=36)]
"""So many months after a pairing completed both are asked how they go on."""


class Side(StrEnum):
    """The two sides of the programme; they are equals."""

    PATIENT_LEADER = "patient-leader"
    HEALTHCARE_LEADER = "healthcare-leader"

    @property
    def other(self) -> "Side":
        """The side that this one is paired with."""
        return Side.HEALTHCARE_LEADER if self is Side.PATIENT_LEADER else Side.PATIENT_LEADER


class Background(StrEnum):
    """What brings a patient leader."""

    PATIENT = "patient"
    CARER = "carer"
    PUBLIC = "public"


class Standing(StrEnum):
    """Whether a patient leader leads already or wishes to."""

    EXPERIENCED = "experienced"
    ASPIRING = "aspiring"


class Profession(StrEnum):
    """What a healthcare leader does."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    ALLIED_HEALTH = "allied-health"
    RESEARCHER = "researcher"
    MANAGER = "manager"
    OTHER = "other"


class Role(StrEnum):
    """In which role somebody acts."""

    APPLICANT = "applicant"
    PARTICIPANT = "participant"
    ASSESSOR = "assessor"
    FACILITATOR = "facilitator"
    COORDINATOR = "coordinator"
    CO_CHAIR = "co-chair"
    HOST = "host"
    IMPORTER = "importer"
    SAFEGUARDING_LEAD = "safeguarding-lead"
    SYSTEM = "system"


NEWCOMER: Final = "newcomer"
"""Who acts, of whom no more is known than that an issuer knows them: they are tied to nobody."""


SYSTEM: Final = "system:"
"""What the names of those begin with who act and are nobody: then comes which."""


class System(StrEnum):
    """What acts of its own accord, or for whoever uses it; `system:<name>` on the wire."""

    POLICIES = "policies"
    SCHEDULER = "scheduler"
    IMPORT = "import"
    COMMAND_LINE = "command-line"
    DEMO = "demo"
    REHEARSAL = "rehearsal"
    SAFEGUARDING = "safeguarding"
    COMMANDS = "commands"
    NOTIFIER = "notifier"


class ConcernDecision(StrEnum):
    """What a safeguarding lead decides on what was told in confidence."""

    HOLD_OUT = "hold-out"
    END_PAIRING = "end-pairing"
    LET_IN = "let-in"
    CLOSE = "close"


class LeadHeard(StrEnum):
    """Whether a safeguarding lead heard that there is something to look at."""

    SENT = "lead.sent"
    UNCONFIRMED = "lead.unconfirmed"
    REFUSED = "lead.refused"
    NOT_BY_EMAIL = "lead.not-by-email"


class Channel(StrEnum):
    """How a person wishes to hear from the programme."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class Way(StrEnum):
    """Where somebody is reached, or lives."""

    EMAIL = "email"
    PHONE = "phone"
    TOWN = "town"
    POSTAL_ADDRESS = "postal_address"


class Purpose(StrEnum):
    """What people agree, or do not agree, that their data are used for."""

    PROGRAMME = "programme"
    RESEARCH = "research"
    NEWS = "news"


class NoticeTrouble(StrEnum):
    """Why somebody of the team has to see to a message."""

    BY_HAND = "by-hand"
    BOUNCED = "bounced"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"


class Lack(StrEnum):
    """What may be lacking while a worker can't take something in."""

    MESSAGE = "message"
    LIST = "list"
    NEXT_STEP = "next-step"


class ContactPurpose(StrEnum):
    """What somebody is named for who is no applicant."""

    LINE_MANAGER = "line-manager"
    HOST = "host"
    REFEREE = "referee"
    SUPPORTER = "supporter"


class Format(StrEnum):
    """The form of words that a person can use."""

    STANDARD = "standard"
    EASY_READ = "easy-read"
    LARGE_PRINT = "large-print"
    AUDIO = "audio"
    BRAILLE = "braille"


class Theme(StrEnum):
    """What a pair may want to improve."""

    APPRAISAL = "appraisal-and-revalidation"
    ACCESS = "access-to-care"
    MENTAL_HEALTH = "mental-health"
    LONG_TERM_CONDITIONS = "long-term-conditions"
    CARERS = "carers"
    LEARNING_DISABILITY = "learning-disability"
    OLDER_PEOPLE = "older-people"
    CHILDREN = "children-and-young-people"
    DIGITAL = "digital"
    RESEARCH = "research"
    DISCHARGE = "leaving-hospital"
    MATERNITY = "maternity"
    END_OF_LIFE = "end-of-life-care"
    COMMUNITY = "community"


class Area(StrEnum):
    """Where somebody can lead, as coarse as the counties of the South, so that no one is found."""

    CORNWALL = "cornwall"
    DEVON = "devon"
    SOMERSET = "somerset"
    BRISTOL = "bristol"
    GLOUCESTERSHIRE = "gloucestershire"
    WILTSHIRE = "wiltshire"
    DORSET = "dorset"
    HAMPSHIRE = "hampshire"
    ISLE_OF_WIGHT = "isle-of-wight"
    BERKSHIRE = "berkshire"
    OXFORDSHIRE = "oxfordshire"
    BUCKINGHAMSHIRE = "buckinghamshire"
    SURREY = "surrey"
    WEST_SUSSEX = "west-sussex"
    EAST_SUSSEX = "east-sussex"
    KENT = "kent"


class Day(StrEnum):
    """A weekday on which somebody can meet."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"


class Travel(StrEnum):
    """How far somebody can travel to meet."""

    ONLINE = "online"
    LOCAL = "local"
    REGION = "region"


class Relationship(StrEnum):
    """How two people stand to each other, as far as a rule asks."""

    HOUSEHOLD = "household"
    FAMILY = "family"
    TREATS = "treats"
    MANAGES = "manages"
    EMPLOYER = "employer"
    TEAM = "team"
    REFERS = "refers"
    VETO = "veto"
    ACQUAINTED = "acquainted"


class PairingStep(StrEnum):
    """A step of a pairing that may have been recorded by mistake."""

    PAUSE = "pause"
    END = "end"
    COMPLETION = "completion"
    AGREEMENT = "agreement"
    CONTINUATION_END = "continuation-end"


class HeadOfTheLine(StrEnum):
    """What becomes of free places that are too few for the pair at the head of a waiting line."""

    NEXT_WHO_FITS = "next-who-fits"
    WAITS_FOR_THE_FIRST = "waits-for-the-first"


class Outcome(StrEnum):
    """What is decided on an application."""

    OFFER = "offer"
    RESERVE = "reserve"
    DECLINE = "decline"


class AskedBy(StrEnum):
    """How somebody asked the team to do for them what is theirs to say."""

    TELEPHONE = "telephone"
    PAPER = "paper"
    IN_PERSON = "in-person"
    MESSAGE = "message"
    FORM = "form"


class EarlierReason(StrEnum):
    """Why it is right to say that something happened before it was recorded."""

    FORM_TIMESTAMP = "import.form-timestamp"
    PAPER_FORM = "paper.form"
    NOTED_AT_THE_TIME = "noted.at-the-time"
    SYSTEMS_AWAY = "systems.away"
    MISTAKE = "mistake.put-right"
