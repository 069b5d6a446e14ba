"""The organiser's room of letters, "send me my links again", and the mailbox of a newcomer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.accounts import services as accounts
from eventhub.app import create_app
from eventhub.events import services as events
from eventhub.events.services import Partners
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import group_letters, left_out, queries, speaker_letters, words
from eventhub.messaging.inbox import services as inbox
from eventhub.messaging.inbox.models import MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.messaging.wordings.occasions import OCCASIONS
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import delegations, invitations, rights
from eventhub.registrations import services as registrations
from eventhub.registrations.agreements import Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.invitations import Guest
from eventhub.registrations.rights import RightsPlan
from tests.conftest import on_sqlite
from tests.queries import count_queries

from .test_letters import change

pytestmark = on_sqlite


@pytest.fixture
def run(make_member, make_event) -> Callable[..., tuple]:
    """An organiser and an event of theirs."""

    def make(role: str = "organiser", **values):
        actor = make_member(role)
        return actor, make_event(in_person=100, organisation=next(iter(actor.organisations(role))), **values)

    return make


def fail(error: str) -> None:
    """Let all letters on their way be refused with this answer."""

    def refuse(actor) -> None:
        for letter in db.session.scalars(sa.select(Letter).where(Letter.state == "queued")):
            letter.state, letter.error = "failed", error
            row = db.session.get(OutboxRow, letter.outbox_id)
            row.state, row.error, row.attempts = "failed", error, 1

    use_case(refuse)(SYSTEM)


def desk(event, lang: str = "en", query: str = "") -> str:
    return f"/{lang}/organise/events/{event.slug}/messages/{query}"


def test_letters_are_listed_with_how_they_went(run, register, letters, sign_in):
    actor, event = run()
    register(event, address="sent@example.org")
    letters()
    register(event, address="refused@example.org")
    fail("550 5.1.1 no such mailbox")
    register(event, address="waiting@example.org")
    browser = sign_in(actor)
    page = browser.get(desk(event)).get_data(as_text=True)
    for address in ("sent@example.org", "refused@example.org", "waiting@example.org"):
        assert address in page
    assert "The mail server does not take the letter: “550 5.1.1 no such mailbox”" in page
    failed = browser.get(desk(event, query="?state=failed")).get_data(as_text=True)
    assert "refused@example.org" in failed
    assert "sent@example.org" not in failed
    assert browser.get(desk(event, query="?state=nonsense&page=99999999999999999999")).status_code == 200


def test_a_letter_that_waits_after_a_failure_says_so(run, register, sign_in):
    actor, event = run()
    register(event)

    def stumble(actor) -> None:
        row = db.session.scalars(sa.select(OutboxRow)).one()
        row.error, row.attempts = "ConnectionRefusedError: [Errno 111] Connection refused", 2

    use_case(stumble)(SYSTEM)
    page = sign_in(actor).get(desk(event)).get_data(as_text=True)
    assert "The mail server could not be reached, or did not answer." in page
    assert "Tried 2 times. The next time: <time" in page


def test_a_failed_letter_is_sent_again(run, register, letters, sign_in):
    actor, event = run()
    register(event, address="a@example.org")
    fail("550 mailbox full")
    browser = sign_in(actor)
    overview = browser.get(f"/en/organise/events/{event.slug}/").get_data(as_text=True)
    assert "1 letter could not be delivered" in overview
    letter = db.session.scalars(sa.select(Letter)).one()
    for _ in range(2):  # a double click is harmless
        assert browser.submit(f"{desk(event)}{letter.id}/", form_at="/en/links/").status_code == 303
    assert [message["To"] for message in letters()] == ["a@example.org"]
    assert "could not be delivered" not in browser.get(f"/en/organise/events/{event.slug}/").get_data(as_text=True)


def test_a_letter_to_all_that_was_given_up_is_shown_and_spread_again(run, register, letters, sign_in):
    actor, event = run()
    _, foreign = run()
    register(event, address="a@example.org")
    letters()
    for one in (event, foreign):
        events.cancel_event(SYSTEM, one.id)

    def give_up(actor) -> None:
        for row in db.session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == "letter_to_all")):
            row.state, row.error, row.attempts = "failed", "OperationalError", 10

    use_case(give_up)(SYSTEM)
    own, other = (
        db.session.scalars(
            sa.select(OutboxRow.id).where(OutboxRow.state == "failed", OutboxRow.event_id == one.id)
        ).one()
        for one in (event, foreign)
    )
    browser = sign_in(actor)
    assert len(queries.list_given_up(event)) == 1
    assert "1 letter could not be delivered" in browser.get(f"/en/organise/events/{event.slug}/").text
    page = browser.get(desk(event)).text
    assert "This letter to many could not be written to everybody: Event cancelled" in page
    assert f'action="{desk(event)}to-all/{own}/"' in page
    assert "Nothing was sent" in told(browser, desk(event), f"to-all/{other}/")
    db.session.rollback()
    assert db.session.get(OutboxRow, other).state == "failed"
    for _ in range(2):  # a double click is harmless
        assert browser.submit(f"{desk(event)}to-all/{own}/", form_at="/en/links/").status_code == 303
    assert [message["To"] for message in letters()] == ["a@example.org"]
    assert "could not be" not in browser.get(desk(event)).text


def test_every_letter_to_many_has_a_name(app):
    spreads = [OutboxRow(kind=kind, payload={}) for kind in outbox.spreads() - {"letter_to_all", "reminders"}]
    assert {words.kind_of(one) for one in spreads} >= {"Sessions chosen", "Programme changed", "Letter to a group"}
    assert words.kind_of(OutboxRow(kind="reminders", payload={"kind": "reminder"})) == "Reminder"


def told(browser, page: str, what: str) -> str:
    """What the page says after something on it was done."""
    assert browser.submit(f"{page}{what}", form_at="/en/links/").status_code == 303
    return browser.get(page).text


def test_letters_of_another_event_or_organisation_are_not_there(run, register, sign_in):
    actor, event = run()
    _, foreign = run()
    register(foreign)
    fail("550 no")
    letter = db.session.scalars(sa.select(Letter)).one()
    browser = sign_in(actor)
    assert browser.get(desk(foreign)).status_code == 404
    assert browser.submit(f"{desk(foreign)}{letter.id}/", form_at="/en/links/").status_code == 404
    register(event)
    fail("550 no")
    for other in (letter.id, uuid4()):
        assert "Nothing was sent: this letter is no longer kept" in told(browser, desk(event), f"{other}/")
    assert "没有发送" in told(browser, desk(event).replace("/en/", "/zh/"), f"{uuid4()}/")
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Letter.state))) == {"failed"}


def test_a_letter_that_came_back_after_its_work_was_forgotten_is_sent_again(run, register, letters, sign_in):
    actor, event = run()
    register(event, address="a@example.org")
    letters()

    def come_back(actor) -> None:
        for letter in db.session.scalars(sa.select(Letter)):
            letter.state, letter.error = "failed", "550 5.1.1"
            db.session.delete(db.session.get(OutboxRow, letter.outbox_id))

    use_case(come_back)(SYSTEM)
    letter_id = db.session.scalars(sa.select(Letter.id)).one()
    assert "on its way again" in told(sign_in(actor), desk(event), f"{letter_id}/")
    outbox.drain()
    db.session.rollback()
    assert db.session.get(Letter, letter_id).state == "sent"


@pytest.mark.parametrize("role", ["viewer", "translator", "check_in"])
def test_addresses_are_for_organisers_only(run, sign_in, role):
    actor, event = run(role)
    browser = sign_in(actor)
    assert browser.get(desk(event)).status_code == 403
    assert desk(event) not in browser.get(f"/en/organise/events/{event.slug}/").get_data(as_text=True)


def test_the_list_asks_as_often_for_three_letters_as_for_one(app: Flask, run, register, sign_in):
    actor, event = run()
    browser = sign_in(actor)

    def asked() -> int:
        with count_queries() as queries:
            assert browser.get(desk(event)).status_code == 200
        return len(queries)

    register(event)
    one = asked()
    register(event)
    register(event)
    assert asked() == one


def test_a_long_list_has_pages(run, register, sign_in):
    actor, event = run()
    for _ in range(52):
        register(event)
    browser = sign_in(actor)
    assert browser.get(desk(event)).get_data(as_text=True).count("<tr>") == 51
    assert browser.get(desk(event, query="?page=2")).get_data(as_text=True).count("<tr>") == 3


def test_whoever_postpones_or_publishes_again_is_told_how_many_will_hear(
    run, register, sign_in, make_person, make_session
):
    actor, event = run()
    address = f"/en/organise/events/{event.slug}/postpone/"
    browser = sign_in(actor)
    publishing = f"/en/organise/events/{event.slug}/publish/"
    assert "letter" not in browser.get(publishing).get_data(as_text=True)
    assert "Nobody is registered" in browser.get(address).get_data(as_text=True)
    register(event)
    register(event)
    assert "2 registrants will get a letter." in browser.get(address).get_data(as_text=True)
    asked = make_person(address="asked@example.org")
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=asked.id)])
    page = browser.get(address).get_data(as_text=True)
    assert "2 registrants will get a letter. 1 speaker will get a letter." in page
    assert "将通知 2 位报名者。将通知 1 位讲者。" in browser.get(address.replace("/en/", "/zh/")).get_data(as_text=True)


def test_whoever_cancels_is_told_how_many_hear_nothing(
    run, register, make_person, make_session, sign_in, save, make_organisation, make_member
):
    partner = make_organisation("Equal Partner")
    actor, event = run(partners=Partners(co_organisers=[partner.id]))
    equal = make_member(organisation=partner)
    rights.set_rights(SYSTEM, event.id, RightsPlan(has_delegations=True))
    browser, address = sign_in(actor), f"/en/organise/events/{event.slug}/cancel/"
    members = [Member(Details(name=name), "in_person") for name in ("Silent Sun", "Quiet Qian")]
    for name in ("head", "lost"):
        head = Details(name=name, address=f"{name}@example.org")
        delegations.register_delegation(SYSTEM, event.id, head, members[:1] if name == "lost" else members, "", 9)
    alone = register(event, address="alone@example.org")
    for number in (1, 2):
        asked = make_person(address=None, slug=f"silent-{number}")
        make_session(event, speakers=[SpeakerPlan("keynote", person_id=asked.id)])
    guest = Guest("Anna", "guest@example.org", "en")
    invitations.invite(SYSTEM, event.id, "in_person", [guest], clock.now() + timedelta(days=5))
    page = browser.get(address).get_data(as_text=True)
    assert "3 registrants will get a letter. 1 person who is invited and has not answered will get a letter." in page
    assert "2 people are left out: there are no addresses." in page, "the speakers; delegates have their contact"
    assert "have found nobody" not in page
    for marked in ("alone", "lost", "guest"):
        save(MarkedAddress(organisation_id=event.organisation_id, address=f"{marked}@example.org", reason="5.1.1"))
    page = browser.get(address).get_data(as_text=True)
    assert "1 registrant will get a letter." in page and "is invited" not in page
    assert "4 people are left out: letters to their addresses have found nobody." in page, "one by way of their contact"
    shown = browser.get(address.replace("/en/", "/zh/")).get_data(as_text=True)
    assert "有 4 人不会收到：以往发往其邮箱的邮件无人接收。" in shown and "有 2 人不会收到：未填写邮箱。" in shown
    people = re.findall(r'<a href="([^"]+)"><bdi>([^<]+)</bdi></a>', page.split("Left out:")[1].split("</p>")[0])
    assert [name for _, name in people if "Family" not in name] == ["Silent Sun", "Wang Fang", "lost", "Anna"]
    assert len(people) == 6, "with the two speakers"
    assert all(browser.get(link).status_code == 200 for link, _ in people)
    for deed in ("cancel", "postpone"):
        theirs = sign_in(equal).get(address.replace("cancel", deed)).get_data(as_text=True)
        assert "4 people are left out" in theirs and "Left out:" not in theirs, "they see nobody who has not agreed"
        assert not any(name in theirs for _, name in people)
    browser = sign_in(actor)
    registrations.cancel_registration(SYSTEM, alone.id)
    assert "3 people are left out: letters" in browser.get(address).get_data(as_text=True)


@pytest.mark.parametrize(("fate", "kind"), [(events.cancel_event, "cancelled"), (events.postpone_event, "postponed")])
def test_whoever_was_left_out_can_be_told_when_their_address_works_again(
    run, register, make_person, make_session, sign_in, save, letters, fate, kind
):
    actor, event = run()
    browser, page = sign_in(actor), desk(event)
    lost, back, told = (register(event, name, address=f"{name}@example.org") for name in ("lost", "back", "told"))
    speaker = make_person(address="speaker@example.org", slug="speaker")
    make_session(event, speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
    guests = [Guest("Anna", "anna@example.org", "en"), Guest("Bela", "bela@example.org", "en")]
    invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
    letters()
    for name in ("lost", "back", "anna", "speaker"):
        save(MarkedAddress(organisation_id=event.organisation_id, address=f"{name}@example.org", reason="5.1.1"))
    fate(actor, event.id)
    assert "do not know yet" not in browser.get(page).text, "as long as the letter is still to be spread"
    assert sorted(one["To"] for one in letters()) == ["bela@example.org", "told@example.org"]
    use_case(lambda actor: inbox.unmark(event.id, back.address))(SYSTEM)
    shown = browser.get(page).text
    assert f"4 people have had no letter saying that the event is {kind}." in shown
    boxes = re.findall(r'name="who" value="([^"]+)"( checked)?', shown)
    assert [who for who, is_ticked in boxes if is_ticked] == [str(back.id)]
    assert str(lost.id) in dict(boxes) and str(told.id) not in dict(boxes)
    assert browser.get(f"{desk(event).replace('messages', 'registrations')}{lost.id}/").status_code == 200
    chosen = [who for who, _ in boxes if who != str(lost.id)]
    for _ in range(2):  # twice, as by a double click
        assert browser.submit(f"{page}left-out/", {"who": chosen}, form_at=page).status_code == 303
    found = letters()
    assert sorted(one["To"] for one in found) == ["anna@example.org", "back@example.org", "speaker@example.org"]
    assert all(kind.capitalize() in one["Subject"] for one in found)
    assert "1 person has had no letter" in browser.get(page).text
    marked = set(db.session.scalars(sa.select(MarkedAddress.address)))
    assert marked == {"lost@example.org"}, "whom they write to they believe to be there"
    stranger, elsewhere = run()
    said, form_at = {"who": [str(lost.id)]}, f"/en/organise/events/{elsewhere.slug}/postpone/"
    assert sign_in(stranger).submit(f"{page}left-out/", said, form_at=form_at).status_code == 404


def test_writing_to_three_who_were_left_out_asks_as_much_as_writing_to_one(
    run, register, make_person, make_session, save, letters
):
    asked = []
    for number in (1, 3):
        actor, event = run()
        guests = [Guest("Anna", f"guest{one}@example.org", "en") for one in range(number)]
        for one in range(number):
            register(event, address=f"reader{one}@example.org")
            speaker = make_person(address=f"speaker{one}.{number}@example.org", slug=f"speaker-{one}-{number}")
            make_session(event, speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
            for address in (f"reader{one}", f"guest{one}", f"speaker{one}.{number}"):
                save(MarkedAddress(organisation_id=event.organisation_id, address=f"{address}@example.org", reason="5"))
        invitations.invite(SYSTEM, event.id, "in_person", guests, clock.now() + timedelta(days=5))
        letters()
        events.cancel_event(actor, event.id)
        assert letters() == []
        chosen = [str(one.who_id) for one in left_out.find(event, queries.turned_at(event))]
        event_id = event.id
        db.session.remove()
        with count_queries() as counted:
            assert left_out.write(actor, event_id, chosen) == 3 * number
        asked.append(len(counted))
        assert len(letters()) == 3 * number
    assert asked[0] == asked[1]
    assert not db.session.scalars(sa.select(MarkedAddress)).all()


def test_since_when_and_as_what_an_event_is_off_is_asked_once_a_page_and_once_for_letters_sent_together(
    run, register, sign_in, letters
):
    actor, event = run()
    for number in range(3):
        register(event, address=f"reader{number}@example.org")
    letters()
    browser = sign_in(actor)
    events.postpone_event(actor, event.id)
    change(event, starts=event.starts + timedelta(days=7), ends=event.ends + timedelta(days=7))
    with count_queries() as sent:
        outbox.drain()
    assert len(letters()) == 3 and sum(map(is_about_before, sent.statements)) == 1
    browser.get(desk(event))
    with count_queries() as listed:
        assert browser.get(desk(event)).status_code == 200
    assert sum("max(audit_entries.created_at)" in one for one in listed.statements) == 1
    words_of = f"{desk(event)}words/event_postponed/"
    with count_queries() as shown:
        assert "Former date" in browser.get(words_of).text
    assert sum(map(is_about_before, shown.statements)) == 1


def is_about_before(statement: str) -> bool:
    """Whether it asks how an event was before it was called off."""
    return "audit_entries.fact, audit_entries.data" in statement


def test_every_letter_about_an_event_has_a_name_in_its_list():
    kinds = {*OCCASIONS, *group_letters.KINDS, *speaker_letters.TO_ORGANISERS, "certificate_ready", "reminder"}
    assert kinds - words.KINDS.keys() == set()


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("550 5.1.1 unknown", "There is no such mailbox."),
        ("550 5.1.10 unknown", "There is no such mailbox."),
        ("550 5.1.2 unknown", "There is no such domain."),
        ("554 5.7.1 185.5.1.44 is on a list", "The other side takes it for unwanted."),
        ("550 [5.1.2.7] is on a list", ""),
    ],
)
def test_what_a_mail_server_answers_is_told_in_words(app, answer, meaning):
    assert words.reason(answer) == f"{meaning} The mail server does not take the letter: “{answer}”".strip()


def test_why_we_did_not_send_a_letter_is_not_laid_on_the_mail_server(app):
    writers = [file.read_text() for file in Path(words.__file__).parent.rglob("*letters.py")]
    reasons = {found for text in writers for found in re.findall(r'Refused\("([^"]+)"\)', text)}
    assert len(reasons) > 6
    assert {said for said in reasons if "mail server" in words.reason(said)} == set()


# Send me my links again


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_links_are_asked_for_and_the_answer_tells_nothing(client, make_event, register, letters, lang):
    registration = register(make_event(in_person=5), address="known@example.org")
    letters()
    answers = []
    for address in ("known@example.org", "unknown@example.org"):
        answer = client.submit(f"/{lang}/links/", {"address": address})
        page = client.get(answer.location).get_data(as_text=True)
        answers.append((answer.status_code, re.sub(r'name="csrf_token"[^>]*', "", page)))
    assert answers[0] == answers[1]
    assert "known@example.org" not in answers[0][1]
    [letter] = letters()
    token = links.make("registration", registration.id, registration.link_number)
    assert f"/{lang}/registrations/{token}/" in letter.get_body(("plain",)).get_content()
    assert client.get(f"/{lang}/registrations/{token}/").status_code == 200


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "x" * 300 + "@example.org"])
def test_what_is_no_address_stays_in_the_form(client, typed):
    answer = client.submit("/en/links/", {"address": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.get_data(as_text=True)


def test_three_letters_an_hour_may_be_asked_for_one_address(app, monkeypatch, client):
    factor = app.extensions["eventhub_settings"].model_copy(update={"rate_limit_factor": 1})
    monkeypatch.setitem(app.extensions, "eventhub_settings", factor)
    victim = f"{uuid4().hex}@example.org"
    answers = [client.submit("/en/links/", {"address": victim}).status_code for _ in range(5)]
    assert answers == [303, 303, 303, 429, 429]


# The mailbox


def test_a_newcomer_reads_the_letters_and_follows_their_links(client, make_event, register):
    event = make_event("Field logistics", in_person=1)
    register(event, "王芳", language="zh", address="wang@example.org")
    register(event, "Bob <b>", address="bob@example.org")
    outbox.drain()
    page = client.get("/mailbox/").get_data(as_text=True)
    assert page.index("bob@example.org") < page.index("wang@example.org"), "the newest first"
    zh = re.search(r'href="(/mailbox/[^"]+)" lang="zh-Hans"', page)
    assert zh
    answer = client.get(zh[1])
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    letter = answer.get_data(as_text=True)
    assert "王芳，您好：" in letter
    [mine] = re.findall(r'<a href="http://127\.0\.0\.1:8000(/zh/registrations/[^"]+)"', letter)
    assert client.get(mine).status_code == 200
    calendar = client.get(f"{zh[1]}event.ics")
    assert calendar.data.startswith(b"BEGIN:VCALENDAR")
    assert calendar.headers["Content-Disposition"].startswith("attachment")
    waitlisted = re.search(r'href="(/mailbox/[^"]+)" lang="en"', page)
    assert waitlisted
    assert b"STATUS:TENTATIVE" in client.get(f"{waitlisted[1]}event.ics").data
    accounts.sign_up(VISITOR, "new@example.org", "en")
    outbox.drain()
    without = re.search(r'href="(/mailbox/[^"]+)" lang="en"', client.get("/mailbox/").get_data(as_text=True))
    assert without
    assert client.get(f"{without[1]}event.ics").status_code == 404


def test_an_empty_mailbox_says_what_will_be_there(client):
    assert "No letters yet" in client.get("/mailbox/").get_data(as_text=True)
    assert client.get(f"/mailbox/{uuid4()}/").status_code == 404


def test_a_letter_links_only_to_this_site_and_holds_no_markup(client, run, letters, register):
    actor, event = run()
    register(event)
    letters()
    events.cancel_event(actor, event.id, Translated.of(en="See https://evil.example/ <script>x</script>"))
    outbox.drain()
    page = client.get("/mailbox/").get_data(as_text=True)
    path = re.search(r'href="(/mailbox/[^"]+)"', page)
    assert path
    letter = client.get(path[1]).get_data(as_text=True)
    assert 'href="https://evil.example' not in letter
    assert "<script>x" not in letter


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.5:8000", "127.0.0.1.evil.example"])
def test_the_mailbox_is_read_on_this_machine_only(client, host):
    assert client.get("/mailbox/", headers={"Host": host}).status_code == 404
    assert client.get("/mailbox/", headers={"Host": "localhost:8000"}).status_code == 200


@pytest.mark.parametrize("peer", ["192.168.1.7", "203.0.113.5", "2001:db8::1", "::ffff:192.168.1.7", ""])
def test_the_mailbox_is_not_read_from_elsewhere_whatever_is_claimed(client, peer):
    claims = {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"}
    asked = client.get("/mailbox/", headers=claims, environ_overrides={"REMOTE_ADDR": peer})
    assert asked.status_code == 404
    for own in ("127.0.0.2", "::1", "::ffff:127.0.0.1"):
        assert client.get("/mailbox/", environ_overrides={"REMOTE_ADDR": own}).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"mail_url": "smtp://127.0.0.1:25"}, {"base_url": "https://events.example.org"}, {"host": "0.0.0.0"}],
)
def test_there_is_no_mailbox_on_a_site_that_sends_or_is_on_the_net(app: Flask, changes):
    site = create_app(app.extensions["eventhub_settings"].model_copy(update=changes))
    assert not [rule for rule in site.url_map.iter_rules() if rule.rule.startswith("/mailbox")]
    with site.app_context():
        db.engine.dispose()


def test_private_links_are_nowhere_but_in_the_letter(app: Flask, client, make_event, register, letters, caplog):
    registration = register(make_event(in_person=5))
    letters()
    client.get(f"/en/registrations/{links.make('registration', registration.id, registration.link_number)}/")
    token = links.make("registration", registration.id, registration.link_number)
    assert token not in caplog.text
    with db.engine.connect() as connection:
        for table in ("letters", "outbox", "audit_entries", "registrations"):
            assert token not in str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())


def test_the_mailbox_is_in_the_language_of_its_reader(client):
    assert "暂无邮件" in client.get("/mailbox/", headers={"Accept-Language": "zh-CN"}).text
    client.set_cookie("language", "en")
    assert "No letters yet" in client.get("/mailbox/", headers={"Accept-Language": "zh-CN"}).text
