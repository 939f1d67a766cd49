"""What the command line says of an import before anything is sent: what would become of its rows,
and why nothing can be brought in.
"""

from typing import Final, NoReturn

from domain.cohorts.cohort import ClosedForApplications, NotOpenYet
from events.ids import CohortId
from services.cli.console import Installation, answer, run
from services.cli.leaving import ENGINES_FAULTS, explained
from services.cli.meant import meant_if_seen
from services.cli.signing import Shows, shows
from services.engines.addresses import BusAddress, EnginesUnavailable
from services.importing import (
    Examined,
    Foreknown,
    NotBegun,
    Report,
    foreknown,
    rehearsed,
)
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of

UNASKED: Final = (
    "What is there already, and whether the cohort takes applications now, could not be asked: {}"
)
ONLY_THEN: Final = (
    "Who has longer to apply than others, or takes no part any more, shows only when it is sent."
)
NOT_YET: Final = (
    "Applications for this cohort are not open yet. A coordinator opens them"
    " (`leading-together do cohort.open-applications`); then import it again."
)
NOT_ANY_MORE: Final = (
    "Everybody has heard what was decided for this cohort: nobody can apply for it any more."
    " Is it the right one?"
)
FOR_ALL: Final = {NotOpenYet.code: NOT_YET, ClosedForApplications.code: NOT_ANY_MORE}
"""Why nothing can be brought in, in words for who imports: what rules say is for who applies."""
NOBODY_CAME: Final = "Nothing was sent, and nobody was registered."


def rehearsed_for(
    examined: Examined, installation: Installation, cohort: str, by: str | None, *, as_json: bool
) -> Report:
    """What would become of each row; where nobody can be asked, as far as the file tells it."""
    known, note = None, ONLY_THEN
    try:
        bus, mine = installation.bus(), shows(installation, by)
        cohort_id = CohortId(meant_if_seen(bus, mine, "cohort", "--cohort", cohort))
        known = run(_known(bus, examined, cohort_id, mine))
    except CantLook as problem:
        note = UNASKED.format(problem.reply.sentence or problem.reply.status)
    except EnginesUnavailable as problem:
        note = UNASKED.format(problem)
    except ENGINES_FAULTS as fault:
        sentence = explained(fault)
        if sentence is None:
            raise
        note = UNASKED.format(sentence)
    try:
        report = rehearsed(examined, known)
    except NotBegun as refused:
        tell_why(refused, as_json=as_json)
    return report.model_copy(update={"notes": (*report.notes, note)})


def tell_why(refused: NotBegun, *, as_json: bool) -> NoReturn:
    """Ends the call with why nothing can be brought in, and what to do."""
    reply = refused.reply
    sentence = FOR_ALL.get(reply.code or "", reply.sentence) or reply.status
    answer(reply.model_copy(update={"sentence": f"{sentence} {NOBODY_CAME}"}), as_json=as_json)


async def _known(bus: BusAddress, examined: Examined, cohort: CohortId, mine: Shows) -> Foreknown:
    async with connection_of("client", bus) as client:
        return await foreknown(client, cohort, examined.ready, mine)
