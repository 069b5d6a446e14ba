"""Proof of work: a form that makes letters costs a browser a moment of calculating, and whoever sends thousands hours.

The challenge is one of altcha's, in its first format: find the number whose hash with the salt is this. Its salt says
which form it is for and until when, and each solution is good once, on all processes: that it was used is a row
which is written with what it paid for. Without JavaScript a plain question stands in for it, under a stricter limit;
its answer is bound in the same way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs
from uuid import UUID

from altcha.altcha import ChallengeOptions, create_challenge, verify_solution
from flask import Flask, current_app, g, request
from flask_babel import gettext
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from sqlalchemy import Index, delete
from sqlalchemy.exc import IntegrityError

from eventhub.config import Settings

from . import clock
from .actor import SYSTEM, Actor
from .db import add_row, db, use_case
from .errors import Invalid, TooMany
from .jobs import each_night
from .tables import Record
from .web import is_within, limiter, network_of_reader, settings

R = TypeVar("R")
# The forms that ask for one. A solution for one of them is good for no other.
FORMS = frozenset({"register", "delegation", "series", "links", "sign_up", "reset"})
GOOD_FOR = timedelta(hours=2)
# How many times as hard it may become for a network that sends more and more, and after how many each time.
MOST_TIMES, STEP, MINUTES = 8, 30, 5
# How many may answer the question instead, from one network in so many minutes.
MOST_ANSWERS = 10


class SpentProof(Record):
    """A proof that was used: its id is the beginning of its digest. It is forgotten some time after it ended."""

    __tablename__ = "spent_proofs"
    __table_args__ = (Index(None, "created_at"),)


_SPENT = f"pk_{SpentProof.__tablename__}"


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody paid with: the id under which it is remembered, or nothing where the site asks for nothing."""

    id: UUID | None


def init_app(app: Flask, settings: Settings) -> None:
    """Let the templates of an application ask for proofs; what was asked for under an older key is good, too."""
    known = [settings.secret_key, *settings.secret_key_fallbacks]
    app.extensions["eventhub_proofs"] = [hmac.digest(one.encode(), b"eventhub.proof", "sha256") for one in known]
    app.jinja_env.globals["proof_asked"] = asked


def asked(form: str) -> dict[str, Any] | None:
    """What a form asks for: a challenge as altcha writes it, and the question instead; None where nothing is asked."""
    assert form in FORMS
    most = settings().proof_of_work
    if not most:
        return None
    until = _now() + GOOD_FOR
    # The salt is long enough for the first half of what is hashed to be always the same: it is calculated once.
    options = ChallengeOptions(
        max_number=most * _times(), salt_length=24, hmac_key=_keys()[0], expires=until, params={"form": form}
    )
    challenge = create_challenge(options)
    # Whoever corrects another field has not to answer once more.
    kept = None if "unproven" in g else _token_sent(form)
    token = kept or f"{form}.{int(until.timestamp())}.{secrets.token_hex(8)}"
    first, second = _question(token)
    return {
        "challenge": json.dumps(challenge.to_dict()),
        "token": f"{token}.{_sign(_keys()[0], token)}",
        "answer": request.form.get("answer", "")[:20] if kept else "",
        "question": gettext("How much is %(first)s plus %(second)s?", first=first, second=second),
        "is_shown": "unproven" in g,
        "error": g.get("unproven", ""),
    }


def look_at(form: str) -> Proof:
    """The proof that came with a form. Raises Invalid, in words, where there is none that is good, and TooMany.

    It is good once: whoever carries out what it pays for spends it in the same transaction.
    """
    if not settings().proof_of_work:
        return Proof(None)
    _count()
    try:
        sent = request.form.get("proof", "")[:2000]
        return _solved(form, sent) if sent else _answered(form)
    except Invalid as refusal:
        g.unproven = refusal.message
        raise


def spending(actor: Actor, proof: Proof, work: Callable[[], R]) -> R:
    """Do something that a proof pays for, which is spent by it; where it comes to nothing, so does that."""
    if proof.id is None:
        return work()
    try:
        return _spending(actor, proof, work)
    except IntegrityError as error:
        if not _was_spent(error):
            raise
        g.unproven = _again()
        raise Invalid("proof", g.unproven) from None


@use_case
def _spending(actor: Actor, proof: Proof, work: Callable[[], R]) -> R:
    done = work()
    # Written with all the rest and not asked for first: hardly anybody sends the same twice, and for who does, all of
    # it is taken back.
    add_row(SpentProof, id=proof.id, created_at=clock.now())
    return done


def _was_spent(error: IntegrityError) -> bool:
    """Whether it was the proof that had been there, and nothing else of what was written."""
    told = getattr(error.orig, "diag", None)
    return told.constraint_name == _SPENT if told else f"{SpentProof.__tablename__}.id" in str(error.orig)


def _again() -> str:
    return str(gettext("This form was open for long, or was sent before. Please send it once more."))


def _solved(form: str, sent: str) -> Proof:
    try:
        payload = json.loads(base64.b64decode(sent, validate=True))
        number, salt = payload["number"], payload["salt"]
        if type(number) is not int or not isinstance(salt, str) or payload["algorithm"] != "SHA-256":
            raise ValueError
        is_good = any(verify_solution(payload, key)[0] for key in _keys())
        said = parse_qs(salt.partition("?")[2])
        if not is_good or said.get("form") != [form]:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise Invalid("proof", _again()) from None
    return _proof(payload["challenge"])


def _answered(form: str) -> Proof:
    """The answer to the question, by somebody without JavaScript."""
    token = _token_sent(form)
    if token is None:
        raise Invalid("proof", _again())
    answer = "".join(str(int(mark)) for mark in request.form.get("answer", "")[:20] if mark.isdecimal())
    if answer != str(sum(_question(token))):
        raise Invalid(
            "proof", gettext("Please answer the question above the button, so that we know you are a person.")
        )
    if not is_within("unproven", network_of_reader(), MOST_ANSWERS, MINUTES):
        text = gettext("Many people are sending this form without JavaScript. Please turn it on, or wait five minutes.")
        raise TooMany(text)
    return _proof(hashlib.sha256(token.encode()).hexdigest())


def _token_sent(form: str) -> str | None:
    """What the question was made of that came with a form; None where it is none of ours, or too old."""
    token, _, signature = request.form.get("asked", "")[:200].rpartition(".")
    is_ours = any(hmac.compare_digest(_sign(key, token).encode(), signature.encode()) for key in _keys())
    if not is_ours:
        return None
    name, until, _nonce = token.split(".")
    return token if name == form and int(until) >= _now().timestamp() else None


def _proof(digest: str) -> Proof:
    return Proof(UUID(digest[:32]))


def _question(token: str) -> tuple[int, int]:
    """Two small numbers, which only we make out of a token."""
    made = hmac.digest(_keys()[0], token.encode(), "sha256")
    return 2 + made[0] % 8, 2 + made[1] % 8


def _times() -> int:
    """How many times as hard it is for the reader's network now; no harder where nobody can count just now."""
    try:
        window = limiter.limiter.get_window_stats(_window(), "proofs", network_of_reader())
    except StorageError:  # a page is read all the same, and its form is refused until it can be counted
        return 1
    return min(MOST_TIMES, 1 + (_window().amount - window.remaining) // STEP)


def _count() -> None:
    limiter.limiter.hit(_window(), "proofs", network_of_reader())


def _window() -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(MOST_TIMES * STEP, MINUTES)


def _keys() -> list[bytes]:
    return cast("list[bytes]", current_app.extensions["eventhub_proofs"])


def _sign(key: bytes, token: str) -> str:
    return hmac.digest(key, token.encode(), "sha256").hex()[:32]


def _now() -> datetime:
    return clock.now().astimezone(UTC)


@each_night
def forget_spent() -> None:
    """Forget what was spent and would not be good any more."""
    _forget(SYSTEM, clock.now() - 2 * GOOD_FOR)


@use_case
def _forget(actor: Actor, before: datetime) -> None:
    db.session.execute(delete(SpentProof).where(SpentProof.created_at < before))
