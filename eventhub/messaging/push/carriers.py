"""Having push services tell devices, outside any transaction."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from email.utils import parseaddr
from functools import partial
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from flask_babel import force_locale

from eventhub.foundation import fetching
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, end_reading, get
from eventhub.foundation.fetching import Posted
from eventhub.foundation.outbox import NotNow, Refused, carries
from eventhub.foundation.web import settings
from eventhub.messaging.models import Letter
from eventhub.registrations.models import Registration

from . import envelopes, services, words
from .models import PushSubscription

# Seconds between two messages to one service, which all who have a browser of its maker share.
PAUSE = 0.02
_GONE = {404, 410}


def pace(lane: str) -> float:
    """How many seconds lie between two messages to a service."""
    return PAUSE


@carries(services.WORK, pace=pace)
def tell(payload: dict[str, Any], outbox_id: UUID) -> Callable[[], None] | None:
    """Tell one device what a letter says; where letter or device is gone, nothing is told any more."""
    device = db.session.get(PushSubscription, UUID(payload["device_id"]))
    letter = db.session.get(Letter, UUID(payload["letter_id"]))
    key = services.current_key()
    if device is None or letter is None or key is None:
        return None
    registration, device_id, reached = get(Registration, device.registration_id), device.id, device.reached
    if registration.place.has_ended or reached is None or device.site_key != services.short(key):
        return partial(services.forget, device_id)
    with force_locale(letter.language):
        note = words.note(letter, registration)
    if note is None:
        return None
    endpoint, theirs, auth = reached
    headers = {
        "Authorization": key.authorisation(endpoint, f"mailto:{parseaddr(settings().mail_from)[1]}", time.time()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(note.seconds),
        "Topic": note.topic(device_id),
        "Urgency": "high" if note.is_urgent else "normal",
    }
    body = envelopes.sealed(
        note.message(), envelopes.decode(theirs), envelopes.decode(auth),
        salt=os.urandom(16), ours=ec.generate_private_key(envelopes.CURVE),
    )  # fmt: skip
    end_reading()  # a service may take its time: nobody waits for our connection meanwhile
    try:
        answer = fetching.post(endpoint, body, headers)
        if answer.status in _GONE:
            return partial(services.forget, device_id)
        said = _judge(answer)
    except fetching.Unfetched as error:
        services.note_failure(SYSTEM, device_id, error.reason)
        raise (Refused if error.is_for_good else NotNow)(error.reason) from None
    except (NotNow, Refused) as error:
        services.note_failure(SYSTEM, device_id, str(error))
        raise
    return partial(services.mark_taken, device_id, said)


def _judge(answer: Posted) -> str:
    """The status, where the message was taken (RFC 8030 §5); of what a service answers besides, nothing is kept."""
    said = str(answer.status)
    if fetching.is_later(answer.status):
        raise NotNow(said, answer.pause)
    if not 200 <= answer.status < 300:
        raise Refused(said)
    return said
