"""What one person was told of their own entries, so that none of their sequences ever falls."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from eventhub.calendars import queries
from eventhub.calendars.models import CalendarHolder
from eventhub.calendars.queries import Share
from eventhub.foundation.actor import Actor
from eventhub.foundation.bulk import add_missing
from eventhub.foundation.db import db, use_case

# So many registrations are followed with the same few questions.
_BATCH = 300


@use_case
def follow_registration(actor: Actor, registration_id: UUID, *, is_new: bool = False) -> None:
    """Let the registrant's feed have a higher revision where the entries now stand otherwise for them than before.

    Whoever `is_new` has been told nothing, and needs no row until something changes.
    """
    for holder in _locked([registration_id], can_make=not is_new):
        _follow(holder, queries.shares_of_registration(registration_id))


@use_case
def follow_registrations(actor: Actor, registration_ids: Sequence[UUID]) -> None:
    """The same for very many, in few questions."""
    in_order = sorted(registration_ids)
    for start in range(0, len(in_order), _BATCH):
        some = in_order[start : start + _BATCH]
        holders = _locked(some)
        shares = queries.shares_of_registrations(some)
        for holder in holders:
            _follow(holder, shares.get(holder.holder_id, ()))


@use_case
def follow_speaker(actor: Actor, speaker_id: UUID, *, is_new: bool = False) -> None:
    """The same for a speaker, whose entries stand otherwise when they take a part or give one up."""
    for holder in _locked([speaker_id], can_make=not is_new):
        _follow(holder, queries.shares_of_speaker(speaker_id))


def _locked(holder_ids: Collection[UUID], *, can_make: bool = True) -> Sequence[CalendarHolder]:
    """What each of these was told, kept until the commit: what stands otherwise for somebody is read after that.

    So whoever else changes how it stands for one of them, as by a release beside a choice of sessions, is waited for.
    """
    found = _lock(holder_ids)
    if can_make and (new := sorted(set(holder_ids) - {one.holder_id for one in found})):
        # What was told to them before is not known: it may have been another thing.
        add_missing(CalendarHolder, [{"holder_id": one, "told": "", "revision": 0} for one in new])
        found = [*found, *_lock(new)]
    return found


def _lock(holder_ids: Collection[UUID]) -> Sequence[CalendarHolder]:
    query = select(CalendarHolder).where(CalendarHolder.holder_id.in_(holder_ids)).order_by(CalendarHolder.holder_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def _follow(holder: CalendarHolder, shares: Sequence[Share]) -> None:
    told = _digest(shares)
    if holder.told != told:
        holder.told = told
        holder.revision += 1


def _digest(shares: Sequence[Share]) -> str:
    said = [(share.standing.value, share.is_remote, sorted(map(str, share.session_ids or ()))) for share in shares]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]
