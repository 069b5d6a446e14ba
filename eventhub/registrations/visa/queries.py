"""Finding requests for letters, and reading what was sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from eventhub.events.models import Event
from eventhub.foundation import sealing
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.registrations.models import Registration

from .models import PURPOSE, VisaPlan, VisaRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """What an embassy asks of a letter: the person as in their passport, and when they are to be in the country."""

    full_name: str
    nationality: str
    number: str
    born: date
    arrives: date
    leaves: date
    embassy: str

    def as_text(self) -> str:
        """As it is sealed."""
        return json.dumps({name: str(getattr(self, name)) for name in self.__dataclass_fields__}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Passport:
        """As it was sealed."""
        said: dict[str, Any] = json.loads(text)
        days = {name: date.fromisoformat(said[name]) for name in ("born", "arrives", "leaves")}
        return cls(**{**said, **days})


def passport_of(request: VisaRequest) -> Passport | None:
    """What was sealed; None once it is erased, or where no key of the site opens it any more."""
    text = sealing.unseal(PURPOSE, request.sealed, str(request.registration_id)) if request.sealed else None
    return Passport.from_text(text) if text else None


# Made once: every look at one's own page asks them.
_PLAN = select(VisaPlan).where(VisaPlan.event_id == bindparam("event_id"))
_REQUEST = select(VisaRequest).where(VisaRequest.registration_id == bindparam("registration_id"))


def find_plan(event: Event) -> VisaPlan | None:
    """Whether an event offers letters, if anybody has said so."""
    return db.session.scalar(_PLAN, {"event_id": event.id})


def find_request(registration: Registration) -> VisaRequest | None:
    """Somebody's request, if they have made one."""
    return db.session.scalar(_REQUEST, {"registration_id": registration.id})


def get_request(event: Event, request_id: UUID) -> VisaRequest:
    """A request, if it is one of this event; raises NotFound."""
    found = db.session.get(VisaRequest, request_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def list_requests(event: Event) -> Sequence[VisaRequest]:
    """The requests of an event, those that wait for an answer first."""
    query = select(VisaRequest).where(VisaRequest.event_id == event.id).options(joinedload(VisaRequest.registration))
    return db.session.scalars(
        query.order_by(VisaRequest.state != "asked", VisaRequest.created_at, VisaRequest.id)
    ).all()


def end_of_keeping(event: Event, keep_days: int) -> datetime | None:
    """Until when passport data are kept, so many days after the event."""
    end = event.ends_at or event.starts_at
    return end + timedelta(days=keep_days) if end else None
