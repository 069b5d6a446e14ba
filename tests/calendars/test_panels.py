"""What invites to subscribe, in browsers and inside WeChat, and what is passed on in groups."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask, g

from eventhub.calendars import panels, short_texts
from eventhub.events import services as event_services
from eventhub.foundation import qr
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import EMPTY
from eventhub.programme.models import Room
from eventhub.programme.plans import SpeakerPlan
from eventhub.programme.public import public_state
from eventhub.registrations.series.models import SeriesRegistration
from tests.conftest import Browser, both, in_november_2026, on_sqlite, organisation_of
from tests.phones import IN_WECHAT, SAFARI

Make = Callable[..., Any]
WECHAT = IN_WECHAT[0]

pytestmark = [in_november_2026, on_sqlite]


@pytest.fixture
def event(make_event: Make, make_session: Make, make_organisation: Make) -> Any:
    hours = {"starts": datetime(2027, 3, 2, 9), "ends": datetime(2027, 3, 2, 17, 30)}
    made = make_event("Workshop", slug="workshop", organisation=make_organisation("ICVA"), mode="in_person", **hours)
    make_session(made, "Opening", starts=datetime(2027, 3, 2, 9), ends=datetime(2027, 3, 2, 10))
    return made


def test_a_browser_is_offered_every_way_and_a_picture_for_the_phone(event: Any, client: Browser) -> None:
    answer = client.get("/en/events/workshop/")
    html = answer.get_data(as_text=True)
    feed = "127.0.0.1:8000/en/events/workshop/calendar.ics"
    elsewhere = ["calendar.google.com/calendar/r?cid=webcal%3A%2F%2F", "outlook.live.com/calendar/0/addfromweb"]
    for way in (*elsewhere, f'href="webcal://{feed}"', f'value="http://{feed}"', f'href="http://{feed}?download=1"'):
        assert way in html
    assert "8 to 24 hours" in html
    assert "User-Agent" in answer.headers["Vary"]
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', html)
    assert picture
    assert base64.b64decode(picture[1]).startswith(b"\x89PNG")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ["", "sessions/opening/", "programme/"])
def test_inside_wechat_there_is_text_to_copy_a_picture_and_the_way_out(
    event: Any, client: Browser, page: str, lang: str
) -> None:
    answer = client.get(f"/{lang}/events/workshop/{page}", headers=WECHAT)
    html = answer.get_data(as_text=True)
    panel = html[html.index('aria-labelledby="subscribe"') :].partition("</section>")[0]
    assert not re.search("webcal:|download|google|outlook", panel.replace("Google", "").replace("Outlook", ""))
    assert "target=" not in panel
    assert re.findall(r'<a [^>]*href="[^"]*\.(?:ics|jcal|jscal)', html) == [], "nowhere on the page"
    assert "#subscribe" in html.partition("<footer")[2]
    assert re.search("点击右上角 ···，选择“在浏览器打开”", panel)
    assert "2027年3月2日 星期二 09:00–1" in panel
    assert 'src="data:image/png;base64,' in panel
    assert f"http://127.0.0.1:8000/{lang}/events/workshop/calendar.ics" in panel
    assert "User-Agent" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "page", ["events/workshop/", "events/workshop/programme/", "events/workshop/sessions/opening/", ""]
)
@pytest.mark.parametrize("reader", [WECHAT, SAFARI])
def test_the_picture_that_is_said_to_open_this_page_opens_it(
    event: Any, client: Browser, page: str, reader: dict[str, str]
) -> None:
    html = client.get(f"/zh/{page}", headers=reader).get_data(as_text=True)
    [picture] = re.findall(r'src="(data:image/png[^"]+)" alt="本页二维码"', html)
    assert picture == qr.picture_of(f"http://127.0.0.1:8000/zh/{page}")


def test_inside_wechat_it_is_said_in_which_language_a_text_is_and_of_what_an_address(
    event: Any, client: Browser
) -> None:
    def fields(page: str) -> dict[str, str]:
        html = client.get(f"/en/events/workshop/{page}", headers=WECHAT).get_data(as_text=True)
        labels = re.findall(
            r'<label for="([^"]+-address|short-text-..)">([^<]+)</label>\s*(?:<div [^>]+>)?\s*(<[^>]+>[^<]*)',
            html,
        )
        return {label: field for _, label, field in labels}

    of_session, of_event = fields("sessions/opening/"), fields("")
    for found in (of_session, of_event):
        assert 'lang="zh-Hans"' in found["Short text for WeChat groups, in Chinese"]
        assert 'lang="en"' in found["Short text for WeChat groups, in English"]
    assert "/en/events/workshop/calendar.ics" in of_session["Subscription address of the whole event"]
    assert (
        "/en/events/workshop/sessions/opening/calendar.ics" in of_session["Subscription address of this session alone"]
    )
    assert "/en/events/workshop/calendar.ics" in of_event["Subscription address"]
    assert "Subscription address of this session alone" not in of_event


def test_a_private_panel_inside_wechat_shows_nothing_of_the_address_but_to_copy(app: Flask, event: Any) -> None:
    with app.test_request_context("/", headers=WECHAT):
        g.lang = "zh"
        html = panels._own_panel("x", "t" * 43, "registrant")
    assert "webcal:" not in html
    assert f"/zh/calendar/{'t' * 43}.ics" in html


def texts_in(html: str) -> list[tuple[str, str]]:
    """The short texts of a page, with their languages."""
    found = re.findall(r'<textarea [^>]*id="short-text-(..)"[^>]*>([^<]*)</textarea>', html)
    return [(lang, unescape(text)) for lang, text in found]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_short_text_is_in_both_languages_that_of_the_page_first(event: Any, client: Browser, lang: str) -> None:
    other = "zh" if lang == "en" else "en"
    html = client.get(f"/{lang}/events/workshop/", headers=WECHAT).get_data(as_text=True)
    assert texts_in(html) == [(one, short_texts.of_event(event, one)) for one in (lang, other)]
    assert texts_in(html)[0][1] != texts_in(html)[1][1]


def test_the_text_for_groups_says_what_when_where_and_the_link(event: Any, make_session: Make) -> None:
    assert short_texts.of_event(event, "zh").split("\n") == [
        "研讨会：Workshop",
        "时间：2027年3月2日 星期二 09:00–17:30（北京时间）",
        "地点：会议酒店",
        "主办方：网络 1",
        "报名：http://127.0.0.1:8000/zh/events/workshop/register/",
        "详情：http://127.0.0.1:8000/zh/events/workshop/",
    ]
    assert short_texts.of_event(event, "en").split("\n") == [
        "Workshop",
        "When: Tuesday 2 March 2027, 09:00–17:30 (Beijing time)",
        "Where: Conference Hotel",
        "Organiser: ICVA",
        "Registration: http://127.0.0.1:8000/en/events/workshop/register/",
        "Details: http://127.0.0.1:8000/en/events/workshop/",
    ]
    [session] = public_state(event).sessions
    assert short_texts.of_session(event, session, "zh").split("\n")[1:4] == [
        "活动：研讨会：Workshop",
        "时间：2027年3月2日 星期二 09:00–10:00（北京时间）",
        "地点：会议酒店",
    ]
    event_services.cancel_event(SYSTEM, event.id)
    assert short_texts.of_event(event, "zh").split("\n")[0] == "[已取消] 研讨会：Workshop"
    assert "报名" not in short_texts.of_event(event, "zh")


def test_no_line_of_the_text_for_groups_is_made_or_turned_by_what_somebody_typed(make_event: Make, client: Any) -> None:
    title, venue = "Nice\r\nRegistration: http://evil.example/", "Hall\u2028Details: \u202elive.moc"
    event = make_event(title=both(title), venue=both(venue))
    text = short_texts.of_event(event, "en")
    assert [line.split(":")[0] for line in text.split("\n")][1:] == [
        "When",
        "Where",
        "Organiser",
        "Registration",
        "Details",
    ]
    assert text.startswith("Nice Registration: http://evil.example/\n")
    assert "Where: Hall Details: live.moc" in text


def test_the_text_for_groups_tells_of_several_days_online_and_what_is_open(make_event: Make) -> None:
    days = {"starts": datetime(2027, 3, 30, 9), "ends": datetime(2027, 4, 1, 12)}
    several = short_texts.of_event(make_event("Course", zone="Europe/Zurich", **days), "zh").split("\n")
    assert several[1:4] == [
        "时间：2027年3月30日 星期二 09:00 – 2027年4月1日 星期四 12:00（日内瓦时间）",
        "北京时间：2027年3月30日 星期二 15:00 – 2027年4月1日 星期四 18:00",
        "地点：会议酒店（线上同步）",
    ]
    evening = {"starts": datetime(2027, 3, 30, 16), "ends": datetime(2027, 3, 30, 19)}
    late = short_texts.of_event(make_event("Evening", zone="Europe/Zurich", **evening), "zh").split("\n")
    assert late[1:3] == [
        "时间：2027年3月30日 星期二 16:00–19:00（日内瓦时间）",
        "北京时间：2027年3月30日 星期二 22:00 – 2027年3月31日 星期三 01:00",
    ]
    event = make_event("Webinar", mode="online", starts=None, ends=None)
    assert short_texts.of_event(event, "zh").split("\n")[1:3] == ["时间：日期待定", "地点：线上"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("room", ["virtual", "real", None])
@pytest.mark.parametrize("mode", ["online", "in_person", "nowhere"])
def test_a_text_names_the_place_of_a_session_as_its_page_does(
    make_event: Make, make_session: Make, save: Make, client: Browser, mode: str, room: str | None, lang: str
) -> None:
    nowhere = {"mode": "in_person", "venue": EMPTY} if mode == "nowhere" else {"mode": mode}
    event = make_event(slug="workshop", **nowhere)
    names = {"virtual": both("Online room", "线上会议室"), "real": both("Main hall", "主会场")}
    row = save(Room(event_id=event.id, name=names[room], is_virtual=room == "virtual")) if room else None
    session = make_session(event, "Opening", room_id=row.id if row else None)
    html = client.get(f"/{lang}/events/workshop/sessions/{session.slug}/", headers=WECHAT).get_data(as_text=True)
    word = {"en": "Where", "zh": "地点"}[lang]
    on_page = re.findall(rf"<dt>{word}</dt><dd>(.*?)</dd>", html, re.DOTALL)
    told = [re.sub("<small[^>]*>", {"en": ", ", "zh": "，"}[lang], one) for one in on_page]
    shown = [re.sub("<[^>]+>", "", one).strip() for one in told]
    text = dict(texts_in(html))[lang]
    assert re.findall(rf"^{word}(?:: |：)(.+)$", text, re.MULTILINE) == shown
    assert bool(shown) == (room is not None or mode != "nowhere")


def test_a_series_is_passed_on_with_what_comes_next(make_event: Make, make_organisation: Make) -> None:
    organisation = make_organisation()
    series = event_services.add_series(SYSTEM, organisation.id, both("Webinars", "网络研讨会"), slug="webinars")
    hours = {"starts": datetime(2027, 3, 2, 9), "ends": datetime(2027, 3, 2, 10)}
    later = {"starts": datetime(2027, 3, 3, 9), "ends": None}
    make_event("First", organisation=organisation, series_id=series.id, mode="online", **hours)
    make_event("Second", organisation=organisation, series_id=series.id, **later)
    make_event("Hidden", organisation=organisation, series_id=series.id, visibility="unlisted")
    assert short_texts.of_series(series, "zh").split("\n") == [
        "网络研讨会",
        "2027年3月2日 星期二 09:00–10:00（北京时间）：研讨会：First（线上）",
        "2027年3月3日 星期三 09:00（北京时间）：研讨会：Second（会议酒店，线上同步）",
        "详情：http://127.0.0.1:8000/zh/series/webinars/",
    ]


def test_the_page_of_a_speaker_has_a_short_text_inside_wechat(
    make_event: Make, make_session: Make, make_person: Make, client: Browser
) -> None:
    speaker = make_person(slug="wang-fang")
    hours = {"starts": datetime(2027, 3, 2, 9), "ends": datetime(2027, 3, 2, 10)}
    event = make_event("Workshop", slug="workshop", **hours)
    make_session(event, "Opening", **hours, speakers=[SpeakerPlan("keynote", person_id=speaker.id)])
    html = client.get("/zh/people/wang-fang/", headers=WECHAT).get_data(as_text=True)
    assert texts_in(html) == [(lang, short_texts.of_person(speaker, lang)) for lang in ("zh", "en")]
    name, told, way = texts_in(html)[0][1].split("\n")
    assert name.startswith(speaker.names.in_("zh"))
    assert told == "2027年3月2日 星期二 09:00–10:00（北京时间）：场次：Opening（研讨会：Workshop）"
    assert way == "详情：http://127.0.0.1:8000/zh/people/wang-fang/"
    assert "http://127.0.0.1:8000/zh/people/wang-fang/calendar.ics</textarea>" in html


def test_a_series_registration_has_the_short_text_of_its_series_unless_it_is_by_invitation(
    app: Flask, make_event: Make, make_organisation: Make, save: Make
) -> None:
    organisation = make_organisation()
    series = event_services.add_series(SYSTEM, organisation.id, both("Webinars", "网络研讨会"), slug="webinars")
    registration = save(
        SeriesRegistration(
            series_id=series.id, name="A", address="a@example.org", typed_address="a@example.org", wants_all=True
        )
    )

    def shown() -> list[tuple[str, str]]:
        with app.test_request_context("/", headers=WECHAT):
            g.lang = "en"
            return texts_in(panels.series_registration_panel(registration))

    assert shown() == [(lang, short_texts.of_series(series, lang)) for lang in ("en", "zh")]
    series.visibility = "invitation"
    assert shown() == []


def test_organisers_find_the_text_on_their_desk(make_member: Make, make_event: Make, sign_in: Make) -> None:
    member = make_member()
    event = make_event("Workshop", slug="workshop", organisation=organisation_of(member))
    page = sign_in(member).get("/en/organise/events/workshop/").get_data(as_text=True)
    assert texts_in(page) == [(lang, short_texts.of_event(event, lang)) for lang in ("en", "zh")]
    draft = make_event("Draft", slug="draft", organisation=organisation_of(member), published=False)
    assert "WeChat groups" not in sign_in(member).get(f"/en/organise/events/{draft.slug}/").get_data(as_text=True)
