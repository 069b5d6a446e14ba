"""The public pages of a programme."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eventhub.events import services as events
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.i18n import Translated
from eventhub.people.names import Names
from eventhub.programme import participation, queries, services
from eventhub.programme.plans import SpeakerPlan, plan_of
from tests.conftest import both, make_public, on_sqlite, organisation_of
from tests.queries import count_queries

pytestmark = on_sqlite


def page(browser: Any, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.get_data(as_text=True)


def cards(html: str) -> list[str]:
    return re.findall(r'<h3><a href="/../events/[^"]+/sessions/[^"]+">([^<]+)</a></h3>', html)


@pytest.fixture
def workshop(make_event: Any, make_session: Any, make_person: Any) -> Any:
    """Two days: a keynote and a panel with somebody remote in two rooms, then a plenary."""
    event = make_event(slug="workshop", working_languages=("en", "zh"))
    hall, small = (services.save_room(SYSTEM, event.id, both(name)) for name in ("Hall", "Small room"))
    track = services.save_track(SYSTEM, event.id, both("Relief"), "plum")
    zhang = make_person(Names(family="Zhang", given="Wei", han_family="张", han_given="伟"))
    adams = make_person(Names(family="Adams", given="Ann"))
    make_session(event, "Opening", kind="keynote", room_id=hall.id, language="en", interpretation=["zh"],
                 speakers=[SpeakerPlan("keynote", person_id=zhang.id, affiliation=both("Some Network"))])  # fmt: skip
    make_session(
        event, "Debate", starts=event.starts, ends=event.starts + timedelta(hours=1), room_id=small.id,
        track_id=track.id, language="zh", abstract=both("**About** it"), speakers=[
            SpeakerPlan("moderator", person_id=adams.id), SpeakerPlan("panellist", person_id=zhang.id, mode="remote"),
            SpeakerPlan("interpreter", name=both("Interpreter")),
        ],
    )  # fmt: skip
    tomorrow = event.starts + timedelta(days=1)
    make_session(event, "Closing", kind="plenary", starts=tomorrow, ends=tomorrow + timedelta(hours=1))
    return event


def test_one_day_is_shown_at_a_time_and_all_when_asked(client, workshop):
    first, second = workshop.starts.date(), workshop.starts.date() + timedelta(days=1)
    address = "/en/events/workshop/programme/"
    assert cards(page(client, address)) == ["Opening", "Debate"]
    assert cards(page(client, f"{address}?day={second}")) == ["Closing"]
    assert cards(page(client, f"{address}?day=all")) == ["Opening", "Debate", "Closing"]
    assert cards(page(client, f"{address}?day=1999-01-01")) == ["Opening", "Debate"]
    with clock.standing_at(clock.instant(workshop.starts + timedelta(days=1, minutes=33), workshop.zone)):
        html = page(client, address)
    assert cards(html) == ["Closing"]
    assert "<b>Now</b> <time>09:30</time>" in html
    assert "session current" in html
    assert f'href="{address}?day={first}"' in html


def test_rooms_are_columns_and_hours_are_rows(client, workshop):
    html = page(client, "/en/events/workshop/programme/")
    assert '<ol class="programme rooms-2">' in html
    assert '<li class="slot row-1 rows-12 col-1">' in html
    assert '<li class="slot row-1 rows-12 col-2"><article class="session track-plum">' in html
    assert "Interpreter <span" in html
    assert html.count('<span class="role">Panellist · Remote</span>') == 1, "who it is can be told"
    assert html.count("· Remote") == 1
    assert "style=" not in html


def test_in_a_column_without_a_name_a_session_names_its_room(client, workshop, make_session):
    room = queries.list_rooms(workshop)[0]
    make_session(workshop, "Beside", starts=workshop.starts, ends=workshop.starts + timedelta(hours=1), room_id=room.id)
    html = page(client, "/en/events/workshop/programme/")
    assert '<ol class="programme rooms-3">' in html
    assert html.count(" unnamed") == html.count('<li class="slot row-1 rows-12 col-3 unnamed">') == 1


def test_a_chosen_zone_stands_beside_the_venues_and_stays_in_the_links(client, workshop):
    html = page(client, "/en/events/workshop/programme/?zone=America/New_York")
    assert ">09:00–10:00</time>" in html
    assert "New York time" in html
    assert '/sessions/opening/?zone=America%2FNew_York"' in html
    there = clock.wall(clock.instant(workshop.starts, "Asia/Shanghai"), "America/New_York")
    assert f"{there:%H:%M}–" in html
    assert "day=all" in html
    assert "zone=America%2FNew_York" in html.split("All days")[0].rsplit("<a", 1)[1]


def test_hours_past_midnight_in_the_chosen_zone_name_both_days(client, workshop, make_session):
    starts = workshop.starts.replace(hour=23)
    make_session(workshop, "Late", starts=starts, ends=starts + timedelta(hours=1, minutes=-1))
    html = page(client, "/en/events/workshop/programme/?zone=Asia/Kathmandu")  # 2 h 15 min behind
    assert "20:45–21:44" in html
    html = page(client, "/en/events/workshop/programme/?zone=Australia/Eucla")  # 45 min ahead
    assert re.search(r"\w+ \d+ \w+ 23:45–\w+ \d+ \w+ 00:44", html)


@pytest.mark.parametrize(
    ("query", "found"),
    [("track=relief", ["Debate"]), ("remote=1", ["Debate"]), ("language=zh", ["Opening", "Debate"]),
     ("language=en", ["Opening"]), ("track=nothing", ["Opening", "Debate"]), ("track=relief&language=en", [])],
)  # fmt: skip
def test_sessions_are_filtered_by_track_language_and_remote(client, workshop, query, found):
    html = page(client, f"/en/events/workshop/programme/?{query}")
    assert cards(html) == found
    assert ("No sessions match" in html) == (not found)


def test_a_release_shows_at_once_and_a_cancelled_session_stays(client, workshop, make_session):
    address = "/en/events/workshop/programme/?day=all"
    assert cards(page(client, address)) == ["Opening", "Debate", "Closing"]
    late = make_session(workshop, "Late")
    assert "Late" in cards(page(client, address))
    way_in = "/en/events/workshop/register/"
    assert way_in in page(client, "/en/events/workshop/sessions/late/")
    services.cancel_session(SYSTEM, late.id)
    html = page(client, address)
    assert "session cancelled" in html
    cancelled = page(client, "/en/events/workshop/sessions/late/")
    assert "Cancelled" in cancelled
    assert way_in not in cancelled
    services.delete_session(SYSTEM, late.id)
    assert "Late" in cards(page(client, address))
    make_public(workshop)
    assert "Late" not in cards(page(client, address))
    gone = page(client, "/en/events/workshop/sessions/late/", 410)
    assert "This session is no longer in the programme." in gone
    assert 'href="/en/events/workshop/programme/"' in gone
    assert "本场次已从日程中移除" in page(client, "/zh/events/workshop/sessions/late/", 410)
    page(client, "/en/events/workshop/sessions/never/", 404)


def test_what_is_kept_of_a_programme_is_the_same_for_everybody(client, workshop, make_member, sign_in):
    def body(browser: Any) -> str:
        return page(browser, "/en/events/workshop/programme/").split('<ol class="programme')[1].split("</ol>")[0]

    member = sign_in(make_member(organisation=workshop.organisation))
    assert body(member) == body(client)
    assert "日程" not in body(client)
    assert "场次：Opening" in page(client, "/zh/events/workshop/programme/")


def test_an_event_without_sessions_says_that_they_will_come(client, make_event):
    event = make_event()
    for rest in ("", "programme/"):
        assert "as soon as it is announced" in page(client, f"/en/events/{event.slug}/{rest}")
    assert "as soon as they are announced" in page(client, f"/en/events/{event.slug}/speakers/")


def test_a_draft_is_previewed_by_those_who_run_it_and_unknown_to_others(
    client, make_event, make_session, make_member, sign_in
):
    member = make_member()
    event = make_event(slug="draft", organisation=organisation_of(member), published=False)
    session = make_session(event, "Secret")
    browser = sign_in(member)
    for rest in ("programme/", "speakers/", "sessions/secret/"):
        page(client, f"/en/events/draft/{rest}", 404)
        html = page(browser, f"/en/events/draft/{rest}")
        assert "Only those who run the event" in html
        assert "noindex" in html
    assert cards(page(browser, "/en/events/draft/programme/")) == ["Secret"]
    services.change_session(SYSTEM, session.id, replace(plan_of(session), title=both("Other")))
    assert cards(page(browser, "/en/events/draft/programme/")) == ["Other"]


def test_a_session_tells_all_in_both_languages_and_zones(client, workshop):
    html = page(client, "/en/events/workshop/sessions/debate/?zone=Europe/Zurich")
    for part in ("<h1>Debate</h1>", "场次：Debate", "Small room", "Relief", "Chinese", "<strong>About</strong>",
                 "Beijing time", "Geneva time", "takes part remotely", '<p class="other-name" lang="zh-Hans">张伟</p>',
                 "Previous: Opening", "Next: Closing", "noopener"):  # fmt: skip
        assert part in html, part
    assert "interpreted into:" in page(client, "/en/events/workshop/sessions/opening/")
    assert 'lang="en">Wei Zhang</p>' in page(client, "/zh/events/workshop/sessions/debate/")
    page(client, "/en/events/workshop/sessions/nothing/", 404)


def test_speakers_stand_by_family_name_and_those_not_named_last(client, workshop):
    html = page(client, "/en/events/workshop/speakers/")
    assert re.findall(r"<h3>(?:<a [^>]+>)?([^<]+)", html) == ["Ann Adams", "Wei Zhang", "Interpreter"]
    wei = html.split("Wei Zhang")[1].split("Interpreter</h3>")[0]
    assert [
        word for word in ("Keynote speaker", "Panellist", "takes part remotely", "Some Network") if word not in wei
    ] == []
    assert "张伟" in page(client, "/zh/events/workshop/speakers/")


@pytest.mark.parametrize("change", ["cancelled", "postponed"])
def test_every_page_of_an_event_says_that_it_does_not_take_place(client, workshop, change):
    do = {"cancelled": events.cancel_event, "postponed": events.postpone_event}[change]
    do(SYSTEM, workshop.id, both("The venue is flooded."))
    for rest in ("", "programme/", "speakers/", "sessions/debate/", "changes/"):
        html = page(client, f"/en/events/workshop/{rest}")
        assert f"This event has been {change}." in html, rest
        assert "The venue is flooded." in html, rest
    preview = page(client, "/en/events/workshop/").split("<h2>Programme</h2>")[1].split("</ol>")[0]
    assert preview.count(f">{change.capitalize()}</span>") == 3


def test_the_preview_names_each_who_speaks_once_with_all_that_they_are(client, workshop):
    people = page(client, "/en/events/workshop/").split("<h2>Speakers</h2>")[1].split("</ul>")[0]
    assert re.findall(r"<h3><a [^>]+>([^<]+)", people) == ["Ann Adams", "Wei Zhang"]
    assert re.findall(r'"badge">([^<]+)', people) == ["Moderator", "Keynote speaker", "Panellist"]


def test_one_registers_on_the_page_of_a_session_too(client, workshop):
    html = page(client, "/en/events/workshop/sessions/debate/")
    assert 'href="/en/events/workshop/register/"' in html
    assert re.search(r"Small room\s*<small class=\"soft\">Conference Hotel</small>", html)


def test_names_and_titles_are_never_markup(client, make_event, make_session, make_person):
    bad = "<img src=x onerror=alert(1)>"
    event = make_event(title=Translated.of(en=bad))
    person = make_person(Names(family=bad, given=""))
    session = make_session(
        event, bad, abstract=both(bad), speakers=[SpeakerPlan("presenter", person_id=person.id, affiliation=both(bad))]
    )
    for rest in ("", "programme/", "speakers/", f"sessions/{session.slug}/"):
        html = page(client, f"/en/events/{event.slug}/{rest}")
        assert "<img src=x" not in html, rest
        assert "&lt;img" in html


def test_pages_ask_the_database_as_often_for_three_sessions_as_for_one(client, make_event, make_session, make_person):
    counts: list[list[int]] = []
    for number in (1, 3):
        event = make_event()
        sessions = [make_session(event, speakers=[SpeakerPlan("presenter", person_id=make_person().id)])
                    for _ in range(number)]  # fmt: skip
        counts.append([])
        for rest in ("", "programme/?day=all", "speakers/", f"sessions/{sessions[0].slug}/"):
            for is_warm in (False, True):
                if not is_warm:
                    participation.set_mode(SYSTEM, [sessions[0].speakers[0].id], "remote")
                with count_queries() as queries:
                    page(client, f"/en/events/{event.slug}/{rest}")
                counts[-1].append(len(queries))
    assert counts[0] == counts[1]
    assert max(counts[0][1::2]) <= 4


def test_an_event_s_page_goes_on_to_what_comes_next(client, workshop, monkeypatch):
    def shown(address: str) -> str:
        return page(client, address).split("<h2>Programme</h2>")[1].split("</ol>")[0]

    make_public(workshop)
    before = shown("/en/events/workshop/")
    assert cards(before)[0] == "Opening"
    assert shown("/en/events/workshop/?zone=Asia%2FTokyo") != before
    later = workshop.starts_at + timedelta(hours=20)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert cards(shown("/en/events/workshop/")) == ["Closing"]
