"""Signing in and out: what the cookie holds and what it is good for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, redirect, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from eventhub.foundation import clock
from eventhub.foundation.db import db
from eventhub.foundation.wechat import leave_if_inside

from .models import Account

# How long after a password was written nobody is asked for it again.
SURE_FOR = timedelta(minutes=10)
# The data of more people than these leave the site only after it.
UNASKED = 100

manager = LoginManager()
manager.session_protection = None  # a phone changes its address all day; the cookie is HttpOnly and bound to a number


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What flask-login keeps of an account: its id with its session number, which a new password raises."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        """The account and the number its sessions have today."""
        return f"{self.account.id}:{self.account.session_number}"


def init_app(app: Flask) -> None:
    """Let an application know who is signed in."""
    manager.init_app(app)


@manager.user_loader  # type: ignore[untyped-decorator]  # flask-login has no types
def _load(key: str) -> SignedIn | None:
    account_id, _, number = key.partition(":")
    account = db.session.get(Account, UUID(account_id))
    return SignedIn(account) if account is not None and str(account.session_number) == number else None


def current_account() -> Account | None:
    """The account that is signed in in this request."""
    user: Any = current_user
    return user.account if user and user.is_authenticated else None


def sign_in(account: Account) -> None:
    """Begin a session of an account; whatever the browser held before is dropped."""
    session.clear()
    login_user(SignedIn(account))
    be_sure(account)


def be_sure(account: Account) -> None:
    """Note that whoever sits before this browser has just written the account's password."""
    session["sure"] = [str(account.id), account.session_number, int(clock.now().timestamp())]


def is_sure() -> bool:
    """Whether the password was written in this browser, for the account that is signed in, some minutes ago."""
    account, noted = current_account(), session.get("sure")
    if account is None or not isinstance(noted, list) or noted[:2] != [str(account.id), account.session_number]:
        return False
    return bool(timedelta(0) <= clock.now() - datetime.fromtimestamp(noted[2], UTC) < SURE_FOR)


def must_make_sure(people: int) -> bool:
    """Whether the password is to be written once more before the data of so many people leave the site."""
    return people > UNASKED and not is_sure()


def make_sure_first(people: int, back: str) -> Response | None:
    """The way to the page that asks for it, and from there back to an address of ours; None where it need not.

    Ends a request from inside WeChat, where nobody could save the file for which they would write their password.
    """
    leave_if_inside()
    return redirect(url_for("accounts.make_sure", next=back), 303) if must_make_sure(people) else None


def sign_out() -> None:
    """End this browser's session."""
    logout_user()
    session.clear()
