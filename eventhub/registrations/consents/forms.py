"""What organisers settle of a purpose."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from eventhub.foundation.forms import EditForm, passage, texts_of, written
from eventhub.foundation.i18n import EMPTY

from .queries import Ask
from .services import AskPlan


class AskForm(EditForm):
    """Whether a purpose is asked for, and in which words; empty ones are the usual words."""

    is_asked = BooleanField(_l("Ask everybody who registers"))
    with_address = BooleanField(_l("The co-organiser sees e-mail addresses too"))
    sentence_en = passage(_l("The sentence they tick, in English"), 500, render_kw={"rows": 3})
    sentence_zh = passage(_l("The sentence they tick, in Chinese"), 500, render_kw={"rows": 3})
    details_en = passage(_l("What is told beside it, in English"), 2000, render_kw={"rows": 4})
    details_zh = passage(_l("What is told beside it, in Chinese"), 2000, render_kw={"rows": 4})

    @classmethod
    def of(cls, ask: Ask, **options: Any) -> AskForm:
        """The form over a purpose; only words of the organisers' own stand in it."""
        row = ask.row
        own = texts_of(sentence=row.sentence if row else EMPTY, details=row.details if row else EMPTY)
        form = cls(data={"is_asked": ask.is_asked, "with_address": ask.with_address, **own}, **options)
        if ask.purpose != "co_organiser":
            del form.with_address
        return form

    def plan(self, ask: Ask) -> AskPlan:
        """What was settled."""
        row = ask.row
        return AskPlan(
            is_asked=self.is_asked.data,
            sentence=written(self, "sentence", row.sentence if row else EMPTY),
            details=written(self, "details", row.details if row else EMPTY),
            with_address=bool(self.with_address and self.with_address.data) if "with_address" in self else False,
        )
