"""The feeds' addresses, and those of the feeds that somebody has by their account."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, abort, flash, g, redirect, request
from flask_babel import gettext
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response as AnyResponse

from eventhub.calendars import ical, jcal, jscal, keys, own_feeds, profiles, queries, series_feeds
from eventhub.calendars.faces import page_of
from eventhub.calendars.feeds import Feed
from eventhub.calendars.front import memory, place_of
from eventhub.calendars.ical import Component
from eventhub.calendars.lines import read
from eventhub.calendars.options import Options, Span, first_moment, profile_of, within_window
from eventhub.calendars.profiles import Profile
from eventhub.calendars.queries import FeedRow
from eventhub.calendars.revisions import revision_of
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import LOCALES, Text
from eventhub.foundation.permissions import declares, holds_a_link, signed_in
from eventhub.foundation.web import absolute, count_wrong_link
from eventhub.people.models import Person

# Google takes no calendar above one megabyte, nor above so many entries. The far end is left out, where it is more.
LARGEST_OF_ALL = 1_000_000
MOST_ENTRIES = 1_000
# The feeds that grow with the site or with a life, and are cut.
CUT = {"all", "mine", "run"}

bp = Blueprint("calendars", __name__, url_prefix="/<any(en, zh):lang>")

_FORM = "calendar.<any(ics, jcal, jscal):form>"


@bp.get(f"/{_FORM}", endpoint="all_events")
@bp.get(f"/events/<slug>/{_FORM}", endpoint="event")
@bp.get(f"/events/<slug>/sessions/<session>/{_FORM}", endpoint="session")
@bp.get(f"/events/<slug>/tracks/<track>/{_FORM}", endpoint="track")
@bp.get(f"/series/<slug>/{_FORM}", endpoint="series")
@bp.get(f"/people/<slug>/{_FORM}", endpoint="person")
def public_feed(form: str, **_: str) -> Response:
    """What anybody may subscribe to; its address says which feed it is, and in which form."""
    path = request.path.removeprefix(f"/{g.lang}/").removesuffix(f"calendar.{form}").rstrip("/")
    row = queries.find_open_feed(path)
    if row is None:
        raise NotFound
    profile = profile_of(request.args) if form == "ics" else Profile.STANDARD
    key = (row.id, g.lang, form, profile)
    feed = memory().current(key, row.revision, lambda: _built(row, form, profile))
    query = request.query_string.decode("ascii", "replace")
    if not query:
        memory().trust(request.path, key)
    elif query == f"profile={profile.value}":  # and nothing else, which anybody could make up
        memory().trust(f"{request.path}?{query}", key)
    return _sent(feed)


@bp.get("/calendar/<token>.ics")
@declares(holds_a_link)
def personal(token: str) -> Response:
    """What is somebody's own, by its private link: of a registration, a series, a speaker, an account, an organiser."""
    options, lang = Options.of(request.args), g.lang
    found = _opened(token, options.span(clock.now()))
    if found is None:
        count_wrong_link()
        raise NotFound
    kind, row_id, make = found
    wishes = urlencode(options.written())
    address = f"{request.path}?{wishes}" if wishes else request.path

    def question(connection: Connection) -> Hashable:
        revision = revision_of(kind, row_id, connection)
        moves = kind in CUT or options.alarm is not None
        return revision and (address, revision, first_moment(clock.now()) if moves else None)

    # Asked before it is made: what changes meanwhile makes it too new for its number, and never too old.
    revision = question(db.session.connection())
    if revision is None:
        raise NotFound
    feed = memory().current(place_of(address), revision, lambda: _made(*make(lang), options, revision))
    if request.query_string == wishes.encode():  # else it is another address, by which nobody will ask here
        memory().ask(address, question)
    return _sent(feed)


Maker = Callable[[str], tuple[FeedRow, list[Component]]]


def _opened(token: str, span: Span) -> tuple[str, UUID, Maker] | None:
    """What a private link opens: whose it is, and how it is made in a language: what is cut, of that span.

    All kinds are looked for, so that a wrong link takes as long whatever it was meant to be.
    """
    mine, of_series, key = queries.find_personal_feed(token), series_feeds.find(token), keys.find_key(token)
    if mine is not None:
        return mine.kind, mine.holder_id, lambda lang: queries.feed_of(mine, lang)
    if of_series is not None:
        return "series", of_series.id, partial(series_feeds.feed_of, of_series)
    return (key.kind, key.id, partial(own_feeds.feed_of, key, span)) if key else None


@bp.post("/account/calendars/<any(mine, run):kind>/")
@signed_in
def make_address(kind: str) -> AnyResponse:
    """A new address for one of one's own feeds; the one before opens nothing any more."""
    keys.make_address(g.actor, kind)
    flash(
        gettext("Your calendar has a new address. The one before, if there was one, opens nothing any more."), "success"
    )
    return redirect(f"/{g.lang}/{own_feeds.PATHS[kind]}/#subscribe", 303)


@bp.post("/account/calendars/<any(mine, run):kind>/end/")
@signed_in
def end_address(kind: str) -> AnyResponse:
    """No address any more for one of one's own feeds."""
    keys.end_address(g.actor, kind)
    flash(gettext("The address of your calendar opens nothing any more."), "success")
    return redirect(f"/{g.lang}/{own_feeds.PATHS[kind]}/#subscribe", 303)


def _built(row: FeedRow, form: str, profile: Profile) -> Feed:
    # Those of the language first: they are what the address asks for.
    components = queries.list_components(row.kind, row.scope_id, g.lang)
    if not components and queries.is_gone(row):
        abort(410)
    # Its address of today, whichever it was asked for by: what is built once is sent to all.
    source = absolute(f"/{g.lang}/{row.path}/calendar.{form}" if row.path else f"/{g.lang}/calendar.{form}")
    head = replace(_head(row), source=source, colour=_colour(row, components), image=_picture(row))
    others = {
        lang: queries.list_components(row.kind, row.scope_id, lang)
        for lang in LOCALES
        if form == "jscal" and lang != g.lang
    }

    def write(some: Sequence[Component]) -> bytes:
        if form == "jscal":
            return jscal.group(head, {g.lang: some, **others})
        body = _written(head, some, profile)
        return jcal.jcal(body) if form == "jcal" else body

    body = _fitting(write, components, is_cut=row.kind in CUT)
    slug = row.path.rsplit("/", 1)[-1] or "eventhub"
    return Feed(body, row.revision, row.changed_at, slug, head.name, form=form)


def _made(row: FeedRow, components: list[Component], options: Options, revision: Hashable) -> Feed:
    """One of somebody's own feeds."""
    today, head, changed_at = first_moment(clock.now()), _head(row), row.changed_at
    is_cut = row.kind in CUT
    if is_cut or options.alarm is not None:
        # What is over leaves it in the night, of which nothing else tells whoever asks by date.
        changed_at = max(changed_at, today)
    if is_cut and options.year is None:
        components = within_window(components, today)
    wished = options.applied(sorted(components, key=lambda one: (one.starts_at, one.uid)), today)
    body = _fitting(lambda some: _written(head, some, options.profile), wished, is_cut=is_cut)
    slug = row.path.rsplit("/", 1)[-1]
    return Feed(body, revision, changed_at, slug, row.name.in_(g.lang), personal=True)


def _written(head: ical.Head, components: Sequence[Component], profile: Profile) -> bytes:
    entries = profiles.entries(components, profile, head.language)
    return ical.assemble(head, entries, lambda opening, zones: profiles.head(opening, profile, zones))


def _fitting(write: Callable[[Sequence[Component]], bytes], components: list[Component], *, is_cut: bool) -> bytes:
    """The calendar, without its far end where it would be too large for its readers."""
    if is_cut:
        components = components[:MOST_ENTRIES]
    body = write(components)
    while is_cut and len(body) > LARGEST_OF_ALL:
        components = components[: len(components) * 9 // 10]
        body = write(components)
    return body


def _colour(row: FeedRow, components: Sequence[Component]) -> str | None:
    """A track's own, which all its sessions have."""
    if row.kind != "track" or not components:
        return None
    return next((line.value for line in read(components[0].body) if line.name == "COLOR"), None)


def _picture(row: FeedRow) -> str | None:
    """The photograph of whom a feed is about."""
    if row.kind != "person":
        return None
    photo_id = db.session.scalar(select(Person.photo_id).where(Person.id == row.scope_id))
    return absolute(f"/files/{photo_id}/small.jpg") if photo_id else None


def _head(row: FeedRow) -> ical.Head:
    page, _, track = row.path.partition("/tracks/")
    name, url = row.name.in_(g.lang), page_of(g.lang, f"{page}/programme" if track else page)
    told = gettext("What is moved or cancelled is so here too. All details: %(address)s", address=url)
    return ical.Head(
        language=g.lang,
        name=name,
        url=url,
        last_modified=row.changed_at,
        zone=row.zone,
        description=Text.of(told, g.lang),
    )


def _sent(feed: Feed) -> Response:
    answer = feed.answer(request.environ, download=request.args.get("download") == "1")
    assert answer, "it was made now"
    status, headers, body = answer
    # Of a body that is not sent (304) too, for whoever looks at the answer on its way; it is left out in the end.
    return Response(body, status, headers, content_type=feed.type)
