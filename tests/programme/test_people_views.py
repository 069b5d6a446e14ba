"""A person's public page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from eventhub.events import services as events
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import Translated
from eventhub.people.names import Names
from eventhub.programme.plans import SpeakerPlan
from tests.conftest import on_sqlite

pytestmark = on_sqlite

SHAN = Names(
    family="Shan", given="Xiaolan", family_first=True, han_family="单", han_given="晓兰", pinyin="Shan Xiaolan"
)


@pytest.fixture
def speaker(make_person):
    return make_person(
        SHAN,
        slug="shan-xiaolan",
        affiliation=Translated.of(en="Amity Foundation", zh="爱德基金会"),
        biography=Translated.of("zh", zh="在南京工作。<script>alert(1)</script>"),
        country="CN",
    )


@pytest.fixture
def speaks(make_event, make_session):
    def speak(person, title="Opening", **header):
        event = make_event(**header)
        make_session(event, title, speakers=[SpeakerPlan(role="panellist", person_id=person.id)])
        return event

    return speak


def test_a_speaker_is_shown_in_both_scripts_with_their_sessions(client, speaker, speaks):
    speaks(speaker)
    page = client.get("/en/people/shan-xiaolan/")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<h1>Shan Xiaolan</h1>" in text
    assert '<p class="other-title" lang="zh-Hans">单晓兰</p>' in text
    for word in ("Amity Foundation", "China", "在南京工作。", "Opening"):
        assert word in text
    assert "<script>alert" not in text
    assert speaker.address not in text
    zh = client.get("/zh/people/shan-xiaolan/").get_data(as_text=True)
    for word in ("<h1>单晓兰</h1>", "Shan Xiaolan", "爱德基金会", "中国", "场次：Opening"):
        assert word in zh


def test_who_speaks_nowhere_in_public_is_not_shown(client, speaker, speaks, make_person):
    speaks(speaker, published=False)
    speaks(speaker, visibility="unlisted")
    speaks(speaker, visibility="invitation")
    make_person(slug="organiser-only")
    pages = [client.get(f"/en/people/{slug}/") for slug in ("shan-xiaolan", "organiser-only", "nobody-at-all")]
    assert {page.status_code for page in pages} == {404}


def test_an_event_that_is_hidden_does_not_show_on_the_page_of_a_speaker(client, speaker, speaks):
    speaks(speaker, "Shown session")
    speaks(speaker, "Secret session", visibility="unlisted")
    speaks(speaker, "Secret draft", published=False)
    text = client.get("/en/people/shan-xiaolan/").get_data(as_text=True)
    assert "Shown session" in text
    assert "Secret" not in text


def test_a_cancelled_event_stays_and_says_so(client, speaker, speaks):
    event = speaks(speaker)
    events.cancel_event(SYSTEM, event.id)
    page = client.get("/en/people/shan-xiaolan/")
    assert page.status_code == 200
    assert "Cancelled" in page.get_data(as_text=True)


def test_what_comes_next_stands_before_what_is_past(client, speaker, speaks):
    for title, days in (("Late", 60), ("Soon", 5), ("Long ago", -90), ("Lately", -5)):
        starts = (clock.now() + timedelta(days=days)).replace(tzinfo=None, microsecond=0)
        speaks(speaker, title, starts=starts, ends=starts + timedelta(hours=6))
    text = client.get("/en/people/shan-xiaolan/").get_data(as_text=True)
    assert re.findall(r"<h2>([^<]+)</h2>|<h3><a [^>]+>([^<]+)", text)[:6] == [
        ("Coming sessions", ""), ("", "Soon"), ("", "Late"), ("Past sessions", ""), ("", "Lately"), ("", "Long ago"),
    ]  # fmt: skip
