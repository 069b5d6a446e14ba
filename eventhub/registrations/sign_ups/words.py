"""How a session's list stands, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from eventhub.foundation.i18n import language

from . import queries
from .models import SignUp, SignUpSheet
from .queries import Stand

SHEET_STATES = {
    "open": _("Open"),
    "gone": _("The session does not take place"),
    "free": _("No sign-up needed any more"),
}
STATES = {"confirmed": _("Signed up"), "waitlisted": _("On the waitlist")}


def places_left(stand: Stand) -> str:
    """How many places a session has left, or how many people wait for one."""
    if stand.left is None:
        return str(gettext("Places for everybody"))
    if stand.is_full:
        if not stand.waiting:
            return str(gettext("Full, waitlist open"))
        return str(gettext("Full, waitlist open (%(num)s waiting)", num=stand.waiting))
    capacity = stand.sheet.capacity
    return str(
        ngettext("%(num)s of %(capacity)s places left", "%(num)s of %(capacity)s places left", stand.left,
                 capacity=capacity)
    )  # fmt: skip


def overlaps(sheet: SignUpSheet, own: Iterable[SignUp]) -> list[str]:
    """What else somebody has chosen that is held at the same time."""
    others = [one.sheet for one in own if one.sheet.id != sheet.id]
    return [str(other.title.in_(language())) for other in others if other.meets(sheet)]


def outcome(sign_up: SignUp, positions: Mapping[UUID, int], own: Iterable[SignUp]) -> str:
    """What somebody is told who has just signed up."""
    title = sign_up.sheet.title.in_(language())
    if sign_up.state == "waitlisted":
        position = positions.get(sign_up.sheet.session_id, 1)
        told = gettext("You are number %(position)s on the waitlist for “%(session)s”.", position=position,
                       session=title)  # fmt: skip
    else:
        told = gettext("You have a place in “%(session)s”.", session=title)
    meets = overlaps(sign_up.sheet, own)
    if not meets:
        return str(told)
    also = gettext("It is held at the same time as “%(other)s”, which you have chosen too.", other=meets[0])
    return f"{told}{'' if language() == 'zh' else ' '}{also}"


def at_the_door(registration_id: UUID | None, session_id: UUID | None) -> str:
    """Whether somebody at a session's door has signed up for it; nothing where nobody need, walk-ins included."""
    sheet = queries.find_sheet(session_id) if session_id else None
    if registration_id is None or sheet is None or sheet.state != "open":
        return ""
    known = queries.find_sign_up(registration_id, sheet)
    if known is None or not known.is_live:
        return str(gettext("Not signed up for this session"))
    if known.state == "confirmed":
        return str(gettext("Signed up for this session"))
    position = queries.positions_of(registration_id)[sheet.session_id]
    return str(gettext("Number %(position)s on the waitlist for this session", position=position))
