"""What robots say, and what their room calls things."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from eventhub.events.models import Event
from eventhub.foundation import clock, fetching
from eventhub.foundation.db import db
from eventhub.foundation.web import absolute, address
from eventhub.messaging.comparisons import when_there, where
from eventhub.programme import telling
from eventhub.programme.differences import Difference
from eventhub.programme.models import Release
from eventhub.registrations.models import COUNTING

from . import queries, services
from .formats import Message
from .models import Robot, RobotDelivery

KINDS = {
    "wecom": _("WeCom (企业微信)"),
    "dingtalk": _("DingTalk (钉钉)"),
    "feishu": _("Feishu (飞书) or Lark"),
    "slack": _("Slack"),
    "json": _("A program of your own (JSON)"),
}
OCCASIONS = {
    "published": _("An event is published"),
    "released": _("A programme is released"),
    "hotfix": _("One thing of a released programme changes, as a session that does not take place"),
    "cancelled": _("An event is cancelled"),
    "counts": _("How many have registered, once a day"),
}
# So many sessions stand in one message of a change.
MOST_SESSIONS = 5
# So many characters of what an event is about.
MOST_OF_SUMMARY = 200
SAID = {**OCCASIONS, "test": _("Test message")}
STATES = {"waiting": _("On its way"), "delivered": _("Taken by the chat"), "failed": _("Given up")}
_ANSWERS = {
    "paused": _("The robot was paused."),
    "sealed": _("Its address can no longer be read. Please paste it once more."),
    "nothing": _("There was nothing to tell any more."),
}


def answer(said: str | None) -> str:
    """What came of a message, in words; what a chat answered is quoted."""
    if not said:
        return ""
    known = _ANSWERS.get(said) or fetching.WORDS.get(said)
    return str(known) if known else str(gettext("The chat answered: “%(answer)s”", answer=said))


def message(robot: Robot, delivery: RobotDelivery) -> Message | None:
    """What a robot says now of what it was asked to tell; None where there is nothing to tell any more."""
    lang = robot.language
    data: dict[str, Any] = {"occasion": delivery.occasion, "language": lang, "at": clock.now().isoformat()}
    name = str(robot.organisation.name.in_(lang))
    if delivery.occasion == "test":
        said = gettext("This is a test: EventHub will tell here of events of %(name)s.", name=name)
        home = address("organisations.organisation", lang, slug=robot.organisation.slug)
        return Message(delivery.id, (str(said),), home, data)
    if delivery.occasion == "counts":
        return _figures(robot, delivery, data)
    event = db.session.get(Event, delivery.event_id)
    if event is None or event.status != services.status_for(delivery.occasion) or event.visibility != "public":
        return None
    title, data["event"] = str(event.title.in_(lang)), _event(event, lang)
    if delivery.occasion == "released":
        release = db.session.get(Release, delivery.release_id)
        if release is None:
            return None
        data["release"] = release.number
        first = gettext(
            "There is a new programme of “%(title)s” (release %(number)s).", title=title, number=release.number
        )
        link = address("programme.programme", lang, slug=event.slug)
        return Message(delivery.id, (str(first), when_there(event, lang)), link, data)
    if delivery.occasion == "hotfix":
        return _change(event, delivery, data, lang)
    if delivery.occasion == "cancelled":
        said = gettext("%(name)s: “%(title)s” will not take place.", name=name, title=title)
        return Message(delivery.id, (str(said), when_there(event, lang)), data["event"]["url"], data)
    summary = str(event.summary.in_(lang))
    if len(summary) > MOST_OF_SUMMARY:  # all of it is behind the link
        summary = f"{summary[: MOST_OF_SUMMARY - 1]}…"
    lines = (
        str(gettext("%(name)s: “%(title)s” is open.", name=name, title=title)),
        *filter(None, (summary, when_there(event, lang), where(event, lang))),
    )
    return Message(delivery.id, lines, data["event"]["url"], data)


def _change(event: Event, delivery: RobotDelivery, data: dict[str, Any], lang: str) -> Message | None:
    """Which sessions changed, and whether they take place; of who has a part in them robots are silent."""
    release = db.session.get(Release, delivery.release_id)
    if release is None:
        return None
    data["release"] = release.number
    off = {one.session_id for one in map(Difference, release.changes) if "cancelled" in one.what}
    told = [one for one in telling.tell_changes(event, release.changes, release.names) if one.session_id]
    said = [gettext("The programme of “%(title)s” has changed.", title=event.title.in_(lang))]
    said += [
        gettext("“%(title)s” does not take place.", title=one.title)
        if one.session_id in off
        else gettext("“%(title)s” has changed.", title=one.title)
        for one in told[:MOST_SESSIONS]
    ]
    if len(told) > MOST_SESSIONS:
        said.append(ngettext("And one more change.", "And %(num)s more changes.", len(told) - MOST_SESSIONS))
    link = address("programme.changes", lang, slug=event.slug)
    return Message(delivery.id, tuple(map(str, said)), link, data)


def _event(event: Event, lang: str) -> dict[str, Any]:
    return {
        "slug": event.slug,
        "title": str(event.title.in_(lang)),
        "starts": event.starts_at.isoformat() if event.starts_at else None,
        "ends": event.ends_at.isoformat() if event.ends_at else None,
        "zone": event.zone,
        "url": address("events.event", lang, slug=event.slug),
    }


def _figures(robot: Robot, delivery: RobotDelivery, data: dict[str, Any]) -> Message | None:
    events = queries.coming_events(robot.organisation_id)
    if not events:
        return None
    figures, lines, data["events"] = queries.figures_of(events), [str(gettext("Registrations so far"))], []
    for event in events:
        states = figures[event.id]
        taken, waiting = sum(states.get(state, 0) for state in COUNTING), states.get("waitlisted", 0)
        parts = [ngettext("%(num)s place taken", "%(num)s places taken", taken)]
        if waiting:
            parts.append(ngettext("%(num)s on the waitlist", "%(num)s on the waitlist", waiting))
        said = str(gettext(", ")).join(map(str, parts))
        title = str(event.title.in_(robot.language))
        lines.append(str(gettext("%(title)s: %(figures)s", title=title, figures=said)))
        data["events"].append({**_event(event, robot.language), "taken": taken, "waitlisted": waiting})
    return Message(delivery.id, tuple(lines), absolute(f"/{robot.language}/organise/"), data)
