"""What organisers fill in about sessions, rooms, tracks and the people on a programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FormField, HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of an older version
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from eventhub.foundation.forms import (
    EditForm,
    RowForm,
    RowList,
    TickList,
    choices,
    line,
    passage,
    rows_of,
    texts_of,
    written,
)
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, language
from eventhub.people.forms import ProfileForm
from eventhub.people.models import Person
from eventhub.people.names import Names

from .models import ProgrammeSession, Room, SessionRole, Track
from .plans import SessionPlan, SpeakerPlan

KINDS = {
    "keynote": _l("Keynote"),
    "panel": _l("Panel"),
    "presentation": _l("Presentation"),
    "breakout": _l("Breakout"),
    "plenary": _l("Plenary"),
    "launch": _l("Launch"),
    "networking": _l("Networking"),
    "break": _l("Break"),
    "blocker": _l("Internal: nobody but organisers sees it"),
}
ROLES = {
    "keynote": _l("Keynote speaker"),
    "moderator": _l("Moderator"),
    "panellist": _l("Panellist"),
    "presenter": _l("Presenter"),
    "discussant": _l("Discussant"),
    "rapporteur": _l("Rapporteur"),
    "interpreter": _l("Interpreter"),
    "contact": _l("Organisers’ contact (internal)"),
}
MODES = {"in_person": _l("In person"), "remote": _l("Remote"), "recorded": _l("Recorded")}
# A part begins in one of these; how it goes on is said where people are asked, and by themselves.
BEGINNINGS = {"confirmed": _l("Confirmed"), "proposed": _l("Proposed, to be invited")}
LEVELS = {"introductory": _l("Introductory"), "intermediate": _l("Intermediate"), "advanced": _l("Advanced")}
EQUIPMENT = {
    "projector": _l("Projector"),
    "microphones": _l("Microphones"),
    "video_conferencing": _l("Video conferencing"),
    "recording": _l("Recording"),
    "interpretation_booth": _l("Interpretation booth"),
    "hearing_loop": _l("Hearing loop"),
    "step_free": _l("Step-free access"),
}
STATES = {"scheduled": _l("Scheduled"), "cancelled": _l("Cancelled"), "deleted": _l("Deleted")}
LANGUAGES = {"en": _l("English"), "zh": _l("Chinese")}
COLOURS = {
    "teal": _l("Teal"),
    "blue": _l("Blue"),
    "violet": _l("Violet"),
    "plum": _l("Plum"),
    "brown": _l("Brown"),
    "ochre": _l("Ochre"),
    "olive": _l("Olive"),
    "slate": _l("Slate"),
}
NONE = {"": _l("None")}
TEXTS = ("name", "affiliation", "presentation_title", "presentation_abstract")


class SpeakerRow(RowForm):
    """Somebody in a session: a person we know, or whoever the label says."""

    told_by = ("person_id", *(f"{name}_{lang}" for name in TEXTS for lang in LOCALES))

    role_id = HiddenField()
    role = SelectField(_l("Role"), choices=choices(ROLES), default="panellist")
    mode = SelectField(_l("Takes part"), choices=choices(MODES))
    state = SelectField(_l("State"), choices=choices(BEGINNINGS), default="confirmed")
    person_id = SelectField(_l("Person"))
    name_en = line(_l("Or who it is, in English"))
    name_zh = line(_l("Or who it is, in Chinese"))
    affiliation_en = line(_l("Affiliation in English"))
    affiliation_zh = line(_l("Affiliation in Chinese"))
    presentation_title_en = line(_l("Title of the presentation in English"))
    presentation_title_zh = line(_l("Title of the presentation in Chinese"))
    presentation_abstract_en = passage(_l("Abstract of the presentation in English"), 5000)
    presentation_abstract_zh = passage(_l("Abstract of the presentation in Chinese"), 5000)
    presentation_minutes = IntegerField(
        _l("Minutes of the presentation"), [Optional(), NumberRange(1, 600, _l("A number from 1 to 600."))]
    )
    remove = BooleanField(_l("Remove"))

    def validate_name_en(self, field: Any) -> None:
        """Ask who it is where only their affiliation or title is said."""
        if not self.is_blank() and not (self.person_id.data or field.data or self.name_zh.data):
            raise ValidationError(gettext("Choose a person, or write who it is."))

    def plan(self, before: SessionRole | None) -> SpeakerPlan:
        """What the row says; what it does not ask stays as it was."""

        def text(name: str) -> Translated:
            return written(self, name, getattr(before, name) if before else EMPTY, language())

        return SpeakerPlan(
            role_id=before.id if before else None,
            role=self.role.data,
            mode=self.mode.data,
            person_id=UUID(self.person_id.data) if self.person_id.data else None,
            name=text("name"),
            affiliation=text("affiliation"),
            stakeholder_type=before.stakeholder_type if before else None,
            country=before.country if before else None,
            presentation_title=text("presentation_title"),
            presentation_abstract=text("presentation_abstract"),
            presentation_minutes=self.presentation_minutes.data,
            presents_with_id=before.presents_with_id if before else None,
            state=before.state if before else self.state.data,
        )


class StateField(SelectField):
    """What has become of a session: not to be chosen here, and told where it changes while somebody writes."""

    widget = HiddenInput()

    def _value(self) -> str:
        return self.data or ""


class SessionForm(EditForm):
    """A session with the people in it, both languages side by side."""

    state = StateField(_l("State"), choices=choices(STATES), default="scheduled")
    kind = SelectField(_l("Kind"), choices=choices(KINDS), default="panel")
    title_en = line(_l("Title in English"))
    title_zh = line(_l("Title in Chinese"))
    abstract_en = passage(_l("Abstract in English"))
    abstract_zh = passage(_l("Abstract in Chinese"))
    starts = WallClockField(_l("Start"))
    ends = WallClockField(_l("End"), day_of="starts")
    room_id = SelectField(_l("Room"))
    track_id = SelectField(_l("Track"))
    language = SelectField(_l("Language"), choices=choices(NONE | LANGUAGES))
    interpretation = TickList(_l("Interpretation into"), choices=choices(LANGUAGES))
    level = SelectField(_l("Level"), choices=choices(NONE | LEVELS))
    capacity = IntegerField(
        _l("Places in this session"), [Optional(), NumberRange(1, 100000, _l("A number from 1 to 100,000."))]
    )
    has_sign_up = BooleanField(_l("Participants sign up for this session"))
    is_chatham_house = BooleanField(_l("Held under the Chatham House Rule"))
    do_not_record = BooleanField(_l("Not to be recorded"))
    repeats_id = SelectField(_l("Repeats the session"))
    speakers = RowList(FormField(SpeakerRow), _l("People"), min_entries=1, max_entries=40)

    def offer(
        self,
        *,
        rooms: Sequence[Room],
        tracks: Sequence[Track],
        people: Sequence[Person],
        sessions: Sequence[ProgrammeSession] = (),
    ) -> None:
        """Fill the lists of rooms, tracks, people and other sessions to choose from."""
        others = {str(one.id): str(one.title.in_(language())) for one in sessions}
        self.repeats_id.choices = choices(NONE | others)
        self.room_id.choices = named(rooms)
        self.track_id.choices = named(tracks)
        known = choices(NONE | {str(person.id): _told(person) for person in people})
        for row in self.speakers:
            row.form.person_id.choices = known

    def plan(self, before: ProgrammeSession | None, main: str) -> SessionPlan:
        """What the form says of the session; `main` is the language in which its event is mostly written."""
        roles = {str(role.id): role for role in before.speakers} if before else {}
        return SessionPlan(
            kind=self.kind.data,
            title=written(self, "title", before.title if before else EMPTY, main),
            abstract=written(self, "abstract", before.abstract if before else EMPTY, main),
            starts=self.starts.data,
            ends=self.ends.data,
            room_id=UUID(self.room_id.data) if self.room_id.data else None,
            track_id=UUID(self.track_id.data) if self.track_id.data else None,
            language=self.language.data or None,
            interpretation=self.interpretation.data or (),
            level=self.level.data or None,
            capacity=self.capacity.data,
            has_sign_up=self.has_sign_up.data,
            is_chatham_house=self.is_chatham_house.data,
            do_not_record=self.do_not_record.data,
            repeats_id=UUID(self.repeats_id.data) if self.repeats_id.data else None,
            foreign_id=before.foreign_id if before else None,
            speakers=[row.plan(roles.get(row.role_id.data or "")) for row in rows_of(self.speakers)],
        )


_PLAIN = ("capacity", "has_sign_up", "is_chatham_house", "do_not_record")


def values_of_session(session: ProgrammeSession) -> dict[str, Any]:
    """What the form over a session shows first."""
    return {
        **texts_of(title=session.title, abstract=session.abstract),
        **{name: getattr(session, name) for name in ("state", "kind", "starts", "ends", "interpretation", *_PLAIN)},
        "level": session.level or "",
        "repeats_id": str(session.repeats_id or ""),
        "language": session.language or "",
        "room_id": str(session.room_id or ""),
        "track_id": str(session.track_id or ""),
        "speakers": [
            {
                **texts_of(**{name: getattr(role, name) for name in TEXTS}),
                "role_id": str(role.id),
                "role": role.role,
                "mode": role.mode,
                "presentation_minutes": role.presentation_minutes,
                "person_id": str(role.person_id or ""),
            }
            for role in session.speakers
        ],
    }


class MoveForm(EditForm):
    """Another hour, and perhaps another room, for a session that stays as long as it is."""

    starts = WallClockField(_l("New start"), [InputRequired(_l("Give the day and the hour."))])
    room_id = SelectField(_l("Room"))


class RoomForm(EditForm):
    """A room."""

    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    capacity = IntegerField(_l("Capacity"), [Optional(), NumberRange(1, 100000, _l("A number from 1 to 100,000."))])
    is_virtual = BooleanField(_l("It is a virtual room"))
    equipment = TickList(_l("Equipment"), choices=choices(EQUIPMENT))
    availability = passage(_l("Available"), 5000)
    meeting_account = line(_l("Meeting account"))


class TrackForm(EditForm):
    """A track."""

    name_en = line(_l("Name in English"))
    name_zh = line(_l("Name in Chinese"))
    colour = SelectField(_l("Colour"), choices=choices(COLOURS))


class PersonForm(ProfileForm, EditForm):
    """What an organiser says of somebody whom their organisation knows."""

    family_first = BooleanField(_l("Write the family name first, in Latin letters too"))
    missing = _l("Please write the person’s name in Latin letters, in Chinese characters, or in both.")


def blank_person() -> Person:
    """Somebody of whom nothing is said yet; whoever writes in Chinese expects the family name first."""
    return Person(names=Names(family_first=language() == "zh"), affiliation=EMPTY, biography=EMPTY, language=language())


def named(parts: Sequence[Room] | Sequence[Track]) -> list[SelectChoice]:
    """Rooms or tracks to choose from, or none."""
    return choices(NONE | {str(part.id): str(part.name.in_(language())) for part in parts})


def _told(person: Person) -> str:
    """A name in both scripts with its affiliation, so that two people of one name can be told apart."""
    names, affiliation = person.names, person.affiliation.in_(language())
    shown = " ".join(filter(None, (names.in_(language()), names.other(language()))))
    if not affiliation:
        return shown
    return str(gettext("%(name)s (%(affiliation)s)", name=shown, affiliation=affiliation))
