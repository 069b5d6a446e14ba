"""Turning a device on and off, from the page of a private link."""

from __future__ import annotations

from flask import flash, jsonify, request
from flask_babel import gettext

from eventhub.foundation.errors import Conflict, Invalid, TooMany
from eventhub.foundation.web import is_within, private_page, see_other
from eventhub.messaging.views import bp
from eventhub.registrations import queries as registrations
from eventhub.registrations.own import holder

from . import services


@bp.post("/registrations/<token>/devices/")
@private_page
def devices(token):
    """Have this device told, or not any more, asked by a script; or none of somebody's devices, asked by a form."""
    registration, said = registrations.get_by_link(token), request.form
    actor, deed = holder(registration), said.get("deed")
    if deed == "none":
        services.turn_off(actor, registration.id)
        flash(gettext("Nothing is shown on your devices any more. Letters go on coming."), "success")
        return see_other("registrations.mine", token=token)
    try:
        if not is_within("devices of a registration", str(registration.id), 20, 60):
            raise TooMany(gettext("This was changed very often within an hour. Please wait a little."))
        if deed == "on":
            services.turn_on(actor, registration.id, *(said.get(name, "") for name in ("endpoint", "p256dh", "auth")))
        else:
            services.turn_off(actor, registration.id, said.get("mark", ""))
    except (Conflict, Invalid, TooMany) as refusal:
        return jsonify(error=refusal.message), refusal.status
    return jsonify(ok=True)
