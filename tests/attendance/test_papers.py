"""Badges, sheets to sign and lists: whose names stand on them, and that they are names and nothing else."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from eventhub.accounts import sessions
from eventhub.attendance import services as attendance
from eventhub.attendance.papers import personal, services, sheets
from eventhub.attendance.papers.bearers import Choice, list_bearers, printed_badges, split_name
from eventhub.attendance.papers.models import PrintedBadge
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR
from eventhub.foundation.audit import AuditEntry
from eventhub.foundation.db import db
from eventhub.foundation.errors import NotFound
from eventhub.organisations.layouts.papers import layout_of
from eventhub.people.names import Names
from eventhub.programme.plans import SpeakerPlan
from eventhub.registrations import services as registrations
from eventhub.registrations.models import Consent
from tests.conftest import both, on_sqlite, organisation_of
from tests.phones import IN_WECHAT
from tests.queries import count_queries

from .conftest import scan

pytestmark = on_sqlite

AT = "/en/organise/events/workshop/documents/"
HOSTILE = '#panic() $x$ *b* <l> @l `r` \\ #import "@preview/x:1.0.0" ] {event.__class__}'


@pytest.fixture
def event(make_event: Any, make_member: Any) -> Any:
    """An event of two days with room for many, run by somebody who can sign in."""
    nine = datetime.combine((clock.now() + timedelta(days=30)).date(), time(9))
    days = {"starts": nine, "ends": nine + timedelta(days=1, hours=8)}
    return make_event("Workshop", slug="workshop", in_person=99, organisation=organisation_of(make_member()), **days)


@pytest.fixture
def desk(event: Any, make_member: Any, sign_in: Any) -> Any:
    """An organiser's browser."""
    return sign_in(make_member("organiser", event.organisation))


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)


def token_on(desk: Any) -> str:
    """The token of the forms on the page of papers, whose fields have a prefix each."""
    page = desk.get(AT).text
    return str(page.split('csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0])


def audited(fact: str) -> list[AuditEntry]:
    """The lines of the audit about one kind of fact, in their order."""
    query = select(AuditEntry).where(AuditEntry.fact == fact)
    return list(db.session.scalars(query.order_by(AuditEntry.created_at)))


def make_paper(desk: Any, paper: str, **said: str) -> Any:
    """What comes of a form on the page of papers."""
    return desk.post(f"{AT}{paper}/", data={"csrf_token": token_on(desk), **said})


def fonts_of(data: bytes) -> list[Any]:
    """Each font that a document names, down to what it is drawn from."""
    found = []
    for page in PdfReader(io.BytesIO(data)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            known = font.get_object()
            found += [one.get_object() for one in known.get("/DescendantFonts", [known])]
    return found


BADGES = {f"badge-{name}": "all" for name in ("pool", "role")}
BADGES |= {"badge-sheet": "10", "badge-state": "confirmed", "badge-form": "both"}


@pytest.mark.parametrize(
    ("typed", "han", "latin"),
    [
        ("张伟", "张伟", "Zhang Wei"),
        ("Zhang Wei（张伟）", "张伟", "Zhang Wei"),
        ("张伟 (Zhang Wei)", "张伟", "Zhang Wei"),
        ("Zhang Wei [张伟]", "张伟", "Zhang Wei"),
        ("王芳 #panic()", "王芳", "#panic()"),
        ("欧阳明远 Ouyang Mingyuan", "欧阳明远", "Ouyang Mingyuan"),
        ("古丽·买买提", "古丽·买买提", "Guli Maimaiti"),
        ("张伟 and 李明", "张伟 and 李明", ""),
        ("龑䶮𠮷", "龑䶮𠮷", ""),
        ("张伟 😀", "张伟 😀", "Zhang Wei"),
        ("Ann Berg", "", "Ann Berg"),
        ("O", "", "O"),
    ],
)
def test_a_name_stands_in_both_scripts_as_far_as_it_is_known(typed, han, latin):
    assert split_name(typed) == (han, latin)


def test_what_the_programme_knows_of_a_name_comes_before_our_reading():
    names = Names(family="Cha", given="Liang", family_first=True, han_family="查", han_given="良", pinyin="Zha Liang")
    assert split_name("查良", names) == ("查良", "Cha Liang")
    assert split_name("Cha Liang", names) == ("查良", "Cha Liang")
    assert split_name("Somebody Else", names) == ("", "Somebody Else")


def test_papers_of_many_people_need_the_password(desk, enter, monkeypatch):
    for name in ("Ana", "Bo"):
        enter(name)
    monkeypatch.setattr(sessions, "UNASKED", 1)
    sheet, listed = {"sheet-occasion": "all", "sheet-form": "both"}, {"list-kind": "internal", "list-form": "both"}
    for paper, said in (("badges", BADGES), ("signatures", sheet), ("participants", listed)):
        answer = make_paper(desk, paper, **said)
        assert (answer.status_code, "/account/make-sure/" in str(answer.location)) == (303, True), paper


def test_inside_wechat_the_page_says_so_and_no_password_is_asked_for_in_vain(desk, enter, monkeypatch):
    for name in ("Ana", "Bo"):
        enter(name)
    monkeypatch.setattr(sessions, "UNASKED", 1)
    desk.environ_base["HTTP_USER_AGENT"] = IN_WECHAT[0]["User-Agent"]
    assert "WeChat cannot save files." in desk.get(AT).text
    sheet, listed = {"sheet-occasion": "all", "sheet-form": "both"}, {"list-kind": "internal", "list-form": "both"}
    for paper, said in (("badges", BADGES), ("signatures", sheet), ("participants", listed)):
        answer = make_paper(desk, paper, **said)
        assert (answer.status_code, answer.location) == (303, AT), paper
        assert "WeChat cannot save files. Tap ···" in desk.get(AT).text
    db.session.rollback()
    assert db.session.scalar(select(AuditEntry).where(AuditEntry.fact == "ListPrinted")) is None
    assert db.session.scalar(select(PrintedBadge)) is None


def test_badges_are_in_the_order_of_the_alphabet_and_say_who_is_what(
    event, enter, make_session, make_person, make_member
):
    speaker = make_person(Names(family="Zhao", given="Li", han_family="赵", han_given="丽"))
    moderator = make_person(Names(family="Berg", given="Ann"))
    hidden = make_person(Names(family="Hidden", given="Hal"))
    guest = make_person(Names(family="Guest", given="Gil"))
    organiser = db.session.get(type(speaker), make_member("organiser", event.organisation).person_id)
    make_session(
        event,
        speakers=[
            SpeakerPlan("panellist", person_id=speaker.id),
            SpeakerPlan("moderator", person_id=moderator.id),
            SpeakerPlan("panellist", person_id=guest.id, affiliation=both("Guests")),
            SpeakerPlan("panellist", person_id=organiser.id),
        ],
    )
    make_session(event, is_chatham_house=True, speakers=[SpeakerPlan("panellist", person_id=hidden.id)])
    for person, name in ((speaker, "赵丽"), (moderator, "Ann Berg"), (hidden, "Hal Hidden"), (organiser, "Olga")):
        enter(name, address=person.address)
    enter("陈明")
    enter("Online Only", "online")
    found = list_bearers(event, Choice(with_unregistered=True))
    assert [(one.han or one.latin, one.role) for one in found if one.latin != "Olga"] == [
        ("Ann Berg", "moderator"),
        ("陈明", "participant"),
        ("Gil Guest", "speaker"),
        ("Hal Hidden", "participant"),
        ("赵丽", "speaker"),
    ]
    assert {one.role for one in found if one.latin == "Olga"} == {"organiser"}
    assert [one.latin for one in list_bearers(event, Choice(role="moderator"))] == ["Ann Berg"]
    assert list_bearers(event, Choice(states=("waitlisted",))) == []
    assert len(list_bearers(event, Choice(online_too=True))) == 6
    assert [one.latin for one in list_bearers(event, Choice(pool_key="online", online_too=True))] == ["Online Only"]
    assert next(one for one in found if one.latin == "Gil Guest").organisation == "Guests"
    in_chinese = list_bearers(event, Choice(with_unregistered=True, language="zh"))
    assert next(one for one in in_chinese if one.latin == "Gil Guest").organisation == both("Guests").in_("zh")


def test_a_list_of_many_asks_no_more_than_of_one(event, enter):
    enter("One")
    with count_queries() as one:
        list_bearers(event, Choice(with_unregistered=True, only_unprinted=True))
    enter("Two")
    enter("Three")
    with count_queries() as three:
        list_bearers(event, Choice(with_unregistered=True, only_unprinted=True))
    assert len(one) == len(three)


@pytest.mark.parametrize("sheet", ["10", "a6"])
def test_badges_hold_every_name_as_it_is_and_every_glyph(desk, event, enter, sheet):
    parts = ["阿卜杜热合曼", "买买提依明", "艾力江", "图尔荪托合提"]
    names = ["·".join(parts), "龑䶮𠮷", HOSTILE, "张" * 200, "O", "José Ñandú 😀", "محمد"]
    for name in names:
        enter(name, organisation="爱德基金会")
    answer = desk.post(
        "/zh/organise/events/workshop/documents/badges/",
        data={**BADGES, "badge-sheet": sheet, "csrf_token": token_on(desk)},
    )
    text = text_of(answer)
    flat = "".join(text.split())
    assert "龑䶮𠮷" in flat
    assert "".join(HOSTILE.split()) in flat
    assert "张" * 200 in flat
    assert "José" in text
    assert all(part in text for part in parts)  # on one line each
    assert not [line for line in text.splitlines() if line.startswith("·")]
    assert "爱德基金会" in text
    assert "Participant" in text
    assert "参会者" in text
    fonts = fonts_of(answer.data)
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"]) for font in fonts)
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == (7 if sheet == "a6" else 1)


def test_what_was_printed_is_not_printed_again_until_it_says_something_else(desk, event, enter):
    ann = enter("Ann Berg")
    enter("Bob Lee")

    def make(**said: str) -> Any:
        said = {**BADGES, "badge-only_unprinted": "y", "badge-are_printed": "y", **said}
        return make_paper(desk, "badges", **said)

    assert "Bob Lee" in text_of(make())
    assert len(printed_badges(event)) == 2
    again = make()
    assert again.status_code == 409
    assert "Nobody is chosen" in again.text
    details = registrations.Details(name="Ann Berg-Lee", address=ann.address)
    registrations.change_registration(SYSTEM, ann.id, details, None)
    text = text_of(make(**{"badge-are_printed": ""}))
    assert "Ann Berg-Lee" in text
    assert "Bob Lee" not in text
    facts = audited("BadgesPrinted")
    assert [one.data["rows"] for one in facts] == [2, 1]
    assert "Ann Berg-Lee" in text_of(make())
    assert "Only those whose badge" in desk.get(AT).text


def test_a_character_without_a_glyph_stops_nobodys_badge_and_is_named(desk, event, enter):
    enter("Ann \U0001e900")
    enter("Bob")
    text = text_of(make_paper(desk, "badges", **BADGES))
    assert "Ann □" in text
    assert "Bob" in text
    page = desk.get(AT).text
    assert "these characters: \U0001e900" in page
    assert "Ann \U0001e900" in page
    assert len(audited("BadgesPrinted")) == 1
    assert make_paper(desk, "badges", **{"badge-sheet": "a0"}).status_code == 422


def test_too_many_at_a_time_are_refused_kindly(desk, event, enter, monkeypatch):
    monkeypatch.setattr(services, "MOST_BADGES", 1)
    enter("Ann")
    enter("Bob")
    answer = make_paper(desk, "badges", **BADGES)
    assert answer.status_code == 409
    assert "These are 2 people, and at most 1" in answer.text


@pytest.mark.parametrize("occasion", ["all", "day", "session"])
def test_a_sheet_to_sign_is_for_the_event_a_day_or_a_session(desk, event, enter, make_session, occasion):
    session = make_session(event, "Opening")
    enter("王芳 #panic()")
    chosen = {"all": "all", "day": f"day:{event.day()}", "session": f"session:{session.id}"}[occasion]
    answer = make_paper(desk, "signatures", **{"sheet-occasion": chosen, "sheet-form": "both"})
    text = text_of(answer)
    assert "Signature sheet" in text
    assert "签到表" in text
    assert "#panic()" in text
    assert ("Opening" in text) == (occasion == "session")
    assert [fact.data for fact in audited("ListPrinted")] == [
        {"event_id": str(event.id), "kind": "signatures", "rows": 1}
    ]
    wrong = {"sheet-occasion": "session:x", "sheet-form": "both"}
    assert make_paper(desk, "signatures", **wrong).status_code == 422


def test_only_those_who_agreed_stand_on_the_list_that_is_given_out(desk, event, enter, save):
    listed, withdrawn, silent = (
        enter("Lise Listed", country="CN"),
        enter("Will Withdrawn"),
        enter("Sam Silent", "online"),
    )
    nobody = make_paper(desk, "participants", **{"list-kind": "participants", "list-form": "en"})
    assert (nobody.status_code, "Nobody has agreed to be listed so far." in nobody.text) == (409, True)
    for one in (listed, withdrawn):
        taken_back = clock.now() if one is withdrawn else None
        save(
            Consent(
                registration_id=one.id, purpose="participant_list", wording="1", language="en", withdrawn_at=taken_back
            )
        )
    save(Consent(registration_id=silent.id, purpose="recording", wording="1", language="en"))
    attendance.check_in(SYSTEM, event.id, scan(who_id=withdrawn.id))
    public = text_of(make_paper(desk, "participants", **{"list-kind": "participants", "list-form": "en"}))
    assert "Lise Listed" in public
    assert "China" in public
    assert "Withdrawn" not in public
    assert "Silent" not in public
    assert "With the consent of those named" in public
    internal = text_of(make_paper(desk, "participants", **{"list-kind": "internal", "list-form": "both"}))
    assert all(
        name in internal for name in ("Lise Listed", "Will Withdrawn", "Sam Silent", "May be listed", "仅供主办方")
    )
    assert [fact.data["kind"] for fact in audited("ListPrinted")] == ["participants", "internal"]
    assert make_paper(desk, "participants", **{"list-kind": "all", "list-form": "en"}).status_code == 422


def test_whose_badge_was_printed_is_told_so_and_can_have_it_forgotten(event, enter):
    ann, bob = enter("Ann"), enter("Bob")
    people = list_bearers(event, Choice())
    services.note_badges(SYSTEM, event.id, {one.id: one.digest for one in people if one.id == ann.id}, are_printed=True)
    assert set(personal.told(ann)) == {"badge_printed_at"}
    assert personal.told(bob) == {}
    with pytest.raises(NotFound):
        personal.erase(VISITOR, ann)
    for one in (ann, bob):
        personal.erase(SYSTEM, one)
    assert printed_badges(event) == {}


def test_only_organisers_make_papers(event, make_member, sign_in, client):
    for role in ("viewer", "translator", "check_in"):
        assert sign_in(make_member(role, event.organisation)).get(AT).status_code == 403
    assert sign_in(make_member()).get(AT).status_code == 404
    assert client.get(AT).status_code == 302


def test_a_document_without_a_layout_has_the_name_of_its_organisation(event):
    layout = layout_of(event.organisation, ["en", "zh"])
    assert layout["logo"] is layout["signature"] is None
    assert layout["letterhead"] == {"en": [], "zh": []}
    assert set(layout["organisation"]) == {"en", "zh"}
    assert sheets.languages_of("both", "zh") == ["zh", "en"]
    assert sheets.languages_of("en", "zh") == ["en"]
