"""Telling calendars what has become of events and sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import selectinload

from eventhub.calendars import faces, ical, queries
from eventhub.calendars.faces import EVERYTHING, Face, Scope
from eventhub.calendars.front import memory
from eventhub.calendars.ical import Entry, State
from eventhub.calendars.models import CalendarComponent, CalendarEntry, CalendarFeed, CalendarListing
from eventhub.events.models import Event, Series
from eventhub.events.policy import is_shown
from eventhub.events.queries import series_of
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import after_commit, db, get, use_case
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated
from eventhub.foundation.web import settings
from eventhub.programme.public import PublicState, public_state

# Raised when entries are written in another way or in other words: older ones are then made anew in the night.
FORMAT = 5


@dataclass(frozen=True)
class Address:
    """Where a feed is found and what it is called."""

    path: str
    name: Translated
    zone: str | None = None
    is_open: bool = True


@use_case
def follow_event(actor: Actor, event_id: UUID, session_ids: Sequence[UUID] = (), *, whole: bool = False) -> None:
    """Let calendars say what the public sees of an event: its own entry and these sessions', or all of them."""
    event = get(Event, event_id, lock=True)  # who changes it has it already; the night, which only reads, must wait
    programme = public_state(event)
    if event.status == "draft":
        return
    concerned = set(session_ids)
    wanted: dict[UUID | None, Face] = {
        session.id: faces.face_of_session(event, session)
        for session in programme.sessions
        if whole or session.id in concerned
    }
    if face := faces.face_of_event(event, programme):
        wanted[None] = face
    known = _known_entries(event_id, None if whole else session_ids)
    touched: set[Scope] = set()
    for session_id, face in wanted.items():
        entry = known.pop(session_id, None)
        # What nobody has seen need not be called off.
        if entry is None and face.state is not State.CANCELLED:
            entry = _new_entry(event_id, session_id, face)
        if entry is not None:
            touched |= _show(entry, face)
    for session_id, entry in known.items():
        touched |= _withdraw(entry, State.CANCELLED if session_id or event.status == "cancelled" else State.POSTPONED)
    addresses = _addresses(event, programme, wanted)
    _revise(addresses | _left_behind(event, addresses) if whole else addresses, touched)


@use_case
def follow_series(actor: Actor, series_id: UUID) -> None:
    """Let a series' feed have its name and address, also before it has an event."""
    series = get(Series, series_id)
    address = Address(f"series/{series.slug}", series.title, is_open=series.visibility != "invitation")
    _revise({("series", series.id): address}, set())


@use_case
def tidy(actor: Actor) -> None:
    """Take out of the feeds what was called off or is over for long enough."""
    moment = clock.now()
    is_stale = or_(
        and_(
            CalendarEntry.state == State.CANCELLED.value,
            CalendarEntry.ends_at <= moment - faces.KEPT_AFTER_CANCELLING,
        ),
        and_(CalendarListing.kind == EVERYTHING[0], CalendarEntry.ends_at <= moment - faces.KEPT_AMONG_ALL),
    )
    stale = select(CalendarListing).join(CalendarEntry, CalendarEntry.id == CalendarListing.entry_id).where(is_stale)
    touched: set[Scope] = set()
    for listing in db.session.scalars(stale).all():
        touched.add((listing.kind, listing.scope_id))
        db.session.delete(listing)
    _revise({}, touched)


def list_outdated() -> Sequence[UUID]:
    """The events of which some entry is written in an older format."""
    outdated = (
        select(CalendarEntry.event_id)
        .join(CalendarComponent, CalendarComponent.entry_id == CalendarEntry.id)
        .where(CalendarComponent.format < FORMAT)
    )
    return db.session.scalars(outdated.distinct()).all()


def _known_entries(event_id: UUID, session_ids: Iterable[UUID] | None) -> dict[UUID | None, CalendarEntry]:
    """The entries of an event by session: all, or its own and those of some sessions."""
    query = select(CalendarEntry).where(CalendarEntry.event_id == event_id)
    if session_ids is not None:
        query = query.where(or_(CalendarEntry.session_id.is_(None), CalendarEntry.session_id.in_(session_ids)))
    whole = query.options(selectinload(CalendarEntry.components), selectinload(CalendarEntry.listings))
    return {entry.session_id: entry for entry in db.session.scalars(whole)}


def _new_entry(event_id: UUID, session_id: UUID | None, face: Face) -> CalendarEntry:
    kind, thing_id = ("event", event_id) if session_id is None else ("session", session_id)
    now = _to_the_second(clock.now())
    entry = CalendarEntry(
        uid=f"{kind}-{thing_id}@{settings().calendar_domain}",
        event_id=event_id,
        session_id=session_id,
        schedule=face.schedule,
        sequence=0,
        created_at=now,
        last_modified=now,
    )
    db.session.add(entry)
    return entry


def _show(entry: CalendarEntry, face: Face) -> set[Scope]:
    """Bring an entry up to what its thing looks like now; the feeds that change by it."""
    kept = {component.language: component for component in entry.components}
    stale = {
        lang: digest
        for lang in face.wordings
        if (digest := _digest(face, lang)) != (kept[lang].made_from if lang in kept else None)
    }
    listed = {(listing.kind, listing.scope_id): listing for listing in entry.listings}
    if not stale and listed.keys() == face.scopes:
        return set()
    if stale:
        entry.last_modified = max(entry.last_modified, _to_the_second(clock.now()))
        if _is_rescheduled(entry.schedule, face.schedule):
            entry.sequence += 1
            stale = {lang: _digest(face, lang) for lang in face.wordings}
        entry.schedule = face.schedule
        entry.state = face.state.value
        entry.starts_at, entry.ends_at = face.span
        entry.zone = None if face.period.is_all_day else face.period.zone
    for lang, digest in stale.items():
        component = kept.get(lang) or CalendarComponent(language=lang)
        component.body, component.made_from, component.format = _rendered(entry, face, lang), digest, FORMAT
        component.extras = face.wordings[lang].extras
        if lang not in kept:
            entry.components.append(component)
    for scope in listed.keys() - face.scopes:
        entry.listings.remove(listed[scope])
    for kind, scope_id in face.scopes - listed.keys():
        entry.listings.append(CalendarListing(kind=kind, scope_id=scope_id))
    return (set(listed) | face.scopes) if stale else (set(listed) ^ face.scopes)


def _withdraw(entry: CalendarEntry, state: State) -> set[Scope]:
    """Let an entry whose thing is gone, or has no date any more, say so in its old words; the feeds changed by it."""
    for component in entry.components:
        component.format = FORMAT
    if entry.state == state.value:
        return set()
    entry.state = state.value
    entry.schedule = {**entry.schedule, "state": state.value}
    entry.sequence += 1
    entry.last_modified = max(entry.last_modified, _to_the_second(clock.now()))
    for component in entry.components:
        component.body = ical.marked(component.body, component.language, state, entry.sequence, entry.last_modified)
        component.made_from = None
    return {(listing.kind, listing.scope_id) for listing in entry.listings}


def _is_rescheduled(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the sequence rises: somebody who comes or goes does not raise it, somebody who goes remote does."""
    # What an older entry did not keep has not changed by being kept.
    before = {**{name: after[name] for name in after.keys() - before.keys()}, **before}
    modes = before["modes"]
    return {**before, "modes": None} != {**after, "modes": None} or any(
        modes.get(role, mode) != mode for role, mode in after["modes"].items()
    )


def _rendered(entry: CalendarEntry, face: Face, lang: str) -> bytes:
    wording = face.wordings[lang]
    return ical.render(
        Entry(
            uid=entry.uid,
            sequence=entry.sequence,
            created=entry.created_at,
            last_modified=entry.last_modified,
            state=face.state,
            period=face.period,
            language=lang,
            summary=wording.summary,
            url=wording.url,
            description=wording.description,
            location=wording.location,
            contact=wording.contact,
            categories=wording.categories,
            conference=wording.conference,
            colour=wording.colour,
            is_frame=face.is_frame,
        )
    )


def _digest(face: Face, lang: str) -> str:
    """A fingerprint of all that an entry says in a language, but for its own revision."""
    wording = face.wordings[lang]
    tags = [wording.summary.lang, wording.description.lang, wording.location.lang if wording.location else ""]
    said = repr((FORMAT, face.period, face.state, face.is_frame, wording, tags))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _addresses(event: Event, programme: PublicState, wanted: dict[UUID | None, Face]) -> dict[Scope, Address]:
    """The feeds that the event and the sessions at hand are in, with their addresses of today."""
    path = f"events/{event.slug}"
    is_open = is_shown(event)
    found: dict[Scope, Address] = {
        EVERYTHING: Address("", queries.SITE_NAME),
        ("event", event.id): Address(path, event.title, event.zone, is_open),
    }
    for track in programme.tracks:
        found["track", track.id] = Address(f"{path}/tracks/{track.slug}", track.name, event.zone, is_open)
    for session in programme.sessions:
        if session.id not in wanted:
            continue
        found["session", session.id] = Address(f"{path}/sessions/{session.slug}", session.title, event.zone, is_open)
        for speaker in session.speakers if event.visibility == "public" else ():
            if speaker.person_id and speaker.slug and speaker.names and ("person", speaker.person_id) not in found:
                names = Translated.of("en", **{lang: speaker.names.in_(lang) for lang in LOCALES})
                found["person", speaker.person_id] = Address(f"people/{speaker.slug}", names)
    for series in db.session.scalars(select(Series).where(Series.id.in_(series_of(event)))):
        is_public = series.visibility != "invitation"
        found["series", series.id] = Address(f"series/{series.slug}", series.title, is_open=is_public)
    return found


def _left_behind(event: Event, found: dict[Scope, Address]) -> dict[Scope, Address]:
    """The feeds of what is not in the event's programme any more: they move and close with it."""
    own = select(CalendarFeed.path).where(CalendarFeed.kind == "event", CalendarFeed.scope_id == event.id)
    if (former := db.session.scalar(own)) is None:
        return {}
    beneath = select(CalendarFeed).where(CalendarFeed.path.startswith(f"{former}/", autoescape=True))
    path, is_open = f"events/{event.slug}", is_shown(event)
    return {
        (feed.kind, feed.scope_id): Address(path + feed.path.removeprefix(former), feed.name, event.zone, is_open)
        for feed in db.session.scalars(beneath)
        if feed.path and (feed.kind, feed.scope_id) not in found
    }


def _revise(addresses: dict[Scope, Address], touched: set[Scope]) -> None:
    """Give feeds their names and addresses, and those that changed a new revision."""
    db.session.flush()
    now = _to_the_second(clock.now())
    _begin_feeds(addresses, now)
    concerned = [scope_id for _, scope_id in {*addresses, *touched}]
    # Locked in one order, so that two transactions with several feeds in common wait instead of failing.
    query = select(CalendarFeed).where(CalendarFeed.scope_id.in_(concerned)).order_by(CalendarFeed.id)
    feeds = {
        (feed.kind, feed.scope_id): feed
        for feed in db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    }
    touched = set(touched)
    _free({address.path for scope, address in addresses.items() if feeds[scope].path != address.path})
    for scope, address in addresses.items():
        feed = feeds[scope]
        before = (feed.path, feed.name, feed.zone, feed.is_open)
        if before != (address.path, address.name, address.zone, address.is_open):
            feed.path, feed.name, feed.zone, feed.is_open = address.path, address.name, address.zone, address.is_open
            touched.add(scope)
    for scope in touched:
        if scope in feeds:
            feed = feeds[scope]
            # A whole second later at least, or a client that asks by date would miss the second of two changes.
            feed.changed_at = max(now, feed.changed_at + timedelta(seconds=1)) if feed.revision else now
            feed.revision += 1
    db.session.flush()
    after_commit(memory().distrust)


def _begin_feeds(scopes: Iterable[Scope], now: datetime) -> None:
    """Have a row for each feed, whoever else begins the same ones at this moment, as that of all events."""
    scopes = set(scopes)
    there = select(CalendarFeed.kind, CalendarFeed.scope_id).where(
        CalendarFeed.scope_id.in_([one for _, one in scopes])
    )
    # In one order, so that two transactions that begin several feeds in common wait instead of failing.
    missing = sorted(scopes - {(row.kind, row.scope_id) for row in db.session.execute(there)})
    if missing:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        begun = {"name": EMPTY, "is_open": False, "revision": 0, "changed_at": now, "created_at": now}
        rows = [{"id": uuid4(), "kind": kind, "scope_id": scope_id, **begun} for kind, scope_id in missing]
        db.session.execute(insert(CalendarFeed).on_conflict_do_nothing(), rows)


def _free(paths: set[str]) -> None:
    """Take these addresses from the feeds that had them before, as after a renaming, so that others can have them."""
    if paths:
        db.session.execute(update(CalendarFeed).where(CalendarFeed.path.in_(paths)).values(path=None))


def _to_the_second(moment: datetime) -> datetime:
    # Neither calendars nor HTTP have finer times: what is kept is what was sent.
    return moment.replace(microsecond=0)
