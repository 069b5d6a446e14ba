"""What organisers fill in to take a file over."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField

from eventhub.foundation.forms import EditForm, TickList


class UploadForm(EditForm):
    """A file to be looked at."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])


class ImportForm(FlaskForm):
    """What was looked at, to be carried out: which of the sessions that the file does not have are to go."""

    seen = HiddenField()
    # Which sessions there are is known when the form is carried out, under the lock; others are none of it.
    remove = TickList(_l("Delete these sessions"), choices=[], validate_choice=False)
    remove_all = BooleanField(_l("Delete all sessions that the file does not have"))
