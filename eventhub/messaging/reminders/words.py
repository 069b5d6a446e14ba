"""What rules are called, and what they do, in sentences for organisers."""

from __future__ import annotations

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from eventhub.foundation import i18n
from eventhub.foundation.i18n import EMPTY, Translated

from .models import ReminderRule
from .services import RulePlan

OCCASIONS = {
    "event": _("The whole event"),
    "session": _("Each session"),
    "registration_closes": _("Registration closes"),
    "invitation": _("The time to answer an invitation is over"),
    "offer": _("The time to take an offered or held place is over"),
    "answer": _("The time of a speaker to answer is over"),
}
AUDIENCES = {
    "registrants": _("Everybody with a place; of an offered place, those who can take it"),
    "signed_up": _("Those who signed up for the session"),
    "speakers": _("Speakers; of a session, those in it"),
    "moderators": _("Moderators; of a session, its own"),
    "guests": _("Those who are invited and have not answered"),
}
# Why a rule's letter has nothing yet that it could tell of.
MISSING = {
    "event": _("There is nothing yet that it could tell of: give the event its date first."),
    "session": _("There is nothing yet that it could tell of: the programme has no session with its hours."),
    "registration_closes": _("There is nothing yet that it could tell of: say first when registration closes."),
}
UNITS = {"minutes": _("minutes"), "hours": _("hours"), "days": _("days")}
SIDES = {"before": _("before"), "after": _("after")}
CLOCKS = {"own": _("by each reader’s own clock"), "event": _("by the clock of the event")}

# What is offered to organisers; nothing of it is sent before they turn it on.
OFFERED = {
    "two_days": RulePlan("event", "registrants", 2, "days", at_clock="09:00"),
    "an_hour": RulePlan("event", "registrants", 1, "hours"),
    "speakers": RulePlan("session", "speakers", 1, "days", at_clock="09:00"),
    "moderators": RulePlan("session", "moderators", 30, "minutes"),
    "signed_up": RulePlan("session", "signed_up", 30, "minutes"),
    "closing": RulePlan("registration_closes", "guests", 2, "days", at_clock="09:00"),
    "thanks": RulePlan(
        "event", "registrants", 1, "days", is_after=True, at_clock="10:00",
        note=Translated.of(
            en="Thank you for having been with us.", zh="感谢您的参与。"
        ),
    ),
}  # fmt: skip


def sentence(rule: ReminderRule | RulePlan) -> str:
    """When a rule writes, as `2 days before the event, at 09:00 by each reader’s own clock`."""
    said = f"{_length(rule)}" if rule.amount else ""
    text = _when(rule, said)
    if rule.at_clock:
        by = (
            gettext("at %(hour)s by each reader’s own clock", hour=rule.at_clock)
            if rule.is_own_clock
            else gettext("at %(hour)s by the clock of the event", hour=rule.at_clock)
        )
        text = gettext("%(when)s, %(by)s", when=text, by=by)
    return str(text)


def _length(rule: ReminderRule | RulePlan) -> str:
    match rule.unit:
        case "minutes":
            return str(ngettext("%(num)s minute", "%(num)s minutes", rule.amount))
        case "hours":
            return str(ngettext("%(num)s hour", "%(num)s hours", rule.amount))
    return str(ngettext("%(num)s day", "%(num)s days", rule.amount))


def _when(rule: ReminderRule | RulePlan, length: str) -> str:
    match rule.occasion, rule.is_after:
        case "event", False:
            text = gettext("%(length)s before the event", length=length) if length else gettext("On the first day")
        case "event", True:
            text = gettext("%(length)s after the event", length=length) if length else gettext("After the event")
        case "session", False:
            text = (
                gettext("%(length)s before each session", length=length)
                if length
                else gettext("On the day of each session")
            )
        case "session", True:
            text = gettext("%(length)s after each session", length=length) if length else gettext("After each session")
        case "registration_closes", _:
            text = gettext("%(length)s before registration closes", length=length)
        case "invitation", _:
            text = gettext("%(length)s before the time to answer an invitation is over", length=length)
        case "offer", _:
            text = gettext("%(length)s before the time to take a place is over", length=length)
        case _:
            text = gettext("%(length)s before a speaker’s time to answer is over", length=length)
    return str(text)


def to_whom(rule: ReminderRule | RulePlan) -> str:
    """Whom a rule writes to, as `Everybody with a place`."""
    match rule.occasion, rule.audience:
        case "offer", _:
            return str(gettext("Those who can take a place"))
        case _, "registrants":
            return str(gettext("Everybody with a place"))
        case "session", "speakers":
            return str(gettext("Those with a part in it"))
        case "answer", _:
            return str(gettext("Speakers who have not answered"))
        case _, "speakers":
            return str(gettext("All speakers"))
        case "session", "moderators":
            return str(gettext("Those who moderate it"))
        case _, "moderators":
            return str(gettext("All moderators"))
    return str(AUDIENCES[rule.audience])


def note_in_brief(rule: ReminderRule | RulePlan) -> str:
    """The first words of what organisers add."""
    text = str((rule.note or EMPTY).in_(i18n.language()))
    return text if len(text) <= 80 else f"{text[:79]}…"
