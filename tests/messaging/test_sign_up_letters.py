"""What those who sign up for sessions hear, when, and in one letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import carriers, programme_letters
from eventhub.messaging import services as writing
from eventhub.messaging.models import Letter
from eventhub.programme import releases, services
from eventhub.programme.models import ProgrammeSession
from eventhub.programme.plans import plan_of
from eventhub.registrations import moves, pools
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.sign_ups import services as sign_ups
from eventhub.registrations.sign_ups.models import SignUp
from tests.conftest import in_november_2026, on_postgres
from tests.races import side_by_side

from .conftest import plain

pytestmark = in_november_2026

NINE = datetime(2027, 3, 10, 9)
Letters = Callable[[], list[EmailMessage]]


@pytest.fixture
def event(make_event: Callable[..., Event]) -> Event:
    return make_event("Workshop", slug="workshop", starts=NINE, ends=NINE + timedelta(hours=8))


@pytest.fixture
def offer(event: Event, make_session: Callable[..., ProgrammeSession]) -> Callable[..., ProgrammeSession]:
    """Sessions for which one signs up."""
    return lambda title, places=None, **plan: make_session(
        event, title, **{"kind": "breakout", "has_sign_up": True, "capacity": places, **plan}
    )


def choose(session: ProgrammeSession, *who: Registration) -> None:
    """Sign people up by their own links."""
    for one in who:
        sign_ups.sign_up(Actor("link", thing_id=one.id, purpose="registration"), one.id, session.id)


def later(letters: Letters) -> dict[str, str]:
    """The letters that have come by when all has settled, by whom they are to; one each at most."""
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        found = letters()
    assert len({letter["To"] for letter in found}) == len(found)
    return {str(letter["To"]): plain(letter) for letter in found}


def test_who_chooses_several_sessions_gets_one_letter_with_all_of_them(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters
):
    first, second, third = offer("First", 1), offer("Second"), offer("Third")
    ana = register(event, "Ana", address="ana@example.org")
    wei = register(event, "王伟", address="wei@example.org", language="zh")
    told = {str(letter["To"]): plain(letter) for letter in letters()}
    assert "choose yours by your own link below" in told["ana@example.org"]
    assert "本次活动的部分场次须另行报名" in told["wei@example.org"]
    choose(first, ana, wei)
    choose(second, ana)
    choose(third, ana)
    sign_ups.give_up(Actor("link", thing_id=ana.id, purpose="registration"), ana.id, third.id)
    assert letters() == []
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        found = {str(letter["To"]): letter for letter in letters()}
    assert found["ana@example.org"]["Subject"] == "Your sessions: Workshop"
    text = plain(found["ana@example.org"])
    assert "You have a place in “First” (Wed 10 Mar, 09:00–10:00)." in text
    assert "You have a place in “Second” (Wed 10 Mar, 10:00–11:00)." in text
    assert "You have given up “Third” (Wed 10 Mar, 11:00–12:00)." in text
    assert "These are the sessions that you have chosen:" not in text  # for all of them are new
    assert "/en/registrations/" in text
    assert "“场次：First”（3月10日 周三 09:00–10:00）名额已满，您在候补名单第 1 位。" in plain(found["wei@example.org"])
    (calendar,) = [part for part in found["wei@example.org"].walk() if part.get_content_type() == "text/calendar"]
    assert "STATUS:TENTATIVE" in calendar.get_content()
    choose(third, ana)
    text = later(letters)["ana@example.org"]
    assert text.index("“Third”") < text.index("These are the sessions that you have chosen:") < text.index("First")


def test_who_moves_up_hears_at_once_and_so_does_whoever_is_taken_off(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters
):
    session = offer("Group", 1)
    ana, bo = (register(event, name, address=f"{name}@example.org") for name in ("ana", "bo"))
    choose(session, ana, bo)
    sign_ups.give_up(SYSTEM, ana.id, session.id)
    told = {str(letter["To"]): plain(letter) for letter in letters() if "Your sessions" in letter["Subject"]}
    assert "A place has come free, and is yours: “Group” (Wed 10 Mar, 09:00–10:00)." in told["bo@example.org"]
    assert "The organisers have taken you off the list for “Group”" in told["ana@example.org"]
    assert "These are the sessions" not in told["ana@example.org"]
    assert later(letters) == {}


def test_of_a_session_that_does_not_take_place_one_letter_tells_and_first_of_all(
    event: Event, offer: Any, make_session: Any, register: Callable[..., Registration], letters: Letters
):
    moved, gone, other = offer("Moved"), offer("Gone"), make_session(event, "Another")
    ana = register(event, "ana", address="ana@example.org")
    letters()
    choose(moved, ana)
    choose(gone, ana)
    later(letters)
    services.move_session(SYSTEM, other.id, NINE)
    services.move_session(SYSTEM, moved.id, NINE + timedelta(hours=5))
    services.delete_session(SYSTEM, gone.id)
    releases.release(SYSTEM, event.id)
    text = later(letters)["ana@example.org"]
    assert text.index("Sessions that you have chosen:") < text.index("Moved") < text.index("Other sessions:")
    assert text.index("Gone") < text.index("your sign-up for it has ended.") < text.index("Another")
    quiet = offer("Quiet")
    dinner = offer("Dinner", kind="break")
    choose(quiet, ana)
    choose(dinner, ana)
    later(letters)
    services.delete_session(SYSTEM, quiet.id)
    releases.release(SYSTEM, event.id, tells=False)
    assert "“Quiet” (Wed 10 Mar, 12:00–13:00) does not take place." in later(letters)["ana@example.org"]
    # Also while something else of the event waits to be told, in a letter that says nothing of silent releases.
    silent = offer("Also quiet")
    choose(silent, ana)
    later(letters)
    header = {column.name: getattr(event, column.name) for column in fields(events.Header)}
    events.change_event(SYSTEM, event.id, events.Header(**{**header, "venue": Translated.of(en="Town Hall")}))
    services.delete_session(SYSTEM, silent.id)
    releases.release(SYSTEM, event.id, tells=False)
    at_once = {str(letter["To"]): plain(letter) for letter in letters()}
    assert "“Also quiet” (Wed 10 Mar, 14:00–15:00) does not take place." in at_once["ana@example.org"]
    later(letters)
    services.cancel_session(SYSTEM, dinner.id)  # of which a release tells nobody who is only registered
    assert "“Dinner” (Wed 10 Mar, 13:00–14:00) does not take place." in later(letters)["ana@example.org"]
    change = replace(plan_of(get(ProgrammeSession, moved.id)), has_sign_up=False)
    services.change_session(SYSTEM, moved.id, change)
    releases.release(SYSTEM, event.id)
    assert "you need not sign up any more. Just come." in later(letters)["ana@example.org"]


def test_what_has_become_of_a_chosen_session_is_told_in_full_of_however_many(
    event: Event,
    offer: Any,
    make_session: Any,
    register: Callable[..., Registration],
    letters: Letters,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(programme_letters, "_MOST_CHANGES", 1)
    chosen = [offer("First"), offer("Second")]
    others = [make_session(event, "Third"), make_session(event, "Fourth")]
    ana = register(event, "ana", address="ana@example.org")
    letters()
    for session in chosen:
        choose(session, ana)
    later(letters)
    for session in (*chosen, *others):
        services.move_session(SYSTEM, session.id, NINE + timedelta(hours=6))
    releases.release(SYSTEM, event.id)
    text = later(letters)["ana@example.org"]
    assert [title in text for title in ("First", "Second", "Third", "Fourth")] == [True, True, True, False]
    assert "And one more change." in text


@pytest.mark.parametrize(("lang", "cancelled"), [("en", "Cancelled"), ("zh", "已取消")])
def test_a_session_that_is_cancelled_minutes_after_somebody_chose_it_is_told_once(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters, lang: str, cancelled: str
):
    gone, other = offer("Gone"), offer("Other")
    ana = register(event, "ana", address="ana@example.org", language=lang)
    both = register(event, "bo", address="bo@example.org", language=lang)
    letters()
    choose(gone, ana, both)
    choose(other, both)
    services.cancel_session(SYSTEM, gone.id)
    at_once = {str(letter["To"]): plain(letter) for letter in letters()}
    assert at_once.keys() == {"ana@example.org", "bo@example.org"}
    assert all("Gone" in text and cancelled in text for text in at_once.values())
    then = later(letters)
    assert then.keys() == {"bo@example.org"}
    assert "Other" in then["bo@example.org"]
    assert "Gone" not in then["bo@example.org"]


def test_who_moves_to_a_waitlist_or_into_the_room_hears_what_that_means_for_their_sessions(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters
):
    session = offer("Group", 1)
    ana = register(event, "ana", address="ana@example.org")
    far = register(event, "far", pool="online", address="far@example.org")
    letters()
    choose(session, ana, far)
    later(letters)
    moves.switch_pool(SYSTEM, far.id, "in_person")
    told = [plain(letter) for letter in letters() if "Your sessions" in letter["Subject"]]
    assert "All places in “Group” (Wed 10 Mar, 09:00–10:00) are taken. You are number 1 on the waitlist." in told[0]
    pools.change_pools(SYSTEM, event.id, {"online": 0})
    moves.switch_pool(SYSTEM, ana.id, "online")
    told = [plain(letter) for letter in letters() if letter["Subject"] == "Your sessions: Workshop"]
    assert any("has ended: you have no place at the event now." in text for text in told)
    registrations.cancel_registration(SYSTEM, far.id)
    subjects = {letter["Subject"] for letter in letters() if letter["To"] == "far@example.org"}
    assert subjects == {"Your registration is cancelled: Workshop"}


def test_nobody_without_an_address_is_written_to_nor_of_what_was_erased(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters
):
    session = offer("Group")
    nameless = registrations.add_by_hand(SYSTEM, event.id, registrations.Details(name="Nobody"), "in_person")
    ana = register(event, "ana", address="ana@example.org")
    choose(session, nameless, ana)
    use_case(lambda actor: db.session.execute(sa.delete(SignUp)))(SYSTEM)
    assert "Your sessions" not in str(later(letters))
    letter = db.session.scalar(sa.select(Letter).where(Letter.kind == "sign_ups"))
    assert letter
    assert letter.state == "failed"


@pytest.mark.parametrize("is_choosing", [False, True], ids=["by itself", "with what they choose just now"])
def test_who_hears_that_a_session_ended_hears_it_once_though_a_worker_was_killed_over_it(
    event: Event, offer: Any, register: Callable[..., Registration], letters: Letters, is_choosing: bool
):
    session, other = offer("Group"), offer("Other")
    people = [register(event, name, address=f"{name}@example.org") for name in ("ana", "ben")]
    letters()
    choose(session, *people)
    later(letters)
    told = [one.id for one in people]
    if is_choosing:
        choose(other, *people)
    use_case(lambda actor: writing.order_of_ends(event.id, session.id, told))(SYSTEM)
    assert sorted(later(letters)) == ["ana@example.org", "ben@example.org"]
    work = db.session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == "sign_ups_ended")).one()
    # As by the next worker, where the first died before its work was done.
    carriers.tell_of_ends({"session_id": str(session.id), "registration_ids": [str(one) for one in told]}, work.id)
    assert later(letters) == {}


@on_postgres
def test_what_two_tell_somebody_at_the_same_moment_stands_in_the_one_letter(
    app: Flask, event: Event, offer: Any, register: Callable[..., Registration], letters: Letters
):
    sessions = [offer(title).id for title in ("First", "Second", "Third")]
    ana = register(event, "ana", address="ana@example.org")
    letters()
    choose(get(ProgrammeSession, sessions[0]), ana)
    ana_id, event_id = ana.id, event.id
    db.session.rollback()

    def tell(number: int) -> None:
        writing.order_of_sign_ups(get(Registration, ana_id), sessions[number], settling=timedelta(minutes=5))

    assert side_by_side(app, lambda: tell(1), lambda: tell(2)) == []
    letter = db.session.scalars(sa.select(Letter).where(Letter.kind == "sign_ups", Letter.event_id == event_id)).one()
    assert letter.data["sign_ups"] == sorted(map(str, sessions))
