"""Why each field that everybody can read may be read by everybody, and what it tells about people.

`docs/clear.md` is made of it. Whoever adds a field that is not sealed says here why; a test finds
what is missing (`tests/events/test_clear.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

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

OF_A_SIDE: Final = (
    ("interest", ("expressed",)),
    ("application", ("started", "submitted", "amended", "withdrawn", "reinstated", "declined")),
    ("application", ("eligibility-confirmed", "eligibility-failed")),
    ("offer", ("made", "day-changed", "reopened", "accepted", "declined", "lapsed", "withdrawn")),
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
        ("reserve.opened", "closes_on"): (
            "The scheduler, which holds no keys, closes the list by it. It is the same for all."
        ),
        ("place.employer-awaited", "answer_by"): ANSWER_BY,
        ("place.employer-awaited", "remind_on"): REMINDS,
        ("matching.run-approved", "side"): SIGNED,
        ("matching.run-approved", "signed_by"): SIGNER,
        ("pairing.proposed", "accept_by"): ANSWER_BY,
        ("pairing.proposed", "former_pairing_id"): (
            "The project goes on with the pairing that follows. It tells that one of the two has"
            " had another partner, and whom."
        ),
        ("pairing.proposal-extended", "accept_by"): ANSWER_BY,
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
        ("workshop.rescheduled", "starts_at"): TIMETABLE,
        ("workshop.rescheduled", "ends_at"): TIMETABLE,
        ("workshop.rescheduled", "remind_on"): REMINDS,
        ("workshop.rescheduled", "doors_open_at"): TIMETABLE,
        ("workshop.rescheduled", "kept_until"): TIMETABLE,
        ("workshop.rescheduled", "close_by"): TIMETABLE,
        ("workshop.capacity-changed", "capacity"): TIMETABLE,
        ("workshop.amended", "number"): TIMETABLE,
        ("workshop.reinstated", "number"): TIMETABLE,
        ("workshop.register-reopened", "close_by"): TIMETABLE,
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
        ("continuation.check-in-due", "months"): MONTHS,
        ("continuation.reported", "months"): MONTHS,
    }
)
"""Of every clear field that is no id, and of the ids that tell more than others of their kind."""


class Attribute(NamedTuple):
    """An attribute of the envelope: its form in words, and why everybody may read it."""

    form: str
    why: str


CONSTANT: Final = "The same in every fact."
FOLLOWS: Final = "It follows from `type`."
COUNTED: Final = "Nobody misses a fact who counts. It tells how much goes on."

ATTRIBUTES: Final[Mapping[str, Attribute]] = MappingProxyType(
    {
        "specversion": Attribute("`1.0`", CONSTANT),
        "sequence": Attribute("16 digits", COUNTED),
        "previous": Attribute("16 digits", COUNTED),
        "recordedtime": Attribute("a moment", "The log's own clock. It tells when somebody acted."),
        "id": Attribute("a UUID", "It names the fact, and tells when it happened."),
        "source": Attribute(
            "the name of an installation", "Whoever runs the programme sets it, once for all facts."
        ),
        "type": Attribute(
            "the name of a kind of fact",
            "What happened, as far as it may be known. It tells of somebody that they applied, were"
            " declined, were offered a place, came, left or were erased; of what lies beneath a"
            " cover it tells only the cover.",
        ),
        "subject": Attribute("an id", "One of the ids in `data`."),
        "time": Attribute(
            "a moment",
            "Order and deadlines need it. It tells to the microsecond when somebody acted, or said"
            " that something happened.",
        ),
        "datacontenttype": Attribute("`application/json`", CONSTANT),
        "dataschema": Attribute("the name of a schema", FOLLOWS),
        "traceparent": Attribute(
            "a trace's id",
            "Whoever looks for a fault follows it. A sender may choose it, so it can tie a fact to"
            " the sender's own records.",
        ),
        "correlationid": Attribute(
            "the id of a command or a fact",
            "It ties together what follows from one wish. A sender may choose it, as above.",
        ),
        "causationid": Attribute(
            "the id of a command or a fact",
            "It tells what a fact follows from. A sender may choose it, as above.",
        ),
        "commandid": Attribute(
            "an id `command_…`",
            "A command is known again by it. It is keyed, so it is not the id that was sent; it"
            " tells to the millisecond when that was made, and which facts came of one command.",
        ),
        "commanddigest": Attribute(
            "a keyed digest",
            "A command is known again by it. It is keyed by all whom the command is about, so it"
            " confirms no guess at what was said once one of them is erased, and before that only"
            " to who holds the vault.",
        ),
        "actor": Attribute(
            "an id `person_…`, `newcomer`, or `system:` and a worker's name",
            "Somebody must answer for what was done. It tells who acted, as any person's id;"
            " of a `newcomer` it tells nothing, for whom they come as is not known. Where"
            " even that would tell too much (what lies beneath a cover, the end of a pairing) it is"
            " `system:withheld`, and who it was is sealed.",
        ),
        "actorrole": Attribute(
            "one of `Role`",
            "As `actor`. It tells what somebody is to the programme; where the actor is withheld"
            " it is `system`.",
        ),
        "onbehalfof": Attribute(
            "an id `person_…`",
            "As `actor`. It tells that somebody was spoken for, and by whom.",
        ),
        "asked": Attribute("one of `AskedBy`", "It says how word came, as `reason` does."),
        "issuer": Attribute(
            "a code from our settings",
            "Somebody must answer for who the actor is. It tells where they sign in, so it may tell"
            " for whom they work.",
        ),
        "credential": Attribute(
            "a digest",
            "It finds what the actor showed in the issuer's own records, and ties what somebody did"
            " with one and the same.",
        ),
        "rules": Attribute(
            "an id `rules_…`",
            "Whoever is decided on may know by what rules. It tells no more than the day.",
        ),
        "reason": Attribute(
            "one of `EarlierReason`",
            "It answers for a `time` that is earlier. It tells how word came to the programme, on"
            " paper for instance.",
        ),
    }
)
"""Of every attribute of the envelope but `data`, which is the fact itself."""


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
