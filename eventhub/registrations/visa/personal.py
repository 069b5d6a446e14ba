"""What is kept of one person's passport, to be told them and to be erased."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from eventhub.foundation.actor import Actor
from eventhub.registrations.models import Registration

from . import queries, services


def told(registration: Registration) -> dict[str, Any]:
    """The person's request for a letter, with what stands in their passport as long as it is kept."""
    request = queries.find_request(registration)
    if request is None:
        return {}
    passport = queries.passport_of(request)
    return {
        "visa_letter": [
            {
                "state": request.state,
                "asked_at": request.created_at,
                "issued_at": request.issued_at,
                "erased_at": request.erased_at,
                **(
                    {f"passport_{one.name}": str(getattr(passport, one.name)) for one in fields(passport)}
                    if passport
                    else {}
                ),
            }
        ]
    }


def erase(actor: Actor, registration: Registration) -> None:
    """Nothing of the person's passport any more."""
    services.erase_passport(actor, registration)
