"""Texts that lie unreadable in the database: whoever takes it away, or reads a backup, learns nothing from them.

A text is sealed under a key that is made from the site's secret key, another for each purpose, and bound to what it
belongs to: moved to another row it cannot be opened. Older secret keys stay good for reading.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

from eventhub.config import Settings

# All purposes, in one place: each is a salt, and none may serve twice.
PURPOSES = frozenset({"answers", "passport", "calendar", "robots", "push"})
_NONCE = 12


def init_app(app: Flask, settings: Settings) -> None:
    """Give an application the keys of its seals."""
    secrets = [settings.secret_key, *settings.secret_key_fallbacks]
    app.extensions["eventhub_seals"] = {
        purpose: [
            AESGCM(hmac.digest(secret.encode(), b"eventhub.seal." + purpose.encode(), "sha256")) for secret in secrets
        ]
        for purpose in PURPOSES
    }


def seal(purpose: str, text: str, owner: str) -> str:
    """A text that only this site can read, and only as what belongs to `owner`."""
    nonce = os.urandom(_NONCE)
    sealed = _keys(purpose)[0].encrypt(nonce, text.encode(), owner.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(purpose: str, sealed: str, owner: str) -> str | None:
    """The text; None where no key of this site opens it, or it belongs to something else."""
    try:
        raw = base64.b64decode(sealed.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None
    for key in _keys(purpose):
        try:
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode()).decode()
        except (InvalidTag, ValueError):
            continue
    return None


def _keys(purpose: str) -> list[AESGCM]:
    return cast("dict[str, list[AESGCM]]", current_app.extensions["eventhub_seals"])[purpose]
