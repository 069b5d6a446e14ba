"""Ending and wanting letters; both hold at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from eventhub.events.models import Event
from eventhub.foundation import clock, links
from eventhub.foundation.actor import Actor
from eventhub.foundation.bulk import add_missing
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.marks import marks_of
from eventhub.foundation.outbox import Refused
from eventhub.foundation.permissions import require
from eventhub.foundation.web import address
from eventhub.registrations.consents import queries as consents
from eventhub.registrations.consents import services as agreeing
from eventhub.registrations.consents.queries import Agreed
from eventhub.registrations.models import Registration

from .models import EndedLetters, LetterChoice
from .signals import LettersEnded, LettersWanted

PURPOSE = "letters"
# Why a letter is not sent after all; `words` tells it to organisers.
UNWANTED = "no longer wanted"


def get_by_link(token: str) -> LetterChoice:
    """The choice whose private link this is; raises NoLink alike, and after as long, for any that is not."""
    found = db.session.get(LetterChoice, links.row_id_of(token))
    return links.opened(PURPOSE, token, found, found.link_number if found else None)


def link_of(choice: LetterChoice, lang: str) -> str:
    """The address of the page on which a reader chooses, for a letter to nobody but them."""
    return address("messaging.choice", lang, token=links.make(PURPOSE, choice.id, choice.link_number))


def ending_for(organisation_id: UUID, reader: str | None, lang: str) -> str | None:
    """Where somebody to whom an organiser wrote before ends such letters; raises Refused where they have done so."""
    mine = LetterChoice.organisation_id == organisation_id, LetterChoice.address == reader
    choice = db.session.scalar(select(LetterChoice).where(*mine)) if reader else None
    if choice is not None and choice.off_at is not None:
        raise Refused(UNWANTED)
    return link_of(choice, lang) if choice else None


def is_wanted(reader: InstrumentedAttribute[str], organisation_id: UUID) -> ColumnElement[bool]:
    """That a normalised address is none of those that want no such letters of an organiser."""
    ended = exists().where(LetterChoice.organisation_id == organisation_id, LetterChoice.off_at.is_not(None))
    return ~ended.where(LetterChoice.address == reader)


def choices_for(organisation_id: UUID, addresses: Collection[str]) -> dict[str, LetterChoice]:
    """The choice of each of these normalised addresses, made where there is none; only inside a use-case.

    Who had ended such letters before all else about them was erased has them ended again.
    """
    mine = select(LetterChoice).where(LetterChoice.organisation_id == organisation_id)
    found = {one.address: one for one in db.session.scalars(mine.where(LetterChoice.address.in_(addresses)))}
    if new := sorted(set(addresses) - found.keys()):
        ended = _recognised(organisation_id, new)
        shared = {"organisation_id": organisation_id, "version": 1}
        # Somebody else may make the same ones at this moment: they are waited for, in the order of the addresses.
        add_missing(LetterChoice, [{**shared, "address": one, "off_at": ended.get(one)} for one in new])
        found |= {one.address: one for one in db.session.scalars(mine.where(LetterChoice.address.in_(new)))}
    return found


def forget(organisation_id: UUID, which: ColumnElement[bool]) -> None:
    """Choices of an organiser gone, with the addresses; of those that had ended letters a mark stays.

    Only inside a use-case.
    """
    gone = delete(LetterChoice).where(LetterChoice.organisation_id == organisation_id, which)
    rows = db.session.execute(gone.returning(LetterChoice.address, LetterChoice.off_at)).all()
    add_missing(
        EndedLetters,
        [
            {"organisation_id": organisation_id, "mark": _marks(organisation_id, one)[0], "created_at": off_at}
            for one, off_at in sorted(rows)
            if off_at is not None
        ],
    )


def _recognised(organisation_id: UUID, addresses: Collection[str]) -> dict[str, datetime]:
    """Since when those of these addresses that had ended letters want none; the address tells it from now on."""
    by_mark = {mark: one for one in addresses for mark in _marks(organisation_id, one)}
    gone = delete(EndedLetters).where(
        EndedLetters.organisation_id == organisation_id, EndedLetters.mark.in_(by_mark.keys())
    )
    return {
        by_mark[mark]: since
        for mark, since in db.session.execute(gone.returning(EndedLetters.mark, EndedLetters.created_at))
    }


def _marks(organisation_id: UUID, one: str) -> list[str]:
    return marks_of("ended_letters", f"{organisation_id} {one}")


def ended_among(organisation_id: UUID) -> set[str]:
    """The addresses that want no such letters of an organiser."""
    query = select(LetterChoice.address).where(LetterChoice.organisation_id == organisation_id)
    return set(db.session.scalars(query.where(LetterChoice.off_at.is_not(None))))


@use_case
def end(actor: Actor, choice_id: UUID) -> None:
    """No more letters but those about one's own registrations; agreements to news are taken back with it.

    Twice is as good as once.
    """
    choice = get(LetterChoice, choice_id, lock=True)
    require(actor.holds_link(PURPOSE, choice.id), hidden=True)
    for registration, agreed in _news_of(choice):
        if agreed.is_given:
            agreeing.withdraw(_as_registrant(registration), registration.id, agreed.key)
    if choice.off_at is None:
        choice.off_at = clock.now()
        announce(LettersEnded(choice.organisation_id, choice.id))


@use_case
def want(actor: Actor, choice_id: UUID) -> None:
    """These letters again: agreed to anew wherever the organiser asks for it, in the words that the page shows."""
    choice = get(LetterChoice, choice_id, lock=True)
    require(actor.holds_link(PURPOSE, choice.id), hidden=True)
    for registration, agreed in _news_of(choice):
        if agreed.ask is not None and not agreed.is_given:
            agreeing.give(_as_registrant(registration), registration.id, agreed.key, agreed.ask.digest)
    if choice.off_at is not None:
        choice.off_at = None
        announce(LettersWanted(choice.organisation_id, choice.id))


def hear_again(registration: Registration) -> None:
    """Letters again to an address whose reader has agreed to news since they had ended them; only inside a use-case.

    The caller knows that it was they. What they ended after that stays ended.
    """
    agreed_at = consents.news_agreed_at(registration.id)
    if agreed_at is None or registration.address is None:
        return
    organiser, reader = registration.event.organisation_id, registration.address
    marks = EndedLetters.organisation_id == organiser, EndedLetters.mark.in_(_marks(organiser, reader))
    db.session.execute(delete(EndedLetters).where(*marks, EndedLetters.created_at < agreed_at))
    mine = LetterChoice.organisation_id == organiser, LetterChoice.address == reader
    off = select(LetterChoice).where(*mine, LetterChoice.off_at < agreed_at)
    # Who holds it is the reader, on the page where they choose, which counts; they wait for our event or registration.
    choice = db.session.scalar(off.with_for_update(skip_locked=True))
    if choice is not None:
        choice.off_at = None
        announce(LettersWanted(organiser, choice.id))


def news_of(choice: LetterChoice) -> list[Agreed]:
    """How the reader stands to each request for news of the organiser."""
    return [agreed for _, agreed in _news_of(choice)]


def _news_of(choice: LetterChoice) -> list[tuple[Registration, Agreed]]:
    return consents.news_of(_registrations(choice))


def _registrations(choice: LetterChoice) -> Sequence[Registration]:
    query = (
        select(Registration)
        .join(Registration.event)
        .options(contains_eager(Registration.event))
        .where(Event.organisation_id == choice.organisation_id)
        .where(Registration.address == choice.address, Registration.erased_at.is_(None))
        .order_by(Registration.id)
    )
    return db.session.scalars(query).all()


def _as_registrant(registration: Registration) -> Actor:
    """Whoever holds a link that was sent to an address is who registered with it."""
    return Actor("link", thing_id=registration.id, purpose="registration")
