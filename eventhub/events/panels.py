"""What events show on pages of the floors beneath."""

from __future__ import annotations

from typing import Any

from flask import render_template

from eventhub.organisations.models import Organisation

from . import queries
from .queries import Filter


def of_organisation(organisation: Organisation, **_: Any) -> str | None:
    """The public events that an organisation runs: the next ones and the latest."""
    coming = queries.list_public(Filter(organisation=organisation.slug)).events
    past = queries.list_public(Filter(organisation=organisation.slug, past=True)).events
    return render_template("events/_of_organisation.html", coming=coming, past=past) if coming or past else None
