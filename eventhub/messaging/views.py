"""Letters that a visitor can ask for."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext

from eventhub.accounts.limits import count_letter
from eventhub.foundation.errors import TooMany
from eventhub.foundation.web import see_other
from eventhub.registrations import services as registrations

from .forms import LinksForm

bp = Blueprint("messaging", __name__, url_prefix="/<any(en, zh):lang>")


@bp.route("/links/", methods=["GET", "POST"])
def links():
    """Have the links of one's registrations sent again; the answer never tells whether there are any."""
    form = LinksForm()
    if form.validate_on_submit():
        try:
            count_letter(form.normalised)
            registrations.ask_for_links(g.actor, form.normalised, g.lang)
        except TooMany as error:
            form.address.errors = [error.message]
            return render_template("messaging/links.html", form=form), 429
        flash(gettext("If anything is registered with this address, a letter with your links is on its way."), "info")
        return see_other(".links")
    return render_template("messaging/links.html", form=form), 422 if form.errors else 200
