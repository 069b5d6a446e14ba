"""Who may do what on a programme, beside those who run its event."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor

from .models import Speaker


def may_act_for_speaker(actor: Actor, speaker: Speaker, event: Event) -> bool:
    """The speaker, by their private link or signed in, and the event's organisers."""
    if actor.holds_link("speaker", speaker.id):
        return True
    return (actor.person_id is not None and actor.person_id == speaker.person_id) or may_edit_event(actor, event)
