"""The public pages of a programme: its timetable, a session, the people."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, g, get_template_attribute, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from eventhub.events import policy
from eventhub.events.models import Event
from eventhub.events.queries import get_visible
from eventhub.foundation import clock
from eventhub.foundation.errors import NotFound
from eventhub.foundation.fragments import Shelf
from eventhub.foundation.i18n import LOCALES, format_clock, format_day
from eventhub.foundation.zones import ReaderZone, reader_zone

from . import snapshots
from .filters import EVERYTHING, ProgrammeForm, Wish
from .models import KINDS, ROLES
from .public import PublicSession, PublicSpeaker, PublicState, shown_state
from .rule import CHATHAM_HOUSE_RULE
from .timetable import Timetable, lay_out

bp = Blueprint("programme", __name__, url_prefix="/<any(en,zh):lang>")
ALL_DAYS = "all"
Days = tuple[date, ...]
STEP = 5  # minutes by which the mark of the present jumps
# A timetable of a thousand sessions takes a quarter of a second to render and about 0.7 MB to keep.
_shelf: Shelf[Markup] = Shelf(8 * 1024 * 1024)


@bp.get("/events/<slug>/programme/")
def programme(slug: str) -> str | Response:
    """The timetable, one day at a time or all of them."""
    event = get_visible(g.actor, slug)
    if event.slug != slug:
        return redirect(url_for(".programme", slug=event.slug), 301)
    state = shown_state(event)
    zone = reader_zone(event.zone, event.starts_at)
    form = ProgrammeForm(request.args)
    form.offer(state)
    days = chosen_days(event, state)
    body = timetables(event, state, zone, days, form.wish())
    return render_template(
        "programme/programme.html",
        event=event,
        state=state,
        zone=zone,
        form=form,
        days=days,
        is_shown=policy.is_shown(event),
        body=body,
    )


def timetables(event: Event, state: PublicState, zone: ReaderZone, days: Days, wish: Wish = EVERYTHING) -> Markup:
    """The timetables of these days, with the present marked where it is one of them."""
    now = clock.now()
    mark = _step(now) if clock.wall(now, event.zone).date() in days else None

    def render() -> Markup:
        tables = [lay_out(day, wish.of(state.on(day)), state.rooms, event.zone, mark) for day in days]
        return _rendered(event, zone, [table for table in tables if table.items])

    return _kept(event, state, ("timetables", zone.name, days, wish, mark), render)


def _kept(event: Event, state: PublicState, what: Hashable, render: Callable[[], Markup]) -> Markup:
    """A part of a page that changes with the revision only; the preview of a draft has none and is always new."""
    if event.status == "draft":
        return render()
    return _shelf.get((event.id, state.revision, event.slug, g.lang, what), render)


def chosen_days(event: Event, state: PublicState) -> Days:
    """The days that the address asks for: one, all, or today where the event goes on, else the first."""
    asked = request.args.get("day", "")
    today = clock.wall(clock.now(), event.zone).date()
    if asked == ALL_DAYS:
        return state.days
    by_name = {day.isoformat(): day for day in state.days}
    return (by_name.get(asked) or by_name.get(today.isoformat()) or state.days[0],) if state.days else ()


def _step(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % STEP, second=0, microsecond=0)


def _rendered(event: Event, zone: ReaderZone, tables: Sequence[Timetable]) -> Markup:
    def elsewhere(session: PublicSession) -> str:
        """The hours in the reader's zone, with the days where they are others there or differ."""
        starts, ends = clock.wall(session.starts_at, zone.name), clock.wall(session.ends_at, zone.name)
        runs_over = starts.date() != ends.date()
        first = f"{format_day(starts, short=True)} " if runs_over or starts.date() != session.starts.date() else ""
        last = f"{format_day(ends, short=True)} " if runs_over else ""
        return f"{first}{format_clock(starts, zone.name)}–{last}{format_clock(ends, zone.name)}"

    return Markup(  # noqa: S704 - a template of ours, which has escaped what people wrote
        render_template(
            "programme/_timetables.html",
            tables=tables,
            zone=zone,
            venue_zone=event.zone,
            elsewhere=None if zone.name == event.zone else elsewhere,
            address=_addresses(event),
            # A word costs as much as all else on a card: each is looked up once.
            kinds=_words("session_kind_word", KINDS),
            roles=_words("role_word", ROLES),
            languages=_words("language_word", LOCALES),
        )
    )


def _words(macro: str, values: Iterable[str]) -> dict[str, str]:
    word = get_template_attribute("macros/badges.html", macro)
    return {value: word(value) for value in values}


def _addresses(event: Event) -> str:
    """What the addresses of an event's sessions begin with: making each by itself takes longer than its card."""
    return url_for("programme.session", slug=event.slug, session="x").removesuffix("x/")


@bp.get("/events/<slug>/sessions/<session>/")
def session(slug: str, session: str) -> str | Response:
    """One session."""
    event = get_visible(g.actor, slug)
    if event.slug != slug:
        return redirect(url_for(".session", slug=event.slug, session=session), 301)
    state = shown_state(event)
    found = state.session(session)
    if found is None:
        return _gone(event, session)
    place = state.sessions.index(found)
    return render_template(
        "programme/session.html",
        event=event,
        session=found,
        zone=reader_zone(event.zone, found.starts_at),
        before=state.sessions[place - 1] if place else None,
        after=state.sessions[place + 1] if place + 1 < len(state.sessions) else None,
        address=_addresses(event),
        is_shown=policy.is_shown(event),
        chatham_house_rule=CHATHAM_HOUSE_RULE,
    )


def _gone(event: Event, slug: str) -> Response:
    """What is told of a session that has left the programme; raises NotFound of one that was never in it."""
    title = None if event.status == "draft" else snapshots.title_of_gone(event.id, slug)
    if title is None:
        raise NotFound
    return Response(
        render_template("programme/session_gone.html", event=event, title=title.in_(g.lang)), 410, mimetype="text/html"
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a person does in one session."""

    session: PublicSession
    parts: tuple[PublicSpeaker, ...]


@bp.get("/events/<slug>/speakers/")
def speakers(slug: str) -> str | Response:
    """The people on the programme, with what each does there."""
    event = get_visible(g.actor, slug)
    if event.slug != slug:
        return redirect(url_for(".speakers", slug=event.slug), 301)
    state = shown_state(event)

    def render() -> Markup:
        people = [
            (person, [Appearance(s, tuple(p for p in s.speakers if p.key == person.key)) for s in sessions])
            for person, sessions in state.people
        ]
        # A template of ours, which has escaped what people wrote.
        return Markup(render_template("programme/_speakers.html", people=people, address=_addresses(event)))  # noqa: S704

    return render_template(
        "programme/speakers.html",
        event=event,
        body=_kept(event, state, "speakers", render) if state.people else "",
        is_shown=policy.is_shown(event),
    )
