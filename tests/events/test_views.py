"""The public pages of events and series."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from eventhub.events import services
from eventhub.events.models import AlsoListed, Partner, Series
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from tests.conftest import both, on_sqlite, organisation_of
from tests.queries import count_queries

pytestmark = on_sqlite

OCTOBER = {"starts": datetime(2019, 10, 23, 9), "ends": datetime(2019, 10, 24, 17)}


def page(browser: Any, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.get_data(as_text=True)


def titles(html: str) -> list[str]:
    return re.findall(r"<h3><a href=\"/../events/[^\"]+\">([^<]+)</a></h3>", html)


def linked_data(html: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture
def make_series(save: Any, make_organisation: Any) -> Any:
    def make(title: str = "Webinars", **values: Any) -> Series:
        organisation = values.pop("organisation", None) or make_organisation()
        return save(Series(slug="webinars", title=both(title), organisation_id=organisation.id, **values))

    return make


def test_a_month_and_what_is_on_are_looked_for_in_a_stretch_of_the_calendar(client, make_event):
    now = clock.now().replace(tzinfo=None)
    make_event("Long run", starts=now - timedelta(days=300), ends=now + timedelta(days=40))
    for address in ("/en/events/", "/en/events/?view=month"):
        with count_queries() as queries:
            assert "Long run" in page(client, address), address
        asked = [statement for statement in queries.statements if "starts" in statement]
        assert asked
        if db.engine.dialect.name != "sqlite":
            continue  # the other planner looks at how much there is: for three rows it needs no index
        plans = [
            row[-1]
            for statement in asked
            for row in db.session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")
            )
        ]
        assert any("(starts>? AND starts<?)" in step or "(starts_at>? AND starts_at<?)" in step for step in plans)
        assert not [step for step in plans if step.startswith("SCAN events")]


def test_an_event_without_an_end_shows_its_start_alone(client, make_event):
    event = make_event("Open end", ends=None)
    for address in (f"/en/events/{event.slug}/?zone=Europe/Zurich", "/en/events/?zone=Europe/Zurich", "/en/events/"):
        html = page(client, address)
        assert "23:59" not in html, address
        assert ">09:00</time>" in html, address
    html = page(client, f"/en/events/{event.slug}/?zone=Europe/Zurich")
    assert "Geneva time" in html
    assert linked_data(html)["startDate"].endswith("T09:00:00+08:00")
    assert "endDate" not in linked_data(html)
    assert "23:59" not in page(client, f"/en/events/{event.slug}/register/")


def test_the_list_shows_what_is_to_come_and_the_past_on_another_tab(client, make_event):
    make_event("Coming")
    make_event("Gone", **OCTOBER)
    make_event("Hidden", visibility="unlisted")
    make_event("Draft", published=False)
    assert titles(page(client, "/en/events/")) == ["Coming"]
    assert titles(page(client, "/en/events/?view=past")) == ["Gone"]
    assert titles(page(client, "/zh/events/")) == ["研讨会：Coming"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=海啸", ["Tsunami"]), ("q=tsun", ["Tsunami"]), ("kind=webinar", ["Tsunami"]), ("mode=online", ["Tsunami"]),
     ("language=zh", ["Tsunami"]), ("q=海狮", []), ("kind=nonsense", []), ("organiser=nobody", [])],
)  # fmt: skip
def test_events_are_found_by_words_of_two_characters_and_by_filters(client, make_event, query, found):
    make_event("Storm", working_languages=("en",))
    make_event(
        Translated.of(en="Tsunami", zh="海啸之后"), kind="webinar", mode="online",
        working_languages=("en", "zh"),
    )  # fmt: skip
    html = page(client, f"/en/events/?{query}")
    assert titles(html) == found
    assert 'name="robots" content="noindex"' in html
    assert ("No events match" in html) == (not found)
    number = f"{len(found)} event{'' if len(found) == 1 else 's'}" if found else "No event"
    assert f"<h2>{number} found</h2>" in html


def test_filters_by_organiser_offer_only_those_with_something_public(client, make_event, make_organisation):
    seen, unseen = make_organisation("Seen"), make_organisation("Unseen")
    make_event("Ours", organisation=seen)
    make_event("Secret", organisation=unseen, published=False)
    make_event("Other")
    html = page(client, f"/en/events/?organiser={seen.slug}")
    assert titles(html) == ["Ours"]
    assert "Unseen" not in html


def test_what_was_typed_comes_back_escaped(client, app):
    html = page(client, "/en/events/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_the_month_shows_each_day_of_an_event(client, make_event):
    event = make_event("Workshop", **OCTOBER)
    html = page(client, "/en/events/?view=month&month=2019-10")
    days = re.findall(r'<time datetime="([0-9-]+)">\d+</time>\s*<ul>', html)
    assert days == ["2019-10-23", "2019-10-24"]
    assert html.count(f'href="/en/events/{event.slug}/"') == 2
    assert "month=2019-09" in html
    assert "month=2019-11" in html
    assert "No events in this month" in page(client, "/en/events/?view=month&month=2019-13")


def test_an_empty_month_leads_to_the_next_event(client, make_event):
    make_event("Workshop", starts=datetime(2090, 3, 5, 9), ends=datetime(2090, 3, 5, 17))
    assert "month=2090-03" in page(client, "/en/events/?view=month&month=2089-01")
    assert "month=2090-03" not in page(client, "/en/events/?view=month&month=2091-01")


def test_pages_of_a_long_list_lead_to_each_other(client, make_event, make_organisation):
    organiser = make_organisation()
    for number in range(21):
        make_event(f"Event {number}", organisation=organiser)
    first = page(client, "/en/events/?kind=workshop")
    assert len(titles(first)) == 20
    assert "/en/events/?kind=workshop&amp;page=2" in first
    second = page(client, "/en/events/?kind=workshop&page=2")
    assert len(titles(second)) == 1
    assert 'rel="next"' not in second
    page(client, "/en/events/?page=99999999999999999999")


def test_an_event_tells_its_facts_in_both_languages_and_two_zones(client, make_event, make_organisation):
    partner = make_organisation("Partner")
    event = make_event(
        "Workshop", summary=both("In short"), description=both("**Bold**"), note=both("Small print"),
        working_languages=("en", "zh"), partners=services.Partners(co_organisers=[partner.id]), **OCTOBER,
    )  # fmt: skip
    html = page(client, f"/en/events/{event.slug}/?zone=America/New_York")
    assert "<h1>Workshop</h1>" in html
    assert '<p class="other-title" lang="zh-Hans">研讨会：Workshop</p>' in html
    assert "23–24 October 2019" in html
    assert "Wed 23 Oct 09:00" in html
    assert "Tue 22 Oct 21:00" in html
    for part in ("Beijing time", "New York time", "Conference Hotel", "and online", "<strong>Bold</strong>",
                 "Small print", "Partner", "Co-organisers", "mailto:contact@example.org",
                 "This event is over"):  # fmt: skip
        assert part in html, part
    assert "2019年10月23日至24日" in page(client, f"/zh/events/{event.slug}/")


def test_all_zones_are_offered_to_those_who_ask_and_a_wrong_one_changes_nothing(client, make_event):
    event = make_event()
    short, long = (page(client, f"/en/events/{event.slug}/{query}") for query in ("", "?zone=all"))
    assert 'value="Africa/Nairobi"' in short
    assert 'value="Asia/Kathmandu"' not in short
    assert 'value="Asia/Kathmandu"' in long
    wrong = page(client, f"/en/events/{event.slug}/?zone=Nowhere/%3Cb%3E")
    assert wrong.count("Beijing time") == short.count("Beijing time")
    assert "<b>" not in wrong.split("Show times in")[1].split("</form>")[0]


def test_an_event_to_be_announced_says_so(client, make_event):
    event = make_event(starts=None, ends=None, venue=Translated(), mode="in_person")
    html = page(client, f"/en/events/{event.slug}/")
    assert "Date to be announced" in html
    assert "To be announced" in html
    assert "Date to be announced" in page(client, "/en/events/")


@pytest.mark.parametrize("change", [services.cancel_event, services.postpone_event])
def test_a_cancelled_or_postponed_event_says_so_and_why(client, make_event, change):
    event = make_event()
    change(SYSTEM, event.id, both("The road is closed."))
    html = page(client, f"/en/events/{event.slug}/")
    assert "The road is closed." in html
    state = "Cancelled" if change is services.cancel_event else "Postponed"
    assert state in html
    assert linked_data(html)["eventStatus"] == f"https://schema.org/Event{state}"
    assert state in page(client, "/en/events/")


@pytest.mark.parametrize("change", [services.cancel_event, services.postpone_event])
def test_why_an_event_is_off_is_marked_for_readers_of_another_language(client, make_event, change):
    event = make_event()
    change(SYSTEM, event.id, Translated.of(en="The road is closed."))
    told = {lang: page(client, f"/{lang}/events/{event.slug}/").split('"notice attention"')[1] for lang in ("en", "zh")}
    marked = '<div lang="en"><p>The road is closed.</p></div><p class="small"><small class="fallback">尚未翻译</small>'
    assert marked in re.sub(r">\s+<", "><", told["zh"])
    assert "<div><p>The road is closed." in told["en"] and "fallback" not in told["en"].split("</div>")[1]


def test_what_is_not_public_is_not_there_for_visitors_but_for_those_who_run_it(
    client, make_event, make_member, sign_in
):
    member = make_member()
    ours = organisation_of(member)
    draft = make_event("Draft", organisation=ours, published=False)
    invited = make_event("Invited", organisation=ours, visibility="invitation")
    browser, stranger = sign_in(member), sign_in(make_member())
    for event, words in ((draft, "This is a draft"), (invited, "by invitation")):
        address = f"/en/events/{event.slug}/"
        missing = page(client, "/en/events/no-such-event/", 404)
        assert page(client, address, 404) == missing.replace("no-such-event", event.slug)
        page(stranger, address, 404)
        html = page(browser, address)
        assert words in html
        assert "noindex" in html
        assert "ld+json" not in html


def test_an_unlisted_event_opens_by_its_address_but_nothing_leads_there(client, make_event, make_series):
    series = make_series()
    event = make_event("Unlisted", visibility="unlisted", series_id=series.id)
    child = make_event("Child", parent_id=event.id)
    assert 'name="robots" content="noindex"' in page(client, f"/en/events/{event.slug}/")
    for address in ("/en/", "/en/events/", "/en/series/webinars/", f"/en/events/{child.slug}/", "/sitemap.xml"):
        assert event.slug not in page(client, address), address


def test_old_addresses_lead_to_the_new_one_for_good(client, make_event):
    event = make_event(slug="old-name")
    services.rename_event_slug(SYSTEM, event.id, "new-name")
    for rest in ("", "programme/", "speakers/"):
        answer = client.get(f"/zh/events/old-name/{rest}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/zh/events/new-name/{rest}")


def test_a_language_that_is_not_published_stands_in_for_the_main_one(client, make_event):
    event = make_event(published=False, title=Translated.of(en="Only English"), main_language="en")
    services.publish_event(SYSTEM, event.id, languages=["en"])
    html = page(client, f"/zh/events/{event.slug}/")
    assert '<h1 lang="en">Only English</h1>' in html
    assert 'name="robots" content="noindex"' in html
    assert re.search(rf'rel="canonical" href="http://[^/]+/en/events/{event.slug}/"', html)
    assert 'hreflang="zh-Hans" href="http' not in html
    english = page(client, f"/en/events/{event.slug}/")
    assert "noindex" not in english


def test_machines_read_an_event_whatever_its_title_holds(client, make_event):
    title = "</script><script>alert(1)</script>&\u2028\"'"
    event = make_event(title=Translated.of(en=title, zh="标题"), summary=both("<b>In & short</b>"), **OCTOBER)
    html = page(client, f"/en/events/{event.slug}/")
    assert "<script>alert" not in html
    assert "\u2028" not in html.split("ld+json")[1].split("</script>")[0]
    data = linked_data(html)
    assert data["name"] == title
    assert data["startDate"] == "2019-10-23T09:00:00+08:00"
    assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert [place["@type"] for place in data["location"]] == ["Place", "VirtualLocation"]
    assert data["organizer"][0]["name"].startswith("Network")
    assert 'property="og:title"' in html


def test_a_parent_is_named_only_where_it_is_public(client, make_event):
    public, draft = make_event("Big week"), make_event("Secret week", published=False)
    foreign = {"parent_name": both("Humanitarian Week"), "parent_dates": both("3–7 February 2020"),
               "parent_url": "https://week.example.org/"}  # fmt: skip
    own, hidden, other = make_event(parent_id=public.id), make_event(parent_id=draft.id), make_event(**foreign)
    assert "Big week" in page(client, f"/en/events/{own.slug}/")
    assert "Secret week" not in page(client, f"/en/events/{hidden.slug}/")
    html = page(client, f"/en/events/{other.slug}/")
    assert '<a href="https://week.example.org/" rel="noopener nofollow">Humanitarian Week</a>' in html


def test_a_series_numbers_its_events_and_marks_those_of_others(client, make_event, make_series, save):
    series = make_series(description=both("About"), note=both("Small print"))
    soon = clock.now().replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0) + timedelta(days=5)
    for number in (1, 2):
        day = soon + timedelta(days=number)
        make_event(f"Part {number}", series_id=series.id, starts=day, ends=day + timedelta(hours=1))
    guest = make_event("Guest", starts=soon, ends=soon + timedelta(hours=1))
    save(AlsoListed(event_id=guest.id, series_id=series.id))
    html = page(client, "/en/series/webinars/?zone=Europe/Zurich")
    assert titles(html) == ["Guest", "Part 1", "Part 2"]
    assert re.findall(r"\d of 2", html) == ["1 of 2", "2 of 2"]
    assert html.count("Also listed here") == 1
    assert html.count("Geneva time</span>") == 3
    assert [event["name"] for event in linked_data(html)["subEvent"]] == ["Guest", "Part 1", "Part 2"]
    page(client, "/en/series/nothing/", 404)


def test_a_series_by_invitation_is_not_there(client, make_series, make_event):
    series = make_series(visibility="invitation")
    event = make_event(series_id=series.id)
    page(client, "/en/series/webinars/", 404)
    assert "Webinars" not in page(client, f"/en/events/{event.slug}/")


def test_an_organisation_shows_its_public_events(client, make_event, make_organisation):
    organisation = make_organisation()
    make_event("Coming", organisation=organisation)
    make_event("Gone", organisation=organisation, **OCTOBER)
    make_event("Draft", organisation=organisation, published=False)
    assert titles(page(client, f"/en/organisations/{organisation.slug}/")) == ["Coming", "Gone"]


@pytest.mark.parametrize(
    "address", ["/en/events/", "/en/events/?view=past", "/en/events/?view=month", "/en/events/?q=Event", "/en/",
                "/en/series/webinars/", "/en/events/first/", "/sitemap.xml"]
)  # fmt: skip
def test_pages_ask_the_database_as_often_for_three_events_as_for_one(
    client, make_event, make_series, make_organisation, save, address
):
    series = make_series()
    now = clock.now().replace(tzinfo=None)

    def add(slug: str) -> None:
        event = make_event(f"Event {slug}", slug=slug, series_id=series.id, starts=now, ends=now + timedelta(hours=40))
        save(Partner(event_id=event.id, organisation_id=make_organisation().id, part="assisting"))
        make_event(f"Past event {slug}", series_id=series.id, **OCTOBER)

    counts = []
    for slugs in (["first"], ["second", "third"]):
        for slug in slugs:
            add(slug)
        page(client, address)
        with count_queries() as queries:
            page(client, address)
        counts.append(len(queries))
    assert counts[0] == counts[1] > 0
