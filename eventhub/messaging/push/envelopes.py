"""What a push service is given: a message that it cannot read, and a signed word on who sends it.

The cryptography is the library's; ours is the order in which RFC 8291 (Message Encryption for Web Push), RFC 8188
(`aes128gcm`) and RFC 8292 (VAPID) put it together.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
# The one record holds the message, a mark and a tag; a push service need not take more (RFC 8030 §7.2).
RECORD = 4096
LONGEST = RECORD - 86 - 17
# Lengths tell of contents: shorter messages are made as long as this one.
PADDED = 2048
# For how many seconds a signed word is good; a day is the most that there may be.
GOOD_FOR = 12 * 3600


def encode(raw: bytes) -> str:
    """Bytes as URLs and browsers write them: base64url without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes that a browser wrote so; raises ValueError where it is nothing of the kind."""
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error


def point_of(raw: bytes) -> ec.EllipticCurvePublicKey:
    """A browser's public key, as 65 bytes; raises ValueError where it is no point of the curve."""
    if len(raw) != 65:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)


def _bytes_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def sealed(
    message: bytes, theirs: bytes, auth: bytes, *, salt: bytes, ours: ec.EllipticCurvePrivateKey, length: int = PADDED
) -> bytes:
    """A message that only the browser with these keys can read; `salt` and the key `ours` are for this one alone.

    Raises ValueError for keys that are none, or for a message that is too long.
    """
    if len(message) > LONGEST:
        raise ValueError("too long for one message")
    there, here = point_of(theirs), _bytes_of(ours.public_key())
    shared = _derived(auth, ours.exchange(ec.ECDH(), there), b"WebPush: info\0" + theirs + here, 32)  # RFC 8291 §3.4
    key = _derived(salt, shared, b"Content-Encoding: aes128gcm\0", 16)  # RFC 8188 §2.2 and §2.3
    nonce = _derived(salt, shared, b"Content-Encoding: nonce\0", 12)
    padded = message + b"\x02" + bytes(max(0, length - len(message)))
    header = salt + RECORD.to_bytes(4, "big") + len(here).to_bytes(1, "big") + here
    return header + AESGCM(key).encrypt(nonce, padded, None)


@dataclass(frozen=True)
class SiteKey:
    """The key by which push services know this site; `text` is what the operator has set."""

    text: str

    @cached_property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        raw = decode(self.text)
        if len(raw) != 32:
            raise ValueError("not a key")
        return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)

    @cached_property
    def public(self) -> str:
        """What browsers are told of it."""
        return encode(_bytes_of(self._private.public_key()))

    def authorisation(self, endpoint: str, subject: str, now: float) -> str:
        """The header by which a push service knows who sends, and whom to write to; `now` in seconds since 1970."""
        parts = urlsplit(endpoint)
        claims: dict[str, str | int] = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(now) + GOOD_FOR,
            "sub": subject,
        }
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        token = f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        return f"vapid t={token}, k={self.public}"


def _json(value: Mapping[str, str | int]) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())


@lru_cache(4)
def site_key(text: str) -> SiteKey:
    """The key that an operator has set; raises ValueError where it is none."""
    key = SiteKey(text)
    assert key.public  # which reads the private one
    return key


def new_key() -> str:
    """A new key, to be set."""
    private = ec.generate_private_key(CURVE)
    return encode(private.private_numbers().private_value.to_bytes(32, "big"))
