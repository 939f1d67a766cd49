"""`matching`: what a run found, and why, before anybody signs it. Nothing is changed by it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, TypeVar, get_args

import click
from pydantic import TypeAdapter

from domain.matching.certificate import Solution, matching_of
from domain.matching.explanation import Explanation, best_for, why
from domain.matching.supposing import NotCounted, supposed
from domain.matching.worth import scale_of, worths
from events.ids import CohortId, PersonId
from events.matching import Matching, Reason
from events.rules import Weight, WeightCode
from services.cli.console import (
    Installation,
    data_option,
    print_beside,
    print_json,
    print_out,
    print_table,
    run,
    table_options,
)
from services.cli.findable import PERSON
from services.cli.finding import Finder, NotOne
from services.cli.ids import short_end
from services.cli.leaving import INVALID, REFUSED, fail, guarded, wants_csv
from services.cli.matching_words import LEFT, locked, otherwise, speaking
from services.cli.meant import not_one
from services.cli.naming import Names
from services.cli.reading import AsSomebody, ToldNames
from services.cli.runs_seen import NOT_MADE, NOT_SHOWN, Row, SeenRun, matching_in, seen_run
from services.cli.signing import shows
from services.engines.addresses import BusAddress
from services.matching.solving import Table, solved
from services.reading.rows_read import CantLook
from services.stream.connections import connection_of

BEST: Final = 5  # people who are told with whom somebody could lead
NO_COUNT: Final = (
    "The run weighed {} with 0, so it does not say how much two have of it. `leading-together do"
    " matching.ask` weighs anew."
)
NO_WEIGHT: Final = "--weight is CODE=POINTS, from 0 to 100. CODE is one of: {}."
WEIGHTS: Final = TypeAdapter(dict[WeightCode, Weight])
F = TypeVar("F", bound=Callable[..., Any])


class RunLookedAt(NamedTuple):
    """A run that was looked at, the people whom the call names, and what all are called."""

    seen: SeenRun
    people: Sequence[PersonId]
    names: Names

    def called(self, who: str | None) -> str:
        """What somebody is called, or else the end of their id."""
        return (self.names.of(who) or short_end(who)) if who else "nobody"


@click.group()
def matching() -> None:
    """See what a matching run found, and why, before it is signed."""


def by_option(command: F) -> F:
    """`--as PERSON`, who looks."""
    return click.option("--as", "by", metavar="PERSON", help="Who looks, as with `do`.")(command)


def run_option(command: F) -> F:
    """`--run RUN`, of which run."""
    return click.option(
        "--run",
        "said",
        metavar="RUN",
        default="",
        help="Which run: a cohort's title, a state, or the end of an id. Else the last.",
    )(command)


@matching.command("show")
@click.argument("said", metavar="[RUN]", default="")
@by_option
@table_options
@data_option
@guarded
def show_run(said: str, by: str | None, as_json: bool, data: Path | None) -> None:
    """Show a run: its pairs and what speaks for them, who is left over and why, and the best for
    each. RUN is a cohort's title (then its last run), a state, or the end of an id.

    Exit codes: 0 done, 1 not yours to read, or nothing found yet, 2 not found, 3 engines
    unreachable.
    """
    looked = _look(data, by, said, ())
    if as_json:
        print_json(_whole(looked))
        return
    row = looked.seen.row
    if not isinstance(row.get("pairs"), list):
        _nothing_found(row)
    print_beside(_headline(looked.seen))
    columns = ["patient leader", "healthcare leader", "points", "what speaks for them"]
    print_table("", columns, [*_pairs(looked)], numbers=("points",))
    if wants_csv():
        return
    if lost := [*_lost(looked)]:
        print_table("", ["locked, but not taken", "why"], lost)
    if left := [*_left(looked)]:
        print_table("", ["left over", "why"], left)
    if found := matching_in(row):
        print_table("", ["who", "has most in common with"], [*_best(looked, found)])
    print_out(*_totals(looked))


@matching.command("why")
@click.argument("person")
@run_option
@by_option
@table_options
@data_option
@guarded
def why_person(person: str, said: str, by: str | None, as_json: bool, data: Path | None) -> None:
    """Say why PERSON has the partner that a run found for them, or none, and what would be with
    each of those with whom they have most in common.

    Exit codes: as `matching show`.
    """
    looked = _look(data, by, said, (person,))
    found, (who,) = _made(looked.seen.row), looked.people
    partner = _partner_of(found, who)
    some = [one.person_id for one in best_for(found, who, BEST)]
    others = dict.fromkeys([*([partner] if partner else []), *some])
    told = {one: why(found, who, one, _solve) for one in others}
    if as_json:
        print_json({"person_id": who, "partner_id": partner, "others": _told(told)})
        return
    left = {one["person_id"]: one["reason"] for one in _all_left(looked.seen.row)}
    if partner:
        why_locked = [locked(it) for it in _locks(looked) if {*_both(it)} == {who, partner}]
        told_locked = "".join(f", {it}" for it in why_locked)
        print_beside(f"{looked.called(who)} is with {looked.called(partner)}{told_locked}.")
    elif who in left:
        print_beside(f"{looked.called(who)} is left over: {LEFT.get(left[who], left[who])}.")
    else:
        fail(f"{looked.called(who)} is not in this run.", REFUSED)
    rows = [
        (looked.called(one), str(_points(it.reasons)), speaking(it.reasons), otherwise(it))
        for one, it in told.items()
    ]
    columns = ["with", "points", "what speaks for them", "if they were a pair"]
    print_table("", columns, rows, numbers=("points",))


@matching.command("why-not")
@click.argument("one")
@click.argument("other")
@run_option
@by_option
@table_options
@data_option
@guarded
def why_not(  # noqa: PLR0917 - click hands options over by name
    one: str, other: str, said: str, by: str | None, as_json: bool, data: Path | None
) -> None:
    """Say why a run did not choose ONE and OTHER as a pair, and what would be if they were.

    Exit codes: as `matching show`.
    """
    looked = _look(data, by, said, (one, other))
    found, two = _made(looked.seen.row), looked.people
    answer = why(found, two[0], two[1], _solve)
    if as_json:
        print_json({"people": [*two], **_told({two[1]: answer})[0]})
        return
    names = " and ".join(map(looked.called, two))
    rows = [(names, str(_points(answer.reasons)), speaking(answer.reasons), otherwise(answer))]
    columns = ["the two", "points", "what speaks for them", "if they were a pair"]
    print_table("", columns, rows, numbers=("points",))
    for who, partner in zip(two, answer.partners, strict=True):
        print_beside(f"{looked.called(who)} is with {looked.called(partner)}.")


@matching.command("what-if")
@click.argument("said", metavar="RUN")
@click.option(
    "--weight",
    "weights",
    multiple=True,
    required=True,
    metavar="CODE=POINTS",
    help="What something counts instead, as area.same=20. May be given often.",
)
@by_option
@table_options
@data_option
@guarded
def what_if(
    said: str, weights: tuple[str, ...], by: str | None, as_json: bool, data: Path | None
) -> None:
    """Say what a run would find by other weights, and for whom that is otherwise. RUN is as in
    `matching show`. Nothing is changed: a run by these weights is asked for by `do matching.ask`.

    Exit codes: as `matching show`, and 2 for a weight that there is not.
    """
    counts = _weights_in(weights)
    looked = _look(data, by, said, ())
    found, cohort = _made(looked.seen.row), CohortId(looked.seen.row["cohort_id"])
    try:
        given = supposed(found, cohort, counts)
    except NotCounted as problem:
        fail(NO_COUNT.format(problem.code), REFUSED)
    table = worths(given.weighed, scale_of(given.weighed), found.seed)
    then = matching_of(given, found.seed, _solve(table))
    both = [(it, _partner_of(found, it), _partner_of(then, it)) for it in then.weighed.people]
    two = [(who, now, it) for who, now, it in both if now != it]
    if as_json:
        print_json([dict(zip(("person_id", "now", "then"), it, strict=True)) for it in two])
        return
    rows = [(looked.called(who), looked.called(now), looked.called(it)) for who, now, it in two]
    print_table("", ["who", "is with", "would be with"], rows)
    left = len(then.unmatched)
    many = len(then.weighed.people)
    print_beside(f"For {len(two)} of {many} it would be otherwise; {left} left over.")


def _weights_in(said: Iterable[str]) -> dict[WeightCode, int]:
    """What is said of weights. It ends the call if there is none such, or not so many points."""
    pairs = [one.partition("=") for one in said]
    try:
        return WEIGHTS.validate_python({code: int(count) for code, _, count in pairs})
    except ValueError:
        fail(NO_WEIGHT.format(", ".join(get_args(WeightCode))), INVALID)


def _look(data: Path | None, by: str | None, said: str, people: Sequence[str]) -> RunLookedAt:
    """The run and the people that are meant, with everybody's name. It ends the call if they are
    not found.
    """
    installation = Installation(data)
    bus, token = installation.bus(), shows(installation, by)
    try:
        seen, found = run(_find(bus, token, said, people))
    except (NotOne, CantLook) as problem:
        not_one(problem)
    names = Names(ToldNames(AsSomebody(bus, token)))
    names.learn([*_people_of(seen.row), *found])
    return RunLookedAt(seen, found, names)


async def _find(
    bus: BusAddress, token: Callable[[], str], said: str, people: Sequence[str]
) -> tuple[SeenRun, list[PersonId]]:
    async with connection_of("client", bus) as client:
        finder = Finder(client, token)
        found = [PersonId((await finder.one(PERSON, "PERSON", one)).id) for one in people]
        return await seen_run(finder, said), found


def _people_of(row: Row) -> Iterable[str]:
    for one in row.get("weighed") or ():
        if isinstance(one, dict):
            yield from (it["patient_leader_id"] for it in one["rows"])
            yield from one["healthcare_leader_ids"]
    for name in ("pairs", "locks"):
        if isinstance(row.get(name), list):
            yield from (who for two in row[name] for who in _both(two))
    yield from (one["person_id"] for one in _all_left(row))


def _all_left(row: Row) -> list[dict[str, str]]:
    """Who was left over, and, as far as that is shown, who was left out."""
    parts = (row.get(name) for name in ("unmatched", "left_out"))
    return [one for part in parts if isinstance(part, list) for one in part]


def _made(row: Row) -> Matching:
    if not isinstance(row.get("pairs"), list):
        _nothing_found(row)
    found = matching_in(row)
    if found is None:
        fail(NOT_SHOWN, REFUSED)
    return found


def _nothing_found(row: Row) -> NoReturn:
    fail(NOT_MADE.format(row["state"]), REFUSED)


def _solve(table: Table) -> Solution:
    return Solution(*solved(table))


def _partner_of(found: Matching, who: PersonId) -> PersonId | None:
    two = [(one.patient_leader_id, one.healthcare_leader_id) for one in found.pairs]
    return next((one if who == other else other for one, other in two if who in (one, other)), None)


def _points(reasons: Iterable[Reason]) -> int:
    return sum(one.points for one in reasons)


def _headline(seen: SeenRun) -> str:
    sides = [f"{side.replace('-', ' ')}s" for side in sorted(seen.row["signed"])]
    signed = f"signed for {' and '.join(sides)}" if sides else "not signed"
    asked = str(seen.row["asked_at"])[:10]
    return f"{seen.title}: {seen.row['state']}, asked for on {asked}, {signed}."


def _pairs(looked: RunLookedAt) -> Iterable[tuple[str, str, str, str]]:
    locks = {_both(it): locked(it) for it in _locks(looked) if it["lost"] is None}
    for pair in looked.seen.row["pairs"]:
        two = _both(pair)
        spoke = speaking(map(Reason.model_validate, pair["reasons"]))
        told = "; ".join(filter(None, (locks.get(two), spoke)))
        yield looked.called(two[0]), looked.called(two[1]), str(pair["points"]), told


def _both(two: Row) -> tuple[str, str]:
    return two["patient_leader_id"], two["healthcare_leader_id"]


def _locks(looked: RunLookedAt) -> list[Row]:
    """Those of others, as far as whoever looks may see them."""
    locks = looked.seen.row.get("locks")
    return locks if isinstance(locks, list) else []


def _lost(looked: RunLookedAt) -> Iterable[tuple[str, str]]:
    for lock in _locks(looked):
        if lock["lost"] is not None:
            yield " and ".join(map(looked.called, _both(lock))), locked(lock)


def _left(looked: RunLookedAt) -> Iterable[tuple[str, str]]:
    for one in _all_left(looked.seen.row):
        yield looked.called(one["person_id"]), LEFT.get(one["reason"], one["reason"])


def _best(looked: RunLookedAt, found: Matching) -> Iterable[tuple[str, str]]:
    for who in found.weighed.people:
        some = best_for(found, who, BEST)
        chosen = _partner_of(found, who)
        told = (
            f"{looked.called(it.person_id)} {it.points}{' (chosen)' * (it.person_id == chosen)}"
            for it in some
        )
        yield looked.called(who), ", ".join(told) or "nobody: a rule forbids every pair"


def _totals(looked: RunLookedAt) -> Iterable[str]:
    row, before = looked.seen.row, looked.seen.before
    yield f"This run: {_total(row)}."
    worst = [it for it in row["pairs"] if it["points"] == row["fewest_points"]]
    if worst:
        two = worst[0]["patient_leader_id"], worst[0]["healthcare_leader_id"]
        names = " and ".join(map(looked.called, two))
        more = f", as have {len(worst) - 1} more" if len(worst) > 1 else ""
        yield f"The fewest points, {row['fewest_points']}, have {names}{more}."
    if before and isinstance(before.get("pairs"), list):
        yield f"The run before: {_total(before)}."


def _total(row: Row) -> str:
    left = len(_all_left(row))
    return f"{len(row['pairs'])} pairs with {row['points']} points, {left} left over"


def _told(found: dict[PersonId, Explanation]) -> list[dict[str, Any]]:
    return [
        {
            "with": other,
            "answer": it.answer,
            "rule": it.rule,
            "points": _points(it.reasons),
            "reasons": [one.model_dump() for one in it.reasons],
            "fewer_pairs": it.fewer_pairs,
            "fewer_points": it.fewer_points,
        }
        for other, it in found.items()
    ]


def _whole(looked: RunLookedAt) -> dict[str, Any]:
    """All of it for programs, but for what it weighed, of which they get the best for each."""
    row, found = looked.seen.row, matching_in(looked.seen.row)
    people = found.weighed.people if found else ()
    best = {
        who: [{"person_id": it.person_id, "points": it.points} for it in best_for(found, who, BEST)]
        for who in people
        if found
    }
    names = {who: looked.names.of(who) for who in _people_of(row)}
    rest = {name: value for name, value in row.items() if name != "weighed"}
    return {**rest, "title": looked.seen.title, "names": names, "best": best}
