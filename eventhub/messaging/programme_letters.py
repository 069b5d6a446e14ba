"""What letters say of changes to a programme."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import undefer

from eventhub.events.circumstances import Circumstances
from eventhub.events.models import Event
from eventhub.foundation import clock, i18n
from eventhub.foundation.db import db
from eventhub.foundation.web import address
from eventhub.programme import speaker_queries, telling
from eventhub.programme.differences import Difference
from eventhub.programme.models import Release
from eventhub.programme.telling import Told
from eventhub.registrations.models import Registration

from . import calendar_messages, event_news, speaker_letters
from .comparisons import compared
from .drafts import Block, Draft, Facts, Link, facts_of, found, greet, to_registration
from .models import Letter
from .notices.models import ChangeNotice
from .notices.services import recasts
from .programme_hours import hours_follow, lags_behind

# Beyond so many the page of changes tells them; what somebody has chosen is told in full.
_MOST_CHANGES = 20


def changes(
    letter: Letter,
    event: Event,
    *,
    only_substantial: bool = False,
    reader_id: UUID | None = None,
    first: Collection[UUID] = (),
    zone: str | None = None,
) -> list[Block]:
    """What was gathered of a programme, a paragraph each, with the organisers' notes and where all can be read.

    Where `reader_id` says who reads it, what is about them is told to them. What changed in the sessions of `first`,
    which the reader has chosen, is told before all else. Hours are told by the clock of the reader's `zone` as well.
    """
    notice = found(db.session.get(ChangeNotice, UUID(letter.data["notice_id"])))
    about = {UUID(session_id) for session_id in letter.data.get("sessions", ())} or None
    own = about or set()
    if letter.registration_id is not None:  # who is registered as well hears of all else by the same letter
        about = None

    def concerns(one: Difference) -> bool:
        is_chosen = one.session_id in first and recasts(one)
        return one.is_substantial or not only_substantial or one.session_id in own or is_chosen

    releases = releases_of(notice)
    names = {part_id: words for release in releases for part_id, words in release.names.items()}
    told = telling.tell_changes(event, notice.changes, names, about=about, wanted=concerns, reader_id=reader_id)
    hours = _hours_by(zone, notice, event, letter.language) if zone and zone != event.zone else {}
    chosen = [one for one in told if one.session_id in first]
    others = [one for one in told if one.session_id not in first]
    blocks: list[Block] = []
    if chosen:
        blocks.append(gettext("Sessions that you have chosen:"))
        blocks += _paragraphs(chosen, hours)
        if any(one.session_id in first and {"cancelled", "gone"} & one.what for one in map(Difference, notice.changes)):
            blocks.append(gettext("Where one of them does not take place, your sign-up for it has ended."))
        if others:
            blocks.append(gettext("Other sessions:"))
    blocks += _paragraphs(others[:_MOST_CHANGES], hours)
    if len(others) > _MOST_CHANGES:
        blocks.append(ngettext("And one more change.", "And %(num)s more changes.", len(others) - _MOST_CHANGES))
    blocks += [note for release in releases if (note := telling.note_of(release))]
    page = address("programme.changes", letter.language, slug=event.slug)
    return [*blocks, Link(gettext("All changes to the programme"), page)]


def _paragraphs(told: Sequence[Told], hours: Mapping[UUID, str]) -> list[str]:
    return [
        "\n".join(filter(None, [str(one.title), *one.sentences, hours.get(one.session_id) if one.session_id else ""]))
        for one in told
    ]


def releases_of(notice: ChangeNotice) -> Sequence[Release]:
    """The releases whose changes were gathered, in their order."""
    if notice.from_number is None or notice.to_number is None:
        return []
    query = select(Release).where(Release.event_id == notice.event_id, Release.number > notice.from_number)
    query = query.where(Release.number <= notice.to_number).order_by(Release.number).options(undefer(Release.names))
    return db.session.scalars(query).all()


def _hours_by(zone: str, notice: ChangeNotice, event: Event, lang: str) -> dict[UUID, str]:
    """When the sessions are that have other hours, by the clock of a reader elsewhere; and when they were."""
    found = {}
    for one in map(Difference, notice.changes):
        if not one.session_id or not one.what & {"new", "moved", "restored"}:
            continue
        was, now = (_span_in(one.values.get(key), event, zone, lang) for key in ("was", "is"))
        label = i18n.zone_label(zone, lang)
        found[one.session_id] = (
            gettext("By your clock (%(zone)s): %(now)s (before: %(was)s)", zone=label, now=now, was=was)
            if was and was != now
            else gettext("By your clock (%(zone)s): %(now)s", zone=label, now=now)
        )
    return found


def _span_in(stand: Mapping[str, Any] | None, event: Event, zone: str, lang: str) -> str:
    if not stand:
        return ""
    starts, ends = (clock.wall(clock.instant(clock.read(stand[key]), event.zone), zone) for key in ("starts", "ends"))
    is_one_day = starts.date() == ends.date()
    end = i18n.format_clock(ends, zone, lang) if is_one_day else i18n.format_moment(ends, lang, zone)
    return f"{i18n.format_moment(starts, lang, zone)}–{end}"


def draft(letter: Letter) -> Draft:
    """The letter to somebody whose own sessions a release changed."""
    event = found(db.session.get(Event, letter.event_id))
    person, speaker = speaker_letters.reader_of(letter, event)
    lang = letter.language
    title = str(event.title.in_(lang))
    about = {UUID(session_id) for session_id in letter.data["sessions"]}
    registration = db.session.get(Registration, letter.registration_id) if letter.registration_id else None
    notice = db.session.get(ChangeNotice, UUID(letter.data["notice_id"]))
    zone = speaker_queries.zone_of(speaker, event) if speaker else person.zone
    blocks: list[Block] = []
    has_sessions = True
    if registration is not None and notice is not None and notice.was:
        was = Circumstances.from_json(notice.was)
        if rows := compared(was, Circumstances.of(event), lang, zone):
            blocks += [event_news.sentence("event_changed"), Facts(rows)]
        has_sessions = not lags_behind(event, notice.was)
        blocks += [] if has_sessions else [hours_follow()]
    # It is all that somebody hears of who is registered as well: what their calendar is to know comes with it.
    due = calendar_messages.find_due(letter, registration) if registration else None
    return Draft(
        gettext("Your session has changed: %(title)s", title=title),
        greet(person.names.in_(lang)),
        [
            gettext("In the programme of “%(title)s”, this has changed in your sessions:", title=title),
            *changes(letter, event, only_substantial=registration is not None, reader_id=person.id, zone=zone),
            *blocks,
            *speaker_letters.told_parts(person, speaker, event, lang, about),
            facts_of(event, lang, zone=zone),
            *speaker_letters.own_page(speaker, lang),
            *([to_registration(registration, lang)] if registration else []),
        ],
        sender=str(event.organisation.name.in_(lang)),
        reply_to=event.contact_address,
        calendar=calendar_messages.file_of(letter.registration_id, event, lang, due, has_sessions=has_sessions),
        invitation=calendar_messages.told_by(letter.kind, due),
    )
