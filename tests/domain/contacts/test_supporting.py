"""Sue comes along to help Ada: she hears when and where, and nothing else."""

from domain.contacts.supporting import ALONG, copies
from domain.notice import Appointment, Notice
from events.contacts import ContactAgreed
from events.event import Event
from events.ids import CohortId
from tests.scenes.cast import ADA, AUTUMN, BEN, registered
from tests.scenes.contacts import MAE, SUE, agreed, line_manager, supporter
from tests.scenes.given import NOON, folded

WHEN = Appointment("workshop_1", "Skills", "The Guildhall", NOON, NOON)
BOOKED = Notice("workshop.booked", ADA, "Your place", ("It is on Monday.",), appointment=WHEN)
OFFER = Notice("offer.made", ADA, "A place for you", ("Say yes.",))


def copied(notice: Notice, *facts: Event, cohort: CohortId = AUTUMN) -> list[Notice]:
    return list(copies(notice, cohort, lambda wanted: folded(wanted, facts)))


HELPED = (registered(ADA), supporter(ADA), agreed(SUE))


def test_a_supporter_who_agreed_gets_a_copy_of_what_goes_into_the_calendar() -> None:
    (copy,) = copied(BOOKED, *HELPED)
    assert (copy.to, copy.template, copy.appointment) == (SUE, "workshop.booked", WHEN)
    assert copy.paragraphs == (ALONG, "> It is on Monday.")
    assert copy.values["supported"] == registered(ADA).full_name


def test_nothing_else_goes_to_a_supporter() -> None:
    assert copied(OFFER, *HELPED) == []


def test_nothing_goes_to_who_did_not_agree_supports_somebody_else_or_in_another_cohort() -> None:
    assert copied(BOOKED, registered(ADA), supporter(ADA)) == []
    assert copied(BOOKED, registered(ADA), supporter(BEN), agreed(SUE)) == []
    assert copied(BOOKED, *HELPED, cohort=CohortId.derived(NOON, "another")) == []


def test_a_line_manager_gets_no_copy() -> None:
    yes = ContactAgreed(contact_id=MAE, cohort_id=AUTUMN)
    assert copied(BOOKED, registered(ADA), line_manager(ADA), yes) == []
