"""What a device shows: a title, a line, and where a click leads; in the language of the letter that says the rest."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext, ngettext

from eventhub.events.models import Event
from eventhub.events.policy import is_shown
from eventhub.foundation import clock, i18n, links, markup
from eventhub.foundation.db import db
from eventhub.foundation.web import address, settings
from eventhub.messaging import event_news, programme_letters
from eventhub.messaging.comparisons import when_there, where
from eventhub.messaging.models import Letter
from eventhub.messaging.notices.models import ChangeNotice
from eventhub.messaging.place_news import news
from eventhub.messaging.reminders import letters as reminder_letters
from eventhub.messaging.reminders import queries as reminders
from eventhub.messaging.reminders.models import ReminderRule
from eventhub.programme import telling
from eventhub.programme.differences import Difference
from eventhub.registrations.models import Registration

_LONGEST_TITLE, _LONGEST_LINE = 120, 240
# A push service keeps nothing longer.
_MOST_KEPT = timedelta(days=28)
_LEAST_KEPT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Note:
    """What is shown, until when it is worth showing, and what it replaces: earlier ones `about` the same thing."""

    title: str
    line: str
    path: str
    lang: str
    about: str
    until: datetime
    is_urgent: bool = False

    @property
    def seconds(self) -> int:
        """For how long a push service should try (`TTL`, RFC 8030 §5.2)."""
        kept = min(max(self.until - clock.now(), _LEAST_KEPT), _MOST_KEPT)
        return int(kept.total_seconds())

    def topic(self, device_id: UUID) -> str:
        """What a push service knows it by (RFC 8030 §5.4), which says nothing to it, nor is the same on two devices."""
        digest = hashlib.sha256(f"{device_id}:{self.about}".encode()).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()

    def message(self) -> bytes:
        """What our worker in the browser reads."""
        told = {
            "title": _short(self.title, _LONGEST_TITLE),
            "line": _short(self.line, _LONGEST_LINE),
            "path": self.path,
            "lang": i18n.HTML_LANG[self.lang],
            "about": self.about,
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def note(letter: Letter, registration: Registration) -> Note | None:
    """What a device shows of what a letter tells, as things stand now; None where there is nothing to show any more."""
    event, lang = registration.event, letter.language
    if letter.kind == "reminder":
        return _reminder(letter, event, registration, lang)
    if event.is_over() or not event_news.is_true(letter.kind, event):
        return None
    title = str(event.title.in_(lang))
    if letter.kind == "session_changed":
        subject, sentence = str(gettext("Your session has changed: %(title)s", title=title)), ""
    else:
        subject, sentence = news(letter.kind, registration.place, title)[:2]
    endpoint = "events.event"
    if letter.kind in {"event_changed", "event_resumed"}:
        sentence = ("，" if lang == "zh" else ", ").join(filter(None, (when_there(event, lang), where(event, lang))))
    elif "notice_id" in letter.data:
        sentence, endpoint = _changes(letter, event), "programme.changes"
    until = event.ends_at or clock.now() + _MOST_KEPT
    path = _path(registration, endpoint, lang)
    return Note(subject, sentence, path, lang, f"changes:{event.id}", until, is_urgent=letter.kind == "event_cancelled")


def _changes(letter: Letter, event: Event) -> str:
    """The first of the changes that a letter tells in full, and how many more there are."""
    notice = db.session.get(ChangeNotice, UUID(letter.data["notice_id"]))
    if notice is None:
        return ""
    sessions = {UUID(one) for one in letter.data.get("sessions", ())} or None
    names = {part_id: words for one in programme_letters.releases_of(notice) for part_id, words in one.names.items()}
    is_substantial = any(Difference(values).is_substantial for values in notice.changes)
    told = telling.tell_changes(
        event, notice.changes, names, about=sessions,
        wanted=lambda one: sessions is not None or one.is_substantial or not is_substantial,
    )  # fmt: skip
    if not told:
        return ""
    said = [str(gettext("%(what)s: %(title)s", what=told[0].title, title=told[0].sentences[0]))]
    if len(told) > 1:
        said.append(ngettext("And one more change.", "And %(num)s more changes.", len(told) - 1))
    return str(i18n.gap()).join(said)


def _reminder(letter: Letter, event: Event, registration: Registration, lang: str) -> Note | None:
    rule = db.session.get(ReminderRule, UUID(letter.data["rule_id"]))
    if rule is None or not reminder_letters.is_worth_sending(letter):
        return None
    occasion_id, at = UUID(letter.data["occasion_id"]), datetime.fromisoformat(letter.data["occasion_at"])
    session = reminders.session_of(event, occasion_id) if rule.occasion == "session" else None
    title = str(session.title.in_(lang) if session else event.title.in_(lang))
    path = (
        _path(registration, "programme.session", lang, session=session.slug)
        if session
        else _path(registration, "events.event", lang)
    )
    about = f"reminder:{occasion_id}"
    if rule.is_after:
        line = " ".join(markup.to_plain(rule.note.in_(lang)).split())
        subject = str(gettext("About: %(title)s", title=title))
        return Note(subject, line, path, lang, f"{about}:after", clock.now() + timedelta(days=1))
    moment = clock.wall(session.starts_at if session else at, event.zone)
    line = i18n.format_zoned(moment, event.zone, lang)
    subject = str(gettext("Reminder: %(title)s", title=title))
    return Note(subject, line, path, lang, about, at, is_urgent=rule.unit != "days")


def _path(registration: Registration, endpoint: str, lang: str, **values: str) -> str:
    """Where a click leads: to a page that everybody may open, or, where the event has none, to the reader's own."""
    event = registration.event
    if is_shown(event):
        there = address(endpoint, lang, slug=event.slug, **values)
    else:
        token = links.make("registration", registration.id, registration.link_number)
        there = address("registrations.mine", lang, token=token)
    return there.removeprefix(settings().base_url)
