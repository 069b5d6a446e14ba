"""What is typed at a door and on its desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from eventhub.foundation.forms import InOurWords, choices, line, tidy

from .services import LONGEST_NAME

NAME_MISSING = _("Please write a name.")
TOO_LONG = _("Please shorten this to %(most)s characters.", most=LONGEST_NAME)


class DoorForm(FlaskForm):
    """A device to be admitted."""

    Meta = InOurWords
    name = StringField(
        _("Name of the device or the door"),
        [DataRequired(message=NAME_MISSING), Length(max=60, message=_("Please shorten this to %(most)s characters.", most=60))],  # noqa: E501
        filters=[tidy],
        description=_("For example “North entrance”. Whoever is checked in twice is told where it was."),
    )  # fmt: skip


class WalkInForm(FlaskForm):
    """Somebody who came without a registration."""

    Meta = InOurWords
    name = StringField(
        _("Name"), [DataRequired(message=NAME_MISSING), Length(max=LONGEST_NAME, message=TOO_LONG)], filters=[tidy],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    organisation = line(lazy_pgettext("person", "Organisation"), render_kw={"autocomplete": "off"})
    pool = SelectField(_("Takes part"))

    @classmethod
    def of(cls, pools: Mapping[str, str], **options: Any) -> WalkInForm:
        """The form with these pools to choose from."""
        form = cls(**options)
        form.pool.choices = choices(pools)
        return form
