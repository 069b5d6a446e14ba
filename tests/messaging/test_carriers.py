"""Letters on their way: to a real mail server that takes, refuses or stalls, and by workers that are killed."""

from __future__ import annotations

import email
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from eventhub.accounts import services as accounts
from eventhub.app import RECEIVERS, create_app
from eventhub.config import load_settings
from eventhub.events.models import Event
from eventhub.foundation import clock, outbox
from eventhub.foundation import db as database
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db
from eventhub.foundation.lanes import Lane
from eventhub.foundation.tables import Base
from eventhub.foundation.work import OutboxRow
from eventhub.messaging import lanes, mail, services
from eventhub.messaging.models import Letter
from eventhub.people.names import Names
from eventhub.registrations.models import Place, Pool, Registration
from eventhub.registrations.signals import PlaceTaken

from .conftest import plain

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Sink:
    """A mail server's judgement: it keeps what it takes, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.peers: set[object] = set()
        self.answers: Callable[[str], str] = lambda address: "250 OK"
        self.at_data = "250 taken"
        self.pause = 0.0

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        answer = self.answers(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.at_data.startswith("250"):
            time.sleep(self.pause)
            self.envelopes.append(envelope)
            self.peers.add(session.peer)
            self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.at_data


@pytest.fixture
def sink() -> Sink:
    """What the mail server of this test has taken."""
    return Sink()


def serve(sink: Sink, **options) -> Controller:
    """A mail server on this machine, listening."""
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    return controller


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mail_server(sink: Sink) -> Iterator[Controller]:
    """The mail server of this test."""
    controller = serve(sink)
    yield controller
    controller.stop()


@pytest.fixture
def sending(app: Flask, monkeypatch, mail_server: Controller) -> Flask:
    """The application, sending by the mail server of this test."""
    send_to(app, monkeypatch, mail_server.port)
    return app


def send_to(app: Flask, monkeypatch, port: int, **changes: object) -> None:
    """Let the application's letters go to a port of this machine."""
    settings = app.extensions["eventhub_settings"]
    monkeypatch.setattr(lanes, "USUAL", 0.0)
    changed = settings.model_copy(update={"mail_url": f"smtp://127.0.0.1:{port}", **changes})
    monkeypatch.setitem(app.extensions, "eventhub_settings", changed)


def states() -> Counter[str]:
    """How the letters stand."""
    db.session.rollback()
    return Counter(db.session.scalars(sa.select(Letter.state)))


def the_letter() -> Letter:
    """The one letter, as it stands."""
    db.session.rollback()
    return db.session.scalars(sa.select(Letter)).one()


@pytest.fixture
def register_many(app: Flask) -> Callable[[Event, int], None]:
    """Many people with places at an event, without a letter about it."""

    def make(event: Event, number: int) -> None:
        pool = db.session.scalars(sa.select(Pool).where(Pool.event_id == event.id)).first()

        def add(actor: Actor) -> None:
            for one in range(number):
                address = f"many{one}@example.org"
                place = Place(pool_id=pool.id, state="confirmed" if one % 3 else "waitlisted", number=one)
                row = Registration(event_id=event.id, name="A", address=address, typed_address=address, places=[place])
                db.session.add(row)

        database.use_case(add)(SYSTEM)

    return make


def tell_all(event: Event) -> None:
    """Order a letter to everybody at an event."""
    database.use_case(lambda actor: services.order_for_all(event.id, "event_resumed"))(SYSTEM)


def test_a_letter_goes_to_one_recipient_with_its_headers(sending, sink, make_event, register):
    event = make_event(in_person=5)
    registration = register(event)
    outbox.drain()
    [envelope], [message] = sink.envelopes, sink.taken
    assert envelope.mail_from == "eventhub@example.org"
    assert envelope.rcpt_tos == [registration.typed_address]
    assert message["From"] == "EventHub <eventhub@example.org>"
    assert message["To"] == registration.typed_address
    assert message["Cc"] is message["Bcc"] is None
    assert message["Reply-To"] == "contact@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    letter = the_letter()
    assert message["Message-ID"] == f"<{letter.id}@127.0.0.1>"
    assert (letter.state, letter.subject) == ("sent", message["Subject"])
    assert letter.sent_at


def test_what_stands_between_the_parts_of_a_letter_stands_nowhere_in_them(sending, sink, make_event, register):
    register(make_event("--=_0_=\n--=_1_=--", in_person=5), "--=_0_=")
    outbox.drain()
    [envelope], [message] = sink.envelopes, sink.taken
    mixed, alternative, *parts = [part.get_content_type() for part in message.walk()]
    assert (mixed, alternative) == ("multipart/mixed", "multipart/alternative")
    assert parts == ["text/plain", "text/html", "text/calendar", "application/ics"]
    outer, inner = b"--=_0_=", b"--=_1_="
    marks = [line for line in envelope.content.splitlines() if line.startswith(b"--")]
    assert marks == [outer, inner, inner, inner, inner + b"--", outer, outer + b"--"]
    assert "--=_0_=" in plain(message)


def test_a_recipient_who_is_not_in_ascii(sending, sink, make_event, register):
    register(make_event(in_person=5), address="王芳@example.org")
    outbox.drain()
    [message] = sink.taken
    assert "王芳@example.org" in str(message["To"])


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "Write to the organisers: 王芳@example.org"), ("zh", "如需联系主办方，请写信至：王芳@example.org")],
)
def test_an_address_for_replies_that_a_usual_mail_cannot_have_stands_in_the_text(
    sending, sink, make_event, register, lang, said
):
    event = make_event(contact_address="王芳@example.org")
    register(event, address="reader@example.org", language=lang)
    register(event, address="李雷@example.org", language=lang)
    outbox.drain()
    by_reader = {str(message["To"]): message for message in sink.taken}
    usual, utf8 = by_reader["reader@example.org"], by_reader["李雷@example.org"]
    assert usual["Reply-To"] is None
    assert said in plain(usual)
    assert utf8["Reply-To"] == "王芳@example.org"
    assert said not in plain(utf8)
    assert b"=?" not in b"".join(line for line in usual.as_bytes().splitlines() if line.startswith((b"To", b"Reply")))


def test_addresses_as_a_chinese_keyboard_writes_them_are_reached(sending, sink, make_event, register):
    event = make_event(in_person=5, contact_address="contact＠example.org")
    assert event.contact_address == "contact@example.org"
    registration = register(event)

    def type_in_full_width(actor: Actor) -> None:  # as what was kept before it was tidied
        db.session.get(Event, event.id).contact_address = "contact＠example．org"
        db.session.get(Letter, letter_id).address = "ｒeader1＠example.org"

    letter_id = the_letter().id
    database.use_case(type_in_full_width)(SYSTEM)
    outbox.drain()
    [message] = sink.taken
    assert (message["To"], message["Reply-To"]) == (registration.typed_address, "contact@example.org")


def test_a_recipient_whom_the_mail_server_cannot_write_to_is_shown(app, monkeypatch, sink, make_event, register):
    controller = serve(sink, enable_SMTPUTF8=False)
    send_to(app, monkeypatch, controller.port)
    register(make_event(in_person=5), address="王芳@example.org")
    outbox.drain()
    controller.stop()
    assert sink.taken == []
    assert states() == {"failed": 1}


def test_a_letter_to_all_is_one_to_each(sending, sink, make_event, register_many):
    """Five hundred registrants: nobody sees anybody else, and nobody gets it twice."""
    event = make_event(in_person=1000)
    register_many(event, 500)
    tell_all(event)
    outbox.drain(most=1)
    assert len(set(db.session.scalars(sa.select(Letter.address)))) == 500
    assert states() == {"queued": 500}
    outbox.drain(most=25)
    assert len({message["To"] for message in sink.taken}) == 25
    assert {len(envelope.rcpt_tos) for envelope in sink.envelopes} == {1}


def test_a_letter_to_all_that_was_begun_twice_reaches_everybody_once(app, make_event, register_many):
    event = make_event(in_person=1000)
    register_many(event, 250)
    tell_all(event)
    row = db.session.scalars(sa.select(OutboxRow)).one()
    assert services.spread(SYSTEM, row.payload, row.id, None)  # a worker dies after its first batch
    assert states() == {"queued": services.BATCH}
    outbox.drain(most=1)
    assert states() == {"queued": 250}
    assert len(set(db.session.scalars(sa.select(Letter.address)))) == 250


def test_nothing_is_sent_of_what_is_rolled_back(sending, sink, make_event, register):
    """A receiver after ours fails: neither the registration nor its letter has ever been."""
    event = make_event(in_person=5)

    def fail(fact: PlaceTaken) -> None:
        raise LookupError

    module = ModuleType("last")
    fail.__module__ = "last"
    module.fail = database.receives(PlaceTaken)(fail)  # type: ignore[attr-defined]
    database.listen([*RECEIVERS, module])
    try:
        with pytest.raises(LookupError):
            register(event)
    finally:
        database.listen(RECEIVERS)
    outbox.drain()
    assert sink.taken == []
    assert states() == {}


def test_a_server_that_is_busy_is_tried_again(sending, sink, make_event, register):
    sink.answers = lambda address: "451 come back later"
    with clock.standing_at(NOON):
        register(make_event(in_person=5, starts=datetime(2026, 5, 1, 9), ends=datetime(2026, 5, 1, 12)))
        outbox.drain()
    assert the_letter().state == "queued"
    row = db.session.get(OutboxRow, the_letter().outbox_id)
    assert row.error == "NotNow: 451 come back later"
    sink.answers = lambda address: "250 OK"
    with clock.standing_at(NOON + timedelta(minutes=1)):
        outbox.drain()
    assert len(sink.taken) == 1
    assert the_letter().state == "sent"


@pytest.mark.parametrize(
    ("answer", "slowness"),
    [("451 4.7.0 too many letters", 2), ("452 4.2.2 mailbox full", 1), ("451 4.7.1 Greylisted, come back later", 1)],
)
def test_what_a_server_says_of_one_mailbox_slows_nobody_else_down(
    sending, sink, make_event, register, monkeypatch, answer, slowness
):
    monkeypatch.setattr(lanes, "USUAL", 0.1)
    sink.answers = lambda address: answer
    register(make_event(in_person=5))
    outbox.drain()
    db.session.rollback()
    assert db.session.scalar(sa.select(Lane.slowness)) == slowness


@pytest.mark.parametrize("stage", ["recipient", "data"])
def test_a_server_that_refuses_for_good_is_shown_at_once(sending, sink, make_event, register, stage):
    if stage == "recipient":
        sink.answers = lambda address: "550 5.1.1 no such\tmailbox"
    else:
        sink.at_data = "554 5.7.1 not wanted here"
    register(make_event(in_person=5))
    outbox.drain()
    assert the_letter().state == "failed"
    assert the_letter().error in {"550 5.1.1 no such mailbox", "554 5.7.1 not wanted here"}


def test_a_server_that_finds_us_too_eager_is_tried_again(sending, sink, make_event, register):
    """QQ Mail answers 550 to who writes too often, and takes the same letter later."""
    sink.answers = lambda address: "550 Mailbox unavailable: domain frequency limited"
    register(make_event(in_person=5))
    outbox.drain()
    assert the_letter().state == "queued"


def test_one_refused_recipient_does_not_hold_up_the_others(sending, sink, make_event, register):
    event = make_event(in_person=50)
    sink.answers = lambda address: "550 no" if address.startswith("bad") else "250 OK"
    register(event)
    register(event, address="bad@example.org")
    register(event)
    outbox.drain()
    assert len(sink.taken) == 2
    assert states() == {"sent": 2, "failed": 1}


def test_nobody_listening_is_retried_for_hours_and_then_shown(app, monkeypatch, make_event, register):
    send_to(app, monkeypatch, free_port())
    moment = NOON
    with clock.standing_at(moment):
        register(make_event(in_person=5, starts=datetime(2026, 5, 1, 9), ends=datetime(2026, 5, 1, 12)))
    while the_letter().state == "queued":
        with clock.standing_at(moment):
            outbox.drain()
        moment += timedelta(minutes=1)
        assert moment < NOON + timedelta(hours=12)
    assert moment - NOON >= timedelta(hours=4.8)
    assert "refused" in (the_letter().error or "").lower()


def test_a_server_that_says_nothing_does_not_hold_the_worker_for_ever(app, monkeypatch, make_event, register):
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        send_to(app, monkeypatch, silent.getsockname()[1])
        register(make_event(in_person=5))
        began = time.monotonic()
        outbox.drain()
    assert time.monotonic() - began < 5
    assert the_letter().state == "queued"


def test_credentials_are_not_told_to_a_server_without_tls(app, monkeypatch, sink, make_event, register):
    controller = serve(sink)
    send_to(app, monkeypatch, controller.port, mail_url=f"smtp://user:secret@127.0.0.1:{controller.port}")
    register(make_event(in_person=5))
    outbox.drain()
    controller.stop()
    assert sink.taken == []
    assert "secret" not in str(db.session.scalars(sa.select(OutboxRow.error)).all())


def test_a_server_that_does_not_speak_tls_is_told_nothing(app, monkeypatch, sink, mail_server, make_event, register):
    send_to(app, monkeypatch, mail_server.port, mail_url=f"smtps://user:secret@127.0.0.1:{mail_server.port}")
    register(make_event(in_person=5))
    outbox.drain()
    assert sink.taken == []
    assert the_letter().state == "queued"


def erase_letters() -> None:
    """Forget all letters, as erasing a person does."""
    database.use_case(lambda actor: db.session.execute(sa.delete(Letter)))(SYSTEM)


def test_a_letter_that_was_erased_is_not_sent_and_holds_up_nothing(sending, sink, make_event, register):
    event = make_event(in_person=5)
    register(event)
    erase_letters()
    register(event)
    outbox.drain()
    assert len(sink.taken) == 1
    assert sorted(db.session.scalars(sa.select(OutboxRow.state))) == ["done", "failed"]


def test_a_letter_that_is_erased_while_it_is_sent_is_done(sending, sink, monkeypatch, make_event, register):
    """What a slow mail server gives time for, our own hand does here in between."""
    hand_over = mail.hand_over

    def slow(*letter) -> None:
        hand_over(*letter)
        erase_letters()

    monkeypatch.setattr(mail, "hand_over", slow)
    register(make_event(in_person=5))
    outbox.drain()
    assert len(sink.taken) == 1
    assert db.session.scalars(sa.select(OutboxRow.state)).all() == ["done"]


def test_a_maildir_holds_one_file_a_letter_however_often_it_is_written(app, make_event, register):
    folder = app.extensions["eventhub_settings"].maildir
    register(make_event(in_person=5))
    outbox.drain()
    [file] = folder.iterdir()
    assert file.name == f"{the_letter().id}.eml"

    @database.use_case
    def forget_that_it_was_sent(actor):
        row = db.session.get(OutboxRow, the_id)
        row.state = "waiting"

    the_id = the_letter().outbox_id
    forget_that_it_was_sent(SYSTEM)
    outbox.drain()
    assert [file.name for file in folder.iterdir()] == [file.name]


WORKER = """
    import sys, time
    from datetime import timedelta
    from eventhub.app import create_app
    from eventhub.foundation import outbox, work
    from eventhub.messaging import lanes

    work.LEASE = timedelta(seconds=2)
    lanes.USUAL = 0.0
    app = create_app()
    print("ready", flush=True)
    with app.app_context():
        while True:
            outbox.drain()
            time.sleep(0.05)
"""


@pytest.mark.parametrize(("letters", "kills"), [(24, 2), pytest.param(500, 5, marks=pytest.mark.faults)])
def test_killed_workers_lose_no_letter_and_double_at_most_one_each(sink, tmp_path: Path, letters: int, kills: int):
    """A worker, a process of its own, is killed again and again while it sends."""
    sink.pause = 0.02
    controller = serve(sink)
    environment = {
        **os.environ,
        "EVENTHUB_DATABASE_URL": f"sqlite:///{tmp_path}/test.db",
        "EVENTHUB_DATA_DIR": str(tmp_path),
        "EVENTHUB_MAIL_URL": f"smtp://127.0.0.1:{controller.port}",
    }
    site = create_app(
        load_settings(
            database_url=environment["EVENTHUB_DATABASE_URL"],
            data_dir=tmp_path,
            mail_url=environment["EVENTHUB_MAIL_URL"],
        )
    )
    try:
        with site.app_context():
            Base.metadata.create_all(db.engine)
            order_account_letters(letters)
        for number in range(kills + 1):
            worker = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(WORKER)], env=environment, stdout=subprocess.PIPE
            )
            goal = (number + 1) * letters // (kills + 2) if number < kills else None
            try:
                wait_until(lambda goal=goal: len(sink.taken) >= goal if goal else everything_is_sent(site), 120, worker)
            finally:
                worker.send_signal(signal.SIGKILL)
                worker.wait(10)
                worker.stdout.close()
        counts = Counter(message["Message-ID"] for message in sink.taken)
        assert len(counts) == letters
        assert sum(counts.values()) - letters <= kills
        assert len({message["To"] for message in sink.taken}) == letters
    finally:
        controller.stop()
        with site.app_context():
            db.engine.dispose()
        database.listen(RECEIVERS)


def test_what_a_lane_lets_through_one_by_one_goes_by_one_connection(sending, sink, monkeypatch):
    monkeypatch.setattr(lanes, "USUAL", 0.2)
    order_account_letters(4)
    outbox.deliver()
    assert (len(sink.taken), len(sink.peers)) == (4, 1)
    assert mail._kept.line is None, "nothing holds it when the shift is over"


def order_account_letters(number: int) -> None:
    """Letters to many people, ordered at once."""

    @database.use_case
    def order(actor):
        for one in range(number):
            account = accounts.add_account(actor, f"reader{one}@example.org", "a long password", names=Names(given="A"))
            services.order("password_changed", account.address, "en", account_id=account.id)

    order(SYSTEM)


def everything_is_sent(site: Flask) -> bool:
    """Whether no letter is on its way any more."""
    with site.app_context():
        return not db.session.scalar(sa.select(sa.func.count()).where(OutboxRow.state != "done"))


def wait_until(is_so: Callable[[], bool], seconds: float, worker: subprocess.Popen[bytes]) -> None:
    """Wait for what a worker does, not for ever, and not for one that has ended."""
    end = time.monotonic() + seconds
    while not is_so():
        assert worker.poll() is None, "the worker has ended by itself"
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
