"""What certificates say: our own words or the organisers', with what differs put in plainly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import get_template_attribute
from flask_babel import gettext

from eventhub.attendance.papers.sheets import in_each, languages_of
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import EMPTY, format_date, format_days, spaced
from eventhub.people.names import Names
from eventhub.programme.models import SessionRole

from .models import CertificatePlan

# What organisers may write in braces.
PLACEHOLDERS = ("name", "event", "dates", "organiser", "sessions", "roles")
_PLACE = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with the values put in, once each: braces in a value, and all others, stay as they are."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), text)


def unknown_places(text: str) -> list[str]:
    """The words in braces that mean nothing here."""
    return [found for found in re.findall(r"\{(\w*)\}", text) if found not in PLACEHOLDERS]


def usual_title(kind: str) -> str:
    """The title of a certificate whose organisers have written none."""
    return str(gettext("Certificate of attendance") if kind == "attendance" else gettext("Certificate of speaking"))


def usual_text(kind: str) -> str:
    """What a certificate says whose organisers have written nothing."""
    if kind == "attendance":
        return str(gettext("attended “{event}”, held on {dates} and organised by {organiser}."))
    return str(gettext("spoke at “{event}”, held on {dates} and organised by {organiser}: {roles}."))


def said_of(
    event: Event,
    plan: CertificatePlan,
    kind: str,
    name: str | Names,
    *,
    sessions: int = 0,
    parts: Sequence[SessionRole] = (),
) -> dict[str, Any]:
    """Every word on a certificate that is issued today, in the languages of the plan."""
    languages = languages_of(plan.form, "zh" if event.main_language == "zh" else "en")
    title = plan.title if kind == "attendance" else EMPTY
    own = plan.text if kind == "attendance" else plan.speaking_text

    def text(lang: str) -> str:
        values = {
            "name": name.in_(lang) if isinstance(name, Names) else name,
            "event": str(event.title.in_(lang)),
            "dates": _dates(event, lang),
            "organiser": str(event.organisation.name.in_(lang)),
            "sessions": str(sessions),
            "roles": _roles(parts, lang),
        }
        said = filled(own.texts.get(lang) or usual_text(kind), values)
        return spaced(said, values["organiser"], values["name"], lang=lang)

    today = clock.wall(clock.now(), event.zone).date()
    return {
        "languages": languages,
        "title": in_each(languages, lambda lang: title.in_(lang) or usual_title(kind)),
        "lead": in_each(languages, lambda _: gettext("This is to certify that")),
        "name": _name(name, languages[0]),
        "text": in_each(languages, text),
        "signatory": in_each(languages, plan.signatory.in_),
        "signatory_title": in_each(languages, plan.signatory_title.in_),
        "issued": in_each(languages, lambda lang: gettext("Issued on %(day)s", day=format_date(today, lang))),
        "check": in_each(languages, lambda _: gettext("Whether it is genuine can be seen here:")),
    }


def _name(name: str | Names, lang: str) -> list[str]:
    """The name, and beneath it that in the other script; our own reading of one never stands on a certificate."""
    return [name.in_(lang), name.other(lang)] if isinstance(name, Names) else [name, ""]


def _dates(event: Event, lang: str) -> str:
    first, last = event.day(), event.last_day()
    return format_days(first, last, lang) if first and last else ""


def _roles(parts: Sequence[SessionRole], lang: str) -> str:
    word = get_template_attribute("macros/badges.html", "role_word")
    glue = "；" if lang == "zh" else "; "
    told = (
        gettext("%(role)s, “%(session)s”", role=str(word(part.role)), session=part.session.title.in_(lang))
        for part in parts
    )
    return glue.join(dict.fromkeys(str(one) for one in told))
