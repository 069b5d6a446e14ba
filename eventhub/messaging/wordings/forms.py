"""What organisers fill in to have their own words in a letter."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from eventhub.foundation.forms import EditForm, line, passage, texts_of, written
from eventhub.foundation.i18n import EMPTY, Translated

from .models import Wording


class WordingForm(EditForm):
    """Subject and text in both languages."""

    subject_en = line(_l("Subject in English"), 150)
    subject_zh = line(_l("Subject in Chinese"), 150)
    text_en = passage(_l("Text in English"), 5000)
    text_zh = passage(_l("Text in Chinese"), 5000)

    def __init__(self, row: Wording | None, main: str, **options: Any) -> None:
        self.row, self.main = row, main
        texts = texts_of(subject=row.subject, text=row.text) if row else {}
        super().__init__(data=texts, **options)

    @property
    def texts(self) -> tuple[Translated, Translated]:
        """What was said."""
        subject, text = (self.row.subject, self.row.text) if self.row else (EMPTY, EMPTY)
        return written(self, "subject", subject, self.main), written(self, "text", text, self.main)
