"""Saying what certificates say, issuing and revoking them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext

from eventhub.attendance import policy
from eventhub.attendance import queries as attendance
from eventhub.attendance.models import WalkIn
from eventhub.attendance.signals import (
    CertificateIssued,
    CertificatePlanChanged,
    CertificateRevoked,
    CertificatesIssued,
    ListPrinted,
)
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import EMPTY, Translated
from eventhub.foundation.permissions import require
from eventhub.people.names import Names
from eventhub.programme.models import SessionRole

from . import queries, texts
from .models import Certificate, CertificatePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What organisers say of an event's certificates: the plan's columns of the same names."""

    form: str = "both"
    least_sessions: int = 0
    least_share: int = 0
    title: Translated = EMPTY
    text: Translated = EMPTY
    speaking_text: Translated = EMPTY
    signatory: Translated = EMPTY
    signatory_title: Translated = EMPTY


@use_case
def change_plan(actor: Actor, event_id: UUID, plan: Plan, version: int | None = None) -> CertificatePlan:
    """The event's plan as it is said now; certificates that were issued stay as they are.

    Raises Invalid where a text has a word in braces that means nothing, Stale where somebody saved since `version`.
    """
    event = _enter(actor, event_id)
    row = _plan(event)
    check_version(row, version)
    for name in ("text", "speaking_text"):
        for lang, text in getattr(plan, name).texts.items():
            if wrong := texts.unknown_places(text):
                known = " ".join(f"{{{place}}}" for place in texts.PLACEHOLDERS)
                message = gettext("{%(wrong)s} means nothing here. There are: %(known)s", wrong=wrong[0], known=known)
                raise Invalid(f"{name}_{lang}", message)
    for name in Plan.__dataclass_fields__:
        setattr(row, name, getattr(plan, name))
    announce(CertificatePlanChanged(event.id))
    return row


@use_case
def issue_certificates(actor: Actor, event_id: UUID) -> int:
    """How many certificates were issued: to all who have earned one and never had any.

    Whose was revoked gets another one only where somebody issues it anew to them by name. Raises Conflict where the
    event is not over, or was cancelled.
    """
    event = _enter(actor, event_id)
    _check_over(event)
    plan = _plan(event)
    have = {(one.kind, one.whose_id) for one in queries.list_certificates(event)}
    new = []
    for earned in queries.list_earned(event, plan):
        row = earned.registration
        if ("attendance", row.id) not in have:
            said = texts.said_of(event, plan, "attendance", row.name, sessions=earned.sessions)
            new.append(_issue(actor, event, "attendance", row.name, said, registration_id=row.id))
    for speaker, parts in queries.list_speakers(event):
        if ("speaking", speaker.id) not in have:
            new.append(_issue_to_speaker(actor, event, plan, speaker.id, speaker.person.names, parts))
    if new:
        announce(CertificatesIssued(event.id, tuple(one.id for one in new)))
    return len(new)


@use_case
def issue_to_walk_in(actor: Actor, event_id: UUID, walk_in_id: UUID) -> Certificate:
    """A certificate of attendance for somebody who came without a registration, in the name that the door took.

    Nobody issues these to all at once: what was typed in a hurry at a door is looked at first. Raises NotFound for
    whoever did not come, was erased or had one, and Conflict where the event is not over, or was cancelled.
    """
    event = _enter(actor, event_id)
    _check_over(event)
    walk_in = next((one for one in queries.list_walk_ins(event) if one.id == walk_in_id), None)
    if walk_in is None:
        raise NotFound
    return _issue_to_walk_in(actor, event, walk_in)


@use_case
def reissue_certificate(actor: Actor, certificate_id: UUID) -> Certificate:
    """A new certificate with the name and the words of today, the old one revoked.

    Raises Conflict where it was revoked and its person has another one, or was erased.
    """
    old = get(Certificate, certificate_id, lock=True)
    event = _enter(actor, old.event_id)
    if old.revoked_at is not None and not queries.may_have_another(old):
        raise Conflict(gettext("This certificate was revoked already."))
    plan = _plan(event)
    if old.registration is not None:
        earned = {one.registration.id: one.sessions for one in queries.list_earned(event, plan)}
        sessions = earned.get(old.registration.id, 0)
        said = texts.said_of(event, plan, "attendance", old.registration.name, sessions=sessions)
        new = _issue(actor, event, "attendance", old.registration.name, said, registration_id=old.registration.id)
    elif old.walk_in is not None:
        new = _issue_to_walk_in(actor, event, old.walk_in)
    else:
        assert old.speaker is not None  # each is somebody's
        parts = next((parts for one, parts in queries.list_speakers(event) if one.id == old.speaker_id), [])
        new = _issue_to_speaker(actor, event, plan, old.speaker.id, old.speaker.person.names, parts)
    _revoke(old)
    return new


@use_case
def revoke_certificate(actor: Actor, certificate_id: UUID) -> Certificate:
    """The certificate, not good any more; doing it twice is as good as once."""
    certificate = get(Certificate, certificate_id, lock=True)
    _enter(actor, certificate.event_id)
    _revoke(certificate)
    return certificate


@use_case
def note_printed(actor: Actor, event_id: UUID, rows: int) -> None:
    """The audit line without which no names leave the service."""
    announce(ListPrinted(_enter(actor, event_id).id, "certificates", rows))


def name_today(certificate: Certificate) -> str:
    """What its person is called now: another name than on it means that a new one may be wanted."""
    if certificate.registration is not None:
        return certificate.registration.name
    if certificate.walk_in is not None:
        return certificate.walk_in.name
    names = certificate.speaker.person.names if certificate.speaker else Names()
    return _spelt(names)


def _enter(actor: Actor, event_id: UUID) -> Event:
    """The event, locked, so that two at once issue one certificate each."""
    event = get(Event, event_id, lock=True)
    require(policy.may_issue_certificates(actor, event), hidden=True)
    return event


def _check_over(event: Event) -> None:
    if not event.is_over() or event.status != "published":
        raise Conflict(gettext("Certificates are issued when the event is over."))


def _plan(event: Event) -> CertificatePlan:
    """The event's plan, made where there is none yet."""
    plan = queries.find_plan(event)
    if plan is None:
        plan = CertificatePlan(event_id=event.id)
        db.session.add(plan)
        db.session.flush()
    return plan


def _issue(actor: Actor, event: Event, kind: str, name: str, said: dict[str, Any], **whose: UUID) -> Certificate:
    code = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    certificate = Certificate(
        event_id=event.id,
        kind=kind,
        code=code,
        code_digest=queries.digest_of(code),
        name=name,
        said=said,
        person_id=actor.person_id,
        **whose,
    )
    db.session.add(certificate)
    db.session.flush()
    announce(CertificateIssued(event.id, certificate.id))
    return certificate


def _issue_to_walk_in(actor: Actor, event: Event, walk_in: WalkIn) -> Certificate:
    came = attendance.arrivals_of(event, [walk_in.id]).get(walk_in.id, [])
    held = {session.id for session in attendance.list_sessions(event)}
    sessions = len({arrival.session_id for arrival in came} & held)
    said = texts.said_of(event, _plan(event), "attendance", walk_in.name, sessions=sessions)
    return _issue(actor, event, "attendance", walk_in.name, said, walk_in_id=walk_in.id)


def _issue_to_speaker(
    actor: Actor, event: Event, plan: CertificatePlan, speaker_id: UUID, names: Names, parts: Sequence[SessionRole]
) -> Certificate:
    said = texts.said_of(event, plan, "speaking", names, parts=parts)
    return _issue(actor, event, "speaking", _spelt(names), said, speaker_id=speaker_id)


def _spelt(names: Names) -> str:
    return " ".join(filter(None, (names.han, names.latin)))


def _revoke(certificate: Certificate) -> None:
    if certificate.revoked_at is None:
        certificate.revoked_at = clock.now()
        announce(CertificateRevoked(certificate.event_id, certificate.id))
