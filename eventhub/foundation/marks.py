"""Marks by which something is recognised when it comes again, and from which nobody without the site's key learns it.

A mark is an HMAC under a key that is made from the site's secret key, another for each purpose. What was marked under
an older secret key is recognised as long as that is among the fallbacks.
"""

from __future__ import annotations

import hmac
from typing import cast

from flask import Flask, current_app

from eventhub.config import Settings

# All purposes, in one place: each is a salt, and none may serve twice.
PURPOSES = frozenset({"ended_letters"})


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application the keys of its marks."""
    secrets = [settings.secret_key, *settings.secret_key_fallbacks]
    app.extensions["eventhub_marks"] = {
        purpose: [hmac.digest(secret.encode(), b"eventhub.mark." + purpose.encode(), "sha256") for secret in secrets]
        for purpose in PURPOSES
    }


def marks_of(purpose: str, text: str) -> list[str]:
    """All marks that a text may have been given; the first is the one that it gets now."""
    keys = cast("dict[str, list[bytes]]", current_app.extensions["eventhub_marks"])[purpose]
    return [hmac.digest(key, text.encode(), "sha256").hex() for key in keys]
