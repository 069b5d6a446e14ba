"""Delegations: a contact registers several people at once, and looks after those who have no address of their own.

Nobody learns from it who is registered already. What the contact is told is worked out as if all were new, and what
they see afterwards of those with an address is what they typed: whoever has one gets their own link by letter. To the
pages of those without one, the contact's own page leads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import selectinload

from eventhub.events.models import Event
from eventhub.events.policy import may_see_event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import announce, db, use_case
from eventhub.foundation.errors import Conflict, DomainError, Invalid, NotFound
from eventhub.foundation.permissions import require
from eventhub.people.addresses import tidy

from . import policy, queries, rights, services
from .agreements import Details
from .models import ENDED, HELD, Delegate, Place, Pool, Registration
from .questions import answers as replies
from .queue import Newcomers, Pools, lock, lock_registration, newcomer_state, put, settle
from .services import AlreadyRegistered, address_of, open_to_all
from .signals import DelegationRegistered, RegisteredAgain

MOST = 30


@dataclass(frozen=True, slots=True)
class Member:
    """One of a delegation, who has an address or none, and the key of the pool in which they take part."""

    details: Details
    pool_key: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a contact is told: how many people there are in each state, if all of them are new."""

    states: Mapping[str, int]

    @property
    def people(self) -> int:
        """How many there are."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """How many have to wait for a place."""
        return self.states.get("waitlisted", 0)


class PlacesMissing(Conflict):
    """More people would have to wait than the contact has agreed to; nothing was done."""

    def __init__(self, told: Told) -> None:
        super().__init__(gettext("There are not enough places for all of them."))
        self.told = told


class InvalidRows(DomainError):
    """Something cannot be, by the number of the person whom it is about; the contact is None."""

    status = 422
    code = "invalid"

    def __init__(self, rows: Mapping[int | None, Invalid]) -> None:
        super().__init__(next(iter(rows.values())).message)
        self.rows = rows


@dataclass(frozen=True, slots=True)
class _Looked:
    """A member whose values can be, with their pool and normalised address."""

    row: int | None
    details: Details
    pool: Pool
    address: str | None


@use_case
def register_delegation(
    actor: Actor,
    event_id: UUID,
    contact: Details,
    members: Sequence[Member],
    own_pool_key: str = "",
    most_waiting: int = 0,
) -> Told:
    """All of them registered by one contact, who takes part themself where `own_pool_key` says how; or nobody.

    They join the queues in this order, the contact first. Raises PlacesMissing where more than `most_waiting` would
    have to wait, InvalidRows where something cannot be, NotFound where the actor may not see the event, and Conflict
    while registration is not open or takes no delegations.
    """
    event, pools = lock(event_id)
    require(may_see_event(actor, event), hidden=True)
    if not policy.may_register(actor, event):
        raise Conflict(gettext("Registration for this event is not open."))
    if not rights.get_rights(event.id).has_delegations:
        raise Conflict(gettext("At this event, everybody registers for themself."))
    looked = _look_at(event, pools, contact, members, own_pool_key)
    told = _tell(actor, event, looked)
    if told.waiting > most_waiting:
        raise PlacesMissing(told)
    refused: dict[int | None, Invalid] = {}
    head = _contact(actor, event, contact, looked, refused)
    for one in looked:
        if one.row is None:
            continue
        try:
            _take(actor, event, one, head)
        except Invalid as refusal:
            refused[one.row] = refusal
    if refused:
        raise InvalidRows(refused)
    announce(DelegationRegistered(event.id, head.id, told.people, told.waiting))
    return told


def _look_at(
    event: Event, pools: Pools, contact: Details, members: Sequence[Member], own_pool_key: str
) -> list[_Looked]:
    """All who take part, the contact first; raises InvalidRows with what is wrong in every row."""
    refused: dict[int | None, Invalid] = {}
    looked: list[_Looked] = []
    seen: set[str] = set()
    if not members:
        raise InvalidRows({None: Invalid("rows", gettext("Please name at least one person."))})
    if len(members) > MOST:
        raise InvalidRows({None: Invalid("rows", gettext("%(most)s people at most at once.", most=MOST))})
    rows: list[tuple[int | None, Details, str]] = [(None, contact, own_pool_key)]
    rows += [(number, member.details, member.pool_key) for number, member in enumerate(members)]
    for row, details, key in rows:
        try:
            services.check(details)
            address = address_of(details.address) if details.address or row is None else None
            if address is not None and address in seen:
                raise Invalid(
                    "address", gettext("This address stands here twice. Everybody needs an own one, or none.")
                )
            seen.add(address or "")
            if row is not None or key:
                looked.append(_Looked(row, details, open_to_all(pools, key), address))
        except Invalid as refusal:
            refused[row] = refusal
    if refused:
        raise InvalidRows(refused)
    return looked


def _tell(actor: Actor, event: Event, looked: Sequence[_Looked]) -> Told:
    pools: dict[UUID, Newcomers] = {}
    states: Counter[str] = Counter()
    for one in looked:
        if one.pool.admission == "approval":
            states["pending"] += 1
            continue
        if one.pool.id not in pools:
            pools[one.pool.id] = Newcomers(event, one.pool)
        stranger = services.imagine(actor, event, one.details, one.address)
        states[pools[one.pool.id].next_state(stranger, is_known=stranger.person_id is not None)] += 1
    return Told(dict(states))


def _contact(
    actor: Actor, event: Event, details: Details, looked: Sequence[_Looked], refused: dict[int | None, Invalid]
) -> Registration:
    """The registration to which the delegates belong: the contact's own, which nobody else's typing changes."""
    address = address_of(details.address)
    known = queries.find_registration(event.id, address)
    if known is not None and not known.place.has_ended:
        return known
    own = next((one for one in looked if one.row is None), None)
    if own is not None:
        try:
            return _register(actor, event, own, None)
        except Invalid as refusal:
            refused[None] = refusal
    elif known is not None:
        return known
    head = services.imagine(actor, event, details, address)
    head.typed_address = tidy(details.address or "")
    head.places = [Place(pool=looked[0].pool, state="cancelled")]
    put(head.place, looked[0].pool, "cancelled")
    settle(head)
    db.session.add(head)
    db.session.flush()
    services.keep_agreements(head, details.agreements, is_new=True)
    return head


def _take(actor: Actor, event: Event, one: _Looked, head: Registration) -> None:
    if one.address is not None:
        _name(head, one)
    try:
        _register(actor, event, one, head)
    except AlreadyRegistered as known:
        announce(RegisteredAgain(event.id, known.registration_id))


def _register(actor: Actor, event: Event, one: _Looked, head: Registration | None) -> Registration:
    # A contact cannot agree for others, nor know everything of them: they add it by their own link.
    answers = replies.look_at(event, one.details.answers, by_hand=head is not None)
    stranger = services.imagine(actor, event, one.details, one.address)
    state = newcomer_state(event, one.pool, stranger, is_known=stranger.person_id is not None)
    contact_id = head.id if head else None
    return services.take(actor, event, one.details, one.address, one.pool, state, answers, contact_id=contact_id)


def _name(head: Registration, one: _Looked) -> None:
    query = select(Delegate).where(Delegate.contact_id == head.id, Delegate.address == one.address)
    named = db.session.scalar(query) or Delegate(contact_id=head.id, address=one.address)
    named.name, named.typed_address, named.cancelled_at = one.details.name, tidy(one.details.address or ""), None
    db.session.add(named)


@use_case
def confirm_all(actor: Actor, contact_id: UUID) -> int:
    """The places that are held for, or offered to, a contact's delegates without an address, taken; how many.

    Whoever has the contact's letter has shown that somebody answers for them. Raises Conflict where the time is over.
    """
    contact, _, _ = lock_registration(actor, contact_id)
    contact.verified_at = contact.verified_at or clock.now()
    taken = 0
    for delegate in list_of_contact(contact):
        if any(place.state in HELD for place in delegate.live):
            with suppress(Conflict):
                services.confirm(actor, delegate.id)
                taken += 1
    return taken


@use_case
def cancel_delegate(actor: Actor, contact_id: UUID, delegate_id: UUID) -> None:
    """Somebody whom the contact had named does not come; their place goes to the next in line.

    With or without an address, and registered by the contact or before: the answer is the same. Raises NotFound for
    whom they have not named.
    """
    contact, event, _ = lock_registration(actor, contact_id)
    rights.check(actor, event, "cancel")
    own = next((one for one in list_of_contact(contact) if one.id == delegate_id), None)
    if own is not None:
        services.cancel_registration(SYSTEM, own.id)
        return
    named = db.session.get(Delegate, delegate_id)
    if named is None or named.contact_id != contact.id:
        raise NotFound
    _give_up(contact, named)


@use_case
def cancel_all(actor: Actor, contact_id: UUID) -> None:
    """Nobody of the delegation comes; whether the contact does is another matter."""
    contact, event, _ = lock_registration(actor, contact_id)
    rights.check(actor, event, "cancel")
    for delegate in list_of_contact(contact):
        services.cancel_registration(SYSTEM, delegate.id)
    for named in list_named(contact):
        _give_up(contact, named)


def _give_up(contact: Registration, named: Delegate) -> None:
    """Whoever the contact has registered; somebody who has registered themself stays."""
    registration = queries.find_registration(contact.event_id, named.address)
    if registration is not None and registration.contact_id == contact.id and named.cancelled_at is None:
        services.cancel_registration(SYSTEM, registration.id)
    named.cancelled_at = named.cancelled_at or clock.now()


# Made once: every look at one's own page asks them.
_LOOKED_AFTER = (
    select(Registration)
    .join(Place, (Place.registration_id == Registration.id) & Place.is_main)
    .where(Registration.contact_id == bindparam("contact_id"), queries.is_looked_after())
    .options(selectinload(Registration.places).joinedload(Place.pool))
    .order_by(Registration.created_at, Place.number)
)
_NAMED = select(Delegate).where(Delegate.contact_id == bindparam("contact_id"))
_NAMED = _NAMED.order_by(Delegate.created_at, Delegate.id)


def list_of_contact(contact: Registration) -> Sequence[Registration]:
    """The delegates whom a contact looks after, for they have no address of their own, in their order."""
    return db.session.scalars(_LOOKED_AFTER, {"contact_id": contact.id}).all()


def count_left(contact: Registration) -> int:
    """How many with a place, or a turn for one, nobody would look after if the contact were no more."""
    return sum(not one.place.has_ended for one in list_of_contact(contact))


def list_named(contact: Registration) -> Sequence[Delegate]:
    """Those with an address whom a contact has named, as it was typed."""
    return db.session.scalars(_NAMED, {"contact_id": contact.id}).all()


def has_delegation(contact: Registration) -> bool:
    """Whether somebody is a contact whose delegation has not been given up."""
    live = exists().where(
        Registration.contact_id == contact.id, Place.registration_id == Registration.id, Place.state.not_in(ENDED)
    )
    named = exists().where(Delegate.contact_id == contact.id, Delegate.cancelled_at.is_(None))
    return bool(db.session.scalar(select(or_(live, named))))


@dataclass(frozen=True, slots=True)
class Delegation:
    """A contact, and how many people they have registered."""

    contact: Registration
    people: int


def list_delegations(event: Event) -> list[Delegation]:
    """The delegations of an event, in the order in which they came."""
    delegate = Registration.__table__.alias("delegate")
    counted = select(delegate.c.contact_id, func.count().label("people")).where(delegate.c.event_id == event.id)
    counted = counted.where(delegate.c.contact_id.is_not(None), delegate.c.erased_at.is_(None))
    sizes = counted.group_by(delegate.c.contact_id).subquery()
    query = select(Registration, sizes.c.people).join(sizes, sizes.c.contact_id == Registration.id)
    query = query.where(Registration.erased_at.is_(None))
    rows = db.session.execute(query.order_by(Registration.created_at, Registration.id))
    return [Delegation(row[0], row[1]) for row in rows]
