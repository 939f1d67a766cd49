"""A right is looked at in the writer's turn, and stands in the facts that come of it."""

from domain.cohorts.cohort import OpenApplications, PlanCohort
from domain.people.person import Met, RegisterPerson
from domain.roles.granting import GrantRole, RoleEndReason, WithdrawRole
from events.catalogue import decode
from events.envelope import Origin
from events.ids import CohortId, PersonId
from events.terms import Role
from services.engines.addresses import Engines
from services.log.log import Log
from services.log.wishes import Accepted, Answer, Refused, Wish
from services.log.writer import Writer
from services.vault.vault import Vault
from tests.scenes.given import person
from tests.scenes.team import RUTH
from tests.scenes.world import AUTUMN, NOON, plan_of, vault_of, wish, writer_on

ADA = person("Ada")
PLANS = PlanCohort.model_validate(plan_of(AUTUMN))
OPENS = OpenApplications(cohort_id=AUTUMN)
GRANTS = GrantRole(person_id=ADA, role=Role.COORDINATOR, cohort_id=AUTUMN)
WITHDRAWS = WithdrawRole(
    person_id=ADA,
    role=Role.COORDINATOR,
    cohort_id=AUTUMN,
    reason=RoleEndReason.STEPPED_DOWN,
)


def registers(vault: Vault, who: PersonId) -> Wish:
    vault.welcome([who])
    card = RegisterPerson(full_name="Ada Tregenza", email="ada@example.org")
    return wish(vault, card.having_met(Met(who)))


def ada_is_there(vault: Vault, writer: Writer, *more: object) -> None:
    """Registered, a cohort is planned, and whatever else Ruth does."""
    group = [registers(vault, ADA), *(wish(vault, one) for one in (PLANS, *more))]
    writer.decide(group)
    assert all(isinstance(one.answer, Accepted) for one in group)


def code(answer: Answer | None) -> str | None:
    return answer.code if isinstance(answer, Refused) else None


def origins(engines: Engines) -> list[Origin]:
    log = Log(engines.programme["home"], connections=1)
    try:
        return [decode(row.document).envelope.origin for row in log.page(0, 100)]
    finally:
        log.close()


def test_a_right_that_was_withdrawn_a_moment_before_refuses(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        ada_is_there(vault, writer, GRANTS)
        group = [wish(vault, WITHDRAWS), wish(vault, OPENS, by=ADA, role=None)]
        writer.decide(group)
        assert isinstance(group[0].answer, Accepted)
        assert code(group[1].answer) == "acting.role-over"


def test_a_right_that_was_granted_a_moment_before_counts(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        ada_is_there(vault, writer)
        early = wish(vault, OPENS, by=ADA)
        writer.decide([early])
        assert code(early.answer) == "acting.role-not-held"
        group = [wish(vault, GRANTS), wish(vault, OPENS, by=ADA)]
        writer.decide(group)
        assert all(isinstance(one.answer, Accepted) for one in group)


def test_what_another_writer_withdrew_is_withdrawn(fresh: Engines) -> None:
    with (
        vault_of(fresh) as vault,
        writer_on(fresh, vault) as writer,
        writer_on(fresh, vault) as another,
    ):
        ada_is_there(vault, writer, GRANTS)
        mine = wish(vault, OPENS, by=ADA)
        another.decide([wish(vault, WITHDRAWS)])
        writer.decide([mine])
        assert code(mine.answer) == "acting.role-over"


def test_the_facts_say_in_which_role_it_was_done(fresh: Engines) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        ada_is_there(vault, writer, GRANTS)
        writer.decide([wish(vault, OPENS, by=ADA, role=None)])
    last = origins(fresh)[-1]
    assert (last.actor, last.role) == (ADA, "coordinator")
    assert {one.actor for one in origins(fresh)[2:-1]} == {RUTH}


def test_nothing_that_a_request_says_of_itself_gives_a_right(fresh: Engines) -> None:
    """Each says who they are, and in which role, as they like."""
    names = (ADA, person("nobody"), "system:command-line", "system:withheld")
    claims = [(who, role) for who in names for role in (*Role, None)]
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        ada_is_there(vault, writer)
        wishes = {one: wish(vault, OPENS, by="system:rehearsal", role=one[1]) for one in claims}
        for (who, role), mine in wishes.items():
            mine.act = mine.act.__class__(mine.act.command_id, NOON, who, role)
        writer.decide(list(wishes.values()))
        said = {one: code(mine.answer) or "" for one, mine in wishes.items()}
    assert {one: it for one, it in said.items() if not it.startswith("acting.")} == {}


def test_whoever_was_accepted_is_told_the_same_again_when_the_right_is_gone(
    fresh: Engines,
) -> None:
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        ada_is_there(vault, writer, GRANTS)
        first = wish(vault, OPENS, "Ada opens it", by=ADA)
        writer.decide([first])
        writer.decide([wish(vault, WITHDRAWS)])
        again = wish(vault, OPENS, "Ada opens it", by=ADA)
        writer.decide([again])
        assert isinstance(first.answer, Accepted)
        assert again.answer == Accepted(first.answer.written, repeated=True)


def test_a_role_on_one_cohort_is_none_on_another(fresh: Engines) -> None:
    spring = CohortId.derived(NOON, "spring")
    with vault_of(fresh) as vault, writer_on(fresh, vault) as writer:
        other = PlanCohort.model_validate(plan_of(spring))
        ada_is_there(vault, writer, GRANTS, other)
        there = wish(vault, OpenApplications(cohort_id=spring), by=ADA)
        writer.decide([there])
        assert code(there.answer) == "acting.role-not-held"
