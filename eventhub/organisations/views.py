"""An organisation's public page, and the page an invitation's link opens."""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext

from eventhub.foundation.errors import Conflict
from eventhub.foundation.permissions import is_signed_in
from eventhub.foundation.web import private_page, see_other

from . import queries, services, words
from .forms import AcceptForm

bp = Blueprint("organisations", __name__, url_prefix="/<any(en,zh):lang>")


@bp.get("/organisations/<slug>/")
def organisation(slug):
    """An organisation as everybody sees it."""
    return render_template(
        "organisations/organisation.html", organisation=queries.get_organisation(slug), types=words.STAKEHOLDER_TYPES
    )


@bp.route("/invitations/<token>/", methods=["GET", "POST"])
@private_page
def invitation(token):
    """Say what somebody is asked to do, and let them accept once they have signed in."""
    asked = queries.get_invitation(token)
    form, refusal = AcceptForm(), None
    if form.validate_on_submit():
        try:
            services.accept_invitation(g.actor, token)
        except Conflict as error:
            refusal = error
        else:
            name = asked.organisation.name.in_(g.lang)
            flash(gettext("You act for %(organisation)s from now on.", organisation=name), "success")
            return see_other("pages.desk")
    page = render_template(
        "organisations/invitation.html",
        invitation=asked,
        form=form,
        refusal=refusal,
        may_accept=is_signed_in(g.actor),
        roles=words.ROLES,
        rights=words.ROLE_RIGHTS,
    )
    return page, refusal.status if refusal else 200
