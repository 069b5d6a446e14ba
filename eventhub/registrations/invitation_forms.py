"""What organisers fill in to invite people, and guests to answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired

from eventhub.events.models import Event
from eventhub.foundation.forms import choices, line, passage, written
from eventhub.foundation.hours import WallClockField
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated, language
from eventhub.people.forms import AddressField

from .agreements import Agreement, Details
from .consents.fields import Consenting, with_asks
from .consents.queries import Ask
from .forms import BLANK, CONSENT_WORDING, Bringing, DescriptionFields
from .invitations import Guest
from .models import EventInvitation, Pool
from .questions.fields import Asked, Counts, with_questions
from .questions.models import Question
from .words import name_of


class GuestsForm(FlaskForm):
    """Who is invited to which places, until when, and what is told to them besides."""

    pool = SelectField(_l("Places"))
    guests = passage(_l("People"), 100_000)
    language = RadioField(_l("Language of letters"), [InputRequired()], choices=choices(LOCALES))
    answer_by = WallClockField(_l("They have until"))
    words_en = passage(_l("What you add to the letter, in English"), 2000)
    words_zh = passage(_l("What you add to the letter, in Chinese"), 2000)

    @classmethod
    def of(cls, pools: Iterable[Pool], answer_by: datetime, guests: str = "") -> GuestsForm:
        """The form for the pools of an event."""
        known = list(pools)
        usual = next((pool.key for pool in known if pool.admission == "invitation"), known[0].key if known else "")
        form = cls(data={"pool": usual, "language": language(), "answer_by": answer_by, "guests": guests})
        form.pool.choices = choices({pool.key: name_of(pool) for pool in known})
        return form

    def words(self, event: Event) -> Translated:
        """What is added to the letter."""
        return written(self, "words", EMPTY, event.main_language)


class ListFileForm(FlaskForm):
    """A file with people to be invited."""

    file = FileField(_l("A list as CSV or Excel"))


class AnswerForm(DescriptionFields, Bringing, Asked, Consenting, FlaskForm):
    """A guest's registration: under the address that their letter reached."""

    consent = BooleanField(
        _l(
            "I agree that the organisers of this event use what I write here to prepare and run it, "
            "and to write to me about it."
        ),
        [InputRequired(message=_l("Without your agreement nothing can be kept, and nobody be registered."))],
    )

    @classmethod
    def asking(cls, questions: Iterable[Question], counted: Counts, asks: Iterable[Ask] = ()) -> type[AnswerForm]:
        """The form of an event that asks these questions besides, and to be allowed these purposes."""
        asking: type[AnswerForm] = with_questions(with_asks(cls, asks), questions, counted)
        return asking

    @classmethod
    def of(cls, invitation: EventInvitation, most_companions: int = 0, **options: Any) -> AnswerForm:
        """The form with what the organisers wrote of the guest, who may bring so many others."""
        said = {"name": invitation.name, "organisation": invitation.organisation, "language": invitation.language}
        form = cls(data={**BLANK, **said}, **options)
        form.let_bring(most_companions)
        return form

    @property
    def details(self) -> Details:
        """What was said and agreed to."""
        agreement = Agreement(purpose="event", wording=CONSENT_WORDING, language=language())
        return Details(**self.described(), agreements=[agreement, *self.agreed()], companions=self.brought)


class DeclineForm(FlaskForm):
    """That a guest does not come."""

    reason = line(_l("Reason"), 500)


class PassOnForm(FlaskForm):
    """Whom a guest sends in their stead."""

    name = line(_l("Name"), 200)
    address = AddressField()
    language = RadioField(_l("Language of letters"), [InputRequired()], choices=choices(LOCALES))

    @classmethod
    def of(cls, invitation: EventInvitation, **options: Any) -> PassOnForm:
        """The form, in the guest's language."""
        return cls(data={"language": invitation.language}, **options)

    def guest(self) -> Guest:
        """The colleague."""
        return Guest(self.name.data or "", self.address.data or "", self.language.data)
