"""Finding what an event asks for, and who agreed to what."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select

from eventhub.events.models import Event
from eventhub.foundation import i18n
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import Translated, language
from eventhub.organisations.models import Organisation
from eventhub.programme.models import ProgrammeSession
from eventhub.registrations.models import Consent, Place, Pool, Registration

from . import words
from .models import PURPOSES, ConsentAsk, ConsentWording

MOST_LISTED = 2000
# A consent knows its words by their digest alone: so they are found, of the event of its registration.
_ITS_WORDING = and_(
    ConsentWording.event_id == Registration.event_id,
    ConsentWording.purpose == Consent.purpose,
    ConsentWording.recipient == Consent.recipient,
    ConsentWording.digest == Consent.wording,
)


@dataclass(frozen=True)
class Ask:
    """A purpose as an event asks for it now, or would: its words, and the version of the row behind it, 0 without."""

    purpose: str
    recipient: str
    partner: Organisation | None
    is_asked: bool
    sentence: Translated
    details: Translated
    with_address: bool
    row: ConsentAsk | None = None

    @property
    def key(self) -> str:
        """What it is called in addresses and forms."""
        return UUID(self.recipient).hex if self.recipient else self.purpose

    @property
    def needed_from(self) -> str:
        """The country whose people cannot be registered without it, for all that is written goes abroad; else empty."""
        return "CN" if self.purpose == "transfer" else ""

    @property
    def version(self) -> int:
        """The version of what was settled, 0 before anybody settled it."""
        return self.row.version if self.row else 0

    @cached_property
    def digest(self) -> str:
        """What these words are known by, all languages together."""
        said = [dict(self.sentence.texts), dict(self.details.texts), self.with_address]
        return i18n.digest(json.dumps(said, sort_keys=True, ensure_ascii=False))

    @property
    def name(self) -> str:
        """What the organisers call it."""
        if self.partner is not None:
            return str(self.partner.name.in_(language()))
        return str(words.PURPOSES[self.purpose])


# Made once: whoever registers asks it.
_OF_EVENT = select(ConsentAsk).where(ConsentAsk.event_id == bindparam("event_id"))


def list_asks(event: Event, *, only_asked: bool = False, has_settled: bool = True) -> list[Ask]:
    """All that an event could ask for, each co-organiser by name, with what its organisers have settled.

    `has_settled` is whether they have settled anything, for whoever knows it.
    """
    rows = db.session.scalars(_OF_EVENT, {"event_id": event.id}) if has_settled else ()
    settled = {(row.purpose, row.recipient): row for row in rows}
    partners = {str(one.organisation_id): one.organisation for one in event.partners if one.part == "co_organiser"}
    kinds: list[tuple[str, str]] = [("co_organiser", key) for key in partners]
    kinds += [(purpose, "") for purpose in PURPOSES if purpose != "co_organiser"]
    found = []
    for purpose, key in kinds:
        row = settled.get((purpose, key))
        is_asked = row.is_asked if row else purpose == "transfer" and leaves_china(event)
        if is_asked or not only_asked:
            found.append(_ask(event, purpose, key, partners.get(key), row, is_asked=is_asked))
    return found


def _ask(
    event: Event, purpose: str, key: str, partner: Organisation | None, row: ConsentAsk | None, *, is_asked: bool
) -> Ask:
    with_address = bool(row and row.with_address)
    sentence, details = words.usual(event, purpose, partner, with_address=with_address)
    if row is not None:
        sentence, details = row.sentence or sentence, row.details or details
    return Ask(purpose, key, partner, is_asked, sentence, details, with_address, row)


def leaves_china(event: Event) -> bool:
    """Whether an event is for people in China and what they write goes to an organisation elsewhere.

    It is for them where it is told in Chinese or a co-organiser is there: consent to the transfer is then asked for
    without anybody settling it (Personal Information Protection Law, articles 38 and 39).
    """
    if event.organisation.country in {None, "CN"}:
        return False
    partners = (one.organisation.country for one in event.partners if one.part == "co_organiser")
    return "zh" in event.published_languages or "CN" in partners


def list_asked(event: Event, *, has_settled: bool = True) -> list[Ask]:
    """What somebody who registers is asked now."""
    asks = list_asks(event, only_asked=True, has_settled=has_settled)
    if any(one.purpose == "list" for one in asks) and is_confidential(event):
        asks = [one for one in asks if one.purpose != "list"]
    return asks


def transfers_of(events: Collection[Event]) -> dict[UUID, Ask]:
    """What those of some events ask that send abroad what people in China write, by the event; one question for all."""
    return _asked_by_each(events, "transfer")


def _asked_by_each(events: Collection[Event], purpose: str) -> dict[UUID, Ask]:
    its_own = ConsentAsk.event_id.in_({event.id for event in events})
    query = select(ConsentAsk).where(its_own, ConsentAsk.purpose == purpose)
    settled = {row.event_id: row for row in db.session.scalars(query)}
    found = {}
    for event in events:
        row = settled.get(event.id)
        if row.is_asked if row else purpose == "transfer" and leaves_china(event):
            found[event.id] = _ask(event, purpose, "", None, row, is_asked=True)
    return found


def get_ask(event: Event, key: str) -> Ask:
    """One of those that an event could ask for; raises NotFound."""
    for ask in list_asks(event):
        if ask.key == key:
            return ask
    raise NotFound


def is_confidential(event: Event) -> bool:
    """Whether any part of an event is under the Chatham House Rule, which reaches the list of who is there."""
    return bool(
        db.session.scalar(
            select(exists().where(ProgrammeSession.event_id == event.id, ProgrammeSession.is_chatham_house))
        )
    )


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody was asked and how they stand to it: `since` when they agreed, or took it back at `withdrawn_at`."""

    ask: Ask | None
    purpose: str
    recipient: str
    sentence: Translated
    details: Translated
    since: datetime | None = None
    withdrawn_at: datetime | None = None
    number: int = 0

    @property
    def key(self) -> str:
        """What it is called in addresses and forms."""
        return UUID(self.recipient).hex if self.recipient else self.purpose

    @property
    def name(self) -> str:
        """What the organisers call it."""
        return self.ask.name if self.ask else str(words.PURPOSES[self.purpose])

    @property
    def is_given(self) -> bool:
        """Whether the agreement stands."""
        return self.since is not None and self.withdrawn_at is None


def list_of(registration: Registration) -> list[Agreed]:
    """How a person stands to all that the event asks, and to what they agreed to that is asked no more.

    An agreement is shown in the words in which it was given.
    """
    given = _given(Consent.registration_id == registration.id)[registration.id]
    found = [_stands(ask, given.pop((ask.purpose, ask.recipient), None)) for ask in list_asked(registration.event)]
    return found + [_agreed(None, *known) for known in given.values() if known[0].withdrawn_at is None]


def news_of(registrations: Collection[Registration]) -> list[tuple[Registration, Agreed]]:
    """The same of the news alone, of each registration with its own event: two questions for all of them."""
    asks = _asked_by_each([one.event for one in registrations], "news")
    ids = [one.id for one in registrations]
    given, found = _given(Consent.registration_id.in_(ids), Consent.purpose == "news"), []
    for one in registrations:
        known = given[one.id].get(("news", ""))
        if ask := asks.get(one.event_id):
            found.append((one, _stands(ask, known)))
        elif known and known[0].withdrawn_at is None:
            found.append((one, _agreed(None, *known)))
    return found


def news_agreed_at(registration_id: UUID) -> datetime | None:
    """When a registrant agreed to news, as far as that stands."""
    news = Consent.registration_id == registration_id, Consent.purpose == "news", Consent.withdrawn_at.is_(None)
    return db.session.scalar(select(func.max(Consent.created_at)).where(*news))


_Given = tuple[Consent, ConsentWording]
# Made once: every look at one's own page asks it.
_WITH_WORDINGS: Select[Consent, ConsentWording] = (
    select(Consent, ConsentWording)
    .join(Registration, Registration.id == Consent.registration_id)
    .join(ConsentWording, _ITS_WORDING)
)


def _given(*whose: ColumnElement[bool]) -> dict[UUID, dict[tuple[str, str], _Given]]:
    """What these people have agreed to, by purpose and recipient: what stands, else what was taken back last."""
    found: dict[UUID, dict[tuple[str, str], _Given]] = defaultdict(dict)
    for consent, wording in db.session.execute(_WITH_WORDINGS.where(*whose)):
        given, key = found[consent.registration_id], (consent.purpose, consent.recipient)
        if key not in given or _later(consent, given[key][0]):
            given[key] = consent, wording
    return found


def _stands(ask: Ask, known: _Given | None) -> Agreed:
    return _agreed(ask, *known) if known else Agreed(ask, ask.purpose, ask.recipient, ask.sentence, ask.details)


def _later(consent: Consent, other: Consent) -> bool:
    if other.withdrawn_at is None or consent.withdrawn_at is None:
        return consent.withdrawn_at is None
    return consent.withdrawn_at > other.withdrawn_at


def _agreed(ask: Ask | None, consent: Consent, wording: ConsentWording) -> Agreed:
    if ask is not None and consent.withdrawn_at is not None:
        shown: Any = ask
    else:
        shown = wording
    return Agreed(
        ask,
        consent.purpose,
        consent.recipient,
        shown.sentence,
        shown.details,
        consent.created_at,
        consent.withdrawn_at,
        wording.number,
    )


def count_given(event: Event) -> dict[tuple[str, str], int]:
    """How many people agree to each purpose now."""
    query = (
        select(Consent.purpose, Consent.recipient, func.count(func.distinct(Consent.registration_id)))
        .join(Registration, Registration.id == Consent.registration_id)
        .where(Registration.event_id == event.id, Consent.withdrawn_at.is_(None))
        .group_by(Consent.purpose, Consent.recipient)
    )
    return {(purpose, recipient): number for purpose, recipient, number in db.session.execute(query)}


def given_by(registration_ids: Collection[UUID]) -> dict[UUID, set[tuple[str, str]]]:
    """What each of these people agrees to now."""
    query = select(Consent.registration_id, Consent.purpose, Consent.recipient).where(
        Consent.registration_id.in_(registration_ids), Consent.purpose.in_(PURPOSES), Consent.withdrawn_at.is_(None)
    )
    found: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    for registration_id, purpose, recipient in db.session.execute(query):
        found[registration_id].add((purpose, recipient))
    return found


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody as a co-organiser sees them; the address only where they agreed to words that say so."""

    registration: Registration
    place: Place
    pool: Pool
    address: str


def list_participants(event: Event, partner_id: UUID) -> Iterator[Participant]:
    """Those who agree that this co-organiser sees them, in the order in which they registered."""
    query = (
        select(Registration, Place, Pool, ConsentWording.with_address)
        .join(Place, and_(Place.registration_id == Registration.id, Place.is_main))
        .join(Pool, Pool.id == Place.pool_id)
        .join(Consent, Consent.registration_id == Registration.id)
        .join(ConsentWording, _ITS_WORDING)
        .where(
            Registration.event_id == event.id,
            Registration.erased_at.is_(None),
            Consent.purpose == "co_organiser",
            Consent.recipient == str(partner_id),
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Registration.created_at, Registration.id)
    )
    for registration, place, pool, with_address in db.session.execute(query):
        yield Participant(registration, place, pool, (registration.typed_address or "") if with_address else "")


def may_be_seen_by(registration_id: UUID, partners: Sequence[UUID]) -> bool:
    """Whether somebody agrees that one of these co-organisers sees them."""
    standing = exists().where(
        Consent.registration_id == registration_id,
        Consent.purpose == "co_organiser",
        Consent.recipient.in_([str(one) for one in partners]),
        Consent.withdrawn_at.is_(None),
    )
    return bool(partners) and bool(db.session.scalar(select(standing)))


def partners_of(actor: Actor, event: Event, roles: Sequence[str]) -> list[Organisation]:
    """The co-organisers of an event for which the actor acts."""
    return [
        one.organisation
        for one in event.partners
        if one.part == "co_organiser" and actor.has_role(one.organisation_id, *roles)
    ]


def has_public_list(event: Event) -> bool:
    """Whether an event shows who takes part: its organisers wanted it, and nothing of it is confidential."""
    return event.status != "draft" and any(one.purpose == "list" for one in list_asked(event))


def list_public(event: Event) -> Sequence[Registration]:
    """Those with a place who agree to stand in the public list, by name.

    Whoever registers could have written anybody's name and address: only those whose address was shown to be theirs.
    """
    standing = exists().where(
        Consent.registration_id == Registration.id, Consent.purpose == "list", Consent.withdrawn_at.is_(None)
    )
    has_place = exists().where(Place.registration_id == Registration.id, Place.state == "confirmed")
    query = select(Registration).where(Registration.event_id == event.id, Registration.erased_at.is_(None))
    query = (
        query.where(standing, has_place, Registration.verified_at.is_not(None))
        .order_by(Registration.name, Registration.id)
        .limit(MOST_LISTED)
    )
    return db.session.scalars(query).all()
