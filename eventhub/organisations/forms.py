"""What is asked of organisations and about those who act for them."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, URLField
from wtforms.validators import URL, InputRequired, Length, Optional, ValidationError

from eventhub.foundation.forms import CountryField, EditForm, choices, line, texts_of, written
from eventhub.foundation.i18n import EMPTY, LOCALES, language
from eventhub.people.forms import AddressField

from . import words
from .models import Organisation
from .services import Details


class OrganisationForm(EditForm):
    """An organisation in both languages."""

    name_en = line(_("Name, in English"))
    name_zh = line(_("Name, in Chinese"))
    short_name = line(_("Short name"), 40)
    stakeholder_type = SelectField(_("Type of organisation"), [InputRequired()])
    country = CountryField(_("Country or region"))
    website = URLField(_("Website"), [Optional(), Length(max=500), URL(require_tld=False)])

    def __init__(self, organisation: Organisation | None = None, **options):
        self.organisation = organisation
        texts = texts_of(name=organisation.name) if organisation else {}
        super().__init__(obj=organisation, **texts, **options)
        self.stakeholder_type.choices = choices(words.STAKEHOLDER_TYPES)

    def validate_name_en(self, field):
        """Ask for a name in one of the languages."""
        if not (self.name_en.data or self.name_zh.data):
            raise ValidationError(gettext("An organisation needs a name, in English or in Chinese."))

    def validate_website(self, field):
        """Let nothing into a link that is not a web address."""
        if field.data and not field.data.lower().startswith(("http://", "https://")):
            raise ValidationError(gettext("A website begins with https:// or http://."))

    @property
    def details(self) -> Details:
        """What was said."""
        return Details(
            name=written(self, "name", self.organisation.name if self.organisation else EMPTY, language()),
            stakeholder_type=self.stakeholder_type.data,
            country=self.country.data or None,
            short_name=self.short_name.data or None,
            website=self.website.data or None,
        )


class NewOrganisationForm(OrganisationForm):
    """A new organisation and its first administrator."""

    address = AddressField(_("E-mail address of its first administrator"))
    language = RadioField(_("Language of the letter"), [InputRequired()], choices=choices(LOCALES), default=language)


class InviteForm(FlaskForm):
    """Whom to ask to act for the organisation, as what."""

    address = AddressField()
    role = RadioField(_("Role"), [InputRequired()], choices=choices(words.ROLES), default="organiser")
    language = RadioField(_("Language of the letter"), [InputRequired()], choices=choices(LOCALES), default=language)


class FirstInviteForm(InviteForm):
    """The operator asks somebody to be an organisation's first administrator, and nothing else."""

    role = RadioField(
        _("Role"), choices=choices({"administrator": words.ROLES["administrator"]}), default="administrator"
    )


class RoleForm(FlaskForm):
    """Another role of a member."""

    role = RadioField(_("Role"), [InputRequired()], choices=choices(words.ROLES))


class AcceptForm(FlaskForm):
    """Nothing but the wish to accept."""
