"""Tickets: what they say, and that nobody else can make one."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfReader

from eventhub.app import create_app
from eventhub.attendance import tickets
from eventhub.config import load_settings
from eventhub.events import services as events
from eventhub.foundation import links
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Registration
from tests.conftest import on_sqlite
from tests.phones import IN_WECHAT, SAFARI

pytestmark = on_sqlite


def test_a_ticket_says_whose_it_is_and_always_the_same(event, enter):
    wang = enter("王芳")
    code = tickets.code_of(wang)
    assert len(code) == tickets.LENGTH
    assert code == tickets.code_of(wang)
    said = tickets.read(code)
    assert said is not None
    assert (said.registration_id, said.number, said.is_for(event.id)) == (wang.id, wang.link_number, True)
    assert tickets.read(f" {code[:50].lower()} {code[50:]}\n") == said


@pytest.mark.parametrize("place", [0, 1, 17, 28, 29, 61, 92])
def test_a_changed_ticket_is_none(event, enter, place):
    raw = bytearray(base64.b32decode(tickets.code_of(enter("Ann")) + "==="))
    raw[place] ^= 1
    assert tickets.read(base64.b32encode(raw).decode().rstrip("=")) is None


@pytest.mark.parametrize(
    "code", ["", "A" * tickets.LENGTH, "9" * tickets.LENGTH, "é" * tickets.LENGTH, "https://evil.example", "A" * 10_000]
)
def test_what_is_no_ticket_is_none(app, code):
    assert tickets.read(code) is None


def test_a_ticket_of_another_site_is_none_and_one_of_a_former_key_is_good(app, event, enter, tmp_path):
    code = tickets.code_of(enter("Ann"))
    secret = app.extensions["eventhub_settings"].secret_key

    def elsewhere(**settings: Any) -> Flask:
        url = f"sqlite:///{tmp_path}/other.db"
        return create_app(load_settings(database_url=url, data_dir=tmp_path, secret_key="k" * 32, **settings))

    with elsewhere().app_context():
        assert tickets.read(code) is None
        assert len(tickets.public_keys()) == 1
    with elsewhere(secret_key_fallbacks=[secret]).app_context():
        assert tickets.read(code) is not None
        assert len(tickets.public_keys()) == 2


def test_a_phone_checks_with_public_keys_alone(app, event, enter):
    """What is handed to devices is no secret, and checks by another library than the one that signed."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    key = tickets.public_keys()[0]
    assert set(key) == {"kty", "crv", "x", "y"}
    x, y = (int.from_bytes(base64.urlsafe_b64decode(key[name] + "="), "big") for name in ("x", "y"))
    raw = base64.b32decode(tickets.code_of(enter("Ann")) + "===")
    signature = encode_dss_signature(int.from_bytes(raw[29:61], "big"), int.from_bytes(raw[61:], "big"))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
        signature, raw[:29], ec.ECDSA(hashes.SHA256())
    )


def link_of(registration: Registration, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_the_ticket_is_on_the_private_page_and_on_one_of_its_own(client, event, enter):
    ann, online = enter("Ann <b>Berg</b>"), enter("Olga", "online")
    assert "Ticket as PDF" in client.get(link_of(ann)).text
    page = client.get(link_of(ann, "zh") + "ticket/")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "<svg" in page.text
    assert "Ann &lt;b&gt;Berg" in page.text
    assert "Ticket as PDF" not in client.get(link_of(online)).text
    assert client.get(link_of(online) + "ticket/").status_code == 404


@pytest.mark.parametrize("reader", IN_WECHAT)
@pytest.mark.parametrize(("lang", "words"), [("en", "This address is yours alone."), ("zh", "此地址仅供您本人使用")])
def test_inside_wechat_the_pdf_is_a_page_that_says_how_to_have_it(client, event, enter, lang, words, reader):
    own = link_of(enter("Ann"), lang)
    for page in (own, f"{own}ticket/"):
        assert ("WeChat cannot save files." if lang == "en" else "微信无法保存文件。") in client.get(
            page, headers=reader
        ).text
    answer = client.get(f"{own}ticket.pdf", headers=reader)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert words in answer.text
    assert f">http://127.0.0.1:8000{own}ticket.pdf</textarea>" in answer.text
    assert f'<a class="button" href="{own}ticket/">' in answer.text, "the way back"
    assert client.get("/en/registrations/" + "A" * 43 + "/ticket.pdf", headers=reader).status_code == 404
    assert client.get(f"{own}ticket.pdf").mimetype == "application/pdf"


@pytest.mark.parametrize("reader", [*IN_WECHAT, SAFARI])
def test_the_button_that_only_explains_does_not_stand_out(client, event, enter, reader):
    page = client.get(link_of(enter("Ann")) + "ticket/", headers=reader).text
    [look] = re.findall(r'<a class="([^"]+)" href="[^"]+ticket.pdf"', page)
    assert look == ("button primary" if reader is SAFARI else "button")


def test_only_a_confirmed_place_has_a_ticket(client, event, enter):
    first = [enter(f"P{number}") for number in range(3)]
    waiting = enter("Walter")
    for at in ("ticket/", "ticket.pdf"):
        assert client.get(link_of(waiting) + at).status_code == 404
    registrations.cancel_registration(SYSTEM, first[0].id)
    assert client.get(link_of(first[0]) + "ticket/").status_code == 404
    assert client.get(link_of(waiting) + "ticket/").status_code == 200
    events.cancel_event(SYSTEM, event.id)
    assert client.get(link_of(waiting) + "ticket/").status_code == 404
    assert "Ticket as PDF" not in client.get(link_of(waiting)).text
    assert client.get("/en/registrations/" + "A" * 43 + "/ticket/").status_code == 404


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ["Ticket", "Roundtable", "In person"]), ("zh", ["参会凭证", "研讨会", "线下"])]
)
def test_the_pdf_speaks_the_language_of_its_address_and_sets_every_character(client, event, enter, lang, words):
    rare = enter("龑䶮𠮷 #panic() *b* <l>", organisation="爱德基金会")
    answer = client.get(link_of(rare, lang) + "ticket.pdf")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    text = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert all(word in text for word in [*words, "龑䶮𠮷 #panic() *b* <l>", "爱德基金会"])


def test_a_name_that_no_font_has_whole_has_a_ticket_and_stands_whole_on_the_page(client, event, enter):
    ann = enter("Ann \U0001e900")
    answer = client.get(link_of(ann) + "ticket.pdf")
    assert answer.status_code == 200
    assert "Ann □" in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    assert "Ann \U0001e900" in client.get(link_of(ann) + "ticket/").text


def test_no_connection_is_held_while_a_ticket_is_set(client, event, enter, monkeypatch):
    held = []

    def typeset(*_: Any) -> bytes:
        held.append(db.session().in_transaction())
        return b"%PDF-1.7"

    monkeypatch.setattr("eventhub.attendance.ticket_views.typeset", typeset)
    assert client.get(link_of(enter("Ann")) + "ticket.pdf").status_code == 200
    assert held == [False]


def test_the_code_is_drawn_as_it_is(app, event, enter):
    """The rows that the document draws are those of the code, and a reader of codes finds the ticket in them."""
    code = tickets.code_of(enter("Ann"))
    rows = tickets.matrix_of(code)
    assert len(rows) == len(rows[0]) == 41
    image = Image.new("1", (49, 49), 1)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            image.putpixel((x + 4, y + 4), cell == "0")
    assert image.getpixel((4, 4)) == 0


def test_no_ticket_lies_in_the_database(event, enter):
    code = tickets.code_of(enter("Ann"))
    stored = str(db.session.connection().exec_driver_sql("SELECT * FROM registrations").all())
    assert code not in stored
