"""Planning events and telling what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from eventhub.foundation import clock, search
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Forbidden, Invalid
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import free_slug, retire_slug, slugify
from eventhub.foundation.zones import current_name
from eventhub.organisations.models import Organisation
from eventhub.people import addresses

from . import policy
from .circumstances import Circumstances
from .models import AlsoListed, Event, Partner, Series
from .signals import EventAdded, EventCancelled, EventChanged, EventPostponed, EventPublished, SeriesChanged


@dataclass(frozen=True, slots=True)
class Header:
    """What an organiser says of an event: its columns of the same names."""

    kind: str
    mode: str
    title: Translated
    zone: str
    summary: Translated = EMPTY
    description: Translated = EMPTY
    note: Translated = EMPTY
    starts: datetime | None = None
    ends: datetime | None = None
    venue: Translated = EMPTY
    venue_address: Translated = EMPTY
    visibility: str = "public"
    main_language: str = "en"
    working_languages: Sequence[str] = ("en",)
    contact_address: str | None = None
    series_id: UUID | None = None
    parent_id: UUID | None = None
    parent_name: Translated = EMPTY
    parent_dates: Translated = EMPTY
    parent_url: str | None = None
    registration_opens_at: datetime | None = None
    registration_closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Partners:
    """The organisations beside the organiser, in order, by their part."""

    co_organisers: Sequence[UUID] = ()
    assisting: Sequence[UUID] = ()
    supporting: Sequence[UUID] = ()
    also_listed: Sequence[UUID] = field(default=())


@use_case
def add_event(
    actor: Actor, organisation_id: UUID, header: Header, partners: Partners | None = None, slug: str | None = None
) -> Event:
    """A new event as a draft. Raises Invalid where its hours cannot be."""
    require(policy.may_add_event(actor, organisation_id))
    event = _new(actor, organisation_id, header, slug)
    if partners:
        _write_partners(actor, event, partners)
    announce(EventAdded(event.id))
    return event


@use_case
def change_event(
    actor: Actor, event_id: UUID, header: Header, partners: Partners | None = None, version: int | None = None
) -> Event:
    """The event with another header; what the public sees of it follows at once.

    Raises Stale where somebody saved it since `version`, and Invalid where its hours cannot be.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_event(actor, event), hidden=True)
    check_version(event, version)
    before = Circumstances.of(event)
    changed = _write(actor, event, header)
    if partners is not None and _write_partners(actor, event, partners):
        changed = (*changed, "partners")
        flag_modified(event, "organisation_id")  # partners are part of the row that people edit: its version rises
    if changed:
        announce(EventChanged(event.id, changed, _former(event, before)))
        _index(event)
    return event


@use_case
def translate_event(actor: Actor, event_id: UUID, texts: dict[str, Translated], version: int | None = None) -> Event:
    """The event with other texts in some languages; nothing else of it changes."""
    event = get(Event, event_id, lock=True)
    require(policy.may_translate_event(actor, event), hidden=True)
    check_version(event, version)
    before = Circumstances.of(event)
    known = {"title", "summary", "description", "note", "venue", "venue_address"} & texts.keys()
    changed = tuple(name for name in sorted(known) if getattr(event, name) != texts[name])
    for name in changed:
        setattr(event, name, texts[name])
    if changed:
        announce(EventChanged(event.id, changed, _former(event, before)))
        _index(event)
    return event


@use_case
def publish_event(actor: Actor, event_id: UUID, languages: Iterable[str] = ()) -> Event:
    """The event open to its public, in these languages (those its title has, where none are named).

    Raises Conflict where it is published already, Invalid where a language has no title yet.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_event(actor, event), hidden=True)
    if event.status == "published":
        raise Conflict(gettext("This event is published already."))
    _write_languages(event, languages or [lang for lang in LOCALES if event.title.texts.get(lang)])
    is_resumed = event.status != "draft"
    event.status, event.notice = "published", EMPTY
    event.published_at = event.published_at or clock.now()
    announce(EventPublished(event.id, is_resumed))
    _index(event)
    return event


@use_case
def change_languages(actor: Actor, event_id: UUID, languages: Iterable[str]) -> Event:
    """The event that is public already, published in these languages from now on; nobody is written to.

    Raises Conflict while it is a draft, Invalid where a language has no title yet or none is named.
    """
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_event(actor, event), hidden=True)
    if event.status == "draft":
        raise Conflict(gettext("This event is a draft: its languages are chosen when it is published."))
    before = event.published_languages
    _write_languages(event, languages)
    if event.published_languages != before:
        announce(EventChanged(event.id, ("published_languages",)))
    return event


@use_case
def postpone_event(actor: Actor, event_id: UUID, notice: Translated = EMPTY) -> Event:
    """The event announced as postponed: registrations stay, everybody is told, a new date may follow."""
    event = _published(actor, event_id)
    event.status, event.notice = "postponed", notice
    announce(EventPostponed(event.id))
    return event


@use_case
def cancel_event(actor: Actor, event_id: UUID, notice: Translated = EMPTY) -> Event:
    """The event announced as cancelled: places stay as they were, the event's state closes them."""
    event = _published(actor, event_id)
    event.status, event.notice = "cancelled", notice
    announce(EventCancelled(event.id))
    return event


@use_case
def copy_event(actor: Actor, event_id: UUID, parts: Iterable[str], starts: datetime | None = None) -> Event:
    """A new draft like an event: its header always, and of what `parts` names what there is.

    Where it starts on another day, everything in it moves by as many days, at the same hours on the wall; where the
    original has no date, it starts then. Raises Invalid where some hour does not exist on its new day.
    """
    original = get(Event, event_id)
    require(policy.may_edit_event(actor, original), hidden=True)
    chosen = tuple(sorted(set(parts)))
    values: dict[str, Any] = {column.name: getattr(original, column.name) for column in fields(Header)}
    if starts and not clock.is_within_reach(starts):
        raise Invalid("day", gettext("Choose a year from 1970 to 2100."))
    if starts and not original.starts:
        values["starts"] = starts
    elif starts and original.starts:
        days = (starts.date() - original.starts.date()).days
        values["starts"] = clock.days_later(original.starts, days)
        values["ends"] = original.ends and clock.days_later(original.ends, days)
    values["registration_opens_at"] = values["registration_closes_at"] = None
    series = original.series
    if series is not None and not policy.may_edit_series(actor, series):
        values["series_id"] = None
    parent = original.parent
    if parent is not None and not policy.may_open_desk(actor, parent):
        # It stays part of somebody else's event, by its name where it may be told.
        values["parent_id"] = None
        if policy.may_find_event(actor, parent):
            values["parent_name"] = parent.title
    event = _new(actor, _owner_of_copy(actor, original), Header(**values))
    if "partners" in chosen:
        event.partners = [
            Partner(organisation_id=p.organisation_id, part=p.part, position=p.position)
            for p in original.partners
            if p.organisation_id != event.organisation_id
        ]
    announce(EventAdded(event.id, copied_from=original.id, parts=chosen))
    return event


@use_case
def add_series(
    actor: Actor, organisation_id: UUID, title: Translated, description: Translated = EMPTY, note: Translated = EMPTY,
    slug: str | None = None,
) -> Series:  # fmt: skip
    """A new series of an organisation."""
    require(policy.may_add_event(actor, organisation_id))
    _check_series(title)
    series = Series(
        organisation_id=organisation_id, title=title, description=description, note=note,
        slug=free_slug(slugify(slug or title.in_("en")), Series.slug),
    )  # fmt: skip
    db.session.add(series)
    db.session.flush()
    announce(SeriesChanged(series.id))
    return series


@use_case
def change_series(
    actor: Actor,
    series_id: UUID,
    title: Translated,
    description: Translated,
    note: Translated,
    version: int | None = None,
) -> Series:
    """The series with other texts."""
    series = get(Series, series_id, lock=True)
    require(policy.may_edit_series(actor, series), hidden=True)
    check_version(series, version)
    _check_series(title)
    series.title, series.description, series.note = title, description, note
    announce(SeriesChanged(series.id))
    return series


@use_case
def rename_event_slug(actor: Actor, event_id: UUID, slug: str) -> Event:
    """The event at another address; the former one goes on leading there."""
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_event(actor, event), hidden=True)
    if slugify(slug) != event.slug:
        retire_slug(Event.__tablename__, event.slug, event.id)
        event.slug = free_slug(slugify(slug), Event.slug, row_id=event.id)
        announce(EventChanged(event.id, ("slug",)))
    return event


@use_case
def derive_instants(actor: Actor) -> list[UUID]:
    """The future events whose instants moved because the rules of their zone changed; the wall clock stays."""
    require(actor.is_system)
    moved = []
    for event in db.session.scalars(select(Event).where(Event.ends_at > clock.now())):
        before = event.starts_at, event.ends_at
        _derive(event)
        if before != (event.starts_at, event.ends_at):
            moved.append(event.id)
            announce(EventChanged(event.id, ("starts_at",)))
    return moved


def _new(actor: Actor, organisation_id: UUID, header: Header, slug: str | None = None) -> Event:
    get(Organisation, organisation_id)
    event = Event(organisation_id=organisation_id, slug=free_slug(slugify(slug or header.title.in_("en")), Event.slug))
    # A calendar that is brought in may say a former name; what is there keeps its own, which is no change of its hours.
    _write(actor, event, replace(header, zone=current_name(header.zone) or header.zone))
    db.session.add(event)
    db.session.flush()
    return event


def _write_languages(event: Event, languages: Iterable[str]) -> None:
    chosen = [lang for lang in LOCALES if lang in set(languages)]
    if not chosen:
        raise Invalid("languages", gettext("Choose one language at least."))
    if not all(event.title.texts.get(lang) for lang in chosen):
        raise Invalid("languages", gettext("The title is still missing in this language."))
    event.published_languages = chosen


def _former(event: Event, before: Circumstances) -> dict[str, Any] | None:
    return None if before.are_as(Circumstances.of(event)) else before.as_json()


def _check_series(title: Translated) -> None:
    if not title:
        raise Invalid("title", gettext("Give the series a title in one language at least."))


def _owner_of_copy(actor: Actor, original: Event) -> UUID:
    """The organiser's own organisation, which may be a co-organiser's: nobody plans in another's name."""
    equals = [partner.organisation_id for partner in original.partners if partner.part == "co_organiser"]
    for organisation_id in (original.organisation_id, *equals):
        if policy.may_add_event(actor, organisation_id):
            return organisation_id
    raise Forbidden(gettext("You may not do this."))


def _published(actor: Actor, event_id: UUID) -> Event:
    event = get(Event, event_id, lock=True)
    require(policy.may_edit_event(actor, event), hidden=True)
    if event.status not in {"published", "postponed"}:
        raise Conflict(gettext("Only a published event can be postponed or cancelled."))
    return event


def _write(actor: Actor, event: Event, header: Header) -> tuple[str, ...]:
    for problem in problems_of(header):
        raise problem
    _check_ties(actor, event, header)
    changed = []
    for column in fields(Header):
        value = getattr(header, column.name)
        if column.name == "working_languages":
            value = list(value)
        if column.name == "contact_address" and value:
            value = addresses.tidy(value)
        if not clock.is_same(getattr(event, column.name), value):
            setattr(event, column.name, value)
            changed.append(column.name)
    _derive(event)
    return tuple(changed)


def problems_of(header: Header) -> list[Invalid]:
    """All that is wrong with what somebody says of an event, so that it can be told at once."""
    problems = [*_problems_of_hours(header), *_problems_of_addresses(header)]
    if not header.title:
        problems.insert(0, Invalid("title", gettext("Give the event a title in one language at least.")))
    return problems


def _problems_of_hours(header: Header) -> Iterator[Invalid]:
    has_zone = header.zone in clock.zone_names()
    if not has_zone:
        yield Invalid("zone", gettext("Choose a time zone from the list."))
    if header.ends and not header.starts:
        yield Invalid("starts", gettext("An event that ends also needs a start."))
    if _ends_too_soon(header):
        yield Invalid("ends", gettext("The end must come after the start."))
    for name in ("starts", "ends"):
        hour = getattr(header, name)
        if hour and not clock.is_within_reach(hour):
            yield Invalid(name, gettext("Choose a year from 1970 to 2100."))
        elif hour and has_zone and clock.is_skipped(hour, header.zone):
            yield Invalid(name, gettext("The clocks are put forward over this time: it does not exist on that day."))
    opens, closes = header.registration_opens_at, header.registration_closes_at
    if opens and closes and closes <= opens:
        yield Invalid("closes", gettext("Registration must close after it opens."))


def _ends_too_soon(header: Header) -> bool:
    if not (header.starts and header.ends):
        return False
    hours = header.starts, header.ends
    if header.zone in clock.zone_names() and all(map(clock.is_within_reach, hours)):
        starts, ends = (clock.instant(at, header.zone) for at in hours)
        return ends <= starts
    return header.ends <= header.starts


def _check_ties(actor: Actor, event: Event, header: Header) -> None:
    """An event joins only a series, and becomes part only of an event, that the actor may edit or open."""
    if header.series_id and header.series_id != event.series_id:
        require(policy.may_edit_series(actor, get(Series, header.series_id)))
    if header.parent_id and header.parent_id != event.parent_id:
        parent = db.session.get(Event, header.parent_id)
        if parent is None or parent is event or not policy.may_open_desk(actor, parent):
            raise Invalid("parent_id", gettext("Choose one from the list."))


def _problems_of_addresses(header: Header) -> Iterator[Invalid]:
    if header.parent_url and not re.match(r"https?://[^\s/]", header.parent_url):
        yield Invalid("parent_url", gettext("An address begins with https:// or http://."))
    if header.contact_address:
        try:
            addresses.normalise(header.contact_address)
        except ValueError:
            yield Invalid("contact_address", gettext("This is not an e-mail address."))


def _derive(event: Event) -> None:
    event.starts_at = clock.instant(event.starts, event.zone) if event.starts else None
    # An event whose end is not known yet lasts until its day is over, so that it is not past at once.
    ends = event.ends or (datetime.combine(event.starts.date(), time(23, 59)) if event.starts else None)
    event.ends_at = clock.instant(ends, event.zone) if ends else None


def _write_partners(actor: Actor, event: Event, partners: Partners) -> bool:
    wanted = [
        (organisation_id, part)
        for part, ids in (
            ("co_organiser", partners.co_organisers),
            ("assisting", partners.assisting),
            ("supporting", partners.supporting),
        )
        for organisation_id in ids
        if organisation_id != event.organisation_id
    ]
    before = [(partner.organisation_id, partner.part) for partner in event.partners]
    listed = {row.series_id for row in event.also_listed}
    if before != wanted:
        known = {partner.organisation_id: partner for partner in event.partners}
        rows = []
        for position, (organisation_id, part) in enumerate(dict(wanted).items()):
            row = known.get(organisation_id) or Partner(organisation_id=organisation_id)
            row.part, row.position = part, position
            rows.append(row)
        event.partners = rows
    also_listed = set(partners.also_listed)
    for series_id in also_listed - listed:
        require(policy.may_edit_series(actor, get(Series, series_id)))
    if listed != also_listed:
        kept = {row.series_id: row for row in event.also_listed}
        event.also_listed = [kept.get(sid) or AlsoListed(series_id=sid) for sid in also_listed]
        for series_id in listed ^ also_listed:
            announce(SeriesChanged(series_id))
    return before != wanted or listed != also_listed


def _index(event: Event) -> None:
    """Let everybody find the event by its words, or nobody."""
    found = event.status != "draft" and event.visibility == "public"
    texts = [event.title, event.summary, event.description, event.venue, event.venue_address]
    search.put("event", event.id, [word for text in texts for word in text.texts.values()] if found else [])
