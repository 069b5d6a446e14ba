"""What events do by the clock."""

from eventhub.events import services
from eventhub.foundation import jobs
from eventhub.foundation.actor import SYSTEM


@jobs.each_night
def follow_zone_rules() -> None:
    """Move the instants of future events whose zone has new rules; what the clock on the wall shows stays."""
    services.derive_instants(SYSTEM)
