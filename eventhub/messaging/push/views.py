"""Turning a device on and off, from the page of a private link."""

from __future__ import annotations

from uuid import UUID

from flask import flash, jsonify, request
from flask_babel import gettext

from eventhub.foundation.actor import VISITOR
from eventhub.foundation.errors import Conflict, Invalid, NotFound, TooMany
from eventhub.foundation.web import csrf, is_within, private_page, see_other
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


# A device is known by its former address and by no cookie: there is nothing that another site could make it do.
@bp.post("/devices/")
@csrf.exempt
@private_page
def renew_device():
    """Have a device told at the address that its browser has given it in the place of another."""
    said = request.form
    try:
        registration_id = UUID(said.get("registration", ""))
    except ValueError:
        raise NotFound from None
    before = said.get("was", ""), said.get("was_auth", "")
    try:
        services.renew(
            VISITOR, registration_id, before, *(said.get(name, "") for name in ("endpoint", "p256dh", "auth"))
        )
    except Invalid as refusal:
        return jsonify(error=refusal.message), refusal.status
    return jsonify(ok=True)
