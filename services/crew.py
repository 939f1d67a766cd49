"""The crew: what each worker is, said once. Whatever lists workers or their rights derives from it.

How to add one stands in CONTRIBUTING.md. Read by `deploy/make-secrets` too, so it needs only the
standard library.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Rights = tuple[str, ...]  # of PostgreSQL, as they stand in GRANT
SELECT: Final[Rights] = ("SELECT",)
SELECT_INSERT: Final[Rights] = ("SELECT", "INSERT")
EXECUTE: Final[Rights] = ("EXECUTE",)
OUTCOME: Final = "UPDATE (finished_at, outcome)"  # nobody may change who ordered what, and why
READ_MODELS: Final = "read.*"  # the views by which read models are read
BUILDS: Final = "read.*_v*"  # and the tables in which they are
DIGEST_AT: Final = "log.digest_at(bigint)"
DIGESTS_OF_CONCERNS: Final = "concerns.digests()"
STREAM: Final = "EVENTS"
EVENTS: Final = "lt.event."  # what the subjects of events begin with
REQUESTS: Final = "lt.command."  # and those of commands
OF_WORKERS: Final = "lt.system."  # and those of what workers ask for, with the worker's name
QUERIES: Final = "lt.query."  # and those of what somebody would like to read
CASES: Final = "lt.concern."  # and those of what is told in confidence
CONCERN: Final = "concern."  # what the names of its commands begin with
TRAIL: Final = "trail.openings"  # who opened whose values, and what for
TOLD_OF_THEM: Final = "trail.told"  # of them what may be told


def update(*columns: str) -> str:
    """The right to change these columns. On the whole table it would let its holder lock it too, so
    that all others wait: only empty tables, which are there to be locked, may be updated so.
    """
    return f"UPDATE ({', '.join(columns)})"


# Who opens something notes it, and says of it neither when that was nor its number.
TO_ADD: Final = "INSERT (opener, issuer, credential, whose, query, purpose, position, told_as)"
_OF_ALL: Final[dict[str, Rights]] = {
    "log.format": SELECT,
    "work.paused": SELECT,
    "work.complaints": ("SELECT", "INSERT", update("fault", "problem", "since", "told_at")),
}
_OF_FOLLOWERS: Final[dict[str, Rights]] = {
    "log.events": SELECT,
    DIGEST_AT: EXECUTE,
    "work.letters": (
        *SELECT_INSERT,
        update("state", "error", "problem", "attempts", "last_at"),
    ),
    "work.orders": ("SELECT", OUTCOME),
}
_OF_CHECKPOINTS: Final[dict[str, Rights]] = {
    "work.places": ("SELECT", update("position", "event", "moved_at")),
}


@dataclass(frozen=True)
class Worker:
    """One worker. What holds for all who follow, ask or keep a checkpoint is added by itself.

    `stops` is its turn when all stop (1 first). `follows`: it goes through the log as its consumer
    of the stream announces it, and parks what it can't take in. `checkpoint`: it keeps how far
    it is in `work.places`; a projector keeps one in each build instead. `asks`: the commands that
    it may ask for at the door, as nobody else's; no others. `within` are those that it asks for
    where it answers itself, over no bus. `publishes` and `hears` are further subjects on the bus;
    `answers` lets it answer what it hears, and nothing else. `tables` are its further rights in the
    database of the programme, `vault` those in the vault's; with any it gets the master key.
    `container` is the kind of container it runs in (docker-compose.yml). One that `writes` hands
    e-mails over, so it gets where the mail server is, and its password. `repeats` says what comes
    of a dead letter that is taken in twice, `replay` what comes of going back in the log,
    `no_replay` why it can't. `for_others`: it hands on what others ask, with what they show, and
    has no right of its own to ask for anything. `apart`: it has a process of its own, also where
    all others share one; the programme does without it where nobody wants it.
    """

    name: str
    stops: int
    follows: bool = False
    checkpoint: bool = False
    asks: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    hears: tuple[str, ...] = ()
    answers: bool = False
    for_others: bool = False
    apart: bool = False
    tables: Mapping[str, Rights] = field(default_factory=dict)
    vault: Mapping[str, Rights] = field(default_factory=dict)
    container: str = "worker"
    writes: bool = False
    repeats: str = ""
    replay: str = ""
    no_replay: str = ""

    @property
    def rights(self) -> dict[str, Rights]:
        """What it may do, by table of both databases."""
        found = dict(_OF_ALL)
        found |= _OF_FOLLOWERS if self.follows else {}
        found |= _OF_CHECKPOINTS if self.checkpoint else {}
        return {**found, **self.tables, **self.vault}


CREW: Final = (
    Worker(  # the door: hears requests, and answers them
        "commands",
        stops=2,
        within=("matching.give-up", "matching.record"),
        publishes=(f"$JS.API.STREAM.INFO.{STREAM}",),  # whether the log is shorter than its stream
        hears=(f"{REQUESTS}>", f"{OF_WORKERS}>", "$SRV.>"),
        answers=True,
        tables={
            **dict.fromkeys(("log.events", "log.parts", "log.without_effect"), SELECT_INSERT),
            "log.tags": SELECT,  # the log itself writes them
            "log.writers_turn": ("UPDATE",),
        },
        vault={
            "vault.state": ("SELECT", update("one")),  # which lets it hold the state, not change it
            "vault.keys": SELECT_INSERT,
            "vault.people": (
                *SELECT_INSERT,
                "DELETE",
                update("card", "epoch", "words", "otherwise_at"),
            ),
            "vault.identities": (*SELECT_INSERT, "DELETE"),
            "vault.ties": (*SELECT_INSERT, "DELETE"),
        },
        container="vault-worker",
        no_replay="It has no place: it decides what comes in, and what it decided stands for ever.",
    ),
    Worker(  # the only one who may publish an event: a stray one can't be removed again
        "relay",
        stops=3,
        publishes=(
            f"{EVENTS}>",
            f"$JS.API.STREAM.INFO.{STREAM}",
            f"$JS.API.STREAM.MSG.GET.{STREAM}",
        ),
        tables={"log.events": SELECT},
        no_replay="Its place is the stream's tail. If the stream is not what the log is, see"
        " `leading-together ops stream verify`.",
    ),
    Worker(
        "projector",
        stops=3,
        follows=True,
        tables={
            "read.builds": (
                "SELECT",
                update("state", "position", "changes", "event", "moved_at"),
            ),
            BUILDS: (*SELECT_INSERT, "DELETE", update("row")),
            "read.make_build(text,integer,text,text[])": EXECUTE,
            "read.drop_build(text,integer)": EXECUTE,
            "read.show_build(text,integer)": EXECUTE,
            **dict.fromkeys(("read.makers_turn", "read.rebuilders_turn"), ("UPDATE",)),
            "work.orders": ("SELECT", "INSERT", OUTCOME),  # it orders what a new version needs
        },
        repeats="only rows of the read model change; nothing is asked for or sent",
        no_replay="Name one read model, or rebuild it with `leading-together ops rebuild`.",
    ),
    Worker(
        "policies",
        stops=1,
        follows=True,
        checkpoint=True,
        asks=(
            "application.confirm-eligibility",
            "application.withdraw-those-of",
            "application.withdraw-with-cohort",
            "application.withdraw-without-consent",
            "assessment.await-again",
            "assessment.look-at-all-again",
            "assessment.stand-down",
            "contact.end-those-of",
            "continuation.end-those-of",
            "interest.end-that-of",
            "pairing.end-for-leaver",
            "pairing.keep-apart",
            "project.hand-on",
            "project.stop-with-cohort",
            "reserve.promote",
            "workshop.cancel-with-cohort",
            "workshop.offer-held-places",
            "workshop.offer-in-cohort",
            "workshop.offer-to-each",
            "workshop.release-bookings",
        ),
        repeats="what was asked for before is recognised by its id, and is not done twice",
        replay="What was asked for and accepted before is recognised by its command's id and not"
        " done again. What was refused, or never asked for, is asked for now and judged by what is"
        " known now.",
    ),
    Worker(
        "notifier",
        stops=1,
        follows=True,
        checkpoint=True,
        asks=("notice.report", "notice.settle"),
        tables={
            "log.tags": SELECT,
            "work.notices": (
                *SELECT_INSERT,
                update(
                    *("state", "channel", "attempts", "problem", "due_at", "tried_until"),
                    *("done_at", "again", "notice", "message", "reported", "reports", "seen_to"),
                ),
            ),
            "work.senders_turn": ("UPDATE",),
            "work.mailbox": (*SELECT_INSERT, update("problem", "unread", "since", "looked_at")),
        },
        vault={"vault.state": SELECT, "vault.keys": SELECT},
        container="sender",
        writes=True,
        repeats="what was sent before stands in the ledger, and is not sent twice",
        replay="What stands in the ledger is not sent again, and what the team said of a message is"
        " not done again. What is missing there is sent now, worded as it would have been then.",
    ),
    Worker(
        "scheduler",
        stops=1,
        asks=(
            "assessment.note-late",
            "assessment.remind",
            "cohort.close-applications",
            "cohort.mark-release-overdue",
            "contact.lapse",
            "contact.mark-unanswered",
            "continuation.check-in",
            "milestone.mark-overdue",
            "milestone.remind",
            "offer.lapse",
            "offer.remind",
            "pairing.lapse",
            "pairing.remind",
            "place.note-employer-silent",
            "place.remind-employer",
            "reserve.close",
            "trouble.note",
            "trouble.settle",
            "workshop.lapse-held-place",
            "workshop.mark-register-overdue",
            "workshop.offer-kept-places",
            "workshop.remind",
            "workshop.remind-register",
        ),
        tables={
            **dict.fromkeys(("log.events", "work.letters"), SELECT),  # what can't be taken in
            "read.builds": SELECT,
            READ_MODELS: SELECT,
            "work.asked": (
                *SELECT_INSERT,
                update("answer", "settled", "tries", "agenda_position", "asked_at", "again_at"),
            ),
        },
        no_replay="It has no place: it looks at what is due now, and asks for it until it is"
        " answered.",
    ),
    Worker(  # takes in what is told in confidence, in a log that nobody else reads
        "safeguarding",
        stops=1,
        asks=(
            "concerns.note-head",
            "pairing.end-for-team",
            "pairing.hold-out",
            "pairing.let-in",
        ),
        hears=(f"{CASES}>",),
        answers=True,
        tables={
            **dict.fromkeys(
                ("concerns.events", "concerns.parts", "concerns.without_effect"), SELECT_INSERT
            ),
            "concerns.tags": SELECT,
            "concerns.writers_turn": ("UPDATE",),
            **dict.fromkeys(("log.events", "log.tags"), SELECT),  # who may do what
        },
        vault={
            "vault.state": ("SELECT", update("one")),
            "vault.keys": SELECT_INSERT,
            **dict.fromkeys(("vault.identities", "vault.ties"), SELECT),
        },
        container="confidant",
        writes=True,  # to the leads, that there is something to look at
        no_replay="It has no place: what was decided is asked for again at each start, under the"
        " same ids, and nothing is done twice.",
    ),
    Worker(  # opens what somebody may read, and nothing that it can't note
        "reader",
        stops=2,
        hears=(f"{QUERIES}>",),
        answers=True,
        tables={
            **dict.fromkeys(("log.events", "log.tags", "log.parts"), SELECT),
            **dict.fromkeys(("read.builds", READ_MODELS), SELECT),
            TRAIL: (TO_ADD,),
            TOLD_OF_THEM: SELECT,
        },
        vault=dict.fromkeys(
            ("vault.state", "vault.keys", "vault.people", "vault.identities", "vault.ties"), SELECT
        ),
        container="vault-reader",
        no_replay="It has no place: it answers what is asked, from what read models have now.",
    ),
    Worker(  # the same door for whoever speaks HTTP; what it is sent must not hold up all others
        "web",
        stops=1,
        publishes=(f"{REQUESTS}>", f"{QUERIES}>", f"{CASES}>"),
        for_others=True,
        apart=True,
        container="face",
        no_replay="It has no place: it hands on what is asked, and keeps nothing.",
    ),
)

NAMES: Final = tuple(one.name for one in CREW)
TOGETHER: Final = tuple(one.name for one in CREW if not one.apart)
FOLLOWERS: Final = tuple(one.name for one in CREW if one.follows)
WITH_CHECKPOINT: Final = tuple(one.name for one in CREW if one.checkpoint)
PROJECTOR: Final = "projector"  # follows too, and keeps a checkpoint in each of its builds
IN_TURN: Final = tuple(
    tuple(one.name for one in CREW if one.stops == turn)
    for turn in sorted({one.stops for one in CREW})
)


def carrier_of(name: str) -> str:
    """The worker that carries out orders to this one, or to a read model or build of this name."""
    return name if name in WITH_CHECKPOINT else PROJECTOR


def worker(name: str) -> Worker:
    """The worker of this name; KeyError if there is none."""
    return {one.name: one for one in CREW}[name]
