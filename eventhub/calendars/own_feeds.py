"""What somebody takes part in, and what they run: all of it under one address each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import literal, select

from eventhub.accounts.models import Account
from eventhub.calendars import queries
from eventhub.calendars.ical import Component, Standing
from eventhub.calendars.models import CalendarFeed, CalendarKey
from eventhub.calendars.options import Span
from eventhub.calendars.queries import FeedRow, Share
from eventhub.calendars.revisions import run_by
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.programme.models import Speaker
from eventhub.registrations.models import Registration

NAMES = {
    "mine": Translated.of("en", en="My events", zh="我的活动"),
    "run": Translated.of("en", en="Events I run", zh="我负责的活动"),
}
# The pages to which they belong.
PATHS = {"mine": "account", "run": "organise"}
# How sure: of what somebody has by two ways, the surer counts.
_ORDER = {Standing.CONFIRMED: 0, Standing.WAITING: 1, Standing.CANCELLED: 2}


def feed_of(key: CalendarKey, span: Span, lang: str) -> tuple[FeedRow, list[Component]]:
    """The feed's head and its entries, in the same number of questions however many events there are.

    Only what lies in the span.
    """
    components, changes = (_mine if key.kind == "mine" else _run)(key, span, lang)
    changed_at = max([key.created_at, *changes])
    row = FeedRow(key.id, key.kind, key.person_id, PATHS[key.kind], NAMES[key.kind], None, 0, changed_at)
    return row, components


def _mine(key: CalendarKey, span: Span, lang: str) -> tuple[list[Component], list[datetime]]:
    """What is registered for under the account's address, which is known to be theirs, and where they speak."""
    registered = (
        select(Registration.id, Registration.event_id)
        .join(Account, Account.address == Registration.address)
        .where(Account.person_id == key.person_id, Account.confirmed_at.is_not(None))
    )
    registrations = {row.id: row.event_id for row in db.session.execute(registered)}
    speaking = select(Speaker.id, Speaker.event_id).where(Speaker.person_id == key.person_id)
    speakers = {row.id: row.event_id for row in db.session.execute(speaking)}
    by_event = defaultdict[UUID, list[Share]](list)
    # Both ways' revisions, neither of which ever falls: nor does what the person is told, whichever way counts.
    revisions = defaultdict[UUID, int](int)
    for holders, shares in (
        (registrations, queries.shares_of_registrations(list(registrations))),
        (speakers, queries.shares_of_speakers(list(speakers))),
    ):
        for holder_id, found in shares.items():
            by_event[holders[holder_id]] += found
            revisions[holders[holder_id]] += found[0].revision
    kept = queries.list_components_of(list(by_event), lang, span)
    components = [
        _as_theirs(component, lang, shares, session_id, revisions[event_id])
        for event_id, shares in by_event.items()
        for session_id, component in kept.get(event_id, [])
        if any(share.holds(session_id) for share in shares)
    ]
    changes = [share.since for shares in by_event.values() for share in shares]
    return components, [*changes, *_changes(list(by_event))]


def _as_theirs(
    component: Component, lang: str, shares: Sequence[Share], session_id: UUID | None, revision: int
) -> Component:
    share = min((one for one in shares if one.holds(session_id)), key=lambda one: _ORDER[one.standing])
    return queries.personal(component, lang, replace(share, revision=revision))


def _run(key: CalendarKey, span: Span, lang: str) -> tuple[list[Component], list[datetime]]:
    """All that somebody has a part in running, as the public sees it: nothing of a draft."""
    query = (
        select(Event.id)
        .join(Account, Account.person_id == key.person_id)
        .where(run_by(literal(key.person_id)), Event.status != "draft", Account.confirmed_at.is_not(None))
    )
    event_ids = db.session.scalars(query).all()
    kept = queries.list_components_of(event_ids, lang, span)
    return [component for found in kept.values() for _, component in found], _changes(event_ids)


def _changes(event_ids: Collection[UUID]) -> list[datetime]:
    """When what each event's feed says was last changed."""
    query = select(CalendarFeed.changed_at).where(CalendarFeed.kind == "event", CalendarFeed.scope_id.in_(event_ids))
    return [moment.astimezone(UTC) for moment in db.session.scalars(query)]
