"""What is asked about papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older version

from eventhub.attendance.models import ONLINE
from eventhub.events.models import Event
from eventhub.foundation.forms import InOurWords, choices
from eventhub.foundation.i18n import format_clock, format_day, language
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import Pool
from eventhub.registrations.words import STATES, name_of

from . import words
from .bearers import Choice

# Those who may still come; whoever was declined or has cancelled gets no badge.
_STATES = ("confirmed", "pending", "waitlisted", "offered", "unverified")
EVERYBODY = "all"


class _PaperForm(FlaskForm):
    Meta = InOurWords
    form = SelectField(_("Language"), choices=choices(words.FORMS), default="both")


class BadgeForm(_PaperForm):
    """Which badges, on what paper."""

    sheet = RadioField(_("Paper"), choices=choices(words.SHEETS), default="10")
    state = SelectField(_("State"), choices=choices({state: STATES[state] for state in _STATES}), default="confirmed")
    pool = SelectField(_("Takes part"))
    role = SelectField(_("Role"), choices=choices({EVERYBODY: _("Everybody"), **words.ROLES}), default=EVERYBODY)
    only_unprinted = BooleanField(_("Only those whose badge was not printed yet, or has changed"), default=True)
    with_unregistered = BooleanField(_("Also people on the programme who have not registered"))
    are_printed = BooleanField(_("Note these badges as printed"), default=True)

    def offer(self, pools: Sequence[Pool]) -> None:
        """Offer the pools whose people are there in person."""
        there = {pool.key: name_of(pool) for pool in pools if pool.mode != ONLINE}
        self.pool.choices = choices({EVERYBODY: _("Everybody who is there in person"), **there})

    @property
    def choice(self) -> Choice:
        """Who is meant."""
        return Choice(
            states=(self.state.data,),
            pool_key="" if self.pool.data == EVERYBODY else self.pool.data,
            role="" if self.role.data == EVERYBODY else self.role.data,
            only_unprinted=bool(self.only_unprinted.data),
            with_unregistered=bool(self.with_unregistered.data),
        )


class SignatureForm(_PaperForm):
    """For what a sheet is signed."""

    occasion = SelectField(_("For"))

    def offer(self, event: Event, days: Sequence[date], sessions: Sequence[ProgrammeSession]) -> None:
        """Offer the whole event, its days and its sessions."""
        offered: list[Any] = [SelectChoice(EVERYBODY, _("The whole event"))]
        if len(days) > 1:
            offered += [SelectChoice(f"day:{day.isoformat()}", format_day(day)) for day in days]
        for one in sessions:
            when = f"{format_day(one.starts, short=True)} {format_clock(one.starts)} · " if one.starts else ""
            offered.append(SelectChoice(f"session:{one.id}", f"{when}{one.title.in_(language())}"))
        self.occasion.choices = offered


class ListForm(_PaperForm):
    """Which list of those who take part."""

    kind = RadioField(
        _("For whom"),
        choices=choices(
            {
                "participants": _("To be given out: only those who agreed to be listed"),
                "internal": _("For the organisers: everybody, with consents and who came"),
            }
        ),
        default="participants",
    )
