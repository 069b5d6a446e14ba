"""What speakers fill in on their own page, and organisers who invite them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField
from wtforms.validators import InputRequired, Optional, ValidationError

from eventhub.events.models import Event
from eventhub.foundation.forms import (
    EditForm,
    RowForm,
    TickList,
    ZoneField,
    choices,
    line,
    passage,
    rows_of,
    texts_of,
    written,
)
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import LOCALES, language
from eventhub.people.forms import AddressField, NamesForm, ProfileForm
from eventhub.people.services import Profile

from . import stretches, twofold
from .forms import ROLES
from .models import SessionRole, Speaker
from .speaker_details import LONGEST_NEEDS, Wishes, wishes_of
from .speaker_queries import Invitee
from .speakers import LONGEST_REASON

CONSENT = {"yes": _l("Yes"), "no": _l("No"), "": _l("I will say later")}
SAID = {"yes": True, "no": False, "": None}


class AnswerForm(EditForm):
    """For which parts something is said, and why. What is ticked is judged by whoever carries it out."""

    parts = TickList(_l("For which parts?"), coerce=UUID, validate_choice=False)
    reason = line(_l("Reason"), LONGEST_REASON)

    @classmethod
    def of(cls, parts: Sequence[SessionRole], *, needs_reason: bool | None) -> AnswerForm:
        """The form with all of these parts ticked; it says whether a reason is needed, or (None) the page does."""
        form = cls(data={"parts": [str(part.id) for part in parts]})
        form.parts.choices = choices({str(part.id): told_part(part) for part in parts})
        form.parts.flags.required = True
        form.reason.flags.required = needs_reason
        form.reason.flags.depends = needs_reason is None
        return form

    @property
    def role_ids(self) -> list[UUID]:
        """The parts that were ticked."""
        return list(self.parts.data or ())


def told_part(part: SessionRole) -> str:
    """A part in words: the role and its session."""
    session = part.session.title.in_(language())
    return str(gettext("%(role)s: %(session)s", role=ROLES[part.role], session=session))


class PresentationForm(EditForm):
    """What is presented."""

    title_en = line(_l("Title in English"), 300)
    title_zh = line(_l("Title in Chinese"), 300)
    abstract_en = passage(_l("Abstract in English"), 5000)
    abstract_zh = passage(_l("Abstract in Chinese"), 5000)

    @classmethod
    def of(cls, held: SessionRole, **options: Any) -> PresentationForm:
        """The form over what a part presents."""
        return cls(data=texts_of(title=held.presentation_title, abstract=held.presentation_abstract), **options)

    def texts(self, held: SessionRole) -> dict[str, Any]:
        """Title and abstract as they were written, `held` being the part that has them."""
        return {
            "title": written(self, "title", held.presentation_title, language()),
            "abstract": written(self, "abstract", held.presentation_abstract, language()),
        }


class OwnProfileForm(ProfileForm, EditForm):
    """All that a speaker says of themself, but for their zone: that is asked with the hours that are meant in it."""

    zone = None  # type: ignore[assignment]  # how WTForms is told to leave out an inherited field

    @property
    def profile(self) -> Profile:
        """What was said."""
        return self.said(self.person.zone)


class CoSpeakerForm(NamesForm, EditForm):
    """Somebody to present together with."""

    family_first = BooleanField(_l("Write the family name first, in Latin letters too"))
    address = AddressField()
    language = RadioField(_l("Language of letters"), [InputRequired()], choices=choices(LOCALES))


class StretchRow(RowForm):
    """A stretch of time."""

    told_by = ("starts", "ends")

    starts = WallClockField(_l("From"))
    ends = WallClockField(_l("Until"), day_of="starts")
    remove = BooleanField(_l("Remove"))

    def validate_ends(self, field: Any) -> None:
        """Ask for both ends, the later one last."""
        if self.is_blank():
            return
        if not (self.starts.data and field.data):
            raise ValidationError(gettext("Give both a start and an end, or neither."))
        if field.data <= self.starts.data:
            raise ValidationError(gettext("The end must come after the start."))


class AvailabilityForm(EditForm):
    """When a speaker can take part, by their own clock, as an organiser notes it who has been told."""

    zone = ZoneField(_l("Their time zone"))
    availability = FieldList(FormField(StretchRow), _l("When they can take part"), min_entries=1, max_entries=30)

    @classmethod
    def over(cls, zone: str, availability: Iterable[str], **options: Any) -> AvailabilityForm:
        """The form over what is known so far."""
        rows = [stretches.parse(text) for text in availability]
        told = [{"starts": one.starts, "ends": one.ends} for one in rows]
        return cls(data={"zone": zone, "availability": told}, **options)

    @property
    def told(self) -> list[stretches.Stretch]:
        """The stretches of time that are given."""
        return [stretches.Stretch(row.starts.data, row.ends.data) for row in rows_of(self.availability)]

    def twice(self) -> list[str]:
        """Of each end of a stretch that a clock shows twice, that its first is taken."""
        found = (twofold.told(at, self.zone.data) for one in self.told for at in (one.starts, one.ends))
        return list(dict.fromkeys(filter(None, found)))


class WishesForm(AvailabilityForm):
    """What the organisers need to know of a speaker."""

    zone = ZoneField(_l("Your time zone"))
    availability = FieldList(FormField(StretchRow), _l("When you can take part"), min_entries=1, max_entries=30)
    needs = passage(_l("What you need in the room"), LONGEST_NEEDS)
    may_record = RadioField(_l("May your part be recorded, and shown afterwards?"), choices=choices(CONSENT))

    @classmethod
    def of(cls, speaker: Speaker, event: Event, **options: Any) -> WishesForm:
        """The form over what a speaker has told so far."""
        told = wishes_of(speaker, event)
        rows = [stretches.parse(text) for text in told.availability]
        data = {
            "zone": told.zone,
            "availability": [{"starts": one.starts, "ends": one.ends} for one in rows],
            "needs": told.needs,
            "may_record": next(key for key, value in SAID.items() if value is told.may_record),
        }
        return cls(data=data, **options)

    @property
    def wishes(self) -> Wishes:
        """What was told."""
        return Wishes(
            zone=self.zone.data,
            availability=[str(one) for one in self.told],
            needs=self.needs.data or "",
            may_record=SAID[self.may_record.data or ""],
        )


class InviteRow(RowForm):
    """Somebody who can be invited."""

    told_by = ("wanted",)

    person_id = HiddenField()
    wanted = BooleanField(_l("Invite"))
    address = AddressField(validators=[Optional()])


class InviteForm(EditForm):
    """Who is invited, where their letters go, and until when they can answer."""

    people = FieldList(FormField(InviteRow), _l("People"))
    answer_by = WallClockField(_l("Answer by"), [InputRequired(lazy_gettext("Give the day and the hour."))])

    @classmethod
    def of(cls, invitees: Sequence[Invitee], wanted: Iterable[Invitee], answer_by: datetime) -> InviteForm:
        """The form for those who can be invited; `answer_by` is the wall clock of the event's zone."""
        chosen = {one.person.id for one in wanted}
        rows = [{"person_id": str(one.person.id), "wanted": one.person.id in chosen} for one in invitees]
        form = cls(data={"people": rows, "answer_by": answer_by})
        form.invitees = {str(one.person.id): one for one in invitees}
        return form

    def rows(self) -> list[tuple[Invitee, InviteRow]]:
        """Each of those who can be invited with their row."""
        rows = [entry.form for entry in self.people]
        return [(self.invitees[row.person_id.data], row) for row in rows if row.person_id.data in self.invitees]

    def wanted(self) -> list[tuple[Invitee, InviteRow]]:
        """Those who are to be invited, with their rows."""
        return [(one, row) for one, row in self.rows() if row.wanted.data]

    def validate_people(self, field: Any) -> None:
        """Ask for somebody, and for an address of whoever has none."""
        wanted = self.wanted()
        if not wanted:
            raise ValidationError(gettext("Choose at least one person."))
        unreached = [row for one, row in wanted if one.address is None and not row.address.data]
        for row in unreached:
            row.address.errors = [gettext("Give an e-mail address: the letter goes there.")]
        if unreached:
            raise ValidationError(gettext("An address is missing."))


class SpeakerAddressForm(EditForm):
    """Where letters go to somebody who has no address of their own."""

    address = AddressField()
