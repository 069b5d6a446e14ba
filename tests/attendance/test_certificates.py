"""Certificates: who has earned one, what stands on it, and what a stranger learns of it."""

from __future__ import annotations

import io
import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from eventhub.attendance import services as attendance
from eventhub.attendance.certificates import papers, personal, queries, services, texts
from eventhub.attendance.certificates.models import Certificate
from eventhub.attendance.certificates.services import Plan
from eventhub.attendance.papers.bearers import Choice, list_bearers
from eventhub.events import services as events
from eventhub.foundation import clock, links
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import Conflict, Invalid, NotFound
from eventhub.foundation.i18n import Translated, format_days
from eventhub.people.names import Names
from eventhub.privacy import services as privacy
from eventhub.programme import speakers
from eventhub.programme.models import Speaker
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.speaker_queries import list_parts
from eventhub.registrations import services as registrations
from tests.conftest import both, on_sqlite, organisation_of
from tests.phones import IN_WECHAT
from tests.queries import count_queries

from .conftest import scan

pytestmark = on_sqlite

ROOM = "/en/organise/events/workshop/documents/certificates/"


@pytest.fixture
def event(make_event: Any, make_member: Any) -> Any:
    """An event of tomorrow, which is over when `later` has come."""
    nine = datetime.combine((clock.now() + timedelta(days=1)).date(), time(9))
    days = {"starts": nine, "ends": nine + timedelta(hours=8)}
    return make_event("Workshop", slug="workshop", in_person=99, organisation=organisation_of(make_member()), **days)


@pytest.fixture
def later(monkeypatch: Any) -> Any:
    """Let a week go by."""

    def go() -> None:
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=7))

    return go


@pytest.fixture
def desk(event: Any, make_member: Any, sign_in: Any) -> Any:
    """An organiser's browser."""
    return sign_in(make_member("organiser", event.organisation))


def arrive(event: Any, who: Any, *sessions: Any) -> None:
    for session in sessions or (None,):
        attendance.check_in(SYSTEM, event.id, scan(who_id=who.id, session_id=session.id if session else None))


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def link_of(registration: Any, lang: str = "en") -> str:
    return f"/{lang}/registrations/{links.make('registration', registration.id, registration.link_number)}/"


def test_who_was_there_has_earned_one_and_the_plan_may_ask_for_more(app, event, enter, make_session):
    first, second = make_session(event, "First"), make_session(event, "Second")
    make_session(event, "Third")
    here, often, absent = enter("Here"), enter("Often"), enter("Absent")
    arrive(event, here)
    arrive(event, often, first, second)
    gone = enter("Gone")
    arrive(event, gone)
    registrations.cancel_registration(SYSTEM, gone.id)

    def earned(**plan: int) -> list[str]:
        row = services.change_plan(SYSTEM, event.id, Plan(**plan))
        return [one.registration.name for one in queries.list_earned(event, row)]

    assert earned() == ["Here", "Often"]
    assert earned(least_sessions=2) == ["Often"]
    assert earned(least_sessions=3) == []
    assert earned(least_share=66) == ["Often"]
    assert earned(least_share=67) == []
    assert absent.name not in earned()


def test_they_are_issued_once_when_the_event_is_over(event, enter, later, app):
    ann = enter("Ann")
    arrive(event, ann)
    with app.test_request_context("/en/"), pytest.raises(Conflict, match="when the event is over"):
        services.issue_certificates(SYSTEM, event.id)
    later()
    assert services.issue_certificates(SYSTEM, event.id) == 1
    assert services.issue_certificates(SYSTEM, event.id) == 0
    with pytest.raises(NotFound):
        services.issue_certificates(VISITOR, event.id)
    one = queries.find_of_registration(ann)
    assert one is not None
    assert len(one.code) == 26
    assert one.said["languages"] == ["en", "zh"]
    assert one.said["title"] == {"en": "Certificate of attendance", "zh": "参会证明"}
    assert "“研讨会：Workshop”" in one.said["text"]["zh"]
    assert db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.fact == "CertificateIssued")) == 1


def test_texts_of_organisers_are_filled_in_once_and_are_nothing_but_text(event, enter, later, app):
    name = "{event} #panic() {event.__class__} %s"
    ann = enter(name)
    arrive(event, ann)
    text = Translated.of(en="{name} was at {event}, {sessions}, {{organiser}} #let x = 1", zh="{name}参加了{event}")
    plan = Plan(form="en", title=both("Certificate *b*"), text=text, signatory=both("Dr Sign"))
    services.change_plan(SYSTEM, event.id, plan)
    later()
    services.issue_certificates(SYSTEM, event.id)
    one = queries.find_of_registration(ann)
    assert one is not None
    assert one.said["languages"] == ["en"]
    assert one.said["text"]["en"].startswith(f"{name} was at Workshop, 0, {{Network")
    with app.test_request_context("/en/"):
        said = papers.values_of(event, [one])
        assert said["certificates"][0]["code"].count("-") == 6
        for wrong in ("{registration.address}", "{}", "{code}"):
            if wrong == "{registration.address}":
                assert texts.unknown_places(wrong) == []
                assert texts.filled(wrong, {}) == wrong
                continue
            with pytest.raises(Invalid) as refused:
                services.change_plan(SYSTEM, event.id, Plan(text=Translated.of(en=wrong)))
            assert refused.value.field == "text_en"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("en", ["Certificate of attendance", "/en/verify/"]),
        ("both", ["参会证明", "Certificate", "/zh/verify/", "/en/verify/"]),
    ],
)
def test_a_person_finds_theirs_on_their_page_and_its_code_is_good(client, event, enter, later, form, words):
    wang = enter("龑䶮𠮷 王")
    arrive(event, wang)
    services.change_plan(SYSTEM, event.id, Plan(form=form))
    assert client.get(f"{link_of(wang)}certificate.pdf").status_code == 404
    assert "Certificate as PDF" not in client.get(link_of(wang)).text
    later()
    services.issue_certificates(SYSTEM, event.id)
    page = client.get(link_of(wang)).text
    assert page.index("Certificate as PDF") < page.index('class="columns"'), "it stands where the page begins"
    answer = client.get(f"{link_of(wang)}certificate.pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    text = text_of(answer.data)
    assert all(word in text for word in ["龑䶮𠮷 王", *words])
    one = queries.find_of_registration(wang)
    assert one is not None
    assert "-".join(one.code[at : at + 4] for at in range(0, 26, 4)) in text
    page = client.get(f"/en/verify/{one.code}/")
    assert page.status_code == 200
    assert "Yes: a certificate" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    for told in ("龑", "Workshop", str(one.created_at.year), "attendance"):
        assert told not in page.text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize(("length", "is_long"), [(38, False), (43, False), (38, True), (43, True)])
def test_no_line_ends_within_a_day(client, event, enter, later, length, is_long):
    ann = enter("Ann")
    arrive(event, ann)
    if is_long:
        event.ends += timedelta(days=1)
        event.ends_at += timedelta(days=1)
        db.session.commit()
    plan = Plan(form="zh", text=Translated.of("zh", zh="字" * length + "（{dates}），特此证明。"))
    services.change_plan(SYSTEM, event.id, plan)
    later()
    services.issue_certificates(SYSTEM, event.id)
    day = format_days(event.starts.date(), event.ends.date(), "zh")
    text = text_of(client.get(f"{link_of(ann)}certificate.pdf").data)
    assert any(day.replace(" ", "") in line.replace(" ", "") for line in text.splitlines())


def test_of_a_code_nobody_learns_more_than_whether_it_is_good(client, event, enter, later):
    ann = enter("Ann")
    arrive(event, ann)
    later()
    services.issue_certificates(SYSTEM, event.id)
    one = queries.find_of_registration(ann)
    assert one is not None
    typed = "-".join(one.code[at : at + 4] for at in range(0, 26, 4)).lower().replace("o", "0").replace("i", "1")
    full_width = "".join(chr(ord(mark) + 0xFEE0) for mark in typed)
    assert queries.is_valid(typed)
    assert queries.is_valid(full_width)
    assert client.get("/en/verify/").status_code == 200
    for code in (typed, full_width):
        led = client.get("/en/verify/", query_string={"code": code})
        assert led.location == f"/en/verify/{one.code}/"
    services.revoke_certificate(SYSTEM, one.id)
    services.revoke_certificate(SYSTEM, one.id)

    def said(code: str) -> str:
        page = client.get(f"/zh/verify/{code}/")
        assert page.status_code == 200
        return page.text.replace(code, "")

    with count_queries() as known:
        revoked = said(one.code)
    with count_queries() as unknown:
        assert said("B" * 26) == revoked
    assert len(known) == len(unknown)
    for code in ("A" * 26, "x", "é" * 4000, "'--"):
        assert "没有使用该编码的有效证明" in said(code)
    assert queries.find_of_registration(ann) is None


def test_a_corrected_name_makes_a_new_one_and_ends_the_old(desk, event, enter, later, app):
    ann = enter("Ann Bergg")
    arrive(event, ann)
    later()
    desk.submit(f"{ROOM}issue/", form_at=ROOM)
    old = queries.find_of_registration(ann)
    assert old is not None
    registrations.change_registration(SYSTEM, ann.id, registrations.Details(name="Ann Berg", address=ann.address), None)
    assert "Now: Ann Berg" in desk.get(ROOM).text
    answer = desk.submit(f"{ROOM}{old.id}/reissue/", form_at=ROOM)
    assert answer.status_code == 303
    assert "Ann Berg has a new certificate, and the old one is revoked." in desk.get(ROOM).text
    new = queries.find_of_registration(ann)
    assert new is not None
    assert (new.name, new.said["name"], new.id != old.id) == ("Ann Berg", ["Ann Berg", ""], True)
    assert (queries.is_valid(old.code), queries.is_valid(new.code)) == (False, True)
    with app.test_request_context("/en/"), pytest.raises(Conflict):
        services.reissue_certificate(SYSTEM, old.id)
    desk.submit(f"{ROOM}{new.id}/revoke/", form_at=ROOM)
    assert "The certificate of Ann Berg is revoked." in desk.get(ROOM).text
    assert not queries.is_valid(new.code)
    assert services.issue_certificates(SYSTEM, event.id) == 0
    desk.submit(f"{ROOM}{new.id}/reissue/", form_at=ROOM)
    assert queries.find_of_registration(ann) is not None


def test_who_spoke_has_one_on_their_own_page_without_what_is_under_the_rule(
    client, event, make_session, make_person, later
):
    zhang = make_person(Names(family="Zhang", given="Wei", han_family="张", han_given="伟"))
    part = SpeakerPlan("panellist", person_id=zhang.id)
    make_session(event, "Opening", speakers=[part])
    make_session(event, "Behind doors", is_chatham_house=True, speakers=[part])
    speakers.invite(SYSTEM, event.id, [zhang.id])
    speaker = speakers_of(event)[0]
    token = links.make("speaker", speaker.id, speaker.link_number)
    speakers.answer(SYSTEM, speaker.id, [one.id for one in parts_of(speaker)], accepts=True)
    assert client.get(f"/en/speak/{token}/certificate.pdf").status_code == 404
    later()
    assert services.issue_certificates(SYSTEM, event.id) == 1
    one = queries.find_of_speaker(speaker)
    assert one is not None
    assert one.said["name"] == ["Wei Zhang", "张伟"]
    assert "Panellist, “Opening”" in one.said["text"]["en"]
    assert "Behind" not in str(one.said)
    assert "下载 PDF 证明" in client.get(f"/zh/speak/{token}/").text
    assert "嘉宾" in text_of(client.get(f"/zh/speak/{token}/certificate.pdf").data)
    assert services.reissue_certificate(SYSTEM, one.id).said["text"] == one.said["text"]


def speakers_of(event: Any) -> list[Any]:
    return list(db.session.scalars(select(Speaker).where(Speaker.event_id == event.id)))


def parts_of(speaker: Any) -> list[Any]:
    return list(list_parts(speaker))


def test_the_desk_prints_all_that_are_good_and_the_audit_says_so(desk, event, enter, later, monkeypatch):
    for name in ("Ann", "Bob"):
        arrive(event, enter(name))
    later()
    assert desk.submit(f"{ROOM}print/", form_at=ROOM).status_code == 303  # there is none yet
    services.issue_certificates(SYSTEM, event.id)
    text = text_of(desk.submit(f"{ROOM}print/", form_at=ROOM).data)
    assert "Ann" in text
    assert "Bob" in text
    line = db.session.scalar(select(AuditEntry).where(AuditEntry.fact == "ListPrinted"))
    assert line is not None
    assert (line.data["kind"], line.data["rows"]) == ("certificates", 2)


@pytest.mark.parametrize("reader", IN_WECHAT)
def test_inside_wechat_certificates_are_explained_and_checked(client, desk, event, enter, later, reader):
    ann = enter("Ann")
    arrive(event, ann)
    later()
    services.issue_certificates(SYSTEM, event.id)
    certificate = db.session.scalars(select(Certificate)).one()
    for browser in (client, desk):
        browser.environ_base["HTTP_USER_AGENT"] = reader["User-Agent"]
    room = desk.get(ROOM).text
    assert "WeChat cannot save files." in room
    for way in (f"{ROOM}print/", f"{ROOM}{certificate.id}/print/"):
        answer = desk.submit(way, form_at=ROOM)
        assert (answer.status_code, answer.location) == (303, ROOM)
    db.session.rollback()
    assert db.session.scalar(select(AuditEntry).where(AuditEntry.fact == "ListPrinted")) is None
    own = client.get(link_of(ann)).text
    looks = re.findall(r'<a class="([^"]+)" href="[^"]+certificate.pdf"', own)
    assert looks == ["button", "button"], "what only explains does not stand out"
    assert len(re.findall(r"certificate.pdf.{1,80}</p>\s+<p[^>]*>WeChat cannot save files", own)) == 2
    assert 'id="file-address"' in client.get(f"{link_of(ann)}certificate.pdf").text
    page = client.get(f"/en/verify/{certificate.code}/").text
    assert "is valid." in page
    assert not re.search("webcal:|target=|[.]pdf", page)


def test_the_form_of_the_plan_keeps_what_was_typed(desk, event):
    said = {"form": "zh", "least_sessions": "1", "least_share": "0", "text_en": "{nobody}", "title_zh": "结业证明"}
    answer = desk.submit(ROOM, said)
    assert answer.status_code == 422
    assert "{nobody} means nothing here" in answer.text
    assert "结业证明" in answer.text
    assert desk.submit(ROOM, {**said, "text_en": "{name}"}).status_code == 303
    plan = queries.find_plan(event)
    assert plan is not None
    assert (plan.form, plan.least_sessions, plan.title.in_("zh")) == ("zh", 1, "结业证明")
    version = plan.version
    assert desk.submit(ROOM, {**said, "text_en": "{event}", "version": str(version)}).status_code == 303
    assert desk.submit(ROOM, {**said, "least_share": "101"}).status_code == 422
    assert "When the event is over" in desk.get(ROOM).text


def test_a_page_of_many_asks_no_more_than_of_one(desk, event, enter, later):
    people = [enter(f"P{number}") for number in range(3)]
    arrive(event, people[0])
    later()
    services.issue_certificates(SYSTEM, event.id)
    with count_queries() as one:
        desk.get(ROOM)
    for person in people[1:]:
        arrive(event, person)
    services.issue_certificates(SYSTEM, event.id)
    with count_queries() as three:
        desk.get(ROOM)
    assert len(one) == len(three)


def test_erasing_leaves_the_number_and_no_word(event, enter, later):
    ann = enter("Ann Secret")
    arrive(event, ann)
    later()
    services.issue_certificates(SYSTEM, event.id)
    holder = Actor("link", thing_id=ann.id, purpose="registration")
    told = personal.told(ann)["certificates"]
    assert (told[0]["name"], told[0]["revoked_at"]) == ("Ann Secret", None)
    with pytest.raises(NotFound):
        personal.erase(VISITOR, ann)
    personal.erase(holder, ann)
    privacy.erase(SYSTEM, ann.id)
    plan = services.change_plan(SYSTEM, event.id, Plan())
    assert (queries.list_earned(event, plan), services.issue_certificates(SYSTEM, event.id)) == ([], 0)
    assert list_bearers(event, Choice()) == []
    rows = db.session.scalars(select(Certificate)).all()
    assert [(one.name, one.said, one.revoked_at is None) for one in rows] == [("", {}, False)]


def test_another_event_has_no_such_certificate(desk, event, enter, later, make_event, make_member, sign_in):
    ann = enter("Ann")
    arrive(event, ann)
    other = make_event(slug="other")
    later()
    services.issue_certificates(SYSTEM, event.id)
    one = queries.find_of_registration(ann)
    assert one is not None
    stranger = sign_in(make_member("organiser", other.organisation))
    at = "/en/organise/events/other/documents/certificates/"
    assert stranger.submit(f"{at}{one.id}/revoke/", form_at=at).status_code == 404
    assert stranger.get(ROOM).status_code == 404
    events.cancel_event(SYSTEM, event.id)
    assert "event is over" in desk.get(ROOM).text


def test_a_walk_in_gets_one_by_name_which_ends_with_the_name(desk, event, later, make_session):
    session = make_session(event, "First")
    people = {name: uuid4() for name in ("Lei Feng", "Sun <b>", "Undone")}
    for name, its_id in people.items():
        walk = scan(who_id=its_id, session_id=session.id)
        arrival = attendance.take_walk_in(SYSTEM, event.id, walk, name, "", "in_person")
        assert arrival.word == "welcome"
        if name == "Undone":
            attendance.undo(SYSTEM, event.id, walk.id)
    at = f"{ROOM}walk-ins/"
    assert "Lei Feng" not in desk.get(ROOM).text
    later()
    page = desk.get(ROOM).text
    assert [name in page for name in ("Lei Feng", "Sun &lt;b&gt;", "Undone")] == [True, True, False]
    assert desk.submit(at, {"walk_in": str(people["Undone"])}, form_at=ROOM).status_code == 303
    assert db.session.scalar(select(func.count(Certificate.id))) == 0
    assert desk.submit(at, {"walk_in": str(people["Lei Feng"])}, form_at=ROOM).status_code == 303
    with pytest.raises(NotFound):
        services.issue_to_walk_in(SYSTEM, event.id, people["Lei Feng"])
    with pytest.raises(NotFound):
        services.issue_to_walk_in(VISITOR, event.id, people["Sun <b>"])
    assert services.issue_certificates(SYSTEM, event.id) == 0
    first = db.session.scalars(select(Certificate)).one()
    assert (first.kind, first.said["name"], queries.is_valid(first.code)) == ("attendance", ["Lei Feng", ""], True)
    assert "Lei Feng" in text_of(desk.submit(f"{ROOM}{first.id}/print/", form_at=ROOM).data)
    second = services.reissue_certificate(SYSTEM, first.id)
    assert desk.submit(f"{ROOM}{first.id}/print/", form_at=ROOM).status_code == 404
    attendance.erase_walk_in(SYSTEM, event.id, people["Lei Feng"])
    db.session.refresh(second)
    assert (second.name, second.said, queries.is_valid(second.code)) == ("", {}, False)
    assert services.issue_to_walk_in(SYSTEM, event.id, people["Sun <b>"]).name == "Sun <b>"
