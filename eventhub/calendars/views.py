"""The feeds' addresses, and the panels that invite to subscribe to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, g, render_template, request, url_for

from eventhub.calendars import ical, queries, series_feeds
from eventhub.calendars.faces import page_of
from eventhub.calendars.feeds import Feed
from eventhub.calendars.front import memory
from eventhub.calendars.ical import Component
from eventhub.calendars.queries import FeedRow, PersonalFeed
from eventhub.events.models import Event, Series
from eventhub.events.policy import is_shown
from eventhub.foundation import links
from eventhub.foundation.errors import NotFound
from eventhub.foundation.permissions import declares, holds_a_link
from eventhub.foundation.web import absolute, count_wrong_link
from eventhub.people.models import Person
from eventhub.programme.models import Speaker
from eventhub.programme.public import PublicSession
from eventhub.registrations.models import Registration
from eventhub.registrations.series.models import SeriesRegistration

# Bytes: Google takes no calendar above one megabyte. The far end is left out, where there are too many events.
LARGEST_OF_ALL = 1_000_000

bp = Blueprint("calendars", __name__, url_prefix="/<any(en, zh):lang>")


@bp.get("/calendar.ics", endpoint="all_events")
@bp.get("/events/<slug>/calendar.ics", endpoint="event")
@bp.get("/events/<slug>/sessions/<session>/calendar.ics", endpoint="session")
@bp.get("/events/<slug>/tracks/<track>/calendar.ics", endpoint="track")
@bp.get("/series/<slug>/calendar.ics", endpoint="series")
@bp.get("/people/<slug>/calendar.ics", endpoint="person")
def public_feed(**_: str) -> Response:
    """What anybody may subscribe to; its address says which feed it is."""
    path = request.path.removeprefix(f"/{g.lang}/").removesuffix("calendar.ics").rstrip("/")
    row = queries.find_open_feed(path)
    if row is None:
        raise NotFound
    key = (row.id, g.lang)
    feed = memory().current(key, row.revision, lambda: _built(row))
    memory().trust(request.path, key)
    return _sent(feed)


@bp.get("/calendar/<token>.ics")
@declares(holds_a_link)
def personal(token: str) -> Response:
    """What one registrant has signed up for, or where one speaker has a part, by their private link."""
    mine, of_series = queries.find_personal_feed(token), series_feeds.find(token)
    if mine is not None:
        return _sent(_built_for(mine))
    if of_series is None:
        count_wrong_link()
        raise NotFound
    return _sent(_made(*series_feeds.feed_of(of_series, g.lang)))


def _built(row: FeedRow) -> Feed:
    components = queries.list_components(row.kind, row.scope_id, g.lang)
    head = _head(row)
    # Its address of today, whichever it was asked for by: what is built once is sent to all.
    source = absolute(f"/{g.lang}/{row.path}/calendar.ics" if row.path else f"/{g.lang}/calendar.ics")
    head = replace(head, source=source)
    body = ical.assemble(head, components)
    while len(body) > LARGEST_OF_ALL and row.kind == "all":
        components = components[: len(components) * 9 // 10]
        body = ical.assemble(head, components)
    slug = row.path.rsplit("/", 1)[-1] or "eventhub"
    return Feed(body, row.revision, row.changed_at, slug, head.name)


def _built_for(mine: PersonalFeed) -> Feed:
    """What of an event's own feed is one person's: made anew each time, since few ask for it."""
    row = replace(mine.feed, changed_at=max([mine.feed.changed_at, *(share.since for share in mine.shares)]))
    return _made(row, queries.components_of(row.scope_id, g.lang, mine.shares))


def _made(row: FeedRow, components: list[Component]) -> Feed:
    slug = row.path.rsplit("/", 1)[-1]
    return Feed(
        ical.assemble(_head(row), components), row.revision, row.changed_at, slug, row.name.in_(g.lang), personal=True
    )


def _head(row: FeedRow) -> ical.Head:
    page, _, track = row.path.partition("/tracks/")
    return ical.Head(
        language=g.lang,
        name=row.name.in_(g.lang),
        url=page_of(g.lang, f"{page}/programme" if track else page),
        last_modified=row.changed_at,
        zone=row.zone,
    )


def _sent(feed: Feed) -> Response:
    status, headers, body = feed.answer(request.environ, download=request.args.get("download") == "1")
    return Response(body, status, headers)


def event_panel(event: Event, **_: Any) -> str | None:
    """How to subscribe to an event."""
    return _panel(event.title.in_(g.lang), _address("event", slug=event.slug)) if is_shown(event) else None


def session_panel(event: Event, session: PublicSession, **_: Any) -> str | None:
    """How to take a session into a calendar, or to subscribe to its event."""
    if not is_shown(event):
        return None
    feed = _address("event", slug=event.slug)
    return _panel(
        event.title.in_(g.lang), feed, session_feed=_address("session", slug=event.slug, session=session.slug)
    )


def series_panel(series: Series, **_: Any) -> str | None:
    """How to subscribe to a series."""
    if series.visibility == "invitation":
        return None
    return _panel(series.title.in_(g.lang), _address("series", slug=series.slug))


def person_panel(person: Person, **_: Any) -> str | None:
    """How to subscribe to a person's public sessions, where they have any."""
    if person.slug is None or queries.find_open_feed(f"people/{person.slug}") is None:
        return None
    return _panel(person.names.in_(g.lang), _address("person", slug=person.slug))


def registration_panel(registration: Registration, **_: Any) -> str:
    """How a registrant subscribes to what they signed up for; only for the page that their private link opens."""
    token = links.make("calendar", registration.id, registration.calendar_number)
    return _panel(registration.event.title.in_(g.lang), _address("personal", token=token), whose="registrant")


def series_registration_panel(registration: SeriesRegistration, **_: Any) -> str:
    """How somebody subscribes to all of theirs in a series; only for the page that their private link opens."""
    token = links.make(series_feeds.PURPOSE, registration.id, registration.calendar_number)
    return _panel(registration.series.title.in_(g.lang), _address("personal", token=token), whose="registrant")


def speaker_panel(speaker: Speaker, event: Event, **_: Any) -> str | None:
    """How a speaker subscribes to their own sessions, once any are public; only for the page of their private link."""
    if queries.find_feed_of_event(event.id) is None:
        return None
    token = links.make("speaker_calendar", speaker.id, speaker.calendar_number)
    return _panel(event.title.in_(g.lang), _address("personal", token=token), whose="speaker")


def _address(endpoint: str, **values: Any) -> str:
    return absolute(url_for(f"calendars.{endpoint}", **values))


def _panel(name: str, feed: str, *, session_feed: str | None = None, whose: str = "") -> str:
    webcal = "webcal://" + feed.split("://", 1)[1]
    return render_template(
        "calendars/_subscribe.html",
        address=feed,
        webcal=webcal,
        google="https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe=""),
        outlook="https://outlook.live.com/calendar/0/addfromweb?" + urlencode({"url": feed, "name": name}),
        download=f"{session_feed or feed}?download=1",
        is_session=session_feed is not None,
        whose=whose,
        # Inside WeChat no other application can be opened.
        in_wechat="MicroMessenger" in request.user_agent.string,
    )
