"""What organisers ask for, and people agreeing and taking it back; both hold at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import func, select, update

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.i18n import EMPTY, Translated, language
from eventhub.foundation.permissions import require
from eventhub.registrations.models import Consent, Registration
from eventhub.registrations.policy import is_person_of, may_manage_registrations
from eventhub.registrations.signals import ConsentAskSaved, ConsentGiven, ConsentWithdrawn, ParticipantsExported

from . import policy, queries
from .models import PURPOSES, ConsentAsk, ConsentWording
from .queries import Ask


class Agreeing(Protocol):
    """What somebody ticked: the purpose, towards whom, and what the words were known by."""

    @property
    def purpose(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def wording(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlan:
    """What organisers settle of a purpose; empty words are the usual ones."""

    is_asked: bool
    sentence: Translated = EMPTY
    details: Translated = EMPTY
    with_address: bool = False


@use_case
def save_ask(actor: Actor, event_id: UUID, key: str, plan: AskPlan, version: int | None = None) -> Ask:
    """The purpose as it is asked for from now on.

    Other words are another version, and whoever agreed before stays with theirs. Raises NotFound where the event has
    no such purpose, Stale where somebody saved it since `version`, and Invalid where a list of participants would be
    against the Chatham House Rule.
    """
    event = get(Event, event_id, lock=True)
    require(may_manage_registrations(actor, event), hidden=True)
    ask = queries.get_ask(event, key)
    row = ask.row or ConsentAsk(event_id=event.id, purpose=ask.purpose, recipient=ask.recipient, version=0)
    check_version(row, version)
    if plan.is_asked and ask.purpose == "list" and queries.is_confidential(event):
        raise Invalid("is_asked", gettext("Part of this event is under the Chatham House Rule: it has no such list."))
    row.is_asked, row.sentence, row.details = plan.is_asked, plan.sentence, plan.details
    row.with_address = plan.with_address and ask.purpose == "co_organiser"
    db.session.add(row)
    db.session.flush()
    ask = queries.get_ask(event, key)
    if ask.is_asked:
        _keep_wording(event, ask)
    announce(ConsentAskSaved(event.id, ask.purpose, ask.recipient))
    return ask


@use_case
def give(actor: Actor, registration_id: UUID, key: str, digest: str) -> None:
    """Agreed to a purpose in the words known by `digest`, which its person has read; twice is as good as once.

    Raises Conflict where the words are others by now, or nobody asks for it any more.
    """
    event = get(Event, get(Registration, registration_id).event_id, lock=True)  # as whoever registers, in this order
    registration = get(Registration, registration_id, lock=True)
    require(is_person_of(actor, registration), hidden=True)
    ask = next((one for one in queries.list_asked(event) if one.key == key), None)
    if ask is None or ask.digest != digest:
        raise Conflict(gettext("The words have changed meanwhile. Please read them once more."))
    if actor.holds_link("registration", registration.id):
        registration.verified_at = registration.verified_at or clock.now()
    if _keep(registration, ask, language()):
        announce(ConsentGiven(event.id, registration.id, ask.purpose, ask.recipient))


@use_case
def withdraw(actor: Actor, registration_id: UUID, key: str) -> None:
    """An agreement taken back: from now on nobody sees or uses anything by it. Twice is as good as once."""
    registration = get(Registration, registration_id, lock=True)
    require(is_person_of(actor, registration), hidden=True)
    for purpose, recipient in _take_back(registration, lambda one: _key(one) == key):
        announce(ConsentWithdrawn(registration.event_id, registration.id, purpose, recipient))


@use_case
def note_export(actor: Actor, event_id: UUID, partner_id: UUID) -> None:
    """The audit line without which no list leaves the service by a co-organiser."""
    event = get(Event, event_id)
    require(policy.may_see_participants(actor, event, partner_id), hidden=True)
    number = sum(1 for _ in queries.list_participants(event, partner_id))
    announce(ParticipantsExported(event.id, partner_id, number))


def keep_ticked(registration: Registration, ticked: Iterable[Agreeing], *, is_new: bool) -> None:
    """What somebody ticked when they registered, and nothing else of earlier times; only inside a use-case.

    What is not asked, or was read in other words, is not agreed to.
    """
    ticked = [one for one in ticked if one.purpose in PURPOSES]
    if not is_new:
        kept = {(one.purpose, one.recipient) for one in ticked}
        _take_back(registration, lambda one: (one.purpose, one.recipient) not in kept)
    if ticked:
        event = get(Event, registration.event_id)
        asks = {(ask.purpose, ask.recipient, ask.digest): ask for ask in queries.list_asked(event)}
        for one in ticked:
            if ask := asks.get((one.purpose, one.recipient, one.wording)):
                _keep(registration, ask, one.language)


def _keep(registration: Registration, ask: Ask, lang: str) -> bool:
    """Whether that is new."""
    _keep_wording(registration.event, ask)
    mine = (
        Consent.registration_id == registration.id,
        Consent.purpose == ask.purpose,
        Consent.recipient == ask.recipient,
    )
    consent = db.session.scalar(select(Consent).where(*mine, Consent.wording == ask.digest))
    if consent is not None and consent.withdrawn_at is None:
        return False
    # One version stands at a time: the widest of several would else be the one that counts.
    db.session.execute(update(Consent).where(*mine, Consent.withdrawn_at.is_(None)).values(withdrawn_at=clock.now()))
    consent = consent or Consent(registration_id=registration.id, wording=ask.digest)
    consent.purpose, consent.recipient, consent.language = ask.purpose, ask.recipient, lang
    consent.created_at, consent.withdrawn_at = clock.now(), None
    db.session.add(consent)
    db.session.flush()
    return True


def _keep_wording(event: Event, ask: Ask) -> None:
    mine = (
        ConsentWording.event_id == event.id,
        ConsentWording.purpose == ask.purpose,
        ConsentWording.recipient == ask.recipient,
    )
    # Whoever comes here holds the event, or its pools, so that of two who are the first to agree the second finds the
    # words kept. To lock the event only now would be to wait for those who wait for the pools.
    if db.session.scalar(select(ConsentWording.id).where(*mine, ConsentWording.digest == ask.digest)):
        return
    number = db.session.scalar(select(func.coalesce(func.max(ConsentWording.number), 0)).where(*mine)) or 0
    db.session.add(
        ConsentWording(
            event_id=event.id,
            purpose=ask.purpose,
            recipient=ask.recipient,
            digest=ask.digest,
            number=number + 1,
            sentence=ask.sentence,
            details=ask.details,
            with_address=ask.with_address,
        )
    )
    db.session.flush()


def _key(consent: Consent) -> str:
    return UUID(consent.recipient).hex if consent.recipient else consent.purpose


def _take_back(registration: Registration, concerns: Callable[[Consent], bool]) -> list[tuple[str, str]]:
    standing = select(Consent).where(
        Consent.registration_id == registration.id, Consent.purpose.in_(PURPOSES), Consent.withdrawn_at.is_(None)
    )
    found = []
    for consent in db.session.scalars(standing).all():
        if concerns(consent):
            consent.withdrawn_at = clock.now()
            found.append((consent.purpose, consent.recipient))
    db.session.flush()
    return found
