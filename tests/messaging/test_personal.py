"""Of whom which letters are, when they ask for them or are erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.messaging import personal
from eventhub.messaging.models import Letter
from eventhub.registrations import invitations
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation, Registration


def read_by(find: Callable[[], object]) -> int:
    """How many letters are read from the database for an answer."""
    db.session.rollback()
    db.session.expunge_all()
    read: list[Letter] = []
    note = lambda letter, context: read.append(letter)  # noqa: E731
    sa.event.listen(Letter, "load", note)
    try:
        find()
    finally:
        sa.event.remove(Letter, "load", note)
    return len(read)


def test_for_one_persons_letters_those_of_all_others_are_not_read(make_event, register, letters):
    event = make_event(in_person=5)
    guests = [Guest("Anna", "anna@example.org", "en"), Guest("Omar", "omar@example.org", "en")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    anna = register(event, address="anna@example.org")
    invited = db.session.scalars(sa.select(EventInvitation.id).where(EventInvitation.address == anna.address)).one()
    person_id, speaker_id, event_id, anna_id = uuid4(), uuid4(), event.id, anna.id

    @use_case
    def fill(actor: Actor) -> None:
        db.session.get(EventInvitation, invited).registration_id = anna_id
        about: list[tuple[str, dict[str, str], UUID | None]] = [
            ("session_changed", {"person_id": str(person_id)}, None),
            ("speaker_invited", {"speaker_id": str(speaker_id)}, None),
            ("test", {"of": "speaker_invited", "who_id": str(speaker_id)}, None),
            *(("reminder", {"person_id": str(uuid4())}, None) for _ in range(5)),
            *(("reminder", {"rule_id": str(uuid4())}, uuid4()) for _ in range(5)),
        ]
        for kind, data, registration_id in about:
            db.session.add(
                Letter(
                    kind=kind, address="x@example.org", language="en", event_id=event_id, data=data,
                    registration_id=registration_id,
                )
            )  # fmt: skip

    fill(SYSTEM)
    of_speaker = personal.letters_of_speaker(event_id, speaker_id, person_id)
    assert {one.kind for one in of_speaker} == {"session_changed", "speaker_invited", "test"}
    assert read_by(lambda: personal.letters_of_speaker(event_id, speaker_id, person_id)) == 3
    theirs = personal.letters_of(db.session.get(Registration, anna_id))
    assert {one.kind for one in theirs} == {"guest_invited", "confirmed"}
    assert read_by(lambda: personal.letters_of(db.session.get(Registration, anna_id))) == 2
