"""The programme to print."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from eventhub.events import services as events
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.errors import Unavailable
from eventhub.people.names import Names
from eventhub.programme import paper_views, services
from eventhub.programme.papers import values_of
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.public import public_state
from tests.conftest import both, make_public, on_sqlite
from tests.queries import count_queries

pytestmark = on_sqlite

AT = "/en/events/workshop/programme.pdf"
# What a typesetter would take for an order, were it not given as a value.
HOSTILE = '#panic() $x$ *b* <l> @l `r` \\ #import "@preview/x:1.0.0" ]'


@pytest.fixture
def event(make_event: Any, make_session: Any, make_person: Any) -> Any:
    event = make_event(slug="workshop")
    hall = services.save_room(SYSTEM, event.id, both("Hall", "大厅"))
    adams, zhang = (
        make_person(Names(family="Adams", given="Ann")),
        make_person(Names(family="Zhang", given="Wei", han_family="张", han_given="伟")),
    )
    make_session(
        event, "Opening", room_id=hall.id, language="zh", interpretation=["en"], level="advanced",
        abstract=both("**First**\n\nSecond 𠮷"), speakers=[
            SpeakerPlan("moderator", person_id=zhang.id, affiliation=both("Some Network", "某网络")),
            SpeakerPlan("panellist", person_id=adams.id, mode="remote", presentation_title=both("On relief", "谈救灾")),
        ],
    )  # fmt: skip
    make_session(event, HOSTILE)
    tomorrow = event.starts + timedelta(days=1)
    make_session(event, "Closing", starts=tomorrow, ends=tomorrow + timedelta(hours=20))
    return event


def values(app: Any, event: Any, *languages: str) -> dict[str, Any]:
    with app.test_request_context("/en/"):
        return values_of(event, public_state(event), languages)


def test_every_word_stands_in_its_language(app, event):
    told = values(app, event, "zh", "en")
    opening = told["days"][0]["sessions"][0]
    assert opening["time"] == "09:00–10:00"
    assert opening["texts"]["en"]["about"] == "Panel · Hall · Chinese, interpreted into: English · Advanced"
    assert opening["texts"]["zh"]["about"] == "圆桌讨论 · 大厅 · 中文，传译语言：英文 · 高级"
    assert opening["texts"]["en"]["abstract"] == ["First", "Second 𠮷"]
    assert opening["texts"]["zh"]["people"] == [
        {"name": "张伟", "rest": "，主持人，某网络", "presents": ""},
        {"name": "Ann Adams", "rest": "，嘉宾，远程参加", "presents": "谈救灾"},
    ]
    assert told["people"][0]["name"] == {"zh": "Ann Adams", "en": "Ann Adams"}
    assert [at["title"]["en"] for at in told["rooms"][0]["sessions"]] == ["Opening"]
    assert "until" in told["days"][1]["sessions"][0]["texts"]["en"]["about"]
    assert all(set(told["words"][word]) == {"zh", "en"} for word in told["words"])


def test_under_the_chatham_house_rule_nobody_is_named(app, event, make_session, make_person):
    make_session(
        event, "Behind doors", is_chatham_house=True,
        speakers=[SpeakerPlan("panellist", person_id=make_person(Names(family="Secret", given="Sam")).id)],
    )  # fmt: skip
    told = values(app, event, "en")
    shut = next(s for day in told["days"] for s in day["sessions"] if s["texts"]["en"]["title"] == "Behind doors")
    assert shut["texts"]["en"]["people"] == []
    assert "neither the identity nor the affiliation" in shut["texts"]["en"]["rule"]
    assert "Secret" not in str(told)


def test_what_was_called_off_is_said(app, event):
    session = public_state(event).sessions[0]
    services.cancel_session(SYSTEM, session.id)
    make_public(event)
    told = values(app, event, "en")
    assert told["days"][0]["sessions"][0]["texts"]["en"]["state"] == "This session has been cancelled."
    assert told["people"][0]["sessions"][0]["title"]["en"] == "[Cancelled] Opening"
    events.cancel_event(SYSTEM, event.id)
    assert values(app, event, "en")["notice"]["en"] == "This event has been cancelled."


@pytest.mark.parametrize(("query", "words"), [("", ["Opening", "Adams"]), ("?form=both", ["Opening", "大厅", "张伟"])])
def test_the_document_holds_what_was_written_as_it_was_written(client, event, query, words):
    answer = client.get(AT + query)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pdf = PdfReader(io.BytesIO(answer.data))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    for word in (*words, "#panic() $x$ *b* <l> @l", "𠮷"):
        assert word in text, word
    assert f"{len(pdf.pages)} / {len(pdf.pages)}" in text
    # Each entry of the indexes leads to its session.
    assert sum(len(page.get("/Annots", ())) for page in pdf.pages) >= 2 * 3
    # Every font is inside, for printers have none of ours.
    for page in pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())
    assert pdf.metadata and pdf.metadata.title


def test_it_is_made_once_and_made_again_when_the_programme_changes(client, event, monkeypatch, make_session):
    made = []
    monkeypatch.setattr(paper_views, "paper", lambda *about: made.append(about) or b"%PDF-1.7")
    first = client.get(AT)
    assert client.get(AT).data == first.data
    assert len(made) == 1
    assert client.get(AT, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert first.headers["Content-Disposition"] == 'inline; filename="workshop-programme-en.pdf"'
    make_session(event)
    client.get(AT)
    assert len(made) == 2


def test_only_those_who_may_see_the_event_get_it(client, make_event, monkeypatch, event):
    make_event(slug="quiet", visibility="invitation")
    make_event(slug="draft", published=False)
    for slug in ("quiet", "draft", "nothing"):
        assert client.get(f"/en/events/{slug}/programme.pdf").status_code == 404
    events.rename_event_slug(SYSTEM, event.id, "renamed")
    answer = client.get(f"{AT}?form=both")
    assert (answer.status_code, answer.location) == (301, "/en/events/renamed/programme.pdf?form=both")


def test_an_event_without_a_programme_has_a_page_of_its_own(client, make_event):
    make_event(slug="bare")
    answer = client.get("/zh/events/bare/programme.pdf")
    assert answer.status_code == 200
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 1


def test_where_it_cannot_be_made_the_reader_is_told(client, event, monkeypatch):
    def refuse(*_: Any) -> bytes:
        raise Unavailable("Later.")

    monkeypatch.setattr("eventhub.programme.papers.typeset", refuse)
    answer = client.get(AT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_no_connection_is_held_while_it_is_set(client, event, monkeypatch):
    held = []

    def typeset(*_: Any) -> bytes:
        held.append(db.session().in_transaction())
        return b"%PDF-1.7"

    monkeypatch.setattr("eventhub.programme.papers.typeset", typeset)
    assert client.get(AT).status_code == 200
    assert held == [False]


def test_three_sessions_cost_what_one_costs(app, event, make_session):
    def asked() -> int:
        with count_queries() as queries:
            values(app, event, "en", "zh")
        return len(queries)

    one = asked()
    for _ in range(3):
        make_session(event)
    assert asked() == one
