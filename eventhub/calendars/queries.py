"""Reading feeds: plain rows and kept bytes, without a mapped object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select

from eventhub.calendars import ical
from eventhub.calendars.ical import Component, Standing
from eventhub.calendars.models import (
    CalendarComponent,
    CalendarEntry,
    CalendarFeed,
    CalendarHolder,
    CalendarListing,
)
from eventhub.calendars.options import ALL, Span
from eventhub.events.models import Event
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.foundation.links import NOWHERE
from eventhub.foundation.slugs import id_of_old_slug
from eventhub.programme.models import ProgrammeSession, SessionRole, Speaker, Track
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.sign_ups.models import SignUp, SignUpSheet

MOST_IN_ALL = 1000  # entries, so that no more are read than the feed of all can hold
# The purposes of the links to somebody's own feed.
OF_REGISTRATION, OF_SPEAKER = "calendar", "speaker_calendar"
_WAITING = {"unverified", "pending", "waitlisted", "offered"}


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed's address, name and revision."""

    id: UUID
    kind: str
    scope_id: UUID
    path: str
    name: Translated
    zone: str | None
    revision: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """Entries of an event's feed, all or those of some sessions, and how they stand for one person since when.

    Of all, those of the sessions `besides` are left out. `mode` is how the person takes part, where an event has
    several ways. `revision` is what they add to each sequence.
    """

    standing: Standing
    since: datetime
    session_ids: frozenset[UUID] | None = None
    mode: str = ""
    revision: int = 0
    besides: frozenset[UUID] = frozenset()

    @property
    def is_remote(self) -> bool:
        """Whether the person is online while the event has a venue."""
        return self.mode == "online"

    def holds(self, session_id: UUID | None) -> bool:
        """Whether the entry of a session, or the event's own, is one of these."""
        return session_id not in self.besides if self.session_ids is None else session_id in self.session_ids


@dataclass(frozen=True, slots=True)
class PersonalFeed:
    """The feed of one registration or one speaker: whose, their event's feed, and what of it is theirs."""

    kind: str
    holder_id: UUID
    feed: FeedRow
    shares: tuple[Share, ...]


SITE_NAME = Translated.of("en", en="EventHub", zh="EventHub")
# The feed of all events on a new site, which is there before the first of them.
NOTHING_YET = FeedRow(NOWHERE, "all", NOWHERE, "", SITE_NAME, None, 0, datetime(1970, 1, 1, tzinfo=UTC))

_feed = select(
    CalendarFeed.id,
    CalendarFeed.kind,
    CalendarFeed.scope_id,
    CalendarFeed.path,
    CalendarFeed.name,
    CalendarFeed.zone,
    CalendarFeed.revision,
    CalendarFeed.changed_at,
)


def find_open_feed(path: str) -> FeedRow | None:
    """The feed that anybody may read at an address, also at a former one of its event, series or person."""
    feed = _find(CalendarFeed.path == path, CalendarFeed.is_open.is_(True))
    if feed is not None and feed.kind == "person" and not _is_in_use(feed):
        return None  # whose events have all been hidden is not named any more
    if feed is None and not path:
        return NOTHING_YET
    if feed is None:
        table, slug, *rest = path.split("/")
        if owner_id := id_of_old_slug(table, slug):
            owner = db.session.scalar(
                select(CalendarFeed.path).where(CalendarFeed.scope_id == owner_id, CalendarFeed.is_open)
            )
            if owner:  # else it is hidden, and an empty path would be that of all events
                feed = _find(CalendarFeed.path == "/".join([owner, *rest]), CalendarFeed.is_open.is_(True))
    return feed


def find_personal_feed(token: str) -> PersonalFeed | None:
    """The feed that a private calendar link opens, or None where it opens none (any more).

    Both kinds of link are looked for, so that a wrong one takes as long whatever it was meant to be.
    """
    of_registration, of_speaker = _of_registration(token), _of_speaker(token)
    found = of_registration or of_speaker
    if found is None:
        return None
    event_id, shares = found
    feed = find_feed_of_event(event_id)
    kind = "registration" if of_registration else "speaker"
    return PersonalFeed(kind, links.row_id_of(token), feed, shares) if feed else None


def feed_of(mine: PersonalFeed, lang: str) -> tuple[FeedRow, list[Component]]:
    """The head of a registrant's or speaker's feed, and what of their event's feed is theirs."""
    changed_at = max([mine.feed.changed_at, *(share.since for share in mine.shares)])
    return replace(mine.feed, changed_at=changed_at), components_of(mine.feed.scope_id, lang, mine.shares)


def personal(component: Component, lang: str, share: Share) -> Component:
    """A kept component as it is for the person whose share it is."""
    body = ical.personal(component.body, lang, share.standing, share.since, revision=share.revision, mode=share.mode)
    # Who takes part from afar is not sent to the house by any form.
    extras = {**component.extras, "place": {}} if share.is_remote else component.extras
    return replace(component, body=body, extras=extras)


def find_feed_of_event(event_id: UUID) -> FeedRow | None:
    """An event's own feed, whether or not everybody may read it; None as long as the event is a draft."""
    return _find(CalendarFeed.kind == "event", CalendarFeed.scope_id == event_id)


def components_of(event_id: UUID, lang: str, shares: Sequence[Share]) -> list[Component]:
    """What of an event's feed is one person's, as it stands for them."""
    return [
        personal(component, lang, share)
        for share in shares
        for component in list_components("event", event_id, lang, share.session_ids, share.besides)
    ]


# Made once: every place that is taken or changed asks it.
_PLACES = (
    select(
        Place.registration_id,
        Pool.event_id,
        Place.state,
        Place.state_since,
        Place.is_main,
        Pool.mode,
        Event.mode.label("event_mode"),
        func.coalesce(CalendarHolder.revision, 0).label("revision"),
        select(SignUpSheet.id).where(SignUpSheet.event_id == Pool.event_id).exists().label("has_sheets"),
    )
    .join(Pool, Pool.id == Place.pool_id)
    .join(Event, Event.id == Pool.event_id)
    .outerjoin(CalendarHolder, CalendarHolder.holder_id == Place.registration_id)
    .where(Place.registration_id.in_(bindparam("registration_ids", expanding=True)))
)
_TO_CHOOSE = select(SignUpSheet.event_id, SignUpSheet.session_id).where(
    SignUpSheet.event_id.in_(bindparam("event_ids", expanding=True)), SignUpSheet.state != "free"
)
_CHOSEN = (
    select(SignUp.registration_id, SignUpSheet.session_id, SignUp.state, SignUp.state_since)
    .join(SignUp.sheet)
    .where(SignUp.registration_id.in_(bindparam("registration_ids", expanding=True)), SignUpSheet.state != "free")
    .order_by(SignUpSheet.session_id)
)


def shares_of_registration(registration_id: UUID) -> tuple[Share, ...]:
    """All of an event, as surely as the registrant has a place at it; nothing without any place.

    Of sessions for which one signs up only those that they have chosen: as surely as they have a place there too, and
    called off where they have left one.
    """
    return shares_of_registrations([registration_id]).get(registration_id, ())


def shares_of_registrations(registration_ids: Collection[UUID]) -> dict[UUID, tuple[Share, ...]]:
    """The same for some registrations that have places, by the registration: three questions, however many they are."""
    places = defaultdict[UUID, list[Any]](list)
    for row in db.session.execute(_PLACES, {"registration_ids": list(registration_ids)}):
        places[row.registration_id].append(row)
    to_choose = _list_to_choose({rows[0].event_id for rows in places.values() if rows[0].has_sheets})
    chosen = _list_chosen([key for key, rows in places.items() if rows[0].event_id in to_choose])
    shares = {}
    for registration_id, rows in places.items():
        whole = Share(
            _standing_of({row.state for row in rows}),
            max(row.state_since for row in rows),
            # An event without a venue is online for everybody, in its own words.
            mode=next((row.mode for row in rows if row.is_main and row.mode != row.event_mode), ""),
            revision=rows[0].revision,
            besides=frozenset(to_choose.get(rows[0].event_id, ())),
        )
        shares[registration_id] = (whole, *_shares_of_chosen(chosen[registration_id], whole))
    return shares


def _list_to_choose(event_ids: Collection[UUID]) -> defaultdict[UUID, set[UUID]]:
    """The sessions for which one signs up, by the event."""
    to_choose = defaultdict[UUID, set[UUID]](set)
    if event_ids:
        for event_id, session_id in db.session.execute(_TO_CHOOSE, {"event_ids": list(event_ids)}):
            to_choose[event_id].add(session_id)
    return to_choose


def _list_chosen(registration_ids: Collection[UUID]) -> defaultdict[UUID, list[Any]]:
    """The sessions that some registrants have signed up for, by the registration."""
    chosen = defaultdict[UUID, list[Any]](list)
    if registration_ids:
        for row in db.session.execute(_CHOSEN, {"registration_ids": list(registration_ids)}):
            chosen[row.registration_id].append(row)
    return chosen


def _shares_of_chosen(chosen: Sequence[Any], whole: Share) -> Iterator[Share]:
    """What somebody has chosen, by how sure their place in each session is."""
    found: dict[Standing, dict[UUID, datetime]] = {}
    for row in chosen:
        standing = {"confirmed": whole.standing, "waitlisted": Standing.WAITING}.get(row.state, Standing.CANCELLED)
        found.setdefault(standing, {})[row.session_id] = row.state_since
    for standing, sessions in found.items():
        since = max(whole.since, *sessions.values())
        yield replace(whole, standing=standing, since=since, session_ids=frozenset(sessions), besides=frozenset())


def shares_of_speaker(speaker_id: UUID) -> tuple[Share, ...]:
    """The sessions in which a speaker has confirmed a part, and those from which they have withdrawn, as called off."""
    return shares_of_speakers([speaker_id]).get(speaker_id, ())


def shares_of_speakers(speaker_ids: Collection[UUID]) -> dict[UUID, tuple[Share, ...]]:
    """The same of some speakers who have any part, in one question."""
    query = (
        select(
            Speaker.id,
            SessionRole.session_id,
            SessionRole.state,
            SessionRole.state_since,
            func.coalesce(CalendarHolder.revision, 0).label("revision"),
        )
        .join(ProgrammeSession, ProgrammeSession.id == SessionRole.session_id)
        .join(Speaker, and_(Speaker.event_id == ProgrammeSession.event_id, Speaker.person_id == SessionRole.person_id))
        .outerjoin(CalendarHolder, CalendarHolder.holder_id == Speaker.id)
        .where(Speaker.id.in_(speaker_ids), SessionRole.state.in_(("confirmed", "withdrawn")))
    )
    parts = defaultdict[UUID, list[Any]](list)
    for row in db.session.execute(query):
        parts[row.id].append(row)
    return {speaker_id: tuple(_shares_of_parts(rows)) for speaker_id, rows in parts.items()}


def _shares_of_parts(parts: Sequence[Any]) -> Iterator[Share]:
    taken = {part.session_id: part.state_since for part in parts if part.state == "confirmed"}
    # Who has two parts in a session and withdraws from one still comes.
    left = {part.session_id: part.state_since for part in parts if part.session_id not in taken}
    for standing, sessions in ((Standing.CONFIRMED, taken), (Standing.CANCELLED, left)):
        if sessions:
            yield Share(standing, max(sessions.values()), frozenset(sessions), revision=parts[0].revision)


def list_registrations_in(pool_id: UUID) -> Sequence[UUID]:
    """The registrations with a place in a pool."""
    return db.session.scalars(select(Place.registration_id).where(Place.pool_id == pool_id)).all()


def list_who_left(event_id: UUID, session_ids: Collection[UUID], *, whole: bool) -> Sequence[UUID]:
    """Those who had signed up for one of these sessions of an event, or of all, and gave it up or lost it.

    Of a session that does not take place nothing changes for them any more.
    """
    query = select(SignUp.registration_id).join(SignUp.sheet)
    query = query.where(SignUpSheet.event_id == event_id, SignUpSheet.state != "gone", SignUp.state == "cancelled")
    if not whole:
        query = query.where(SignUpSheet.session_id.in_(session_ids))
    return db.session.scalars(query.distinct()).all()


def find_speaker(event_id: UUID, person_id: UUID | None) -> UUID | None:
    """The speaker that somebody is at an event, if they have a page there."""
    return db.session.scalar(select(Speaker.id).where(Speaker.event_id == event_id, Speaker.person_id == person_id))


def _of_registration(token: str) -> tuple[UUID, tuple[Share, ...]] | None:
    registration_id = links.row_id_of(token)
    found = db.session.execute(
        select(Registration.event_id, Registration.calendar_number).where(Registration.id == registration_id)
    ).one_or_none()
    version = found.calendar_number if found else None
    if not links.is_genuine(OF_REGISTRATION, token, registration_id if found else None, version) or found is None:
        return None
    shares = shares_of_registration(registration_id)
    return (found.event_id, shares) if shares else None


def _of_speaker(token: str) -> tuple[UUID, tuple[Share, ...]] | None:
    speaker_id = links.row_id_of(token)
    found = db.session.execute(
        select(Speaker.event_id, Speaker.calendar_number).where(Speaker.id == speaker_id)
    ).one_or_none()
    version = found.calendar_number if found else None
    if not links.is_genuine(OF_SPEAKER, token, speaker_id if found else None, version) or found is None:
        return None
    return found.event_id, shares_of_speaker(speaker_id)


def _standing_of(states: Collection[str]) -> Standing:
    """How sure somebody is to take part whose places are in these states."""
    if "confirmed" in states:
        return Standing.CONFIRMED
    return Standing.WAITING if _WAITING.intersection(states) else Standing.CANCELLED


def list_components(
    kind: str,
    scope_id: UUID,
    lang: str,
    session_ids: frozenset[UUID] | None = None,
    besides: frozenset[UUID] = frozenset(),
) -> list[Component]:
    """The kept components of a feed in a language, in order: all but those `besides`, or those of some sessions.

    The far end of the feed of all is cut where it is too long.
    """
    query = (
        _components(lang)
        .join(CalendarListing, CalendarListing.entry_id == CalendarEntry.id)
        .where(CalendarListing.kind == kind, CalendarListing.scope_id == scope_id)
        .order_by(CalendarEntry.starts_at, CalendarEntry.uid)
    )
    if session_ids is not None:
        query = query.where(CalendarEntry.session_id.in_(session_ids))
    if besides:
        query = query.where(or_(CalendarEntry.session_id.is_(None), CalendarEntry.session_id.not_in(besides)))
    if kind == "all":
        query = query.limit(MOST_IN_ALL)
    found = [_component(row) for row in db.session.execute(query)]
    # An event that stands there without its sessions is shown with its hours.
    return [ical.with_hours(one) for one in found] if kind in {"all", "series"} else found


def list_components_of(
    event_ids: Collection[UUID], lang: str, span: Span = ALL
) -> dict[UUID, list[tuple[UUID | None, Component]]]:
    """The kept components of some events' own feeds in a language, each with its session, by the event.

    One question for all, of what lies in the span alone.
    """
    query = (
        _components(lang)
        .add_columns(CalendarEntry.session_id, CalendarListing.scope_id)
        .join(CalendarListing, CalendarListing.entry_id == CalendarEntry.id)
        .where(CalendarListing.kind == "event", CalendarListing.scope_id.in_(event_ids))
        .order_by(CalendarEntry.starts_at, CalendarEntry.uid)
    )
    if span.ends_after is not None:
        query = query.where(CalendarEntry.ends_at > span.ends_after)
    if span.starts_from is not None:
        query = query.where(CalendarEntry.starts_at >= span.starts_from)
    if span.starts_before is not None:
        query = query.where(CalendarEntry.starts_at < span.starts_before)
    found = defaultdict[UUID, list[tuple[UUID | None, Component]]](list)
    for *row, session_id, event_id in db.session.execute(query):
        found[event_id].append((session_id, Component(*row)))
    return found


def find_component(event_id: UUID, lang: str, session_id: UUID | None = None) -> Component | None:
    """The kept component of an event's own entry, or of one of its sessions."""
    query = _components(lang).where(CalendarEntry.event_id == event_id, CalendarEntry.session_id == session_id)
    found = db.session.execute(query).one_or_none()
    return _component(found) if found else None


def is_gone(feed: FeedRow) -> bool:
    """Whether what a session's or track's feed was about was taken out of the programme, and long enough ago.

    Until then its entries stand there, called off.
    """
    if feed.kind not in {"session", "track"} or _is_in_use(feed):
        return False
    if feed.kind == "track":
        return db.session.scalar(select(Track.id).where(Track.id == feed.scope_id)) is None
    told = select(CalendarComponent.made_from).join(CalendarEntry, CalendarEntry.id == CalendarComponent.entry_id)
    kept = db.session.scalars(told.where(CalendarEntry.session_id == feed.scope_id)).all()
    return not any(kept)


def _is_in_use(feed: FeedRow) -> bool:
    listed = select(CalendarListing.entry_id).where(
        CalendarListing.kind == feed.kind, CalendarListing.scope_id == feed.scope_id
    )
    return db.session.scalar(listed.limit(1)) is not None


def _components(lang: str) -> Select[str, datetime, datetime, str | None, bytes, dict[str, Any]]:
    return (
        select(
            CalendarEntry.uid,
            CalendarEntry.starts_at,
            CalendarEntry.ends_at,
            CalendarEntry.zone,
            CalendarComponent.body,
            CalendarComponent.extras,
        )
        .join(CalendarComponent, CalendarComponent.entry_id == CalendarEntry.id)
        .where(CalendarComponent.language == lang)
    )


def _component(row: Row[str, datetime, datetime, str | None, bytes, dict[str, Any]]) -> Component:
    return Component(row.uid, row.starts_at, row.ends_at, row.zone, row.body, row.extras)


def _find(*conditions: ColumnElement[bool]) -> FeedRow | None:
    found = db.session.execute(_feed.where(*conditions)).one_or_none()
    if found is None or found.path is None:
        return None
    return FeedRow(
        found.id, found.kind, found.scope_id, found.path, found.name, found.zone, found.revision, found.changed_at
    )
