"""What groups, and what became of a letter to one, are called, in words for organisers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _

from eventhub.attendance import queries as attendance
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import Text, country_name, language
from eventhub.messaging import placeholders
from eventhub.messaging.drafts import values_of
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.programme.forms import ROLES
from eventhub.registrations import words as registrations

from . import groups
from .groups import Group
from .models import GroupLetter

KINDS = {
    "registrants": _("People who have registered"),
    "speakers": _("People on the programme"),
    "guests": _("People who were invited to register"),
}
CAME = {"": _("Does not matter"), "yes": _("Those who came"), "no": _("Those who did not come")}
PARTS = {
    "proposed": _("Not asked yet"),
    "invited": _("Not answered yet"),
    "confirmed": _("Confirmed"),
    "declined": _("Declined"),
    "withdrawn": _("Withdrawn"),
}
STATES = {
    "draft": _("Draft"),
    "ready": _("To be released"),
    "scheduled": lazy_pgettext("letter", "Scheduled"),
    "released": lazy_pgettext("letter", "Released"),
    "stopped": _("Stopped"),
}
OUTCOMES = {
    "waiting": _("Not written yet"),
    "queued": _("On its way"),
    "again": _("Is tried again"),
    "sent": _("Sent"),
    "failed": _("Not delivered"),
    "left": _("Not in the group any more"),
    "unwanted": _("Want no such letters"),
    "stopped": _("Stopped before"),
    "erased": _("Erased since"),
}


def told(event: Event, group: Group) -> list[str]:
    """Whom a letter is for, a choice each, in words; what was not chosen is left out."""
    lang = language()
    pools = {one.key: registrations.name_of(one) for one in attendance.list_pools(event)} if group.pools else {}
    sheets = {str(one.session_id): one.title.in_(lang) for one in groups.sheets_of(event)} if group.sessions else {}
    countries = {code: country_name(code, lang) for code in group.countries}
    said: list[tuple[Iterable[str], Mapping[str, object]]] = [
        (group.states, registrations.STATES),
        (group.modes, registrations.POOLS),
        (group.pools, pools),
        (group.sessions, sheets),
        (group.stakeholder_types, STAKEHOLDER_TYPES),
        (group.countries, countries),
        ((group.came,) if group.came else (), CAME),
        (group.roles, ROLES),
        (group.parts, PARTS),
        (group.answers, registrations.INVITATION_STATES),
    ]
    found = [str(gettext(", ")).join(str(words.get(one, one)) for one in chosen) for chosen, words in said if chosen]
    return [str(KINDS[group.kind]), *found]


def state_of(letter: GroupLetter) -> str:
    """The state of a letter as organisers see it: one that is released and waits for its hour is scheduled."""
    is_early = letter.state == "released" and letter.due_at is not None and letter.due_at > clock.now()
    return "scheduled" if is_early else letter.state


def heading(letter: GroupLetter, event: Event) -> Text:
    """The subject as a page for organisers shows it: with what is the same for all its readers."""
    lang = language()
    subject = letter.subject.in_(lang)
    filled = placeholders.fill_line(subject, values_of(event, subject.lang, "…", ""))
    return Text.of(filled or gettext("Without a subject"), subject.lang, is_fallback=subject.is_fallback)
