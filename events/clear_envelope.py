"""Why everybody may read each attribute of the envelope, and what it tells about people."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


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
