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
    """Somebody took the list of registrations out of the service: so many rows, as `csv` or `xlsx`."""

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
