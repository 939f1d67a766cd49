"""Why each field that everybody can read may be read by everybody, and what it tells about people.

`docs/clear.md` is made of it. Whoever adds a field that is not sealed says here why; a test finds
what is missing (`tests/events/test_clear.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from events.clear_because import (
    ANSWER_BY,
    ASSESSES,
    DATES,
    DUE,
    IDS,
    MONTHS,
    OFFICE,
    REMINDS,
    RULE,
    RULES,
    SCORE_BY,
    SIDE,
    SIGNED,
    SIGNER,
    THAT_DAY,
    TIMETABLE,
    USE,
)
from events.event import Event, declared_id_fields
from events.forms import NotClear, form_of, kinds_in
from events.ids import (
    Id,
)
from events.personal import marked

Field = tuple[str, str]
"""The name of a fact, and of one of its fields."""

REASON_OF: Final = (
    "It says of which fact the reason is put right, and tells no more than that fact did; the"
    " reason is sealed."
)
OF_A_SIDE: Final = (
    ("interest", ("expressed",)),
    ("application", ("started", "submitted", "amended", "withdrawn", "reinstated", "declined")),
    ("application", ("eligibility-confirmed", "eligibility-failed")),
    ("offer", ("made", "day-changed", "reminder-due", "reopened", "accepted", "declined")),
    ("offer", ("lapsed", "withdrawn")),
    ("reserve", ("ended", "listed", "reordered", "promoted")),
    ("decision", ("corrected",)),
    ("place", ("employer-awaited", "employer-reminder-due", "employer-silent")),
    ("place", ("employer-release-confirmed", "employer-release-lost")),
    ("place", ("confirmed", "unconfirmed", "given-up", "given-back")),
    ("matching", ("left-unpaired",)),
    ("pairing", ("repairing-asked",)),
)
"""The facts, by context, that say on which side somebody is."""

FIELDS: Final[Mapping[Field, str]] = MappingProxyType(
    {
        **{(f"{context}.{fact}", "side"): SIDE for context, facts in OF_A_SIDE for fact in facts},
        ("person.consent-given", "purpose"): USE,
        ("person.consent-withdrawn", "purpose"): USE,
        ("person.merged", "applications"): (
            "Whoever follows people must know under which id these go on. Their facts tell as much."
        ),
        ("person.merged", "cohorts"): (
            "Whoever follows people must know under which id what they have there goes on. The"
            " facts of these cohorts tell as much."
        ),
        ("role.granted", "role"): OFFICE,
        ("role.granted", "side"): OFFICE,
        ("role.granted", "starts_on"): OFFICE,
        ("role.granted", "ends_on"): OFFICE,
        ("role.withdrawn", "role"): OFFICE,
        ("rules.proposed", "in_force_from"): RULES,
        ("rules.proposed", "rules"): RULES,
        ("rules.signed", "side"): SIGNED,
        ("rules.signed", "signed_by"): SIGNER,
        ("cohort.planned", "opens_on"): DATES,
        ("cohort.planned", "closes_on"): DATES,
        ("cohort.planned", "decisions_on"): DATES,
        ("cohort.planned", "starts_on"): DATES,
        ("cohort.planned", "ends_on"): DATES,
        ("cohort.planned", "places_per_side"): RULE,
        ("cohort.planned", "required_workshops"): RULE,
        ("cohort.planned", "accept_within_days"): RULE,
        ("cohort.planned", "moderation_gap"): RULE,
        ("cohort.plan-amended", "opens_on"): DATES,
        ("cohort.plan-amended", "closes_on"): DATES,
        ("cohort.plan-amended", "decisions_on"): DATES,
        ("cohort.plan-amended", "starts_on"): DATES,
        ("cohort.plan-amended", "ends_on"): DATES,
        ("cohort.plan-amended", "places_per_side"): RULE,
        ("cohort.plan-amended", "required_workshops"): RULE,
        ("cohort.plan-amended", "accept_within_days"): RULE,
        ("cohort.plan-amended", "moderation_gap"): RULE,
        ("cohort.release-overdue", "decisions_on"): DATES,
        ("cohort.release-signed", "side"): SIGNED,
        ("cohort.release-signed", "signed_by"): SIGNER,
        ("assessment.assessor-appointed", "assessor_id"): (
            "As any person's id; but a panel is a few people, who know each other, so its members"
            " can be told apart."
        ),
        ("assessment.assessor-appointed", "lay"): (
            "Anybody may see that a panel has a lay member. It tells which one, of a few; what"
            " they do on the panel is sealed."
        ),
        **dict.fromkeys(
            (
                ("assessment.day-changed", "assessor_id"),
                ("assessment.reminder-due", "assessor_id"),
                ("assessment.assessor-late", "assessor_id"),
            ),
            ASSESSES,
        ),
        **dict.fromkeys(
            (
                ("assessment.awaited", "score_by"),
                ("assessment.day-changed", "score_by"),
                ("assessment.reminder-due", "score_by"),
                ("assessment.assessor-late", "score_by"),
            ),
            SCORE_BY,
        ),
        **dict.fromkeys(
            (
                ("assessment.awaited", "remind_on"),
                ("assessment.day-changed", "remind_on"),
                ("assessment.reminder-due", "remind_on"),
            ),
            REMINDS,
        ),
        ("offer.made", "accept_by"): ANSWER_BY,
        ("offer.day-changed", "accept_by"): ANSWER_BY,
        ("offer.made", "remind_on"): REMINDS,
        ("offer.day-changed", "remind_on"): REMINDS,
        ("reserve.opened", "closes_on"): (
            "The scheduler, which holds no keys, closes the list by it. It is the same for all."
        ),
        ("place.employer-awaited", "answer_by"): ANSWER_BY,
        ("place.employer-awaited", "remind_on"): REMINDS,
        ("matching.run-asked", "asked_on"): THAT_DAY,
        ("matching.left-unpaired", "left_on"): THAT_DAY,
        ("matching.run-approved", "side"): SIGNED,
        ("matching.run-approved", "signed_by"): SIGNER,
        ("pairing.proposed", "accept_by"): ANSWER_BY,
        ("pairing.proposed", "remind_on"): REMINDS,
        ("pairing.proposed", "former_pairing_id"): (
            "The project goes on with the pairing that follows. It tells that one of the two has"
            " had another partner, and whom."
        ),
        ("pairing.proposal-extended", "accept_by"): ANSWER_BY,
        ("pairing.proposal-extended", "remind_on"): REMINDS,
        ("pairing.step-taken-back", "step"): (
            "It says which fact is put right, and tells no more than that fact did."
        ),
        ("pairing.step-taken-back", "stands"): (
            "Whoever follows pairings must know where it stands. The facts before it tell as much."
        ),
        ("pairing.completed", "completed_on"): (
            "The scheduler, which holds no keys, counts the check-ins from it."
        ),
        ("pairing.completed", "check_in_months"): MONTHS,
        ("workshop.scheduled", "number"): TIMETABLE,
        ("workshop.scheduled", "starts_at"): TIMETABLE,
        ("workshop.scheduled", "ends_at"): TIMETABLE,
        ("workshop.scheduled", "capacity"): TIMETABLE,
        ("workshop.scheduled", "remind_on"): REMINDS,
        ("workshop.scheduled", "doors_open_at"): TIMETABLE,
        ("workshop.scheduled", "kept_until"): TIMETABLE,
        ("workshop.scheduled", "close_by"): TIMETABLE,
        ("workshop.scheduled", "register_remind_on"): REMINDS,
        ("workshop.rescheduled", "starts_at"): TIMETABLE,
        ("workshop.rescheduled", "ends_at"): TIMETABLE,
        ("workshop.rescheduled", "remind_on"): REMINDS,
        ("workshop.rescheduled", "doors_open_at"): TIMETABLE,
        ("workshop.rescheduled", "kept_until"): TIMETABLE,
        ("workshop.rescheduled", "close_by"): TIMETABLE,
        ("workshop.rescheduled", "register_remind_on"): REMINDS,
        ("workshop.capacity-changed", "capacity"): TIMETABLE,
        ("workshop.amended", "number"): TIMETABLE,
        ("workshop.reinstated", "number"): TIMETABLE,
        ("workshop.register-reopened", "close_by"): TIMETABLE,
        ("workshop.register-reopened", "register_remind_on"): REMINDS,
        ("workshop.register-reminder-due", "close_by"): TIMETABLE,
        ("workshop.register-overdue", "close_by"): TIMETABLE,
        ("workshop.waiting-list-offered", "until"): ANSWER_BY,
        ("workshop.attended", "scanned_at"): (
            "The register is kept by it. It tells when somebody came in, as `time` mostly does too;"
            " where is sealed."
        ),
        ("workshop.attended", "walk_in"): (
            "Seats are counted by it. It tells that somebody came without a booking."
        ),
        ("workshop.attendance-corrected", "attended"): (
            "Training is counted by it. It tells whether somebody came after all; why it was"
            " corrected is sealed."
        ),
        ("trouble.noted", "lacks"): (
            "Whether a message, a list or a next step may be lacking: of a cohort as a whole, and"
            " not of whom in it."
        ),
        ("milestone.planned", "due_on"): DUE,
        ("milestone.planned", "remind_on"): REMINDS,
        ("milestone.fell-due", "due_on"): DUE,
        ("milestone.overdue", "due_on"): DUE,
        ("milestone.rescheduled", "old_due_on"): DUE,
        ("milestone.rescheduled", "due_on"): DUE,
        ("milestone.unconfirmed", "due_on"): DUE,
        ("milestone.unconfirmed", "remind_on"): REMINDS,
        ("project.taken-up-again", "approved"): (
            "Projects are counted by it. It tells whether a project had begun, which its approval"
            " tells as well."
        ),
        ("contact.kept", "answer_by"): ANSWER_BY,
        ("milestone.rescheduled", "remind_on"): REMINDS,
        ("contact.kept", "until"): (
            "The scheduler, which holds no keys, ends by it what was not ended before. It tells for"
            " how long at most somebody is kept; of most it is the end of the cohort."
        ),
        ("person.reason-put-right", "of"): REASON_OF,
        ("person.reason-put-right", "role"): OFFICE,
        ("cohort.reason-put-right", "of"): REASON_OF,
        ("concerns.head-noted", "hour"): (
            "It is one of the fixed hours of a day, on which this is noted whatever has happened."
        ),
        ("concerns.head-noted", "digest"): (
            "Whoever checks the log of what is told in confidence must find it. It is keyed, by the"
            " hour too, so it tells nothing, and not even whether anything happened."
        ),
        ("continuation.check-in-due", "months"): MONTHS,
        ("continuation.reported", "months"): MONTHS,
    }
)
"""Of every clear field that is no id, and of the ids that tell more than others of their kind."""


def clear_fields(kind: type[Event]) -> Iterator[str]:
    """The fields of a fact that everybody can read."""
    sealed = dict(marked(kind))
    return (name for name in kind.model_fields if name not in sealed)


def why(kind: type[Event], name: str, reasons: Mapping[Field, str] = FIELDS) -> str | None:
    """Why a clear field is clear; None if nobody has said so."""
    said = reasons.get((kind.name, name))
    if said is None and name in declared_id_fields(kind):
        return IDS.get(id_kind(kind, name))
    return said


def id_kind(kind: type[Event], name: str) -> type[Id]:
    """Of what a field holds the id."""
    found = kinds_in(kind.model_fields[name].annotation)
    return next(one for one in found if issubclass(one, Id))


def objections(
    kinds: Iterable[type[Event]], reasons: Mapping[Field, str] = FIELDS
) -> Iterator[str]:
    """What stands in the clear and must not, or for which nobody answers, in kinds that are stored.

    And each reason that is given for what is not there, or for what is sealed.
    """
    clear: set[Field] = set()
    for kind in kinds:
        for name in clear_fields(kind):
            clear.add((kind.name, name))
            yield from _objections_to(kind, name, reasons)
    for fact, name in reasons.keys() - clear:
        yield f"{fact}.{name} has a reason, and is sealed or does not exist"


def _objections_to(kind: type[Event], name: str, reasons: Mapping[Field, str]) -> Iterator[str]:
    where, field = f"{kind.name}.{name}", kind.model_fields[name]
    try:
        form_of(field.annotation, field.metadata)
    except NotClear as found:
        yield f"{where}: {found}"
    if why(kind, name, reasons) is None:
        yield f"{where} is clear, and events/clear.py does not say why"
