"""What one person was told of their own entries, so that none of their sequences ever falls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from eventhub.calendars import queries
from eventhub.calendars.models import CalendarHolder
from eventhub.calendars.queries import Share
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db, use_case

# So many registrations are followed with the same few questions.
_BATCH = 300


@use_case
def follow_registration(actor: Actor, registration_id: UUID, *, is_new: bool = False) -> None:
    """Let the registrant's feed have a higher revision where the entries now stand otherwise for them than before.

    Whoever `is_new` has been told nothing, and needs no row until something changes.
    """
    holder = db.session.get(CalendarHolder, registration_id)
    if holder is not None or not is_new:
        _follow(holder, registration_id, queries.shares_of_registration(registration_id))


@use_case
def follow_registrations(actor: Actor, registration_ids: Sequence[UUID]) -> None:
    """The same for very many, in few questions."""
    for start in range(0, len(registration_ids), _BATCH):
        some = registration_ids[start : start + _BATCH]
        holders = {holder.holder_id: holder for holder in queries.list_holders(some)}
        shares = queries.shares_of_registrations(some)
        for one in some:
            _follow(holders.get(one), one, shares.get(one, ()))


@use_case
def follow_speaker(actor: Actor, speaker_id: UUID, *, is_new: bool = False) -> None:
    """The same for a speaker, whose entries stand otherwise when they take a part or give one up."""
    holder = db.session.get(CalendarHolder, speaker_id)
    if holder is not None or not is_new:
        _follow(holder, speaker_id, queries.shares_of_speaker(speaker_id))


def _follow(holder: CalendarHolder | None, holder_id: UUID, shares: Sequence[Share]) -> None:
    told = _digest(shares)
    if holder is None:
        # What was told to them before is not known: it may have been another thing.
        db.session.add(CalendarHolder(holder_id=holder_id, told=told, revision=1))
    elif holder.told != told:
        holder.told = told
        holder.revision += 1


def _digest(shares: Sequence[Share]) -> str:
    said = [(share.standing.value, share.is_remote, sorted(map(str, share.session_ids or ()))) for share in shares]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]
