"""Invitations by calendar: their mails are taken from a mail server, and read by a reader that is not ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from eventhub.calendars.models import CalendarInvitation
from eventhub.events import services as events
from eventhub.foundation import clock, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.i18n import Translated
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import services
from eventhub.messaging.reminders import jobs as reminder_jobs
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.services import RulePlan
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import access, substitutes
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.queries import find_registration
from eventhub.registrations.series import services as series
from eventhub.registrations.sign_ups import services as sign_ups
from eventhub.registrations.substitutes import Substitute
from tests.conftest import both, in_november_2026, on_sqlite

from .test_carriers import Sink, mail_server, sending, sink  # noqa: F401 - fixtures
from .test_letters import change, holder_of
from .test_series_letters import join

pytestmark = on_sqlite


@pytest.fixture
def mails(sending: Any, sink: Sink) -> Callable[[], list[EmailMessage]]:  # noqa: F811 - fixtures
    """The mails that the mail server has taken since the last time."""

    def read() -> list[EmailMessage]:
        with clock.standing_at(clock.now() + services.SETTLING):
            outbox.drain(most=10_000)
        db.session.rollback()
        taken, sink.taken[:] = list(sink.taken), []
        return taken

    return read


def message_in(mail: EmailMessage) -> Calendar | None:
    """The iTIP message of a mail, its MIME examined: the last form of the letter, and the same bytes as a file."""
    assert mail.get_content_type() in {"multipart/mixed", "multipart/alternative"}
    forms = next((part for part in mail.walk() if part.get_content_type() == "multipart/alternative"), None)
    kinds = [part.get_content_type() for part in forms.iter_parts()]
    files = [part for part in mail.walk() if part.get_content_type() == "application/ics"]
    if len(kinds) == 2:
        assert (kinds, files) == (["text/plain", "text/html"], [])
        return None
    assert mail.get_content_type() == "multipart/mixed"
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    *_, form = forms.iter_parts()
    [file] = files
    body = form.get_payload(decode=True)
    assert (form["Content-Disposition"], form["Content-Transfer-Encoding"]) == (None, "base64")
    assert (form.get_param("charset"), form.get_param("component")) == ("utf-8", "VEVENT")
    assert (file.get_filename(), file.get_payload(decode=True)) == ("invite.ics", body)
    assert max(map(len, body.split(b"\r\n"))) <= 75
    calendar = Calendar.from_ical(body)
    assert form.get_param("method") == calendar["METHOD"]
    examine(calendar, mail)
    return calendar


# What the tables of RFC 5546 §3.2.2 (REQUEST) and §3.2.5 (CANCEL) ask to be there once, let be there once, and forbid.
ONCE = ("UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "SEQUENCE", "STATUS", "ATTENDEE")
AT_MOST_ONCE = ("CLASS", "CREATED", "DESCRIPTION", "DTEND", "GEO", "LAST-MODIFIED", "LOCATION", "TRANSP", "URL")
NEVER = ("REQUEST-STATUS", "DURATION", "RECURRENCE-ID", "RRULE")


def examine(calendar: Calendar, mail: EmailMessage) -> None:
    """Check a message by the rules of iTIP."""
    assert [name for name in calendar if name not in {"METHOD", "PRODID", "VERSION", "CALSCALE"}] == []
    assert calendar["METHOD"] in {"REQUEST", "CANCEL"}
    [entry] = calendar.walk("VEVENT")
    assert [name for name in ONCE if name not in entry or isinstance(entry[name], list)] == []
    assert [name for name in AT_MOST_ONCE if isinstance(entry.get(name), list)] == []
    assert [name for name in NEVER if name in entry] == []
    assert entry.subcomponents == [], "no alarms"
    assert entry["ORGANIZER"] == f"mailto:{mail['From'].addresses[0].addr_spec}"
    assert entry["ATTENDEE"].casefold() == f"mailto:{mail['To'].addresses[0].addr_spec}".casefold()
    assert calendar["METHOD"] == "REQUEST" or entry["STATUS"] == "CANCELLED"
    used = {entry[name].params["TZID"] for name in ("DTSTART", "DTEND") if "TZID" in entry[name].params}
    assert {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")} == used


def entry_in(mail: EmailMessage) -> Any:
    """The entry of the message that a mail has to have."""
    calendar = message_in(mail)
    assert calendar
    return calendar.walk("VEVENT")[0]


def said(mail: EmailMessage) -> tuple[str, int] | None:
    """The method and the sequence of a mail's message."""
    calendar = message_in(mail)
    return (str(calendar["METHOD"]), calendar.walk("VEVENT")[0]["SEQUENCE"]) if calendar else None


def test_a_confirmation_invites_its_reader_and_nobody_else(mails, make_event, register):
    event = make_event("Field logistics", in_person=5)
    register(event, "Li Na")
    other = register(event, 'Wang "Fang", 芳')
    first, second = mails()
    entry = entry_in(second)
    assert entry["UID"].startswith("event-")
    assert (str(entry["SUMMARY"]), entry.start, entry["ATTENDEE"]) == (
        "Field logistics",
        event.starts_at,
        f"mailto:{other.typed_address}",
    )
    assert entry["ATTENDEE"].params["CN"] == 'Wang "Fang", 芳'
    # Who registers has said that they come.
    assert {name: entry["ATTENDEE"].params[name] for name in ("PARTSTAT", "RSVP", "CUTYPE", "ROLE")} == {
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
    }
    assert entry["UID"] == entry_in(first)["UID"]
    assert b"reader1@" not in second.as_bytes()
    assert [part.get_filename() for part in second.iter_attachments()] == ["invite.ics"], "each thing once"


@pytest.mark.parametrize("many", [12, pytest.param(1000, marks=pytest.mark.faults)])
def test_of_many_who_are_told_of_a_change_nobody_sees_another(mails, sink, make_event, register, many):  # noqa: F811
    """A letter each, to one address, and each calendar names its reader alone."""
    event = make_event(in_person=many)
    everybody = {register(event).typed_address for _ in range(many)}
    mails()
    sink.envelopes.clear()
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    told = mails()
    assert sorted(mail["To"] for mail in told) == sorted(everybody)
    assert sorted(envelope.rcpt_tos for envelope in sink.envelopes) == sorted([one] for one in everybody)
    for mail in told:
        assert (said(mail), mail["Cc"], mail["Bcc"]) == (("REQUEST", 1), None, None)
        named = set(re.findall(r"reader\d+@example\.org", "".join(map(_text, mail.walk()))))
        assert named <= {mail["To"]}
        assert message_in(mail).to_ical().count(b"ATTENDEE") == 1


def _text(part: EmailMessage) -> str:
    """What a part says, and what stands in its head."""
    body = "" if part.is_multipart() else part.get_payload(decode=True).decode("utf-8", "replace")
    return "".join(map(str, part.values())) + body.replace("\r\n ", "")


def test_an_event_of_several_sessions_has_the_hours_of_its_day_and_they_are_in_a_file(
    mails, make_event, make_session, register
):
    event = make_event(in_person=5)
    sessions = [make_session(event), make_session(event)]
    registrant = register(event)
    [mail] = mails()
    entry = entry_in(mail)
    assert (entry.start, entry.end, entry["TRANSP"]) == (event.starts_at, event.ends_at, "OPAQUE")
    assert [str(zone["TZID"]) for zone in message_in(mail).walk("VTIMEZONE")] == ["Asia/Shanghai"]
    [_, file] = mail.iter_attachments()
    published = Calendar.from_ical(file.get_payload(decode=True))
    assert (file.get_filename(), published["METHOD"]) == ("event.ics", "PUBLISH")
    assert [one["UID"].split("@")[0] for one in published.walk("VEVENT")] == [f"session-{one.id}" for one in sessions]
    assert all("ORGANIZER" not in one and "ATTENDEE" not in one for one in published.walk("VEVENT"))
    change(event, starts=event.starts + timedelta(hours=1), ends=event.ends + timedelta(hours=1))
    [mail] = mails()
    assert (said(mail), entry_in(mail).start) == (("REQUEST", 2), event.starts_at)
    registrations.cancel_registration(holder_of(registrant), registrant.id)
    [mail] = mails()
    assert (said(mail), entry_in(mail).start, entry_in(mail)["TRANSP"]) == (
        ("CANCEL", 3), event.starts_at, "TRANSPARENT",
    )  # fmt: skip


@in_november_2026
def test_an_event_of_several_days_is_a_frame_and_told_anew_when_its_hours_move(
    mails, make_event, make_session, register
):
    begins = datetime(2027, 3, 10, 9)
    event = make_event(in_person=5, starts=begins, ends=begins + timedelta(days=1))
    make_session(event), make_session(event)
    register(event)
    [mail] = mails()
    entry = entry_in(mail)
    assert (entry.start, entry["TRANSP"]) == (event.starts.date(), "TRANSPARENT")
    change(event, starts=event.starts - timedelta(hours=1))
    [mail] = mails()
    assert (said(mail), entry_in(mail).start) == (("REQUEST", 1), event.starts.date())


def files_in(mail: EmailMessage) -> list[str]:
    """What each file in a mail, but for its invitation, holds: the kinds of its entries."""
    files = [one for one in mail.iter_attachments() if one.get_filename() == "event.ics"]
    entries = [Calendar.from_ical(one.get_payload(decode=True)).walk("VEVENT") for one in files]
    return [str(entry["UID"]).partition("-")[0] for some in entries for entry in some]


def test_whatever_else_is_written_to_who_is_invited_has_each_thing_once(
    mails, make_event, make_session, make_person, register
):
    event = make_event(in_person=5)
    person = make_person(address="both@example.org")
    session = make_session(event, has_sign_up=True, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    make_session(event)
    registration = register(event, address="both@example.org")
    [mail] = mails()
    assert (said(mail)[0], files_in(mail)) == ("REQUEST", ["session"])
    sign_ups.sign_up(holder_of(registration), registration.id, session.id)
    [mail] = mails()
    assert (mail["Subject"].split(":")[0], said(mail), files_in(mail)) == ("Your sessions", None, ["session"] * 2)
    reminders.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 2, "days"))
    with clock.standing_at(event.starts_at - timedelta(days=2)):
        reminder_jobs.look()
        [mail] = mails()
    assert (mail["Subject"].split(":")[0], said(mail), files_in(mail)) == ("Reminder", None, ["session"] * 2)


def test_who_speaks_and_is_registered_has_the_event_moved_by_the_letter_about_their_session(
    mails, make_event, make_session, make_person, register
):
    event = make_event(in_person=5)
    person = make_person(address="both@example.org")
    session = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
    register(event, address="both@example.org")
    mails()
    programme.move_session(SYSTEM, session.id, session.starts + timedelta(hours=1))
    releases.release(SYSTEM, event.id)
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    [mail] = mails()
    assert mail["Subject"].startswith("Your session has changed")
    assert said(mail)[0] == "REQUEST"


def test_changes_move_the_entry_and_the_end_of_the_event_takes_it_away(mails, make_event, register):
    event = make_event(in_person=1)
    taking_part, waiting = register(event), register(event)
    first = {mail["To"]: said(mail) for mail in mails()}
    assert first == {taking_part.typed_address: ("REQUEST", 0), waiting.typed_address: None}
    stamp = None
    story = [
        (lambda: change(event, venue=Translated.of(en="Town Hall", zh="市政厅")), ("REQUEST", 1)),
        (lambda: access.rotate_link(SYSTEM, taking_part.id), None),
        (lambda: events.postpone_event(SYSTEM, event.id), ("REQUEST", 2)),
        (lambda: events.publish_event(SYSTEM, event.id), ("REQUEST", 3)),
        (lambda: events.cancel_event(SYSTEM, event.id), ("CANCEL", 4)),
    ]
    for happens, expected in story:
        happens()
        told = {mail["To"]: mail for mail in mails()}
        mail = told[taking_part.typed_address]
        assert said(mail) == expected
        assert waiting.typed_address not in told or message_in(told[waiting.typed_address]) is None
        if expected:
            entry = entry_in(mail)
            assert stamp is None or entry["DTSTAMP"].dt >= stamp
            stamp, start = entry["DTSTAMP"].dt, entry.start
    assert start == event.starts_at, "a calendar finds what ends by its start as well"


def test_who_leaves_is_told_alone_and_who_comes_back_is_invited_anew(mails, make_event, register):
    event = make_event(in_person=5)
    leaver, other = register(event, address="Leaver@example.org"), register(event)
    mails()
    registrations.cancel_registration(holder_of(leaver), leaver.id)
    [mail] = mails()
    assert (mail["To"], said(mail)) == ("Leaver@example.org", ("CANCEL", 1))
    assert other.typed_address.encode() not in mail.as_bytes()
    assert entry_in(mail).start == event.starts_at
    register(event, address="leaver@example.org")
    [mail] = mails()
    assert said(mail) == ("REQUEST", 2)
    registrations.cancel_registration(holder_of(leaver), leaver.id)
    events.cancel_event(SYSTEM, event.id)
    told = {(mail["To"], said(mail)) for mail in mails()}
    assert told == {("leaver@example.org", ("CANCEL", 4)), (other.typed_address, ("CANCEL", 1))}


def test_to_one_person_no_sequence_falls_whatever_the_feeds_say(mails, make_event, register):
    event = make_event(in_person=5)
    registration = register(event)
    mails()
    use_case(lambda actor: db.session.execute(sa.update(CalendarInvitation).values(sequence=9)))(SYSTEM)
    change(event, venue=Translated.of(en="Town Hall", zh="市政厅"))
    assert [said(mail) for mail in mails()] == [("REQUEST", 10)]
    registrations.cancel_registration(holder_of(registration), registration.id)
    assert [said(mail) for mail in mails()] == [("CANCEL", 11)]


def test_who_waits_is_invited_when_a_place_is_theirs(mails, make_event, register):
    event = make_event(in_person=1)
    first, second = register(event), register(event)
    mails()
    registrations.cancel_registration(holder_of(first), first.id)
    told = {mail["To"]: said(mail) for mail in mails()}
    assert told[first.typed_address] == ("CANCEL", 1)
    method, sequence = told[second.typed_address]
    assert (method, sequence) == ("REQUEST", 1), "higher than that of the file which they may have opened while waiting"


def test_a_letter_that_is_tried_again_says_the_same_again(mails, sink, make_event, register):  # noqa: F811
    event = make_event(in_person=5)
    made: list[Registration] = []
    story = [
        (lambda: made.append(register(event)), ("REQUEST", 0)),
        (lambda: change(event, venue=Translated.of(en="Town Hall", zh="市政厅")), ("REQUEST", 1)),
        (lambda: registrations.cancel_registration(holder_of(made[0]), made[0].id), ("CANCEL", 2)),
    ]
    began = clock.now()
    for day, (happens, expected) in enumerate(story):
        with clock.standing_at(began + timedelta(days=day)):
            happens()
            sink.at_data = "451 come back later"
            assert mails() == []
            sink.at_data = "250 taken"
        with clock.standing_at(began + timedelta(days=day, hours=1)):
            [mail] = mails()
        row = db.session.scalars(sa.select(OutboxRow).order_by(OutboxRow.created_at.desc())).first()
        assert (said(mail), row.kind, row.attempts) == (expected, "letter", 2)


def test_who_never_heard_of_their_place_is_not_told_that_it_has_ended(mails, make_event, register):
    registration = register(make_event(in_person=5))
    registrations.cancel_registration(holder_of(registration), registration.id)
    assert [said(mail) for mail in mails()] == [None, None]


@pytest.mark.parametrize(
    "name",
    [
        "Li\r\nATTENDEE:mailto:else@example.org",
        "Li\x85\u2028Na\r\nBcc: else@example.org",
        'Li";X="\\n^n',
        "[Reset](https://evil.example)",
        "<a href=//evil.example>x</a>",
        "Li " * 3000,
    ],
)
def test_no_name_gets_into_headers_or_lines_of_a_calendar(mails, sink, make_event, register, name):  # noqa: F811
    """What people type stays within its place: one recipient, one attendee, no address that is not ours."""
    event = make_event(in_person=5)
    plain = register(event)
    hostile = register(event, name[:200] if len(name) > 1000 else name)
    reference, mail = mails()
    assert hostile.name
    assert mail.keys() == reference.keys()
    assert [envelope.rcpt_tos for envelope in sink.envelopes] == [[plain.typed_address], [hostile.typed_address]]
    entry = entry_in(mail)
    assert entry.keys() == entry_in(reference).keys()
    assert "evil" not in str(entry["ATTENDEE"].params) and "else@" not in str(entry["ATTENDEE"])


def test_who_passes_their_place_on_has_it_called_off_and_the_other_is_invited(mails, make_event, register):
    event = make_event(in_person=5)
    former = register(event)
    mails()
    substitutes.name_substitute(holder_of(former), former.id, Substitute("W", "w@example.org", "en"))
    told = {mail["To"]: said(mail) for mail in mails()}
    assert told == {former.typed_address: ("CANCEL", 1), "w@example.org": None}
    other = find_registration(event.id, "w@example.org")
    substitutes.take_over(holder_of(other), other.id, registrations.Details(name="W"))
    [mail] = mails()
    assert (mail["To"], said(mail)[0]) == ("w@example.org", "REQUEST")


def test_what_a_letter_about_a_series_cannot_end_is_ended_by_one_of_its_own(mails, make_event, make_organisation):
    """Such a letter is about several events, and invites to none; a change of one of them has."""
    webinars = events.add_series(SYSTEM, make_organisation("Network").id, both("Webinars"), slug="webinars")
    about = {"mode": "online", "online": 5, "series_id": webinars.id, "organisation": webinars.organisation}
    event, other = make_event(**about), make_event(**about)
    lin = join(webinars, event, other)
    assert [said(mail) for mail in mails()] == [None]
    change(event, starts=event.starts + timedelta(hours=1))
    assert [said(mail)[0] for mail in mails()] == ["REQUEST"]
    series.cancel_rest(Actor("link", thing_id=lin.id, purpose="series_registration"), lin.id)
    assert Counter(said(mail) and said(mail)[0] for mail in mails()) == {None: 1, "CANCEL": 1}
