"""The site as machines see it, and the address without a language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from markupsafe import escape
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events.models import Event, Series
from eventhub.events.queries import is_listed
from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import HTML_LANG, LOCALES
from eventhub.foundation.web import absolute, settings, wished_language

bp = Blueprint("site", __name__)

# Two addresses for each of these make the 10,000 that every search engine takes at once.
EVENTS_A_PAGE = 5000
# What private links open, and what is for people who have signed in.
_CLOSED = (
    "account", "calendar", "check-in", "invitations", "join", "letters", "operations", "organise", "registrations",
    "sign-in", "sign-up", "speak",
)  # fmt: skip
_Entry = tuple[str, str, Iterable[str], datetime | None]  # endpoint, slug, languages, when it changed


@bp.get("/")
def root() -> AnyResponse:
    """The way to the home page in the reader's language."""
    response = redirect(url_for("pages.home", lang=wished_language()), 302)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


@bp.get("/robots.txt")
def robots() -> Response:
    """Who may read what by machine: calendars everything, search engines no private links."""
    closed = [f"Disallow: /{lang}/{place}/" for lang in LOCALES for place in _CLOSED]
    lines = [
        "User-agent: Google-Calendar-Importer",
        "Allow: /",
        "",
        "User-agent: *",
        *closed,
        "Disallow: /mailbox/",
        "",
        f"Sitemap: {absolute(url_for('.sitemap'))}",
    ]
    return _plain("\n".join(lines) + "\n", "text/plain")


@bp.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a weakness (RFC 9116)."""
    until = (clock.now() + timedelta(days=180)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: mailto:{parseaddr(settings().mail_from)[1]}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(LOCALES)}",
        f"Canonical: {absolute(url_for('.security'))}",
    ]
    return _plain("\n".join(lines) + "\n", "text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """All public pages, or, where they are too many for one list, the lists of them."""
    pages = -(-_count_events() // EVENTS_A_PAGE)
    if pages <= 1:
        return _url_set([*_entries_of_site(), *_entries_of_events(1)])
    addresses = (absolute(url_for(".sitemap_page", number=number)) for number in range(1, pages + 1))
    items = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>" for address in addresses)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</sitemapindex>')


@bp.get("/sitemap-<int:number>.xml")
def sitemap_page(number: int) -> Response:
    """One of the lists of public pages."""
    if not 1 <= number <= -(-_count_events() // EVENTS_A_PAGE):
        raise NotFound
    return _url_set([*(_entries_of_site() if number == 1 else ()), *_entries_of_events(number)])


def _count_events() -> int:
    return db.session.scalar(select(func.count()).select_from(Event).where(is_listed())) or 0


def _entries_of_site() -> list[_Entry]:
    series = db.session.scalars(select(Series.slug).where(Series.visibility == "public").order_by(Series.slug))
    pages: list[_Entry] = [("pages.home", "", LOCALES, None), ("events.index", "", LOCALES, None)]
    return [*pages, *(("events.series", slug, LOCALES, None) for slug in series)]


def _entries_of_events(number: int) -> list[_Entry]:
    query = select(Event.slug, Event.published_languages, Event.public_changed_at).where(is_listed())
    rows = db.session.execute(query.order_by(Event.slug).offset((number - 1) * EVENTS_A_PAGE).limit(EVENTS_A_PAGE))
    return [("events.event", slug, languages, changed) for slug, languages, changed in rows]


def _url_set(entries: Iterable[_Entry]) -> Response:
    begins: dict[tuple[str, str], str] = {}
    parts = []
    for endpoint, slug, languages, changed in entries:
        addresses = {}
        for lang in languages:
            # Making an address anew takes longer than all else here, and those of one kind differ in their slug alone.
            if (endpoint, lang) not in begins:
                values: dict[str, Any] = {"lang": lang, **({"slug": "slug"} if slug else {})}
                begins[endpoint, lang] = absolute(url_for(endpoint, **values)).removesuffix("slug/")
            addresses[lang] = f"{begins[endpoint, lang]}{slug}/" if slug else begins[endpoint, lang]
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{HTML_LANG[lang]}" href="{escape(address)}"/>'
            for lang, address in addresses.items()
        )
        when = f"<lastmod>{changed:%Y-%m-%d}</lastmod>" if changed else ""
        parts += [f"<url><loc>{escape(address)}</loc>{when}{others}</url>" for address in addresses.values()]
    return _xml(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
        + "".join(parts)
        + "</urlset>"
    )


def _xml(body: str) -> Response:
    return _plain(f'<?xml version="1.0" encoding="UTF-8"?>{body}', "application/xml")


def _plain(body: str, mimetype: str) -> Response:
    return Response(body, mimetype=mimetype, headers={"Cache-Control": "public, max-age=3600"})
