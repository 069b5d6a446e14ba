"""How often somebody may register, and how many letters one registration may cause."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from flask_babel import gettext

from eventhub.foundation.errors import TooMany
from eventhub.foundation.web import is_within, network_of_reader

from .models import Registration
from .series.models import SeriesRegistration


def count_registration(address: str) -> None:
    """Count a registration; raises TooMany above 5 an hour for an address, or 60 in 5 minutes from one network.

    A workshop's participants may share a network; a mailbox must not be flooded.
    """
    # Neither the limiter's store nor a look into it shall tell an address.
    mailbox = hashlib.sha256(address.encode()).hexdigest()
    _count_in_network()
    if not is_within("registration by mailbox", mailbox, 5, 60):
        raise TooMany(gettext("This address was used several times within an hour. Please look for our letters there."))


def _count_in_network() -> None:
    if not is_within("registration", network_of_reader(), 60, 5):
        text = gettext("Very many people are registering from your network. Please wait five minutes, then try again.")
        raise TooMany(text)


def count_delegation(addresses: Iterable[str], people: int) -> None:
    """Count so many people registered at once, those with these addresses among them; raises TooMany as for each alone.

    What is typed is counted before it is looked at: no answer tells more because there was no letter.
    """
    for address in addresses:
        count_registration(address)
        people -= 1
    for _ in range(people):
        _count_in_network()


def count_change(registration: Registration | SeriesRegistration) -> None:
    """Count a change of which a letter tells, whoever makes it; raises TooMany above 6 an hour for a registration."""
    if not is_within("changes of a registration", str(registration.id), 6, 60):
        raise TooMany(gettext("This registration was changed several times within an hour. Please wait a little."))
