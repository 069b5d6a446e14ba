"""What organisers fill in to write to a group."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from eventhub.attendance import queries as attendance
from eventhub.events.models import Event
from eventhub.foundation.forms import (
    EditForm,
    TickList,
    choices,
    line,
    passage,
    texts_of,
    written,
)
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import EMPTY, country_name, language
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.programme.forms import ROLES
from eventhub.registrations import words as registrations

from . import groups
from .groups import Group
from .models import GroupLetter
from .services import GroupPlan
from .words import CAME, KINDS, PARTS

# Which of the choices apply to which kind of reader.
FIELDS = {
    "registrants": ("states", "modes", "pools", "sessions", "stakeholder_types", "countries"),
    "speakers": ("roles", "parts"),
    "guests": ("answers",),
}


class GroupLetterForm(EditForm):
    """A letter to a group: to whom, what it says, and when."""

    kind = RadioField(_l("To whom"), [InputRequired()], choices=choices(KINDS), default="registrants")
    states = TickList(_l("State of the place"))
    modes = TickList(_l("Way of taking part"))
    pools = TickList(_l("Pool"))
    sessions = TickList(_l("Signed up for"))
    stakeholder_types = TickList(_l("Type of organisation"))
    countries = TickList(_l("Country"))
    came = RadioField(_l("Who came"), choices=choices(CAME), default="")
    roles = TickList(_l("Role"), choices=choices({key: word for key, word in ROLES.items() if key != "contact"}))
    parts = TickList(_l("Their answer"), choices=choices(PARTS))
    answers = TickList(_l("Their answer to the invitation"), choices=choices(registrations.INVITATION_STATES))
    is_news = BooleanField(_l("This is news, and not about the event that they registered for"))
    subject_en = line(_l("Subject in English"), 150)
    subject_zh = line(_l("Subject in Chinese"), 150)
    text_en = passage(_l("Text in English"), 10_000)
    text_zh = passage(_l("Text in Chinese"), 10_000)
    scheduled = WallClockField(_l("Goes out"))

    def __init__(self, event: Event, letter: GroupLetter | None = None, **options: Any) -> None:
        self.event, self.letter = event, letter
        said: dict[str, Any] = {}
        if letter is not None:
            said = {**Group.from_json(letter.group).as_json(), **texts_of(subject=letter.subject, text=letter.text)}
            said |= {"is_news": letter.is_news, "scheduled": letter.scheduled}
        super().__init__(data=said, wall_zone=event.zone, **options)
        pools = attendance.list_pools(event)
        self.pools.choices = choices({one.key: registrations.name_of(one) for one in pools})
        self.modes.choices = choices(registrations.POOLS)
        self.states.choices = choices(registrations.STATES)
        lang = language()
        self.sessions.choices = choices({str(one.session_id): one.title.in_(lang) for one in groups.sheets_of(event)})
        known = groups.types_of(event) | set(said.get("stakeholder_types", ()))
        self.stakeholder_types.choices = choices({key: word for key, word in STAKEHOLDER_TYPES.items() if key in known})
        codes = sorted({*groups.countries_of(event), *said.get("countries", ())})
        self.countries.choices = choices({code: country_name(code, lang) for code in codes})

    @property
    def plan(self) -> GroupPlan:
        """What was said: of the choices, those that apply to this kind of reader."""
        kind = self.kind.data
        chosen = {name: tuple(self[name].data or ()) for name in FIELDS[kind]}
        came = (self.came.data or "") if kind == "registrants" else ""
        before = (self.letter.subject, self.letter.text) if self.letter else (EMPTY, EMPTY)
        main = self.event.main_language
        return GroupPlan(
            subject=written(self, "subject", before[0], main),
            text=written(self, "text", before[1], main),
            group=Group(kind=kind, came=came, **chosen),
            is_news=bool(self.is_news.data),
            scheduled=self.scheduled.data,
        )


class ReleaseForm(FlaskForm):
    """That somebody has looked at the letter a second time, at how many get it, and at what became of its event."""

    people = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    fate = StringField(widget=HiddenInput())
    has_looked = BooleanField(
        _l("I have read the letter in both languages, and it is to go to these people"),
        [InputRequired(message=_l("Please read the letter first, and say so here."))],
    )
