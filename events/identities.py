"""What has happened to how people are known: whom issuers outside mean by their subjects."""

from typing import Annotated, ClassVar

from events.event import Event
from events.ids import PersonId, TieId
from events.personal import Closed, ForRules, Line
from events.terms import Code


class IdentityTied(Event):
    """Whom an issuer calls by a certain subject is this person, from now on.

    `issuer` is its code in the settings. `subject` is a digest (SHA-256, 64 hexadecimal digits) of
    the issuer's name and the subject.
    """

    name: ClassVar = "identity.tied"
    tie_id: TieId
    person_id: PersonId
    issuer: Annotated[Closed[Code], ForRules(of="person_id")]
    subject: Annotated[Closed[Line], ForRules(of="person_id")]


class IdentityUntied(Event):
    """A tie counts no more: whoever comes in by it is nobody whom we know."""

    name: ClassVar = "identity.untied"
    tie_id: TieId
    person_id: PersonId
