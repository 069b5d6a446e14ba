"""Nothing is left of whoever was erased, wherever one looks, and everybody goes on being counted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.attendance import queries as attendance
from eventhub.attendance import services as doors
from eventhub.attendance.services import Scan
from eventhub.events.models import Event
from eventhub.events.services import add_series
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import Fact, db, use_case
from eventhub.foundation.errors import NotFound
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow, give_up
from eventhub.messaging import mail
from eventhub.messaging.models import Letter
from eventhub.messaging.reminders import jobs as reminding
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.wordings import services as wordings
from eventhub.privacy import jobs, parts, services, traces, words
from eventhub.registrations import access, decisions, delegations, invitations, pools, queries, rights
from eventhub.registrations.agreements import Details
from eventhub.registrations.delegations import Member
from eventhub.registrations.guest_lists import Guest
from eventhub.registrations.models import EventInvitation, Pool, Registration
from eventhub.registrations.questions.models import Option
from eventhub.registrations.questions.services import QuestionPlan, save_question
from eventhub.registrations.rights import RightsPlan
from eventhub.registrations.series import services as series_services
from eventhub.registrations.series.services import Wish
from eventhub.registrations.sign_ups.models import ENDINGS
from tests.conftest import Browser
from tests.documents import pdf
from tests.phones import IN_WECHAT

from .conftest import found, holder, mine

Make = Callable[..., Any]
CANARIES = ["Kanarienvogel", "龑", "Vogelwarte", "zitronengelb", "hirsekorn", "federkleid", "taubenschlag"]


def ask(event: Event, kind: str, *options: str, **more: Any) -> str:
    """A question's field."""
    texts = [Option("", Translated.of(en=text, zh=text)) for text in options]
    label = Translated.of(en=f"A {kind}", zh=f"问题 {kind}")
    return save_question(SYSTEM, event.id, QuestionPlan(kind=kind, label=label, options=texts, **more)).field_name


@pytest.fixture
def canary(event: Event, client: Browser, enter: Make, make_member: Make, sign_in: Make) -> Registration:
    """Somebody who was invited, registered, answered, uploaded, asked for their links, was let in and exported."""
    enter("Anna Berg", stakeholder_type="local_ngo", country="CN")
    fields = {
        ask(event, "short_text"): "zitronengelb",
        ask(event, "long_text", is_sensitive=True, keep_days=30): "hirsekorn",
        ask(event, "file"): (io.BytesIO(pdf(words="federkleid")), "taubenschlag.pdf"),
        ask(event, "choice_one", "Tea", "Coffee"): "o1",
    }
    guest = Guest("龑 Kanarienvogel", "Kanarienvogel@example.org", "zh")
    invitations.invite(SYSTEM, event.id, "in_person", [guest], clock.now() + timedelta(days=5))
    invitation = db.session.scalar(sa.select(EventInvitation))
    assert invitation
    outbox.drain()
    address = f"/zh/invitations/{links.make('event_invitation', invitation.id, invitation.link_number)}/register/"
    said = {"name": "龑 Kanarienvogel", "organisation": "Vogelwarte", "stakeholder_type": "un_agency", "country": "FJ"}
    data = {"csrf_token": client.csrf(address), **said, **fields, "language": "zh", "consent": "y"}
    agree = client.get(address).text.split('name="agree-transfer"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    answer = client.post(address, data={**data, "agree-transfer": agree}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    registration = queries.find_registration(event.id, "kanarienvogel@example.org")
    assert registration
    access.ask_for_links(SYSTEM, "kanarienvogel@example.org", "zh")
    outbox.drain()
    access.ask_for_links(SYSTEM, "ＫＡＮＡＲＩＥＮＶＯＧＥＬ@example.org", "zh")  # and one that is still to be answered
    doors.check_in(SYSTEM, event.id, Scan(id=uuid4(), who_id=registration.id, made_at=clock.now()))
    organiser = sign_in(make_member("organiser", event.organisation))
    room = f"/en/organise/events/{event.slug}/registrations/"
    token = organiser.csrf(f"{room}new/")
    assert "Vogelwarte" in organiser.post(f"{room}export/csv/", data={"csrf_token": token}).text
    db.session.rollback()
    return registration


def counts(event: Event) -> dict[str, Any]:
    """What goes on being counted."""
    seats = {seats.pool.key: (seats.taken, seats.waiting) for seats in queries.list_all_seats(event)}
    rows = db.session.scalar(sa.select(sa.func.count(Registration.id)))
    by_pool = [(pool.key, count.expected, count.came) for pool, count in attendance.count_by_pool(event)]
    counted = {
        "seats": seats,
        "rows": rows,
        "came": attendance.count_by_place(event),
        "by_pool": by_pool,
        "days": [tuple(row) for row in queries.days_of(event)],
        "invitations": queries.count_invitations(event),
    }
    db.session.rollback()
    return counted


def test_erasing_after_the_event_leaves_no_word_and_all_counts(
    app: Flask, event: Event, canary: Registration, client: Browser, after: Make, capfd: pytest.CaptureFixture[str]
):
    places = found(app, CANARIES)
    assert {"registrations", "answers", "files", "letters", "outbox", "event_invitations", "audit_entries"} <= places
    assert any(place.endswith(".eml read") for place in places)
    with after(10):
        before = counts(event)
        page = mine(canary)
        assert "Erase everything?" in client.get(f"{page}data/erase/").text
        answer = client.submit(f"{page}data/erase/")
        assert answer.status_code == 200
        assert "Everything is erased" in answer.text
        assert (client.get(page).status_code, client.get(f"{page}data/").status_code) == (404, 404)
        wrong = client.get("/en/registrations/wrong/")
        assert "or had your data erased, that is done." in wrong.text
        token = page.split("/")[3]
        assert client.get(page).text.replace(token, "wrong") == wrong.text, "nobody learns that it was ever good"
        db.session.expire_all()
        assert counts(event) == before
        outbox.drain()
        jobs.erase_due()
    assert found(app, CANARIES) == set()
    logged = "".join(capfd.readouterr())
    assert not [word for word in CANARIES if word in logged]
    row = db.session.get(Registration, canary.id)
    assert (row.name, row.address, row.stakeholder_type, row.country) == ("", None, None, None)  # alone in its groups


def test_the_journal_holds_nothing_right_after_the_commit(app: Flask, canary: Registration):
    services.erase(holder(canary), canary.id)
    assert {place for place in found(app, CANARIES) if place.endswith("-wal")} == set()


def test_erasing_before_the_event_gives_the_place_to_the_next(event: Event, enter: Make, app: Flask):
    pools.change_pools(SYSTEM, event.id, {"in_person": 1})
    first, second = enter("Kanarienvogel Erste"), enter("Anna Berg")
    assert second.place.state == "waitlisted"
    services.erase(holder(first), first.id)
    assert (second.place.state, first.place.state) == ("confirmed", "cancelled")
    outbox.drain()
    assert found(app, ["Kanarienvogel"]) == set()
    assert not db.session.scalars(sa.select(Letter).where(Letter.registration_id == first.id)).all()


def test_nobody_has_to_ask_in_time_to_be_erased(event: Event, enter: Make):
    rights.set_rights(SYSTEM, event.id, RightsPlan(cancel_hours=rights.MOST_HOURS))
    starts = event.starts_at
    one = enter()
    with clock.standing_at((starts or clock.now()) - timedelta(hours=1)):
        services.erase(holder(one), one.id)
    assert (one.name, one.place.state) == ("", "cancelled")


def test_a_contact_is_told_first_who_stays_without_them(
    event: Event, enter: Make, client: Browser, make_member: Make, sign_in: Make
):
    rights.set_rights(SYSTEM, event.id, RightsPlan(has_delegations=True))
    alone = enter("Anna Berg")
    members = [Member(Details(name=name), "in_person") for name in ("Li", "Sun")]
    contact = Details(name="Carl", address="carl@example.org")
    delegations.register_delegation(VISITOR, event.id, contact, members, "in_person")
    carl = queries.find_registration(event.id, "carl@example.org")
    assert carl
    assert "2 people whom you registered have no address" in client.get(f"{mine(carl)}data/erase/").text
    assert "whom you registered" not in client.get(f"{mine(alone)}data/erase/").text
    organiser = sign_in(make_member("organiser", event.organisation))
    room = "/en/organise/events/roundtable/registrations/"
    assert "2 people of their delegation have no address" in organiser.get(f"{room}{carl.id}/erase/").text
    li, sun = delegations.list_of_contact(carl)
    delegations.cancel_delegate(holder(carl), carl.id, li.id)
    services.erase(holder(carl), carl.id)
    assert [one.place.state for one in (li, sun)] == ["cancelled", "confirmed"]


def test_an_organiser_erases_no_letter_of_another(event: Event, enter: Make, make_event: Make):
    other = make_event("Webinar", slug="webinar", online=5)
    series = add_series(SYSTEM, other.organisation_id, Translated.of(en="Webinars", zh="网络研讨会"), slug="webinars")
    use_case(lambda actor: setattr(db.session.get(Event, other.id), "series_id", series.id))(SYSTEM)
    details = Details(name="Anna", address="anna@example.org")
    series_services.register(SYSTEM, series.id, details, [Wish(other.id, "online")], wants_all=False)
    access.ask_for_links(SYSTEM, "anna@example.org", "en")
    one = enter("Anna Berg")
    services.erase(SYSTEM, one.id)
    kinds = db.session.scalars(sa.select(Letter.kind)).all()
    assert [kind for kind in kinds if kind.startswith("series_")] == ["series_registered"]
    outbox.drain()
    assert "links" in db.session.scalars(sa.select(Letter.kind)).all()
    theirs = queries.find_registration(other.id, "anna@example.org")
    assert theirs
    services.erase(SYSTEM, theirs.id)
    assert db.session.scalars(sa.select(Letter.kind)).all() == []


def test_words_of_a_decision_and_of_a_failed_letter_go_too(app: Flask, event: Event, enter: Make, save: Make):
    db.session.scalars(sa.select(Pool).where(Pool.event_id == event.id)).all()
    pools.save_pool(SYSTEM, event.id, _by_approval(event), "online")
    one = enter("Kanarienvogel Eins", "online")
    decisions.approve(SYSTEM, event.id, [one.id], Translated.of(en="Dear Kanarienvogel, do come."))
    letter = db.session.scalars(sa.select(Letter).where(Letter.registration_id == one.id)).first()
    row = db.session.get(OutboxRow, letter.outbox_id)
    use_case(lambda actor: give_up(db.session.get(OutboxRow, row.id), "550 kanarienvogel@example.org"))(SYSTEM)
    assert "audit_entries" in found(app, ["Kanarienvogel"])
    services.erase(SYSTEM, one.id)
    jobs.erase_due()
    assert found(app, ["Kanarienvogel"]) == set()


def _by_approval(event: Event) -> Any:
    pool = queries.find_pool(event, "online")
    from dataclasses import fields

    plan = {field.name: getattr(pool, field.name) for field in fields(pools.PoolPlan)}
    return pools.PoolPlan(**{**plan, "admission": "approval"})


def test_a_letter_that_was_on_its_way_leaves_no_mail_behind(app: Flask, enter: Make, monkeypatch: pytest.MonkeyPatch):
    one = enter("Kanarienvogel Eins")
    hand_over = mail.hand_over

    def slow(*sent: Any) -> None:
        services.erase(SYSTEM, one.id)
        hand_over(*sent)

    monkeypatch.setattr(mail, "hand_over", slow)
    outbox.drain()
    assert found(app, ["Kanarienvogel"]) == set()


def test_what_was_written_to_a_guest_goes_with_their_registration(event: Event, enter: Make, make_member: Make):
    guest = Guest("Vera Kanarienvogel", "vera@example.org", "en")
    invitations.invite(SYSTEM, event.id, "in_person", [guest], event.starts_at - timedelta(days=5))
    reminders.save_rule(SYSTEM, event.id, reminders.RulePlan("invitation", "guests", 2, "hours"))
    with clock.standing_at(event.starts_at - timedelta(days=5, hours=2)):
        reminding.look()
        outbox.drain()
    [kind] = db.session.scalars(sa.select(Letter.kind).where(Letter.kind == "reminder"))
    one = enter("Vera Kanarienvogel")
    assert kind in [letter["kind"] for letter in parts.told(one)["letters"]["letters"]]
    wordings.send_test(make_member("organiser", event.organisation), event, "confirmed", one.id, "en")
    services.erase(SYSTEM, one.id)
    assert db.session.scalars(sa.select(Letter.kind)).all() == []


def test_who_is_one_of_many_stays_counted_in_their_groups(event: Event, enter: Make):
    many = [enter(f"N{number} X", stakeholder_type="local_ngo", country="CN") for number in range(5)]
    few = [enter(f"F{number} X", stakeholder_type="local_ngo", country="FJ") for number in range(2)]
    alone = enter("Alone X", stakeholder_type="embassy", country="CN")
    for one in (many[0], few[0], alone):
        services.erase(SYSTEM, one.id)
    kept = [(one.stakeholder_type, one.country) for one in (many[0], few[0], alone)]
    assert kept == [("local_ngo", "CN"), ("local_ngo", None), (None, "CN")]


def test_what_somebody_takes_with_them_is_all_that_is_kept(event: Event, canary: Registration, client: Browser):
    page = mine(canary, "zh")
    shown = client.get(f"{page}data/").text
    for word in ("龑 Kanarienvogel", "Vogelwarte", "zitronengelb", "hirsekorn", "taubenschlag.pdf", "我的数据"):
        assert word in shown
    answer = client.submit(f"{page}data/download/", form_at=f"{page}data/")
    told = json.loads(answer.get_data(as_text=True))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert told["registration"]["address"] == "Kanarienvogel@example.org"
    assert [one["answer"] for one in told["answers"]["answers"]][:2] == ["zitronengelb", "hirsekorn"]
    assert len(told["attendance"]["arrivals"]) == 1
    agreed = [one["words"] for one in told["registration"]["agreements"]]
    assert any("筹备和举办本次活动" in words for words in agreed), "what nobody registers without, too"
    assert len(agreed) == 2
    db.session.rollback()
    assert db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "DataTaken"))


@pytest.mark.parametrize("reader", IN_WECHAT)
def test_inside_wechat_nothing_is_taken_and_the_page_says_how_to(
    event: Event, canary: Registration, client: Browser, reader: dict[str, str]
):
    page = f"{mine(canary)}data/"
    shown = client.get(page, headers=reader).text
    assert "Download as a file" not in shown
    assert f'value="http://127.0.0.1:8000{page}"' in shown
    told = {"csrf_token": client.csrf(page)}
    answer = client.post(f"{page}download/", data=told, headers=reader)  # from a page that was open elsewhere
    assert (answer.status_code, answer.location) == (303, page)
    assert "WeChat cannot save files. Tap ···" in client.get(page, headers=reader).text.partition("page-head")[0]
    db.session.rollback()
    assert db.session.scalar(sa.select(AuditEntry).where(AuditEntry.fact == "DataTaken")) is None


def test_nobody_else_erases_and_nobody_is_erased_twice(
    event: Event, enter: Make, make_member: Make, sign_in: Make, client: Browser
):
    one, other = enter("Anna Berg"), enter("Carl Dee")
    address = f"/en/organise/events/roundtable/registrations/{one.id}/erase/"
    for actor, status in ((make_member("check_in", event.organisation), 403), (make_member("organiser"), 404)):
        browser = sign_in(actor)
        assert browser.get(address).status_code == status
        assert browser.post(address, data={"csrf_token": browser.csrf("/en/account/")}).status_code == status
    with pytest.raises(NotFound):
        services.erase(holder(other), one.id)
    organiser = sign_in(make_member("organiser", event.organisation))
    assert "Anna Berg" in organiser.get(address).text
    answer = organiser.submit(address)
    assert answer.status_code == 303
    page = organiser.get(answer.headers["Location"]).text
    assert "Everything of this person is erased" in page
    assert "Anna Berg" not in page
    assert "Carl Dee" in page
    assert organiser.get(address).status_code == 404
    assert client.get(mine(other)).status_code == 200


def test_how_a_sign_up_ended_is_told_in_words(event: Event):
    assert set(words.ENDED_BY) == set(ENDINGS)
    assert words.shown("ended_by", "person", event) == "By yourself"


def _facts(of: type[Fact]) -> list[type[Fact]]:
    return [fact for kind in of.__subclasses__() for fact in (kind, *_facts(kind))]


# What a text in a fact may be called, that is one of few words of our own.
OUR_WORDS = {
    "state", "was", "kind", "key", "mode", "role", "format", "form", "language", "purpose", "recipient", "fields",
    "parts", "framed_by", "reason", "ended_by", "file_format", "columns", "occasion", "languages", "occasions", "deed",
}  # fmt: skip


def test_every_fact_that_may_hold_words_of_people_is_listed():
    wordy = {
        fact.__name__
        for fact in _facts(Fact)
        if fact.__module__.startswith("eventhub.")
        for name, kind in fact.__annotations__.items()
        if ("str" in kind or "dict" in kind) and name not in OUR_WORDS
    }
    assert wordy == set(traces.WITH_WORDS)
