"""The page on which organisers settle how a programme is kept."""

from __future__ import annotations

from typing import Any

from flask import flash, g, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import IntegerField
from wtforms.validators import InputRequired

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_event
from eventhub.events.rooms import event_room
from eventhub.foundation.forms import EditForm, passage
from eventhub.foundation.web import address, see_other

from .desk import Answer, bp
from .settings import Settings, change_settings, settings_of


class SettingsForm(EditForm):
    """The time between sessions, the time to answer, and the sites that may frame the programme."""

    change_minutes = IntegerField(_l("Minutes to change rooms"), [InputRequired(_l("Give the minutes."))])
    test_minutes = IntegerField(_l("Minutes to test a connection"), [InputRequired(_l("Give the minutes."))])
    answer_days = IntegerField(_l("Days to answer an invitation to speak"), [InputRequired(_l("Give the days."))])
    framed_by = passage(_l("Sites that may show the programme"), most=5000)

    def wanted(self) -> Settings:
        """What was typed."""
        return Settings(
            self.change_minutes.data or 0,
            self.test_minutes.data or 0,
            self.answer_days.data or 0,
            tuple(filter(None, map(str.strip, (self.framed_by.data or "").splitlines()))),
        )


@bp.route("/programme/settings/", methods=["GET", "POST"])
@event_room(may_edit_event)
def programme_settings(event: Event) -> Answer:
    """How the programme is kept."""

    def form_over(**options: Any) -> tuple[SettingsForm, int]:
        kept, version = settings_of(event)
        values = {
            "change_minutes": kept.change_minutes,
            "test_minutes": kept.test_minutes,
            "answer_days": kept.answer_days,
            "framed_by": "\n".join(kept.framed_by),
        }
        return SettingsForm(data=values, **options), version

    form, version = form_over()

    def save() -> None:
        change_settings(g.actor, event.id, form.wanted(), form.version.data)

    if not form.is_submitted():
        form.begin(version)
    elif form.validate() and form.carried_out(save, lambda: form_over(formdata=None)):
        flash(gettext("Saved."), "success")
        return see_other("programme_desk.programme_settings", slug=event.slug)
    kept, _ = settings_of(event)
    frames = {lang: _frame(event, lang) for lang in event.published_languages} if kept.framed_by else {}
    return render_template("programme/desk_settings.html", event=event, form=form, frames=frames), form.status


def _frame(event: Event, lang: str) -> str:
    """What shows the programme on another site's page."""
    frame = Markup('<iframe src="{}" title="{}" width="100%" height="800" loading="lazy"></iframe>')
    return str(frame.format(address("programme.embed", lang, slug=event.slug), event.title.in_(lang)))
