"""What robots are told of what happens on lower floors."""

from __future__ import annotations

from uuid import UUID

from eventhub.events.models import Event
from eventhub.events.signals import EventCancelled, EventPublished
from eventhub.foundation.db import get, receives
from eventhub.foundation.outbox import WorkTakenUpAgain
from eventhub.foundation.work import OutboxRow, WorkGivenUp
from eventhub.programme.signals import ProgrammeReleased

from . import services


@receives(EventPublished)
def tell_of_event(fact: EventPublished) -> None:
    """An event is open to its public."""
    event = get(Event, fact.event_id)
    services.tell(event, "published", f"{event.id}:{event.version}")


@receives(ProgrammeReleased)
def tell_of_release(fact: ProgrammeReleased) -> None:
    """There is a new programme, or one change of it that concerns somebody; the first comes with the event itself."""
    if fact.number > 1 and (fact.kind == "release" or fact.tells):
        occasion = "released" if fact.kind == "release" else "hotfix"
        services.tell(get(Event, fact.event_id), occasion, str(fact.release_id), fact.release_id)


@receives(EventCancelled)
def tell_of_cancellation(fact: EventCancelled) -> None:
    """An event will not take place."""
    event = get(Event, fact.event_id)
    services.tell(event, "cancelled", f"{event.id}:{event.version}")


@receives(WorkGivenUp)
def show_failure(fact: WorkGivenUp) -> None:
    """A message that is not taken says so in the robot's log."""
    if fact.kind == services.WORK:
        services.mark_failed(UUID(fact.payload["delivery_id"]), fact.error)


@receives(WorkTakenUpAgain)
def show_new_try(fact: WorkTakenUpAgain) -> None:
    """A message that is tried once more does not count as failed meanwhile."""
    if fact.kind == services.WORK:
        services.mark_waiting(UUID(get(OutboxRow, fact.outbox_id).payload["delivery_id"]))
