"""What the questions of an event show on its desk."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from eventhub.events.models import Event
from eventhub.foundation.i18n import LOCALES, gaps

from . import policy, queries


def attention(event: Event, **_: Any) -> str | None:
    """The texts of the form that people will look for in vain in their language, as items of the overview's list."""
    if not policy.may_translate_form(g.actor, event) or event.is_over() or event.status == "cancelled":
        return None
    asked = [one for one in queries.list_questions(event.id) if one.retired_at is None]
    texts = [text for one in asked for text in (one.label, one.help, *(option.text for option in one.options))]
    way = "form" if policy.may_edit_form(g.actor, event) else "form_texts"
    found = gaps(texts, event.published_languages or LOCALES)
    return render_template("registrations/_form_attention.html", event=event, gaps=found, way=way) if found else None
