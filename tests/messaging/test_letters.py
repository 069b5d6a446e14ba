"""Letters: who gets which, in which language, with what in it, and what becomes of them."""

from __future__ import annotations

import email
from collections.abc import Callable
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventhub.accounts import services as accounts
from eventhub.events import services as events
from eventhub.foundation import outbox
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.messaging import letters
from eventhub.messaging.models import Letter
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.services import Agreement, Details


@pytest.fixture
def sent(app: Flask) -> Callable[[], list[EmailMessage]]:
    """Have the worker do its work, and give the letters that are in the mailbox, in the order they were written."""
    folder = app.extensions["eventhub_settings"].maildir

    def read() -> list[EmailMessage]:
        outbox.drain()
        db.session.expire_all()
        order = {str(letter.id): letter.created_at for letter in db.session.scalars(select(Letter))}
        files = sorted(folder.glob("*.eml"), key=lambda file: order[file.stem])
        return [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    return read


def text_of(message: EmailMessage) -> str:
    """The plain part of a letter."""
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


def html_of(message: EmailMessage) -> str:
    """The HTML part of a letter."""
    body = message.get_body(("html",))
    assert body
    return str(body.get_content())


def details(address: str | None = "wang@example.org", **values: Any) -> Details:
    """What a registrant says of themself."""
    agreement = Agreement(purpose="organising", wording="1", language="en")
    return Details(**{"name": "王芳", "language": "zh", "address": address, "agreements": [agreement], **values})


def test_a_confirmed_registrant_gets_place_time_link_and_calendar_in_their_language(make_event, sent):
    event = make_event("Field day", in_person=1)
    registrations.register(VISITOR, event.id, details(), "in_person")
    (letter,) = sent()
    text = text_of(letter)
    registration = db.session.scalars(select(Registration)).one()
    assert letter["To"] == "wang@example.org"
    assert "研讨会：Field day" in letter["Subject"]
    assert letter["Reply-To"] == "contact@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "王芳" in text
    assert "09:00–15:00" in text
    assert "北京时间" in text
    assert "/zh/registrations/" in text
    assert registration.address not in text
    (calendar,) = letter.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "PUBLISH"
    assert f"UID:event-{event.id}@" in calendar.get_payload(decode=True).decode().replace("\r\n ", "")


def test_the_waitlist_tells_the_position_and_whoever_moves_up_hears_of_it(make_event, sent):
    event = make_event(in_person=1)
    for number in range(3):
        given = details(f"p{number}@example.org", name=f"Person {number}", language="en")
        registrations.register(VISITOR, event.id, given, "in_person")
    first = db.session.scalars(select(Registration).where(Registration.address == "p0@example.org")).one()
    letters_before = sent()
    assert "number 2 on the waitlist" in text_of(letters_before[2])
    registrations.cancel_registration(SYSTEM, first.id)
    after = sent()[3:]
    assert sorted((m["To"], m["Subject"].split(":")[0]) for m in after) == [
        ("p0@example.org", "Your registration is cancelled"),
        ("p1@example.org", "A place has become free for you"),
    ]


def test_somebody_registered_already_gets_their_own_link_and_nothing_else_changes(make_event, sent):
    event = make_event(in_person=5)
    registrations.register(VISITOR, event.id, details(language="en"), "in_person")
    registrations.register(VISITOR, event.id, details("WANG@example.org", name="Somebody else"), "in_person")
    first, second = sent()
    assert second["Subject"].startswith("You are registered already")
    assert "Somebody else" not in text_of(second)
    link = next(word for word in text_of(first).split() if "/registrations/" in word)
    assert link in text_of(second)


@pytest.mark.parametrize(
    ("deed", "subject"), [(events.postpone_event, "Postponed"), (events.cancel_event, "Cancelled")]
)
def test_everybody_with_a_place_or_in_the_queue_hears_of_it_once(make_event, sent, deed, subject):
    event = make_event(in_person=1)
    for number in range(3):
        registrations.register(VISITOR, event.id, details(f"p{number}@example.org", language="en"), "in_person")
    gone = db.session.scalars(select(Registration).where(Registration.address == "p2@example.org")).one()
    registrations.cancel_registration(SYSTEM, gone.id)
    sent()
    deed(SYSTEM, event.id, Translated.of(en="The venue is **closed**.", zh="会场关闭。"))
    sent()
    told = [m for m in sent() if m["Subject"].startswith(subject)]
    assert sorted(m["To"] for m in told) == ["p0@example.org", "p1@example.org"]
    assert "The venue is closed." in text_of(told[0])


def test_a_move_of_the_event_is_told_and_a_typo_is_not(make_event, sent):
    event = make_event(in_person=5)
    registrations.register(VISITOR, event.id, details(language="en"), "in_person")
    header = {f: getattr(event, f) for f in events.Header.__dataclass_fields__}
    events.change_event(
        SYSTEM, event.id, events.Header(**{**header, "title": Translated.of(en="Field days", zh="实地")})
    )
    assert len(sent()) == 1
    header["starts"] += timedelta(hours=1)
    events.change_event(SYSTEM, event.id, events.Header(**header))
    assert sent()[1]["Subject"].startswith("Changed")
    assert "10:00–15:00" in text_of(sent()[1])


def test_a_letter_to_many_is_spread_in_batches_and_told_again_doubles_nothing(make_event, save, app):
    event = make_event(in_person=500)
    pool = registrations.queries.list_seats(event)[0].pool

    @use_case
    def many(actor):
        from eventhub.registrations.models import Place

        for number in range(250):
            row = Registration(event_id=event.id, name=f"N {number}", address=f"n{number}@example.org", language="en")
            row.typed_address = row.address
            db.session.add(row)
            db.session.add(Place(registration=row, pool_id=pool.id, state="confirmed", number=number + 1))

    many(SYSTEM)
    events.cancel_event(SYSTEM, event.id)
    row = db.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "letter_to_all")).one()
    from eventhub.messaging import carriers

    carriers.spread(row.payload, row.id)
    carriers.spread(row.payload, row.id)
    assert len(db.session.scalars(select(Letter).where(Letter.kind == "event_cancelled")).all()) == 250


def test_links_are_sent_only_to_an_address_that_has_any_and_all_in_one_letter(make_event, sent):
    for _ in range(2):
        registrations.register(VISITOR, make_event(in_person=5).id, details(language="en"), "in_person")
    sent()
    registrations.ask_for_links(VISITOR, "nobody@example.org", "en")
    assert len(sent()) == 2
    registrations.ask_for_links(VISITOR, "wang@example.org", "en")
    text = text_of(sent()[2])
    assert text.count("/en/registrations/") == 2


@pytest.mark.parametrize(
    "name",
    ["[Reset](https://evil.example)", "<a href='https://evil.example'>x</a>", "evil.example", "![](x)", "http://evil"],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_name_never_becomes_a_link(make_event, sent, name, lang):
    event = make_event(in_person=5)
    registrations.register(VISITOR, event.id, details(name=name, language=lang), "in_person")
    (letter,) = sent()
    for part in (text_of(letter), html_of(letter)):
        assert "evil" not in part
        assert "![" not in part


def test_nothing_in_a_title_begins_another_header(make_event, sent):
    event = make_event("Day\u2028one\x85\x0bBcc: x@example.org" + "x" * 300, in_person=5)
    registrations.register(VISITOR, event.id, details(language="en"), "in_person")
    (letter,) = sent()
    assert letter["Bcc"] is None
    assert len(letter["Subject"]) <= 200
    assert letter["To"] == "wang@example.org"


def test_a_rolled_back_registration_writes_no_letter(make_event, sent):
    event = make_event(in_person=5)

    @use_case
    def fail(actor):
        registrations.register(actor, event.id, details(), "in_person")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(VISITOR)
    assert sent() == []


def test_account_letters_carry_links_that_work(app, client, sent):
    accounts.sign_up(VISITOR, "new@example.org", "zh")
    (letter,) = sent()
    link = next(word for word in text_of(letter).split() if "/confirm/" in word)
    path = link.split("8000", 1)[-1] if ":8000" in link else "/" + link.split("/", 3)[3]
    assert client.get(path).status_code == 200


def test_a_greeting_names_people_as_their_language_does(app):
    from flask_babel import force_locale

    with force_locale("zh"):
        assert letters.greet("王芳", "zh") == "王芳，您好："
    with force_locale("en"):
        assert letters.greet("Ana María", "en") == "Dear Ana María,"
        assert letters.greet("", "en") == "Hello,"
