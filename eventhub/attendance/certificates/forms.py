"""What organisers say of certificates."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from eventhub.attendance.papers.words import FORMS
from eventhub.foundation.forms import EditForm, choices, line, passage, texts_of, written
from eventhub.foundation.i18n import EMPTY, language

from .models import CertificatePlan
from .services import Plan

_TEXTS = ("title", "text", "speaking_text", "signatory", "signatory_title")
_SESSIONS = NumberRange(0, 1000, _("A whole number, 0 or more."))
_SHARE = NumberRange(0, 100, _("A whole number from 0 to 100."))


class PlanForm(EditForm):
    """The words on certificates, and who gets one."""

    form = SelectField(_("Language"), choices=choices(FORMS), default="both")
    least_sessions = IntegerField(_("At least so many sessions"), [InputRequired(), _SESSIONS], default=0)
    least_share = IntegerField(_("At least so many per cent of the sessions"), [InputRequired(), _SHARE], default=0)
    title_en = line(_("Title, in English"))
    title_zh = line(_("Title, in Chinese"))
    text_en = passage(_("Text, in English"), 1000)
    text_zh = passage(_("Text, in Chinese"), 1000)
    speaking_text_en = passage(_("Text for those who spoke, in English"), 1000)
    speaking_text_zh = passage(_("Text for those who spoke, in Chinese"), 1000)
    signatory_en = line(_("Who signs, in English"))
    signatory_zh = line(_("Who signs, in Chinese"))
    signatory_title_en = line(_("Their position, in English"))
    signatory_title_zh = line(_("Their position, in Chinese"))

    def __init__(self, plan: CertificatePlan | None, **options: Any) -> None:
        self.row = plan
        texts = texts_of(**{name: getattr(plan, name) for name in _TEXTS}) if plan else {}
        super().__init__(obj=plan, **texts, **options)

    @property
    def plan(self) -> Plan:
        """What was said."""
        said = {name: written(self, name, getattr(self.row, name, EMPTY), language()) for name in _TEXTS}
        return Plan(
            form=self.form.data,
            least_sessions=self.least_sessions.data or 0,
            least_share=self.least_share.data or 0,
            **said,
        )
