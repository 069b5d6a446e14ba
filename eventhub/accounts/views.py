"""Signing in and out, beginning an account, and looking after it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext

from eventhub.foundation.errors import Invalid
from eventhub.foundation.permissions import is_signed_in, signed_in
from eventhub.foundation.web import private_page, safe_next, see_other
from eventhub.people import services as people
from eventhub.people.forms import ProfileForm

from . import limits, queries, services, sessions
from .forms import AddressForm, BeginForm, PasswordForm, ResetForm, SignInForm

bp = Blueprint("accounts", __name__, url_prefix="/<any(en,zh):lang>")


@bp.route("/sign-in/", methods=["GET", "POST"])
def sign_in():
    """Sign in, and go on to where the person came from."""
    target = _next()
    if is_signed_in(g.actor):
        return redirect(target, 303)
    form, status = SignInForm(), 200
    if form.validate_on_submit():
        if not limits.may_try(form.address.normalised):
            form.form_errors.append(gettext("Too many tries. Please wait five minutes, then try again."))
            status = 429
        elif account := queries.find_by_password(form.address.normalised, form.password.data or ""):
            sessions.sign_in(account)
            return redirect(target, 303)
        else:
            form.form_errors.append(gettext("This address and this password do not belong together."))
    return render_template("accounts/sign_in.html", form=form, target=target), status


@bp.post("/sign-out/")
def sign_out():
    """Sign out, everywhere."""
    if account := sessions.current_account():
        services.sign_out(g.actor, account.id)
    sessions.sign_out()
    flash(gettext("You have signed out on all devices."), "success")
    return see_other(".sign_in")


@bp.route("/sign-up/", methods=["GET", "POST"])
def sign_up():
    """Ask for the letter by which an account begins."""
    form, status = AddressForm(), 200
    if form.validate_on_submit():
        if limits.may_ask_for_letter(form.address.normalised):
            services.sign_up(g.actor, form.address.normalised, g.lang)
            session["next"] = _next()
            flash(
                gettext("A letter is on its way to this address. Please open the link in it within three days."), "info"
            )
            return see_other(".sign_in")
        status = _too_many_letters(form)
    return render_template("accounts/sign_up.html", form=form, target=_next()), status


@bp.route("/confirm/<token>/", methods=["GET", "POST"])
@private_page
def confirm(token):
    """Begin an account by the link of its letter."""
    account = queries.get_by_link("confirm", token)
    form = BeginForm()
    if form.validate_on_submit():
        target = safe_next(session.get("next"), url_for("pages.desk"))
        sessions.sign_in(services.confirm_address(g.actor, token, form.names, form.password.data))
        flash(gettext("Your account is ready, and you are signed in."), "success")
        return redirect(target, 303)
    return render_template("accounts/confirm.html", form=form, account=account)


@bp.route("/reset/", methods=["GET", "POST"])
def ask_for_reset():
    """Ask for the letter by which a forgotten password is replaced."""
    form, status = AddressForm(), 200
    if form.validate_on_submit():
        if limits.may_ask_for_letter(form.address.normalised):
            services.ask_for_reset(g.actor, form.address.normalised)
            flash(
                gettext("If this address has an account, a letter is on its way. Its link is good for 30 minutes."),
                "info",
            )
            return see_other(".sign_in")
        status = _too_many_letters(form)
    return render_template("accounts/ask_for_reset.html", form=form), status


@bp.route("/reset/<token>/", methods=["GET", "POST"])
@private_page
def reset(token):
    """Choose another password by the link of a letter."""
    account = queries.get_by_link("reset", token)
    form = ResetForm()
    if form.validate_on_submit():
        sessions.sign_in(services.reset_password(g.actor, token, form.password.data))
        flash(gettext("The new password is in force, and you are signed in."), "success")
        return see_other("pages.desk")
    return render_template("accounts/reset.html", form=form, account=account)


@bp.route("/account/", methods=["GET", "POST"])
@signed_in
def account():
    """See and change one's own profile."""
    own = queries.get_account_of(g.actor.person_id)
    form = ProfileForm(own.person)
    if form.validate_on_submit():
        people.change_profile(g.actor, own.person_id, form.profile)
        flash(gettext("Your profile has been saved."), "success")
        return see_other(".account")
    return render_template("accounts/account.html", form=form, account=own)


@bp.route("/account/password/", methods=["GET", "POST"])
@signed_in
def change_password():
    """Choose another password, knowing the present one."""
    own = queries.get_account_of(g.actor.person_id)
    form, status = PasswordForm(), 200
    if form.validate_on_submit():
        if not limits.may_try(own.address):
            form.form_errors.append(gettext("Too many tries. Please wait five minutes, then try again."))
            status = 429
        else:
            try:
                changed = services.change_password(g.actor, own.id, form.present.data or "", form.password.data or "")
            except Invalid as error:
                form.present.errors = [error.message]
            else:
                sessions.sign_in(changed)
                flash(gettext("The new password is in force. All other devices are signed out."), "success")
                return see_other(".account")
    return render_template("accounts/change_password.html", form=form), status


def _next() -> str:
    return safe_next(request.values.get("next"), url_for("pages.desk"))


def _too_many_letters(form: AddressForm) -> int:
    form.form_errors.append(
        gettext("Several letters have been sent to this address already. Please look there, or try again in an hour.")
    )
    return 429
