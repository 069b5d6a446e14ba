"""What is asked of somebody who registers, and of organisers who do it for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from flask_babel import force_locale, lazy_pgettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Form, RadioField, SearchField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from eventhub.foundation.errors import Invalid
from eventhub.foundation.forms import CountryField, EditForm, ListedField, choices, line, passage, tidy
from eventhub.foundation.i18n import LOCALES, language
from eventhub.organisations.words import STAKEHOLDER_TYPES
from eventhub.people.forms import AddressField

from .agreements import Agreement, Description, Details
from .consents.fields import Consenting, with_asks
from .consents.queries import Ask
from .models import Pool, Registration
from .queries import Filter, Seats
from .questions import fields as question_fields
from .questions.fields import Asked, Counts
from .questions.models import Question
from .words import STATES, name_of

# What the words of the consent below are known by; other words are another version.
CONSENT_WORDING = "2026-11"
# Whoever leaves the lists alone, or has none to choose from, has said nothing.
BLANK = {"stakeholder_type": "", "country": "", "meanwhile": ""}
POOL_MISSING = _("Please choose in person or online.")


class TypeField(ListedField):
    """The type of an organisation."""

    @staticmethod
    @lru_cache
    def listed(lang: str) -> Mapping[str, str]:
        """The types and their words."""
        with force_locale(lang):
            return {key: str(word) for key, word in STAKEHOLDER_TYPES.items()}


class DescriptionFields(Form):
    """How somebody describes themself."""

    name = StringField(
        _("Name"),
        [
            DataRequired(message=_("Please write a name or a pseudonym.")),
            Length(max=200, message=_("This name is too long. Please shorten it to %(most)s characters.", most=200)),
        ],
        filters=[tidy],
        render_kw={"autocomplete": "name"},
    )
    organisation = line(lazy_pgettext("person", "Organisation"), render_kw={"autocomplete": "organization"})
    stakeholder_type = TypeField(_("Type of organisation"), nothing=_("Please choose"))
    country = CountryField(_("Country or region"), render_kw={"autocomplete": "country"})
    language = RadioField(_("Language of letters"), [InputRequired()], choices=choices(LOCALES))

    def described(self) -> dict[str, Any]:
        """What was said, by the names of a description."""
        given = {field.name: self[field.name].data for field in fields(Description)}
        return {**given, "stakeholder_type": given["stakeholder_type"] or None, "country": given["country"] or None}


class DescriptionForm(DescriptionFields, Asked, EditForm):
    """A registration's description and answers, changed."""

    @classmethod
    def of(cls, registration: Registration, **options) -> DescriptionForm:
        """The form over what the registration says now; its answers are those that its class knows."""
        data = {field.name: getattr(registration, field.name) or "" for field in fields(Description)}
        return cls(data={**data, **question_fields.initial(cls.asked, cls.known)}, **options)

    def fields(self) -> list[Any]:
        """The fields that say something of the row: a file cannot be compared."""
        return [field for field in super().fields() if field.type != "DocumentField"]

    @property
    def description(self) -> Description:
        """What was said."""
        return Description(**self.described())


def offered(seats: Iterable[Seats]) -> dict[str, str]:
    """The pools to choose from."""
    return {one.pool.key: name_of(one.pool) for one in seats if one.pool.is_offered}


def to_choose(seats: Iterable[Seats]) -> list[Seats]:
    """Those of an event's pools in which whoever comes may take a place now, or a turn in the queue."""
    return [
        one
        for one in seats
        if one.pool.is_offered and one.pool.admission != "invitation" and one.pool.window() == "open"
    ]


class Bringing(Form):
    """Whom somebody brings."""

    companions = passage(_("Who comes with you"), 2500)

    def let_bring(self, most: int) -> None:
        """Ask for them where somebody may bring anybody."""
        if not most:
            del self.companions

    @property
    def brought(self) -> list[str]:
        """Their names, as they were typed."""
        return (self.companions.data or "").splitlines() if "companions" in self else []

    def blame_companions(self, refusal: Invalid) -> bool:
        """Show a refusal beside those whom somebody brings, if it is about them."""
        is_theirs = refusal.field == "companions" and "companions" in self
        if is_theirs:
            self.companions.errors = [*self.companions.errors, refusal.message]
        return is_theirs


class RegisterForm(DescriptionFields, Bringing, Asked, Consenting, FlaskForm):
    """A registration. Nothing is ticked before somebody ticks it."""

    pool = RadioField(_("How do you take part?"), [InputRequired(message=POOL_MISSING)])
    address = AddressField(
        validators=[InputRequired(message=_("Please write your e-mail address: our letters go there."))],
        render_kw={"autocomplete": "email"},
    )
    consent = BooleanField(
        _(
            "I agree that the organisers of this event use what I write here to prepare and run it, "
            "and to write to me about it."
        ),
        [InputRequired(message=_("Without your agreement nothing can be kept, and nobody be registered."))],
    )
    meanwhile = SelectField(_("While you wait"))
    # Nothing is known of its reader, and nobody has written anything.
    is_blank = False
    # Its reader's account says by which clock they live.
    knows_clock = False
    # People do not see this field; programs that fill in every field do.
    homepage = StringField(_("Please leave this empty"), render_kw={"autocomplete": "off", "tabindex": "-1"})

    @classmethod
    def asking(cls, questions: Iterable[Question], counted: Counts, asks: Iterable[Ask] = ()) -> type[RegisterForm]:
        """The form of an event that asks these questions besides, and to be allowed these purposes."""
        asking: type[RegisterForm] = question_fields.with_questions(with_asks(cls, asks), questions, counted)
        return asking

    @classmethod
    def of(cls, seats: Iterable[Seats], most_companions: int = 0, **known: str) -> RegisterForm:
        """The form for the pools of an event, with what is known of its reader, who may bring so many others."""
        pools = offered(seats)
        only = next(iter(pools)) if len(pools) == 1 else None
        form = cls(data={**BLANK, "language": language(), **known, "pool": only})
        form.pool.choices = choices(pools)
        form.is_blank = not known and not form.is_submitted()
        form._offer_meanwhile(seats)
        form.knows_clock = bool(known.get("zone"))
        form.let_bring(most_companions)
        return form

    def _offer_meanwhile(self, seats: Iterable[Seats]) -> None:
        """Somebody who has to wait for a place may have one in another pool until then."""
        free = {
            one.pool.key: _("Take part until then: %(pool)s", pool=name_of(one.pool))
            for one in seats
            if not one.is_full and one.pool.admission == "anyone"
        }
        if free and any(one.is_full or one.pool.admission == "approval" for one in seats):
            self.meanwhile.choices = choices({"": _("Only wait"), **free})
        else:
            del self.meanwhile

    @property
    def meanwhile_in(self) -> str:
        """The key of the pool in which they want a place while they wait."""
        return self.meanwhile.data or "" if "meanwhile" in self else ""

    @property
    def details(self) -> Details:
        """What was said and agreed to."""
        agreement = Agreement(purpose="event", wording=CONSENT_WORDING, language=language())
        agreements = [agreement, *self.agreed()]
        return Details(**self.described(), address=self.address.data, agreements=agreements, companions=self.brought)


class AddForm(DescriptionFields, FlaskForm):
    """A registration that an organiser makes for somebody."""

    pool = RadioField(_("How do they take part?"), [InputRequired(message=POOL_MISSING)])
    address = AddressField(validators=[Optional()])

    @classmethod
    def of(cls, seats: Iterable[Seats]) -> AddForm:
        """The form for the pools of an event."""
        form = cls(data={**BLANK, "language": language()})
        form.pool.choices = choices(offered(seats))
        return form

    @property
    def details(self) -> Details:
        """What the organiser said of them."""
        return Details(**self.described(), address=self.address.data or None)


class FilterForm(Form):
    """Which registrations are looked for; its fields are those of a filter."""

    words = SearchField(_("Search"))
    pool = SelectField(_("Takes part"))
    state = SelectField(_("State"), choices=choices({"": _("All"), **STATES}))
    stakeholder_type = SelectField(_("Type of organisation"), choices=choices({"": _("All"), **STAKEHOLDER_TYPES}))
    delegation = SelectField(_("Delegation"))

    def offer(self, pools: Iterable[Pool], delegations: Mapping[str, str]) -> None:
        """Fill the lists with the pools of the event, and the delegations, by their contacts."""
        self.pool.choices = choices({"": _("All"), **{pool.key: name_of(pool) for pool in pools}})
        self.delegation.choices = choices({"": _("All"), **delegations})

    def filter(self, *, in_addresses: bool) -> Filter:
        """What was asked for; what is not among the choices is not asked."""
        self.validate()
        asked = {name: "" if self[name].errors else (self[name].data or "") for name in self._fields}
        return Filter(**asked, in_addresses=in_addresses)
