"""Letters that a visitor can ask for."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from eventhub.accounts.forms import AddressForm
from eventhub.accounts.limits import count_letter
from eventhub.foundation import proofs
from eventhub.foundation.errors import Invalid, TooMany
from eventhub.foundation.web import see_other
from eventhub.registrations import access

bp = Blueprint("messaging", __name__, url_prefix="/<any(en,zh):lang>")


@bp.route("/links/", methods=["GET", "POST"])
def links():
    """Have the links of one's registrations sent again; the answer never tells whether there are any."""
    form, status = AddressForm(), 200
    if form.validate_on_submit():
        try:
            proof = proofs.look_at("links")
            count_letter(form.address.normalised)
            proofs.spending(g.actor, proof, lambda: access.ask_for_links(g.actor, form.address.normalised, g.lang))
        except (Invalid, TooMany) as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            return see_other("accounts.sent", letter="links")
    elif form.errors:
        status = 422
    return render_template("messaging/links.html", form=form), status
