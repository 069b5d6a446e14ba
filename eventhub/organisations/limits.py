"""How many letters of invitation may be asked for."""

from __future__ import annotations

import hashlib

from flask_babel import gettext

from eventhub.foundation.actor import Actor
from eventhub.foundation.errors import TooMany
from eventhub.foundation.web import is_within


def count_invitation(actor: Actor, address: str) -> None:
    """Count an invitation; raises TooMany above 3 an hour to one address, or 30 an hour by one person."""
    # Neither the limiter's store nor a look into it shall tell an address.
    mailbox = hashlib.sha256(address.encode()).hexdigest()
    if not is_within("invitations", str(actor.person_id), 30, 60):
        raise TooMany(gettext("You have sent many invitations within an hour. Please go on a little later."))
    if not is_within("invitation by mailbox", mailbox, 3, 60):
        raise TooMany(gettext("This address was invited several times within an hour. Please wait before the next."))
