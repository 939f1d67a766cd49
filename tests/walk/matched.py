"""A matching in which all goes as it may: made twice, given up once, signed, and answered."""

from typing import Any, Final

from domain.matching.recording import GivenUpReason
from events.ids import CohortId
from events.matching import Inputs, MatchingRunAsked
from events.terms import Role
from services.log.wishes import Accepted
from services.matching.computing import record_of
from tests.scenes.runs import COMMANDS, SEED, solve
from tests.walk.chosen import ChosenWithCare
from tests.walk.doings import NotNow

FEW: Final = 2  # pairs that a run must find at least


class Matched(ChosenWithCare):
    """From a cohort that has started to its pairs."""

    def _matched(self, cohort_id: CohortId) -> None:
        why = {"reason": "other-weights"}
        made = self._asks("matching.ask", cohort_id=cohort_id, weights={"area.same": 40}, **why)
        self._asks("matching.discard", run_id=self._of(made), reason="another-run")
        given_up = self._asks("matching.ask", cohort_id=cohort_id, **why)
        self._computes("matching.give-up", run_id=self._of(given_up), reason=GivenUpReason.FAILED)
        wish = self._asks("matching.ask", cohort_id=cohort_id, **why)
        run = {"run_id": self._of(wish)}
        assert isinstance(wish.answer, Accepted)
        fact = self._walk.anew.opened[wish.answer.written[0].position - 1]
        assert isinstance(fact, MatchingRunAsked)
        assert isinstance(fact.inputs, Inputs)
        record = record_of(fact.run_id, fact.inputs, lambda _: SEED, solve)
        self._computes(record.name, **record.model_dump(mode="json"))
        self._both_sign("matching.approve", **run)
        self._asks("matching.publish", **run)
        known = self._walk.lives.pairs.values()
        asked = [one for one in known if one.run_id == run["run_id"]]
        if len(asked) < FEW:
            raise NotNow
        first, second, *others = asked
        no = {"pairing_id": first.pairing_id, "reason": "other-interests"}
        self._asks(
            "pairing.decline", first.patient_leader_id, **no, person_id=first.patient_leader_id
        )
        for one in (second, *others[:1]):
            for who in (one.patient_leader_id, one.healthcare_leader_id):
                self._asks("pairing.accept", who, pairing_id=one.pairing_id, person_id=who)
        self._later(days=11)
        for one in others[1:]:
            self._do("pairing.remind", {"pairing_id": one.pairing_id})
            self._do("pairing.lapse", {"pairing_id": one.pairing_id})

    def _computes(self, name: str, **data: Any) -> None:
        self._do(name, data, COMMANDS, Role.SYSTEM)
