"""What happens to registrations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class PlaceTaken(Fact):
    """Somebody registered, and has a place or waits for one."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID
    state: str
    is_told: bool = True  # whether a letter of its own tells of it
    is_new: bool = False  # nobody has heard anything of this registration before


@dataclass(frozen=True, slots=True)
class PeopleImported(Fact):
    """A list of people was taken over: how many are new, back again, and changed; `is_told`: each hears by letter.

    Of the new ones `waiting` found no place free.

    Those who are new or back are found by the import's id, and the new ones are announced by this alone: a receiver
    that concerns them all lets the worker spread it.
    """

    event_id: UUID
    import_id: UUID
    added: int
    back: int
    changed: int
    is_told: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class PlacePromoted(Fact):
    """Somebody moved up from the waitlist and has a place now."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID


@dataclass(frozen=True, slots=True)
class PlaceOffered(Fact):
    """A place has come free for somebody who waits, and is theirs if they take it in time."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID


@dataclass(frozen=True, slots=True)
class PlacesGiven(Fact):
    """Very many moved up at once, or were offered places: registration and place of each, in the order of the queue.

    None of them is announced besides: whoever concerns them all lets the worker spread it.
    """

    event_id: UUID
    given: tuple[tuple[UUID, UUID], ...]


@dataclass(frozen=True, slots=True)
class PlaceConfirmed(Fact):
    """Somebody took the place that was offered to them or held for them; `was` is the state that it had."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID
    was: str
    state: str


@dataclass(frozen=True, slots=True)
class PlaceLapsed(Fact):
    """A place was held or offered too long without an answer, and is somebody else's."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID
    was_offered: bool


@dataclass(frozen=True, slots=True)
class PlaceDecided(Fact):
    """Organisers let somebody in, to a place or the waitlist, or did not; `words` is what they add, by language."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID
    state: str
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SecondPlaceLeft(Fact):
    """A place that somebody held, or waited for, beside another is given up, since they have the other."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID


@dataclass(frozen=True, slots=True)
class PoolSettled(Fact):
    """Organisers made a pool, or gave one other rules than before; `is_moved`: those in it take part in another way."""

    event_id: UUID
    pool_id: UUID
    key: str
    is_moved: bool


@dataclass(frozen=True, slots=True)
class PlaceChanged(Fact):
    """Somebody moved from one pool to another, or waits in it beside the place they have; how they stand there."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class PlaceCancelled(Fact):
    """Somebody gave up a place, or their turn for one."""

    event_id: UUID
    registration_id: UUID
    place_id: UUID


@dataclass(frozen=True, slots=True)
class RegisteredAgain(Fact):
    """Somebody used the form for an address that is registered already: its owner gets their link by letter."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class RegistrationChanged(Fact):
    """Somebody described themself anew; `fields` are the names of the columns that changed."""

    event_id: UUID
    registration_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuestInvited(Fact):
    """Somebody is asked by letter to take part in an event, by its organisers or by a guest who cannot come."""

    event_id: UUID
    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class GuestReminded(Fact):
    """A guest who has not answered is asked once more, before the time to do so is over."""

    event_id: UUID
    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class InvitationAnswered(Fact):
    """An invitation was accepted, declined, passed on or withdrawn."""

    event_id: UUID
    invitation_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class LinksAskedFor(Fact):
    """Somebody wants the private links of all registrations of an address again."""

    address: str
    language: str


@dataclass(frozen=True, slots=True)
class LinkRotated(Fact):
    """The private links of a registration were made void; its owner gets the new one by letter."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class CapacityChanged(Fact):
    """A pool has another number of places; none is no limit."""

    event_id: UUID
    pool_id: UUID
    capacity: int | None


@dataclass(frozen=True, slots=True)
class RegistrationsExported(Fact):
    """Somebody took a list of registrations out of the service: so many rows, as `csv`, `xlsx` or `json`."""

    event_id: UUID
    rows: int
    format: str


@dataclass(frozen=True, slots=True)
class QuestionSaved(Fact):
    """Organisers ask something new of those who register, or ask it in another way."""

    event_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class QuestionMoved(Fact):
    """A question is asked earlier or later."""

    event_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class QuestionRetired(Fact):
    """A question is asked no more; its answers stay."""

    event_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class QuestionBroughtBack(Fact):
    """A question that was retired is asked again."""

    event_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class QuestionRemoved(Fact):
    """A question that nobody had answered is gone."""

    event_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class FormTaken(Fact):
    """An event has the questions of another form as well: so many."""

    event_id: UUID
    questions: int


@dataclass(frozen=True, slots=True)
class FormTemplateSaved(Fact):
    """An organisation keeps the questions of an event under a name."""

    event_id: UUID
    template_id: UUID


@dataclass(frozen=True, slots=True)
class FormTemplateRemoved(Fact):
    """An organisation keeps a form no more."""

    event_id: UUID
    template_id: UUID


@dataclass(frozen=True, slots=True)
class AnswersErased(Fact):
    """The answers to a question were kept as long as was told, and are gone: so many."""

    event_id: UUID
    question_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class DelegationRegistered(Fact):
    """A contact named so many people, of whom so many have to wait, as far as may be told to the contact."""

    event_id: UUID
    registration_id: UUID
    people: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CompanionsChanged(Fact):
    """Somebody brings others with them, or other ones: so many; they may have a place each."""

    event_id: UUID
    registration_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class ConsentAskSaved(Fact):
    """Organisers settled whether an event asks for a purpose, and in which words."""

    event_id: UUID
    purpose: str
    recipient: str


@dataclass(frozen=True, slots=True)
class ConsentGiven(Fact):
    """Somebody who is registered agreed to a purpose."""

    event_id: UUID
    registration_id: UUID
    purpose: str
    recipient: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(Fact):
    """Somebody took back what they had agreed to."""

    event_id: UUID
    registration_id: UUID
    purpose: str
    recipient: str


@dataclass(frozen=True, slots=True)
class ParticipantsExported(Fact):
    """A co-organiser took the list of those who agreed to it out of the service."""

    event_id: UUID
    organisation_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class SubstituteAsked(Fact):
    """Somebody wants another to come in their stead, and the organisers are to say whether they may."""

    event_id: UUID
    registration_id: UUID
    substitution_id: UUID


@dataclass(frozen=True, slots=True)
class SubstituteDeclined(Fact):
    """The organisers did not let somebody be replaced: their place stays theirs."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class PlacePassedOn(Fact):
    """Somebody's place is another's, if they take it; `is_new`: they were not registered before."""

    event_id: UUID
    registration_id: UUID
    substitute_id: UUID
    is_new: bool


@dataclass(frozen=True, slots=True)
class RightsSet(Fact):
    """Organisers have said what registrants may do by themselves, and until when."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class RegistrationErased(Fact):
    """Nothing is left of what somebody said, but that they are counted."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class VisaPlanChanged(Fact):
    """An event offers letters of invitation for a visa, or does not, or keeps passport data otherwise."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class VisaLetterAsked(Fact):
    """Somebody asked for a letter of invitation."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class VisaLetterIssued(Fact):
    """Somebody's letter of invitation is ready."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class VisaLetterDeclined(Fact):
    """Somebody gets no letter of invitation."""

    event_id: UUID
    registration_id: UUID


@dataclass(frozen=True, slots=True)
class PassportErased(Fact):
    """What stood in somebody's passport is erased."""

    event_id: UUID
    registration_id: UUID
