"""Materials over HTTP: by a speaker's link, on the organiser's desk, and for everybody who sees the session."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from eventhub.foundation.actor import SYSTEM, Actor
from eventhub.foundation.db import db, use_case
from eventhub.foundation.files import MEGABYTE
from eventhub.foundation.i18n import EMPTY
from eventhub.materials import services
from eventhub.materials.models import Material
from eventhub.organisations.models import Organisation
from eventhub.programme import services as programme
from eventhub.programme.models import SessionRole
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import both, make_public, on_sqlite, organisation_of
from tests.documents import docx, multipart, pdf, pptx, sent
from tests.filled import filled
from tests.phones import IN_WECHAT
from tests.queries import count_queries

pytestmark = on_sqlite


def fetch(browser: Any, address: str) -> Any:
    return browser.get(address, buffered=True)


def materials() -> list[Material]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Material).order_by(Material.created_at)))


def address_of(material: Material) -> str:
    return f"/files/{material.file.id}/{material.file.name}"


@pytest.fixture
def slides(link, role, upload) -> Material:
    with upload("Flood.pdf") as received:
        return services.add_slides(link, role.id, received)


@pytest.fixture
def room(event) -> str:
    return f"/en/organise/events/{event.slug}/materials/"


# --- by the speaker's link ---------------------------------------------------------------------------------


def test_a_speaker_sends_slides_sees_them_and_takes_them_back(client, page, role, event):
    own = f"{page}slides/{role.id}/"
    shown = client.get(page).text
    assert f'action="{own}" enctype="multipart/form-data"' in shown
    assert "Localisation" in shown
    answer = client.submit(own, {"file": sent(pptx(), "Flood.pptx")}, form_at=page)
    assert (answer.status_code, answer.location) == (303, page)
    shown = client.get(page).text
    assert "Your slides have arrived" in shown
    assert f'href="{own}Flood.pptx"' in shown
    assert "Held" in shown
    got = fetch(client, f"{own}Flood.pptx")
    assert (got.status_code, got.data) == (200, pptx())
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert (got.headers["Cache-Control"], got.headers["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    assert client.submit(own, {"file": sent(pdf(), "Flood 2.pdf")}, form_at=own).status_code == 303
    assert fetch(client, f"{own}Flood.pptx").status_code == 404
    assert client.submit(f"{own}remove/", form_at=page).status_code == 303
    assert materials() == []
    assert client.get(f"{own}Flood 2.pdf").status_code == 404


@pytest.mark.parametrize("name", ["Flood.pdf", "洪水 50% #1.pdf"])
def test_inside_wechat_slides_are_a_page_with_the_address_that_gives_them(client, page, link, role, upload, name):
    with upload(name) as received:
        kept = services.add_slides(link, role.id, received)
    desk_name = kept.file.name
    shown = client.get(page, headers=IN_WECHAT[0]).text
    assert "WeChat cannot save files." in shown
    assert "WeChat" not in client.get(page).text
    own = f"{page}slides/{role.id}/{quote(desk_name)}"
    answer = client.get(own, headers=IN_WECHAT[0])
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "sandbox" not in answer.headers["Content-Security-Policy"], "it is one of our pages, with its style"
    assert "This address is yours alone." in answer.text
    assert f'href="{page}slides/{role.id}/"' in answer.text, "the way back"
    address = re.search(r'id="file-address"[^>]*>http://127.0.0.1:8000([^<]+)<', answer.text)
    assert address
    assert fetch(client, unescape(address[1])).data == pdf()


def test_a_file_whose_address_has_no_language_is_explained_in_the_reader_s(client, slides, organiser):
    services.release_material(organiser, slides.id)
    address = address_of(slides)
    for lang, word in (("zh-CN", "微信无法保存文件。"), ("en", "WeChat cannot save files.")):
        answer = client.get(address, headers={**IN_WECHAT[1], "Accept-Language": lang})
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert word in answer.text
        assert "yours alone" not in answer.text
    before = "/en/events/workshop/?zone=all"
    for referrer, leads_back in (
        (f"http://127.0.0.1:8000{before}", True),
        (f"http://elsewhere.example{before}", False),
        (f"http://127.0.0.1:8000.example{before}", False),
        (f"http://[{before}", False),  # which is no address at all
    ):
        told = {**IN_WECHAT[1], "Accept-Language": "zh-CN", "Referer": referrer}
        shown = client.get(address, headers=told).text
        assert ("WeChat cannot save files." in shown, f'href="{before}"' in shown) == (leads_back, leads_back)
    plain = fetch(client, address)
    assert (plain.data, plain.headers["Cache-Control"]) == (pdf(), "no-cache")
    assert "User-Agent" in plain.headers["Vary"]


def test_what_is_wrong_is_said_beside_the_field_in_the_reader_s_language(client, page, role):
    own = f"{page}slides/{role.id}/"
    for lang, words in (("en", "carries programs"), ("zh", "含有宏或脚本")):
        address = own.replace("/en/", f"/{lang}/")
        macros = sent(pptx({"ppt/vbaProject.bin": b"1"}), "Flood.pptx")
        answer = client.submit(address, {"file": macros})
        assert answer.status_code == 422
        field = f"slides-{role.id.hex[:12]}"
        assert words in answer.text.split(f'<p class="error" id="{field}-error">')[1].split("</p>")[0]
        assert f'aria-describedby="{field}-help {field}-error"' in answer.text
    assert "Please choose a file." in client.submit(own).text
    form = multipart(csrf_token=client.csrf(own), file=sent(pdf(words="x" * 26 * MEGABYTE)))
    refused = client.post(own, **form)
    assert refused.status_code == 422
    assert "larger than 25 MB" in refused.text
    assert materials() == []


def test_a_speaker_reaches_only_their_own_parts(client, page, session, make_session, make_event, event):
    other = session.speakers[1]
    elsewhere = make_session(make_event(), speakers=[SpeakerPlan("keynote", name=both("Somebody"))]).speakers[0]
    for role in (other, elsewhere):
        for rest in ("", "Flood.pdf"):
            assert client.get(f"{page}slides/{role.id}/{rest}").status_code == 404
        assert client.submit(f"{page}slides/{role.id}/remove/", form_at=page).status_code == 404
    assert client.get(f"/en/speak/{'A' * 43}/slides/{other.id}/").status_code == 404


def test_a_part_that_is_over_keeps_its_slides_and_takes_no_more(client, page, slides, role):
    use_case(lambda actor: setattr(role, "state", "withdrawn"))(SYSTEM)
    shown = client.get(page).text
    own = f"{page}slides/{role.id}/"
    assert f"{own}Flood.pdf" in shown
    assert f'action="{own}"' not in shown
    refused = client.submit(own, {"file": sent(pdf())}, form_at=page)
    assert refused.status_code == 422
    assert "No slides are wanted" in refused.text


def test_who_has_no_part_with_slides_sees_nothing_of_them(client, page, role):
    use_case(lambda actor: setattr(role, "role", "interpreter"))(SYSTEM)
    assert "Slides" not in client.get(page).text


def test_looking_changes_nothing(client, page, slides, role, desk, room):
    for address in (page, f"{page}slides/{role.id}/", room, f"{room}new/", f"{room}{slides.id}/"):
        assert desk.get(address).status_code == 200
    for deed in ("release", "hold", "remove"):
        assert desk.get(f"{room}{slides.id}/{deed}/").status_code == 405
    assert desk.get(f"{room}release/").status_code == 405
    assert (len(materials()), materials()[0].state) == (1, "held")


# --- for everybody -----------------------------------------------------------------------------------------


def test_what_is_released_is_on_the_page_of_its_session_and_what_is_held_is_not_there(
    client, desk, slides, event, session, organiser, make_member, sign_in
):
    public, file = f"/en/events/{event.slug}/sessions/{session.slug}/", address_of(slides)
    stranger = sign_in(make_member("administrator"))
    assert "Materials" not in client.get(public).text
    for browser in (client, stranger):
        assert fetch(browser, file).status_code == 404
    assert fetch(desk, file).headers["Cache-Control"] == "private, no-store"
    services.release_material(organiser, slides.id)
    shown = client.get(public).text
    assert f'href="{file}">Lessons of a flood</a>' in shown
    assert "Given Family" in shown.split("Materials</h2>")[1]
    assert f'href="{file}">洪水的教训</a>' in client.get(public.replace("/en/", "/zh/")).text
    got = fetch(client, file)
    assert (got.status_code, got.data, got.headers["Cache-Control"]) == (200, pdf(), "no-cache")
    services.hold_material(organiser, slides.id)
    again = client.get(file, headers={"If-None-Match": got.headers["ETag"]})
    assert again.status_code == 404


def test_what_is_released_is_seen_by_nobody_who_may_not_see_its_session(
    client, desk, slides, event, session, organiser
):
    services.release_material(organiser, slides.id)
    file = address_of(slides)
    assert fetch(client, file).status_code == 200
    for row, name, hidden, shown in (
        (event, "status", "draft", "published"),
        (event, "visibility", "invitation", "public"),
        (session, "is_chatham_house", True, False),
    ):
        use_case(lambda actor, row=row, name=name, value=hidden: setattr(row, name, value))(SYSTEM)
        assert fetch(client, file).status_code == 404, name
        assert fetch(desk, file).status_code == 200
        use_case(lambda actor, row=row, name=name, value=shown: setattr(row, name, value))(SYSTEM)
        assert fetch(client, file).status_code == 200
    programme.delete_session(SYSTEM, session.id)
    assert fetch(client, file).status_code == 200  # as long as the public sees the session
    make_public(event)
    assert fetch(client, file).status_code == 404


def test_a_title_in_both_languages_goes_before_the_name_of_the_file(client, desk, event, session, organiser, upload):
    with upload("list.pdf") as received:
        handout = services.add_handout(organiser, session.id, received, both("Reading list", "阅读清单"))
    services.release_material(organiser, handout.id)
    public = f"/zh/events/{event.slug}/sessions/{session.slug}/"
    assert ">阅读清单</a>" in client.get(public).text
    services.change_material(organiser, handout.id, EMPTY)
    assert ">list.pdf</a>" in client.get(public).text


# --- on the desk -------------------------------------------------------------------------------------------


def test_an_organiser_adds_changes_releases_and_removes(desk, room, event, session, role, client):
    form = desk.get(f"{room}new/").text
    assert f'<optgroup label="1. Localisation"><option value="handout:{session.id}">' in form
    answer = desk.submit(
        f"{room}new/",
        {"place": f"handout:{session.id}", "file": sent(docx(), "list.docx"), "title_en": "Reading list"},
    )
    assert (answer.status_code, answer.location) == (303, room)
    answer = desk.submit(f"{room}new/", {"place": f"slides:{role.id}", "file": sent(pptx(), "Flood.pptx")})
    assert answer.status_code == 303
    handout, slides = materials()
    assert (handout.title.texts, slides.role_id) == ({"en": "Reading list"}, role.id)
    listed = desk.get(room).text
    for word in ("Reading list", "Lessons of a flood", "DOCX", "PPTX", "Release all"):
        assert word in listed
    edit = f"{room}{handout.id}/"
    values = filled(desk.get(edit).text, title_zh="阅读清单")
    values.pop("file", None)
    assert desk.post(edit, data=values).status_code == 303
    values = filled(desk.get(edit).text, file=sent(pdf(), "list.pdf"))
    assert desk.post(edit, data=values).status_code == 303
    assert next((one.title.in_("zh"), one.file.name) for one in materials()) == ("阅读清单", "list.pdf")
    assert desk.submit(f"{room}{slides.id}/release/", form_at=room).status_code == 303
    assert [one.state for one in materials()] == ["held", "released"]
    assert desk.submit(f"{room}release/", form_at=room).status_code == 303
    assert [one.state for one in materials()] == ["released", "released"]
    assert "Release all" not in desk.get(room).text
    assert desk.submit(f"{room}{slides.id}/hold/", form_at=room).status_code == 303
    assert desk.submit(f"{room}{slides.id}/remove/", form_at=room).status_code == 303
    assert [one.kind for one in materials()] == ["handout"]


def test_what_an_organiser_sends_wrong_is_said_beside_the_field(desk, room, session, role, slides):
    for place, file, words in (
        (f"slides:{role.id}", sent(docx(), "list.docx"), "one of these: .pdf, .pptx, .odp, .key"),
        (f"handout:{session.id}", sent(pptx(), "a.pptx"), "one of these: .pdf, .docx, .odt"),
        (f"handout:{session.id}", sent(b"<svg/>", "a.svg"), "one of these"),
        ("", sent(pdf()), "Please choose what it is for."),
        ("handout:nonsense", sent(pdf()), "Not a valid choice."),
        (f"handout:{session.id}", None, "Please choose a file."),
    ):
        answer = desk.submit(f"{room}new/", {"place": place, "title_en": "Kept", **({"file": file} if file else {})})
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="Kept"' in answer.text
    values = filled(desk.get(f"{room}{slides.id}/").text, file=sent(docx(), "list.docx"))
    assert desk.post(f"{room}{slides.id}/", data=values).status_code == 422
    assert len(materials()) == 1


def test_two_who_rename_at_once_lose_nothing(desk, room, slides):
    edit = f"{room}{slides.id}/"
    mine, theirs = filled(desk.get(edit).text, title_en="Mine"), filled(desk.get(edit).text, title_en="Theirs")
    for values in (mine, theirs):
        values.pop("file", None)
    assert desk.post(edit, data=theirs).status_code == 303
    met = desk.post(edit, data=mine)
    assert met.status_code == 409
    assert "Theirs" in met.text
    assert 'value="Mine"' in met.text


def test_a_release_that_would_show_who_spoke_is_refused_in_words(desk, room, slides, session):
    use_case(lambda actor: setattr(session, "is_chatham_house", True))(SYSTEM)
    assert "under the Chatham House Rule: they are not shown" in desk.get(room).text
    desk.submit(f"{room}{slides.id}/release/", form_at=room)
    assert "slides would show who spoke" in desk.get(room).text
    assert materials()[0].state == "held"


def test_slides_without_their_speaker_are_marked(desk, room, slides, session, role):
    use_case(lambda actor: db.session.delete(db.session.get(SessionRole, role.id)))(SYSTEM)
    assert "no longer in the session" in desk.get(room).text


def test_what_waits_is_told_on_the_overview(desk, room, slides, event, organiser):
    overview = f"/en/organise/events/{event.slug}/"
    assert "1 file waits to be released" in desk.get(overview).text
    services.release_material(organiser, slides.id)
    assert "to be released" not in desk.get(overview).text


def test_viewers_look_and_strangers_do_not(room, slides, organiser, make_member, sign_in, client, event):
    viewer = sign_in(make_member("viewer", db.session.get(Organisation, organisation_of(organiser))))
    assert viewer.get(room).status_code == 200
    assert "Release" not in viewer.get(room).text.split('class="table-scroll')[1].replace("Released", "")
    assert fetch(viewer, address_of(slides)).status_code == 200
    assert "to be released" not in viewer.get(f"/en/organise/events/{event.slug}/").text
    stranger = sign_in(make_member("administrator"))
    token = stranger.csrf("/en/organise/new-event/")
    for rest in ("", "new/", f"{slides.id}/"):
        assert stranger.get(room + rest).status_code == 404
        assert client.get(room + rest).status_code == 302
        if rest:
            assert viewer.get(room + rest).status_code == 403
    for rest in (f"{slides.id}/release/", f"{slides.id}/remove/", "release/", "new/"):
        for browser, status in ((stranger, 404), (viewer, 403)):
            assert browser.post(room + rest, data={"csrf_token": token}).status_code in {status, 400}
    assert materials()[0].state == "held"


def test_another_events_material_is_not_there(desk, slides, organiser, make_event):
    other = make_event(organisation=organisation_of(organiser))
    assert desk.get(f"/en/organise/events/{other.slug}/materials/{slides.id}/").status_code == 404


def test_a_longer_list_asks_no_more_of_the_database(
    desk, client, page, room, event, session, role, organiser, make_session, upload, person
):
    public = f"/en/events/{event.slug}/sessions/{session.slug}/"

    def add(actor: Actor) -> None:
        another = make_session(event, speakers=[SpeakerPlan("panellist", person_id=person.id)])
        for do, thing in ((services.add_slides, another.speakers[0].id), (services.add_handout, session.id)):
            with upload() as received:
                services.release_material(actor, do(actor, thing, received).id)

    addresses = [(desk, room), (desk, f"{room}new/"), (client, f"{page}slides/{role.id}/"), (client, public)]

    def counts() -> list[int]:
        found = []
        for browser, address in addresses:
            assert browser.get(address).status_code == 200
            with count_queries() as queries:
                browser.get(address)
            found.append(len(queries))
        return found

    add(organiser)
    with_one = counts()
    add(organiser)
    add(organiser)
    assert counts() == with_one
