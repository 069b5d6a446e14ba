"""How often somebody may try an account, or have a letter sent to an address."""

from __future__ import annotations

import hashlib

from flask_babel import gettext

from eventhub.foundation.errors import TooMany
from eventhub.foundation.web import is_within, network_of_reader


def count_try(address: str) -> None:
    """Count a try at an account's password; raises TooMany above 10 in 5 minutes, or 60 from one network address."""
    by_account = is_within("password", _fingerprint(address), 10, 5)
    if not (is_within("password", network_of_reader(), 60, 5) and by_account):
        raise TooMany(gettext("Too many tries. Please wait five minutes, then try again."))


def count_letter(address: str) -> None:
    """Count a letter that a stranger asks for, whatever letter it is.

    Raises TooMany above 3 an hour to one address, or 60 in 5 minutes from one network address.
    """
    if not is_within("letters", network_of_reader(), 60, 5):
        raise TooMany(gettext("Too many tries. Please wait five minutes, then try again."))
    if not is_within("letter", _fingerprint(address), 3, 60):
        text = gettext("Several letters have been sent to this address already. Please look there, or wait an hour.")
        raise TooMany(text)


def _fingerprint(address: str) -> str:
    # Neither the limiter's store nor a look into it shall tell an address.
    return hashlib.sha256(address.encode()).hexdigest()
