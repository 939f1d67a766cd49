"""Why ids may be read by everybody, and reasons that hold for several other fields."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from events.ids import (
    ApplicationId,
    CohortId,
    ConcernId,
    ContactId,
    Id,
    ImportId,
    MatchingRunId,
    MilestoneId,
    NoticeId,
    PairingId,
    PersonId,
    ProgrammeId,
    ProjectId,
    ReflectionId,
    RulesId,
    TaskId,
    TieId,
    TroubleId,
    WorkshopId,
)

SIDE: Final = (
    "Places and pairs are counted by side. It tells whether somebody comes as a patient, a carer"
    " or a member of the public, or as a professional; which of these, and more, is sealed."
)
OFFICE: Final = (
    "Whoever asks by what right something was done must find it. It tells what somebody is to the"
    " programme, as `actorrole` does of whatever they do."
)
USE: Final = "Whoever uses data must know who allowed it. It tells which use somebody meant."
DATES: Final = "A date of the programme that is made public; it tells nothing of a person."
THAT_DAY: Final = "The day on which it happened, which the moment of the fact tells as well."
RULE: Final = "A rule of the cohort, the same for everybody in it."
TIMETABLE: Final = "The timetable of a cohort; it tells nothing of a person."
ANSWER_BY: Final = (
    "The scheduler, which holds no keys, ends what was not answered by then. It follows from when"
    " it was asked."
)
DUE: Final = "The scheduler, which holds no keys, reminds by it. It is a day of the work."
SIGNED: Final = "Anybody may see that both sides have signed. It tells which co-chair it was."
SIGNER: Final = (
    "As any person's id; but co-chairs are known by name, so it can be told whose it is."
)
MONTHS: Final = "Which check-in it is: the rules say them, for every pair alike."
RULES: Final = "Whoever is decided on may know by what rules; they tell nothing of a person."
REMINDS: Final = "The scheduler, which holds no keys, reminds on it. It follows from another day."
ASSESSES: Final = (
    "As when they were appointed. It tells that this member of a panel had something to score yet,"
    " and not of whom."
)
SCORE_BY: Final = (
    "The scheduler, which holds no keys, asks by it who has not scored. It tells on about which day"
    " something was given to somebody of a panel, and neither what nor to whom."
)

IDS: Final[Mapping[type[Id], str]] = MappingProxyType(
    {
        PersonId: (
            "By itself it names nobody, since names are sealed. But it is the same in every fact,"
            " so it tells all that one person did, and with whom; and when they were registered."
            " Whoever knows from elsewhere who did one of these things knows who did all of them."
        ),
        CohortId: (
            "Some twenty people share it. It tells who was in a cohort together, and when the"
            " cohort was planned."
        ),
        RulesId: (
            "All cohorts that are planned while they are in force share it. It tells when these"
            " rules were proposed."
        ),
        ProgrammeId: "The same in every fact that is about no single cohort. It tells nothing.",
        ImportId: (
            "It stands for a file. It tells which applications came with the same one, and when"
            " that was brought in."
        ),
        ApplicationId: (
            "It stands for one person and one cohort, and tells no more than these two and when"
            " the application was begun."
        ),
        ContactId: (
            "It stands for somebody who is no applicant, as far as they were named once, for one"
            " person or project, which are sealed. It tells when that was."
        ),
        MatchingRunId: "It tells when a run was made, and which pairs come from the same run.",
        PairingId: (
            "It stands for two people, and ties all that they did together; it tells when they"
            " were proposed."
        ),
        WorkshopId: (
            "A whole cohort shares it. It tells who was to be in one room on one day; the venue"
            " is sealed."
        ),
        ProjectId: "It stands for the work of one pair, and tells when they proposed it.",
        MilestoneId: "It stands for a step of one project, and tells when it was planned.",
        ReflectionId: (
            "It stands for what one person wrote about one workshop, and tells when; the words"
            " are sealed."
        ),
        ConcernId: (
            "It stands for what somebody told in confidence, and stands in a log of its own, which"
            " nobody else reads. It tells when that was."
        ),
        TieId: (
            "It stands for one way in which a person signs in, and tells when that was told to us;"
            " where, and as whom, is sealed."
        ),
        NoticeId: (
            "It stands for one message to one person, and is made by chance. It tells when the team"
            " was first to see to it, and neither whom it is for nor of what it tells. Whoever sees"
            " again and again that such a fact follows soon after one about the same person may"
            " guess that they are not reached by e-mail."
        ),
        TroubleId: (
            "It derives from what may be lacking and from the cohort, which stand beside it, and"
            " tells no more than these."
        ),
        TaskId: (
            "It says what waits, and about which thing: no more than the facts that make it wait,"
            " which everybody can read."
        ),
    }
)
