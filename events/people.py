"""What has happened to the people of the programme."""

from datetime import date
from typing import Annotated, ClassVar

from events.event import Cover, Event
from events.ids import ApplicationId, CohortId, ImportId, PersonId
from events.personal import Closed, Erased, FewWords, ForRules, Line, OfTwo, Personal, Sealed
from events.terms import Channel, Code, Format, Moment, Purpose, Relationship, Value, Way


class Contact(Value):
    """Where somebody is reached, and where they live."""

    email: Line | None = None
    phone: Line | None = None
    town: Line | None = None
    postal_address: Line | None = None


class ContactChange(Value):
    """What is otherwise now of where somebody is reached: what is given, and what is gone."""

    email: Line | None = None
    phone: Line | None = None
    town: Line | None = None
    postal_address: Line | None = None
    removed: tuple[Way, ...] = ()

    def after(self, known: Contact) -> Contact:
        """Where they are reached from now on."""
        gone = {one.value: None for one in self.removed}
        given = self.model_dump(exclude={"removed"}, exclude_none=True)
        return known.model_copy(update=gone | given)


class PersonRegistered(Event):
    """Somebody is known to the programme. `reached_by` is how we can reach them at all; `import_id`
    with which file they came, if with one.
    """

    name: ClassVar = "person.registered"
    person_id: PersonId
    full_name: Annotated[Closed[Line], Personal(of="person_id")]
    contact: Annotated[Closed[Contact], Personal(of="person_id", even=256)] = Contact()
    reached_by: Annotated[Closed[tuple[Channel, ...]], ForRules(of="person_id")] = ()
    import_id: ImportId | None = None


class PersonDetailsChanged(Event):
    """Somebody has another name, or is reached otherwise: only what is given is otherwise.

    `reached_by` is how we can reach them at all from now on.
    """

    name: ClassVar = "person.details-changed"
    person_id: PersonId
    full_name: Annotated[Closed[Line] | None, Personal(of="person_id")] = None
    change: Annotated[Closed[ContactChange] | None, Personal(of="person_id", even=512)] = None
    reached_by: Annotated[Closed[tuple[Channel, ...]], ForRules(of="person_id")] = ()


class PersonStated(Cover):
    """Something private was said by or about a person: what it is, nobody else can tell.

    How they wish to hear from us, what helps them to take part, how they stand to somebody else,
    and from whom they are kept apart all look like this, so that having said one of them says
    nothing.
    """

    name: ClassVar = "person.stated"
    veiled: ClassVar = True
    size: ClassVar = 12 * 1024  # 2,000 characters of any script, sealed and covered
    hidden_tags: ClassVar = 1
    person_id: PersonId
    content: Annotated[Sealed | Erased, ForRules(of="person_id")]


class ContactPreferenceStated(Event):
    """A person has said how they wish to hear from us."""

    name: ClassVar = "person.contact-preference-stated"
    cover: ClassVar = PersonStated
    person_id: PersonId
    channel: Channel
    format: Format = Format.STANDARD
    language: Code = "en"
    said_at: Moment | None = None
    """The moment at which it was said, by which the newer word counts; None, if nobody noted it."""


class AccessNeedsStated(Event):
    """A person has said what helps them to take part."""

    name: ClassVar = "person.access-needs-stated"
    cover: ClassVar = PersonStated
    person_id: PersonId
    needs: Annotated[Closed[FewWords], Personal(of="person_id")]
    supporter_comes: bool = False
    said_at: Moment | None = None
    """The moment at which it was said, by which the newer word counts; None, if nobody noted it."""


class ConsentGiven(Event):
    """A person agrees that their data are used for a purpose."""

    name: ClassVar = "person.consent-given"
    person_id: PersonId
    purpose: Purpose = Purpose.PROGRAMME


class ConsentWithdrawn(Event):
    """A person no longer agrees."""

    name: ClassVar = "person.consent-withdrawn"
    person_id: PersonId
    purpose: Purpose = Purpose.PROGRAMME
    said_at: Annotated[Closed[Moment] | None, ForRules(of="person_id")] = None
    """The moment at which it was said, by which the newer word counts; None, if nobody noted it."""


class RelationshipDeclared(Event):
    """Two people stand to each other in a way that a rule asks about.

    The first is the one who treats, manages or refers, or else who made the declaration.
    """

    name: ClassVar = "person.relationship-declared"
    cover: ClassVar = PersonStated
    person_id: PersonId
    other_id: PersonId
    kind: Annotated[Closed[Relationship], OfTwo(of="person_id+other_id")]


class RelationshipEnded(Event):
    """What was between two people is over, or never was: a rule asks about it no more.

    `kind`, `person_id` and `other_id` are those with which it was declared.
    """

    name: ClassVar = "person.relationship-ended"
    cover: ClassVar = PersonStated
    person_id: PersonId
    other_id: PersonId
    kind: Annotated[Closed[Relationship], OfTwo(of="person_id+other_id")]
    reason: Annotated[Closed[Code], OfTwo(of="person_id+other_id")]
    ended_on: date


class PersonMerged(Event):
    """Somebody was registered twice: both ids are one person from now on, called `person_id`.

    What happens to one of `applications`, or else in one of `cohorts`, is recorded under
    `merged_id` all the same, because it began under it; so the two can be parted again as they
    were.
    """

    name: ClassVar = "person.merged"
    person_id: PersonId
    merged_id: PersonId
    applications: tuple[ApplicationId, ...] = ()
    cohorts: tuple[CohortId, ...] = ()
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class PersonParted(Event):
    """Two people were taken for one by mistake: they are two again, for a reason."""

    name: ClassVar = "person.parted"
    person_id: PersonId
    merged_id: PersonId
    reason: Annotated[Closed[Code], ForRules(of="person_id")]


class PersonErased(Event):
    """Somebody is forgotten: their keys are destroyed, and nothing sealed under them is known.

    Whoever folds facts goes on as if it had been so from the beginning.
    """

    name: ClassVar = "person.erased"
    forgets: ClassVar = "person_id"
    person_id: PersonId
