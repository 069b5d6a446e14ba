"""How an organisation's documents look."""

from __future__ import annotations

from typing import Any

import pytest

from eventhub.foundation import files
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.db import db
from eventhub.foundation.errors import Invalid, NotFound
from eventhub.foundation.files import StoredFile
from eventhub.foundation.i18n import Translated
from eventhub.organisations.layouts import services
from eventhub.organisations.layouts.papers import layout_of
from eventhub.organisations.layouts.services import LayoutPlan
from tests.conftest import on_sqlite
from tests.documents import multipart, picture, sent


@pytest.fixture
def organisation(make_organisation: Any) -> Any:
    """An organisation without a layout."""
    return make_organisation("Network")


@pytest.fixture
def desk(organisation: Any, make_member: Any, sign_in: Any) -> Any:
    """Its administrator's browser."""
    return sign_in(make_member("administrator", organisation))


def at(organisation: Any, more: str = "") -> str:
    return f"/en/organise/organisations/{organisation.slug}/documents/{more}"


def send(desk: Any, organisation: Any, which: str, data: bytes) -> Any:
    page = desk.get(at(organisation)).text
    token = page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    fields = {"csrf_token": token, f"{which}-file": sent(data, "mark.png")}
    return desk.post(at(organisation, f"{which}/"), **multipart(**fields))


def test_the_page_keeps_a_colour_and_a_letterhead(desk, organisation):
    said = {"colour": "#7B2D3F", "letterhead_en": "12 Example Road\nGeneva", "letterhead_zh": "示例路12号"}
    assert desk.submit(at(organisation), said).status_code == 303
    layout = layout_of(organisation, ["en", "zh"])
    assert layout["colour"] == "#7b2d3f"
    assert layout["letterhead"] == {"en": ["12 Example Road", "Geneva"], "zh": ["示例路12号"]}
    pale = desk.submit(at(organisation), {**said, "colour": "#ffee00"})
    assert pale.status_code == 422
    assert "too light" in pale.text
    assert "示例路12号" in pale.text
    stale = {**said, "letterhead_en": "Elsewhere", "version": "0"}
    assert desk.submit(at(organisation), stale).status_code == 409


@on_sqlite
@pytest.mark.parametrize("colour", ["red", "#12345", "#0f6b6b; }", "#ffffff"])
def test_what_is_no_dark_colour_is_none(app, organisation, colour):
    with app.test_request_context("/en/"), pytest.raises(Invalid):
        services.change_layout(SYSTEM, organisation.id, LayoutPlan(colour, Translated()))


@on_sqlite
def test_a_logo_and_a_signature_are_sent_replaced_and_removed(desk, organisation, make_member, sign_in, client):
    for which in ("logo", "signature"):
        assert send(desk, organisation, which, picture("PNG", mode="RGBA")).status_code == 303
    layout = layout_of(organisation, ["en"])
    assert bytes(layout["logo"]).startswith(b"\xff\xd8")
    assert bytes(layout["signature"]).startswith(b"\xff\xd8")
    first = services.find_layout(organisation.id)
    assert first is not None
    logo_id = first.logo_id
    address = f"/files/{logo_id}/picture.jpg"
    shown = desk.get(address)
    assert shown.data.startswith(b"\xff\xd8")
    shown.close()
    assert client.get(address).status_code == 404
    assert sign_in(make_member()).get(address).status_code == 404
    assert send(desk, organisation, "logo", picture("JPEG")).status_code == 303
    assert db.session.get(StoredFile, logo_id) is None
    refused = send(desk, organisation, "logo", b"<svg/>")
    assert refused.status_code == 422
    assert "not a picture" in refused.text
    for _ in range(2):
        services.remove_picture(SYSTEM, organisation.id, "logo")
    assert layout_of(organisation, ["en"])["logo"] is None
    token = desk.csrf(at(organisation))
    assert desk.post(at(organisation, "signature/remove/"), data={"csrf_token": token}).status_code == 303
    assert layout_of(organisation, ["en"])["signature"] is None


def test_a_picture_whose_bytes_are_gone_is_left_out(desk, organisation):
    send(desk, organisation, "logo", picture("PNG"))
    layout = services.find_layout(organisation.id)
    assert layout is not None
    files.path_of(db.session.get_one(StoredFile, layout.logo_id)).unlink()
    assert layout_of(organisation, ["en"])["logo"] is None


def test_only_administrators_say_how_documents_look(organisation, make_member, sign_in):
    assert sign_in(make_member("organiser", organisation)).get(at(organisation)).status_code == 403
    assert sign_in(make_member("administrator")).get(at(organisation)).status_code == 404
    with pytest.raises(NotFound):
        services.change_layout(VISITOR, organisation.id, LayoutPlan())
