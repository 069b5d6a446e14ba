"""Until when an event keeps what: the kinds of data, their usual days, and how the rows of each are erased in batches.

The functions that erase are called inside a use-case alone, and say how many rows they have erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, func, or_, select

from eventhub.attendance.certificates import personal as certificates
from eventhub.attendance.models import WalkIn
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.messaging import personal as messaging
from eventhub.messaging.models import Letter
from eventhub.registrations import personal as registrations
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.questions import answers
from eventhub.registrations.questions.models import Answer, Question

from .models import Keeping
from .traces import WITH_WORDS, has_words

MOST_DAYS = 3650
# An event that never got a date, or lost it, counts as over so long after the last change that the public saw.
DATELESS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of data: what people call it, its usual days, the events that have any, and how it is erased."""

    label: LazyString
    days: int
    events: Select[Any]
    erase: Callable[[Event, int], int]


def registrations_due(event: Event, most: int) -> Sequence[Registration]:
    """Some of the registrations that were not erased yet."""
    query = select(Registration).where(Registration.event_id == event.id, Registration.erased_at.is_(None))
    return db.session.scalars(query.order_by(Registration.id).limit(most)).all()


def _erase_nothing(event: Event, most: int) -> int:
    """Registrations are erased one by one, as when somebody asks for it."""
    return 0


def _erase_files(event: Event, most: int) -> int:
    rows = db.session.scalars(_files().where(Question.event_id == event.id).limit(most)).all()
    for row in rows:
        answers.drop_file(row.value)
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _files() -> Select[Answer]:
    return select(Answer).join(Question, Question.id == Answer.question_id).where(Question.kind == "file")


def _erase_letters(event: Event, most: int) -> int:
    rows = db.session.scalars(select(Letter).where(Letter.event_id == event.id).limit(most)).all()
    messaging.drop(rows)
    return len(rows)


def _erase_invitations(event: Event, most: int) -> int:
    query = select(EventInvitation).where(EventInvitation.event_id == event.id, EventInvitation.address != "")
    rows = db.session.scalars(query.limit(most)).all()
    addresses = {row.address for row in rows}
    for row in rows:
        registrations.blank(row)
    db.session.flush()
    messaging.forget_choices(event.organisation_id, addresses)
    return len(rows)


def _erase_walk_ins(event: Event, most: int) -> int:
    named = or_(WalkIn.name != "", WalkIn.organisation != "")
    rows = db.session.scalars(select(WalkIn).where(WalkIn.event_id == event.id, named).limit(most)).all()
    for row in rows:
        row.name = row.organisation = ""
    certificates.erase_of_walk_ins([row.id for row in rows])
    db.session.flush()
    return len(rows)


def _erase_audit(event: Event, most: int) -> int:
    # Who did what goes; that it was done, and when, stays.
    query = select(AuditEntry).where(AuditEntry.event_id == event.id, _tells())
    rows = db.session.scalars(query.limit(most)).all()
    for row in rows:
        row.data, row.actor_person_id, row.actor_thing_id = {}, None, None
    db.session.flush()
    return len(rows)


def _tells() -> Any:
    wordy = and_(AuditEntry.fact.in_(WITH_WORDS), has_words())
    return or_(AuditEntry.actor_person_id.is_not(None), AuditEntry.actor_thing_id.is_not(None), wordy)


# In the order in which a notice tells them. Answers that are kept for a shorter time say so beside their question.
KINDS: dict[str, Kind] = {
    "registrations": Kind(
        _l("Registrations: name, address, organisation, answers, agreements, when you came"),
        365,
        select(Registration.event_id).where(Registration.erased_at.is_(None)),
        _erase_nothing,
    ),
    "files": Kind(
        _l("Files that were sent with the registration"),
        90,
        select(Question.event_id).join(Answer, Answer.question_id == Question.id).where(Question.kind == "file"),
        _erase_files,
    ),
    "letters": Kind(
        _l("The list of letters that were sent"), 90, select(Letter.event_id).where(Letter.event_id.is_not(None)),
        _erase_letters,
    ),
    "invitations": Kind(
        _l("Names and addresses of those who were invited"), 30,
        select(EventInvitation.event_id).where(EventInvitation.address != ""), _erase_invitations,
    ),
    "walk_ins": Kind(
        _l("Names of those who came without a registration"), 30,
        select(WalkIn.event_id).where(or_(WalkIn.name != "", WalkIn.organisation != "")), _erase_walk_ins,
    ),
    "audit": Kind(
        _l("Records of who did what for this event"), 1095,
        select(AuditEntry.event_id).where(AuditEntry.event_id.is_not(None), _tells()), _erase_audit,
    ),
}  # fmt: skip


def find(event: Event) -> Keeping | None:
    """What the organisers have settled."""
    return db.session.scalar(select(Keeping).where(Keeping.event_id == event.id))


def days_of(event: Event) -> dict[str, int]:
    """For how many days after its end an event keeps each kind."""
    row = find(event)
    return _days(row.days if row else {})


def _days(settled: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(settled.get(name, kind.days)) for name, kind in KINDS.items()}


def erased_on(event: Event) -> dict[str, date | None]:
    """The day, by the event's own clock, on which each kind is erased; None while the event has no date."""
    last = event.last_day()
    return {name: last + timedelta(days=number) if last else None for name, number in days_of(event).items()}


def is_due(event: Event, kind: str) -> bool:
    """Whether the day has come on which a kind is erased."""
    return _has_come(event, days_of(event)[kind])


def _has_come(event: Event, days: int) -> bool:
    last, today = event.last_day(), clock.wall(clock.now(), event.zone).date()
    if last is None:
        last = (clock.wall(event.public_changed_at, event.zone) + DATELESS).date()
        return last + timedelta(days=days) <= today
    return event.is_over() and last + timedelta(days=days) <= today


def list_due() -> list[tuple[UUID, str]]:
    """The events that have something to be erased, and of which kind; as many questions however many they are."""
    settled = {row.event_id: row.days for row in db.session.scalars(select(Keeping))}
    is_over = or_(
        func.coalesce(Event.ends_at, Event.starts_at) <= clock.now(),
        and_(Event.starts_at.is_(None), Event.public_changed_at <= clock.now() - DATELESS),
    )
    found = []
    for name, kind in KINDS.items():
        with_some = select(Event).where(Event.id.in_(kind.events), is_over).order_by(Event.id)
        found += [
            (event.id, name)
            for event in db.session.scalars(with_some)
            if _has_come(event, _days(settled.get(event.id, {}))[name])
        ]
    return found
