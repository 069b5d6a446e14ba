"""Carrying letters out, outside any transaction."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, end_reading
from eventhub.foundation.outbox import Refused, carries, ends_batch
from eventhub.foundation.web import settings
from eventhub.registrations.models import Place, Registration

from . import calendar_messages, event_news, lanes, letters, mail, services
from .models import Letter
from .reminders import letters as reminder_letters
from .reminders import services as reminders
from .to_groups import services as to_groups

# Together with whose registration it is about, if it is, and what says how that one stands.
_LETTER = (
    select(Letter, Registration)
    .outerjoin(Registration, Registration.id == Letter.registration_id)
    .where(Letter.id == bindparam("its_id"))
    .options(joinedload(Registration.places).joinedload(Place.pool), joinedload(Registration.person))
)


@carries("letter", pace=lanes.pace)
def send(payload: dict[str, Any], outbox_id: UUID) -> Callable[[], None]:
    """Write one letter in its reader's language and hand it over."""
    row = db.session.execute(_LETTER, {"its_id": UUID(payload["letter_id"])}).unique().one_or_none()
    if row is None:
        raise Refused("the letter is no longer there")
    letter, _registration = row  # held until then: who writes the letter asks the session for it
    if letter.kind == "reminder" and not reminder_letters.is_worth_sending(letter):
        return partial(reminders.drop_letter, letter.id)
    if event_news.is_overtaken(letter):
        return partial(services.drop, letter.id)  # the last that somebody hears would be what is not so any more
    with force_locale(letter.language):
        draft = letters.draft(letter)
        invitation = calendar_messages.tell(letter, draft, settings())
        message = mail.build(
            draft, letter.id, letter.address, letter.language, clock.now(), settings(), invitation=invitation
        )
    letter_id = letter.id
    end_reading()  # a mail server may take its time: nobody waits for our connection meanwhile
    mail.hand_over(message, letter_id, settings())
    return partial(services.mark_sent, letter_id, str(message["Subject"]))


@ends_batch
def hang_up() -> None:
    """Give back the connection to the mail server."""
    mail.hang_up()


@carries("letter_to_all", is_spread=True)
def spread(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter for each of an event's registrants, batch by batch, for those who speak there, and for guests."""
    last: UUID | None = None
    while last := services.spread(SYSTEM, payload, outbox_id, last):
        pass
    services.spread_to_speakers(SYSTEM, payload, outbox_id)
    while last := services.spread_to_guests(SYSTEM, payload, outbox_id, last):
        pass


@carries("sign_ups_ended", is_spread=True)
def tell_of_ends(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter for each whose sign-up ended with its session, batch by batch."""
    registration_ids = [UUID(one) for one in payload["registration_ids"]]
    for start in range(0, len(registration_ids), services.BATCH):
        batch = registration_ids[start : start + services.BATCH]
        services.spread_ends(SYSTEM, batch, UUID(payload["session_id"]), outbox_id)


@carries("import", is_spread=True)
def tell_imported(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter for each whom a list brought in, batch by batch."""
    last: UUID | None = None
    while last := services.spread_import(SYSTEM, UUID(payload["import_id"]), last):
        pass


@carries("places", is_spread=True)
def tell_given(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter for each who was given a place, batch by batch."""
    place_ids = [UUID(place_id) for place_id in payload["place_ids"]]
    for start in range(0, len(place_ids), services.BATCH):
        services.spread_places(SYSTEM, place_ids[start : start + services.BATCH], outbox_id)


@carries("certificates", is_spread=True)
def tell_certified(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter for each who was given a certificate, batch by batch."""
    certificate_ids = [UUID(certificate_id) for certificate_id in payload["certificate_ids"]]
    for start in range(0, len(certificate_ids), services.BATCH):
        services.spread_certificates(SYSTEM, certificate_ids[start : start + services.BATCH])


@carries("group_letter", is_spread=True)
def spread_to_group(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Order a letter to a group for each who was in it when it was released, batch by batch."""
    while to_groups.spread(SYSTEM, UUID(payload["id"])):
        pass


@carries("nothing")
def rest(payload: dict[str, Any], outbox_id: UUID) -> None:
    """Do the work of a letter that there is not."""


@carries("links")
def answer_links(payload: dict[str, Any], outbox_id: UUID) -> Callable[[], None]:
    """Order the letter with all links of an address, if it has any."""
    return partial(services.answer_links, payload["address"], payload["language"])
