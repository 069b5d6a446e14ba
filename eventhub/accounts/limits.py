"""How often somebody may try an account, or have a letter sent to an address."""

from __future__ import annotations

import hashlib

from flask_limiter.util import get_remote_address

from eventhub.foundation.web import is_within


def may_try(address: str) -> bool:
    """Count a try at an account's password: 10 in 5 minutes for the account, 60 from one network address."""
    by_account = is_within("password", _fingerprint(address), 10, 5)
    return is_within("password", get_remote_address(), 60, 5) and by_account


def may_ask_for_letter(address: str) -> bool:
    """Count a letter that a stranger asks for: 3 an hour to one address, whatever letter it is."""
    return is_within("letter", _fingerprint(address), 3, 60)


def _fingerprint(address: str) -> str:
    # Neither the limiter's store nor a look into it shall tell an address.
    return hashlib.sha256(address.encode()).hexdigest()
