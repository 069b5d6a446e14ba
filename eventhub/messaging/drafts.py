"""What a letter is before it is a mail, and the parts that many letters have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import g, has_request_context
from flask_babel import gettext

from eventhub.calendars.invitations import Method
from eventhub.events.circumstances import Circumstances
from eventhub.events.models import Event
from eventhub.foundation import i18n, links, markup, outbox
from eventhub.foundation.outbox import Refused
from eventhub.foundation.web import address
from eventhub.people.names import closed_up
from eventhub.registrations.models import Registration

from . import event_news, queries
from .comparisons import compared, when, when_in, when_there, where
from .models import Letter
from .placeholders import Prose

T = TypeVar("T")

# What mail programs take for an address: a scheme, a path, a mailbox, or a dot, of any width, within a word.
_LINKLIKE = re.compile(r"[<>@/\\:]|www|\w[.。．｡]\w{2}", re.IGNORECASE)
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Link:
    """Words and the address they lead to."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, a line each."""

    rows: Sequence[tuple[str, str]]


class Said(str):
    """A sentence for which organisers may have words of their own: nothing that its reader must know stands in it."""

    __slots__ = ()


Block = str | Link | Facts | Prose


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is a mail; `sender` is who signs it.

    `greeting` is empty where its words greet by themselves. `occasion` is the kind that it turned out to be, where it
    tells how things are by now. By the address in `ending` its reader ends letters of its sort; what is about their own
    registration has none. `values` are what stands in the place of placeholders. `invitation` is what it tells its
    reader's calendar. `write_to` is where answers are to go if they cannot by `reply_to`.
    """

    subject: str
    greeting: str
    blocks: Sequence[Block]
    sender: str = "EventHub"
    reply_to: str | None = None
    write_to: str | None = None
    calendar: bytes | None = None
    occasion: str = ""
    ending: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    invitation: Method | None = None


def greet(name: str) -> str:
    """The greeting of a letter; without the name where a mail program could make a link of it."""
    name = harmless(name)
    return str(gettext("Dear %(name)s,", name=name) if name else gettext("Hello,"))


def harmless(name: str) -> str:
    """A name that somebody typed, on one line; nothing where a mail program could make a link of it."""
    name = closed_up(name)
    return "" if len(name) > _LONGEST_NAME or _LINKLIKE.search(name) else name


def found(row: T | None) -> T:
    """The row that a letter is about; Refused where it is no longer there."""
    if row is None:
        raise Refused("what the letter is about is no longer there")
    return row


def facts_of(event: Event, lang: str, kind: str = "", *, is_online: bool = False, zone: str | None = None) -> Facts:
    """What an event is, and when and where it takes place; `is_online`: for somebody who does not come.

    Where the event does not take place then, or a letter of this `kind` says so, its date is one that it once had. Its
    hours are told in its reader's `zone` as well, where that is known and has others.
    """
    rows = [(gettext("Event"), str(event.title.in_(lang)))]
    is_off = event_news.is_off(kind, event)
    was = _given_up(event) if is_off else None
    if was:
        rows.append((gettext("Former date"), when_there(was, lang)))
    elif not is_off:
        rows.append((gettext("When"), when(event, lang)))
    elif event.starts is not None:
        rows.append((gettext("Former date"), when(event, lang)))
    if event.starts is not None and not was:
        rows.append((gettext("Time zone"), i18n.zone_label(event.zone, lang, event.starts_at)))
    if zone and not was and (own := when_in(event, zone, lang)):
        rows.append((gettext("By your clock"), own))
    if place := gettext("Online") if is_online else where(event, lang):
        rows.append((gettext("Where"), place))
    return Facts(rows)


def changes_told(letter: Letter, event: Event, zone: str | None = None, *, is_online: bool = False) -> list[Block]:
    """What of an event is another than the readers of a letter knew it; nothing where it is again as it was."""
    if not (was := letter.data.get("was")):
        return []
    before, after = Circumstances.from_json(was), Circumstances.of(event)
    rows = compared(before, after, letter.language, zone, is_online=is_online)
    return [Facts(rows)] if rows else []


def _given_up(event: Event) -> Circumstances | None:
    """How an event was announced before it was given up, where organisers have noted another date for it since."""
    known = _known()
    key = (event.id, event.version)
    if key not in known:
        known[key] = queries.circumstances_before(event.id)
    said = known[key]
    was = Circumstances.from_json(said) if said else None
    has_other = was and (was.starts, was.ends, was.zone) != (event.starts, event.ends, event.zone)
    return was if was and was.starts and has_other else None


def _known() -> dict[Any, Any]:
    """What letters that are carried out together, or stand on one page, have read of events already."""
    if (shared := outbox.shared()) is not None:
        return shared
    known: dict[Any, Any] = g.setdefault("events_before", {}) if has_request_context() else {}
    return known


def plain_or_marked(text: i18n.Text) -> str:
    """What organisers wrote, without markup; marked where it is in another language than the letter."""
    plain = markup.to_plain(text)
    return str(gettext("%(text)s (not yet translated)", text=plain)) if text.is_fallback else plain


def way_out(ending: str | None) -> list[Block]:
    """The link by which letters of a sort are ended, where there is one."""
    if ending is None:
        return []
    return [
        gettext("By this link you choose which letters you get, and end letters like this one:"),
        Link(gettext("Which letters I get"), ending),
    ]


def to_registration(registration: Registration, lang: str) -> Link:
    """The link to a registrant's own page, for a letter to nobody but them."""
    token = links.make("registration", registration.id, registration.link_number)
    return Link(gettext("My registration"), address("registrations.mine", lang, token=token))


def way_to_registration(registration: Registration, lang: str) -> list[Block]:
    """The same, with what its reader has to know of it."""
    return [
        to_registration(registration, lang),
        gettext("The link is yours alone. Whoever has it can change your registration."),
    ]


def values_of(event: Event, lang: str, name: str, link: str, *, is_online: bool = False) -> dict[str, str]:
    """What stands in the place of each placeholder, for one reader; `link` is their own, or the event's page."""
    return {
        "name": name,
        "event": str(event.title.in_(lang)),
        "when": when_there(event, lang),
        "where": gettext("Online") if is_online else where(event, lang),
        "organiser": str(event.organisation.name.in_(lang)),
        "contact": event.contact_address or "",
        "link": link,
        "event_page": address("events.event", lang, slug=event.slug),
    }
