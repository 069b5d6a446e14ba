"""What an embassy wants to know, and what organisers say of letters."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from eventhub.foundation.errors import Invalid
from eventhub.foundation.forms import CountryField, EditForm, InOurWords, tidy
from eventhub.people.names import tidy as tidy_name

from .models import MOST_DAYS, USUAL_DAYS
from .queries import Passport

_NEEDED = InputRequired()
_NUMBER = Regexp(r"[A-Z0-9<-]{4,20}$", message=_("Write the number as it stands in the passport: letters and digits."))


def _number(typed: str | None) -> str:
    # A Chinese keyboard may write it in wide letters.
    return "".join(unicodedata.normalize("NFKC", tidy(typed)[:80]).split()).upper()


class DayField(StringField):
    """A day."""

    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(
            label, [_NEEDED], render_kw={"type": "date", "placeholder": "2027-03-10", "autocomplete": "off"}, **options
        )
        self.day: date | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: FBT001 - as WTForms calls it
        """Take the day that was typed, or say how it is written."""
        try:
            self.day = date.fromisoformat(tidy(self.data))
        except ValueError:
            if not validation_stopped:
                self.errors = [gettext("Write the day as 2027-03-10.")]


class PassportForm(FlaskForm):
    """A person as their passport has them, and their journey; nothing of it is filled in for them."""

    Meta = InOurWords
    full_name = StringField(
        _("Full name as in the passport"), [_NEEDED, Length(max=200)], filters=[lambda typed: tidy_name(typed or "")]
    )
    nationality = CountryField(_("Nationality"), [_NEEDED])
    number = StringField(_("Passport number"), [_NEEDED, _NUMBER], filters=[_number], render_kw={"autocomplete": "off"})
    born = DayField(_("Date of birth"))
    arrives = DayField(_("First day in the country"))
    leaves = DayField(_("Last day in the country"))
    embassy = StringField(_("Embassy or consulate"), [_NEEDED, Length(max=200)], filters=[tidy])

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all is there; a day that is none is an error of its field."""
        return bool(super().validate(extra_validators)) and not self.errors

    @property
    def passport(self) -> Passport:
        """What was said; only after it was found good."""
        born, arrives, leaves = self.born.day, self.arrives.day, self.leaves.day
        assert born
        assert arrives
        assert leaves
        return Passport(
            full_name=self.full_name.data or "",
            nationality=self.nationality.data or "",
            number=self.number.data or "",
            born=born,
            arrives=arrives,
            leaves=leaves,
            embassy=self.embassy.data or "",
        )

    def blame(self, refusal: Invalid) -> None:
        """Show a refusal beside the field it is about."""
        field: Field = self[refusal.field]
        field.errors = [*field.errors, refusal.message]


class PlanForm(EditForm):
    """Whether letters are offered."""

    is_offered = BooleanField(_("People with a place can ask for a letter"))
    keep_days = IntegerField(
        _("Days after the event until passport data are erased"),
        [_NEEDED, NumberRange(1, MOST_DAYS, _("A number of days from 1 to %(most)s.", most=MOST_DAYS))],
        default=USUAL_DAYS,
    )
