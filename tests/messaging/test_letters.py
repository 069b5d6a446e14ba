"""What letters say, to whom, in which language, and what can never be in them."""

from __future__ import annotations

import email
import re
from collections import defaultdict
from dataclasses import fields
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from eventhub.accounts import services as accounts
from eventhub.accounts.models import Account
from eventhub.events import services as events
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import mail, services
from eventhub.messaging.drafts import greet
from eventhub.messaging.models import Letter
from eventhub.organisations import services as organisations
from eventhub.people.names import Names
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import access, invitations, moves
from eventhub.registrations import services as registrations
from eventhub.registrations.invitations import Guest
from tests.conftest import both, in_november_2026, on_sqlite, organisation_of
from tests.queries import count_queries

from .conftest import html, plain

pytestmark = on_sqlite

SITE = "http://127.0.0.1:8000"


def kinds() -> list[str]:
    """The letters that were ordered, oldest first."""
    return list(db.session.scalars(sa.select(Letter.kind).order_by(Letter.created_at, Letter.id)))


def addresses(text: str) -> set[str]:
    """All that a mail program would make a link of."""
    return set(re.findall(r"https?://[^\s<>\"]+", text))


def link_of(registration, lang: str = "en") -> str:
    token = links.make("registration", registration.id, registration.link_number)
    return f"{SITE}/{lang}/registrations/{token}/"


def holder_of(registration) -> Actor:
    return Actor("link", thing_id=registration.id, purpose="registration")


def change(event, **columns) -> None:
    """Let an organiser save the event's header with these columns changed."""
    kept = {column.name: getattr(event, column.name) for column in fields(events.Header)}
    events.change_event(SYSTEM, event.id, events.Header(**{**kept, **columns}))


def entries(letter: EmailMessage) -> list[Any]:
    """The entries of the calendar file in a letter."""
    [part] = letter.iter_attachments()
    return Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")


def statuses(letter: EmailMessage) -> set[str]:
    """What the calendar file in a letter says of the event."""
    return {str(entry["status"]) for entry in entries(letter)}


def settled(letters) -> list[EmailMessage]:
    """The letters that have been written some minutes later."""
    with clock.standing_at(clock.now() + services.SETTLING):
        return letters()


def test_a_confirmation_says_when_where_and_holds_the_link_and_the_calendar(make_event, register, letters):
    event = make_event("Field logistics", in_person=3)
    registration = register(event, "Wang Fang", address="Wang.Fang@Example.org")
    [letter] = letters()
    assert letter["To"] == "Wang.Fang@example.org"
    assert letter["Subject"] == "You have a place: Field logistics"
    assert letter["Reply-To"] == "contact@example.org"
    text = plain(letter)
    day = f"{event.starts:%A} {event.starts.day} {event.starts:%B %Y}, 09:00–15:00"
    for piece in (
        "Dear Wang Fang,",
        day,
        "Beijing time (UTC+08)",
        "Conference Hotel",
        "in person",
        link_of(registration),
    ):
        assert piece in text
    assert f'<a href="{link_of(registration)}"' in html(letter)
    [entry] = entries(letter)
    assert entry["STATUS"] == "CONFIRMED"


def test_a_letter_is_in_the_language_of_its_reader(make_event, register, letters):
    event = make_event("Field logistics", in_person=3)
    registration = register(event, "王芳", language="zh")
    [letter] = letters()
    text = plain(letter)
    assert letter["Content-Language"] == "zh-Hans"
    assert '<html lang="zh-Hans">' in html(letter)
    assert text.startswith("王芳，您好：")
    assert f"{event.starts.year}年{event.starts.month}月{event.starts.day}日 星期" in text
    for piece in ("北京时间", "会议酒店", "研讨会：Field logistics", link_of(registration, "zh")):
        assert piece in text
    assert not re.search(r"\b(you|your|the|is)\b", text, re.IGNORECASE), "English left in a Chinese letter"


def test_somebody_who_waits_learns_their_position_and_has_it_in_pencil_in_the_calendar(make_event, register, letters):
    event = make_event(in_person=1)
    for _ in range(3):
        register(event)
    [_, second, third] = letters()
    assert "number 1 on the waitlist" in plain(second)
    assert "number 2 on the waitlist" in plain(third)
    assert statuses(third) == {"TENTATIVE"}


def test_a_letter_that_was_kept_waiting_says_what_is_true_when_it_is_sent(make_event, register, letters):
    event = make_event("Field logistics", in_person=1)
    first, second = register(event), register(event)
    registrations.cancel_registration(holder_of(first), first.id)
    late, told = letters(), defaultdict(list)
    for letter in late:
        told[letter["To"]].append(letter["Subject"])
    assert set(told[first.typed_address]) == {"Your registration is cancelled: Field logistics"}
    assert sorted(told[second.typed_address]) == [
        "A place has become free for you: Field logistics",
        "You have a place: Field logistics",
    ]
    for letter in late:
        assert statuses(letter) == {"CANCELLED" if letter["To"] == first.typed_address else "CONFIRMED"}


def test_a_registration_that_is_given_up_is_called_off_in_the_calendar(make_event, make_session, register, letters):
    event = make_event(in_person=1)
    make_session(event)
    registration = register(event, language="zh")
    [confirmed] = letters()
    registrations.cancel_registration(holder_of(registration), registration.id)
    [cancelled] = letters()
    assert (statuses(confirmed), statuses(cancelled)) == ({"CONFIRMED"}, {"CANCELLED"})
    for before, after in zip(entries(confirmed), entries(cancelled), strict=True):
        assert after["summary"] == f"[已取消] {before['summary']}"
        assert after["sequence"] == before["sequence"] + 1


def test_who_takes_part_online_is_not_sent_to_the_venue(make_event, register, letters):
    register(make_event("Field logistics", in_person=1, online=1), "王 芳", pool="online", language="zh")
    text = plain(letters()[0])
    assert text.startswith("王芳，您好：")
    assert "地点：线上" in text
    assert "会议酒店" not in text


def test_the_whole_life_of_a_registration_is_told_in_letters(make_event, register, letters):
    event = make_event(in_person=1, online=5)
    first, second = register(event), register(event)
    registrations.cancel_registration(holder_of(first), first.id)
    moves.switch_pool(holder_of(second), second.id, "online")
    access.rotate_link(holder_of(second), second.id)
    assert kinds() == ["confirmed", "waitlisted", "cancelled", "promoted", "moved_confirmed", "link_rotated"]
    [*_, cancelled, promoted, moved, rotated] = letters()
    assert "/registrations/" not in plain(cancelled)
    assert cancelled["To"] == first.typed_address
    assert promoted["Subject"].startswith("A place has become free for you")
    assert "online" in plain(moved)
    assert link_of(second) in plain(rotated)


def test_a_double_click_gets_one_letter_and_coming_back_later_gets_the_link_again(make_event, register, letters):
    event = make_event(in_person=5)
    for _ in range(5):
        register(event, address="same@example.org")
    assert len(letters()) == 1
    with clock.standing_at(clock.now() + timedelta(minutes=21)):
        registration = register(event, address="SAME@example.org ")
        [letter] = letters()
    assert letter["Subject"].startswith("You are registered already")
    assert link_of(registration) in plain(letter)


def test_who_is_known_is_told_by_no_amount_of_work(app, make_event, make_member, register, letters):
    event = make_event(in_person=5)
    make_member()
    account = db.session.scalars(sa.select(Account)).one()

    def ordered(ask) -> int:
        before = db.session.scalar(sa.select(sa.func.count(OutboxRow.id)))
        ask()
        return db.session.scalar(sa.select(sa.func.count(OutboxRow.id))) - before

    for address in (account.address, "nobody@example.org"):
        assert ordered(lambda address=address: accounts.ask_for_reset(VISITOR, address)) == 1
        assert ordered(lambda address=address: accounts.sign_up(VISITOR, address, "en")) == 1
        for _ in range(2):
            assert ordered(lambda address=address: register(event, address=address)) == 1
    letters()


def test_nobody_can_fill_a_mailbox_by_registering_its_address(make_event, register, letters):
    event = make_event(in_person=5)
    begin = clock.now()
    sent = 0
    for minute in range(60):
        with clock.standing_at(begin + timedelta(minutes=minute)):
            register(event, address="victim@example.org")
            sent += len(letters())
    assert sent <= 3


def test_a_registration_without_an_address_gets_no_letter(make_event, make_member, letters):
    actor = make_member()
    event = make_event(in_person=5, organisation=next(iter(actor.organisations("organiser"))))
    registrations.add_by_hand(actor, event.id, registrations.Details(name="Guest"), "in_person")
    assert letters() == []


# Links asked for again


def test_all_coming_registrations_of_an_address_come_in_one_letter(make_event, register, letters):
    coming = [register(make_event(title, in_person=5), address="a@example.org") for title in ("One", "Two")]
    given_up = register(make_event("Three", in_person=5), address="a@example.org")
    registrations.cancel_registration(holder_of(given_up), given_up.id)
    letters()
    access.ask_for_links(VISITOR, "A@example.org", "zh")
    [letter] = letters()
    text = plain(letter)
    assert letter["To"] == "a@example.org"
    assert all(link_of(registration, "zh") in text for registration in coming)
    assert link_of(given_up, "zh") not in text
    assert "研讨会：One" in text
    assert text.count("时间：2") == 2


def test_what_comes_next_stands_first_among_links_asked_for_again(make_event, register, letters):
    later, sooner = make_event("Later", in_person=5), make_event("Sooner", in_person=5)
    register(sooner, address="a@example.org")
    register(later, address="a@example.org")
    use_case(lambda actor: setattr(db.session.merge(later), "starts_at", sooner.starts_at + timedelta(days=7)))(SYSTEM)
    letters()
    access.ask_for_links(VISITOR, "a@example.org", "en")
    text = plain(letters()[0])
    assert text.index("Sooner") < text.index("Later")


def test_links_that_are_gone_by_the_time_of_sending_are_told_to_nobody(make_event, register, letters):
    registration = register(make_event(in_person=5), address="a@example.org")
    letters()
    access.ask_for_links(VISITOR, "a@example.org", "en")
    outbox.drain(most=1)  # the question is answered, its letter not yet sent
    use_case(lambda actor: setattr(db.session.merge(registration).place, "state", "cancelled"))(SYSTEM)
    assert letters() == []


def test_registrations_for_what_is_over_are_not_sent_again(make_event, register, letters):
    event = make_event(in_person=5)
    register(event, address="a@example.org")
    letters()
    with clock.standing_at(event.ends_at + timedelta(days=1)):
        access.ask_for_links(VISITOR, "a@example.org", "en")
        assert letters() == []


def test_an_unknown_address_gets_nothing_and_takes_the_same_work(app, make_event, register, letters):
    register(make_event(in_person=5), address="known@example.org")
    letters()

    def statements(address: str) -> list[str]:
        with count_queries() as queries:
            access.ask_for_links(VISITOR, address, "en")
        return queries.statements

    assert statements("unknown@example.org") == statements("known@example.org")
    assert [letter["To"] for letter in letters()] == ["known@example.org"]


# What happens to the event


def test_a_change_of_time_or_place_is_told_to_all_who_take_part_or_wait(make_event, register, letters):
    event = make_event(in_person=1)
    taking_part, waiting, gone = register(event), register(event), register(event)
    registrations.cancel_registration(holder_of(gone), gone.id)
    letters()
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    told = {letter["To"]: letter for letter in settled(letters)}
    assert set(told) == {taking_part.typed_address, waiting.typed_address}
    changed = told[taking_part.typed_address]
    assert changed["Subject"].startswith("Changed: ")
    assert "Town Hall" in plain(changed)
    assert link_of(taking_part) in plain(changed)
    assert "Town Hall" in entries(changed)[0]["LOCATION"]


def test_a_change_is_told_with_what_was_and_what_is(make_event, register, letters):
    event = make_event(in_person=1)
    register(event)
    register(event, language="zh", country="TH")
    letters()
    first, later = event.starts, event.starts + timedelta(days=1, hours=1)
    change(event, starts=later, ends=later + timedelta(hours=2), venue=both("Town Hall", "市政厅"), mode="in_person")
    in_english, in_chinese = map(plain, sorted(settled(letters), key=lambda letter: letter["Content-Language"]))
    was = f"{first:%A} {first.day} {first:%B %Y}, 09:00–15:00"
    assert f"When: {later:%A} {later.day} {later:%B %Y}, 10:00–12:00 (before: {was})" in in_english
    assert "Where: Town Hall (before: Conference Hotel)" in in_english
    assert "Format: In person (before: Hybrid)" in in_english
    assert "(before:" not in next(line for line in in_english.splitlines() if line.startswith("Time zone"))
    assert "地点：市政厅（原为：会议酒店）" in in_chinese
    [own] = [line for line in in_chinese.splitlines() if line.startswith("您的时间") and "原为" in line]
    assert re.fullmatch(r"您的时间：\S+ \S+ 09:00–11:00（曼谷时间）（原为：\S+ \S+ 08:00–14:00）", own)


def test_the_names_of_facts_are_not_broken_on_a_phone(make_event, register, letters):
    """Chinese may be broken after each character: without this, a narrow column has one character in a line."""
    register(make_event(), language="zh")
    [letter] = letters()
    names = re.findall(r'<th [^>]*style="([^"]*)"[^>]*>([^<]*)</th>', html(letter))
    assert [name for _, name in names] == ["活动", "时间", "时区", "地点"]
    assert all(style.endswith("white-space:nowrap;") for style, _ in names)


def test_several_saves_within_minutes_are_told_in_one_letter(make_event, register, letters):
    event = make_event(in_person=1)
    register(event)
    letters()
    for hall in ("Town Hall", "Library", "University"):
        change(event, venue=both(hall))
        assert letters() == []
    [changed] = settled(letters)
    assert "Where: University (before: Conference Hotel)" in plain(changed)
    change(event, venue=both("Museum"))
    [again] = settled(letters)
    assert "Where: Museum (before: University)" in plain(again)


def test_a_change_that_is_taken_back_or_overtaken_is_told_to_nobody(make_event, register, letters):
    event = make_event(in_person=1)
    register(event)
    letters()
    before = event.venue
    change(event, venue=both("Town Hall"))
    change(event, venue=before)
    assert settled(letters) == []
    change(event, venue=both("Town Hall"))
    events.cancel_event(SYSTEM, event.id)
    assert [letter["Subject"].split(":")[0] for letter in settled(letters)] == ["Cancelled"]


def test_other_words_are_no_reason_for_a_letter(make_event, register, letters):
    event = make_event(in_person=1, venue=Translated.of(en="Town Hall"))
    register(event)
    letters()
    change(event, summary=Translated.of(en="Shorter"))
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    assert settled(letters) == []


def test_nobody_hears_of_a_change_to_what_is_over(make_event, register, letters):
    event = make_event(in_person=1)
    register(event)
    letters()
    with clock.standing_at(event.ends_at + timedelta(days=1)):
        change(event, venue=both("Town Hall"))
        assert settled(letters) == []


def test_speakers_and_guests_hear_of_the_former_date_too_and_of_the_same_date_nobody(
    make_event, make_person, make_session, letters
):
    event = make_event(in_person=5)
    speaker = make_person(address="speaker@example.org", slug="speaker")
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
    guest = Guest("Anna", "anna@example.org", "en")
    invitations.invite(SYSTEM, event.id, "in_person", [guest], clock.now() + timedelta(days=5))
    letters()
    for steps in ((7,), (0,), (3, -3)):
        former = event.starts
        events.postpone_event(SYSTEM, event.id)
        for days in steps:
            change(event, starts=event.starts + timedelta(days=days), ends=event.ends + timedelta(days=days))
        letters()
        events.publish_event(SYSTEM, event.id)
        resumed = [one for one in letters() if one["Subject"].startswith("The event takes place: ")]
        assert [f"(before: {former:%A} {former.day} " in plain(one) for one in resumed] == [sum(steps) > 0] * 2
        assert not any(re.search(r"<table[^>]*>\s*</table>", html(one)) for one in resumed), "moved, and back again"


def test_news_of_an_event_that_is_overtaken_on_its_way_is_told_to_nobody(make_event, register, letters, monkeypatch):
    event = make_event(in_person=5)
    register(event)
    letters()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "hand_over", _not_now)
        for deed in (events.postpone_event, events.publish_event, events.cancel_event):
            deed(SYSTEM, event.id)
            outbox.drain()
    assert kinds().count("event_resumed") == 1
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        assert [one["Subject"].split(":")[0] for one in letters()] == ["Cancelled"]
    assert [one for one in kinds() if one.startswith("event_")] == ["event_cancelled"]


def test_news_that_could_not_be_delivered_is_not_sent_again_when_it_is_overtaken(
    make_event, register, letters, monkeypatch
):
    event = make_event(in_person=5)
    register(event)
    letters()
    events.postpone_event(SYSTEM, event.id)
    letters()
    with monkeypatch.context() as patch:
        patch.setattr(mail, "hand_over", _refused)
        events.publish_event(SYSTEM, event.id)
        outbox.drain()
    db.session.rollback()
    resumed = db.session.scalar(sa.select(Letter).where(Letter.kind == "event_resumed"))
    assert resumed.state == "failed"
    events.cancel_event(SYSTEM, event.id)
    letters()
    with pytest.raises(Conflict, match="no longer true"):
        services.send_again(SYSTEM, resumed.id)
    assert letters() == []


def _not_now(*_: object) -> None:
    raise outbox.NotNow("451 4.7.1 Try later")


def _refused(*_: object) -> None:
    raise outbox.Refused("550 5.1.1 gone")


def test_postponed_then_at_another_date_then_cancelled(make_event, register, letters):
    event = make_event(in_person=5)
    registration, other = register(event), register(event, address="other@example.org")
    letters()
    events.postpone_event(SYSTEM, event.id, Translated.of(en="The **hall** is flooded.", zh="场地进水。"))
    postponed, _ = letters()
    assert postponed["Subject"].startswith("Postponed: ")
    assert "The hall is flooded." in plain(postponed)
    assert "Former date: " in plain(postponed)
    assert statuses(postponed) == {"TENTATIVE"}
    former, later = event.starts, event.starts + timedelta(days=7)
    change(event, starts=None, ends=None)
    change(event, starts=later, ends=later + timedelta(hours=2))
    assert settled(letters) == [], "the new date is told when it is published"
    registrations.cancel_registration(holder_of(other), other.id)
    [given_up] = letters()
    assert f"Former date: {former:%A} {former.day} {former:%B %Y}, " in plain(given_up)
    assert f"{later:%A} {later.day} {later:%B}" not in plain(given_up)
    events.publish_event(SYSTEM, event.id)
    [resumed] = letters()
    assert resumed["Subject"].startswith("The event takes place: ")
    assert f"{later.day} {later:%B %Y}, 09:00–11:00 (before: {former:%A} {former.day} {former:%B %Y}, " in plain(
        resumed
    )
    events.cancel_event(SYSTEM, event.id, Translated.of(en="Too few rooms."))
    [cancelled] = letters()
    assert "Too few rooms." in plain(cancelled)
    assert (f"Former date: {later:%A} {later.day} " in plain(cancelled), "When: " in plain(cancelled)) == (True, False)
    [entry] = Calendar.from_ical(next(cancelled.iter_attachments()).get_payload(decode=True)).walk("VEVENT")
    assert entry["STATUS"] == "CANCELLED"
    assert kinds().count("event_cancelled") == 1
    assert registration.place.state == "confirmed"


def test_the_date_of_an_event_that_does_not_take_place_is_told_as_a_former_one_in_every_letter(
    make_event, register, make_person, make_session, letters
):
    event = make_event(in_person=5)
    reader = register(event, address="reader@example.org")
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=make_person(address="asked@example.org").id)])
    guests = [Guest(name, f"{name}@example.org", lang) for name, lang in (("anna", "en"), ("wang", "zh"))]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    letters()
    events.postpone_event(SYSTEM, event.id)
    letters()
    events.cancel_event(SYSTEM, event.id)
    sent = letters()
    access.ask_for_links(VISITOR, "reader@example.org", "en")
    sent += letters()
    registrations.cancel_registration(holder_of(reader), reader.id)
    sent = [plain(letter) for letter in [*sent, *letters()]]
    assert len(sent) == 6
    assert [text for text in sent if "When: " in text or "时间：" in text.replace("原定时间：", "")] == []
    assert sum("Former date: " in text or "原定时间：" in text for text in sent) == 6


def test_a_cancelled_event_that_never_had_a_date_has_no_former_one(make_event, register, letters):
    event = make_event(in_person=5, starts=None, ends=None)
    register(event)
    letters()
    events.cancel_event(SYSTEM, event.id)
    [letter] = letters()
    assert "To be announced" not in plain(letter)


def test_publishing_for_the_first_time_writes_to_nobody(make_event, letters):
    make_event(in_person=5)
    assert letters() == []


def test_an_event_without_a_date_or_place_says_so(make_event, register, letters):
    event = make_event(in_person=5, starts=None, ends=None, venue=Translated())
    register(event)
    [letter] = letters()
    assert "When: To be announced" in plain(letter)
    assert "Where" not in plain(letter)


def test_an_event_over_several_days_and_one_without_an_end(make_event, register, letters):
    event = make_event(in_person=5)
    long = make_event(in_person=5, starts=event.starts, ends=event.starts + timedelta(days=1), mode="online", online=5)
    open_ended = make_event(in_person=5, starts=event.starts, ends=None)
    register(long, pool="online")
    register(open_ended)
    [first, second] = letters()
    assert " 09:00 – " in plain(first).replace(", 09:00", " 09:00")
    assert "Where: Online" in plain(first)
    assert re.search(r", 09:00\r?\n", plain(second))


# Accounts and organisations


def test_letters_about_an_account(app, letters):
    accounts.sign_up(VISITOR, "new@example.org", "zh")
    [confirm] = letters()
    account = db.session.scalar(sa.select(Account).where(Account.address == "new@example.org"))
    token = links.make("confirm", account.id, account.link_number)
    assert f"{SITE}/zh/confirm/{token}/" in plain(confirm)
    accounts.confirm_address(VISITOR, token, Names(han_family="王", han_given="芳"), "a long enough password")
    accounts.sign_up(VISITOR, "new@example.org", "en")
    [again] = letters()
    assert f"{SITE}/zh/sign-in/" in plain(again)
    assert plain(again).startswith("王芳，您好：")
    accounts.ask_for_reset(VISITOR, "new@example.org")
    db.session.refresh(account)
    [reset] = letters()
    token = links.make("reset", account.id, account.link_number)
    assert f"{SITE}/zh/reset/{token}/" in plain(reset)
    accounts.reset_password(VISITOR, token, "another long password")
    [changed] = letters()
    assert f"{SITE}/zh/reset/" in plain(changed)
    assert token not in plain(changed)


def test_an_unknown_address_gets_no_letter_about_an_account(app, letters):
    accounts.ask_for_reset(VISITOR, "nobody@example.org")
    assert letters() == []


def test_an_invitation_to_an_organisation(make_member, letters):
    actor = make_member("administrator")
    organisation_id = next(iter(actor.organisations("administrator")))
    invitation = organisations.invite_member(actor, organisation_id, "colleague@example.org", "organiser", "zh")
    [letter] = letters()
    token = links.make("invitation", invitation.id, invitation.link_number)
    assert f"{SITE}/zh/invitations/{token}/" in plain(letter)
    assert letter["To"] == "colleague@example.org"
    assert "网络" in letter["Subject"]


@pytest.mark.parametrize("name", ["evil.example", "Win https://evil.example/now", "x" * 300])
def test_an_organisations_name_makes_no_link_in_an_invitation(make_organisation, make_member, letters, name: str):
    actor = make_member("administrator", make_organisation(name))
    invitation = organisations.invite_member(actor, organisation_of(actor), "colleague@example.org", "organiser", "en")
    [letter] = letters()
    token = links.make("invitation", invitation.id, invitation.link_number)
    assert addresses(plain(letter)) == addresses(html(letter)) == {f"{SITE}/en/invitations/{token}/"}
    assert letter["Subject"] == "Invitation to act for an organisation"
    assert name not in plain(letter) + html(letter)


# What people type


HOSTILE = [
    "[Reset](https://evil.example)", "<a href=https://evil.example>x</a>", "evil.example", "![](https://evil.example)",
    "www.evil", "https://evil.example", "//evil.example", "a@evil.example", "王芳 evil.example", "evil。example",
    "Wang\r\nBcc: victim@example.org", "Wang\u2028Bcc: x", "Wang\u0085Subject: x", "x" * 5000, "**bold** `code`",
    "%(name)s {{ 7*7 }} {% raw %}", "\u202eevil",
]  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_makes_no_link_and_no_header(make_event, register, letters, name: str, lang: str):
    event = make_event(in_person=1)
    registration = register(event, name, language=lang)
    [letter] = letters()
    text, markup = plain(letter), html(letter)
    assert addresses(text) == {link_of(registration, lang)}
    assert addresses(markup) == {link_of(registration, lang)}
    assert "evil.example" not in text + markup
    assert "<a href=https" not in markup
    assert "49" not in text.split("\n")[0]
    assert set(letter.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "Reply-To",
        "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert letter["To"] == registration.typed_address


@pytest.mark.parametrize("title", ["Line\r\nBcc: victim@example.org", "\u2028Bcc: x@example.org", "x" * 3000])
def test_a_hostile_title_makes_no_header(make_event, register, letters, title: str):
    event = make_event(title, in_person=1)
    register(event)
    [letter] = letters()
    assert "Bcc" not in letter
    assert len(letter["Subject"]) <= 200
    assert not re.search(r"[\r\n\u2028]", letter["Subject"])


@pytest.mark.parametrize("about", ["registration_id", "account_id"])
def test_a_letter_of_an_unknown_kind_is_given_up(make_event, make_member, register, letters, about: str):
    """As after an older version of the service takes the place of a newer one."""
    make_member()
    register(make_event(in_person=1))
    letters()
    account = db.session.scalars(sa.select(Account.id)).first()
    registration = db.session.scalars(sa.select(Letter.registration_id)).first()
    values = {"registration_id": {"registration_id": registration}, "account_id": {"account_id": account}}
    use_case(lambda actor: services.order("unheard_of", "a@example.org", "en", **values[about]))(SYSTEM)
    assert letters() == []
    failed = db.session.scalars(sa.select(Letter).where(Letter.kind == "unheard_of")).one()
    assert failed.state == "failed"


@pytest.mark.parametrize(
    "name", ["Wang Fang", "J. R. Smith", "Dr. Anna-Lena O’Neill", "王芳（Wang Fang）", "Ng (Singapore)", "María José"]
)
def test_people_are_called_by_their_names(app, name: str):
    assert greet(name) == f"Dear {name},"


def test_somebody_without_a_usable_name_is_greeted_all_the_same(app):
    assert greet("  ") == greet("evil.example") == "Hello,"


@pytest.mark.parametrize(
    ("typed", "written"),
    [("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"), ("王芳@example.org", "王芳@example.org")],
)
def test_addresses_in_any_script(make_event, register, letters, typed: str, written: str):
    register(make_event(in_person=1), address=typed)
    [letter] = letters()
    assert letter["To"] == written


def test_no_secret_is_kept_where_letters_are_remembered(make_event, register, letters):
    registration = register(make_event(in_person=1))
    letters()
    token = links.make("registration", registration.id, registration.link_number)
    kept = [*db.session.scalars(sa.select(OutboxRow.payload)), *db.session.scalars(sa.select(Letter.subject))]
    assert token not in str(kept)


def test_what_is_gone_by_the_time_of_sending_is_told_to_nobody(make_event, register, letters):
    register(make_event(in_person=1))
    [letter] = db.session.scalars(sa.select(Letter))
    use_case(lambda actor: db.session.execute(sa.update(Letter).values(registration_id=letter.id)))(SYSTEM)
    assert letters() == []
    assert db.session.scalar(sa.select(Letter.state)) == "failed"


@in_november_2026
@pytest.mark.parametrize(
    ("country", "language", "said"),
    [
        ("CH", "zh", "您的时间：2027年3月10日 星期三 02:00–10:00（日内瓦时间）"),
        ("IN", "en", "By your clock: Wednesday 10 March 2027, 06:30–14:30 Kolkata time"),
        ("CN", "en", ""),
        ("SG", "en", ""),
        ("ID", "en", ""),
        (None, "en", ""),
    ],
)
def test_hours_are_told_by_the_readers_clock_too_where_their_country_has_but_one(
    make_event, register, letters, country, language, said
):
    nine = datetime(2027, 3, 10, 9)
    event = make_event(starts=nine, ends=nine + timedelta(hours=8))
    register(event, country=country, language=language)
    [letter] = letters()
    assert said in plain(letter)
    assert ("By your clock" in plain(letter) or "您的时间" in plain(letter)) is bool(said)


@in_november_2026
def test_hours_by_another_clock_may_be_on_two_days_or_have_no_end(make_event, register, letters):
    nine = datetime(2027, 3, 10, 9)
    event = make_event(starts=nine, ends=nine + timedelta(hours=8))
    register(event, country="PE")
    long = make_event(starts=nine, ends=nine + timedelta(hours=18))
    open_ended = make_event(starts=nine, ends=None)
    unknown = make_event(starts=None, ends=None)
    for one in (long, open_ended, unknown):
        register(one, country="CH")
    texts = [plain(letter) for letter in letters()]
    lima = "By your clock: Tuesday 9 March 2027, 20:00 – Wednesday 10 March 2027, 04:00 Lima time"
    assert lima in texts[0]
    assert "By your clock: Wednesday 10 March 2027, 02:00–20:00 Geneva time" in texts[-3]
    assert "By your clock: Wednesday 10 March 2027, 02:00 Geneva time" in texts[-2]
    assert "By your clock" not in texts[-1]


@pytest.mark.parametrize("subject", ["A" + " place" * 12, "报名成功：" + "长" * 60, "A" + " place" * 30, "x" * 90])
def test_a_subject_begins_beside_its_name(subject: str):
    message = EmailMessage(policy=mail.Folded(linesep="\r\n"))
    message["Subject"] = subject
    for sent in (message.as_bytes(), message.as_string().encode()):
        assert sent.startswith((b"Subject: A", b"Subject: =?", b"Subject: x"))
        assert email.message_from_bytes(sent, policy=policy.default)["Subject"] == subject
