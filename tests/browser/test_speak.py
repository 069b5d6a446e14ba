"""A speaker's way by their private link: on a phone in Chinese without JavaScript, and in English on a wide screen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from .conftest import PHONE, WIDE, Site, Visit

PRIMARY = "main form button.primary"


def sign_in(someone: Visit, lang: str = "en") -> Page:
    """Sign in as the demo's organiser."""
    page = someone.open(f"/{lang}/sign-in/")
    page.fill('[name="address"]', "organiser@example.org")
    page.fill('[name="password"]', "eventhub-demo")
    someone.follow(PRIMARY)
    return page


def letter_to(someone: Visit, address: str) -> None:
    """Open the newest letter to an address; the worker takes a moment."""
    for _ in range(80):
        entries = someone.open("/mailbox/").locator(".entry", has_text=address)
        if entries.count():
            someone.follow(entries.first.locator("a"))
            return
        time.sleep(0.25)
    raise AssertionError(f"no letter to {address}")


def fits(page: Page) -> None:
    """Nothing reaches beyond the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"


@pytest.fixture
def slug(visit: Callable[..., Visit], request: pytest.FixtureRequest) -> str:
    """A published event with Zeng Min as a presenter, who was invited by letter."""
    organiser = visit("en", WIDE)
    page = sign_in(organiser)
    organiser.open("/en/organise/events/next-roundtable/copy/")
    organiser.follow(PRIMARY)
    slug = re.search(r"/organise/events/([^/]+)/", page.url)[1]
    room = f"/en/organise/events/{slug}"

    organiser.open(f"{room}/speakers/new/")
    for name, text in (("family", "Zeng"), ("given", "Min"), ("han_family", "曾"), ("han_given", "敏")):
        page.fill(f'[name="{name}"]', text)
    page.check('[name="language"][value="zh"]')
    organiser.follow(PRIMARY)

    organiser.open(f"{room}/programme/sessions/new/")
    page.fill('[name="title_en"]', "Field reports")
    page.fill('[name="title_zh"]', "一线报告")
    page.locator('[name="ends"]').nth(1).fill("18:30")
    page.select_option('[name="speakers-0-role"]', "presenter")
    page.select_option('[name="speakers-0-person_id"]', label="Min Zeng 曾敏")
    organiser.follow(PRIMARY)
    organiser.open(f"{room}/publish/")
    organiser.follow(PRIMARY)

    invite(organiser, slug, "Min Zeng", f"zeng-{slug}@example.org")
    return slug


def invite(organiser: Visit, slug: str, name: str, address: str = "") -> None:
    """Invite one person, at an address where none is known."""
    page = organiser.open(f"/en/organise/events/{slug}/speakers/")
    organiser.check()
    organiser.follow(page.get_by_role("link", name=name, exact=True))
    organiser.check()
    organiser.follow(page.get_by_role("link", name="Invite", exact=True))
    organiser.check()
    row = page.locator("fieldset.group", has_text=name)
    row.locator('[type="checkbox"]').check()
    if address:
        row.locator('[type="email"]').fill(address)
    organiser.follow(PRIMARY)


def confirm_where_asked(someone: Visit) -> None:
    """Confirm, unless the organisers have confirmed already."""
    if (button := someone.page.locator('main button[name="accepts"][value="yes"]')).count():
        someone.follow(button)


def test_a_speaker_does_everything_on_a_phone_in_chinese_without_javascript(visit, site: Site, slug: str):
    speaker = visit("zh", PHONE, javascript=False)
    page = speaker.page
    letter_to(speaker, f"zeng-{slug}@example.org")
    assert "曾敏，您好：" in page.inner_text(".letter-text")
    speaker.follow('.letter-text a[href*="/speak/"]')
    desk = page.url
    assert "一线报告" in page.inner_text("main")
    fits(page)
    confirm_where_asked(speaker)
    assert "已确认" in page.inner_text("main")

    speaker.follow(page.get_by_role("link", name="无法出行，改为远程参加"))
    fits(page)
    speaker.follow(PRIMARY)
    assert page.locator(".error").count() == 1, "no reason was given"
    page.keyboard.press("Tab")
    assert page.locator(".notice a:focus").get_attribute("href") == "#reason", "the page begins at what is wrong"
    page.fill('[name="reason"]', "签证未获批")
    speaker.follow(PRIMARY)
    assert page.url == desk
    assert "远程" in page.inner_text(".parts")
    speaker.open(f"/zh/events/{slug}/speakers/")
    assert "曾敏" in page.inner_text("main")

    speaker.open(desk)
    speaker.follow(page.get_by_role("link", name="题目与摘要"))
    fits(page)
    page.fill('[name="title_zh"]', "洪灾中的社区志愿者")
    page.fill('[name="title_en"]', "Community volunteers in a flood")
    speaker.follow(PRIMARY)
    assert "Community volunteers in a flood" in page.inner_text(".parts")

    speaker.follow(page.get_by_role("link", name="姓名与简介"))
    fits(page)
    page.fill('[name="biography_zh"]', "从事救灾工作十年。")
    page.fill('[name="biography_en"]', "Has worked in relief for ten years.")
    speaker.follow(PRIMARY)

    speaker.follow(page.get_by_role("link", name="修改", exact=True))
    fits(page)
    page.select_option('[name="zone"]', "Europe/Zurich")
    page.fill('[name="needs"]', "口译")
    page.check('[name="may_record"][value="yes"]')
    speaker.follow('button[name="add_row"]')
    fits(page)
    assert page.locator('[name="availability-1-starts"]').count() == 2
    assert page.locator("#availability-1-starts:focus").count() == 1, "not at the top of the page"
    for name, hour in (("starts", "09:00"), ("ends", "23:00")):
        page.locator(f'[name="availability-0-{name}"]').nth(0).fill("2030-05-06")
        page.locator(f'[name="availability-0-{name}"]').nth(1).fill(hour)
    speaker.follow("main form button.primary:not([name])")
    text = page.inner_text("main")
    assert "日内瓦时间" in text
    assert "09:00" in text
    fits(page)

    feed = page.locator("#feed-address").input_value()
    calendar = page.request.get(feed).text()
    assert calendar.count("BEGIN:VEVENT") == 1
    assert "一线报告" in calendar


def test_a_co_speaker_is_proposed_invited_and_answers_on_a_wide_screen(visit, site: Site, slug: str):
    speaker = visit("en", WIDE)
    page = speaker.page
    letter_to(speaker, f"zeng-{slug}@example.org")
    speaker.follow('.letter-text a[href*="/speak/"]')
    speaker.check()
    speaker.open(page.url.replace("/zh/", "/en/"))
    confirm_where_asked(speaker)
    slides = page.locator('#slides ~ .parts input[type="file"]').first
    slides.set_input_files({"name": "film.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" * 7_000_000})
    assert "larger than 25 MB" in page.locator(".error[role=alert]").inner_text()
    here = page.url
    page.get_by_role("button", name="Send the slides").click()
    assert page.url == here, "it is not even sent"
    slides.set_input_files({"name": "short.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    assert page.locator(".error[role=alert]").count() == 0
    speaker.check()
    desk = page.url
    for way in ("profile/", "wishes/"):
        speaker.open(desk + way)
        speaker.check()
    speaker.open(desk)
    for words in ("I cannot travel: take part remotely", "I cannot take part", "Title and abstract"):
        speaker.follow(page.get_by_role("link", name=words))
        speaker.check()
        speaker.open(desk)
    speaker.follow(page.get_by_role("link", name="Propose a co-speaker"))
    speaker.check()
    page.fill('[name="family"]', "Rahman")
    page.fill('[name="given"]', "Aisha")
    page.fill('[name="address"]', f"rahman-{slug}@example.org")
    page.check('[name="language"][value="en"]')
    speaker.follow(PRIMARY)
    assert "Aisha Rahman Not invited yet" in " ".join(page.inner_text(".parts").split())

    organiser = visit("en", WIDE)
    sign_in(organiser)
    invite(organiser, slug, "Aisha Rahman")
    assert "Have not answered" in organiser.page.inner_text("main")
    organiser.check()
    organiser.follow(organiser.page.locator('main a[href*="/parts/"]', has_text="Min Zeng").first)
    for words in ("Takes part remotely", "Withdraw from the session"):
        organiser.follow(organiser.page.get_by_role("link", name=words))
        organiser.check()
        organiser.follow(organiser.page.get_by_role("link", name="Back", exact=True))
    organiser.open(f"/en/organise/events/{slug}/speakers/")

    other = visit("en", WIDE)
    letter_to(other, f"rahman-{slug}@example.org")
    other.follow('.letter-text a[href*="/speak/"]')
    other.check()
    other.follow(other.page.get_by_role("link", name="Decline", exact=True))
    other.check()
    other.page.fill('[name="reason"]', "On leave that week")
    with other.page.expect_navigation():
        other.page.press('[name="reason"]', "Enter")
    other.check()
    assert "Declined" in other.page.inner_text(".parts")
    organiser.page.reload()
    assert "On leave that week" in organiser.page.inner_text("main")
