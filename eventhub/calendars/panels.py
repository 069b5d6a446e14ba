"""The panels that invite to subscribe, and what the heads of pages tell machines of their feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from flask import g, render_template, request, url_for

from eventhub.calendars import invitations, keys, own_feeds, queries, series_feeds, short_texts
from eventhub.calendars.feeds import TYPES
from eventhub.calendars.options import Options
from eventhub.calendars.profiles import Profile
from eventhub.events.models import Event, Series
from eventhub.events.policy import is_shown, may_open_desk
from eventhub.foundation import links, qr
from eventhub.foundation.web import absolute
from eventhub.people.models import Person
from eventhub.programme.models import Speaker
from eventhub.programme.public import PublicSession
from eventhub.registrations.models import Registration
from eventhub.registrations.series.models import SeriesRegistration

# Minutes before, to choose from on the panel; an address may name any other number.
ALARMS = (5, 15, 30, 60, 1440)


@dataclass(frozen=True)
class Offer:
    """A feed as a panel offers it.

    `page` is the public page that invites to it, none for a private feed; `text` what people in WeChat pass on, in
    a language; `whose` says why an address is private, and `download` is of what somebody takes into a calendar once.
    """

    name: str
    address: str
    page: str | None = None
    text: Callable[[str], str] | None = None
    whose: str = ""
    download: str = ""

    @property
    def webcal(self) -> str:
        """Its address as calendar applications open it."""
        return "webcal://" + self.address.split("://", 1)[1]

    @property
    def google(self) -> str:
        """The page on which Google Calendar asks whether to subscribe."""
        return "https://calendar.google.com/calendar/r?cid=" + quote(self.webcal, safe="")

    @property
    def outlook(self) -> str:
        """The page on which Outlook asks the same."""
        return "https://outlook.live.com/calendar/0/addfromweb?" + urlencode({"url": self.address, "name": self.name})

    @property
    def other_forms(self) -> dict[str, str]:
        """Its addresses for readers of other kinds, where everybody may read it."""
        if self.page is None:
            return {}
        bare = self.address.removesuffix("ics")
        return {
            **{
                profile.value: f"{self.address}?profile={profile}" for profile in Profile if profile != Profile.STANDARD
            },
            **{form: bare + form for form in TYPES if form != "ics"},
        }

    @property
    def picture(self) -> str:
        """A QR code of the page, or of a private feed's address: what is private is not kept for the next reader."""
        return qr.picture_of(self.page) if self.page else qr.drawn(self.address)


def event_panel(event: Event, **_: Any) -> str | None:
    """How to subscribe to an event."""
    return _panel(_offer_of(event, url_for("events.event", slug=event.slug))) if is_shown(event) else None


def programme_panel(event: Event, **_: Any) -> str | None:
    """How to subscribe to what a programme shows: the whole event, or the one track that was chosen."""
    track = request.args.get("track", "")
    feed = queries.find_open_feed(f"events/{event.slug}/tracks/{track}") if track and "/" not in track else None
    if not is_shown(event):
        return None
    if feed is None:
        return _panel(_offer_of(event, url_for("programme.programme", slug=event.slug)))
    page = absolute(url_for("programme.programme", slug=event.slug, track=track))
    name = feed.name.in_(g.lang)
    offer = Offer(name, _address("track", slug=event.slug, track=track), page, partial(short_texts.of_event, event))
    return _panel(offer)


def site_panel(**_: Any) -> str:
    """How to subscribe to all public events."""
    return _panel(Offer(queries.SITE_NAME.in_(g.lang), _address("all_events"), absolute(f"/{g.lang}/")))


def session_panel(event: Event, session: PublicSession, **_: Any) -> str | None:
    """How to take a session into a calendar, or to subscribe to its event."""
    if not is_shown(event):
        return None
    page = absolute(url_for("programme.session", slug=event.slug, session=session.slug))
    once = _address("session", slug=event.slug, session=session.slug)
    text = partial(short_texts.of_session, event, session)
    return _panel(Offer(event.title.in_(g.lang), _address("event", slug=event.slug), page, text, download=once))


def series_panel(series: Series, **_: Any) -> str | None:
    """How to subscribe to a series."""
    if series.visibility == "invitation":
        return None
    page = absolute(url_for("events.series", slug=series.slug))
    name = series.title.in_(g.lang)
    return _panel(Offer(name, _address("series", slug=series.slug), page, partial(short_texts.of_series, series)))


def person_panel(person: Person, **_: Any) -> str | None:
    """How to subscribe to a person's public sessions, where they have any."""
    if person.slug is None or queries.find_open_feed(f"people/{person.slug}") is None:
        return None
    page = absolute(url_for("people.person", slug=person.slug))
    text = partial(short_texts.of_person, person)
    return _panel(Offer(person.names.in_(g.lang), _address("person", slug=person.slug), page, text))


def registration_panel(registration: Registration, **_: Any) -> str:
    """How a registrant subscribes to what they signed up for; only for the page that their private link opens."""
    token = links.make(queries.OF_REGISTRATION, registration.id, registration.calendar_number)
    event = registration.event
    text = partial(short_texts.of_event, event) if is_shown(event) else None
    return _own_panel(event.title.in_(g.lang), token, "registrant", text)


def series_registration_panel(registration: SeriesRegistration, **_: Any) -> str:
    """How somebody subscribes to all of theirs in a series; only for the page that their private link opens."""
    token = links.make(series_feeds.PURPOSE, registration.id, registration.calendar_number)
    series = registration.series
    text = partial(short_texts.of_series, series) if series.visibility != "invitation" else None
    return _own_panel(series.title.in_(g.lang), token, "registrant", text)


def speaker_panel(speaker: Speaker, event: Event, **_: Any) -> str | None:
    """How a speaker subscribes to their own sessions, once any are public; only for the page of their private link."""
    if queries.find_feed_of_event(event.id) is None:
        return None
    token = links.make(queries.OF_SPEAKER, speaker.id, speaker.calendar_number)
    text = partial(short_texts.of_event, event) if is_shown(event) else None
    return _own_panel(event.title.in_(g.lang), token, "speaker", text)


def answered(registration: Registration, **_: Any) -> str | None:
    """That a place is kept though a calendar has said no, which takes none away."""
    answer = invitations.find_answer(registration.id)
    is_to_come = registration.event.status == "published" and not registration.event.is_over()
    if answer is None or answer.answer != "declined" or registration.place.has_ended or not is_to_come:
        return None
    return render_template("calendars/_answered.html")


def account_panel(**_: Any) -> str:
    """How somebody who has signed in subscribes to all of theirs."""
    return _by_key("mine")


def desk_panel(**_: Any) -> str:
    """How an organiser subscribes to all that they run."""
    return _by_key("run")


def _by_key(kind: str) -> str:
    """The panel of a feed whose address is made when somebody asks for it."""
    key = keys.find_own_key(g.actor, kind)
    name = own_feeds.NAMES[kind].in_(g.lang)
    return _own_panel(name, keys.token_of(key) if key else None, kind)


def text_for_groups(event: Event, **_: Any) -> str | None:
    """What organisers copy into a group of WeChat: the event in a few lines."""
    if event.status == "draft" or not may_open_desk(g.actor, event):
        return None
    return render_template("calendars/_for_groups.html", text=partial(short_texts.of_event, event))


def alternates(
    event: Event | None = None,
    session: PublicSession | None = None,
    series: Series | None = None,
    person: Person | None = None,
    **_: Any,
) -> str | None:
    """What a page tells machines of the feed of what it shows, in each of its forms: of all events, if of nothing."""
    endpoint, values = "all_events", dict[str, str]()
    if event is None and series is None and person is None:
        pass
    elif event is not None and is_shown(event):
        endpoint, values = "event", {"slug": event.slug}
        if session is not None:
            endpoint, values = "session", {"slug": event.slug, "session": session.slug}
    elif series is not None and series.visibility != "invitation":
        endpoint, values = "series", {"slug": series.slug}
    elif person is not None and person.slug and queries.find_open_feed(f"people/{person.slug}"):
        endpoint, values = "person", {"slug": person.slug}
    else:
        return None
    forms = [(kind.split("; charset")[0], _address(endpoint, form=form, **values)) for form, kind in TYPES.items()]
    return render_template("calendars/_alternates.html", forms=forms)


def _offer_of(event: Event, page: str) -> Offer:
    """The feed of an event, as one of its pages offers it."""
    feed, text = _address("event", slug=event.slug), partial(short_texts.of_event, event)
    return Offer(event.title.in_(g.lang), feed, absolute(page), text)


def _address(endpoint: str, *, form: str = "ics", **values: Any) -> str:
    return absolute(url_for(f"calendars.{endpoint}", form=form, **values))


def _own_panel(name: str, token: str | None, whose: str, text: Callable[[str], str] | None = None) -> str:
    """The panel of a private feed, whose options stand in the page's address until they stand in the feed's."""
    options = Options.of(request.args)
    address = ""
    if token:
        query = urlencode(options.written())
        address = absolute(url_for("calendars.personal", token=token)) + (f"?{query}" if query else "")
    return _panel(Offer(name, address, text=text, whose=whose), options)


def _panel(offer: Offer, options: Options | None = None) -> str:
    once = offer.download or offer.address
    return render_template(
        "calendars/_subscribe.html",
        offer=offer,
        download=once + ("&" if "?" in once else "?") + "download=1",
        options=options,
        alarms=ALARMS,
    )
