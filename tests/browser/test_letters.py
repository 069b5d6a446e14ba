"""Words of letters are written with placeholders picked from their list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import PHONE, Visit

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
