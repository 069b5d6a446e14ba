"""Finding letters to groups, and how far they have come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.people.models import Person
from eventhub.registrations.models import EventInvitation, Registration

from .models import GroupLetter, Recipient

PAGE = 50
# What became of somebody, in the order in which it is told: of their letter, where one was written.
OUTCOMES = ("waiting", "queued", "again", "sent", "failed", "left", "unwanted", "stopped", "erased")
# A letter that waits for another try: after a failure that passes, or because organisers have asked for it.
_became = case(
    (and_(Recipient.state == "waiting", Letter.id.is_not(None)), "again"),
    (Recipient.state != "written", Recipient.state),
    (Letter.id.is_(None), "erased"),
    (OutboxRow.id.is_not(None), "again"),
    else_=Letter.state,
).label("became")


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody who is to get a letter, and what became of it.

    Where it is tried again, `error` says why; `retry` is the work that waits for its hour, once it has been taken up.
    """

    name: str
    address: str
    outcome: str
    error: str | None
    letter_id: UUID | None
    retry: OutboxRow | None = None


def get_of_event(event: Event, group_letter_id: UUID) -> GroupLetter:
    """A letter to a group, if it is one of this event; raises NotFound."""
    found = db.session.get(GroupLetter, group_letter_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def list_of(event: Event) -> Sequence[GroupLetter]:
    """The letters to groups of an event, the newest first."""
    query = select(GroupLetter).where(GroupLetter.event_id == event.id)
    return db.session.scalars(query.order_by(GroupLetter.created_at.desc(), GroupLetter.id).limit(200)).all()


def under_way(event_id: UUID) -> Select[GroupLetter]:
    """The letters to groups about an event that are released and have not left for all of their readers."""
    released = GroupLetter.state == "released", GroupLetter.is_news.is_(False)
    mine = Recipient.group_letter_id == GroupLetter.id
    is_queued = exists().where(mine, Letter.id == Recipient.letter_id, Letter.state == "queued")
    left = or_(exists().where(mine, Recipient.state == "waiting"), is_queued)
    return select(GroupLetter).where(GroupLetter.event_id == event_id, *released, left).order_by(GroupLetter.id)


def count_under_way(event: Event) -> int:
    """How many they are."""
    return db.session.scalar(select(func.count()).select_from(under_way(event.id).order_by(None).subquery())) or 0


def count_outcomes(group_letter_ids: Sequence[UUID]) -> dict[UUID, Counter[str]]:
    """How many people of each of these letters stand at each outcome: one question for all."""
    query = (
        _with_letters(select(Recipient.group_letter_id, _became, func.count()))
        .where(Recipient.group_letter_id.in_(group_letter_ids))
        .group_by(Recipient.group_letter_id, "became")
    )
    found: dict[UUID, Counter[str]] = {one: Counter() for one in group_letter_ids}
    for letter_id, outcome, number in db.session.execute(query):
        found[letter_id][outcome] = number
    return found


def _with_letters(query: Select[Any]) -> Select[Any]:
    """With each letter where one was written, and of its work only what was tried in vain and waits: that is little."""
    tried = and_(OutboxRow.id == Letter.outbox_id, OutboxRow.error.is_not(None), Letter.state == "queued")
    return query.outerjoin(Letter, Letter.id == Recipient.letter_id).outerjoin(OutboxRow, tried)


def _has_become(outcome: str) -> ColumnElement[bool]:
    """That somebody stands at an outcome, as `_became` has it: asked of columns of which a database knows how many."""
    is_written, has_letter = Recipient.state == "written", Letter.id.is_not(None)
    match outcome:
        case "again":
            return or_(and_(is_written, OutboxRow.id.is_not(None)), and_(Recipient.state == "waiting", has_letter))
        case "erased":
            return and_(is_written, ~has_letter)
        case "waiting":
            return and_(Recipient.state == "waiting", ~has_letter)
        case "queued" | "sent" | "failed":
            return and_(is_written, Letter.state == outcome, OutboxRow.id.is_(None))
    return Recipient.state == outcome


def list_recipients(
    letter: GroupLetter, outcome: str, number: int, counts: Counter[str]
) -> tuple[Pagination, list[Row]]:
    """One page of those who were in the group, or of those with an outcome, by name, with how each letter went.

    How many there are was counted by `count_outcomes`.
    """
    person, guest = aliased(Person), aliased(EventInvitation)
    theirs: dict[str, tuple[Any, Any]] = {"speakers": (person, person.sort_key), "guests": (guest, guest.name)}
    who, name = theirs.get(letter.group.get("kind", ""), (Registration, Registration.name))
    by_name = name.asc().nulls_last(), Recipient.who_id  # who was erased has none
    query = _with_letters(select(Recipient.id)).outerjoin(who, who.id == Recipient.who_id)
    query = query.where(Recipient.group_letter_id == letter.id, _has_become(outcome) if outcome else true())
    query = query.order_by(*by_name)
    pages = db.paginate(query, page=number, per_page=PAGE, error_out=False, count=False)
    pages.total = counts[outcome] if outcome else counts.total()
    told = (
        _with_letters(
            select(
                Recipient, _became, Letter, OutboxRow, Registration.name, Registration.address,
                person, guest.name, guest.address,
            )
        )
        .outerjoin(Registration, Registration.id == Recipient.who_id)
        .outerjoin(person, person.id == Recipient.who_id)
        .outerjoin(guest, guest.id == Recipient.who_id)
        .where(Recipient.id.in_(pages.items))
        .order_by(*by_name)
    )  # fmt: skip
    rows: Sequence[Any] = db.session.execute(told).all()
    found = []
    for one, became, sent, work, name, address, who, invited, invited_at in rows:
        called = name or invited or (str(who.names.in_(who.language)) if who else "")
        reached = sent.address if sent else address or invited_at or (who.address if who else None) or ""
        retry = work if became == "again" and one.state == "written" else None
        error = retry.error if retry else sent.error if sent else None
        found.append(Row(called, reached, became, error, one.letter_id, retry))
    return pages, found


def waiting_of(group_letter_id: UUID, most: int) -> Sequence[Recipient]:
    """Some of those to whom it is still to be written."""
    query = select(Recipient).where(Recipient.group_letter_id == group_letter_id, Recipient.state == "waiting")
    return db.session.scalars(query.order_by(Recipient.who_id).limit(most)).all()
