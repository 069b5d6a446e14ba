"""The room of an organisation in which its events stand side by side."""

from __future__ import annotations

from datetime import date, timedelta

from flask import g, render_template, request

from eventhub.events.forms import FIRST_ZONE
from eventhub.foundation import clock
from eventhub.foundation.zones import reader_zone
from eventhub.organisations import policy
from eventhub.organisations.desk import bp, organisation_room
from eventhub.organisations.models import Organisation

from .side_by_side import DAYS, first_day, sheet


@bp.get("/<slug>/side-by-side/")
@organisation_room(policy.may_open_organisation)
def side_by_side(organisation: Organisation) -> str:
    """The sessions of several events by day and hour, and what clashes, in the zone that the reader chose."""
    zone = reader_zone(FIRST_ZONE, None)
    try:
        first = date.fromisoformat(request.args.get("from", ""))
        if not clock.FIRST_YEAR < first.year < clock.LAST_YEAR:
            raise ValueError("out of every calendar's reach")
    except ValueError:
        first = first_day(g.actor, organisation.id, zone.name)
    return render_template(
        "programme/side_by_side.html",
        organisation=organisation,
        is_administrator=policy.may_administer(g.actor, organisation.id),
        sheet=sheet(g.actor, organisation.id, first, zone.name, g.lang),
        zone=zone,
        first=first,
        last=first + timedelta(days=DAYS - 1),
        week=timedelta(days=DAYS),
    )
