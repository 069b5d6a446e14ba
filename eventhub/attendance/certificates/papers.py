"""Certificates as a document, one a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventhub.attendance import tickets
from eventhub.events.models import Event
from eventhub.foundation.web import address
from eventhub.organisations.layouts.papers import layout_of

from .models import Certificate

TEMPLATE = "attendance/certificate.typ"
MOST = 300


def values_of(event: Event, certificates: Sequence[Certificate]) -> dict[str, Any]:
    """Certificates as they were issued, in the look that the organisation has now."""
    languages = list(dict.fromkeys(lang for one in certificates for lang in one.said["languages"]))
    return {
        "languages": languages,
        "layout": layout_of(event.organisation, languages),
        "title": str(event.title.in_(languages[0])),
        "certificates": [{**one.said, **_proof(one)} for one in certificates],
    }


def _proof(one: Certificate) -> dict[str, Any]:
    """How a certificate is checked: its code, and the page that asks for it in each of its languages."""
    languages = one.said["languages"]
    links = {
        lang: {
            "good": address("attendance.verify", lang, code=one.code),
            "shown": address("attendance.ask_code", lang),
        }
        for lang in languages
    }
    spaced = "-".join(one.code[at : at + 4] for at in range(0, len(one.code), 4))
    return {"drawing": tickets.svg_of(links[languages[0]]["good"]), "links": links, "code": spaced}
