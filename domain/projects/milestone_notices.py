"""What a pair hears about the milestones of its project."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from domain.decision import Know
from domain.notice import (
    Asks,
    Hearer,
    Notice,
    Openable,
    because,
    called,
    in_quotes,
    nhs_date,
    tells,
)
from domain.pairings.notices import name_of
from domain.projects.milestone_changes import DropReason, MissReason, UnconfirmReason
from domain.projects.milestones import Milestone, ReturnReason
from domain.projects.notices import Asking, nothing, pair_of
from domain.projects.project import Project
from events.catalogue import Recorded
from events.ids import PersonId
from events.personal import plain
from events.projects import (
    MilestoneConfirmed,
    MilestoneDropped,
    MilestoneFellDue,
    MilestoneMissed,
    MilestoneOverdue,
    MilestonePlanned,
    MilestoneReported,
    MilestoneRescheduled,
    MilestoneReturned,
    MilestoneUnconfirmed,
)

REASONS: Final[Mapping[str, str]] = {
    ReturnReason.NOT_DONE: "Your partner thinks that there is still something to do.",
    ReturnReason.TALK_FIRST: "Your partner would like to talk with you about it first.",
    ReturnReason.HOST: "Your partner thinks that your host organisation must see it first.",
    ReturnReason.OTHER: "Please ask your partner what they have in mind.",
}
WHY: Final[Mapping[str, str]] = {
    DropReason.MISTAKE: "It was planned by mistake.",
    DropReason.NOT_NEEDED: "It is not needed any more.",
    DropReason.INSTEAD: "Another step takes its place.",
    MissReason.TIME: "There is not enough time left for it.",
    MissReason.HOST: "Your host organisation can't help with it.",
    MissReason.NOT_POSSIBLE: "It turned out that it can't be done.",
    UnconfirmReason.MISTAKE: "It was confirmed by mistake.",
    UnconfirmReason.MORE_TO_DO: "There is still something to do.",
    DropReason.OTHER: "If you want to know more about why, please ask.",
}

FactOnMilestone = (
    MilestoneRescheduled
    | MilestoneFellDue
    | MilestoneReported
    | MilestoneConfirmed
    | MilestoneOverdue
    | MilestoneDropped
    | MilestoneMissed
    | MilestoneUnconfirmed
)


def title_of(milestone: MilestonePlanned) -> str:
    """What a milestone is called, in the words of one of the two."""
    title = plain(milestone.title)
    return in_quotes(title) if title else "your milestone"


def named(milestone: MilestonePlanned) -> dict[str, Openable]:
    """What a milestone is called, alone and as what it is, for the placeholders of both."""
    return {"title": title_of(milestone), "milestone": called("milestone", milestone.title)}


def to_both(
    event: FactOnMilestone,
    know: Know,
    template: str,
    subject: str,
    *paragraphs: str,
    asks: Asking = nothing,
    but: PersonId | None = None,
) -> Iterator[Notice]:
    """The same words for both, or for the other one if somebody said it (`but`), who is `{partner}`
    in them; `{title}` is what a milestone is called, and `{milestone}` is `milestone “Its title”`.
    """
    milestone = know(Milestone(event.milestone_id)).planned
    partner = name_of(but, know) if but else {}
    if milestone is None:
        return
    for person_id in pair_of(know(Project(event.project_id)), know):
        if person_id != but:
            yield Notice(
                template=template,
                to=person_id,
                subject=subject,
                paragraphs=paragraphs,
                values=partner | named(milestone),
                asks=asks(person_id),
            )


def _report(event: MilestoneFellDue | MilestoneOverdue, by: date | None = None) -> Asking:
    known = {"milestone_id": event.milestone_id}
    return lambda one: Asks("milestone.report", {**known, "person_id": one}, by)


@tells(MilestoneFellDue, to=Hearer.PARTNERS)
def near(fact: Recorded[MilestoneFellDue], know: Know) -> Iterator[Notice]:
    """A milestone whose day is near, for both."""
    yield from to_both(
        fact.event,
        know,
        "milestone.due-soon",
        "Due soon: {title}",
        f"The {{milestone}} of your project is due by the end of {nhs_date(fact.event.due_on)}.",
        "If you have reached it, one of you tells us, and the other confirms it.",
        "If you need longer, please choose a new day.",
        asks=_report(fact.event, fact.event.due_on),
    )


@tells(MilestoneOverdue, to=Hearer.PARTNERS)
def late(fact: Recorded[MilestoneOverdue], know: Know) -> Iterator[Notice]:
    """A milestone whose day has passed, for both."""
    yield from to_both(
        fact.event,
        know,
        "milestone.overdue",
        "How is it going with: {title}?",
        f"The {{milestone}} of your project was due by the end of {nhs_date(fact.event.due_on)}, "
        "and we have not heard from you.",
        "That is no problem. Have you reached it? Then please tell us. Do you need longer? Then "
        "please choose a new day.",
        "If something stands in your way, please talk to us. We are glad to help.",
        asks=_report(fact.event),
    )


@tells(MilestoneReported, to=Hearer.PARTNER)
def reported(fact: Recorded[MilestoneReported], know: Know) -> Iterator[Notice]:
    """A report, for the other, who is asked to confirm it."""
    known = {"milestone_id": fact.event.milestone_id}
    yield from to_both(
        fact.event,
        know,
        "milestone.reported",
        "Please confirm: {title}",
        "{partner} says that you have reached the {milestone} of your project.",
        "Do you agree? Then please confirm it. If there is more to do, please tell us that.",
        asks=lambda one: Asks("milestone.confirm", {**known, "person_id": one}),
        but=fact.event.person_id,
    )


@tells(MilestoneConfirmed, to=Hearer.PARTNER)
def confirmed(fact: Recorded[MilestoneConfirmed], know: Know) -> Iterator[Notice]:
    """For the partner of who said so, who had reported it, or leads the project since."""
    yield from to_both(
        fact.event,
        know,
        "milestone.confirmed",
        "You have reached: {title}",
        "{partner} agrees that you have reached the {milestone} of your project.",
        "Well done to you both.",
        but=fact.event.person_id,
    )


@tells(MilestoneReturned, to=Hearer.PARTNER)
def returned(fact: Recorded[MilestoneReturned], know: Know) -> Iterator[Notice]:
    """A milestone with more to do, for the partner of who said so, who may be a new one."""
    known = know(Milestone(fact.event.milestone_id))
    milestone = known.planned
    if milestone is None:
        return
    what = called("milestone", milestone.title)
    for person_id in pair_of(know(Project(fact.event.project_id)), know):
        if person_id != fact.event.person_id:
            theirs = known.told_by == person_id
            yield Notice(
                template="milestone.returned",
                to=person_id,
                subject=f"A little more to do: {title_of(milestone)}",
                paragraphs=(
                    f"You told us that you reached the {what}."
                    if theirs
                    else f"Before you led this project, we were told that the {what} was reached.",
                    *because(REASONS, fact.event.reason),
                    "When you both agree, please tell us again that it is reached."
                    if theirs
                    else "When you both agree, please tell us that it is reached.",
                ),
                asks=Asks(
                    "milestone.report",
                    {"milestone_id": fact.event.milestone_id, "person_id": person_id},
                ),
            )


@tells(MilestoneRescheduled, to=Hearer.PARTNERS)
def moved(fact: Recorded[MilestoneRescheduled], know: Know) -> Iterator[Notice]:
    """A new day, which either of them may have chosen, for both."""
    yield from to_both(
        fact.event,
        know,
        "milestone.rescheduled",
        "A new day for: {title}",
        f"The {{milestone}} of your project is now due by the end of "
        f"{nhs_date(fact.event.due_on)}.",
        f"Before, it was {nhs_date(fact.event.old_due_on)}.",
        "If the new day does not suit you, please talk about it together.",
    )


@tells(MilestoneDropped, to=Hearer.PARTNERS)
def dropped(fact: Recorded[MilestoneDropped], know: Know) -> Iterator[Notice]:
    """A step that is none any more, for both."""
    yield from to_both(
        fact.event,
        know,
        "milestone.dropped",
        "Not a milestone any more: {title}",
        "The {milestone} is not part of your project any more, so you don't need to reach it.",
        *because(WHY, fact.event.reason),
        "If this is not right, you can plan it again.",
        asks=lambda _: Asks("milestone.plan", {"project_id": fact.event.project_id}),
    )


@tells(MilestoneMissed, to=Hearer.PARTNERS)
def missed(fact: Recorded[MilestoneMissed], know: Know) -> Iterator[Notice]:
    """A step that will not be reached, for both."""
    yield from to_both(
        fact.event,
        know,
        "milestone.missed",
        "Not to be reached: {title}",
        "The {milestone} of your project will not be reached. That can happen, and your project "
        "goes on.",
        *because(WHY, fact.event.reason),
        "If you can reach it after all, please choose a new day for it.",
        asks=lambda _: Asks("milestone.reschedule", {"milestone_id": fact.event.milestone_id}),
    )


@tells(MilestoneUnconfirmed, to=Hearer.PARTNERS)
def unconfirmed(fact: Recorded[MilestoneUnconfirmed], know: Know) -> Iterator[Notice]:
    """A report that awaits an answer again, for both; who did not report it gives the answer."""
    milestone_id = fact.event.milestone_id
    reported_by = know(Milestone(milestone_id)).reported_by
    yield from to_both(
        fact.event,
        know,
        "milestone.unconfirmed",
        "Please look at this again: {title}",
        "The {milestone} of your project was confirmed. That was taken back.",
        *because(WHY, fact.event.reason),
        "Whoever did not report it says once more whether you have reached it.",
        asks=lambda one: (
            None
            if one == reported_by
            else Asks("milestone.confirm", {"milestone_id": milestone_id, "person_id": one})
        ),
    )
