"""The public changelog of a programme: what each release changed, as a page and as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response as AnyResponse

from eventhub.events import policy
from eventhub.events.models import Event
from eventhub.events.queries import get_visible
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import HTML_LANG, gap
from eventhub.foundation.web import absolute

from . import public
from .differences import Difference
from .models import Release
from .telling import Told, note_of, tell
from .views import bp

MOST = 50
ATOM = "http://www.w3.org/2005/Atom"
register_namespace("", ATOM)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One release in the changelog."""

    release: Release
    told: list[Told]

    @property
    def heading(self) -> str:
        """What the release is called."""
        if self.release.number == 1:
            return str(gettext("First release"))
        if self.release.kind == "hotfix":
            return str(gettext("Correction %(number)s", number=self.release.number))
        return str(gettext("Release %(number)s", number=self.release.number))


@bp.get("/events/<slug>/changes/")
def changes(slug: str) -> str | AnyResponse:
    """What has changed in the programme, the newest first."""
    event = _published(slug)
    if event.slug != slug:
        return redirect(url_for(".changes", slug=event.slug), 301)
    return render_template(
        "programme/changes.html",
        event=event,
        chapters=_chapters(event),
        slugs={session.slug for session in public.public_state(event).sessions},
        is_shown=policy.is_shown(event),
    )


@bp.get("/events/<slug>/changes.atom")
def changes_feed(slug: str) -> AnyResponse:
    """The changelog for feed readers."""
    event = _published(slug)
    response = Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{_atom(event)}', mimetype="application/atom+xml")
    if not policy.is_shown(event):
        response.headers["Cache-Control"] = "private, no-store"
        return response
    response.headers["Cache-Control"] = "public, max-age=300, must-revalidate"
    response.last_modified = event.public_changed_at
    response.add_etag()
    return response.make_conditional(request)


def _published(slug: str) -> Event:
    event = get_visible(g.actor, slug)
    if event.status == "draft":
        raise NotFound
    return event


def _chapters(event: Event) -> list[Chapter]:
    query = select(Release).where(Release.event_id == event.id).order_by(Release.number.desc()).limit(MOST)
    rows = db.session.scalars(query.options(undefer(Release.names))).all()
    found = [[Difference(values) for values in row.changes] for row in rows]
    names = {part: words for row in reversed(rows) for part, words in row.names.items()}
    told = tell(event, [one for of_release in found for one in of_release], names)
    each = iter(told)
    chapters = [Chapter(row, [next(each) for _ in of_release]) for row, of_release in zip(rows, found, strict=True)]
    return [Chapter(one.release, [told for told in one.told if told.sentences]) for one in chapters]


def _atom(event: Event) -> str:
    def part(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
        element = SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        element.text = text or None
        return element

    title = gettext("Changes: %(event)s", event=event.title.in_(g.lang))
    page, here = (absolute(url_for(name, slug=event.slug)) for name in (".changes", ".changes_feed"))
    feed = Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": HTML_LANG[g.lang]})
    part(feed, "id", f"urn:uuid:{event.id}")
    part(feed, "title", title)
    part(feed, "updated", event.public_changed_at.isoformat(timespec="seconds"))
    part(feed, "link", rel="self", type="application/atom+xml", href=here)
    part(feed, "link", rel="alternate", type="text/html", href=page)
    part(part(feed, "author"), "name", str(event.organisation.name.in_(g.lang)))
    for chapter in _chapters(event):
        entry = part(feed, "entry")
        moment = chapter.release.created_at.isoformat(timespec="seconds")
        part(entry, "id", f"urn:uuid:{chapter.release.id}")
        part(entry, "title", chapter.heading)
        part(entry, "updated", moment)
        part(entry, "published", moment)
        part(entry, "link", rel="alternate", type="text/html", href=f"{page}#release-{chapter.release.number}")
        part(entry, "content", "\n".join(_lines(chapter)), type="text")
    return str(tostring(feed, encoding="unicode"))


def _lines(chapter: Chapter) -> Iterator[str]:
    if chapter.release.number == 1:
        yield gettext("The programme was announced.")
    if note := note_of(chapter.release):
        yield note
    for one in chapter.told:
        said = gap().join(one.sentences)
        yield gettext("%(what)s: %(title)s", what=one.title, title=said) if one.title else said
