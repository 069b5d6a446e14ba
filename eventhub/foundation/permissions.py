"""How a page says who may open it: each route names its policy, or stands in the short list of public ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import g, redirect, request, url_for
from flask_babel import gettext

from .actor import Actor
from .errors import Forbidden, NotFound

View = TypeVar("View", bound=Callable[..., Any])


def require(allowed: bool, *, hidden: bool = False) -> None:  # noqa: FBT001 - `require(may_x(actor, thing))`
    """Go on only where it is allowed; else Forbidden, or NotFound where the thing must not be known to exist."""
    if not allowed:
        raise NotFound if hidden else Forbidden(gettext("You may not do this."))


def declares(policy: Callable[..., bool]) -> Callable[[View], View]:
    """Say which policy guards a view; the view itself, or what it calls, asks it."""

    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]  # read by the guards in the tests
        return view

    return mark


def is_signed_in(actor: Actor) -> bool:
    """Whether the actor has signed in."""
    return actor.kind == "member"


def keeps_the_site(actor: Actor) -> bool:
    """Whether the actor keeps the service running."""
    return actor.is_operator


def holds_a_link(actor: Actor) -> bool:
    """Whether the page is one that a private link opens: the view looks at the token itself."""
    return actor.kind in {"visitor", "link", "member"}


def signed_in(view: View) -> View:
    """Let only people who have signed in open a page; others are led to sign in and come back."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not is_signed_in(g.actor):
            where = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("accounts.sign_in", next=where))
        return view(*args, **kwargs)

    return declares(is_signed_in)(guarded)  # type: ignore[return-value]
