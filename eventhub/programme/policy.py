"""Who may do what on a programme, beside those who run its event."""

from __future__ import annotations

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.foundation.actor import Actor
from eventhub.people.policy import may_edit_person

from .models import Speaker


def may_act_for_speaker(actor: Actor, speaker: Speaker, event: Event) -> bool:
    """The speaker, by their private link or signed in, and the event's organisers."""
    return is_speaker(actor, speaker) or may_edit_event(actor, event)


def is_speaker(actor: Actor, speaker: Speaker) -> bool:
    """Whether it is the speaker who acts, by their private link or signed in, and nobody on their behalf."""
    if actor.holds_link("speaker", speaker.id):
        return True
    return actor.person_id is not None and actor.person_id == speaker.person_id


def may_edit_profile(actor: Actor, speaker: Speaker, event: Event) -> bool:
    """Those who may edit the person, and who came by the link where it can have reached only the person.

    A link that went to an address which an organiser typed proves nothing of who holds it: it opens only whom the
    event's own organisation knows. Its equals could otherwise be named without being asked, and theirs rewritten.
    """
    if may_edit_person(actor, speaker.person):
        return True
    went_to_their_own = speaker.person.address is not None and speaker.address is None
    is_kept_here = speaker.person.known_to == event.organisation_id
    return actor.holds_link("speaker", speaker.id) and (went_to_their_own or is_kept_here)
