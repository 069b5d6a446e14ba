"""The organisations' desk: who acts for which, and what each says of itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, render_template
from flask_babel import gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from eventhub.foundation.db import get
from eventhub.foundation.errors import Conflict, NotFound, TooMany
from eventhub.foundation.permissions import declares, require, signed_in
from eventhub.foundation.web import see_other

from . import limits, policy, queries, services, words
from .forms import FirstInviteForm, InviteForm, NewOrganisationForm, OrganisationForm, RoleForm
from .models import Invitation, Membership, Organisation

Answer = Response | str | tuple[str, int]

bp = Blueprint("organisations_desk", __name__, url_prefix="/<any(en,zh):lang>/organise/organisations")


def organisation_room(allowed: Callable[..., bool]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a view the organisation of its slug: 404 to those who have no part in it, 403 where the policy says no."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def enter(slug: str, **values: Any) -> Any:
            organisation = queries.get_organisation(slug)
            require(policy.may_open_organisation(g.actor, organisation.id), hidden=True)
            require(allowed(g.actor, organisation.id))
            return view(organisation, **values)

        return declares(allowed)(signed_in(enter))

    return decorate


@bp.get("/")
@signed_in
def index() -> str:
    """The organisations that one acts for; for the operator, all of them."""
    return render_template(
        "organisations/index.html",
        organisations=queries.list_organisations(g.actor),
        types=words.STAKEHOLDER_TYPES,
        may_add=policy.may_add_organisation(g.actor),
    )


@bp.route("/new/", methods=["GET", "POST"])
@declares(policy.may_add_organisation)
@signed_in
def add() -> Answer:
    """Bring an organisation in, and ask its first administrator."""
    require(policy.may_add_organisation(g.actor))
    form, status = NewOrganisationForm(), 200
    if form.validate_on_submit():
        try:
            limits.count_invitation(g.actor, form.address.normalised)
        except TooMany as refusal:
            form.form_errors.append(refusal.message)
            status = refusal.status
        else:
            new = services.add_organisation(g.actor, form.details)
            services.invite_member(g.actor, new.id, form.address.normalised, "administrator", form.language.data)
            flash(gettext("The organisation is there, and the invitation is on its way."), "success")
            return see_other(".members", slug=new.slug)
    return render_template("organisations/new.html", form=form), max(status, form.status)


@bp.get("/<slug>/")
@organisation_room(policy.may_open_organisation)
def members(organisation: Organisation) -> str:
    """Who acts for the organisation, and who is asked to."""
    return _members(organisation, _invite_form(organisation))


@bp.post("/<slug>/invitations/")
@organisation_room(policy.may_open_organisation)
def invite(organisation: Organisation) -> Answer:
    """Ask somebody to act for the organisation."""
    form = _invite_form(organisation)
    if form is None or not form.validate_on_submit():
        return _members(organisation, form), 422
    try:
        limits.count_invitation(g.actor, form.address.normalised)
    except TooMany as refusal:
        form.form_errors.append(refusal.message)
        return _members(organisation, form), refusal.status
    services.invite_member(g.actor, organisation.id, form.address.normalised, form.role.data, form.language.data)
    flash(gettext("The invitation is on its way. It is good for 14 days."), "success")
    return see_other(".members", slug=organisation.slug)


@bp.post("/<slug>/invitations/<uuid:invitation_id>/withdraw/")
@organisation_room(policy.may_administer)
def withdraw(organisation: Organisation, invitation_id: UUID) -> Response:
    """Take an invitation back."""
    _belongs(get(Invitation, invitation_id), organisation)
    services.withdraw_invitation(g.actor, invitation_id)
    flash(gettext("The invitation has been withdrawn."), "success")
    return see_other(".members", slug=organisation.slug)


@bp.route("/<slug>/members/<uuid:membership_id>/", methods=["GET", "POST"])
@organisation_room(policy.may_administer)
def member(organisation: Organisation, membership_id: UUID) -> Answer:
    """Give a member another role."""
    membership = get(Membership, membership_id)
    _belongs(membership, organisation)
    form = RoleForm(obj=membership)
    if form.validate_on_submit():
        try:
            services.change_role(g.actor, membership.id, form.role.data)
        except Conflict as error:
            form.form_errors.append(error.message)
        else:
            flash(gettext("The role has been changed."), "success")
            return see_other(".members", slug=organisation.slug)
    return render_template(
        "organisations/member.html", organisation=organisation, membership=membership, form=form,
        rights=words.ROLE_RIGHTS,
    ), 422 if form.errors else 200  # fmt: skip


@bp.post("/<slug>/members/<uuid:membership_id>/remove/")
@organisation_room(policy.may_administer)
def remove(organisation: Organisation, membership_id: UUID) -> Response:
    """Let a member act for the organisation no more."""
    _belongs(get(Membership, membership_id), organisation)
    services.remove_member(g.actor, membership_id)
    flash(gettext("They do not act for the organisation any more."), "success")
    return see_other(".members", slug=organisation.slug)


@bp.route("/<slug>/edit/", methods=["GET", "POST"])
@organisation_room(policy.may_administer)
def edit(organisation: Organisation) -> Answer:
    """Say what the organisation is, in both languages."""
    form = OrganisationForm(organisation)

    def save() -> None:
        services.change_organisation(g.actor, organisation.id, form.details, form.version.data)

    def reread() -> tuple[OrganisationForm, int]:
        return OrganisationForm(organisation, formdata=None), organisation.version

    if not form.is_submitted():
        form.begin(organisation.version)
    elif form.validate() and form.carried_out(save, reread):
        flash(gettext("The changes have been saved."), "success")
        return see_other(".members", slug=organisation.slug)
    return render_template("organisations/edit.html", organisation=organisation, form=form), form.status


def _belongs(row: Invitation | Membership, organisation: Organisation) -> None:
    if row.organisation_id != organisation.id:
        raise NotFound


def _invite_form(organisation: Organisation) -> FlaskForm | None:
    if policy.may_administer(g.actor, organisation.id):
        return InviteForm()
    is_headless = queries.is_headless(organisation.id)
    if policy.may_invite(g.actor, organisation.id, "administrator", is_headless=is_headless):
        return FirstInviteForm()
    return None


def _members(organisation: Organisation, form: FlaskForm | None) -> str:
    is_administrator = policy.may_administer(g.actor, organisation.id)
    return render_template(
        "organisations/members.html",
        organisation=organisation,
        members=queries.list_members(organisation.id),
        invitations=queries.list_invitations(organisation.id) if form else [],
        form=form,
        is_administrator=is_administrator,
        roles=words.ROLES,
        rights=words.ROLE_RIGHTS,
    )
