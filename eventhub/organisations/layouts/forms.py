"""What is asked about the look of documents."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import ColorField
from wtforms.validators import InputRequired

from eventhub.foundation.files_web import PictureForm
from eventhub.foundation.forms import EditForm, passage, texts_of, written
from eventhub.foundation.i18n import EMPTY, language

from .models import COLOUR, Layout
from .services import LayoutPlan


class LayoutForm(EditForm):
    """The colour and the letterhead."""

    colour = ColorField(_("Colour of lines and headings"), [InputRequired()], default=COLOUR)
    letterhead_en = passage(_("Address under the name, in English"), 500)
    letterhead_zh = passage(_("Address under the name, in Chinese"), 500)

    def __init__(self, layout: Layout | None, **options: Any) -> None:
        self.layout = layout
        texts = texts_of(letterhead=layout.letterhead) if layout else {}
        super().__init__(obj=layout, **texts, **options)

    @property
    def plan(self) -> LayoutPlan:
        """What was said."""
        before = self.layout.letterhead if self.layout else EMPTY
        return LayoutPlan(self.colour.data or COLOUR, written(self, "letterhead", before, language()))


class LogoForm(PictureForm):
    """The mark of the organisation."""

    def __init__(self, **options: Any) -> None:
        super().__init__(prefix="logo", **options)
        self.file.label.text = _("Choose a picture of the logo")


class SignatureForm(PictureForm):
    """The signature of whoever signs for the organisation."""

    def __init__(self, **options: Any) -> None:
        super().__init__(prefix="signature", **options)
        self.file.label.text = _("Choose a picture of the signature")


PICTURE_FORMS = {"logo": LogoForm, "signature": SignatureForm}
