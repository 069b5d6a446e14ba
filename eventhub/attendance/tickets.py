"""Tickets: short codes that say whose place it is, and that a phone can check without asking anybody.

A code is 93 bytes in base 32, which a QR code packs well: a format number, the registration, the beginning of the
event's id, the number of the registration's link, and a signature over these. Signing is by a private key (ECDSA on
P-256, which every browser can check) that is derived from the secret key and kept nowhere; a phone at the door has
only the public ones, so that no stolen phone can make a ticket. Raising the link's number ends a ticket with the link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app

from eventhub.registrations.models import Place, Registration

from .models import ONLINE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FORMAT = 1
LENGTH = 149
_SIGNED, _SIGNATURE = 29, 64
_MASK = 3
# The order of the curve (SEC 2, 2.4.2).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a code says, before anybody has asked whether it is still good."""

    registration_id: UUID
    event_mark: bytes
    number: int

    def is_for(self, event_id: UUID) -> bool:
        """Whether it is a ticket of this event."""
        return self.event_mark == event_id.bytes[:8]


def has_ticket(place: Place) -> bool:
    """Whether a place is one to be let in with: confirmed, and in a room."""
    return place.state == "confirmed" and place.pool.mode != ONLINE


def code_of(registration: Registration) -> str:
    """The registration's ticket, as it stands in a QR code; the same as long as its link has the same number."""
    mark = registration.event_id.bytes[:8]
    number = registration.link_number.to_bytes(4, "big")
    said = bytes([FORMAT]) + registration.id.bytes + mark + number
    return base64.b32encode(said + _sign(said)).decode().rstrip("=")


def read(code: str) -> Ticket | None:
    """What a code says, if one of our keys has signed it; None for anything else."""
    code = "".join(code.split()).upper()
    try:
        raw = base64.b32decode(code + "=" * (-len(code) % 8)) if len(code) == LENGTH and code.isascii() else b""
    except binascii.Error:
        raw = b""
    if len(raw) != _SIGNED + _SIGNATURE or raw[0] != FORMAT or not _is_signed(raw[:_SIGNED], raw[_SIGNED:]):
        return None
    return Ticket(UUID(bytes=raw[1:17]), raw[17:25], int.from_bytes(raw[25:29], "big"))


def public_keys() -> list[dict[str, str]]:
    """What a phone checks tickets with, as JSON Web Keys: ours, and those of former secret keys."""
    found = []
    for secret in _secrets():
        numbers = _key(secret).public_key().public_numbers()
        x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).decode().rstrip("=") for n in (numbers.x, numbers.y))
        found.append({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    return found


def svg_of(text: str) -> str:
    """A QR code as a drawing to stand in a page, dark on light whatever the page's colours; it is decoration there.

    Each has the same mask: to find its best one takes three quarters of the time that a code takes, and of what is as
    good as random, as a signature is, no mask makes a code that is easier to read.
    """
    import segno  # here: only a few pages show one

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK)
    code.save(out, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True)
    return out.getvalue().decode()


def matrix_of(text: str) -> list[str]:
    """A QR code as rows of 0 and 1, for a document that draws it itself."""
    import segno  # as above

    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix
    return ["".join(str(int(bool(cell))) for cell in row) for row in rows]


def _secrets() -> list[str]:
    settings: Any = current_app.extensions["eventhub_settings"]
    return [settings.secret_key, *settings.secret_key_fallbacks]


@lru_cache(16)
def _key(secret: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec  # here: it takes 10 MB, and few pages need it

    # 128 bits more than the order has, so that no number is likelier than another (FIPS 186-5, A.2.1).
    wide = hmac.digest(secret.encode(), b"eventhub.ticket", hashlib.sha384)
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _sign(said: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    # By RFC 6979: the same ticket has the same code on every page, and no weak randomness can tell the key.
    signature = _key(_secrets()[0]).sign(said, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(signature)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _is_signed(said: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    written = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    for secret in _secrets():
        try:
            _key(secret).public_key().verify(written, said, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return True
    return False
