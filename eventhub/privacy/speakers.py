"""Erasing a speaker from an event: from its programme, its releases, its letters, its slides and its certificates."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete

from eventhub.attendance.certificates import personal as certificates
from eventhub.calendars.models import CalendarHolder
from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import after_commit, announce, db, forget_deleted, get, use_case
from eventhub.foundation.permissions import require
from eventhub.materials import services as materials
from eventhub.messaging import personal as messaging
from eventhub.messaging.reminders import personal as reminders
from eventhub.programme import forgetting, speaker_queries

from . import traces
from .signals import SpeakerErased


@use_case
def erase_speaker(actor: Actor, event_id: UUID, person_id: UUID) -> None:
    """Nothing left of somebody in an event's programme, in what was released of it, and in what came with it.

    By organisers, when they are asked for it. Raises NotFound for whoever is not on the programme.
    """
    event = get(Event, event_id, lock=True)
    require(may_edit_event(actor, event), hidden=True)
    speaker_queries.get_invitee(event, person_id)
    for part in forgetting.list_parts(event.id, person_id):
        materials.remove_slides(actor, part.id)
    speaker = speaker_queries.find_of_person(event.id, person_id)
    # Who was never invited by us is reminded as well, where their own profile has an address.
    letters = messaging.letters_of_speaker(event.id, person_id, speaker.id if speaker else None)
    needles = {str(person_id), *(str(one.id) for one in letters)}
    messaging.erase_of_speaker(event.id, person_id, speaker.id if speaker else None)
    reminders.erase_of_speaker(event.id, person_id)
    if speaker:
        needles.add(str(speaker.id))
        certificates.erase_of_speaker(speaker.id)
        db.session.execute(delete(CalendarHolder).where(CalendarHolder.holder_id == speaker.id))
    traces.erase_words(event.id, needles)
    db.session.flush()
    forgetting.forget_speaker(actor, event.id, person_id)
    announce(SpeakerErased(event.id, person_id))
    after_commit(forget_deleted)
