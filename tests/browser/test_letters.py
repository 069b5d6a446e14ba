"""Words of letters are written with placeholders picked from their list, on pages that show where one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import PHONE, WIDE, Visit

WORDS = "/organise/organisations/demo-network/letters/promoted/"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_placeholder_is_put_where_somebody_was_writing(visit: Callable[..., Visit], lang):
    organiser = visit(lang, PHONE)
    page = organiser.open(f"/{lang}/sign-in/")
    page.fill("[name=address]", "organiser@example.org")
    page.fill("[name=password]", "eventhub-demo")
    organiser.follow("main form button")
    organiser.open(f"/{lang}{WORDS}")
    organiser.check()
    page.locator(".placeholder-list button", has_text="{when}").click()
    assert page.input_value("[name=text_en]") == "{when}"
    page.fill("[name=subject_zh]", "递补成功：")
    page.locator(".placeholder-list button", has_text="{event}").first.click()
    page.keyboard.type("。")
    assert page.input_value("[name=subject_zh]") == "递补成功：{event}。"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_desk_shows_its_current_room_and_buttons_begin_their_line(visit: Callable[..., Visit], lang):
    organiser = visit(lang, PHONE, javascript=False)
    page = organiser.open(f"/{lang}/sign-in/")
    page.fill("[name=address]", "organiser@example.org")
    page.fill("[name=password]", "eventhub-demo")
    organiser.follow("main form button")
    reminders = f"/{lang}/organise/events/next-workshop/messages/reminders/"
    organiser.open(reminders)
    if not page.locator(".panel").count():
        organiser.follow(page.locator("tbody button").first)
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        organiser.open(reminders)
        current = page.locator(".tabs [aria-current]").first.bounding_box()
        assert current and current["x"] >= 0 and current["x"] + current["width"] <= size["width"]
        heading, button = page.locator(".panel h3").first, page.locator(".panel .actions .button.quiet").first
        start = button.evaluate(
            "one => one.offsetLeft + parseFloat(getComputedStyle(one).paddingLeft) + one.clientLeft"
        )
        assert abs(start - heading.evaluate("one => one.offsetLeft")) < 1
