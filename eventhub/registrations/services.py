"""Registering, changing and giving up; the rules of the queue are in `queue`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import delete, select
from sqlalchemy.orm.attributes import set_committed_value

from eventhub.events.models import Event
from eventhub.events.policy import may_see_event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.bulk import write_new
from eventhub.foundation.db import add_new, add_row, announce, check_version, db, get, keep, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.i18n import LOCALES
from eventhub.foundation.permissions import require
from eventhub.organisations.models import STAKEHOLDER_TYPES
from eventhub.people.addresses import normalise, tidy
from eventhub.people.models import Person

from . import companions, policy, queries, rights
from .agreements import Agreement, Description, Details
from .consents.models import PURPOSES
from .consents.services import keep_ticked
from .models import HELD, Consent, Place, Pool, Registration, Substitution
from .questions import answers as replies
from .questions.answers import Answers
from .queue import (
    Pools,
    check_takes_place,
    drop_ended,
    lapse,
    lock,
    lock_registration,
    newcomer_state,
    offered,
    promote,
    put,
    set_state,
    settle,
    size_in,
    take_up,
)
from .signals import (
    PlaceCancelled,
    PlaceConfirmed,
    PlaceTaken,
    RegisteredAgain,
    RegistrationChanged,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a registration: in which pool, and in which state its place there is.

    `meanwhile` is the key of the pool in which it has a place while it waits in the other.
    """

    pool_key: str
    state: str
    meanwhile: str = ""


@use_case
def register(
    actor: Actor,
    event_id: UUID,
    details: Details,
    pool_key: str,
    meanwhile: str = "",
    *,
    is_shown: bool = False,
) -> Outcome:
    """A place in the pool, or the next one in its queue while it is full; meanwhile one in another pool, if wanted.

    `is_shown`: the person came by a private link in a letter, and so has shown that the address is theirs.

    For somebody who is registered already nothing changes: they get their own link by letter, and the answer is the
    one that a new registration would have now, so that nobody learns it. Raises NotFound where the actor may not
    see the event, Conflict while registration is not open, and Invalid where a value cannot be.
    """
    event, pools = lock(event_id)
    require(may_see_event(actor, event), hidden=True)
    if not policy.may_register(actor, event):
        raise Conflict(gettext("Registration for this event is not open."))
    pool = open_to_all(pools, pool_key)
    other = open_to_all(pools, meanwhile) if meanwhile and meanwhile != pool_key else None
    check(details)
    details = replace(details, companions=companions.checked(event, pool, details.companions))
    address = address_of(details.address)
    answers = replies.look_at(event, details.answers)
    # Worked out for everybody as for somebody new, so that the answer is the same for whoever is registered already.
    stranger = imagine(actor, event, details, address)
    is_known = is_shown or stranger.person_id is not None
    state = newcomer_state(event, pool, stranger, is_known=is_known)
    second = (
        newcomer_state(event, other, stranger, is_known=is_known)
        if other and state in {"waitlisted", "pending"}
        else ""
    )
    has_second = other is not None and second in {"confirmed", "unverified"}
    try:
        registration = take(actor, event, details, address, pool, state, answers, is_known=is_shown)
    except AlreadyRegistered as known:
        announce(RegisteredAgain(event.id, known.registration_id))
    else:
        keep(registration)
        if other is not None and has_second:
            take_second(registration, other, second)
    return Outcome(pool.key, state, other.key if other and has_second else "")


@use_case
def add_by_hand(actor: Actor, event_id: UUID, details: Details, pool_key: str) -> Registration:
    """A registration that an organiser makes for somebody, who may have no address; it joins the same queue.

    Possible before registration opens and after it closes. Raises Conflict where the event does not take place, or
    somebody is registered under the address, and Invalid where a value cannot be.
    """
    event, pools = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    check_takes_place(event)
    pool = offered(pools, pool_key)
    check(details)
    address = address_of(details.address) if details.address else None
    state = newcomer_state(event, pool, imagine(actor, event, details, address), is_known=True, is_let_in=True)
    answers = replies.look_at(event, details.answers, by_hand=True)
    return take(actor, event, details, address, pool, state, answers, is_known=True)


@use_case
def change_registration(
    actor: Actor,
    registration_id: UUID,
    description: Description,
    version: int | None = None,
    answers: Mapping[UUID, Any] | None = None,
) -> Registration:
    """The registration with another description of its person, and other answers to these questions; its place stays.

    Raises Stale where somebody saved it since `version`, and Invalid where a value cannot be.
    """
    if answers is None:
        registration = get(Registration, registration_id, lock=True)
        require(policy.may_edit_registration(actor, registration), hidden=True)
    else:
        registration, _, _ = lock_registration(actor, registration_id)
    rights.check(actor, registration.event, "change")
    check_version(registration, version)
    check(description)
    changed = describe(registration, description)
    if answers is not None and replies.change(actor, registration, answers):
        changed = (*changed, "answers")
    if changed:
        announce(RegistrationChanged(registration.event_id, registration.id, changed))
    return registration


@use_case
def confirm(actor: Actor, registration_id: UUID) -> Place:
    """The place that is held for somebody, or offered to them, taken up by them, who have their letter's link.

    Twice is as good as once. Raises Conflict where the time to do so is over, or the event does not take place.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    for pool in {place.pool for place in registration.live}:
        lapse(event, pool)
    if not registration.live:
        raise Conflict(gettext("The time to confirm this place is over, and it is free for others."))
    check_takes_place(event)
    if registration.must_take_over:
        raise Conflict(gettext("Without your agreement nothing can be kept, and nobody be registered."))
    registration.verified_at = registration.verified_at or clock.now()
    freed: list[Pool] = []
    for place in [place for place in registration.live if place.state in HELD]:
        was = place.state
        if was not in HELD:
            continue  # given up just now for the one before it
        if was == "offered":
            freed += take_up(event, place)
        else:
            set_state(place, "confirmed")
            settle(registration)
        announce(PlaceConfirmed(event.id, registration.id, place.id, was, place.state))
    for pool in freed:
        promote(event, pool)
    return registration.place


@use_case
def cancel_registration(actor: Actor, registration_id: UUID) -> Registration:
    """The registration given up, by its person or an organiser; its places go to the next in line at once.

    Cancelling twice is as good as once.
    """
    registration, event, _ = lock_registration(actor, registration_id)
    rights.check(actor, event, "cancel")
    given_up = registration.live
    for place in given_up:
        set_state(place, "cancelled")
    if given_up:
        settle(registration)
        # There is nothing left for a substitute; somebody who registers anew has not asked for one.
        db.session.execute(delete(Substitution).where(Substitution.registration_id == registration.id))
        announce(PlaceCancelled(event.id, registration.id, given_up[0].id))
    for place in given_up:
        promote(event, place.pool)
    return registration


def check(description: Description) -> None:
    """Raise Invalid where a description cannot be somebody's."""
    if not description.name.strip():
        raise Invalid("name", gettext("Please write a name."))
    if description.stakeholder_type not in {None, *STAKEHOLDER_TYPES}:
        raise Invalid("stakeholder_type", gettext("Choose one from the list."))
    if description.language not in LOCALES:
        raise Invalid("language", gettext("Choose one from the list."))


def address_of(typed: str | None) -> str:
    """A typed address as it is compared; raises Invalid for none."""
    try:
        return normalise(typed or "")
    except ValueError:
        raise Invalid("address", gettext("This is not an e-mail address.")) from None


def describe(registration: Registration, description: Description) -> tuple[str, ...]:
    """A registration with another description; the names of the columns that changed. Only inside a use-case."""
    names = [column.name for column in fields(Description)]
    changed = tuple(name for name in names if getattr(registration, name) != getattr(description, name))
    for name in changed:
        setattr(registration, name, getattr(description, name))
    return changed


def take_invited(event: Event, pool: Pool, details: Details, typed_address: str) -> Registration:
    """A guest registered under the address that their letter reached; only inside the use-case of their answer.

    Raises Conflict where somebody is registered under it already or such places are not offered any more, and Invalid
    where a value cannot be.
    """
    if not pool.is_offered:
        raise Conflict(gettext("These places are not offered any more. Please write to the organisers."))
    check(details)
    brought = companions.checked(event, pool, details.companions)
    details = replace(details, address=typed_address, companions=brought)
    address = address_of(typed_address)
    state = newcomer_state(event, pool, imagine(SYSTEM, event, details, address), is_known=True, is_let_in=True)
    answers = replies.look_at(event, details.answers)
    return take(SYSTEM, event, details, address, pool, state, answers, is_known=True)


def open_to_all(pools: Pools, key: str) -> Pool:
    """The pool of a key, if whoever comes may take a place in it now; raises Invalid."""
    pool = offered(pools, key)
    if pool.admission == "invitation" or pool.window() != "open":
        raise Invalid("pool", gettext("Choose how to take part."))
    return pool


def imagine(actor: Actor, event: Event, details: Details, address: str | None) -> Registration:
    """A registration as it would be, which is not in the database."""
    given = {column.name: getattr(details, column.name) for column in fields(Description)}
    person_id = _person_id(actor, address)
    given |= {"companions": list(details.companions), "zone": details.zone}
    return Registration(event_id=event.id, address=address, person_id=person_id, **given)


class AlreadyRegistered(Conflict):
    """Somebody is registered under an address, and has not given up: by this registration."""

    def __init__(self, registration_id: UUID) -> None:
        super().__init__(gettext("Somebody is registered under this address already."))
        self.registration_id = registration_id


def take(
    actor: Actor,
    event: Event,
    details: Details,
    address: str | None,
    pool: Pool,
    state: str,
    answers: Answers,
    *,
    is_known: bool = False,
    contact_id: UUID | None = None,
) -> Registration:
    """A registration with its place in a state that was worked out; only inside a use-case that has locked the pools.

    Who comes back after cancelling has the same row, and the links in their letters go on leading to it. Raises
    AlreadyRegistered where the address is registered.
    """
    # Nearly everybody is new, and the database says of whom that is not so when they are written.
    registration = Registration(id=uuid4(), event_id=event.id, address=address, places=[])
    _fill(actor, registration, details, contact_id, is_known=is_known)
    if is_new := write_new(registration):
        place = Place(registration_id=registration.id, pool_id=pool.id, size=size_in(event, registration))
        put(place, pool, state)
        add_new(place)
        set_committed_value(registration, "places", [place])
    else:
        registration = _come_back(event, address or "")
        _fill(actor, registration, details, contact_id, is_known=is_known)
        place = registration.place
        place.size = size_in(event, registration)
        put(place, pool, state)
        settle(registration)
        db.session.flush()
    keep_agreements(registration, details.agreements, is_new=is_new)
    replies.keep(registration, answers, is_new=is_new)
    announce(PlaceTaken(event.id, registration.id, place.id, state, is_new=is_new))
    return registration


def _come_back(event: Event, address: str) -> Registration:
    """The registration of somebody who gave it up before, with one place."""
    registration = queries.get_registration(event.id, address)
    if not registration.place.has_ended:
        raise AlreadyRegistered(registration.id)
    place = registration.place
    if others := [one for one in registration.places if one is not place]:
        for other in others:
            registration.places.remove(other)
            db.session.delete(other)
        db.session.flush()  # so that the place may go where one of them was
    return registration


def _fill(
    actor: Actor, registration: Registration, details: Details, contact_id: UUID | None, *, is_known: bool
) -> None:
    """A registration as its person describes themself now."""
    describe(registration, details)
    registration.typed_address = tidy(details.address) if details.address else None
    registration.zone = details.zone or registration.zone
    registration.person_id = _person_id(actor, registration.address)
    registration.contact_id, registration.substitute_for_id = contact_id, None
    registration.companions = list(details.companions)
    # Who came before has shown their address then; of whoever writes it now nobody knows that it is theirs.
    is_theirs = registration.person_id is not None or is_known
    registration.verified_at = (registration.verified_at or clock.now()) if is_theirs else None


def take_second(registration: Registration, pool: Pool, state: str) -> Place:
    """A place in another pool beside the one there is; only inside a use-case that has locked the pools."""
    drop_ended(registration, pool)
    place = Place(pool=pool, state=state, size=size_in(pool.event, registration))
    put(place, pool, state)
    registration.places.append(place)
    settle(registration)
    db.session.flush()
    return place


def _person_id(actor: Actor, address: str | None) -> UUID | None:
    """The member's own person where they register under the address that is proven theirs; nobody's otherwise."""
    if actor.person_id is None or address is None:
        return None
    person = db.session.get(Person, actor.person_id)
    return person.id if person is not None and person.address == address else None


def keep_agreements(registration: Registration, agreements: Sequence[Agreement], *, is_new: bool) -> None:
    """What somebody agreed to, kept once; only inside a use-case."""
    keep_ticked(registration, agreements, is_new=is_new)
    agreements = [one for one in agreements if one.purpose not in PURPOSES]
    given = select(Consent).where(Consent.registration_id == registration.id)
    before: dict[tuple[str, ...], Consent] = {}
    if not is_new:
        before = {(row.purpose, row.recipient, row.wording): row for row in db.session.scalars(given)}
    for agreement in agreements:
        said = {"purpose": agreement.purpose, "recipient": agreement.recipient, "wording": agreement.wording}
        if consent := before.get(tuple(said.values())):
            consent.language, consent.withdrawn_at = agreement.language, None
        else:
            add_row(Consent, registration_id=registration.id, **said, language=agreement.language)
