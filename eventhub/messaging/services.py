"""Ordering letters, and keeping what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from sqlalchemy import delete

from eventhub.events.models import Event
from eventhub.events.policy import may_edit_series
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import add_row, after_commit, announce, db, get, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.permissions import require
from eventhub.foundation.tables import change_row
from eventhub.foundation.web import settings
from eventhub.foundation.work import OutboxRow
from eventhub.programme.models import Speaker
from eventhub.programme.speaker_queries import address_of
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.policy import may_manage_registrations
from eventhub.registrations.series.models import SeriesRegistration

from . import event_news, mail, queries
from .lanes import lane_of
from .models import Letter
from .push import services as push
from .signals import LetterSentAgain, SpreadAgain

# How many letters one transaction of a letter to all orders.
BATCH = 100
# A double click is no second registration, and nobody's mailbox is filled by somebody else's typing.
QUIET = timedelta(minutes=20)
# An organiser who saves an event several times in a row writes one letter.
SETTLING = timedelta(minutes=5)
# What is told of a place that somebody was given, by how it stands.
_GIVEN = {"confirmed": "promoted", "offered": "offered"}


def order(
    kind: str,
    address: str,
    language: str,
    *,
    cause: str = "",
    data: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
    is_bulk: bool = False,
    **about: UUID | None,
) -> UUID | None:
    """A letter on its way, in the transaction of what it tells of; its id, or None where it was ordered before.

    With a `cause`, which names what is told and to whom, it is ordered once however often this is called. `data`
    are ids and plain values that its words are made from. One of many, `is_bulk`, goes after all that is for one.
    """
    letter_id = uuid4()
    outbox_id = outbox.put(
        "letter", {"letter_id": str(letter_id)}, cause, about.get("event_id"), due_at, lane=lane_of(address),
        is_bulk=is_bulk,
    )  # fmt: skip
    if outbox_id is None:
        return None
    letter = {"id": letter_id, "kind": kind, "address": address, "language": language, "outbox_id": outbox_id}
    add_row(Letter, **letter, data=dict(data or {}), **about)
    if kind in push.KINDS and (registration_id := about.get("registration_id")):
        push.order(registration_id, letter_id, about.get("event_id"), due_at, is_bulk=is_bulk)
    return letter_id


def order_for(
    registration: Registration,
    kind: str,
    *,
    cause: str = "",
    data: Mapping[str, Any] | None = None,
    due_at: datetime | None = None,
    is_bulk: bool = False,
) -> None:
    """A letter to a registrant, where they gave an address."""
    if registration.address:
        order(
            kind,
            registration.typed_address or registration.address,
            registration.language,
            cause=cause,
            data=data,
            due_at=due_at,
            is_bulk=is_bulk,
            event_id=registration.event_id,
            registration_id=registration.id,
        )


def order_for_either(
    registration: Registration,
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    cause: str = "",
    due_at: datetime | None = None,
    is_bulk: bool = False,
) -> None:
    """A letter to a registrant, or about them to the contact who looks after them."""
    if (contact := registration.looked_after_by) is None:
        order_for(registration, kind, cause=cause, data=data, due_at=due_at, is_bulk=is_bulk)
        return
    order(
        kind,
        contact.typed_address or contact.address or "",
        contact.language,
        cause=cause,
        data=data,
        due_at=due_at,
        is_bulk=is_bulk,
        event_id=registration.event_id,
        registration_id=registration.id,
    )


def order_for_delegation(contact: Registration, people: int, waiting: int) -> None:
    """A letter to a contact about those whom they named, unless one has just gone to them."""
    if queries.has_letter_since(contact.id, clock.now() - QUIET, "delegation"):
        order_nothing()
    else:
        order_for(contact, "delegation", data={"people": people, "waiting": waiting})


def order_for_wish(registration: Registration) -> None:
    """A letter to those who run an event about somebody who would like to be replaced, where they can be reached."""
    event = get(Event, registration.event_id)
    if event.contact_address:
        to, lang = event.contact_address, event.main_language
        order("substitute_asked", to, lang, event_id=event.id, registration_id=registration.id)


def order_of_sign_ups(
    registration: Registration,
    session_id: UUID,
    *,
    settling: timedelta = timedelta(),
    is_promoted: bool = False,
    cause: str = "",
    is_bulk: bool = False,
) -> None:
    """A letter that tells of a session that somebody has signed up for, together with all that is new meanwhile.

    Who chooses five sessions in a row gets one letter; what cannot wait is told at once, with all the rest. One of
    many has a `cause`, by which it is ordered once however often this is called.
    """
    if not registration.address and registration.looked_after_by is None:
        return
    due_at, told = clock.now() + settling, str(session_id)
    letter = queries.find_waiting_letter(registration.id, "sign_ups")
    data = {"sign_ups": [], "promoted": [], **(letter.data if letter else {})}
    data["sign_ups"] = sorted({*data["sign_ups"], told})
    data["promoted"] = sorted({*data["promoted"], told} if is_promoted else {*data["promoted"]})
    if letter is None or letter.outbox_id is None:
        order_for_either(registration, "sign_ups", data, cause=cause, due_at=due_at, is_bulk=is_bulk)
    elif not cause or order_nothing(cause):  # so that this is known to be told though the letter has another cause
        letter.data = data
        outbox.hasten(letter.outbox_id, due_at)


def order_of_ends(event_id: UUID, session_id: UUID, registration_ids: Sequence[UUID]) -> None:
    """A letter to each who had signed up for a session that does not take place, or for which nobody need any more."""
    payload = {"session_id": str(session_id), "registration_ids": [str(one) for one in registration_ids]}
    outbox.put("sign_ups_ended", payload, event_id=event_id)


def leave_out(event_id: UUID, session_id: UUID) -> None:
    """Have letters that wait to tell of sign-ups say nothing of a session of which the notice of changes tells.

    One that had nothing else to tell is not sent.
    """
    empty = []
    for letter in queries.list_waiting_letters(event_id, "sign_ups"):
        left = [one for one in letter.data["sign_ups"] if one != str(session_id)]
        if left:
            letter.data = {**letter.data, "sign_ups": left}
        else:
            empty.append(letter)
    for start in range(0, len(empty), BATCH):
        some = empty[start : start + BATCH]
        work = [letter.outbox_id for letter in some]
        db.session.execute(delete(Letter).where(Letter.id.in_([letter.id for letter in some])))
        db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(work)))


@use_case
def spread_ends(actor: Actor, registration_ids: Sequence[UUID], session_id: UUID, cause: UUID) -> None:
    """Some of the letters about a session for which sign-up has ended."""
    for registration in queries.list_registrations(registration_ids):
        order_of_sign_ups(registration, session_id, cause=f"{cause}:{registration.id}", is_bulk=True)


def order_for_guest(
    invitation: EventInvitation,
    kind: str,
    *,
    cause: str = "",
    data: Mapping[str, Any] | None = None,
    is_bulk: bool = False,
) -> None:
    """A letter to somebody who is invited to an event: one of a list, unless a guest has named them."""
    data = {**(data or {}), "event_invitation_id": str(invitation.id)}
    to, lang, is_bulk = invitation.typed_address, invitation.language, is_bulk or invitation.passed_on_by_id is None
    order(kind, to, lang, cause=cause, event_id=invitation.event_id, data=data, is_bulk=is_bulk)


def order_for_series(registration: SeriesRegistration, kind: str, event_ids: Iterable[UUID] = ()) -> None:
    """A letter about all of a series to somebody who registered for it."""
    data = {"series_registration_id": str(registration.id), "event_ids": list(map(str, event_ids))}
    # What is added to a series is told to all who want the whole of it; all else is what somebody has just done.
    order(kind, registration.typed_address, registration.language, data=data, is_bulk=kind == "series_offered")


def order_for_speaker(
    speaker: Speaker, kind: str, data: Mapping[str, Any] | None = None, *, cause: str = "", is_bulk: bool = False
) -> None:
    """A letter to a speaker, where there is an address for them."""
    if address := address_of(speaker.person, speaker):
        data, lang = {**(data or {}), "speaker_id": str(speaker.id)}, speaker.person.language
        order(kind, address, lang, cause=cause, event_id=speaker.event_id, data=data, is_bulk=is_bulk)


def order_for_organisers(speaker: Speaker, kind: str, **data: Any) -> None:
    """A letter about a speaker to those who run their event, where these have said how to reach them."""
    event = get(Event, speaker.event_id)
    if event.contact_address:
        data["speaker_id"] = str(speaker.id)
        order(kind, event.contact_address, event.main_language, event_id=event.id, data=data)


def order_again_for(registration: Registration) -> None:
    """Their link to somebody who registered again, unless a letter with it has just gone to them."""
    if queries.has_letter_since(registration.id, clock.now() - QUIET):
        order_nothing()
    else:
        order_for(registration, "registered_again")


def order_nothing(cause: str = "") -> UUID | None:
    """As much work as a letter is, where there is none; its id, or None where what has this cause was ordered before.

    Nobody can tell by it who is known here.
    """
    return outbox.put("nothing", {}, cause)


def order_for_all(event_id: UUID, kind: str, data: Mapping[str, Any] | None = None) -> None:
    """A letter about an event's fate to registrants, speakers and guests; the worker spreads it in batches.

    One of the kind that is still to be spread tells of this as well: its words are those of the day it is sent.
    """
    if not outbox.is_waiting("letter_to_all", event_id, {"kind": kind}):
        outbox.put("letter_to_all", {"event_id": str(event_id), "kind": kind, "data": data or {}}, event_id=event_id)


def order_for_import(event_id: UUID, import_id: UUID) -> None:
    """A letter to each whom a list brought in; the worker spreads it in batches."""
    outbox.put("import", {"import_id": str(import_id)}, f"import:{import_id}", event_id)


@use_case
def spread_import(actor: Actor, import_id: UUID, after: UUID | None) -> UUID | None:
    """The next batch of the letters about an import, by the registrations' ids; None when there are no more.

    Each says how the place stands by now; who has given it up meanwhile gets none.
    """
    last = None
    for registration in db.session.scalars(queries.imported(import_id, after).limit(BATCH)):
        last, place = registration.id, registration.place
        if not place.has_ended:
            data = {"place_id": str(place.id)}
            order_for(registration, place.state, cause=f"import:{import_id}:{registration.id}", data=data, is_bulk=True)
    return last


def order_for_places(event_id: UUID, place_ids: Sequence[UUID]) -> None:
    """A letter to each who was given a place; the worker spreads it in batches."""
    payload = {"place_ids": [str(place_id) for place_id in place_ids]}
    outbox.put("places", payload, event_id=event_id)


@use_case
def spread_places(actor: Actor, place_ids: Sequence[UUID], cause: UUID) -> None:
    """The letters about some of the places that were given, to those who have not given them up meanwhile."""
    for place in queries.list_places(place_ids):
        if kind := _GIVEN.get(place.state):
            data = {"place_id": str(place.id)}
            order_for_either(place.registration, kind, data, cause=f"{cause}:{place.id}")


def order_for_certificates(event_id: UUID, certificate_ids: Sequence[UUID]) -> None:
    """A letter to each who was given a certificate; the worker spreads it in batches."""
    payload = {"certificate_ids": [str(certificate_id) for certificate_id in certificate_ids]}
    outbox.put("certificates", payload, event_id=event_id)


@use_case
def spread_certificates(actor: Actor, certificate_ids: Sequence[UUID]) -> None:
    """The letters about some certificates that were given out, as far as these are still good."""
    for certificate in queries.list_certificates(certificate_ids):
        data, cause = {"certificate_id": str(certificate.id)}, f"certificate:{certificate.id}"
        if certificate.registration:
            order_for_either(certificate.registration, "certificate_ready", data, cause=cause, is_bulk=True)
        elif certificate.speaker:
            order_for_speaker(certificate.speaker, "certificate_ready", data, cause=cause, is_bulk=True)


def order_links(address: str, language: str) -> None:
    """The links of an address on their way to it, if it has any.

    Whether it has is asked by the worker: for the one who asks, both cases take the same work and so the same time.
    """
    outbox.put("links", {"address": address, "language": language})


def answer_links(address: str, language: str) -> None:
    """The letter with all links of an address, in the transaction that finishes the question for them."""
    lists = queries.list_coming, queries.list_coming_series, queries.list_open_invitations, queries.list_coming_desks
    if any(find(address) for find in lists):
        order("links", address, language)


@use_case
def spread(actor: Actor, payload: Mapping[str, Any], cause: UUID, after: UUID | None) -> UUID | None:
    """The next batch of a letter to all, by the registrations' ids; the last id, or None when there are no more.

    Told again from the beginning, as after a killed worker, it orders no letter twice. What is not so any more, as
    when an event that was postponed has resumed meanwhile, is told to nobody.
    """
    event, last = get(Event, UUID(payload["event_id"])), None
    if not event_news.is_true(payload["kind"], event):
        return last
    speaking = queries.speaking(event)
    for registration in db.session.scalars(queries.readers(event.id, after).limit(BATCH)):
        last = registration.id
        own = f"{cause}:{registration.id}"
        data = event_news.data_for(registration, speaking, payload.get("data"))
        order_for(registration, payload["kind"], cause=own, data=data, is_bulk=True)
    return last


@use_case
def spread_to_speakers(actor: Actor, payload: Mapping[str, Any], cause: UUID) -> None:
    """A letter to each who was invited to speak at an event or has confirmed; once each."""
    event = get(Event, UUID(payload["event_id"]))
    if not event_news.is_true(payload["kind"], event):
        return
    is_resumed = payload["kind"] == "event_resumed"
    for person_id, (address, language) in queries.speakers_to_tell(event, is_resumed=is_resumed).items():
        data, own = {**payload.get("data", {}), "person_id": str(person_id)}, f"{cause}:{person_id}"
        order(payload["kind"], address, language, cause=own, data=data, event_id=event.id, is_bulk=True)


@use_case
def spread_to_guests(actor: Actor, payload: Mapping[str, Any], cause: UUID, after: UUID | None) -> UUID | None:
    """The next batch of a letter to all for those who are invited and have not answered; as `spread`."""
    event, last = get(Event, UUID(payload["event_id"])), None
    if not event_news.is_true(payload["kind"], event):
        return last
    for invitation in db.session.scalars(queries.open_invitations(event.id, after).limit(BATCH)):
        last = invitation.id
        own = f"{cause}:{invitation.id}"
        order_for_guest(invitation, payload["kind"], cause=own, data=payload.get("data"), is_bulk=True)
    return last


@use_case
def send_again(actor: Actor, letter_id: UUID, *, fate: str = "") -> None:
    """A letter that could not be delivered, tried once more from the beginning; one that is on its way stays so.

    Raises Conflict where it tells what became of an event that has become another since; for words of organisers that
    are older than that, unless whoever sends them again has seen so, as they say by the event's `fate`.
    """
    letter = get(Letter, letter_id, lock=True)
    require(_may_send_again(actor, letter), hidden=True)
    if letter.state != "failed":
        return
    if event_news.is_overtaken(letter):
        raise Conflict(gettext("Nothing was sent: what this letter says of the event is no longer true."))
    if letter.kind == "to_group" and letter.event_id:
        event = get(Event, letter.event_id)
        turned_at = queries.turned_at(event)
        if turned_at and letter.created_at < turned_at and fate != event.status:
            raise event_news.unseen(event)
    if letter.outbox_id and db.session.get(OutboxRow, letter.outbox_id):
        outbox.again(actor, letter.outbox_id)
    else:
        # A letter may come back when the work of sending it is done for so long that it was forgotten.
        payload, lane = {"letter_id": str(letter.id)}, lane_of(letter.address)
        letter.outbox_id = outbox.put("letter", payload, event_id=letter.event_id, lane=lane)
        mark_queued(letter.id)
    announce(LetterSentAgain(letter.event_id, letter.id))


def _may_send_again(actor: Actor, letter: Letter) -> bool:
    """Whoever sees the registrations for the event, or runs the series, that a letter is about."""
    if letter.event_id is not None:
        return may_manage_registrations(actor, get(Event, letter.event_id))
    its_id = letter.data.get("series_registration_id")
    registration = db.session.get(SeriesRegistration, UUID(its_id)) if its_id else None
    return registration is not None and may_edit_series(actor, registration.series)


@use_case
def spread_again(actor: Actor, outbox_id: UUID) -> None:
    """A letter to many that was given up, spread once more; who has theirs already gets no second one.

    Raises NotFound where it is too long ago to know who has.
    """
    row = get(OutboxRow, outbox_id, lock=True)
    event = get(Event, row.event_id)
    require(may_manage_registrations(actor, event), hidden=True)
    if row.state == "failed" and row.kind in outbox.spreads():
        outbox.again(actor, row.id)
        announce(SpreadAgain(event.id, row.id))


def drop(letter_id: UUID) -> None:
    """A letter that came to nothing on its way is none, in the transaction that finishes its work."""
    db.session.execute(delete(Letter).where(Letter.id == letter_id, Letter.state == "queued"))


def mark_sent(letter_id: UUID, subject: str) -> None:
    """Keep that a letter has left us, in the transaction that finishes its work."""
    sent = {"state": "sent", "subject": subject, "sent_at": clock.now(), "error": None}
    if not change_row(db.session, Letter, letter_id, **sent):
        # What was on its way while it was erased has lain down after that.
        after_commit(partial(mail.discard, [letter_id], settings()))


def mark_queued(letter_id: UUID) -> None:
    """Note that a letter that could not be delivered is on its way again."""
    if letter := db.session.get(Letter, letter_id):
        letter.state, letter.error = "queued", None


def mark_failed(letter_id: UUID, error: str) -> None:
    """Keep that a letter will not be tried any more, and why, in the transaction that gives it up."""
    if letter := db.session.get(Letter, letter_id):
        letter.state, letter.error = "failed", error
