"""What a pair hears about its project."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from domain.decision import Know
from domain.notice import Asks, Hearer, Notice, because, called, in_quotes, tells
from domain.pairings.pairing import Pairing, PairingState
from domain.projects.approval import ChangeAsked
from domain.projects.endings import COHORT_CANCELLED, AgainReason, CompleteReason, StopReason
from domain.projects.project import Project
from events.catalogue import Recorded
from events.ids import PersonId, ProjectId
from events.personal import plain
from events.projects import (
    ChangesRequested,
    HostOrganisationAgreed,
    ProjectAmended,
    ProjectApproved,
    ProjectCompleted,
    ProjectHandedOn,
    ProjectProposed,
    ProjectRevised,
    ProjectStopped,
    ProjectTakenUpAgain,
)

REASONS: Final[Mapping[str, str]] = {
    ChangeAsked.AIM: "Please say more clearly what you want to change.",
    ChangeAsked.TOO_BIG: "It is a lot for two people. Please choose a smaller part to begin with.",
    ChangeAsked.BENEFIT: "Please say who will be better off, and how you will see it.",
    ChangeAsked.PATIENTS: "Please say how patients and carers have a voice in it.",
    ChangeAsked.HOST: "Please talk to the host organisation, and write down what you agreed.",
    ChangeAsked.ETHICS: "Please ask for advice on ethics first. We can help you with that.",
    StopReason.PAIR_LEFT: "There is nobody who can lead it any more.",
    StopReason.HOST_WITHDREW: "The organisation that was its host can't go on with it.",
    StopReason.NOT_POSSIBLE: "It turned out that it can't be done.",
    StopReason.DONE_BY_OTHERS: "Others have done already what it was for.",
    COHORT_CANCELLED: "The group does not take place.",
    StopReason.OTHER: "If you want to know more about why, please ask us.",
    CompleteReason.AIM_REACHED: "Its aim is reached, also without the steps that were left out.",
    CompleteReason.AS_FAR_AS_POSSIBLE: "You have taken it as far as it could go.",
    AgainReason.MISTAKE: "We had ended it by mistake, and we are sorry.",
    AgainReason.MORE_TO_DO: "There is still something to do.",
}


Asking = Callable[[PersonId], Asks | None]
"""What each of the two is asked for."""


def nothing(_: PersonId) -> None:
    """Nobody is asked for anything."""


def pair_of(project: Project, know: Know) -> tuple[PersonId, ...]:
    """The two who lead a project now; nobody while its pairing has ended."""
    pairing = know(Pairing(project.pairing_id))
    if pairing.proposed is None or pairing.state is PairingState.ENDED:
        return ()
    return pairing.both


def to_both(
    project_id: ProjectId,
    know: Know,
    template: str,
    subject: str,
    *paragraphs: str,
    asks: Asking = nothing,
) -> Iterator[Notice]:
    """The same words for both; `{project}` in them is `project “Its title”`, as it is now."""
    project = know(Project(project_id))
    for person_id in pair_of(project, know):
        yield Notice(
            template=template,
            to=person_id,
            subject=subject,
            paragraphs=paragraphs,
            values={"project": called("project", project.title)},
            asks=asks(person_id),
        )


@tells(ProjectProposed, ProjectRevised, to=Hearer.PARTNERS)
def proposed(fact: Recorded[ProjectProposed | ProjectRevised], know: Know) -> Iterator[Notice]:
    """One of the two sends it for both, so the other one hears of it."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.proposed",
        "We have your {project}",
        "We have your {project}. One of you has sent it to us for you both. Thank you.",
        "We read it with care, and tell you if it may begin, or what it still needs.",
        "An organisation near you must agree to be its host before it can begin.",
        "If you see it otherwise than your partner, please talk about it together, or ask us.",
    )


@tells(HostOrganisationAgreed, to=Hearer.PARTNERS)
def hosted(fact: Recorded[HostOrganisationAgreed], know: Know) -> Iterator[Notice]:
    """An organisation has said yes to it."""
    host = plain(fact.event.host_name)
    yield from to_both(
        fact.event.project_id,
        know,
        "project.host-agreed",
        "Your {project} has a host",
        f"Good news: {in_quotes(host)} has agreed to be the host of your {{project}}."
        if host
        else "Good news: your {project} has a host.",
        "You can do your work there. Please talk to them about what comes first.",
    )


@tells(ProjectApproved, to=Hearer.PARTNERS)
def approved(fact: Recorded[ProjectApproved], know: Know) -> Iterator[Notice]:
    """A project that may begin."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.approved",
        "Your {project} may begin",
        "Good news: your {project} is approved.",
        "The next thing to do is to plan its milestones together. A milestone is a step with a "
        "date. When you reach one, one of you tells us, and the other confirms it.",
        asks=lambda _: Asks("milestone.plan", {"project_id": fact.event.project_id}),
    )


@tells(ChangesRequested, to=Hearer.PARTNERS)
def changes_asked(fact: Recorded[ChangesRequested], know: Know) -> Iterator[Notice]:
    """What a proposal still lacks."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.changes-requested",
        "Please change your {project} a little",
        "Thank you for your {project}. Before it can begin, we ask you for one change.",
        *because(REASONS, fact.event.reason),
        "Please talk about it together, and send us your project again. Ask us if you need help.",
        asks=lambda one: Asks(
            "project.revise", {"project_id": fact.event.project_id, "person_id": one}
        ),
    )


@tells(ProjectHandedOn, to=Hearer.PARTNERS)
def handed_on(fact: Recorded[ProjectHandedOn], know: Know) -> Iterator[Notice]:
    """A project that goes on with a new partner."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.handed-on",
        "Your {project} goes on",
        "You have a new partner, and the {project} goes on with the two of you.",
        "All that was done stays done. Please look at the next milestone together. If its date "
        "does not suit you, choose a new one.",
        asks=lambda _: Asks("milestone.reschedule"),
    )


@tells(ProjectCompleted, to=Hearer.PARTNERS)
def completed(fact: Recorded[ProjectCompleted], know: Know) -> Iterator[Notice]:
    """A project that has reached all its milestones."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.completed",
        "Your {project} is complete",
        *(
            because(REASONS, fact.event.reason, "Well done! Your {project} is complete.")
            if fact.event.reason
            else ("Well done! Your {project} has reached all its milestones.",)
        ),
        "Thank you both for what you have done for patients and for the people who care for them.",
    )


@tells(ProjectTakenUpAgain, to=Hearer.PARTNERS)
def goes_on(fact: Recorded[ProjectTakenUpAgain], know: Know) -> Iterator[Notice]:
    """A project that is not over after all, for the two who were told that it was."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.taken-up-again",
        "Your {project} goes on after all",
        "We told you that your {project} was over. It goes on after all.",
        *because(REASONS, fact.event.reason),
        "Everything is as it was. Please look at its next milestone together.",
    )


@tells(ProjectAmended, to=Hearer.PARTNERS)
def amended(fact: Recorded[ProjectAmended], know: Know) -> Iterator[Notice]:
    """A project with another title or aim."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.amended",
        "Your {project} was changed",
        "What your {project} is called, or what it is for, was changed as you had asked.",
        "Nothing else has changed. If this is not right, please ring or write to us.",
    )


@tells(ProjectStopped, to=Hearer.PARTNERS)
def stopped(fact: Recorded[ProjectStopped], know: Know) -> Iterator[Notice]:
    """A project that ends early, and why."""
    yield from to_both(
        fact.event.project_id,
        know,
        "project.stopped",
        "Your {project} ends",
        "We are sorry that your {project} has to end.",
        *because(REASONS, fact.event.reason),
        "What you learned is not lost. Please talk to us about what you would like to do next.",
    )
