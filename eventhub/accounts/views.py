"""Signing in and out, beginning an account, and looking after it."""

from __future__ import annotations

from functools import wraps
from typing import Any, cast

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm

from eventhub.foundation import files, proofs
from eventhub.foundation.errors import DomainError, Invalid, NotFound, TooMany
from eventhub.foundation.files_web import PictureForm, takes_files
from eventhub.foundation.permissions import View, is_signed_in, signed_in
from eventhub.foundation.web import private_page, safe_next, see_other
from eventhub.people import services as people
from eventhub.people.forms import ProfileForm

from . import limits, queries, services, sessions
from .forms import AddressForm, BeginForm, PasswordForm, ResetForm, SignInForm, SureForm
from .models import Account

bp = Blueprint("accounts", __name__, url_prefix="/<any(en,zh):lang>")


@bp.route("/sign-in/", methods=["GET", "POST"])
def sign_in():
    """Sign in, and go on to where the person came from."""
    target = _next()
    if is_signed_in(g.actor):
        return redirect(target, 303)
    form, refusal = SignInForm(), None
    if form.validate_on_submit():
        try:
            limits.count_try(form.address.normalised)
            account = queries.get_by_password(form.address.normalised, form.password.data or "")
        except DomainError as error:
            refusal = error
        else:
            sessions.sign_in(account)
            return redirect(target, 303)
    return _page("accounts/sign_in.html", form, refusal, target=target)


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
    form, refusal = AddressForm(), None
    if form.validate_on_submit():
        try:
            proof = proofs.look_at("sign_up")
            limits.count_letter(form.address.normalised)
            proofs.spending(g.actor, proof, lambda: services.sign_up(g.actor, form.address.normalised, g.lang))
        except (Invalid, TooMany) as error:
            refusal = error
        else:
            session["next"] = _next()
            return see_other(".sent", letter="confirm", next=_next())
    return _page("accounts/sign_up.html", form, refusal, target=_next())


@bp.get("/letter-sent/<any(confirm, reset, links):letter>/")
def sent(letter):
    """Where to look for the letter that somebody has asked for; it never tells whether there is one."""
    return render_template("accounts/sent.html", letter=letter, target=_next())


def _led_by_letter(view: View) -> View:
    """Tell whoever comes by a link that is used, too old or none of ours where another one can be had."""

    @wraps(view)
    def guarded(token: str) -> Any:
        try:
            return view(token)
        except NotFound:
            return render_template("accounts/link_ended.html", letter=view.__name__), 404

    return cast(View, guarded)


@bp.route("/confirm/<token>/", methods=["GET", "POST"])
@private_page
@_led_by_letter
def confirm(token):
    """Begin an account by the link of its letter."""
    account = queries.get_by_link("confirm", token)
    form = BeginForm()
    if form.validate_on_submit():
        target = safe_next(session.get("next"), url_for("pages.desk"))
        sessions.sign_in(services.confirm_address(g.actor, token, form.names, form.password.data))
        flash(gettext("Your account is ready, and you are signed in."), "success")
        return redirect(target, 303)
    return _page("accounts/confirm.html", form, account=account)


@bp.route("/reset/", methods=["GET", "POST"])
def ask_for_reset():
    """Ask for the letter by which a forgotten password is replaced."""
    form, refusal = AddressForm(), None
    if form.validate_on_submit():
        try:
            proof = proofs.look_at("reset")
            limits.count_letter(form.address.normalised)
            proofs.spending(g.actor, proof, lambda: services.ask_for_reset(g.actor, form.address.normalised))
        except (Invalid, TooMany) as error:
            refusal = error
        else:
            return see_other(".sent", letter="reset")
    return _page("accounts/ask_for_reset.html", form, refusal)


@bp.route("/reset/<token>/", methods=["GET", "POST"])
@private_page
@_led_by_letter
def reset(token):
    """Choose another password by the link of a letter."""
    account = queries.get_by_link("reset", token)
    form = ResetForm()
    if form.validate_on_submit():
        sessions.sign_in(services.reset_password(g.actor, token, form.password.data))
        flash(gettext("The new password is in force, and you are signed in."), "success")
        return see_other("pages.desk")
    return _page("accounts/reset.html", form, account=account)


@bp.route("/account/", methods=["GET", "POST"])
@signed_in
def account():
    """See and change one's own profile."""
    own = _own_account()
    form = ProfileForm(own.person)
    if form.validate_on_submit():
        people.change_profile(g.actor, own.person_id, form.profile)
        flash(gettext("Your profile has been saved."), "success")
        return see_other(".account")
    return _page("accounts/account.html", form, account=own, photo_form=PictureForm(formdata=None))


@bp.route("/account/photo/", methods=["GET", "POST"])
@takes_files(files.MOST_BYTES_OF_A_PICTURE)
@signed_in
def photo():
    """Send one's own photograph, or another."""
    own = _own_account()
    form = PictureForm()
    if form.validate_on_submit() and form.carried_out(lambda upload: people.set_photo(g.actor, own.person_id, upload)):
        flash(gettext("Your photograph is in place."), "success")
        return see_other(".account")
    return _page("accounts/photo.html", form, account=own)


@bp.post("/account/photo/remove/")
@signed_in
def remove_photo():
    """No photograph any more."""
    people.remove_photo(g.actor, _own_account().person_id)
    flash(gettext("Your photograph is removed."), "success")
    return see_other(".account")


@bp.route("/account/password/", methods=["GET", "POST"])
@signed_in
def change_password():
    """Choose another password, knowing the present one."""
    own = _own_account()
    form, refusal = PasswordForm(), None
    if form.validate_on_submit():
        try:
            limits.count_try(own.address)
            changed = services.change_password(g.actor, own.id, form.present.data or "", form.password.data or "")
        except DomainError as error:
            refusal = error
        else:
            sessions.sign_in(changed)
            flash(gettext("The new password is in force. All other devices are signed out."), "success")
            return see_other(".account")
    return _page("accounts/change_password.html", form, refusal)


@bp.route("/account/make-sure/", methods=["GET", "POST"])
@signed_in
def make_sure():
    """Write the password once more before something that must not happen to a browser left open."""
    own, target = _own_account(), _next()
    form = SureForm()
    refusal: DomainError | None = None
    if form.validate_on_submit():
        try:
            limits.count_try(own.address)
            account = queries.get_by_password(own.address, form.password.data or "")
        except TooMany as error:
            refusal = error
        except Invalid:
            refusal = Invalid("password", gettext("This is not your password."))
        else:
            sessions.be_sure(account)
            return redirect(target, 303)
    return _page("accounts/make_sure.html", form, refusal, target=target)


def _own_account() -> Account:
    account = sessions.current_account()
    assert account  # these pages are for those who have signed in
    return account


def _next() -> str:
    return safe_next(request.values.get("next"), url_for("pages.desk"))


def _page(template: str, form: FlaskForm, refusal: DomainError | None = None, **values: Any) -> tuple[str, int]:
    """The form, with what is wrong with it."""
    if isinstance(refusal, Invalid) and refusal.field in form:
        form[refusal.field].errors = [refusal.message]
    elif refusal:
        form.form_errors.append(refusal.message)
    status = refusal.status if refusal else 422 if form.errors else 200
    return render_template(template, form=form, **values), status
