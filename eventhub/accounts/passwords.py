"""Passwords: hashed by argon2id, compared in the same time whether there is an account or not."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10

hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return hasher.hash(password)


def is_right(digest: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed; without a hash it takes as long and is never right."""
    try:
        return hasher.verify(digest or _nobody(), password) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(1)
def _nobody() -> str:
    return hasher.hash("there is no such account")
