"""The room of an organisation in which it says how its documents look."""

from __future__ import annotations

from flask import flash, g, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from eventhub.foundation import files
from eventhub.foundation.files_web import PictureForm, takes_files
from eventhub.foundation.web import see_other
from eventhub.organisations import policy
from eventhub.organisations.desk import Answer, bp, organisation_room
from eventhub.organisations.models import Organisation

from . import services
from .forms import PICTURE_FORMS, LayoutForm


@bp.route("/<slug>/documents/", methods=["GET", "POST"])
@organisation_room(policy.may_administer)
def layout(organisation: Organisation) -> Answer:
    """The look of the organisation's documents."""
    now = services.find_layout(organisation.id)
    form = LayoutForm(now)

    def save() -> None:
        services.change_layout(g.actor, organisation.id, form.plan, form.version.data)

    def reread() -> tuple[LayoutForm, int]:
        newer = services.find_layout(organisation.id)
        return LayoutForm(newer, formdata=None), newer.version if newer else 1

    if not form.is_submitted():
        form.begin(now.version if now else 1)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("Saved."), "success")
        return see_other(".layout", slug=organisation.slug)
    return _page(organisation, form), form.status


@bp.post("/<slug>/documents/<any(logo, signature):which>/")
@takes_files(files.MOST_BYTES_OF_A_PICTURE)
@organisation_room(policy.may_administer)
def set_picture(organisation: Organisation, which: str) -> Answer:
    """Another logo or signature."""
    form = PICTURE_FORMS[which]()
    if form.validate_on_submit() and form.carried_out(
        lambda upload: services.set_picture(g.actor, organisation.id, which, upload)
    ):
        flash(gettext("The picture is in place."), "success")
        return see_other(".layout", slug=organisation.slug)
    return _page(organisation, picture_form=(which, form)), form.status


@bp.post("/<slug>/documents/<any(logo, signature):which>/remove/")
@organisation_room(policy.may_administer)
def remove_picture(organisation: Organisation, which: str) -> AnyResponse:
    """No logo, or no signature, any more."""
    services.remove_picture(g.actor, organisation.id, which)
    flash(gettext("The picture is removed."), "success")
    return see_other(".layout", slug=organisation.slug)


def _page(
    organisation: Organisation, form: LayoutForm | None = None, picture_form: tuple[str, PictureForm] | None = None
) -> str:
    now = services.find_layout(organisation.id)
    if form is None:
        form = LayoutForm(now, formdata=None)
        form.begin(now.version if now else 1)
    picture_forms = {which: make(formdata=None) for which, make in PICTURE_FORMS.items()}
    if picture_form:
        picture_forms[picture_form[0]] = picture_form[1]
    return render_template(
        "organisations/layout.html", organisation=organisation, layout=now, form=form, picture_forms=picture_forms
    )
