"""Wishes of all kinds: whatever a command asks for is made up, so that it fits what is known, or
does not.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from random import Random
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from domain.catalogue import COMMANDS
from domain.cohorts.cohort import PlanCohort
from domain.concerns.heads import fixed_hour
from domain.roles.granting import GrantRole
from events.calendar import local_day
from events.event import declared_id_fields
from events.ids import CohortId, CommandId, Id, PersonId
from events.rules import FIRST
from events.terms import (
    Area,
    AskedBy,
    Background,
    Day,
    EarlierReason,
    HeadOfTheLine,
    Profession,
    Role,
    Side,
    Standing,
    System,
    Theme,
    Travel,
)
from services.door.asking import by_itself
from services.door.wire import ASKED_BY
from tests.walk.door import Asked
from tests.walk.sight import Sight
from tests.walk.team import CHAIRS, HOLDERS

OWN: Final = (Role.APPLICANT, Role.PARTICIPANT, Role.ASSESSOR)
COMPUTES: Final = f"system:{System.COMMANDS}"
WORKER: Final = "system:scheduler"
NOTIFIER: Final = f"system:{System.NOTIFIER}"
CRITERIA: Final = (
    {"code": "interest", "title": "Interest in healthcare", "weight": 2},
    {"code": "leadership", "title": "Some leadership experience"},
)
PEOPLE: Final = ("person_id", "assessor_id", "proposed_by", "reported_by", "leaver")

UNNAMED: Final = 0.3
"""How often nobody names a role: then it follows from what the actor holds."""
SAID: Final = ("email", "leadership")
"""What need not be said by itself, and must be for something else."""


def later(moment: str, **by: float) -> str:
    """A moment as it goes over the bus, some time later."""
    return (datetime.fromisoformat(moment) + timedelta(**by)).isoformat()


class Wishes:
    """Makes requests up. `now` tells the time at the door, `team` who coordinates."""

    def __init__(
        self,
        chance: Random,
        sight: Sight,
        now: Callable[[], datetime],
        team: Callable[[], PersonId],
    ) -> None:
        self._chance, self._sight, self._now, self._team = chance, sight, now, team
        self._number = 0

    def any(self) -> Asked:
        """Any command, about things that belong together for the most part."""
        return self.asked(self._chance.choice(tuple(COMMANDS)))

    def asked(
        self,
        name: str,
        *,
        by: PersonId | None = None,
        role: Role | None = None,
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Asked:
        """A request; what is not `given` is made up. Its actor is `by`, or whoever may be."""
        kind: Any = COMMANDS[name]
        if kind is PlanCohort:
            given = {**self._plan(), **given}
        data = {**self._filled(kind, given), **given}
        if name in ASKED_BY[COMPUTES]:
            said = {key: value for key, value in data.items() if value is not None}
            return Asked(name, by_itself(self._id(), said), System.COMMANDS)
        role = role or self._role(kind, by)
        body: dict[str, Any] = {
            "id": self._id(),
            "actor": by or self._actor(kind, role, data),
            "role": role.value,
            "data": {key: value for key, value in data.items() if value is not None},
        }
        if self._chance.random() < UNNAMED:
            del body["role"]
        return Asked(name, body | self._behalf(kind, role, data) | self._time(role))

    def _behalf(self, kind: Any, role: Role, data: Mapping[str, Any]) -> dict[str, Any]:
        """Whoever of the team says what is somebody's own to say names them, but for a few; and now
        and then somebody names somebody where it is not asked for.
        """
        team = role not in (*OWN, Role.SYSTEM) and not kind.roles.isdisjoint(OWN)
        if self._chance.random() > (0.97 if team and not kind.also_unasked else 0.03):
            return {}
        named = [data[one] for one in PEOPLE if data.get(one)]
        ids = [one for one in data.values() if isinstance(one, Id)]
        if not named and (beside := self._sight.beside(PersonId, ids, self._chance)):
            named = [beside]
        how = {"asked": self._chance.choice(tuple(AskedBy)).value}
        if self._chance.random() < 0.01:
            how = {}
        return {"onbehalfof": (named or [self._sight.some(PersonId, self._chance)])[0], **how}

    def _id(self) -> CommandId:
        self._number += 1
        return CommandId.derived(self._now(), str(self._number))

    def _time(self, role: Role) -> dict[str, Any]:
        """Now and then a coordinator enters what happened earlier."""
        if role not in (Role.COORDINATOR, Role.IMPORTER) or self._chance.random() > 0.03:
            return {}
        earlier = timedelta(hours=self._chance.choice((1, 20, 100, 400)))
        reason = self._chance.choice(tuple(EarlierReason))
        return {"time": (self._now() - earlier).isoformat(), "reason": reason.value}

    def _role(self, kind: Any, by: PersonId | None) -> Role:
        roles: list[Role] = sorted(kind.roles)
        if self._chance.random() < 0.01:
            return self._chance.choice(tuple(Role))
        if by is not None:
            roles = [one for one in roles if one in (*OWN, Role.CO_CHAIR)] or roles
        elif Role.COORDINATOR in roles and self._chance.random() < 0.7:
            return Role.COORDINATOR
        return self._chance.choice(roles)

    def _actor(self, kind: Any, role: Role, data: Mapping[str, Any]) -> str:
        if role is Role.SYSTEM:
            return NOTIFIER if System.NOTIFIER in kind.systems else WORKER
        named = [data[one] for one in PEOPLE if data.get(one)]
        if role in OWN:
            return str(named[0] if named and self._chance.random() < 0.9 else self._anybody())
        if self._chance.random() < 0.1:
            return self._anybody()
        if role is Role.CO_CHAIR:
            return CHAIRS[data.get("side") or self._chance.choice(tuple(Side))]
        return HOLDERS.get(role) or self._team()

    def _anybody(self) -> str:
        return str(self._sight.some(PersonId, self._chance))

    def _filled(self, kind: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
        """Ids first, each beside those that are there already; then all the rest."""
        ids = declared_id_fields(kind)
        known = [value for value in given.values() if isinstance(value, Id)]
        data: dict[str, Any] = {}
        for name, form, needed in fields_of(kind):
            if name in given or not (needed or self._chance.random() < 0.3):
                continue
            if name in ids:
                data[name] = self._named(form, known)
                known.append(data[name])
        for name, form, needed in fields_of(kind):
            said = needed or name in SAID or self._chance.random() < 0.4
            if name not in given and name not in ids and said:
                data[name] = self._value(kind, name, form)
        if "ends_at" in data and "starts_at" in data:
            data["ends_at"] = later(data["starts_at"], hours=6)
        if kind is GrantRole and (self._chance.random() < 0.95):
            chairs = given.get("role", data.get("role")) == Role.CO_CHAIR
            data["side"] = self._chance.choice(tuple(Side)).value if chairs else None
        return data

    def _named(self, form: type[Id], known: list[Id]) -> Id:
        fits = self._chance.random() < 0.9
        found = self._sight.beside(form, known, self._chance) if fits else None
        return found or self._sight.some(form, self._chance)

    def _value(self, kind: type[BaseModel], name: str, form: Any) -> Any:
        if name in MADE_UP:
            return MADE_UP[name](self._chance, self._now())
        if form is bool:
            return self._chance.random() < 0.5
        if isinstance(form, type) and issubclass(form, StrEnum):
            return self._chance.choice(tuple(form)).value
        if get_origin(form) is Literal:
            return self._chance.choice(get_args(form))
        if get_origin(form) is tuple:
            among = [one.value for one in get_args(form)[0]]
            return self._chance.sample(among, self._chance.randint(0, 2))
        raise LookupError(f"nobody said how {kind.__name__}.{name} is made up")

    def _plan(self) -> dict[str, Any]:
        """A cohort that is chosen, and over, soon."""
        chance, day = self._chance, local_day(self._now())
        opens = day + timedelta(days=chance.randint(-1, 1))
        closes = opens + timedelta(days=chance.randint(3, 8))
        decisions = closes + timedelta(days=chance.randint(1, 3))
        starts = decisions + timedelta(days=chance.choice((0, 4, 8, 12)))
        ends = starts + timedelta(days=chance.choice((10, 60, 90, 120)))
        return {
            "opens_on": opens.isoformat(),
            "closes_on": closes.isoformat(),
            "decisions_on": decisions.isoformat(),
            "starts_on": starts.isoformat(),
            "ends_on": ends.isoformat(),
            "criteria": CRITERIA,
            "places_per_side": chance.choice((1, 3, 4, 6)),
            "required_workshops": chance.choice((1, 2, 2, 3)),
            "accept_within_days": chance.choice((1, 3, 5, 10)),
            "although_there_is": None if chance.random() < 0.9 else self._a_cohort(),
        }

    def _a_cohort(self) -> CohortId | None:
        known = self._sight.all(CohortId)
        return self._chance.choice(known) if known else None


@cache
def fields_of(kind: type[BaseModel]) -> tuple[tuple[str, Any, bool], ...]:
    """The fields of a command: name, form without its marks and without None, and if it must be."""
    return tuple(
        (name, bare(field.annotation), field.is_required())
        for name, field in kind.model_fields.items()
    )


def bare(form: Any) -> Any:
    """What a field may hold, besides nothing."""
    if get_origin(form) is Annotated:
        return bare(get_args(form)[0])
    if get_origin(form) in (UnionType, Union):
        return bare(next(one for one in get_args(form) if one is not NoneType))
    return form


Making = Callable[[Random, datetime], Any]


def _rules(chance: Random, _: datetime) -> dict[str, Any]:
    """Rules of the programme, most of them as they were."""

    def some(name: str, *others: Any) -> Any:
        return chance.choice((getattr(FIRST, name), getattr(FIRST, name), *others))

    other = {
        "places_per_side": some("places_per_side", 4, 6),
        "assessments": some("assessments", 3),
        "moderation_gap": {"usual": chance.choice((20, 40)), "least": 20, "most": 60},
        "accept_within_days": {"usual": 7, "least": chance.choice((1, 1, 3)), "most": 10},
        "required_workshops": {"usual": 2, "least": 1, "most": chance.choice((2, 3, 3))},
        "weights": dict.fromkeys(FIRST.weights, chance.randint(0, 9)),
        "days_left": some("days_left", 1, 5),
        "assessment_days": some("assessment_days", 2, 20),
        "assessment_reminder_days": some("assessment_reminder_days", 1),
        "employer_days": some("employer_days", 5, 30),
        "employer_reminder_days": some("employer_reminder_days", 3),
        "offer_reminder_days": some("offer_reminder_days", 1, 5),
        "extension_days": some("extension_days", 3),
        "contact_days": some("contact_days", 3, 30),
        "contacts": some("contacts", 2),
        "common_days": some("common_days", 0, 2),
        "people_in_a_run": some("people_in_a_run", 3),
        "proposal_days": some("proposal_days", 3, 14),
        "proposal_days_at_most": some("proposal_days_at_most", 20),
        "proposal_reminder_days": some("proposal_reminder_days", 1, 5),
        "kept_place_days": some("kept_place_days", 2, 14),
        "doors_open_hours": some("doors_open_hours", 1, 4),
        "register_reminder_days": some("register_reminder_days", 2, None),
        "register_days": some("register_days", 1, 9),
        "held_place_days": some("held_place_days", 1, 4),
        "head_of_the_line": chance.choice(tuple(HeadOfTheLine)).value,
        "workshop_reminder_days": some("workshop_reminder_days", 1, 9),
        "milestone_reminder_days": some("milestone_reminder_days", 1, 20),
        "check_in_months": some("check_in_months", (1, 4), (2,)),
        "notice_days": some("notice_days", 1, 3),
    }
    return {**FIRST.model_dump(mode="json"), **other}


def _among(*values: Any) -> Making:
    return lambda chance, _: chance.choice(values)


def _day(earliest: int, latest: int) -> Making:
    def made(chance: Random, now: datetime) -> str:
        return (local_day(now) + timedelta(days=chance.randint(earliest, latest))).isoformat()

    return made


def _profile(chance: Random, _: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {
        "area": chance.choice((Area.DEVON, Area.CORNWALL, Area.KENT)),
        "themes": chance.sample(tuple(Theme), chance.randint(0, 2)),
        "days": chance.sample(tuple(Day), chance.randint(0, 2)),
        "travel": chance.choice(tuple(Travel)),
        "standing": chance.choice((None, *Standing)),
    }
    if chance.random() < 0.97:
        said["background"] = chance.choice(tuple(Background))
    if chance.random() < 0.97:
        said["profession"] = chance.choice(tuple(Profession))
    return said


def _moment(hours: tuple[int, ...], minutes: int = 0) -> Making:
    def made(chance: Random, now: datetime) -> str:
        moment = now + timedelta(hours=chance.choice(hours), minutes=minutes)
        return moment.astimezone(UTC).isoformat()

    return made


def _numbered(text: str, most: int) -> Making:
    return lambda chance, _: text.format(chance.randrange(most))


MADE_UP: Final[Mapping[str, Making]] = MappingProxyType(
    {
        "accept_by": _day(-1, 30),
        "accept_within_days": _among(1, 5, 10),
        "access_needs": _among("A hearing loop.", "A seat near the door."),
        "aim": _among("Be understood.", "Be on time."),
        "answer_by": _day(-1, 20),
        "column_prices": _among([], [1]),
        "columns": _among([], [None], [0]),
        "capacity": _among(1, 2, 2, 3, 4, 8),
        "comment": _among(None, "A kind application."),
        "criteria": _among(CRITERIA),
        "digest": _among("0" * 32, "1" * 32),
        "due_on": _day(-1, 20),
        "closes_on": _day(-2, 9),
        "decisions_on": _day(-2, 12),
        "ended_on": _day(-30, 1),
        "email": _numbered("somebody{}@example.org", 400),
        "ends_on": _day(-3, 60),
        "ends_at": _moment((24, 50, 200, 400), 300),
        "ends": _among(
            {"accepted": 1, "already": 0, "refused": 0, "to_be_asked_about": 0},
            {"accepted": 1, "already": 1, "refused": 0, "to_be_asked_about": 0},
        ),
        "file": _among({"rows": 1, "digest": "0" * 64}, {"rows": 2, "digest": "1" * 64}),
        "experiences": _among(0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 5, 5),
        "full_name": _numbered("Somebody {}", 400),
        "heard_through": _among("a-friend", "the-web"),
        "hour": lambda _, now: fixed_hour(now).isoformat(),
        "host": _among("RH8", "RK9"),
        "host_name": _among("Royal Devon", "University Hospitals Plymouth"),
        "in_force_from": _day(2, 12),
        "interest": _among("I want to help."),
        "issuer": _among("trust", "login"),
        "language": _among("en", "cy"),
        "leadership": _among("I run a newsletter."),
        "moderation_gap": _among(20, 30, 60),
        "months": _among(3, 6, 12, 1, 2, 4),
        "opens_on": _day(-2, 3),
        "note": _among(None, "It was hard."),
        "number": _among(1, 2, 3, 4),
        "phone": _among("07700 900123", "01632 960101"),
        "postal_address": _among("1 High Street, Truro TR1 2AB", "2 Fore Street, Exeter EX1 1AA"),
        "place": _among(1, 1, 2, 3),
        "places_per_side": _among(1, 2, 4, 6),
        "profile": _profile,
        "required_workshops": _among(1, 2, 3),
        "inputs_digest": _among("0" * 64),
        "row_prices": _among([], [1]),
        "seed": _among("0" * 64),
        "rules": _rules,
        "remind_on": _day(-2, 9),
        "scan_id": _numbered("scan.{}", 900),
        "scanned_at": _moment((-30, -2, 0, 0, 1)),
        "scores": lambda chance, _: {
            "interest": chance.randint(0, 5),
            "leadership": chance.randint(0, 5 + (chance.random() < 0.03)),
        },
        "score_by": _day(-1, 20),
        "subject": _numbered("subject {}", 12),
        "template": _among("offer.made", "pairing.held"),
        "starts_on": _day(-9, 6),
        "starts_at": _moment((-2, 24, 50, 200, 400)),
        "title": _numbered("Kinder letters {}", 60),
        "town": _among("Truro", "Exeter"),
        "until": _day(-2, 9),
        "venue": _among("The Guildhall", "The library"),
        "weights": _among({}, {"area.same": 50}, {"themes.in-common": 0, "area.same": 1}),
        "wishes": _among(None, "Not on Mondays."),
        "words": _among("I was heard.", "There is more to do."),
    }
)
