"""The form of the page "send me my links again"."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError

from eventhub.foundation.forms import line
from eventhub.people.addresses import normalise


class LinksForm(FlaskForm):
    """The address that one registered with."""

    address = line(lazy_gettext("E-mail address"), 254)

    def validate_address(self, field):
        """It must be an address."""
        try:
            self.normalised = normalise(field.data or "")
        except ValueError:
            raise ValidationError(
                lazy_gettext("This is not a complete e-mail address. Please check it, for example name@example.org.")
            ) from None
