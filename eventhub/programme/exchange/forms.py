"""What organisers fill in to take a file over."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import ValidationError

from eventhub.foundation import fetching
from eventhub.foundation.fetching import Unfetched
from eventhub.foundation.forms import EditForm, TickList, ZoneField, line


class UploadForm(EditForm):
    """A file to be looked at."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])


class AddressForm(EditForm):
    """The address of a calendar to be looked at."""

    address = line(_l("Address of a calendar"), most=2000, render_kw={"type": "url", "inputmode": "url"})

    def validate_address(self, field: Field) -> None:
        """Refuse what would never be fetched, before anything is asked of anybody."""
        try:
            fetching.check_address(field.data or "")
        except Unfetched as refusal:
            raise ValidationError(refusal.message) from refusal


class SeriesUploadForm(EditForm):
    """A file or an address with the events of a series, and whose clock its hours are told by."""

    file = FileField(_l("File"))
    address = line(_l("Or the address of a calendar"), most=2000, render_kw={"type": "url", "inputmode": "url"})
    zone = ZoneField(_l("Time zone of the events"))

    def validate_address(self, field: Field) -> None:
        """Ask for one of the two, and for an address that can be fetched."""
        if self.file.data:
            return
        if not field.data:
            raise ValidationError(gettext("Choose a file, or give an address."))
        try:
            fetching.check_address(field.data)
        except Unfetched as refusal:
            raise ValidationError(refusal.message) from refusal


class SeriesImportForm(FlaskForm):
    """What was looked at, to be carried out: which of the events that the calendar calls off are announced so."""

    seen = HiddenField()
    cancel = TickList(_l("Announce these as cancelled"), choices=[], validate_choice=False)
    follow = BooleanField(_l("Follow this calendar: look at it every hour, and take what is new into drafts"))


class ImportForm(FlaskForm):
    """What was looked at, to be carried out: which of the sessions that the file does not have are to go."""

    seen = HiddenField()
    # Which sessions there are is known when the form is carried out, under the lock; others are none of it.
    remove = TickList(_l("Delete these sessions"), choices=[], validate_choice=False)
    follow = BooleanField(_l("Follow this calendar: look at it every hour, and take what is new into the draft"))
    remove_all = BooleanField(_l("Delete all sessions that the file does not have"))
