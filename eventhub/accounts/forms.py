"""What is asked when somebody signs in, begins an account or changes its password."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from eventhub.people.forms import AddressField, NamesForm

from .passwords import SHORTEST

LONGEST = 200  # hashing must not be made to read a book
# What is asked of a password that exists already.
PRESENT = (
    InputRequired(message=_("Please write your password.")),
    Length(max=LONGEST, message=_("This password is too long.")),
)


def new_password(label):
    """A password to be chosen."""
    return PasswordField(
        label,
        [
            InputRequired(message=_("Please choose a password.")),
            Length(SHORTEST, message=_("This password is too short.")),
            Length(max=LONGEST, message=_("This password is too long.")),
        ],
        description=_("At least %(count)s characters; several words are easy to remember.", count=SHORTEST),
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(FlaskForm):
    """An address and its password."""

    address = AddressField(render_kw={"autocomplete": "username"})
    password = PasswordField(_("Password"), PRESENT, render_kw={"autocomplete": "current-password"})


class AddressForm(FlaskForm):
    """An address that a letter goes to."""

    address = AddressField(render_kw={"autocomplete": "email"})


class BeginForm(NamesForm):
    """What a new account needs besides its address."""

    password = new_password(_("Password"))


class ResetForm(FlaskForm):
    """Another password."""

    password = new_password(_("New password"))


class PasswordForm(FlaskForm):
    """Another password, by somebody who knows the present one."""

    present = PasswordField(_("Present password"), PRESENT, render_kw={"autocomplete": "current-password"})
    password = new_password(_("New password"))


class SureForm(FlaskForm):
    """The password once more, by somebody who is signed in."""

    password = PasswordField(_("Password"), PRESENT, render_kw={"autocomplete": "current-password"})
