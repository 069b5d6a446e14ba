"""What reminders do when somebody lives by another clock than before."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.foundation import outbox
from eventhub.foundation.db import get, own_memory, receives
from eventhub.registrations.models import Registration
from eventhub.registrations.signals import RegistrationChanged

from . import queries


@receives(RegistrationChanged)
def catch_up(fact: RegistrationChanged) -> None:
    """A reminder whose moment is to come moves by itself; one that is past by the new clock reaches its reader now.

    To the others by that clock it went when it was due, and nobody else would look at that moment again. A list that
    says anew where very many live asks for the moments once, and has each looked at once.
    """
    memory = own_memory()
    assert memory is not None
    if not {"zone", "country"} & set(fact.fields):
        return
    registration, event = get(Registration, fact.registration_id), get(Event, fact.event_id)
    if ("passed", event.id) not in memory:
        memory["passed", event.id] = {moment.id: (moment, rule) for moment, rule in queries.list_passed(event)}
    zone, passed = registration.own_zone or event.zone, memory["passed", event.id]
    for moment, rule in list(passed.values()):
        if rule.timing.moment(moment.occasion_at, event.zone, zone) == moment.due_at:
            outbox.put("reminders", {"round_id": str(moment.id), "is_timely": False}, event_id=event.id)
            del passed[moment.id]
