"""What a programme does by the clock."""

from __future__ import annotations

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.jobs import each_minute, each_night

from . import speaker_queries, speakers, whole


# By the minute, so that a letter comes at the hour at which its reader was written to before, and not in their night.
@each_minute
def remind_before_lapse() -> None:
    """Remind those whose invitation will soon lapse, once, one event at a time."""
    for event_id, person_ids in speaker_queries.list_due(clock.now()).items():
        speakers.remind(SYSTEM, event_id, person_ids)


@each_night
def follow_zone_rules() -> None:
    """Move the instants of future sessions whose zone has new rules, also where their event's own hours stay."""
    whole.follow_zone_rules(SYSTEM)
