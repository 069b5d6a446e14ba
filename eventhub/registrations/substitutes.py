"""Somebody else comes in a registrant's stead: the place passes on by itself, past the queue.

Whoever is named has to take it by the link in their letter, and agrees then for themself; the answers of whoever had it
before are not handed on. Nobody learns from any of it whether the other is registered already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import spaced
from eventhub.foundation.permissions import require
from eventhub.people.addresses import tidy

from . import delegations, policy, queries, rights, services
from .agreements import Description, Details
from .models import COUNTING, HELD, Place, Pool, Registration, Substitution
from .questions import answers as replies
from .queue import check_takes_place, lapse, lock, lock_registration, promote, put, set_state, settle, size_in
from .services import address_of
from .signals import (
    PlaceConfirmed,
    PlaceOffered,
    PlacePassedOn,
    RegisteredAgain,
    SecondPlaceLeft,
    SubstituteAsked,
    SubstituteDeclined,
)


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who shall come instead, as it was typed."""

    name: str
    address: str
    language: str


class PassedOnAlready(Conflict):
    """The place was passed on before: to whoever was named now, where `is_done`, or to somebody else."""

    def __init__(self, name: str, *, is_done: bool) -> None:
        done = gettext("This is done already: your place is passed on to %(name)s.", name=name)
        other = gettext("Your place is passed on already, and nobody else can be named for it.")
        super().__init__(spaced(done, name) if is_done else other)
        self.is_done = is_done


@use_case
def name_substitute(actor: Actor, registration_id: UUID, substitute: Substitute) -> bool:
    """The registration's place passed on to somebody else; or, where the organisers want to be asked, False.

    The former link ends with it. Raises PassedOnAlready where it was done before, another Conflict where it cannot be
    done, or not any more, and Invalid where a value cannot be.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    check_takes_place(event)
    rights.check(actor, event, "substitute")
    if registration.address is None:
        raise NotFound  # whoever looks after them writes another name
    if (other := _find_passed_on(registration)) is not None:
        raise PassedOnAlready(substitute.name.strip(), is_done=other.address == address_of(substitute.address))
    _check_has_place(registration)
    services.check(Description(name=substitute.name, language=substitute.language))
    if address_of(substitute.address) == registration.address:
        raise Invalid("address", gettext("This is your own address. Please write that of your colleague."))
    wish = find_wish(registration)
    is_asked = rights.get_rights(event.id).substitutes == "approval"
    if is_asked and not policy.may_manage_registrations(actor, event):
        if wish is not None:  # whoever decides shall not let in another than whom they have read of
            db.session.delete(wish)
            db.session.flush()
        wish = Substitution(event_id=event.id, registration_id=registration.id)
        wish.name, wish.typed_address = substitute.name.strip(), tidy(substitute.address)
        wish.language = substitute.language
        db.session.add(wish)
        db.session.flush()
        announce(SubstituteAsked(event.id, registration.id, wish.id))
        return False
    if wish is not None:
        db.session.delete(wish)
    _pass_on(event, registration, substitute)
    return True


@use_case
def decide(actor: Actor, substitution_id: UUID, *, lets_in: bool) -> None:
    """What the organisers say to a wish: the place passes on, or stays. Raises Conflict where there is none now."""
    wish = get(Substitution, substitution_id)
    event, _ = lock(wish.event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    registration = get(Registration, wish.registration_id, lock=True)
    substitute = Substitute(wish.name, wish.typed_address, wish.language)
    db.session.delete(wish)
    if lets_in:
        check_takes_place(event)
        _check_has_place(registration)
        _pass_on(event, registration, substitute)
    else:
        announce(SubstituteDeclined(event.id, registration.id))


@use_case
def take_back(actor: Actor, registration_id: UUID) -> None:
    """A wish that somebody else comes, taken back before the organisers have decided."""
    registration, _, _ = lock_registration(actor, registration_id)
    if (wish := find_wish(registration)) is not None:
        db.session.delete(wish)


@use_case
def take_over(actor: Actor, registration_id: UUID, details: Details) -> Place:
    """The place that somebody passed on, taken by whom they named, with what these say and agree to themselves.

    Raises Conflict where it was taken before or the time to do so is over, and Invalid where a value cannot be.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    for pool in {place.pool for place in registration.live}:
        lapse(event, pool)
    place = registration.place
    if not registration.must_take_over:
        raise Conflict(why_not_taken(registration))
    check_takes_place(event)
    services.check(details)
    services.describe(registration, details)
    registration.zone = details.zone or registration.zone
    replies.keep(registration, replies.look_at(event, details.answers))
    services.keep_agreements(registration, details.agreements, is_new=False)
    registration.verified_at = registration.verified_at or clock.now()
    set_state(place, "confirmed")
    settle(registration)
    announce(PlaceConfirmed(event.id, registration.id, place.id, "unverified", place.state))
    return place


def why_not_taken(registration: Registration) -> str:
    """What whoever asks to take a place that was passed on to them is told where nothing waits for their answer."""
    if registration.place.state == "confirmed":
        return str(gettext("You have taken this place already. Nothing has changed."))
    return str(gettext("This place is not held for you any more, and is free for others."))


def _find_passed_on(registration: Registration) -> Registration | None:
    """Whose a registration's place is, where passing it on is how it ended.

    Only the facts say it of everybody alike: in the registration of whoever has a place already, nothing does.
    """
    if not registration.place.has_ended:
        return None
    since = max(place.state_since for place in registration.places)
    passings = select(AuditEntry.data).where(
        AuditEntry.fact == PlacePassedOn.__name__,
        AuditEntry.event_id == registration.event_id,
        AuditEntry.data["registration_id"].as_string() == str(registration.id),
        AuditEntry.created_at >= since,
    )
    data = db.session.scalars(passings).first()
    return get(Registration, UUID(data["substitute_id"])) if data else None


def _check_has_place(registration: Registration) -> None:
    if registration.place.state != "confirmed":
        raise Conflict(gettext("Only a place that is confirmed can be passed on."))


def _pass_on(event: Event, registration: Registration, substitute: Substitute) -> None:
    """One place ends and another begins in the same pool, so that nobody in the queue is passed by a free one."""
    address = address_of(substitute.address)
    place, second, pool = registration.place, registration.second, registration.place.pool
    set_state(place, "cancelled")
    if second is not None:
        set_state(second, "cancelled")
        announce(SecondPlaceLeft(event.id, registration.id, second.id))
    place.size, registration.companions = 1, []
    settle(registration)
    # A contact goes on looking after their delegation by their link; the ticket ends with the place all the same.
    if not delegations.has_delegation(registration):
        registration.link_number += 1
        registration.calendar_number += 1
    known = queries.find_registration(event.id, address)
    if known is not None and not known.place.has_ended:
        other, is_new = known, False
        _give_known(event, registration, known, pool)
    else:
        other, is_new = _give_new(event, registration, known, substitute, address, pool), True
    announce(PlacePassedOn(event.id, registration.id, other.id, is_new))
    for one in {pool, second.pool} if second else {pool}:
        promote(event, one)


def _give_new(
    event: Event, former: Registration, known: Registration | None, substitute: Substitute, address: str, pool: Pool
) -> Registration:
    other = known or Registration(event_id=event.id, address=address)
    services.describe(other, Description(name=substitute.name.strip(), language=substitute.language))
    other.typed_address, other.person_id, other.verified_at = tidy(substitute.address), None, None
    other.contact_id = former.contact_id if former.contact_id != other.id else None
    other.substitute_for_id, other.companions = former.id, []
    db.session.add(other)
    if known is not None:
        for former_place in list(known.places):
            known.places.remove(former_place)
            db.session.delete(former_place)
    db.session.flush()
    place = Place(pool=pool, state="unverified")
    put(place, pool, "unverified")
    other.places.append(place)
    settle(other)
    db.session.flush()
    return other


def _give_known(event: Event, former: Registration, known: Registration, pool: Pool) -> None:
    """Who has such a place keeps theirs, and this one goes to the next in line; anybody else is offered it.

    Whoever brings others needs more than one place, and waits for all of them together; and nobody has to answer for
    two places at once.
    """
    there = next((one for one in known.live if one.pool_id == pool.id), None)
    has_one = there is not None and there.state in COUNTING
    if has_one or size_in(event, known) > 1 or any(one.state in HELD for one in known.live):
        announce(RegisteredAgain(event.id, known.id))
        return
    if there is None:
        there = services.take_second(known, pool, "offered")
    else:
        set_state(there, "offered")
        settle(known)
    known.substitute_for_id = former.id
    db.session.flush()
    announce(PlaceOffered(event.id, known.id, there.id))


# Made once: every look at one's own page asks it.
_WISH = select(Substitution).where(Substitution.registration_id == bindparam("registration_id"))


def find_wish(registration: Registration) -> Substitution | None:
    """Whom somebody would like to come in their stead, while the organisers have not decided."""
    return db.session.scalar(_WISH, {"registration_id": registration.id})


def list_wishes(event: Event) -> Sequence[Substitution]:
    """All that the organisers have to decide, the oldest first."""
    query = select(Substitution).where(Substitution.event_id == event.id)
    query = query.options(
        joinedload(Substitution.registration).selectinload(Registration.places).joinedload(Place.pool)
    )
    return db.session.scalars(query.order_by(Substitution.created_at, Substitution.id)).all()


def get_wish(event: Event, substitution_id: UUID) -> Substitution:
    """A wish, if it is one at this event; raises NotFound."""
    found = db.session.get(Substitution, substitution_id)
    if found is None or found.event_id != event.id:
        raise NotFound
    return found
