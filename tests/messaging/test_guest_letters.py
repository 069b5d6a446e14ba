"""Letters to people who are invited to an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.registrations import invitations
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation
from tests.conftest import both
from tests.messaging.conftest import plain

Make = Callable[..., Any]


def test_a_guest_is_asked_in_their_language_and_reminded(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    guests = [Guest("王芳", "wang@example.org", "zh"), Guest("Anna", "anna@example.org", "en")]
    until = clock.now() + timedelta(days=5)
    invitations.invite(SYSTEM, event.id, "in_person", guests, until, both("Bring boots.", "请带靴子。"))
    told = {letter["To"]: letter for letter in letters()}
    assert told["wang@example.org"]["Subject"] == "邀请：研讨会：Roundtable"
    text = plain(told["anna@example.org"])
    for words in ("invites you to this event.", "Bring boots.", "Please answer by ", "/en/invitations/"):
        assert words in text, words
    assert "请带靴子。" in plain(told["wang@example.org"])
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        invitations.remind(SYSTEM, event.id)
        subjects = {letter["Subject"] for letter in letters()}
    assert subjects == {"Reminder: Roundtable", "提醒：研讨会：Roundtable"}


def test_who_answered_meanwhile_is_not_written_to(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    invitations.invite(
        SYSTEM, event.id, "in_person", [Guest("Anna", "anna@example.org", "en")], clock.now() + timedelta(days=5)
    )
    invitations.withdraw(SYSTEM, db.session.scalars(select(EventInvitation.id)).one())
    assert letters() == []
