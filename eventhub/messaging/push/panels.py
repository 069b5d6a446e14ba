"""What a registrant sees of it on their own page."""

from __future__ import annotations

from typing import Any

from flask import render_template

from eventhub.foundation import links
from eventhub.registrations.models import Registration

from . import queries, services


def of_registration(registration: Registration, **_: Any) -> str | None:
    """Where somebody has themself told on this device, if the operator has made a key and there is something to tell.

    The page of a private link alone shows it.
    """
    key = services.current_key()
    if key is None or not services.is_told(registration):
        return None
    return render_template(
        "messaging/_push.html",
        token=links.make("registration", registration.id, registration.link_number),
        registration=registration,
        key=key.public,
        devices=[one for one in queries.devices_of(registration.id) if one.site_key == services.short(key)],
    )
