"""What events show on pages of the floors beneath."""

from __future__ import annotations

from typing import Any

from flask import render_template

from eventhub.organisations.models import Organisation

from . import holidays, queries
from .models import Event
from .queries import Filter


def of_organisation(organisation: Organisation, **_: Any) -> str | None:
    """The public events that an organisation runs: the next ones and the latest."""
    coming = queries.list_public(Filter(organisation=organisation.slug)).events
    past = queries.list_public(Filter(organisation=organisation.slug, past=True)).events
    return render_template("events/_of_organisation.html", coming=coming, past=past) if coming or past else None


def holidays_of_place(event: Event, **_: Any) -> str | None:
    """The public holidays in China and where people meet, over the days of an event that is not over."""
    return told_holidays(event, holidays.always_of(event))


def told_holidays(event: Event, countries: list[str]) -> str | None:
    """The public holidays of some countries over the days of an event, as items of a list."""
    if event.is_over() or event.status == "cancelled":
        return None
    found = holidays.over(event, countries)
    return render_template("events/_holidays.html", holidays=found) if found else None
