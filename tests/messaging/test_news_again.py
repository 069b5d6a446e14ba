"""Letters that somebody had ended, and wants again: by agreeing to news anew, with proof that the address is theirs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.messaging.choices import services as choices
from eventhub.messaging.choices.models import EndedLetters, LetterChoice
from eventhub.messaging.to_groups import groups
from eventhub.messaging.to_groups.groups import Group
from eventhub.privacy import parts
from eventhub.registrations import invitations, pools
from eventhub.registrations import services as registrations
from eventhub.registrations.agreements import Agreement, Details
from eventhub.registrations.consents import services as consents
from eventhub.registrations.consents.queries import list_asked
from eventhub.registrations.invitations import Guest
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.pools import PoolPlan
from eventhub.registrations.queries import find_registration
from tests.conftest import on_postgres, on_sqlite
from tests.races import side_by_side

from .test_to_groups import ONE_CLICK, agree_to_news, ending_of, names, released

pytestmark = on_sqlite


def ended_before(make_event, register, letters, client) -> tuple[UUID, str]:
    """An organiser, and the address of somebody who had news of theirs and ended it."""
    event = make_event(in_person=5)
    reader = register(event, "Reader", address="reader@example.org")
    agree_to_news(reader)
    letters()
    released(event, is_news=True)
    client.post(ending_of(letters()[0]), data=ONE_CLICK)
    db.session.rollback()
    return event.organisation_id, reader.typed_address


def asks_for_news(event) -> list[Agreement]:
    """What whoever ticks the box for news on an event's form agrees to."""
    consents.save_ask(SYSTEM, event.id, "news", consents.AskPlan(is_asked=True))
    ask = next(one for one in list_asked(event) if one.purpose == "news")
    return [Agreement(purpose="news", wording=ask.digest, language="en")]


@pytest.mark.parametrize("way", ["signed in", "own page", "link of the letter", "invitation"])
def test_who_agrees_to_news_anew_and_shows_their_address_gets_it_again(
    make_event, make_person, register, letters, client, way
):
    organiser, address = ended_before(make_event, register, letters, client)
    event = make_event(in_person=5, organisation=organiser)
    pools.save_pool(SYSTEM, event.id, PoolPlan(mode="in_person", capacity=5, hold_hours=24), "in_person")
    details = Details(name="Reader", address=address, agreements=asks_for_news(event))
    if way == "signed in":
        person = make_person(address=address, address_verified_at=clock.now())
        registrations.register(Actor("member", person_id=person.id), event.id, details, "in_person")
    elif way == "invitation":
        invitations.invite(
            SYSTEM, event.id, "in_person", [Guest("Reader", address, "en")], clock.now() + timedelta(days=5)
        )
        asked = db.session.scalars(sa.select(EventInvitation)).one()
        holder = Actor("link", thing_id=asked.id, purpose="event_invitation")
        invitations.accept(holder, asked.id, replace(details, address=None))
    else:
        ticked = () if way == "own page" else details.agreements
        registrations.register(VISITOR, event.id, replace(details, agreements=ticked), "in_person")
        one = find_registration(event.id, address)
        assert names(event, Group(), is_news=True) == set(), "anybody could have typed the address"
        if way == "own page":
            agree_to_news(one)
        else:
            registrations.confirm(Actor("link", thing_id=one.id, purpose="registration"), one.id)
    assert names(event, Group(), is_news=True) == {"Reader"}
    letters()
    released(event, is_news=True)
    [message] = letters()
    assert client.post(ending_of(message), data=ONE_CLICK).status_code == 200
    db.session.rollback()
    assert names(event, Group(), is_news=True) == set(), "and ends it as before"


@pytest.mark.parametrize("way", ["typed", "by organisers", "other purpose", "before"])
def test_news_stays_ended_for_whom_nobody_has_shown_to_want_it(make_event, register, letters, client, way):
    organiser, address = ended_before(make_event, register, letters, client)
    event = make_event(in_person=5, organisation=organiser)
    pools.save_pool(SYSTEM, event.id, PoolPlan(mode="in_person", capacity=5, hold_hours=24), "in_person")
    details = Details(name="Reader", address=address, agreements=asks_for_news(event))
    if way == "by organisers":
        registrations.add_by_hand(SYSTEM, event.id, details, "in_person")
    else:
        registrations.register(VISITOR, event.id, details, "in_person")
    one = find_registration(event.id, address)
    holder = Actor("link", thing_id=one.id, purpose="registration")
    if way == "other purpose":
        consents.save_ask(SYSTEM, event.id, "recording", consents.AskPlan(is_asked=True))
        ask = next(ask for ask in list_asked(event) if ask.purpose == "recording")
        consents.give(holder, one.id, ask.key, ask.digest)
    elif way == "before":
        use_case(lambda actor: db.session.execute(sa.update(LetterChoice).values(off_at=clock.now())))(SYSTEM)
        registrations.confirm(holder, one.id)
    assert groups.find(event, Group(), is_news=True).unwanted == 1


def test_who_had_ended_letters_before_they_were_erased_wants_them_again_by_agreeing_anew(
    make_event, register, letters, client
):
    organiser, address = ended_before(make_event, register, letters, client)
    [gone] = db.session.scalars(sa.select(Registration))
    use_case(lambda actor: parts.erase(actor, gone))(SYSTEM)
    letters()
    assert db.session.scalars(sa.select(EndedLetters)).one()
    event = make_event(in_person=5, organisation=organiser)
    agree_to_news(register(event, "Reader", address=address))
    letters()
    released(event, is_news=True)
    assert [message["To"] for message in letters()] == [address]


def test_the_words_that_are_agreed_to_are_marked_with_their_language(make_event, register, letters, client):
    event = make_event(in_person=5)
    reader = register(event, address="reader@example.org")
    agree_to_news(reader)
    letters()
    released(event, is_news=True)
    page = ending_of(letters()[0])
    client.post(page, data=ONE_CLICK)
    own = Translated.of(en="We may write."), Translated.of(zh="每年几封。")
    consents.save_ask(SYSTEM, event.id, "news", consents.AskPlan(is_asked=True, sentence=own[0], details=own[1]))
    shown = client.get(re.sub("^/en/", "/zh/", page)).text
    assert '<blockquote><p lang="en">We may write.</p><p class="soft">每年几封。</p></blockquote>' in shown
    shown = client.get(re.sub("^/zh/", "/en/", page)).text
    assert '<blockquote><p>We may write.</p><p class="soft" lang="zh-Hans">每年几封。</p></blockquote>' in shown


@on_postgres
def test_who_wants_news_by_two_pages_at_the_same_moment_gets_it(app, make_event, register, letters, client):
    organiser, address = ended_before(make_event, register, letters, client)
    one = register(make_event(in_person=5, organisation=organiser), "Reader", address=address)
    agree_to_news(one)
    choice = db.session.scalars(sa.select(LetterChoice)).one()
    holder = Actor("link", thing_id=one.id, purpose="registration")
    by_letter = Actor("link", thing_id=choice.id, purpose=choices.PURPOSE)
    choices.end(by_letter, choice.id)
    [news] = asks_for_news(one.event)
    one_id, choice_id = one.id, choice.id
    db.session.rollback()

    def give() -> None:
        consents.give(holder, one_id, "news", news.wording)

    assert side_by_side(app, give, lambda: choices.want(by_letter, choice_id), holder) == []
    assert db.session.scalars(sa.select(LetterChoice.off_at)).one() is None
