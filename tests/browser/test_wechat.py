"""Inside WeChat, as its browsers on two kinds of phone call themselves: no file comes, and what is there fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.phones import IN_WECHAT

from .conftest import PHONE, Visit

IPHONE, ANDROID = (one["User-Agent"] for one in IN_WECHAT)
READERS = pytest.mark.parametrize(("lang", "reader"), [("en", IPHONE), ("zh", ANDROID)], ids=["iphone", "android"])
DOCUMENTS = "/organise/events/next-workshop/documents/"


def watched(page: Page) -> list[str]:
    """What WeChat would refuse, as it comes: files, and second windows."""
    found: list[str] = []

    def look(answer: Any) -> None:
        told = answer.headers.get("content-type", "") + answer.headers.get("content-disposition", "")
        if re.search("attachment|calendar|pdf|octet-stream", told):
            found.append(f"{answer.url}: {told}")

    page.on("response", look)
    page.on("download", lambda one: found.append(one.url))
    page.on("popup", lambda one: found.append(one.url))
    return found


@READERS
def test_a_button_that_copies_is_level_with_its_field(visit: Callable[..., Visit], lang: str, reader: str):
    someone = visit(lang, PHONE, user_agent=reader)
    for path in ("/events/next-workshop/", "/calendar.ics", "/events/next-workshop/schedule.xml"):
        page = someone.open(f"/{lang}{path}")
        someone.check()
        for beside in page.locator(".copy").all():
            field, button = beside.locator("textarea").bounding_box(), beside.locator("button").bounding_box()
            assert field
            assert button
            assert (button["y"], button["height"]) == (field["y"], 44), "it is as tall as other buttons"
        below = page.locator(".field > textarea + button").all()
        assert len(below) == (2 if "ics" not in path and "xml" not in path else 0)


@READERS
@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_documents_are_explained_and_never_sent(visit: Callable[..., Visit], lang: str, reader: str, javascript: bool):
    someone = visit(lang, PHONE, javascript=javascript, user_agent=reader)
    page = someone.open(f"/{lang}/sign-in/")
    page.fill("[name=address]", "organiser@example.org")
    page.fill("[name=password]", "eventhub-demo")
    someone.follow("main button.primary")
    refused = watched(page)
    for paper in ("badges", "signatures", "participants"):
        someone.open(f"/{lang}{DOCUMENTS}")
        if paper == "participants":
            page.check("[name=list-kind][value=internal]")
        someone.follow(f"form[action$='/{paper}/'] button")
        assert page.url.endswith(f"/{lang}{DOCUMENTS}")
        assert {"en": "WeChat cannot save files.", "zh": "微信无法保存文件。"}[lang] in page.inner_text(".notice")
    shown = {"programme.pdf": "programme/", "calendar.ics": "", "schedule.json": "", "changes.atom": "changes/"}
    for file, back in shown.items():
        someone.open(f"/{lang}/events/next-workshop/{file}")
        assert page.locator("#file-address").input_value().endswith(file)
        someone.follow("main .actions a")
        assert page.url.endswith(f"/{lang}/events/next-workshop/{back}")
    assert refused == []
