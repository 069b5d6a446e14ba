"""Fields for what people say of themselves, for every form that asks it."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, RadioField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from eventhub.foundation.forms import CountryField, ZoneField, choices, line, passage, texts_of, written
from eventhub.foundation.i18n import LOCALES, language

from . import addresses, names
from .models import Person
from .names import Names
from .services import Profile


class AddressField(EmailField):
    """An e-mail address; what was typed stays in the field, `normalised` is what it is compared by."""

    normalised = ""

    def __init__(self, label=None, validators=None, **kwargs):
        asked = validators or [InputRequired(message=_("Please write an e-mail address."))]
        super().__init__(label or _("E-mail address"), [*asked, Length(max=254)], **kwargs)

    def pre_validate(self, form):
        """Refuse what no letter could reach."""
        if not self.data:
            return
        try:
            self.normalised = addresses.normalise(self.data)
        except ValueError:
            raise ValidationError(
                gettext("This is not a complete e-mail address. Please check it, for example name@example.org.")
            ) from None


def name_part(label, **options):
    """A field for one part of a name."""
    return StringField(label, [Length(max=120)], filters=[lambda typed: names.tidy(typed or "")], **options)


class NamesForm(FlaskForm):
    """A name in one script or in both, by its parts."""

    family = name_part(_("Family name, in Latin letters"))
    given = name_part(_("Given name, in Latin letters"))
    family_first = BooleanField(_("Write my family name first, in Latin letters too"))
    han_family = name_part(_("Family name, in Chinese characters"))
    han_given = name_part(_("Given name, in Chinese characters"))
    missing = _("Please write your name in Latin letters, in Chinese characters, or in both.")

    @property
    def first_part(self) -> Field:
        """The part that comes first for the reader: what is wrong with the whole name is told there."""
        first: Field = self.han_family if language() == "zh" else self.family
        return first

    def validate_family(self, field):
        """Ask for a name in one of the scripts."""
        if not self.names and self.first_part is field:
            raise ValidationError(self.missing)

    validate_han_family = validate_family

    @property
    def names(self) -> Names:
        """The name as it was typed."""
        parts = ("family", "given", "family_first", "han_family", "han_given", "pinyin")
        return Names(**{part: self[part].data for part in parts if part in self})


class ProfileForm(NamesForm):
    """All that a person says of themself."""

    pinyin = name_part(
        _("Name in pinyin"), description=_("Proposed from the characters where you leave it empty. Please correct it.")
    )
    language = RadioField(_("Language of letters"), [InputRequired()], choices=choices(LOCALES))
    zone = ZoneField(_("Time zone"), nothing=_("As the page proposes"))
    country = CountryField(_("Country or region"))
    affiliation_en = line(_("Position and organisation, in English"))
    affiliation_zh = line(_("Position and organisation, in Chinese"))
    biography_en = passage(_("Biography, in English"), 5000)
    biography_zh = passage(_("Biography, in Chinese"), 5000)

    def __init__(self, person: Person, **options):
        self.person = person
        texts = texts_of(affiliation=person.affiliation, biography=person.biography)
        super().__init__(
            obj=person.names, language=person.language, zone=person.zone, country=person.country, **texts, **options
        )

    @property
    def profile(self) -> Profile:
        """What was said."""
        return self.said(self.zone.data or None)

    def said(self, zone: str | None) -> Profile:
        """What was said, by somebody who lives in a zone."""
        spoken = self.language.data
        return Profile(
            names=self.names,
            language=spoken,
            zone=zone,
            affiliation=written(self, "affiliation", self.person.affiliation, spoken),
            country=self.country.data or None,
            biography=written(self, "biography", self.person.biography, spoken),
        )
