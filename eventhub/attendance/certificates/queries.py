"""Finding certificates and whoever has earned one."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from eventhub.attendance import queries as attendance
from eventhub.attendance.models import Arrival, WalkIn
from eventhub.attendance.papers.bearers import split_name
from eventhub.events.models import Event
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.people.names import names_from
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.speaker_queries import shown_parts
from eventhub.registrations.models import Place, Registration

from .models import Certificate, CertificatePlan

# What people read and type for letters that the code has: the alphabet of base 32 has no 0, 1 and 8.
_MISREAD = str.maketrans("018", "OIB")
_NOBODYS = "A" * 26


def tidy(code: str) -> str:
    """A code as it is kept, however it was typed."""
    folded = unicodedata.normalize("NFKC", code[:100]).upper()  # a Chinese keyboard may write in full-width characters
    return "".join(mark for mark in folded.translate(_MISREAD) if mark.isalnum())


def digest_of(code: str) -> str:
    """By what a code is looked up."""
    return hashlib.sha256(code.encode()).hexdigest()


def is_valid(code: str) -> bool:
    """Whether a certificate of this code was issued and not revoked; it takes as long for one that there is not."""
    wanted = tidy(code)
    found = db.session.execute(
        select(Certificate.code, Certificate.revoked_at).where(Certificate.code_digest == digest_of(wanted))
    ).first()
    known, revoked_at = found or (_NOBODYS, None)
    is_same = hmac.compare_digest(known.encode(), wanted.encode())
    return is_same and found is not None and revoked_at is None


def find_plan(event: Event) -> CertificatePlan | None:
    """What the certificates of an event say, if anybody has said so."""
    return db.session.scalar(select(CertificatePlan).where(CertificatePlan.event_id == event.id))


def get_certificate(event: Event, certificate_id: UUID) -> Certificate:
    """A certificate, if it is one of this event; raises NotFound."""
    found = db.session.get(Certificate, certificate_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found


def list_certificates(event: Event, *, only_valid: bool = False) -> Sequence[Certificate]:
    """The certificates of an event, by name in Latin letters; those that were revoked after the others."""
    query = select(Certificate).where(Certificate.event_id == event.id)
    if only_valid:
        query = query.where(Certificate.revoked_at.is_(None))
    query = query.options(
        joinedload(Certificate.registration),
        joinedload(Certificate.walk_in),
        joinedload(Certificate.speaker).joinedload(Speaker.person),
    )
    found = db.session.scalars(query).all()
    return sorted(found, key=lambda one: (one.revoked_at is not None, one.kind, _read(one.name), str(one.id)))


def find_of_registration(registration: Registration) -> Certificate | None:
    """The certificate of attendance that somebody has, if it is good."""
    return _valid(Certificate.registration_id == registration.id)


def find_of_speaker(speaker: Speaker) -> Certificate | None:
    """The certificate of speaking that somebody has, if it is good."""
    return _valid(Certificate.speaker_id == speaker.id)


def list_walk_ins(event: Event) -> Sequence[WalkIn]:
    """Those who came without a registration, are known by name, and never had a certificate; by name."""
    came = select(Arrival.walk_in_id).where(
        Arrival.event_id == event.id, Arrival.undone_at.is_(None), Arrival.is_repeat.is_(False)
    )
    had = select(Certificate.walk_in_id).where(Certificate.event_id == event.id, Certificate.walk_in_id.is_not(None))
    query = select(WalkIn).where(WalkIn.event_id == event.id, WalkIn.name != "", WalkIn.id.in_(came))
    return sorted(
        db.session.scalars(query.where(WalkIn.id.not_in(had))), key=lambda one: (_read(one.name), str(one.id))
    )


def may_have_another(revoked: Certificate) -> bool:
    """Whether somebody whose certificate was revoked has no other one, and is still known by name."""
    if revoked.registration is not None:
        return revoked.registration.erased_at is None and find_of_registration(revoked.registration) is None
    if revoked.walk_in is not None:
        return bool(revoked.walk_in.name) and _valid(Certificate.walk_in_id == revoked.walk_in_id) is None
    return bool(revoked.name) and revoked.speaker is not None and find_of_speaker(revoked.speaker) is None


# Made once: every look at one's own page asks it.
_VALID = select(Certificate).where(Certificate.revoked_at.is_(None)).order_by(Certificate.created_at.desc()).limit(1)


def _valid(whose: object) -> Certificate | None:
    return db.session.scalar(_VALID.where(whose))  # type: ignore[arg-type]  # a comparison


def _read(name: str) -> str:
    han, latin = split_name(name)
    return names_from(han or latin).sort_key


@dataclass(frozen=True, slots=True)
class Earned:
    """Somebody who has earned a certificate of attendance: how many sessions they were at."""

    registration: Registration
    sessions: int


def list_earned(event: Event, plan: CertificatePlan) -> list[Earned]:
    """Those with a place who were there, as often as the plan asks, and are still known by name; by name."""
    held = {session.id for session in attendance.list_sessions(event)}
    query = (
        select(Registration)
        .where(Registration.event_id == event.id, Registration.erased_at.is_(None))
        .where(Registration.id.in_(select(Place.registration_id).where(Place.state == "confirmed")))
        .order_by(Registration.name, Registration.id)
    )
    people = db.session.scalars(query).all()
    arrivals = attendance.arrivals_of(event, [one.id for one in people])
    found = []
    for one in people:
        came = arrivals.get(one.id, [])
        sessions = len({arrival.session_id for arrival in came} & held)
        if came and sessions >= plan.least_sessions and sessions * 100 >= plan.least_share * len(held):
            found.append(Earned(one, sessions))
    return found


def list_speakers(event: Event) -> list[tuple[Speaker, list[SessionRole]]]:
    """Those who spoke, with their parts; nobody for a session under the Chatham House Rule, which names nobody."""
    query = shown_parts(event).options(selectinload(SessionRole.session))
    parts: dict[UUID | None, list[SessionRole]] = {}
    for part in db.session.scalars(query):
        parts.setdefault(part.person_id, []).append(part)
    speakers = db.session.scalars(
        select(Speaker).where(Speaker.event_id == event.id).options(joinedload(Speaker.person))
    ).all()
    ordered = sorted(speakers, key=lambda one: (one.person.sort_key, str(one.id)))
    return [(one, parts[one.person_id]) for one in ordered if one.person_id in parts]
