"""What happens to programmes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class PublicStateChanged(Fact):
    """What the public sees of an event is another.

    `session_ids` are the sessions that changed, came or went; `whole` says that the event's own header, or
    something that shows in every session, changed as well.
    """

    event_id: UUID
    session_ids: tuple[UUID, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ProgrammeReleased(Fact):
    """A programme is public as its draft was, or with one change of it; those concerned hear of it where it `tells`."""

    event_id: UUID
    release_id: UUID
    number: int
    kind: str
    tells: bool


@dataclass(frozen=True, slots=True)
class ModeChanged(Fact):
    """Somebody takes part in a session in another way: in the room, from afar, or recorded."""

    event_id: UUID
    session_id: UUID
    role_id: UUID
    person_id: UUID | None
    mode: str


@dataclass(frozen=True, slots=True)
class PartWithdrawn(Fact):
    """Somebody who had confirmed a part in a session will not take it after all."""

    event_id: UUID
    session_id: UUID
    role_id: UUID
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class SpeakerInvited(Fact):
    """Somebody on a programme was asked to confirm these parts, or was given the page for those they have."""

    event_id: UUID
    speaker_id: UUID
    role_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class SpeakerReminded(Fact):
    """Somebody who has not answered is asked once more."""

    event_id: UUID
    speaker_id: UUID


@dataclass(frozen=True, slots=True)
class SpeakerAnswered(Fact):
    """Parts are `confirmed`, `declined` or `withdrawn`; `is_own`: by the speaker, and not by an organiser for them.

    The reason stays with the part, where it can be erased.
    """

    event_id: UUID
    speaker_id: UUID
    role_ids: tuple[UUID, ...]
    state: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class SpeakerModeChosen(Fact):
    """A speaker takes parts in another way; `is_own`: by themself, and not by an organiser for them.

    `hours_before` is how long before the first of these sessions; none while they have no hours.
    """

    event_id: UUID
    speaker_id: UUID
    role_ids: tuple[UUID, ...]
    mode: str
    hours_before: int | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class PartProposedAgain(Fact):
    """A part that was declined or withdrawn is open again: its person can be asked once more."""

    event_id: UUID
    session_id: UUID
    role_id: UUID


@dataclass(frozen=True, slots=True)
class CoSpeakerProposed(Fact):
    """A speaker wants to present together with somebody, who has a part that nobody has asked them for yet."""

    event_id: UUID
    speaker_id: UUID
    role_id: UUID


@dataclass(frozen=True, slots=True)
class SpeakerDeskChanged(Fact):
    """What a speaker tells the organisers is another; `fields` are the names of the columns that changed."""

    event_id: UUID
    speaker_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresentationChanged(Fact):
    """The title or the abstract of what is presented is another."""

    event_id: UUID
    session_id: UUID
    role_id: UUID


@dataclass(frozen=True, slots=True)
class SpeakerLinkRotated(Fact):
    """The private links of a speaker were made void; they get the new one by letter."""

    event_id: UUID
    speaker_id: UUID


@dataclass(frozen=True, slots=True)
class RoomResized(Fact):
    """A room holds another number of people; none is no limit."""

    event_id: UUID
    room_id: UUID
    capacity: int | None


@dataclass(frozen=True, slots=True)
class ConflictAccepted(Fact):
    """An organiser lets a conflict be; `key` says which, until it becomes another."""

    event_id: UUID
    key: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AcceptanceWithdrawn(Fact):
    """A conflict that an organiser had let be is to be looked at again."""

    event_id: UUID
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class ProgrammeSettled(Fact):
    """How an event's programme is kept was settled anew."""

    event_id: UUID
    change_minutes: int
    test_minutes: int
    answer_days: int
    framed_by: tuple[str, ...]
