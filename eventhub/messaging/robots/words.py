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
from eventhub.programme.models import Release
from eventhub.registrations.models import COUNTING

from . import queries
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
    "counts": _("How many have registered, once a day"),
}
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
    if event is None or event.status != "published" or event.visibility != "public":
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
    lines = (
        str(gettext("%(name)s: “%(title)s” is open.", name=name, title=title)),
        *filter(None, (str(event.summary.in_(lang)), when_there(event, lang), where(event, lang))),
    )
    return Message(delivery.id, lines, data["event"]["url"], data)


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
