"""What registrants fill in about others: those they bring, and who comes in their stead; and what organisers allow."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from eventhub.foundation.forms import EditForm, choices, line, passage
from eventhub.foundation.i18n import LOCALES
from eventhub.people.forms import AddressField

from .models import Registration, Rights
from .rights import MOST_COMPANIONS, MOST_HOURS, RightsPlan
from .substitutes import Substitute

_HOURS = _l("A number of hours from 0 to %(most)s.", most=MOST_HOURS)
_COMPANIONS = _l("A number from 0 to %(most)s.", most=MOST_COMPANIONS)
SUBSTITUTES = {
    "yes": _l("Yes, by themselves"),
    "approval": _l("Yes, if we agree"),
    "no": _l("No"),
}


class CompanionsForm(FlaskForm):
    """Whom somebody brings, a line each."""

    companions = passage(_l("Who comes with you"), 2500)

    @classmethod
    def of(cls, registration: Registration, **options: Any) -> CompanionsForm:
        """The form with those who are known."""
        return cls(data={"companions": "\n".join(registration.companions)}, **options)

    def names(self) -> list[str]:
        """The names."""
        return (self.companions.data or "").splitlines()


class SubstituteForm(FlaskForm):
    """Who comes in somebody's stead."""

    name = line(_l("Their name"), 200)
    address = AddressField(_l("Their e-mail address"))
    language = RadioField(_l("Language of letters"), [InputRequired()], choices=choices(LOCALES))
    knows = BooleanField(
        _l("They know of it, and agree that I give their name and address to the organisers."),
        [InputRequired(message=_l("Please ask them first."))],
    )

    @classmethod
    def of(cls, registration: Registration) -> SubstituteForm:
        """The form, in the registrant's language."""
        form = cls(data={"language": registration.language})
        form.name.validators = [DataRequired(message=_l("Please write a name.")), *form.name.validators]
        form.name.flags.required = True
        return form

    @property
    def substitute(self) -> Substitute:
        """Who was named."""
        return Substitute(self.name.data or "", self.address.data or "", self.language.data)


def _hours(label: Any) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(0, MOST_HOURS, _HOURS)])


class RightsForm(EditForm):
    """What registrants may do by themselves, and until when."""

    change_hours = _hours(_l("Change what they told us"))
    switch_hours = _hours(_l("Take part in another way"))
    cancel_hours = _hours(_l("Cancel the registration"))
    substitutes = RadioField(_l("Somebody else may come in their stead"), choices=choices(SUBSTITUTES))
    substitute_hours = _hours(_l("Name a substitute"))
    has_delegations = BooleanField(_l("One person may register a delegation"))
    most_companions = IntegerField(
        _l("How many people each may bring"), [InputRequired(_COMPANIONS), NumberRange(0, MOST_COMPANIONS, _COMPANIONS)]
    )
    counts_companions = BooleanField(_l("Each of those who are brought takes up a place"))

    @classmethod
    def of(cls, rights: Rights | None, **options: Any) -> RightsForm:
        """The form over what is set."""
        plan = RightsPlan.of(rights) if rights else RightsPlan()
        return cls(data={name: getattr(plan, name) for name in RightsPlan.__slots__}, **options)

    def plan(self) -> RightsPlan:
        """What was said."""
        return RightsPlan(**{name: self[name].data for name in RightsPlan.__slots__})
