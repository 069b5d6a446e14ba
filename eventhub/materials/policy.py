"""Who may do what with materials, beside those who run the event."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker
from eventhub.programme.policy import may_act_for_speaker

# In these somebody speaks for others, and has nothing of their own to show.
WITHOUT_SLIDES = ("interpreter", "contact")
ENDED = ("declined", "withdrawn")


def has_slides(role: SessionRole, session: ProgrammeSession) -> bool:
    """Whether slides are wanted of a part: as long as it and its session stand."""
    return role.role not in WITHOUT_SLIDES and role.state not in ENDED and session.state == "scheduled"


def may_give_slides(actor: Actor, role: SessionRole, speaker: Speaker | None, event: Event) -> bool:
    """Whoever has the part, and the event's organisers; `speaker` is who has it, as the one we write to."""
    if may_edit_event(actor, event):
        return True
    return speaker is not None and speaker.person_id == role.person_id and may_act_for_speaker(actor, speaker, event)
