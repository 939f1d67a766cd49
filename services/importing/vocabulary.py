"""What the form offers to choose from, in the spelling that is left for comparing, and our codes.

Whole answers are compared as `words.key` leaves them; BACKGROUNDS, STANDINGS and FORMATS are
looked for within an answer.
"""

from types import MappingProxyType
from typing import Final

from events.terms import Background, Channel, Day, Format, Profession, Side, Standing, Theme

SIDES: Final = MappingProxyType(
    {
        "patientleader": Side.PATIENT_LEADER,
        "healthcareleader": Side.HEALTHCARE_LEADER,
    }
)
BACKGROUNDS: Final = MappingProxyType(
    {
        "patient": Background.PATIENT,
        "carer": Background.CARER,
        "public": Background.PUBLIC,
    }
)
STANDINGS: Final = MappingProxyType(
    {
        "already": Standing.EXPERIENCED,
        "would like": Standing.ASPIRING,
    }
)
PROFESSIONS: Final = MappingProxyType(
    {
        "doctor": Profession.DOCTOR,
        "nurse": Profession.NURSE,
        "midwife": Profession.NURSE,
        "alliedhealthprofessional": Profession.ALLIED_HEALTH,
        "alliedhealth": Profession.ALLIED_HEALTH,
        "researcher": Profession.RESEARCHER,
        "manager": Profession.MANAGER,
    }
)
CHANNELS: Final = MappingProxyType(
    {
        "email": Channel.EMAIL,
        "phone": Channel.PHONE,
        "telephone": Channel.PHONE,
        "post": Channel.POST,
        "letter": Channel.POST,
    }
)
THEMES: Final = MappingProxyType(
    {
        "medicalappraisalandrevalidation": Theme.APPRAISAL,
        "gettinganappointment": Theme.ACCESS,
        "leavinghospital": Theme.DISCHARGE,
        "carerssupport": Theme.CARERS,
        "mentalhealth": Theme.MENTAL_HEALTH,
        "longtermconditions": Theme.LONG_TERM_CONDITIONS,
        "learningdisabilityandautism": Theme.LEARNING_DISABILITY,
        "maternity": Theme.MATERNITY,
        "endoflifecare": Theme.END_OF_LIFE,
        "digitalservicesandthosewithoutthem": Theme.DIGITAL,
        "olderpeople": Theme.OLDER_PEOPLE,
        "childrenandyoungpeople": Theme.CHILDREN,
        "research": Theme.RESEARCH,
        "community": Theme.COMMUNITY,
    }
)
DAYS: Final = MappingProxyType({day.value: day for day in Day})
FORMATS: Final = MappingProxyType(
    {
        "easy read": Format.EASY_READ,
        "large print": Format.LARGE_PRINT,
        "audio": Format.AUDIO,
        "braille": Format.BRAILLE,
    }
)
