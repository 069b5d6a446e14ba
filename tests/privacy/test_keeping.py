"""Each kind of data is kept until the day that was told, and no longer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from eventhub.attendance import services as doors
from eventhub.attendance.models import WalkIn
from eventhub.attendance.services import Scan
from eventhub.events.models import Event
from eventhub.foundation import clock, marks, outbox
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Invalid, NotFound, Stale
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import Translated, format_day
from eventhub.messaging.choices import services as choices
from eventhub.messaging.choices.models import EndedLetters, LetterChoice
from eventhub.messaging.models import Letter
from eventhub.privacy import jobs, keeping, services
from eventhub.registrations import access, invitations
from eventhub.registrations.guest_lists import Guest
from eventhub.registrations.models import EventInvitation, Registration
from eventhub.registrations.questions.models import FILE, Answer
from eventhub.registrations.questions.services import QuestionPlan, save_question
from tests.conftest import Browser

from .conftest import found

Make = Callable[..., Any]


def left() -> dict[str, int]:
    """How many rows of each kind say something of somebody."""
    counted = {
        "registrations": sa.select(sa.func.count(Registration.id)).where(Registration.name != ""),
        "files": sa.select(sa.func.count(StoredFile.id)),
        "letters": sa.select(sa.func.count(Letter.id)),
        "invitations": sa.select(sa.func.count(EventInvitation.id)).where(EventInvitation.name != ""),
        "walk_ins": sa.select(sa.func.count(WalkIn.id)).where(WalkIn.name != ""),
        "audit": sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.actor_person_id.is_not(None)),
    }
    numbers = {name: db.session.scalar(query) for name, query in counted.items()}
    db.session.rollback()
    return numbers


@pytest.fixture
def full(event: Event, enter: Make, save: Make, make_member: Make) -> Event:
    """The event with something of each kind."""
    for name in ("Anna Berg", "Carl Dee"):
        one = enter(name)
    label = Translated.of(en="File", zh="文件")
    question = save_question(SYSTEM, event.id, QuestionPlan(kind="file", label=label))
    file_id, answer_id = uuid4(), uuid4()
    about = {"owner_id": answer_id, "event_id": event.id, "name": "a.pdf", "media_type": "a/b", "size": 1}
    save(StoredFile(id=file_id, kind=FILE, sha256="", **about))
    value = {"file_id": str(file_id), "name": "a.pdf"}
    save(Answer(id=answer_id, registration_id=one.id, question_id=question.id, value=value))
    guest = Guest("Guest Known", "guest@example.org", "en")
    organiser = make_member("organiser", event.organisation)
    invitations.invite(organiser, event.id, "in_person", [guest], clock.now() + timedelta(days=3))
    doors.take_walk_in(SYSTEM, event.id, Scan(id=uuid4(), made_at=clock.now()), "Walked In", "Somewhere", "in_person")
    outbox.drain()
    db.session.rollback()
    return event


def test_each_kind_goes_on_its_day_and_not_before(full: Event, after: Make, app: Flask, make_event: Make, enter: Make):
    enter(
        "Dana Eck",
        at=make_event("Later", starts=full.starts + timedelta(days=900), ends=full.ends + timedelta(days=900)),
    )
    whole = left()
    assert min(whole.values()) > 0
    # What is to go on which day after the event; what is of the later event stays.
    steps = [(29, ()), (31, ("invitations", "walk_ins")), (91, ("files", "letters")), (366, ("registrations",))]
    gone: set[str] = set()
    for days, kinds in steps:
        with after(days):
            jobs.erase_due()
            jobs.erase_due()
        gone |= set(kinds)
        now = left()
        expected = {name: (number if name not in gone else {"registrations": 1, "letters": 1}.get(name, 0))
                    for name, number in whole.items()}  # fmt: skip
        assert now == expected, days
    assert found(app, ["Anna Berg", "Guest Known", "Walked In", "anna@"]) == set()
    facts = db.session.scalars(sa.select(AuditEntry.data).where(AuditEntry.fact == "DataExpired")).all()
    assert {fact["kind"]: fact["number"] for fact in facts}["registrations"] == 2
    with after(1100):
        jobs.erase_due()
    assert left()["audit"] == 0
    assert db.session.scalar(sa.select(sa.func.count(Registration.id))) == 3


def test_what_a_guest_wants_is_forgotten_with_their_last_invitation(event: Event, make_event: Make, after: Make):
    later = make_event("Later", organisation=event.organisation, starts=event.starts + timedelta(days=900),
                       ends=event.ends + timedelta(days=900), in_person=5)  # fmt: skip
    for at, names in ((event, ("once", "twice")), (later, ("twice",))):
        guests = [Guest(name, f"{name}@example.org", "en") for name in names]
        invitations.invite(SYSTEM, at.id, "in_person", guests, clock.now() + timedelta(days=3))

    @use_case
    def end(actor: Any) -> None:
        for one in choices.choices_for(event.organisation_id, ["once@example.org", "twice@example.org"]).values():
            one.off_at = clock.now()

    end(SYSTEM)
    wanted = sa.select(LetterChoice.address).order_by(LetterChoice.address)
    for days, left in ((29, ["once@example.org", "twice@example.org"]), (31, ["twice@example.org"]), (931, [])):
        with after(days):
            jobs.erase_due()
        assert db.session.scalars(wanted).all() == left, days
        db.session.rollback()


@pytest.mark.parametrize("is_key_changed", [False, True])
def test_whoever_ended_letters_gets_none_when_invited_again_after_all_else_is_erased(
    app: Flask, event: Event, make_event: Make, after: Make, monkeypatch: pytest.MonkeyPatch, is_key_changed: bool
):
    def invite(at: Event, *names: str) -> None:
        guests = [Guest(name, f"{name}@example.org", "en") for name in names]
        invitations.invite(SYSTEM, at.id, "in_person", guests, clock.now() + timedelta(days=3))
        outbox.drain()

    def ended() -> dict[str, bool]:
        db.session.rollback()
        return {one.address: one.off_at is not None for one in db.session.scalars(sa.select(LetterChoice))}

    invite(event, "ended", "silent")
    with after(0):
        [one] = db.session.scalars(sa.select(LetterChoice).where(LetterChoice.address == "ended@example.org"))
        choices.end(Actor("link", thing_id=one.id, purpose=choices.PURPOSE), one.id)
    with after(91):
        jobs.erase_due()
        assert ended() == {}
        assert found(app, ["ended@example.org"]) == set()
        assert len(db.session.scalars(sa.select(EndedLetters)).all()) == 1, "of who ended nothing there is no mark"
        if is_key_changed:
            before = app.extensions["eventhub_settings"]
            keys = {"secret_key": "another secret key of this site", "secret_key_fallbacks": [before.secret_key]}
            monkeypatch.setitem(app.extensions, "eventhub_marks", {})
            marks.init_app(app, before.model_copy(update=keys))
        db.session.rollback()
        again, elsewhere = (
            make_event(title, in_person=5, **of)
            for title, of in (("Again", {"organisation": event.organisation}), ("Elsewhere", {}))
        )
        invite(again, "ended", "silent")
        invite(elsewhere, "ended")
        sent = db.session.execute(
            sa.select(Letter.address, Letter.state, Letter.error).where(Letter.event_id == again.id)
        ).all()
        assert sorted(sent) == [("ended@example.org", "failed", choices.UNWANTED), ("silent@example.org", "sent", None)]
        assert db.session.scalars(sa.select(Letter.state).where(Letter.event_id == elsewhere.id)).all() == ["sent"]
        assert db.session.scalars(sa.select(EndedLetters)).all() == [], "now the address tells it"


def test_an_event_without_a_date_or_still_to_come_keeps_everything(
    full: Event, make_event: Make, enter: Make, app: Flask
):
    enter("Dana Eck", at=make_event("Some day", starts=None, ends=None))
    whole = left()
    jobs.erase_due()
    assert left() == whole
    assert services.erase_due(SYSTEM, full.id, "registrations") == 0


def test_an_event_that_never_gets_a_date_counts_as_over_a_year_after_its_last_change(
    make_event: Make, enter: Make, client: Browser
):
    event = make_event("Some day", slug="some-day", starts=None, ends=None)
    one = enter("Dana Eck", at=event)
    assert "a year after the last change" in client.get("/en/events/some-day/privacy/").text
    for days, name in ((364 + 365, "Dana Eck"), (367 + 365, "")):
        with clock.standing_at(event.public_changed_at + timedelta(days=days)):
            jobs.erase_due()
        db.session.refresh(one)
        assert one.name == name


def test_organisers_settle_the_days_and_hold_what_they_told(
    event: Event, enter: Make, make_member: Make, sign_in: Make, client: Browser
):
    browser = sign_in(make_member("organiser", event.organisation))
    room = "/en/organise/events/roundtable/registrations/keeping/"
    usual = {name: str(kind.days) for name, kind in keeping.KINDS.items()}

    def send(**days: str) -> Any:
        form = browser.get(room).text
        hidden = dict(re.findall(r'name="(version|csrf_token)"[^>]*value="([^"]*)"', form))
        return browser.post(room, data={**hidden, **usual, **days})

    assert send(registrations="400").status_code == 303  # nobody was told yet
    assert send(registrations="0").status_code == 422
    assert send(registrations="soon").status_code == 422
    db.session.rollback()
    day = keeping.erased_on(event)["registrations"]
    assert format_day(day, "en") in client.get("/en/events/roundtable/privacy/").text
    assert format_day(day, "zh") in client.get("/zh/events/roundtable/privacy/").text
    enter()
    longer = send(registrations="401")
    assert longer.status_code == 422
    assert "were told 400 days" in longer.text
    assert send(registrations="100").status_code == 303
    db.session.rollback()
    assert keeping.days_of(event)["registrations"] == 100
    with pytest.raises(Stale):
        services.settle_keeping(SYSTEM, event.id, {}, 0)
    with pytest.raises(Invalid):
        services.settle_keeping(SYSTEM, event.id, {"other": 3})
    with pytest.raises(NotFound):
        services.settle_keeping(make_member("organiser"), event.id, {})
    with pytest.raises(NotFound):
        services.erase_due(make_member("organiser", event.organisation), event.id, "letters")


def test_the_notice_of_an_event_is_there_for_whoever_sees_the_event(make_event: Make, client: Browser):
    make_event("Hidden", slug="hidden", visibility="invitation")
    some_day = make_event("Some day", slug="some-day", starts=None, ends=None)
    label = Translated.of(en="What do you eat?", zh="您的饮食要求？")
    plan = QuestionPlan(kind="short_text", label=label, is_sensitive=True, keep_days=7)
    save_question(SYSTEM, some_day.id, plan)
    assert client.get("/en/events/hidden/privacy/").status_code == 404
    page = client.get("/en/events/some-day/privacy/").text
    assert "365 days after the event" in page
    assert "What do you eat?" in page
    assert "7 days after the event" in page
    assert "365 天" in client.get("/zh/events/some-day/privacy/").text


def test_what_belongs_to_no_event_goes_after_ninety_days(app: Flask, event: Event, enter: Make):
    enter("Anna Berg")
    access.ask_for_links(SYSTEM, "anna@example.org", "en")
    access.ask_for_links(SYSTEM, "nobody-here@example.org", "en")
    outbox.drain()
    unbound = sa.select(sa.func.count(Letter.id)).where(Letter.event_id.is_(None))
    for days, letters in ((89, 1), (91, 0)):
        with clock.standing_at(clock.now() + timedelta(days=days)):
            outbox.forget()
            jobs.erase_due()
        assert db.session.scalar(unbound) == letters
        db.session.rollback()
    assert found(app, ["nobody-here"]) == set()
    with pytest.raises(NotFound):
        services.erase_unbound(VISITOR)
