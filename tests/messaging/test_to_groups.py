"""Letters to groups: to whom, once each, after a second look, and how their readers end them."""

from __future__ import annotations

import re
import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from eventhub.attendance.queries import list_pools
from eventhub.events import services as events
from eventhub.foundation import clock, outbox, work
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Conflict, Invalid
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import carriers, placeholders
from eventhub.messaging.choices import services as choices
from eventhub.messaging.choices.models import LetterChoice
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.messaging.to_groups import groups, queries, services, words
from eventhub.messaging.to_groups.groups import Group
from eventhub.messaging.to_groups.models import GroupLetter, Recipient
from eventhub.messaging.to_groups.services import GroupPlan
from eventhub.organisations.models import Organisation
from eventhub.people.names import Names
from eventhub.privacy import parts
from eventhub.programme.models import SessionRole, Speaker
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import invitations
from eventhub.registrations.consents import services as consents
from eventhub.registrations.consents.queries import list_asked
from eventhub.registrations.guest_lists import read as read_guests
from eventhub.registrations.models import Consent, EventInvitation, Place, Pool, Registration
from tests.conftest import both, in_november_2026, on_sqlite
from tests.queries import count_queries

from .conftest import html, plain

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def names(event, group: Group, **options) -> set[str]:
    """Who is in a group, by name."""
    return {one.name for one in groups.find(event, group, **options).members}


def released(event, *, actor: Actor = SYSTEM, **plan) -> GroupLetter:
    """A letter to a group that went the whole way to its release."""
    values = {"subject": both("To {name}", "致{name}"), "text": both("Come {when}.", "{when}见。"), **plan}
    letter = services.add_letter(actor, event.id, GroupPlan(**values))
    services.make_ready(actor, letter.id)
    services.release(actor, letter.id, len(services.found_for(letter).members))
    return letter


def outcomes(letter: GroupLetter) -> dict[str, int]:
    """What became of those in the group."""
    db.session.rollback()
    return dict(queries.count_outcomes([letter.id])[letter.id])


@use_case
def change(actor, row, **values) -> None:
    """Change a row without a service."""
    for name, value in values.items():
        setattr(db.session.get(type(row), row.id), name, value)


def agree_to_news(registration: Registration) -> None:
    """Agree to news, as by one's own page."""
    event = registration.event
    consents.save_ask(SYSTEM, event.id, "news", consents.AskPlan(is_asked=True))
    ask = next(one for one in list_asked(event) if one.purpose == "news")
    holder = Actor("link", thing_id=registration.id, purpose="registration")
    consents.give(holder, registration.id, "news", ask.digest)


def ending_of(message) -> str:
    """The path of the page on which letters of a sort are ended, from its header."""
    found = re.fullmatch(r"<http://127\.0\.0\.1:8000(/(?:en|zh)/letters/[\w-]{43}/)>", message["List-Unsubscribe"])
    assert found
    return found[1]


def test_a_group_is_those_to_whom_every_choice_applies(make_event, register, make_session, save, make_person):
    event = make_event(in_person=2, online=5)
    register(event, "Confirmed", stakeholder_type="national_ngo", country="CN")
    register(event, "Online", "online", stakeholder_type="national_ngo", country="CN", language="zh")
    register(event, "Other type", "online", stakeholder_type="media", country="KE")
    register(event, "Confirmed too")
    register(event, "Waits")
    cancelled = register(event, "Cancelled", "online")
    change(SYSTEM, cancelled.place, state="cancelled")
    assert names(event, Group()) == {"Confirmed", "Online", "Other type", "Confirmed too", "Waits"}
    assert names(event, Group(states=["waitlisted"])) == {"Waits"}
    assert names(event, Group(states=["cancelled"])) == {"Cancelled"}
    wanted = Group(states=["confirmed"], modes=["online"], stakeholder_types=["national_ngo"])
    assert names(event, wanted) == {"Online"}
    assert names(event, Group(pools=["in_person"], countries=["CN"])) == {"Confirmed"}
    assert names(event, Group(came="yes")) == set()
    assert len(names(event, Group(came="no"))) == 5
    assert Group.from_json(wanted.as_json()) == wanted
    theirs = db.session.scalar(sa.select(Registration.address).where(Registration.name == "Waits"))
    save(MarkedAddress(organisation_id=event.organisation_id, address=theirs, reason="550 5.1.1"))
    assert (names(event, Group(states=["waitlisted"])), groups.find(event, Group()).unreached) == (set(), 1)

    session, person, typed = make_session(event), make_person(), make_person(address=None)
    save(Speaker(event_id=event.id, person_id=typed.id, address="typed@example.org"))
    save(SessionRole(session_id=session.id, person_id=person.id, role="moderator", state="invited"))
    save(SessionRole(session_id=session.id, person_id=typed.id, role="panellist", state="confirmed"))
    db.session.rollback()
    found = groups.find(event, Group(kind="speakers"))
    assert {one.address for one in found.members} == {person.address, "typed@example.org"}
    waiting = groups.find(event, Group(kind="speakers", roles=["moderator"], parts=["invited"]))
    assert [one.who_id for one in waiting.members] == [person.id]


def test_a_letter_goes_only_after_a_second_look_and_once_to_each(make_event, make_member, register, letters):
    member = make_member()
    organisation = db.session.get(Organisation, next(iter(member.organisations("organiser"))))
    event = make_event(organisation=organisation, in_person=5)
    first, second = register(event, "王芳", language="zh"), register(event, "Amina")
    letters()
    words = {"subject": both("Hello {name}", "您好，{name}"), "text": both("**Come** {when}", "{when}见")}
    letter = services.add_letter(member, event.id, GroupPlan(**words))
    with pytest.raises(Conflict):
        services.release(member, letter.id, 2)  # nobody has called it ready
    services.make_ready(member, letter.id)
    with pytest.raises(Conflict, match="changed meanwhile"):
        services.release(member, letter.id, 3)  # not the number that was seen
    services.release(member, letter.id, 2)
    services.release(member, letter.id, 2)  # a second click
    register(event, "Came later")
    sent = [one for one in letters() if "Hello" in one["Subject"] or "您好" in one["Subject"]]
    outbox.drain()
    assert sorted(one["To"] for one in sent) == sorted([first.typed_address, second.typed_address])
    assert all(one["Cc"] is None and one["Bcc"] is None for one in sent)
    chinese = next(one for one in sent if one["To"] == first.typed_address)
    assert chinese["Subject"] == "您好，王芳"
    # The fixed part: weekday, zone, place, the reader's own link; and no way to end what is about their place.
    for fact in ("星期", "北京", "会议酒店", "/zh/registrations/"):
        assert fact in plain(chinese)
    assert re.search(r"\d日 星期. 09:00.*见", plain(chinese)), "an hour is written as it is elsewhere"
    assert sent[0]["List-Unsubscribe"] is None
    assert outcomes(letter) == {"sent": 2}
    # A worker that died after its batch begins anew: nobody gets a second one.
    change(SYSTEM, db.session.scalars(sa.select(Recipient)).first(), state="waiting")
    services.spread(SYSTEM, letter.id)
    assert letters() == []
    with pytest.raises(Conflict):
        services.change_letter(member, letter.id, GroupPlan(**words))


def test_whoever_left_the_group_before_its_hour_gets_none_and_the_hour_is_the_event_s(make_event, register, letters):
    event = make_event(in_person=5)
    stays, leaves = register(event, "Stays"), register(event, "Leaves")
    letters()
    hour = datetime.combine((clock.now() + timedelta(days=2)).date(), datetime.min.time()).replace(hour=9)
    letter = released(event, scheduled=hour)
    assert letter.due_at == clock.instant(hour, "Asia/Shanghai")
    change(SYSTEM, leaves.place, state="cancelled")
    assert letters() == []
    with clock.standing_at(letter.due_at):
        assert [one["To"] for one in letters()] == [stays.typed_address]
    assert outcomes(letter) == {"sent": 1, "left": 1}


@pytest.mark.parametrize("fate", [events.cancel_event, events.postpone_event])
def test_what_waits_for_its_hour_is_stopped_when_the_event_does_not_take_place(
    make_event, make_member, sign_in, register, letters, fate
):
    event = make_event(in_person=5)
    agree_to_news(register(event, "Reader"))
    letters()
    tomorrow = clock.wall(clock.now() + timedelta(days=1), event.zone).replace(minute=0, second=0, microsecond=0)
    letter, news = released(event, scheduled=tomorrow), released(event, scheduled=tomorrow, is_news=True)
    page = sign_in(make_member(organisation=event.organisation)).get(f"/en/organise/events/{event.slug}/cancel/").text
    assert "1 letter to a group that has not gone out to everybody yet will be stopped." in page
    db.session.rollback()
    fate(SYSTEM, event.id)
    assert len(letters()) == 1, "of what has become of it"
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert len(letters()) == 1, "what is about other events goes out"
    assert (outcomes(letter), outcomes(news)) == ({"stopped": 1}, {"sent": 1})


@on_sqlite
@pytest.mark.parametrize("fate", [events.cancel_event, events.postpone_event])
def test_what_is_tried_again_does_not_go_out_once_the_event_is_off(
    make_event, make_member, sign_in, register, letters, monkeypatch, fate
):
    event = make_event(in_person=5)
    for name in ("first", "second"):
        register(event, address=f"{name}@example.org")
    letters()
    with monkeypatch.context() as patch:
        patch.setattr(carriers.mail, "hand_over", _not_now)
        letter = released(event)
        outbox.drain()
    done = released(event)
    letters()
    browser = sign_in(make_member(organisation=event.organisation))
    page = browser.get(f"/en/organise/events/{event.slug}/cancel/").text
    assert "1 letter to a group that has not gone out to everybody yet will be stopped." in page
    fate(SYSTEM, event.id)
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert not [one for one in letters() if one["Subject"].startswith("To ")]
    assert (db.session.get(GroupLetter, letter.id).state, outcomes(letter)) == ("stopped", {"stopped": 2})
    assert db.session.get(GroupLetter, done.id).state == "released", "there is nothing of it to stop"


def _not_now(*_: object) -> None:
    raise outbox.NotNow("451 4.7.1 Try later")


@pytest.mark.parametrize(("fate", "done"), [("cancelled", events.cancel_event), ("postponed", events.postpone_event)])
def test_words_from_before_a_cancellation_go_out_only_when_somebody_has_read_of_it(
    make_event, make_member, sign_in, register, letters, monkeypatch, fate, done
):
    event = make_event(in_person=5)
    browser, desk = sign_in(make_member(organisation=event.organisation)), f"/en/organise/events/{event.slug}/messages/"
    register(event, "Reader")
    letters()
    plan = GroupPlan(subject=both("See you"), text=both("See you tomorrow"))
    ready, news = (services.add_letter(SYSTEM, event.id, plan) for _ in range(2))
    services.make_ready(SYSTEM, ready.id)
    services.make_ready(SYSTEM, news.id)
    with monkeypatch.context() as patch:
        patch.setattr(carriers.mail, "hand_over", refuse_all)
        failed = released(event)
        outbox.drain()
    said = f"The event has been {fate} since this letter was written."
    pages = [f"{desk}groups/{one.id}/" for one in (ready, failed)]
    assert not any(said in browser.get(page).text for page in [*pages, desk])
    change(SYSTEM, db.session.scalars(sa.select(MarkedAddress)).one(), address="somebody@example.org")
    db.session.rollback()
    done(SYSTEM, event.id)
    letters()
    assert all(said in browser.get(page).text for page in [*pages, desk])
    assert all(
        one in browser.get(page).text for page in [pages[1], desk] for one in ("Send it all the same?", " required")
    )
    # A page that stood open since before knows nothing of it.
    with pytest.raises(Conflict, match=fate):
        services.release(SYSTEM, ready.id, 1)
    # Whatever a browser asks for: where the box was left empty, that stands beside it, on the same page of the list.
    empty = "Nothing was sent. Tick this if the letter is to go out all the same."
    box = f'<input type="checkbox" name="fate" value="{fate}" required'
    assert all(box in one and empty not in one for one in (browser.get(page).text for page in [pages[1], desk]))
    [refused] = db.session.scalars(sa.select(Letter).where(Letter.kind == "to_group", Letter.state == "failed"))
    for deed, here in ((f"{pages[1]}again/", "outcome=failed"), (f"{desk}{refused.id}/", "state=failed&page=1")):
        answer = browser.submit(f"{deed}?{here}", form_at=desk)
        assert here in answer.location and answer.location.endswith("#refused")
        shown = browser.get(answer.location).text
        assert f"{said} Please look at it again." in shown and letters() == []
        assert f'{box} id="refused" aria-invalid="true" aria-describedby="refused-error"' in shown
        assert f'<p class="error" id="refused-error">{empty}</p>' in shown
        assert f'type="hidden" name="fate" value="{fate}"' not in shown
    browser.submit(f"{pages[1]}again/", {"fate": fate}, form_at=pages[1])
    looked = {"people": "1", "version": str(db.session.get(GroupLetter, ready.id).version), "has_looked": "y"}
    assert f'name="fate" type="hidden" value="{fate}"' in browser.get(pages[0]).text
    assert browser.submit(f"{pages[0]}release/", {**looked, "fate": fate}, form_at=pages[0]).status_code == 303
    assert len(letters()) == 2
    services.change_letter(SYSTEM, news.id, GroupPlan(subject=both("Sorry"), text=both("It does not take place")))
    services.make_ready(SYSTEM, news.id)
    assert services.overtaken_by(news) == "", "words that are younger"
    services.release(SYSTEM, news.id, 1)


@in_november_2026
@on_sqlite
def test_an_hour_that_clocks_skip_or_that_is_over_is_refused(app, make_event, register):
    event = make_event(in_person=5, zone="Europe/Zurich", starts=datetime(2027, 5, 1, 9), ends=datetime(2027, 5, 1, 10))
    register(event)
    with pytest.raises(Invalid) as refusal:
        released(event, scheduled=datetime(2027, 3, 28, 2, 30))
    assert refusal.value.field == "scheduled"
    with pytest.raises(Invalid) as refusal:
        released(event, scheduled=datetime(2026, 1, 1, 9))
    assert refusal.value.field == "scheduled"
    hour = datetime.combine((clock.now() + timedelta(days=2)).date(), datetime.min.time()).replace(hour=9)
    plan = GroupPlan(subject=both("To {event}, {name}"), text=both("x"), scheduled=hour)
    letter = services.add_letter(SYSTEM, event.id, plan)
    services.make_ready(SYSTEM, letter.id)
    with clock.standing_at(clock.now() + timedelta(days=4)), pytest.raises(Conflict):
        services.release(SYSTEM, letter.id, 1)
    with app.test_request_context("/en/"):
        assert words.heading(letter, event) == f"To {event.title.in_('en')}, …"


def test_a_letter_is_stopped_midway_and_what_failed_is_sent_again(make_event, register, letters, monkeypatch):
    event = make_event(in_person=9)
    people = [register(event, f"Reader {number}") for number in range(4)]
    letters()
    letter = released(event)
    outbox.drain(most=2)  # spread, and one sent
    assert outcomes(letter) == {"sent": 1, "queued": 3}
    bad = db.session.scalars(sa.select(Letter).where(Letter.state == "queued")).first()
    assert bad
    hand_over = carriers.mail.hand_over

    def refuse(message, letter_id, settings) -> None:
        if message["To"] == bad_address:
            raise outbox.Refused("550 no such mailbox")
        hand_over(message, letter_id, settings)

    bad_address = bad.address
    monkeypatch.setattr(carriers.mail, "hand_over", refuse)
    while bad_address in {one.address for one in db.session.scalars(sa.select(Letter).where(Letter.state == "queued"))}:
        outbox.drain(most=1)
        db.session.rollback()
    before = outcomes(letter)
    assert before["failed"] == 1
    assert services.stop(SYSTEM, letter.id) == before.get("queued", 0)
    assert services.stop(SYSTEM, letter.id) == 0
    outbox.drain()
    assert outcomes(letter)["sent"] == before["sent"]
    monkeypatch.setattr(carriers.mail, "hand_over", hand_over)
    assert services.send_again(SYSTEM, letter.id) == 1
    assert services.send_again(SYSTEM, letter.id) == 0
    outbox.drain()
    assert outcomes(letter) == {"sent": before["sent"] + 1, "stopped": before.get("queued", 0)}
    assert sum(outcomes(letter).values()) == len(people)
    left_out = outcomes(letter)["stopped"]
    assert services.take_up(SYSTEM, letter.id) == left_out > 0
    assert services.take_up(SYSTEM, letter.id) == 0
    letters()
    assert outcomes(letter) == {"sent": len(people)}
    readers = db.session.scalars(sa.select(Letter.address).where(Letter.kind == services.KIND)).all()
    assert sorted(readers) == sorted(str(one.typed_address) for one in people)


def refuse_all(message, letter_id, settings) -> None:
    """A mail server that takes nothing."""
    raise outbox.Refused("550 5.1.1 no such mailbox")


def test_what_failed_goes_again_batch_by_batch_and_a_killed_worker_is_followed(
    make_event, register, letters, monkeypatch
):
    event = make_event(in_person=9)
    people = [register(event, f"Reader {number}") for number in range(5)]
    letters()
    monkeypatch.setattr(services, "BATCH", 2)
    with monkeypatch.context() as patch:
        patch.setattr(carriers.mail, "hand_over", refuse_all)
        letter = released(event)
        outbox.drain()
    assert outcomes(letter) == {"failed": 5}
    assert services.send_again(SYSTEM, letter.id) == 5
    gone, left = people[3], people[4]
    use_case(lambda actor: parts.erase(actor, db.session.get(Registration, gone.id)))(SYSTEM)
    change(SYSTEM, left.place, state="cancelled")
    left_in, spread = iter([True]), services.spread

    def killed(actor, letter_id) -> bool:
        if not next(left_in, False):
            raise SystemExit
        return spread(actor, letter_id)

    with monkeypatch.context() as patch:
        patch.setattr(services, "spread", killed)
        with pytest.raises(SystemExit):
            outbox.drain()
    assert sum(outcomes(letter).values()) == 4, "of who is erased nothing is counted"
    assert outcomes(letter)["again"] == 2, "what was killed had done one batch"
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        outbox.drain()
    assert outcomes(letter) == {"sent": 3, "left": 1}
    readers = db.session.scalars(sa.select(Letter.address).where(Letter.kind == services.KIND, Letter.state == "sent"))
    assert sorted(readers) == sorted(str(one.typed_address) for one in people[:3]), "each has it once"


def test_each_outcome_lists_those_who_are_counted_at_it(app, make_event, register, letters):
    event = make_event(in_person=9)
    people = [register(event, f"Reader {number}") for number in range(9)]
    letters()
    letter = released(event)
    outbox.drain()
    rows = dict(db.session.execute(sa.select(Recipient.who_id, Recipient.letter_id)).all())
    sent = [rows[one.id] for one in people]
    for letter_id, state, error in zip(sent, ("queued", "queued", "failed"), (None, "451", "550"), strict=False):
        work = db.session.scalar(sa.select(Letter.outbox_id).where(Letter.id == letter_id))
        db.session.execute(sa.update(Letter).where(Letter.id == letter_id).values(state=state))
        db.session.execute(sa.update(OutboxRow).where(OutboxRow.id == work).values(error=error))
    for letter_id, state in zip(sent[3:7], ("waiting", "left", "unwanted", "stopped"), strict=True):
        db.session.execute(sa.update(Recipient).where(Recipient.letter_id == letter_id).values(state=state))
    db.session.execute(sa.delete(Letter).where(Letter.id.in_((sent[4], sent[7]))))
    new = sa.update(Recipient).where(Recipient.who_id == people[4].id)
    db.session.execute(new.values(state="waiting", letter_id=None))
    db.session.commit()
    found = {}
    counts = queries.count_outcomes([letter.id])[letter.id]
    with app.test_request_context("/en/"):
        for outcome in queries.OUTCOMES:
            pages, listed = queries.list_recipients(letter, outcome, 1, counts)
            assert {one.outcome for one in listed} <= {outcome} and pages.total == len(listed)
            found[outcome] = len(listed)
        pages, listed = queries.list_recipients(letter, "", 1, counts)
    assert (pages.total, pages.pages, len(listed)) == (9, 1, 9)
    assert found == {one: counts[one] for one in queries.OUTCOMES}
    assert found == {
        "waiting": 1, "queued": 1, "again": 2, "sent": 1, "failed": 1,
        "left": 0, "unwanted": 1, "stopped": 1, "erased": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["registrants", "speakers", "guests"])
def test_those_who_get_a_letter_are_listed_by_name(
    app, make_event, make_session, make_person, register, save, letters, kind
):
    event, names = make_event(in_person=9), ["Dana", "Anna", "Cem", "Bela"]
    pool = db.session.scalar(sa.select(Pool).where(Pool.event_id == event.id, Pool.mode == "in_person"))
    until = clock.now() + timedelta(days=5)
    for name in names:
        if kind == "registrants":
            register(event, name)
        elif kind == "speakers":
            person = make_person(names=Names(family=name, given="X"), address=f"{name.casefold()}@example.org")
            make_session(event, speakers=[SpeakerPlan("presenter", person_id=person.id)])
        else:
            typed = {"name": name, "address": f"{name}@example.org", "typed_address": f"{name}@example.org"}
            save(EventInvitation(event_id=event.id, pool_id=pool.id, language="en", answer_by=until, **typed))
    letters()
    before = groups.find(event, Group(kind=kind)).members
    letter = released(event, group=Group(kind=kind))
    letters()
    with app.test_request_context("/en/"):
        counts = queries.count_outcomes([letter.id])[letter.id]
        _, rows = queries.list_recipients(letter, "sent", 1, counts)
    assert [[one.name.split()[-1] for one in found] for found in (before, rows)] == [sorted(names)] * 2


def test_who_ended_letters_meanwhile_is_left_out_when_what_failed_goes_again(make_event, letters, monkeypatch):
    event = make_event(in_person=5)
    guests = read_guests("Li Na, li@example.org\nOmar, omar@example.org", "en")
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    letters()
    with monkeypatch.context() as patch:
        patch.setattr(carriers.mail, "hand_over", refuse_all)
        letter = released(event, group=Group(kind="guests"))
        outbox.drain()
    chosen = db.session.scalars(sa.select(LetterChoice).where(LetterChoice.address == "li@example.org")).one()
    choices.end(Actor("link", thing_id=chosen.id, purpose=choices.PURPOSE), chosen.id)
    assert services.send_again(SYSTEM, letter.id) == 2
    assert [one["To"] for one in letters()] == ["omar@example.org"]
    assert outcomes(letter) == {"sent": 1, "unwanted": 1}


@on_sqlite
@pytest.mark.parametrize(
    ("error", "is_asked_for", "why", "when"),
    [
        (outbox.NotNow("451 4.7.1 Try later"), False, "451 4.7.1 Try later", "Tried 1 time. The next time: <time"),
        (
            outbox.Refused("550 5.1.1 gone"),
            True,
            "There is no such mailbox.",
            "It goes again as soon as it is its turn.",
        ),
    ],
)
def test_the_page_says_what_is_tried_again(
    make_event, make_member, sign_in, register, letters, monkeypatch, error, is_asked_for, why, when
):
    event = make_event(in_person=9)
    browser, desk = sign_in(make_member(organisation=event.organisation)), f"organise/events/{event.slug}/messages"
    register(event, "Reader")
    letters()

    def fail(message, letter_id, settings) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(carriers.mail, "hand_over", fail)
        letter = released(event)
        outbox.drain()
    page = f"/en/{desk}/groups/{letter.id}/"
    if is_asked_for:
        assert browser.submit(f"{page}again/", form_at=page).status_code == 303
    assert "0 of 1 sent, 1 is tried again<" in browser.get(f"/en/{desk}/groups/").text
    answer = browser.get(f"{page}?outcome=again")
    for said in (
        "0 of 1 sent, 1 is tried again<",
        "Is tried again (1)",
        why,
        when,
        "It goes on when this page is closed",
    ):
        assert said in answer.text, said
    assert not any(said in answer.text for said in ("On its way", "Not written yet"))
    assert answer.headers["Refresh"] == "15"
    shown = browser.get(page.replace("/en/", "/zh/")).text
    assert all(said in shown for said in ("已放行", "1 封等待重试"))
    services.stop(SYSTEM, letter.id)
    assert "Refresh" not in browser.get(page).headers


def test_news_goes_to_those_who_agreed_and_ends_by_one_click_without_a_session(make_event, register, letters, client):
    event = make_event(in_person=5)
    agrees, silent = register(event, "Agrees"), register(event, "Silent")
    agree_to_news(agrees)
    letters()
    letter = released(event, is_news=True)
    [message] = letters()
    assert message["To"] == agrees.typed_address
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = ending_of(message)
    assert path in plain(message)
    assert client.get(path).status_code == 200  # a mail scanner follows every link: nothing has ended
    assert db.session.scalar(sa.select(LetterChoice.off_at)) is None
    assert client.post(path, data={"wish": "end"}).status_code == 400  # the page's own button has its token
    assert client.post(path, data=ONE_CLICK).status_code == 200
    assert client.post(path, data=ONE_CLICK).status_code == 200
    db.session.rollback()
    assert db.session.scalars(sa.select(Consent.withdrawn_at).where(Consent.purpose == "news")).one()
    found = services.found_for(db.session.get(GroupLetter, letter.id))
    assert (found.members, found.unwanted, found.without_consent) == ([], 1, 1)
    assert client.submit(path, {"wish": "want"}).status_code == 303
    db.session.rollback()
    assert names(event, Group(), is_news=True) == {"Agrees"}
    assert client.get(path.replace("/letters/", "/letters/x")).status_code == 404
    assert silent.typed_address not in {row.address for row in db.session.scalars(sa.select(LetterChoice))}


def test_who_ends_letters_gets_none_that_is_already_on_its_way(make_event, register, letters, client):
    event = make_event(in_person=5)
    agree_to_news(register(event, "Agrees"))
    letters()
    released(event, is_news=True)
    path = ending_of(letters()[0])
    letter = released(event, is_news=True)
    outbox.drain(most=1)  # spread, not sent
    client.post(path, data=ONE_CLICK)
    assert letters() == []
    assert outcomes(letter) == {"failed": 1}
    assert db.session.scalar(sa.select(Letter.error).where(Letter.state == "failed")) == "no longer wanted"


def test_guests_who_have_not_answered_are_written_to_once_an_address_and_can_end_it(make_event, letters, client):
    event = make_event(in_person=5)
    until = clock.now() + timedelta(days=5)
    guests = read_guests("Li Na, li@example.org\nOmar, omar@example.org", "en")
    invitations.invite(SYSTEM, event.id, "in_person", guests, until)
    letters()
    released(event, group=Group(kind="guests"))
    sent = letters()
    assert sorted(one["To"] for one in sent) == ["li@example.org", "omar@example.org"]
    assert all("/en/invitations/" in plain(one) for one in sent)
    client.post(ending_of(sent[0]), data=ONE_CLICK)
    db.session.rollback()
    found = groups.find(event, Group(kind="guests"))
    assert (len(found.members), found.unwanted) == (1, 1)


def test_two_requests_that_write_to_the_same_address_at_once_share_what_it_wants(app, make_organisation):
    organisation, addresses, errors = make_organisation(), ["b@example.org", "a@example.org"], []
    begun, both_there = threading.Event(), use_case(lambda actor, some: choices.choices_for(organisation.id, some))
    found: list[set[UUID]] = []

    @use_case
    def first(actor) -> None:
        found.append({one.id for one in choices.choices_for(organisation.id, addresses).values()})
        begun.set()
        time.sleep(0.5)  # the other one stands before what is not committed

    def in_thread(deed) -> threading.Thread:
        def run() -> None:
            try:
                with app.app_context():
                    deed()
            except Exception as error:  # noqa: BLE001 - told below
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    threads = [in_thread(lambda: first(SYSTEM))]
    begun.wait(10)
    threads.append(in_thread(lambda: found.append({one.id for one in both_there(SYSTEM, addresses[::-1]).values()})))
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert found[0] == found[1]
    assert len(found[0]) == 2


NASTY = [
    "[Reset](https://evil.example)", "<a href='https://evil.example'>x</a>", "evil.example", "![](https://evil.example)",
    "{event.__class__}", "{{7*7}}", "{link}", "%(x)s", "A\r\nBcc: victim@example.org", "A\u2028B\u0085C", "**bold**",
    "\ue000\ue006", "A" * 9000,
]  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_people_typed_as_their_name_stays_text_in_words_and_subjects(make_event, register, letters, lang):
    """In the words of organisers each of these stands as it was typed, and no mail program makes a link of it."""
    event = make_event(in_person=50)
    for name in NASTY:
        register(event, name[:200], language=lang)
    letters()
    texts = Translated.of(en="Dear {name}, [your page]({link})", zh="{name}，您好：[您的页面]({link})")
    released(event, subject=both("For {name}", "致{name}"), text=texts)
    sent = letters()
    assert len(sent) == len(NASTY)
    for message in sent:
        assert sorted(message.keys()) == sorted(sent[0].keys())
        assert message["Bcc"] is None
        assert len(message["To"].addresses) == 1
        links = re.findall(r'href="([^"]*)"', html(message))
        assert links
        assert all(link.startswith("http://127.0.0.1:8000/") for link in links)
        assert "<a href='" not in html(message)
        assert "evil.example" not in plain(message) + html(message) + message["Subject"]  # not as one word
        assert "<strong>" not in html(message)
        assert "49" not in message["Subject"]
    subjects = " ".join(message["Subject"].replace("\u200c", "") for message in sent)
    for name in ("[Reset](https://evil.example)", "{event.__class__}", "{{7*7}}", "{link}", "%(x)s", "**bold**"):
        assert name in subjects


@on_sqlite
def test_the_organisers_address_can_be_copied_out_of_a_letter(make_event, register, letters):
    event = make_event(in_person=5)
    register(event)
    letters()
    released(event, subject=both("Write to {contact}"), text=both("Write to {contact}, {name}."))
    [letter] = letters()
    assert event.contact_address == "contact@example.org"
    for said in (letter["Subject"], plain(letter), html(letter)):
        assert "Write to contact@example.org" in said


@pytest.mark.parametrize(("written", "wanted", "mark"), [("en", "zh", "尚未翻译"), ("zh", "en", "not yet translated")])
def test_words_in_one_language_are_marked_for_readers_of_the_other(
    make_event, make_member, sign_in, register, letters, written, wanted, mark
):
    event = make_event(in_person=9)
    for lang in ("en", "zh"):
        register(event, lang.upper(), address=f"{lang}@example.org", language=lang)
    letters()
    said = {"en": "Doors open early.", "zh": "提前开门。"}
    words_of = Translated.of(written, **{written: said[written]})
    letter = services.add_letter(SYSTEM, event.id, GroupPlan(subject=both("Doors", "入场"), text=words_of))
    page = f"/en/organise/events/{event.slug}/messages/groups/{letter.id}/?language="
    browser, tag = sign_in(make_member(organisation=event.organisation)), {"en": "en", "zh": "zh-Hans"}[written]
    own, other = (browser.get(page + one).text for one in (written, wanted))
    assert (mark in own, mark in other) == (False, True)
    assert f'<div lang="{tag}"><p>{said[written]}' in other
    services.make_ready(SYSTEM, letter.id)
    services.release(SYSTEM, letter.id, 2)
    found = {one["To"]: one for one in letters()}
    marked, usual = found[f"{wanted}@example.org"], found[f"{written}@example.org"]
    assert all(mark in part for part in (plain(marked), html(marked)))
    assert f'<div lang="{tag}">' in html(marked) and "<div lang" not in html(usual)
    assert not any(one in part for one in ("not yet", "尚未") for part in (plain(usual), html(usual)))


@pytest.mark.parametrize(("written", "wanted"), [("en", "zh"), ("zh", "en")])
def test_what_stands_in_words_is_in_their_language_whatever_that_of_their_reader(
    make_event, make_member, sign_in, register, letters, written, wanted
):
    event = make_event(in_person=9)
    change(SYSTEM, event, title=both("Logistics", "物流"))
    register(event, "Amina", pool="online", address="reader@example.org", language=wanted)
    letters()
    said = {"en": "About {event}, {where}, {name}", "zh": "关于 {event}, {where}, {name}"}[written]
    words_of = Translated.of(written, **{written: said})
    letter = services.add_letter(SYSTEM, event.id, GroupPlan(subject=words_of, text=words_of))
    filled = {"en": "About Logistics, Online, Amina", "zh": "关于 物流, 线上, Amina"}[written]
    page = f"/en/organise/events/{event.slug}/messages/groups/{letter.id}/?language={wanted}"
    shown = sign_in(make_member(organisation=event.organisation)).get(page).text
    assert shown.split('<article class="letter-shown"')[1].count(filled) >= 2
    services.make_ready(SYSTEM, letter.id)
    services.release(SYSTEM, letter.id, 1)
    [sent] = letters()
    assert (sent["Subject"], filled in plain(sent), filled in html(sent)) == (filled, True, True)
    assert f"/{wanted}/registrations/" in plain(sent)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dear {nmae}", "Line 1, character 6: there is no placeholder {nmae}. Did you mean {name}?"),
        ("a\nb {event.__class__}", "Line 2, character 3: there is no placeholder {event.__class__}."),
        ("{{7*7}}", "{7*7}"),
        ("{ name }", "{ name }"),
    ],
)
@on_sqlite
def test_an_unknown_placeholder_is_refused_with_its_place(make_event, text, said):
    with pytest.raises(Invalid) as refusal:
        services.add_letter(SYSTEM, make_event().id, GroupPlan(subject=both("x"), text=Translated.of(en=text)))
    assert refusal.value.field == "text_en"
    assert said in refusal.value.message


@on_sqlite
def test_all_unknown_placeholders_are_told_at_once_each_beside_its_field(app, make_event):
    text = Translated.of(en="Dear {nmae},\n{foo} and {name}", zh="{nmae}" * 12)
    with pytest.raises(Invalid) as refusal:
        services.add_letter(SYSTEM, make_event().id, GroupPlan(subject=both("{link}", "{link}{x}{link}"), text=text))
    told = {one.field: one.message for one in (refusal.value, *refusal.value.others)}
    has_no_links = "A subject has no links: please write {link} into the text."
    assert told.pop("subject_en") == has_no_links
    assert told.pop("subject_zh").startswith(f"{has_no_links} Line 1, character 7: there is no placeholder {{x}}.")
    with app.test_request_context("/zh/"), force_locale("zh"), pytest.raises(Invalid, match="主题中不能有链接"):
        placeholders.check(both("{event_page}"), both("x"))
    with pytest.raises(Invalid, match="There are no links here, for the letter has its own"):
        placeholders.check_note(both("{link}"))
    assert told.pop("text_en") == (
        "There are no such placeholders: {nmae} (line 1, character 6; perhaps {name}), {foo} (line 2, character 1)."
    )
    chinese = told.pop("text_zh")
    assert (chinese.count("{nmae}"), chinese.endswith(", 2 more placeholders.")) == (10, True)
    assert told == {}


@on_sqlite
def test_a_thousand_get_one_each_and_nobody_sees_anybody(make_event):
    event = make_event(in_person=2000)

    @use_case
    def fill(actor) -> None:
        pool = list_pools(event)[0]
        for one in range(1000):
            address = f"many{one}@example.org"
            place = Place(pool_id=pool.id, state="confirmed", number=one)
            db.session.add(
                Registration(event_id=event.id, name="A", address=address, typed_address=address, places=[place])
            )

    fill(SYSTEM)
    letter = released(event)
    outbox.drain(most=1)
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Letter.address)))) == 1000
    assert outcomes(letter) == {"queued": 1000}
    assert set(db.session.scalars(sa.select(OutboxRow.is_bulk).where(OutboxRow.kind == "letter"))) == {True}


def test_letters_leased_at_once_read_what_they_share_once_and_those_after_them_anew(
    make_event, register, letters, monkeypatch
):
    event = make_event("Before", in_person=20)
    for one in range(work.HANDFUL + 2):
        register(event, address=f"reader{one}@example.org", language="en")
    letters()
    released(event, subject=both("About {event}"))
    with count_queries() as spread:
        outbox.drain(most=1)
    assert sum(one.startswith("UPDATE group_recipients") for one in spread.statements) == 1
    subjects = []

    def take(message, letter_id, settings) -> None:
        subjects.append(str(message["Subject"]))
        if len(subjects) == work.HANDFUL:
            change(SYSTEM, event, title=both("After"))

    monkeypatch.setattr(carriers.mail, "hand_over", take)
    with count_queries() as sent:
        outbox.drain()
    assert subjects == ["About Before"] * work.HANDFUL + ["About After"] * 2
    assert sum("FROM group_letters" in one for one in sent.statements) == 2


@on_sqlite
def test_a_stopped_letter_counts_nobody_as_served_and_says_what_still_arrives(
    make_event, make_member, register, sign_in, letters
):
    member = make_member("organiser")
    event = make_event(organisation=next(iter(member.organisations("organiser"))), in_person=5)
    for _ in range(3):
        register(event)
    letters()
    letter = released(event)
    outbox.drain(most=1)
    in_hand = sa.select(Letter.outbox_id).where(Letter.kind == services.KIND).limit(1)
    db.session.execute(sa.update(OutboxRow).where(OutboxRow.id.in_(in_hand)).values(state="leased"))
    db.session.commit()
    assert services.stop(SYSTEM, letter.id) == 2
    browser = sign_in(member)
    for lang, said in (
        ("en", "One letter was on its way already, and still"),
        ("zh", "已有 1 封邮件在发送途中，仍会送达"),
    ):
        page = browser.get(f"/{lang}/organise/events/{event.slug}/messages/groups/{letter.id}/").text
        assert said in page
        assert 'max="3" value="0"' in page


@on_sqlite
def test_the_hour_of_a_letter_reads_the_same_before_and_after_its_release(make_event, make_member, register, sign_in):
    member = make_member("organiser")
    event = make_event(organisation=next(iter(member.organisations("organiser"))), in_person=5)
    register(event)
    planned = {"subject": both("Hi"), "text": both("Hi"), "scheduled": event.starts - timedelta(days=1)}
    letter = services.add_letter(SYSTEM, event.id, GroupPlan(**planned))
    browser, desk = sign_in(member), f"/organise/events/{event.slug}/messages/groups/"
    hour = f'<time datetime="{letter.scheduled_at.isoformat()}">'

    def told() -> list[str]:
        pages = [browser.get(f"/{lang}{desk}{page}").text for lang in ("en", "zh") for page in ("", f"{letter.id}/")]
        return [page.split(hour)[1].split("</")[1].removeprefix("time>") for page in pages]

    before = told()
    services.make_ready(SYSTEM, letter.id)
    services.release(SYSTEM, letter.id, 1)
    assert before == told() == [" Beijing time"] * 2 + ["（北京时间）"] * 2
    pages = {
        page: browser.get(page).text
        for lang in ("en", "zh")
        for page in (f"/{lang}{desk}", f"/{lang}{desk}{letter.id}/")
    }
    assert all(">Scheduled<" in shown or ">已排定<" in shown for shown in pages.values())
    with clock.standing_at(letter.due_at):
        for page in pages:
            assert ">Released<" in (shown := browser.get(page).text) or ">已放行<" in shown
            assert hour in shown


@on_sqlite
def test_the_way_of_a_letter_through_its_pages(make_event, make_member, register, sign_in, letters):
    member = make_member("organiser")
    organisation = next(iter(member.organisations("organiser")))
    event = make_event(organisation=organisation, in_person=5)
    registration = register(event, "Amina", stakeholder_type="national_ngo")
    letters()
    browser = sign_in(member)
    desk = f"/en/organise/events/{event.slug}/messages/groups/"
    wrong = browser.submit(
        f"{desk}new/", {"kind": "registrants", "came": "", "text_en": "Hello {nmae}", "subject_en": "S"}
    )
    assert wrong.status_code == 422
    assert "Hello {nmae}" in wrong.get_data(as_text=True)
    form = {"kind": "registrants", "came": "", "states": ["confirmed"], "subject_en": "Hi", "text_en": "Your {link}"}
    answer = browser.submit(f"{desk}new/", form)
    page = answer.headers["Location"]
    shown = browser.get(page).get_data(as_text=True)
    assert "1 person gets this letter." in shown
    assert "National NGO" not in shown
    # What the organiser reads opens nobody's registration.
    for token in set(re.findall(r"/en/registrations/([\w-]{43})/", shown)):
        assert browser.get(f"/en/registrations/{token}/").status_code == 404
    browser.submit(f"{page}test/", {"who": str(registration.id), "language": "zh"}, form_at=page)
    [test] = letters()
    assert test["Subject"].startswith("测试：")
    stranger = register(make_event(in_person=5), "Somebody elsewhere")
    letters()
    refused = browser.submit(f"{page}test/", {"who": str(stranger.id), "language": "en"}, form_at=page)
    assert (refused.status_code, letters()) == (404, []), "by an id alone nobody learns who somebody is"
    for token in set(re.findall(r"/registrations/([\w-]{43})/", plain(test))):
        assert browser.get(f"/en/registrations/{token}/").status_code == 404
    assert (
        browser.submit(f"{page}release/", {"people": 1, "version": 1, "has_looked": "y"}, form_at=page).status_code
        == 409
    )
    browser.submit(f"{page}ready/", form_at=page)
    version = db.session.scalar(sa.select(GroupLetter.version))
    unseen = browser.submit(f"{page}release/", {"people": 1, "version": version}, form_at=page)
    assert (unseen.status_code, unseen.text.count("Please read the letter first, and say so here.")) == (422, 1)
    done = browser.submit(f"{page}release/", {"people": 1, "version": version, "has_looked": "y"}, form_at=page)
    assert done.status_code == 303
    assert len(letters()) == 1
    assert "1 of 1 sent" in browser.get(page).get_data(as_text=True)
    other = sign_in(make_member("organiser"))
    for address in (page, f"{page}edit/", desk):
        assert other.get(address).status_code == 404
    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation)))
    assert viewer.get(page).status_code == 403


def test_who_is_erased_by_one_organiser_keeps_what_they_want_of_another(make_event, make_organisation, register):
    here, elsewhere = (make_event(organisation=make_organisation(), in_person=5) for _ in range(2))
    registration, _ = (register(event, address="ann@example.org") for event in (here, elsewhere))

    @use_case
    def end_all(actor) -> None:
        for event in (here, elsewhere):
            choices.choices_for(event.organisation_id, ["ann@example.org"])["ann@example.org"].off_at = clock.now()

    end_all(SYSTEM)
    use_case(lambda actor: parts.erase(actor, db.session.get(Registration, registration.id)))(SYSTEM)
    db.session.rollback()
    assert [one.organisation_id for one in db.session.scalars(sa.select(LetterChoice))] == [elsewhere.organisation_id]
