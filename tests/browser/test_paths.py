"""The three main paths through the product, in both languages, wide and narrow, as people walk them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import PHONE, WIDE, Site, Visit

LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])
WIDTHS = pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])

PUBLIC = [
    "/",
    "/events/",
    "/events/?view=month&month=2019-10",
    "/events/beijing-workshop-2019/",
    "/events/beijing-workshop-2019/programme/",
    "/events/beijing-workshop-2019/programme/?day=all&zone=Europe/Zurich",
    "/events/beijing-workshop-2019/speakers/",
    "/events/inclusive-coordination-2020/",
    "/events/inclusive-coordination-2020/programme/",
    "/events/next-workshop/",
    "/events/next-workshop/register/",
    "/series/covid-19-webinars-2020/",
    "/links/",
    "/sign-in/",
    "/sign-up/",
    "/privacy/",
]
DESK = [
    "/organise/",
    "/organise/new-event/",
    "/organise/events/next-workshop/",
    "/organise/events/next-workshop/programme/",
    "/organise/events/next-workshop/programme/conflicts/",
    "/organise/events/next-workshop/speakers/",
    "/organise/events/next-workshop/registrations/",
    "/organise/events/next-workshop/door/",
    "/organise/events/next-workshop/door/people/",
    "/organise/events/next-workshop/messages/",
    "/organise/events/next-workshop/settings/",
    "/organise/events/next-workshop/publish/",
    "/account/",
]


@LANGUAGES
@WIDTHS
def test_every_public_page_fits_and_is_for_everybody(visit: Callable[..., Visit], lang, viewport):
    someone = visit(lang, viewport)
    for path in PUBLIC:
        someone.open(f"/{lang}{path}")
        someone.check()
    page = someone.open(f"/{lang}/events/beijing-workshop-2019/")
    someone.follow(page.locator(f'a[href^="/{lang}/events/beijing-workshop-2019/sessions/"]').first)
    someone.check()


def sign_in(someone: Visit, lang: str) -> Page:
    """Sign in as the demo's organiser."""
    page = someone.open(f"/{lang}/sign-in/")
    page.fill('[name="address"]', "organiser@example.org")
    page.fill('[name="password"]', "eventhub-demo")
    someone.follow("main form button.primary")
    assert page.url.endswith("/organise/")
    return page


@pytest.mark.parametrize("can_copy", [True, False])
def test_what_is_to_be_copied_is_so_where_an_application_refuses_its_clipboard(visit, can_copy):
    """By the older way, and where there is none either the text is chosen, to be copied by hand."""
    someone = visit("zh", PHONE)
    refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('no'));"
    answer = "true" if can_copy else "false"
    older = f"document.execCommand = () => {{ window.__copied = getSelection().toString(); return {answer}; }};"
    someone.context.add_init_script(refuse + older)
    page = someone.open("/zh/events/next-workshop/")
    address = page.input_value("#feed-address")
    button = page.locator("#feed-address + button")
    button.click()
    if can_copy:
        expect(button).to_have_text("已复制")
        assert page.evaluate("window.__copied") == address
    else:
        expect(page.locator("#feed-address")).to_be_focused()
        expect(button).to_have_text("复制")
    someone.check()


@LANGUAGES
@WIDTHS
def test_every_room_of_the_desk_fits_and_is_for_everybody(visit: Callable[..., Visit], lang, viewport):
    someone = visit(lang, viewport)
    sign_in(someone, lang)
    for path in DESK:
        someone.open(f"/{lang}{path}")
        someone.check()


@LANGUAGES
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_visitor_finds_the_workshop_reads_it_in_another_zone_and_subscribes(visit, site: Site, lang, javascript):
    someone = visit(lang, PHONE, javascript=javascript)
    page = someone.open(f"/{lang}/events/")
    page.fill('[name="q"]', "研讨" if lang == "zh" else "humanitarian response")
    with page.expect_navigation():
        page.locator('[name="q"]').press("Enter")
    someone.follow(page.locator('a[href$="/events/beijing-workshop-2019/"]').first)
    someone.follow(page.locator('a[href*="/beijing-workshop-2019/programme/"]').first)
    assert "09:30" in page.inner_text("main")
    page.goto(page.url.split("?")[0] + "?zone=Europe/Zurich")
    assert "03:30" in page.inner_text("main")
    assert "09:30" in page.inner_text("main")
    page.goto(f"{site.address}/{lang}/events/beijing-workshop-2019/")
    feed = page.locator('input[value$="/calendar.ics"]').first.input_value()
    calendar = page.request.get(feed)
    assert calendar.headers["content-type"] == "text/calendar; charset=utf-8"
    assert calendar.text().startswith("BEGIN:VCALENDAR\r\n")
    again = page.request.get(feed, headers={"If-None-Match": calendar.headers["etag"]})
    assert again.status == 304


def letter_to(someone: Visit, address: str, number: int = 1) -> str:
    """The text of the newest letter to an address, once there are so many; the worker takes a moment."""
    for _ in range(80):
        page = someone.open("/mailbox/")
        entries = page.locator(".entry", has_text=address)
        if entries.count() >= number:
            someone.follow(entries.first.locator("a"))
            return page.inner_text(".letter-text")
        time.sleep(0.25)
    raise AssertionError(f"no letter number {number} to {address}")


def register(someone: Visit, lang: str, slug: str, name: str, address: str) -> str:
    """Register in person; what the page that answers says has come of it."""
    page = someone.open(f"/{lang}/events/{slug}/register/")
    page.check('[name="pool"][value="in_person"]', force=True)
    page.fill('[name="name"]', name)
    page.fill('[name="address"]', address)
    page.check('[name="consent"]')
    question = page.locator('label[for="answer"]')
    if question.is_visible():  # without JavaScript
        page.fill("#answer", str(sum(map(int, re.findall("[0-9]+", question.inner_text())))))
    someone.follow("main form button.primary")
    status = page.get_attribute("main", "data-registration-status")
    assert "/registrations/" not in page.content()
    return str(status)


@pytest.mark.parametrize(
    ("lang", "viewport", "javascript"), [("zh", PHONE, True), ("en", WIDE, True), ("zh", PHONE, False)]
)
def test_a_participant_registers_waits_and_moves_up(visit, site: Site, lang, viewport, javascript):
    # Each way has an event of its own: a copy of the roundtable, made at the desk.
    organiser = visit(lang, WIDE)
    sign_in(organiser, lang)
    page = organiser.open(f"/{lang}/organise/events/next-roundtable/copy/")
    for part in page.locator('main form input[type="checkbox"]').all():
        part.check()
    organiser.follow("main form button.primary")
    slug = re.search(r"/organise/events/([^/]+)/", page.url)[1]
    organiser.open(f"/{lang}/organise/events/{slug}/publish/")
    organiser.follow("main form button.primary")

    someone = visit(lang, viewport, javascript=javascript)
    tag = f"{lang}{viewport['width']}{javascript}".lower()
    addresses = [f"p{number}-{tag}@example.org" for number in range(3)]
    states = [
        register(someone, lang, slug, f"参与者 {n}" if lang == "zh" else f"Person {n}", a)
        for n, a in enumerate(addresses)
    ]
    assert states == ["confirmed", "confirmed", "waitlisted"]
    assert register(someone, lang, slug, "Somebody", addresses[0].upper()) == "waitlisted"

    page = someone.page
    assert "1" in letter_to(someone, addresses[2])
    letter_to(someone, addresses[0])
    someone.follow('.letter-text a[href*="/registrations/"]')
    if javascript:
        someone.check()
    assert page.get_attribute("main", "data-registration-status") == "confirmed"
    someone.follow('a[href$="/cancel/"]')
    someone.follow("main form button.danger")
    letter_to(someone, addresses[2], number=2)
    someone.follow('.letter-text a[href*="/registrations/"]')
    assert page.get_attribute("main", "data-registration-status") == "confirmed"


def unfolded(calendar: str) -> dict[str, dict[str, str]]:
    """The entries of a feed by UID, each as its properties."""
    entries = {}
    for block in calendar.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]:
        lines = [line for line in block.split("END:VEVENT")[0].split("\r\n") if ":" in line]
        entry = {line.split(":", 1)[0].split(";")[0]: line.split(":", 1)[1] for line in lines}
        entries[entry["UID"]] = entry
    return entries


@LANGUAGES
def test_an_organiser_publishes_in_two_languages_and_calendars_follow(visit, site: Site, lang):
    someone = visit(lang, WIDE)
    page = sign_in(someone, lang)
    day = (datetime.now(UTC).date() + timedelta(days=40)).isoformat()
    someone.open(f"/{lang}/organise/new-event/")
    page.fill('[name="title_en"]', f"Remote panel {lang}")
    page.fill('[name="title_zh"]', f"远程圆桌讨论 {lang}")
    page.select_option('[name="kind"]', "side_event")
    page.select_option('[name="mode"]', "hybrid")
    page.select_option('[name="zone"]', "Europe/Zurich")
    for name, hour in (("starts", "09:00"), ("ends", "17:00")):
        page.locator(f'[name="{name}"]').nth(0).fill(day)
        page.locator(f'[name="{name}"]').nth(1).fill(hour)
    page.fill('[name="venue_en"]', "Conference centre")
    page.fill('[name="venue_zh"]', "会议中心")
    someone.follow("main form button.primary")
    slug = re.search(r"/organise/events/([^/]+)/", page.url)[1]

    for number, (en, zh) in enumerate([("Opening", "开幕"), ("Panel", "圆桌")]):
        someone.open(f"/{lang}/organise/events/{slug}/programme/sessions/new/")
        page.fill('[name="title_en"]', en)
        page.fill('[name="title_zh"]', zh)
        for name, hour in (("starts", f"{10 + number}:00"), ("ends", f"{11 + number}:00")):
            page.locator(f'[name="{name}"]').nth(0).fill(day)
            page.locator(f'[name="{name}"]').nth(1).fill(hour)
        page.locator('details:has([name="speakers-0-name_en"]) > summary').click()
        page.fill('[name="speakers-0-name_en"]', "Representative, Example Network")
        page.fill('[name="speakers-0-name_zh"]', "示例网络代表")
        page.select_option('[name="speakers-0-mode"]', "remote")
        someone.follow("main form button.primary")
    someone.open(f"/{lang}/organise/events/{slug}/publish/")
    someone.follow("main form button.primary")

    for other, title, remote in (("en", f"Remote panel {lang}", "Opening"), ("zh", f"远程圆桌讨论 {lang}", "开幕")):
        text = someone.open(f"/{other}/events/{slug}/").inner_text("main")
        assert title in text
        assert remote in text
    feed = f"{site.address}/{lang}/events/{slug}/calendar.ics"
    before = unfolded(page.request.get(feed).text())
    sessions = {uid: entry for uid, entry in before.items() if uid.startswith("session-")}
    assert len(sessions) == 2
    opening = next(uid for uid, entry in sessions.items() if entry["SUMMARY"] in {"Opening", "开幕"})

    session_id = opening.removeprefix("session-").split("@")[0]
    someone.open(f"/{lang}/organise/events/{slug}/programme/sessions/{session_id}/move/")
    page.locator('[name="starts"]').nth(1).fill("14:00")
    someone.follow("main form button.primary")
    assert unfolded(page.request.get(feed).text())[opening] == before[opening]  # a draft is nobody's business
    someone.open(f"/{lang}/organise/events/{slug}/programme/release/")
    someone.follow("main form button.primary")
    time.sleep(1.1)  # a feed may be a second old
    moved = unfolded(page.request.get(feed).text())[opening]
    assert moved["DTSTART"].endswith("T140000")
    assert int(moved["SEQUENCE"]) == int(before[opening]["SEQUENCE"]) + 1

    someone.open(f"/{lang}/organise/events/{slug}/programme/sessions/{session_id}/cancel/")
    someone.follow("main form button.danger")
    time.sleep(1.1)
    gone = unfolded(page.request.get(feed).text())[opening]
    assert gone["STATUS"] == "CANCELLED"
    assert int(gone["SEQUENCE"]) == int(moved["SEQUENCE"]) + 1


@LANGUAGES
def test_the_clock_of_a_device_is_told_where_its_line_is_ticked(chromium, site: Site, lang):
    context = chromium.new_context(timezone_id="America/New_York")
    page = context.new_page()
    form = f"{site.address}/{lang}/events/next-workshop/register/"
    page.goto(form)
    box = page.locator('[data-device-clock] input[name="zone"]')
    expect(box).to_be_checked()
    expect(page.locator("[data-device-clock]")).to_contain_text({"en": "Eastern Time", "zh": "北美东部时间"}[lang])
    assert box.input_value() == "America/New_York"
    box.uncheck()
    page.click("main form button.primary")  # refused, for nothing is filled in
    expect(page.locator("main [role=alert]")).to_be_visible()
    expect(box).to_be_visible()
    expect(box).not_to_be_checked()
    page.goto(f"{form}?zone=Asia/Tokyo")
    assert box.count() == 0
    context.close()
    # What the page shows anyway needs no line, and who tells nobody where they are is asked for nothing.
    for zone, value in (("Asia/Shanghai", "Asia/Shanghai"), ("UTC", "on")):
        context = chromium.new_context(timezone_id=zone)
        page = context.new_page()
        page.goto(form)
        expect(page.locator("[data-device-clock]")).to_be_hidden()
        box = page.locator('[data-device-clock] input[name="zone"]')
        assert (box.input_value(), box.is_checked()) == (value, zone != "UTC")
        context.close()


def test_the_clock_of_a_device_is_that_of_an_event_also_where_the_browser_calls_it_otherwise(chromium, site: Site):
    context = chromium.new_context(timezone_id="Asia/Kathmandu")
    page = context.new_page()
    form = f"{site.address}/en/events/next-workshop/register/"

    def held_in_kathmandu(route: Route) -> None:
        body = route.fetch().text()
        route.fulfill(body=body.replace('data-device-clock="Asia/Shanghai"', 'data-device-clock="Asia/Kathmandu"'))

    page.goto(form)
    expect(page.locator("[data-device-clock]")).to_be_visible()
    page.route(form, held_in_kathmandu)
    page.goto(form)
    assert page.locator("[data-device-clock]").get_attribute("data-device-clock") == "Asia/Kathmandu"
    expect(page.locator("[data-device-clock]")).to_be_hidden()
    context.close()
