"""Notices on devices: that only a browser reads them, that they are true and come once, and when none come."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventhub import doctor
from eventhub.cli import main
from eventhub.config import SettingsError, load_settings
from eventhub.events import services as events
from eventhub.events.models import Event
from eventhub.foundation import clock, links, outbox
from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.foundation.fetching import MOST_PAUSE, Posted, admitting
from eventhub.foundation.work import OutboxRow
from eventhub.messaging.models import Letter
from eventhub.messaging.push import envelopes, jobs, services
from eventhub.messaging.push.envelopes import decode, encode, new_key
from eventhub.messaging.push.models import PushSubscription
from eventhub.messaging.reminders import jobs as reminder_jobs
from eventhub.messaging.reminders import services as reminders
from eventhub.messaging.reminders.services import RulePlan
from eventhub.privacy import parts
from eventhub.programme import releases
from eventhub.programme import services as programme
from eventhub.registrations import access
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from eventhub.registrations.own import holder
from tests.conftest import in_november_2026, on_sqlite
from tests.sites import Site, say

pytestmark = in_november_2026

Make = Callable[..., Any]
STARTS = datetime(2031, 5, 7, 9)


class Phone:
    """A browser with notices turned on: its keys, and what it reads of what its maker's service was given."""

    def __init__(self, site: Site, name: str = "one") -> None:
        self.endpoint = f"http://127.0.0.1:{site.port}/only-this-browser-knows/{name}"
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self._point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        self._auth = bytes(range(16))
        self.theirs, self.auth = encode(self._point), encode(self._auth)

    @property
    def mark(self) -> str:
        """As what it knows itself again."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:32]

    def turn_on(self, registration: Registration) -> PushSubscription:
        """Have it told what concerns a registrant."""
        return services.turn_on(holder(registration), registration.id, self.endpoint, self.theirs, self.auth)

    def read(self, body: bytes) -> bytes:
        """What a message says: RFC 8291 §3 and RFC 8188 §2 from the receiver's side, with nothing but HMAC."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        first = _hmac(self._auth, self._key.exchange(ec.ECDH(), theirs))
        secret = _hmac(salt, _hmac(first, b"WebPush: info\0" + self._point + sender + b"\x01"))
        key = _hmac(secret, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = _hmac(secret, b"Content-Encoding: nonce\0\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\x02")
        return padded[:-1]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


@pytest.fixture
def site(app, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A push service on this machine, for a site whose operator has made a key."""
    monkeypatch.setattr(app.extensions["eventhub_settings"], "push_key", new_key())
    made = Site()
    made.answer = lambda handler: say(handler, 201)
    with admitting(("127.0.0.1", made.port)):
        yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def event(make_event: Make) -> Event:
    """An event that is to come."""
    return make_event("Workshop", starts=STARTS, ends=STARTS + timedelta(hours=8), zone="Asia/Shanghai", in_person=50)


@pytest.fixture
def reader(event: Event, register: Make) -> Registration:
    """Somebody who reads Chinese."""
    return register(event, "王芳", language="zh")


def devices() -> list[PushSubscription]:
    """All devices there are."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(PushSubscription).order_by(PushSubscription.created_at)))


def deliver(moment: datetime | None = None) -> None:
    """Carry out what is due at a moment, and then what waits for its lane; changes are told without waiting."""
    for seconds in range(8):
        with clock.standing_at((moment or clock.now()) + timedelta(seconds=seconds)):
            hasten(SYSTEM)
            outbox.drain()
    db.session.rollback()


@use_case
def hasten(actor: Actor) -> None:
    """Changes are told now."""
    for row in db.session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == "notice", OutboxRow.state == "waiting")):
        row.due_at = clock.now()


def change(event: Event, **columns: Any) -> None:
    """Have an event take place otherwise."""
    db.session.rollback()
    kept = {column.name: getattr(event, column.name) for column in fields(events.Header)}
    events.change_event(SYSTEM, event.id, events.Header(**{**kept, **columns}))


def letters_to(registration: Registration) -> list[str]:
    """The kinds of the letters to a registrant."""
    query = sa.select(Letter.kind).where(Letter.registration_id == registration.id).order_by(Letter.created_at)
    return list(db.session.scalars(query))


def told(phone: Phone, site: Site) -> list[dict[str, str]]:
    """What a browser has read so far."""
    return [json.loads(phone.read(body)) for body in site.bodies]


def test_a_message_is_that_of_the_standard():
    """RFC 8291, appendix A."""
    ours = ec.derive_private_key(
        int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = envelopes.sealed(
        b"When I grow up, I want to be a watermelon",
        decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        decode("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=decode("DGv6ra1nlYgDCS1FRnbzlw"), ours=ours, length=0,
    )  # fmt: skip
    assert encode(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
        "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_short_messages_are_of_one_length_and_long_ones_are_read_as_well(site: Site):
    phone = Phone(site)
    sealed = [
        envelopes.sealed(
            text, decode(phone.theirs), decode(phone.auth), salt=b"s" * 16, ours=ec.generate_private_key(ec.SECP256R1())
        )
        for text in (b"a", "网络研讨会".encode() * 20, b"x" * envelopes.LONGEST)
    ]
    assert [len(phone.read(one)) for one in sealed] == [1, 300, envelopes.LONGEST]
    assert len(sealed[0]) == len(sealed[1]) < len(sealed[2]) == 4096
    with pytest.raises(ValueError, match="too long"):
        envelopes.sealed(
            b"x" * (envelopes.LONGEST + 1), decode(phone.theirs), decode(phone.auth),
            salt=b"s" * 16, ours=ec.generate_private_key(ec.SECP256R1()),
        )  # fmt: skip


def test_a_service_can_see_who_sends_and_for_how_long_that_is_good():
    key, now = envelopes.site_key(new_key()), 1_900_000_000.7
    header = key.authorisation("https://push.example.org:8443/send/abc", "mailto:events@example.org", now)
    said = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)", header)
    assert said
    head, claims, signature, public = (decode(part) for part in said.groups())
    assert json.loads(head) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(claims) == {
        "aud": "https://push.example.org:8443", "exp": 1_900_000_000 + 12 * 3600, "sub": "mailto:events@example.org",
    }  # fmt: skip
    verifier = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    signed = f"{said[1]}.{said[2]}".encode()
    verifier.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        verifier.verify(encode_dss_signature(r, s), signed + b"x", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("text", ["x", "A" * 42, "!" * 43])
def test_what_looks_like_no_key_is_said_at_the_start(text: str, tmp_path):
    with pytest.raises(SettingsError, match="EVENTHUB_PUSH_KEY: `eventhub push-keys` makes one"):
        load_settings(push_key=text, data_dir=tmp_path)


@on_sqlite
@pytest.mark.parametrize("raw", [bytes(32), b"\xff" * 32])
def test_what_is_no_key_is_said_by_the_doctor(app, monkeypatch, raw: bytes):
    monkeypatch.setattr(app.extensions["eventhub_settings"], "push_key", encode(raw))
    found = {name: (is_good, said) for name, is_good, said in doctor.examine(app)}
    assert found["push"] == (False, "EVENTHUB_PUSH_KEY is no key: `eventhub push-keys --again` makes one")


@on_sqlite
def test_the_operator_makes_a_key_and_until_then_all_this_is_off(app, event, reader, client, monkeypatch, tmp_path):
    page = f"/zh/registrations/{links.make('registration', reader.id, reader.link_number)}/"
    assert 'id="push"' not in client.get(page).text
    with pytest.raises(NotFound):
        services.turn_on(holder(reader), reader.id, "https://push.example.org/x", "", "")
    found = {name: (is_good, said) for name, is_good, said in doctor.examine(app)}
    assert found["push"][0] and found["push"][1].startswith("off")
    environment = {"EVENTHUB_DATA_DIR": str(tmp_path), "EVENTHUB_PUSH_KEY": ""}
    made = CliRunner().invoke(main, ["push-keys"], env=environment)
    line = re.fullmatch(r"EVENTHUB_PUSH_KEY=([\w-]{43})\n", made.stdout)
    assert line, made.output
    again = CliRunner().invoke(main, ["push-keys"], env={**environment, "EVENTHUB_PUSH_KEY": line[1]})
    assert again.exit_code == 1 and line[1] not in again.output
    monkeypatch.setattr(app.extensions["eventhub_settings"], "push_key", line[1])
    assert envelopes.site_key(line[1]).public in client.get(page).text
    assert {name: said for name, _, said in doctor.examine(app)}["push"] == "0 devices, 0 of them not reached of late"


def test_changes_and_reminders_are_told_once_each_in_the_readers_language(site, event, reader, register, make_session):
    phone, other = Phone(site), Phone(site, "two")
    english = register(event, "Anna Berg", language="en")
    register(event, "Nobody")
    phone.turn_on(reader)
    other.turn_on(english)
    session = make_session(event, "Panel", starts=STARTS + timedelta(hours=1), ends=STARTS + timedelta(hours=2))
    deliver()
    assert site.bodies == []
    change(event, ends=STARTS + timedelta(hours=9))
    programme.move_session(SYSTEM, session.id, STARTS + timedelta(hours=4))
    releases.release(SYSTEM, event.id)
    deliver()
    assert len(site.bodies) == 2
    paths = [request["path"].rpartition("/")[2] for request in site.requests]
    zh, en = (json.loads(one.read(site.bodies[paths.index(name)])) for one, name in ((phone, "one"), (other, "two")))
    assert zh == {
        "title": "活动变更：研讨会：Workshop", "line": "2031年5月7日 星期三 09:00–18:00（北京时间），会议酒店",
        "path": f"/zh/events/{event.slug}/", "lang": "zh-Hans", "about": f"changes:{event.id}",
    }  # fmt: skip
    assert en["title"] == "Changed: Workshop" and en["line"].startswith(
        "Wednesday 7 May 2031, 09:00–18:00 Beijing time"
    )
    assert (en["path"], en["lang"]) == (f"/en/events/{event.slug}/", "en")
    programme.move_session(SYSTEM, session.id, STARTS + timedelta(hours=5))
    releases.release(SYSTEM, event.id)
    deliver()
    line = "Panel: Moved on Wednesday 7 May 2031 from 13:00–14:00 to 14:00–15:00."
    second = [json.loads(other.read(body)) for body in site.bodies[2:] if is_for(other, body)]
    assert [(one["line"], one["path"]) for one in second] == [(line, f"/en/events/{event.slug}/changes/")]
    topics = [request["topic"] for request in site.requests if request["path"].endswith("/two")]
    assert len(topics) == 2 and len(set(topics)) == 1 and len(topics[0]) == 32
    assert len({request["topic"] for request in site.requests}) == 2, "which say nothing of what people have in common"
    # The reminder is made by the database, and is about something else.
    reminders.save_rule(SYSTEM, event.id, RulePlan("event", "registrants", 2, "hours"))
    due = clock.instant(STARTS, event.zone) - timedelta(hours=2)
    before = len(site.bodies)
    for _ in range(2):
        with clock.standing_at(due):
            reminder_jobs.look()
        deliver(due)
    assert len(site.bodies) == before + 2
    last = next(json.loads(other.read(body)) for body in site.bodies[before:] if is_for(other, body))
    assert last["title"] == "Reminder: Workshop" and last["line"] == "Wednesday 7 May 2031, 09:00 Beijing time"
    request = next(one for one in site.requests[before:] if one["path"].endswith("/two"))
    assert (request["urgency"], request["content-encoding"]) == ("high", "aes128gcm")
    assert 7190 <= int(request["ttl"]) <= 7200
    assert request["topic"] != topics[0]
    assert letters_to(english).count("reminder") == letters_to(english).count("programme_changed") == 1


def is_for(phone: Phone, body: bytes) -> bool:
    """Whether a message is for a browser."""
    try:
        phone.read(body)
    except InvalidTag:
        return False
    return True


def test_what_is_over_or_not_so_any_more_is_not_told(site, event, reader):
    phone = Phone(site)
    phone.turn_on(reader)
    site.answer = lambda handler: say(handler, 503, Retry_After="600")
    events.cancel_event(SYSTEM, event.id)
    deliver()
    assert len(site.bodies) == 1
    with clock.standing_at(clock.now() + timedelta(minutes=9)):
        outbox.drain()
    assert len(site.bodies) == 1, "it wants to be left alone for ten minutes"
    events.publish_event(SYSTEM, event.id)
    site.answer = lambda handler: say(handler, 201)
    deliver(clock.now() + timedelta(minutes=11))
    assert [one["title"] for one in told(phone, site)] == [
        "活动取消：研讨会：Workshop",
        "活动恢复举行：研讨会：Workshop",
    ]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 40, MOST_PAUSE),
        (f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -1200", 0),
    ],
)
def test_how_long_a_service_wants_to_be_left_alone(said: str, seconds: float):
    assert Posted(503, b"", said).pause == seconds


def test_the_same_told_as_a_date():
    with clock.standing_at(datetime(2031, 1, 1, tzinfo=UTC)):
        moments = [clock.now() + timedelta(seconds=number) for number in (90, -90)]
        assert [Posted(429, b"", format_datetime(one, usegmt=True)).pause for one in moments] == [90, 0]


@on_sqlite
def test_a_device_that_is_gone_is_forgotten_and_one_that_is_never_reached_too(site, event, reader):
    phone, second = Phone(site), Phone(site, "two")
    phone.turn_on(reader)
    second.turn_on(reader)
    site.answer = lambda handler: say(handler, 410 if handler.path.endswith("one") else 500)
    events.cancel_event(SYSTEM, event.id)
    deliver()
    assert [one.mark for one in devices()] == [second.mark]
    moment = clock.now()
    while devices() and moment < clock.now() + timedelta(days=3):
        row = db.session.scalar(sa.select(OutboxRow).where(OutboxRow.kind == "push", OutboxRow.state == "failed"))
        if row:
            outbox.again(SYSTEM, row.id)
        moment += timedelta(minutes=10)
        with clock.standing_at(moment):
            outbox.drain()
    assert devices() == []
    assert len(site.bodies) == 1 + services.MOST_FAILURES
    assert letters_to(reader).count("event_cancelled") == 1


@on_sqlite
def test_what_a_service_refuses_is_not_tried_again_and_its_words_are_not_kept(site, event, reader):
    Phone(site).turn_on(reader)
    site.answer = lambda handler: say(handler, 403, b"only-this-browser-knows")
    events.cancel_event(SYSTEM, event.id)
    deliver()
    row = db.session.scalar(sa.select(OutboxRow).where(OutboxRow.kind == "push"))
    assert (row.state, row.error, devices()[0].answer, devices()[0].failures) == ("failed", "403", "403", 1)


@on_sqlite
def test_no_more_is_told_than_was_turned_on_and_a_lost_key_ends_it(app, site, event, reader, monkeypatch):
    phones = [Phone(site, str(number)) for number in range(services.MOST_DEVICES + 2)]
    for number, phone in enumerate(phones):
        with clock.standing_at(clock.now() + timedelta(seconds=number)):
            phone.turn_on(reader)
            phone.turn_on(reader)  # twice is once
    assert [one.mark for one in devices()] == [one.mark for one in phones[2:]]
    services.turn_off(holder(reader), reader.id, phones[2].mark)
    services.turn_off(holder(reader), reader.id, phones[2].mark)
    assert len(devices()) == services.MOST_DEVICES - 1
    monkeypatch.setattr(app.extensions["eventhub_settings"], "push_key", new_key())
    change(event, ends=STARTS + timedelta(hours=9))
    deliver()
    assert (site.bodies, devices()) == ([], [])


@on_sqlite
@pytest.mark.parametrize("way", ["cancel", "rotate", "erase", "over"])
def test_devices_end_with_what_they_are_for(site, event, reader, client, way: str):
    phone = Phone(site)
    phone.turn_on(reader)
    change(event, ends=STARTS + timedelta(hours=9))
    match way:
        case "cancel":
            registrations.cancel_registration(holder(reader), reader.id)
        case "rotate":
            access.rotate_link(holder(reader), reader.id)
        case "erase":
            page = f"/en/registrations/{links.make('registration', reader.id, reader.link_number)}/data/erase/"
            assert client.submit(page).status_code in {200, 303}
        case "over":
            with clock.standing_at(clock.instant(STARTS, event.zone) + timedelta(days=29)):
                jobs.forget()
            assert len(devices()) == 1
            with clock.standing_at(clock.instant(STARTS, event.zone) + timedelta(days=31)):
                jobs.forget()
    assert devices() == []
    deliver()
    assert site.bodies == []


@on_sqlite
def test_people_are_told_of_their_devices_and_no_key_to_them_lies_open(site, event, reader, client, capsys):
    phone = Phone(site)
    page = f"/zh/registrations/{links.make('registration', reader.id, reader.link_number)}/"
    asked = {"deed": "on", "endpoint": phone.endpoint, "p256dh": phone.theirs, "auth": phone.auth}
    assert client.submit(f"{page}devices/", asked, form_at=page).json == {"ok": True}
    assert phone.mark in client.get(page).text
    kept = parts.told(reader)["devices"]["devices"]
    assert [(one["push_service"], one["sent_at"]) for one in kept] == [("127.0.0.1", None)]
    assert "127.0.0.1" in client.get(f"{page}data/").text
    events.cancel_event(SYSTEM, event.id)
    deliver()
    assert len(site.bodies) == 1
    said = str(
        [db.session.execute(sa.select(table)).all() for table in (PushSubscription.__table__, OutboxRow.__table__)]
    )
    said += str(db.session.execute(sa.text("SELECT * FROM audit_entries")).all()) + "".join(capsys.readouterr())
    for secret in ("only-this-browser-knows", phone.theirs, phone.auth):
        assert secret not in said
    assert client.submit(f"{page}devices/", {"deed": "none"}, form_at=page).status_code == 303
    assert devices() == []


@on_sqlite
def test_a_browser_that_says_what_cannot_be_is_told_so(site, reader, client, register, event):
    phone, other = Phone(site), register(event)
    page = f"/en/registrations/{links.make('registration', reader.id, reader.link_number)}/"
    good = {"deed": "on", "endpoint": phone.endpoint, "p256dh": phone.theirs, "auth": phone.auth}
    for wrong in (
        {"endpoint": "http://push.example.org/x"}, {"endpoint": "https://me:secret@push.example.org/"},
        {"endpoint": "https://push.example.org/" + "x" * 2000}, {"endpoint": ""},
        {"p256dh": encode(b"\x04" + bytes(64))},
        {"p256dh": phone.theirs[:-2]}, {"p256dh": "王"}, {"auth": ""}, {"auth": encode(bytes(17))},
    ):  # fmt: skip
        answer = client.submit(f"{page}devices/", {**good, **wrong}, form_at=page)
        assert (answer.status_code, answer.json) == (
            422, {"error": "Your browser has given an address that cannot be used."},
        )  # fmt: skip
    assert devices() == []
    assert client.post(f"{page}devices/", data=good).status_code == 400, "another site's form"
    assert client.post("/en/registrations/wrong/devices/", data=good).status_code in {400, 404}
    with pytest.raises(NotFound):
        services.turn_on(holder(other), reader.id, phone.endpoint, phone.theirs, phone.auth)
    with pytest.raises(Invalid):
        services.turn_on(holder(reader), reader.id, "https://x", phone.theirs, phone.auth[:4])


@on_sqlite
def test_a_device_stays_on_when_its_browser_gives_it_another_address(site, event, reader, client):
    before, after, stranger = Phone(site), Phone(site, "two"), Phone(site, "three")
    registration_id = before.turn_on(reader).registration_id

    def tell(phone: Phone, **changes: str) -> int:
        said = {
            "registration": str(registration_id), "was": before.endpoint, "was_auth": before.auth,
            "endpoint": phone.endpoint, "p256dh": phone.theirs, "auth": phone.auth,
        }  # fmt: skip
        return client.post("/en/devices/", data={**said, **changes}).status_code

    def marks() -> list[str]:
        db.session.expire_all()
        return sorted(one.mark for one in db.session.scalars(sa.select(PushSubscription)))

    for unknown in ({"registration": "x"}, {"registration": str(event.id)}, {"was": "x"}, {"was_auth": "x"}):
        assert tell(stranger, **unknown) == 404
    assert tell(stranger, endpoint="http://10.0.0.1/") == 422
    assert marks() == [before.mark]
    assert (tell(after), marks()) == (200, [after.mark])
    assert db.session.scalar(sa.select(PushSubscription)).reached == (after.endpoint, after.theirs, after.auth)
    assert tell(stranger) == 404, "the address before is nobody's any more"
    before.turn_on(reader)
    assert (tell(after), marks()) == (200, [after.mark]), "the page was quicker"


def test_nothing_is_posted_into_our_own_network(site, event, reader):
    inside = Site()
    services.turn_on(
        holder(reader), reader.id, f"https://127.0.0.1:{inside.port}/", Phone(site).theirs, Phone(site).auth
    )
    events.cancel_event(SYSTEM, event.id)
    deliver()
    row = db.session.scalar(sa.select(OutboxRow).where(OutboxRow.kind == "push"))
    assert (inside.connections, row.state, row.error) == (0, "failed", "forbidden")
    inside.server.shutdown()
    inside.server.server_close()


@on_sqlite
def test_what_not_everybody_may_see_leads_to_ones_own_page(site, make_event, register):
    event = make_event("Closed", visibility="invitation", starts=STARTS, ends=STARTS + timedelta(hours=8), in_person=5)
    reader = register(event)
    phone = Phone(site)
    phone.turn_on(reader)
    events.cancel_event(SYSTEM, event.id)
    deliver()
    token = links.make("registration", reader.id, reader.link_number)
    assert [one["path"] for one in told(phone, site)] == [f"/en/registrations/{token}/"]
