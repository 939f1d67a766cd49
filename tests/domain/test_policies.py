"""The names by which policies have asked are kept for ever, whatever becomes of their modules."""

from domain.catalogue import POLICIES
from domain.policy import rule_of

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
    "offers.when_a_place_comes_free",
    "offers.when_places_are_planned_otherwise",
    "offers.when_somebody_waits",
    "pairings.when_application_withdrawn",
    "pairings.when_place_given_up",
    "pairings.when_something_private_is_stated",
    "pairings.when_two_are_one_person",
    "projects.when_a_cohort_is_cancelled",
    "projects.when_a_pair_is_back",
    "projects.when_a_project_is_over",
    "projects.when_partner_replaced",
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
