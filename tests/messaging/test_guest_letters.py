"""Letters to people who are invited to an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from eventhub.events import services as events
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.choices import services as choices
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import jobs
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.services import RulePlan
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import access, invitations
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation
from tests.conftest import both, on_sqlite
from tests.messaging.conftest import plain

Make = Callable[..., Any]


def test_a_guest_is_asked_in_their_language_and_reminded(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    guests = [Guest("王芳", "wang＠example.org", "zh"), Guest("Anna", "anna@example.org", "en")]
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


def test_a_guest_who_lost_the_letter_gets_the_link_until_it_was_answered(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    invitations.invite(
        SYSTEM, event.id, "in_person", [Guest("Anna", "anna@example.org", "en")], clock.now() + timedelta(days=5)
    )
    link = next(line for line in plain(letters()[0]).splitlines() if "/en/invitations/" in line)
    access.ask_for_links(VISITOR, "anna@example.org", "en")
    [letter] = letters()
    assert letter["Subject"] == "Your links"
    assert f"Roundtable\r\n{link}" in plain(letter)
    with clock.standing_at(clock.now() + timedelta(days=6)):
        access.ask_for_links(VISITOR, "anna@example.org", "en")
        assert [one["Subject"] for one in letters() if one["Subject"] == "Your links"] == []
    [invitation] = db.session.scalars(select(EventInvitation))
    invitations.decline(Actor("link", thing_id=invitation.id, purpose="event_invitation"), invitation.id)
    letters()
    access.ask_for_links(VISITOR, "anna@example.org", "en")
    assert letters() == []


@on_sqlite
def test_a_list_of_guests_keeps_nobody_waiting_for_a_letter_of_their_own(
    make_event: Make, register: Make, make_person: Make, make_session: Make, letters: Make
):
    event = make_event("Roundtable", in_person=3)
    guests = [Guest(name, f"{name}@example.org", "en") for name in ("anna", "omar")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    register(event, address="reader@example.org")
    anna = db.session.scalars(select(EventInvitation.id).where(EventInvitation.address == "anna@example.org")).one()
    holder = Actor("link", thing_id=anna, purpose="event_invitation")
    invitations.pass_on(holder, anna, Guest("Li", "li@example.org", "en"))
    outbox.drain(most=2)
    db.session.rollback()
    sent = set(db.session.scalars(select(Letter.address).where(Letter.state == "sent")))
    assert sent == {"reader@example.org", "li@example.org"}
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=make_person(address="speaker@example.org").id)])
    letters()
    events.cancel_event(SYSTEM, event.id)
    outbox.drain(most=1)
    flags = select(OutboxRow.is_bulk).join(Letter, Letter.outbox_id == OutboxRow.id)
    assert db.session.scalars(flags.where(Letter.kind == "event_cancelled")).all() == [True] * 4, (
        "guests hear of it too"
    )


def test_who_has_ended_letters_is_neither_invited_nor_reminded(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    guests = [Guest(name, f"{name.lower()}@example.org", "en") for name in ("Anna", "Omar", "Gone")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    first = letters()
    assert all("/letters/" in letter["List-Unsubscribe"] and "/letters/" in plain(letter) for letter in first)
    plan = RulePlan("invitation", "guests", 1, "hours")

    @use_case
    def choose(actor: Actor) -> None:
        for choice in choices.choices_for(event.organisation_id, ["anna@example.org", "omar@example.org"]).values():
            choice.off_at = clock.now() if choice.address.startswith("omar") else None
        db.session.add(MarkedAddress(organisation_id=event.organisation_id, address="gone@example.org", reason="5.1.1"))

    choose(SYSTEM)
    reminders.save_rule(SYSTEM, event.id, plan)
    with clock.standing_at(clock.now() + timedelta(days=5, minutes=-50)):
        jobs.look()
        sent = letters()
        assert [letter["To"] for letter in sent] == ["anna@example.org"]
        assert "/letters/" in sent[0]["List-Unsubscribe"] and "/letters/" in plain(sent[0])
    again = make_event("Roundtable 2", in_person=3, organisation=event.organisation_id)
    invitations.invite(SYSTEM, again.id, "in_person", guests[:2], clock.now() + timedelta(days=5))
    sent = letters()
    assert [letter["To"] for letter in sent] == ["anna@example.org"]
    assert "/letters/" in sent[0]["List-Unsubscribe"] and "/letters/" in plain(sent[0])
    assert db.session.scalars(select(Letter.error).where(Letter.state == "failed")).all() == ["no longer wanted"]


def test_who_answered_meanwhile_is_not_written_to(make_event: Make, letters: Make):
    event = make_event("Roundtable", in_person=3)
    invitations.invite(
        SYSTEM, event.id, "in_person", [Guest("Anna", "anna@example.org", "en")], clock.now() + timedelta(days=5)
    )
    invitations.withdraw(SYSTEM, db.session.scalars(select(EventInvitation.id)).one())
    assert letters() == []
