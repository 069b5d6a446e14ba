"""The mailbox that is read: answers by calendar, reports of undelivered letters, and what strangers write there."""

from __future__ import annotations

import mailbox
import socketserver
import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from time import thread_time
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from eventhub.calendars import invitations
from eventhub.calendars.models import CalendarInvitation
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db, get, use_case
from eventhub.foundation.i18n import Translated
from eventhub.messaging import queries, services
from eventhub.messaging.inbox import reading
from eventhub.messaging.inbox import services as inbox
from eventhub.messaging.inbox.models import InboxFolder, InboxMessage, MarkedAddress
from eventhub.messaging.models import Letter
from eventhub.privacy import parts
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from tests.conftest import on_postgres, on_sqlite, organisation_of
from tests.races import side_by_side

from .test_carriers import mail_server, sending, sink  # noqa: F401 - fixtures
from .test_invitations import entry_in
from .test_letters import change, holder_of, link_of

HOST = "127.0.0.1"


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> mailbox.Maildir:
    """A mailbox that the application reads."""
    folder = mailbox.Maildir(tmp_path / "inbox")
    settings = app.extensions["eventhub_settings"]
    changed = settings.model_copy(update={"inbox_url": f"maildir:{tmp_path}/inbox"})
    monkeypatch.setitem(app.extensions, "eventhub_settings", changed)
    return folder


@pytest.fixture
def read(app: Flask, box: mailbox.Maildir) -> Callable[..., None]:
    """Read the mailbox after these messages have come."""

    def take(*messages: Any) -> None:
        for message in messages:
            box.add(message.as_bytes() if hasattr(message, "as_bytes") else message)
        assert reading.read(app.extensions["eventhub_settings"])
        db.session.rollback()

    return take


def reply(invited: EmailMessage, answer: str = "DECLINED", sender: str = "", **changes: Any) -> EmailMessage:
    """What a calendar program sends back, made of the invitation by the rules of RFC 5546 §3.2.3."""
    entry = entry_in(invited)
    values = {
        "METHOD": "REPLY",
        "UID": entry["UID"],
        "SEQUENCE": entry["SEQUENCE"],
        "DTSTAMP": f"{clock.now():%Y%m%dT%H%M%SZ}",
        "ATTENDEE": entry["ATTENDEE"],
        **changes,
    }
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//else//EN", f"METHOD:{values['METHOD']}",
        "BEGIN:VEVENT", f"UID:{values['UID']}", f"SEQUENCE:{values['SEQUENCE']}", f"DTSTAMP:{values['DTSTAMP']}",
        f"ORGANIZER:{entry['ORGANIZER']}", f"ATTENDEE;PARTSTAT={answer}:{values['ATTENDEE']}",
        *changes.get("lines", ()), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    message = EmailMessage()
    message["From"] = sender or str(invited["To"])
    message["To"] = str(invited["From"])
    message["Subject"] = f"{answer.title()}: {invited['Subject']}"
    message["Message-ID"] = f"<{uuid4()}@mail.example.org>"
    message.set_content("Answered by calendar.")
    body = "\r\n".join(lines).encode()
    how = {"method": "REPLY", "charset": "utf-8"}
    message.add_alternative(body, maintype="text", subtype="calendar", params=how)
    return message


def report(letter: EmailMessage, status: str = "5.1.1", action: str = "failed", **changes: str) -> MIMEMultipart:
    """What a mail server sends about a letter that it could not deliver (RFC 3464)."""
    whole = MIMEMultipart("report", **{"report-type": "delivery-status"})
    whole["From"] = "MAILER-DAEMON@mail.example.org"
    whole["Message-ID"] = f"<{uuid4()}@mail.example.org>"
    whole.attach(MIMEText("I am sorry to have to tell you.\n"))
    about = EmailMessage()
    recipient = EmailMessage()
    about["Reporting-MTA"] = "dns; mail.example.org"
    recipient["Final-Recipient"] = f"rfc822; {changes.get('recipient', letter['To'])}"
    recipient["Action"] = action
    recipient["Status"] = status
    recipient["Diagnostic-Code"] = changes.get("diagnostic", "smtp; 550 5.1.1 no such mailbox")
    delivery = MIMEMultipart("x")  # only its blocks are wanted
    delivery.replace_header("Content-Type", "message/delivery-status")
    delivery.set_payload([about, recipient])
    whole.attach(delivery)
    headers = EmailMessage()
    headers["Message-ID"] = changes.get("message_id", str(letter["Message-ID"]))
    headers["Subject"] = str(letter["Subject"])
    whole.attach(MIMEMessage(headers) if "whole" in changes else _headers(headers))
    return whole


def _headers(headers: EmailMessage) -> MIMEText:
    part = MIMEText(headers.as_string(), "rfc822-headers")
    part.replace_header("Content-Type", "text/rfc822-headers")
    return part


def answer_of(registration: Registration) -> str | None:
    """What was kept of somebody's answers."""
    db.session.rollback()
    found = invitations.find_answer(registration.id)
    return found.answer if found else None


def test_an_answer_is_kept_and_changes_no_place(read, letters, make_event, register, client):
    event = make_event(in_person=5)
    registration, other = register(event), register(event)
    mail, _ = letters()
    page = link_of(registration).removeprefix("http://127.0.0.1:8000")
    read(reply(mail, "ACCEPTED"))
    assert answer_of(registration) == "accepted"
    assert "Your calendar has answered" not in client.get(page).text
    with clock.standing_at(clock.now() + timedelta(minutes=5)):
        read(reply(mail, "DECLINED"))
    assert (answer_of(registration), answer_of(other), registration.place.state) == ("declined", None, "confirmed")
    assert invitations.count_answers(event.id) == {"accepted": 0, "declined": 1, "tentative": 0, "": 1}
    assert "Your calendar has answered that you do not come." in client.get(page).text
    assert "Your calendar has answered" not in client.get(link_of(other).removeprefix("http://127.0.0.1:8000")).text
    read(reply(mail, "TENTATIVE"))
    assert answer_of(registration) == "declined", "an older answer that comes late"
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    with clock.standing_at(clock.now() + services.SETTLING):
        moved = next(mail for mail in letters() if mail["To"] == registration.typed_address)
    assert entry_in(moved)["ATTENDEE"].params["PARTSTAT"] == "DECLINED", "their calendar keeps what they said"
    assert invitations.find_answer(registration.id).is_of_before
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        read(reply(moved, "TENTATIVE"))
    assert answer_of(registration) == "tentative"


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "somebody@example.org"},
        {"sender": "somebody@example.org", "ATTENDEE": "mailto:somebody@example.org"},
        {"ATTENDEE": "mailto:somebody@example.org"},
        {"sender": "reader1@example.org, somebody@example.org"},
        {"METHOD": "REQUEST"},
        {"METHOD": "CANCEL"},
        {"METHOD": "COUNTER"},
        {"UID": "event-00000000-0000-0000-0000-000000000000@127.0.0.1"},
        {"SEQUENCE": 7},
        {"SEQUENCE": "x"},
        {"DTSTAMP": "20990101T000000Z"},
        {"DTSTAMP": "yesterday"},
        {"answer": "DELEGATED"},
        {"lines": ["RECURRENCE-ID:20260101T000000Z"]},
        {"lines": ["ATTENDEE;PARTSTAT=DECLINED:mailto:somebody@example.org"]},
        {"lines": ["END:VEVENT", "BEGIN:VEVENT", "UID:another"]},
    ],
    ids=str,
)
@on_sqlite
def test_what_is_no_answer_of_the_one_who_was_asked_says_nothing(read, letters, make_event, register, changes):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    read(reply(mail, **changes))
    assert answer_of(registration) is None
    assert registration.place.state == "confirmed"


@on_sqlite
def test_an_address_is_the_same_in_every_spelling(read, letters, make_event, register):
    registration = register(make_event(in_person=5), address="Wang.Fang@Example.org")
    [mail] = letters()
    read(reply(mail, sender='"王芳" <wang.fang@EXAMPLE.org>', ATTENDEE="MAILTO:WANG.FANG@example.org"))
    assert answer_of(registration) == "declined"


@on_sqlite
def test_answers_are_asked_for_where_the_organisers_wish_it(
    box, letters, make_event, make_member, register, sign_in, app, monkeypatch
):
    member = make_member()
    event = make_event(organisation=organisation_of(member), in_person=5)
    browser, page = sign_in(member), f"/en/organise/events/{event.slug}/messages/calendar/"
    assert browser.submit(page, {"asked": "yes"}).status_code == 303
    register(event)
    [asked] = letters()
    parameters = entry_in(asked)["ATTENDEE"].params
    assert (parameters["PARTSTAT"], parameters["RSVP"]) == ("NEEDS-ACTION", "TRUE")
    assert "Ask for no answer" in browser.get(page).get_data(as_text=True)
    browser.submit(page, {"asked": "no"})
    register(event)
    [unasked] = letters()
    assert entry_in(unasked)["ATTENDEE"].params["RSVP"] == "FALSE"


@on_sqlite
def test_nobody_is_asked_where_no_mailbox_is_read(app, letters, make_event, make_member, register, sign_in):
    member = make_member()
    event = make_event(organisation=organisation_of(member), in_person=5)
    invitations.wish_answers(SYSTEM, event.id, is_on=True)
    register(event)
    [mail] = letters()
    assert entry_in(mail)["ATTENDEE"].params["RSVP"] == "FALSE"
    page = sign_in(member).get(f"/en/organise/events/{event.slug}/messages/calendar/").get_data(as_text=True)
    assert "reads no mailbox" in page
    outsider = sign_in(make_member())
    assert outsider.get(f"/en/organise/events/{event.slug}/messages/calendar/").status_code == 404


def test_a_letter_that_comes_back_has_failed_and_marks_its_address(
    read, letters, make_event, make_member, register, sign_in
):
    member = make_member()
    event = make_event(organisation=organisation_of(member), in_person=5)
    registration, other = register(event), register(event)
    first, _ = letters()
    read(report(first))
    letter = db.session.scalars(sa.select(Letter).where(Letter.registration_id == registration.id)).one()
    assert (letter.state, letter.error) == ("failed", "550 5.1.1 no such mailbox")
    assert queries.count_readers(event) == 1, "no more letters to many"
    browser = sign_in(member)
    page = f"/en/organise/events/{event.slug}"
    assert "There is no such mailbox." in browser.get(f"{page}/messages/").get_data(as_text=True)
    shown = browser.get(f"{page}/registrations/{registration.id}/").get_data(as_text=True)
    assert "Letters do not reach this address" in shown
    assert "Letters do not reach:" in browser.get(f"{page}/registrations/").get_data(as_text=True)
    assert "Letters do not reach" not in browser.get(f"{page}/registrations/{other.id}/").get_data(as_text=True)
    assert parts.told(registration)["address"]["reason"] == letter.error
    registrations.cancel_registration(member, registration.id)
    assert queries.find_retries([letter]) == {}
    assert db.session.scalar(sa.select(MarkedAddress.address)) == registration.address, "organisers have no such link"
    services.send_again(member, letter.id)
    assert first["Message-ID"] in [one["Message-ID"] for one in letters()]
    assert db.session.scalar(sa.select(MarkedAddress.address)) is None, "whom they try again they believe to be there"


@on_sqlite
def test_what_is_done_by_the_link_in_a_letter_takes_the_mark_away(read, letters, make_event, register):
    event = make_event(in_person=5)
    registration = register(event)
    [mail] = letters()
    read(report(mail, whole="yes"))
    assert db.session.scalar(sa.select(sa.func.count(MarkedAddress.id))) == 1
    registrations.cancel_registration(holder_of(registration), registration.id)
    assert db.session.scalar(sa.select(sa.func.count(MarkedAddress.id))) == 0


@pytest.mark.parametrize(
    ("changes", "state", "is_marked"),
    [
        ({}, "failed", True),
        ({"status": "5.1.2", "diagnostic": "x"}, "failed", True),
        ({"status": "5.2.2", "diagnostic": "smtp; 552 5.2.2 full"}, "failed", False),
        ({"status": "4.4.7", "diagnostic": "smtp; gave up"}, "failed", False),
        ({"status": "5.1.8", "diagnostic": "smtp; 553 5.1.8 we do not know you"}, "failed", False),
        ({"status": "5.7.1", "diagnostic": "smtp; 554 5.7.1 [10.5.1.2] is on a list"}, "failed", False),
        ({"recipient": "elsewhere@example.org"}, "failed", False),
        ({"action": "delayed", "status": "4.4.1"}, "sent", False),
        ({"action": "delivered", "status": "2.0.0"}, "sent", False),
        ({"message_id": "<00000000-0000-0000-0000-000000000000@127.0.0.1>"}, "sent", False),
        ({"message_id": "<x@elsewhere.example.org>"}, "sent", False),
    ],
    ids=str,
)
@on_sqlite
def test_what_a_report_says_decides(read, letters, make_event, register, changes, state, is_marked):
    register(make_event(in_person=5))
    [mail] = letters()
    read(report(mail, **changes))
    assert db.session.scalars(sa.select(Letter.state)).one() == state
    assert bool(db.session.scalars(sa.select(MarkedAddress)).all()) == is_marked


@on_postgres
def test_two_letters_to_an_address_that_come_back_at_the_same_moment_mark_it_once(app, letters, make_event, register):
    event = make_event(in_person=5)
    registration = register(event)
    letters()
    letter_id, address = db.session.scalars(sa.select(Letter.id)).one(), registration.address

    def mark(reason: str) -> None:
        inbox.mark(get(Letter, letter_id), reason)

    first, second = ("550 5.1.1 no such mailbox", "550 5.1.1 nobody here")
    assert side_by_side(app, lambda: mark(first), lambda: mark(second)) == []
    marked = db.session.scalars(sa.select(MarkedAddress)).one()
    assert (marked.address, marked.reason) == (address, second)


@pytest.mark.usefixtures("sending")
@on_sqlite
def test_an_address_that_is_refused_at_hand_over_is_marked(sink, make_event, make_organisation, register):  # noqa: F811 - a fixture
    ours, theirs = make_organisation(), make_organisation()
    sink.answers = lambda address: "550 5.1.1 no such mailbox" if address.startswith("gone") else "550 5.7.1 no"
    event = make_event(organisation=ours, in_person=5)
    register(event, address="gone@example.org")
    register(event, address="unwelcome@example.org")
    outbox.drain()
    db.session.rollback()
    assert [one.address for one in db.session.scalars(sa.select(MarkedAddress))] == ["gone@example.org"]
    elsewhere = make_event(organisation=theirs, in_person=5)
    register(elsewhere, address="gone@example.org")
    assert queries.count_readers(elsewhere) == 1, "one organisation does not learn to whom another has written"


@pytest.mark.usefixtures("sending")
def test_whom_organisers_write_to_once_more_is_not_marked_until_it_is_refused_again(sink, make_event, register):  # noqa: F811 - a fixture
    sink.answers = lambda _: "550 5.1.1 no such mailbox"
    event = make_event(in_person=5)
    register(event, address="gone@example.org")
    told = []
    for attempt in range(3):
        if attempt == 2:
            sink.answers = lambda _: "250 OK"
        outbox.drain()
        db.session.rollback()
        letter = db.session.scalars(sa.select(Letter)).one()
        told.append((letter.state, queries.count_readers(event)))
        services.send_again(SYSTEM, letter.id)
    assert told == [("failed", 0), ("failed", 0), ("sent", 1)]


@on_sqlite
def test_strangers_and_monsters_are_passed_over(read, letters, make_event, register):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    parts = [b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000)]
    nested, slow = b"".join(parts), [b"".join(parts[:n]) + b"\n" * 900_000 for n in (25, 400)]
    began = thread_time()
    bomb = reply(mail, lines=["X-A:" + "x" * 200_000])
    bomb.replace_header("Message-ID", "<1@x>")
    read(
        b"", b"\0" * 1000, b"From: x\r\nFrom: y\r\n\r\n", nested, *slow, bomb,
        b"Subject: =?utf-8?b?" + b"A" * 500_000 + b"?=\r\n\r\n", reply(mail).as_bytes() + b"\n" * reading.LARGEST,
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n--x--\r\n",
        reply(mail, "TENTATIVE"),
    )  # fmt: skip
    assert thread_time() - began < 6, "and none keeps all that come after it waiting for minutes"
    assert answer_of(registration) == "tentative", "what comes after them is read"
    folder = db.session.scalars(sa.select(InboxFolder)).one()
    assert (folder.error, folder.leased_until) == (None, None)


@on_sqlite
def test_a_message_has_its_effect_once_however_often_it_is_read(app, box, read, letters, make_event, register):
    register(make_event(in_person=5))
    [mail] = letters()
    returned = report(mail)
    read(returned)
    services.send_again(SYSTEM, db.session.scalars(sa.select(Letter.id)).one())
    letters()
    read(returned)
    assert db.session.scalars(sa.select(Letter.state)).one() == "sent"
    assert len(db.session.scalars(sa.select(InboxMessage)).all()) == 1
    assert {message.get_subdir() for message in box} == {"cur"}


@on_sqlite
def test_one_reads_at_a_time_and_who_dies_is_followed(app, box, letters, make_event, register, monkeypatch):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    settings = app.extensions["eventhub_settings"]
    box.add(reply(mail).as_bytes())
    take = inbox.take

    def killed(*what: Any) -> None:
        take(*what)
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "take", killed)
        with pytest.raises(SystemExit):
            reading.read(settings)
    assert not reading.read(settings), "the lease of the dead one still runs"
    kept = db.session.scalars(sa.select(CalendarInvitation.answered_at)).one()
    with clock.standing_at(clock.now() + inbox.LEASE + timedelta(seconds=1)):
        assert reading.read(settings)
    db.session.rollback()
    assert db.session.scalars(sa.select(CalendarInvitation.answered_at)).one() == kept
    assert [message.get_subdir() for message in box] == ["cur"]
    assert answer_of(registration) == "declined"


def test_a_fault_of_the_database_gives_the_mailbox_back_at_once(app, box, letters, make_event, register, monkeypatch):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    settings = app.extensions["eventhub_settings"]
    box.add(reply(mail).as_bytes())

    def faulty(*what: Any) -> None:
        db.session.execute(sa.text("SELECT 1"))
        raise OperationalError("UPDATE", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "take", faulty)
        with pytest.raises(OperationalError):
            reading.read(settings)
        # Where the database cannot even keep that, the first fault is the one that is told.
        patch.setattr(inbox, "end", faulty)
        with clock.standing_at(clock.now() + timedelta(seconds=1)), pytest.raises(OperationalError):
            reading.read(settings)
        with clock.standing_at(clock.now() + inbox.LEASE):
            assert not reading.read(settings)
    with clock.standing_at(clock.now() + inbox.LEASE + timedelta(seconds=1)):
        assert reading.read(settings)
    assert answer_of(registration) == "declined"


class Imap(socketserver.StreamRequestHandler):
    """A mail server's folder, as far as it is asked: it keeps what it was told, and has no way to change a message."""

    messages: dict[int, bytes]
    heard: list[bytes]

    def handle(self) -> None:
        """Answer line by line."""
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            self.heard.append(line)
            tag, command, rest = (*line.strip().split(b" ", 2), b"")[:3]
            self.wfile.write(self.answer(command.upper(), rest) + tag + b" OK done\r\n")

    def answer(self, command: bytes, rest: bytes) -> bytes:
        """What comes before the OK."""
        if command == b"CAPABILITY":
            return b"* CAPABILITY IMAP4rev1 ID\r\n"
        if command == b"EXAMINE":
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] here\r\n" % len(self.messages)
        if rest.startswith(b"SEARCH"):
            first = int(rest.split(b"UID ")[1].split(b":")[0])
            # As a real one: the last message is always in the range that ends with a star.
            found = [number for number in self.messages if number >= first] or list(self.messages)[-1:]
            return b"* SEARCH %s\r\n" % b" ".join(b"%d" % number for number in found)
        if rest.startswith(b"FETCH"):
            number = int(rest.split()[1])
            body = self.messages[number]
            # As a real one where somebody reads in the same folder: what they do is told to everybody who is there.
            others = b"* 2 FETCH (FLAGS (\\Seen))\r\n"
            if b"SIZE" in rest:
                return others + b"* 1 FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, len(body))
            return others + b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (number, len(body), body)
        return b""


@on_sqlite
def test_a_folder_of_a_mail_server_is_read_on_and_stays_as_it_is(app, monkeypatch, letters, make_event, register):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    large = reply(mail, "ACCEPTED").as_bytes() + b"\n" * reading.LARGEST
    Imap.messages, Imap.heard = {3: large, 4: reply(mail, "DECLINED").as_bytes()}, []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"imap://user:geheim@127.0.0.1:{server.server_address[1]}/INBOX"
        settings = app.extensions["eventhub_settings"].model_copy(update={"inbox_url": url})
        monkeypatch.setitem(app.extensions, "eventhub_settings", settings)
        assert reading.read(settings)
        assert answer_of(registration) == "declined"
        told = b"".join(Imap.heard)
        assert b"FETCH 3 (BODY" not in told, "what is too large is not even fetched"
        assert b"ID (" in told
        Imap.heard.clear()
        assert reading.read(settings)
        assert b"FETCH" not in b"".join(Imap.heard), "what was read is not fetched again"
        with clock.standing_at(clock.now() + timedelta(minutes=1)):
            Imap.messages[9] = reply(mail, "TENTATIVE").as_bytes()
            assert reading.read(settings)
        assert answer_of(registration) == "tentative"
        assert not any(word in told for word in (b"STORE", b"SELECT", b"EXPUNGE", b"RFC822)"))
        server.shutdown()
    folder = db.session.scalars(sa.select(InboxFolder)).one()
    assert (folder.validity, folder.last_uid, folder.error) == (7, 9, None)
    assert reading.read(settings), "nobody answers any more"
    db.session.rollback()
    assert "refused" in db.session.scalars(sa.select(InboxFolder.error)).one()
    assert not any(
        "geheim" in str(value) for row in db.session.execute(sa.select(InboxFolder.__table__)) for value in row
    )


@on_sqlite
def test_of_who_is_erased_nothing_stays(read, letters, make_event, register):
    registration = register(make_event(in_person=5))
    [mail] = letters()
    read(reply(mail), report(mail))
    assert parts.told(registration)["calendar"]["calendar_invitations"][0]["calendar_answer"] == "declined"
    use_case(lambda actor: parts.erase(actor, db.session.get(Registration, registration.id)))(SYSTEM)
    assert db.session.scalars(sa.select(CalendarInvitation)).all() == []
    assert db.session.scalars(sa.select(MarkedAddress)).all() == []
