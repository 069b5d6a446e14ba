"""Those who have not had the letter that their event is cancelled or postponed, as for an address that found nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, select

from eventhub.events.models import Event
from eventhub.foundation import bulk
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.i18n import language
from eventhub.foundation.permissions import require
from eventhub.foundation.work import OutboxRow
from eventhub.people.models import Person
from eventhub.programme import speaker_queries
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.policy import may_manage_registrations

from . import event_news, queries, services
from .inbox import services as inbox
from .inbox.queries import marked_among
from .models import Letter
from .signals import LeftOutTold

# So many of each sort are shown at once: those beyond come when these have been written to.
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who was not written to, as what they are at the event, and whether letters find nobody there."""

    who: Registration | EventInvitation | Person
    role: str
    name: str
    address: str
    is_marked: bool

    @property
    def who_id(self) -> UUID:
        """By which they are chosen."""
        return self.who.id


def find(event: Event, since: datetime | None) -> list[LeftOut]:
    """Who has an address and has not had the letter about how the event stands `since` then, see `queries.turned_at`.

    Nobody while it is being spread.
    """
    kind = f"event_{event.status}"
    if since is None or _is_being_spread(event):
        return []
    written = select(Letter).where(Letter.event_id == event.id, Letter.kind == kind, Letter.created_at >= since)
    registrants = _registrants(event, kind, since)
    guests = _guests(event, written)
    rows: list[tuple[Registration | EventInvitation | Person, str, str, str]] = [
        *((one, "registrant", one.name, one.address or "") for one in registrants),
        *((one, "guest", one.name, one.address) for one in guests),
        *_speakers(event, written),
    ]
    marked = marked_among(event.organisation_id, [address for *_, address in rows])
    return [LeftOut(*row, is_marked=row[-1] in marked) for row in rows]


def _is_being_spread(event: Event) -> bool:
    """Whether the letter to all still becomes one for each, or was given up before: then it is to be spread again."""
    work = exists().where(
        OutboxRow.event_id == event.id, OutboxRow.kind == "letter_to_all", OutboxRow.state.in_(("waiting", "leased"))
    )
    return bool(db.session.scalar(select(work))) or any(
        row.kind == "letter_to_all" for row in queries.list_given_up(event)
    )


def _registrants(event: Event, kind: str, since: datetime) -> Sequence[Registration]:
    had = exists().where(Letter.registration_id == Registration.id, Letter.kind == kind, Letter.created_at >= since)
    query = queries.concerned(event.id).where(Registration.address.is_not(None), ~had)
    return db.session.scalars(query.order_by(Registration.name, Registration.id).limit(MOST_NAMED)).all()


def _guests(event: Event, written: Select[Letter]) -> Sequence[EventInvitation]:
    its_id = Letter.data["event_invitation_id"].as_string()
    had = written.with_only_columns(its_id).where(its_id.is_not(None))
    query = queries.unanswered(event.id).where(bulk.spelt(EventInvitation.id).not_in(had))
    return db.session.scalars(query.order_by(EventInvitation.name, EventInvitation.id).limit(MOST_NAMED)).all()


def _speakers(event: Event, written: Select[Letter]) -> list[tuple[Person, str, str, str]]:
    told = written.with_only_columns(Letter.data["person_id"].as_string())
    had = {one for one in db.session.scalars(told) if one}
    reached = speaker_queries.addresses_of(event.id, speaker_queries.list_concerned(event.id))
    # Who is registered as well reads of it there.
    registered = queries.registered_among(queries.concerned(event.id), [address for address, _ in reached.values()])
    found = {one: address for one, (address, _) in reached.items() if str(one) not in had and address not in registered}
    people = db.session.scalars(select(Person).where(Person.id.in_(found)).order_by(Person.sort_key, Person.id))
    return [(one, "speaker", str(one.names.in_(language())), found[one.id]) for one in people]


@use_case
def write(actor: Actor, event_id: UUID, chosen: Collection[str]) -> int:
    """The letter to those of the left out who are chosen by their ids; how many these are; twice is once.

    Whom organisers write to they believe to be there, as where a letter is sent again: only another refusal says
    anything else.
    """
    event = get(Event, event_id, lock=True)
    require(may_manage_registrations(actor, event), hidden=True)
    people = [one for one in find(event, queries.turned_at(event)) if str(one.who_id) in chosen]
    kind, speaking = f"event_{event.status}", queries.speaking(event)
    for one in people:
        match one.who:
            case Registration():
                services.order_for(one.who, kind, data=event_news.data_for(one.who, speaking))
            case EventInvitation():
                services.order_for_guest(one.who, kind)
            case Person():
                data = {"person_id": str(one.who_id)}
                services.order(kind, one.address, one.who.language, data=data, event_id=event.id)
    if people:
        inbox.unmark(event.id, *[one.address for one in people if one.is_marked])
        announce(LeftOutTold(event.id, len(people)))
    return len(people)
