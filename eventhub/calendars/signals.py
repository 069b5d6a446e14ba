"""What happens to the addresses of people's own feeds, and to invitations by calendar."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from eventhub.foundation.db import Fact


@dataclass(frozen=True, slots=True)
class AnswerWishChanged(Fact):
    """The organisers of an event wish answers to its invitations, or do not any more."""

    event_id: UUID
    is_on: bool


@dataclass(frozen=True, slots=True)
class InvitationReplied(Fact):
    """Somebody's calendar has answered an invitation: `accepted`, `declined` or `tentative`."""

    event_id: UUID
    registration_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class CalendarAddressMade(Fact):
    """Somebody has a new address for one of their own feeds; the one before, if any, is void."""

    person_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class CalendarAddressEnded(Fact):
    """The address of one of somebody's own feeds is void, and there is no other."""

    person_id: UUID
    kind: str
