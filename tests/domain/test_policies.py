"""The names by which policies have asked are kept for ever, whatever becomes of their modules."""

from domain.catalogue import COMMANDS, POLICIES
from domain.cohorts.cohort import CohortIsCompleted
from domain.policy import rule_of
from domain.states import GOES_ON
from events.cohorts import CohortCompletionTakenBack
from services.crew import CREW
from services.handbook.code import states_of
from tests.scenes.cast import AUTUMN
from tests.scenes.pairs import recorded

FOR_EVER = {
    "applications.when_a_cohort_goes_on_after_all",
    "applications.when_a_cohort_is_cancelled",
    "applications.when_application_amended",
    "applications.when_application_reinstated",
    "applications.when_application_submitted",
    "applications.when_consent_withdrawn",
    "applications.when_two_are_one_person",
    "assessments.when_a_cohort_goes_on_after_all",
    "assessments.when_an_application_goes_on",
    "assessments.when_an_assessor_applies",
    "assessments.when_it_is_to_be_scored_again",
    "contacts.when_a_cohort_is_cancelled",
    "contacts.when_a_project_ends",
    "contacts.when_somebody_leaves",
    "continuation.when_consent_withdrawn",
    "continuation.when_two_are_one_person",
    "interest.when_consent_withdrawn",
    "interest.when_two_are_one_person",
    "offers.when_a_cohort_goes_on_after_all",
    "offers.when_a_place_comes_free",
    "offers.when_places_are_planned_otherwise",
    "offers.when_somebody_waits",
    "pairings.when_a_release_is_lost",
    "pairings.when_application_withdrawn",
    "pairings.when_offer_withdrawn",
    "pairings.when_place_given_up",
    "pairings.when_something_private_is_stated",
    "pairings.when_two_are_one_person",
    "projects.when_a_cohort_is_cancelled",
    "projects.when_a_pair_is_back",
    "projects.when_a_project_is_over",
    "projects.when_partner_replaced",
    "workshops.when_a_cohort_goes_on_after_all",
    "workshops.when_a_cohort_is_cancelled",
    "workshops.when_booking_cancelled",
    "workshops.when_capacity_changed",
    "workshops.when_held_place_lapsed",
    "workshops.when_somebody_leaves_the_cohort",
    "workshops.when_two_part",
    "workshops.when_waiting_list_joined",
    "workshops.when_workshop_reinstated",
}


def test_a_rule_keeps_its_name_for_ever() -> None:
    """Renamed, it would ask again for all that it ever asked for. New names are added here."""
    assert {rule_of(one) for policies in POLICIES.values() for one in policies} == FOR_EVER


def test_no_two_rules_have_one_name() -> None:
    rules = {one for policies in POLICIES.values() for one in policies}
    assert len({rule_of(one) for one in rules}) == len(rules)


INSTEAD = {
    "application.withdraw-those-of": "application.withdraw-without-consent",
    "application.withdraw-without-consent": "application.withdraw-without-consent",
    "assessment.look-at-all-again": "assessment.look-at-all-again",
    "reserve.promote": "reserve.promote",
    "workshop.offer-held-places": "workshop.offer-in-cohort",
    "workshop.offer-in-cohort": "workshop.offer-in-cohort",
    "workshop.offer-to-each": "workshop.offer-in-cohort",
}
"""What does not follow while a cohort is over, by what is asked for once it goes on after all."""
NOTHING_LEFT = {
    "application.withdraw-with-cohort",  # a cohort that is over is not cancelled any more
    "assessment.await-again",  # nothing is scored once all have heard
    "assessment.stand-down",  # as above
    "project.stop-with-cohort",  # as the first
    "workshop.cancel-with-cohort",  # as the first
}


def test_what_a_cohort_that_is_over_holds_up_follows_once_it_goes_on_after_all() -> None:
    asked = {name for one in CREW if one.name == "policies" for name in one.asks}
    may = {name for name in asked if CohortIsCompleted in {*states_of(COMMANDS[name])}}
    held_up = {name for name in may if CohortIsCompleted not in GOES_ON[name]}
    assert held_up == INSTEAD.keys() | NOTHING_LEFT
    back = CohortCompletionTakenBack(cohort_id=AUTUMN, reason="cohort.step-mistake")
    wishes = (policy(recorded(back)) for policy in POLICIES[CohortCompletionTakenBack])
    assert {one.name for found in wishes for one in found} == {*INSTEAD.values()}
