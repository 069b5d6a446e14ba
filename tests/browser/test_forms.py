"""A form is built, tried out and answered, by mouse, by keyboard and without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import PHONE, WIDE, Visit

FORM = "/organise/events/next-roundtable/registrations/form/"
REGISTER = "/events/next-roundtable/register/"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_form_with_a_condition_is_built_and_shows_what_applies(visit: Callable[..., Visit], lang, viewport):
    organiser = visit(lang, viewport)
    page = organiser.open(f"/{lang}/sign-in/")
    page.fill("[name=address]", "organiser@example.org")
    page.fill("[name=password]", "eventhub-demo")
    organiser.follow("main form button")

    def ask(kind: str, name: str, *, on: bool = False) -> None:
        organiser.open(f"/{lang}{FORM}")
        page.select_option("#kind", kind)
        organiser.follow("main form.filters button")
        page.fill("[name=label_en]", name)
        page.fill("[name=label_zh]", f"{name}（中文）")
        if kind == "choice_many":
            page.fill("[name=options-0-text_en]", "Museum")
            page.fill("[name=options-0-most]", "3")
        if on:
            page.locator("details", has=page.locator("[name=condition]")).locator("summary").click()
            page.locator("[name=condition][value$=':yes']").check()
        organiser.check()
        organiser.follow("main form.form button.primary")

    ask("choice_many", "Which nights?")
    ask("yes_no", "Hotel?")
    ask("choice_many", "Which tours?", on=True)
    try:
        organiser.check()
        # The question on which another depends stays before it, and one button moves the others.
        organiser.follow(page.locator(".questions > li").nth(1).locator("button").first)
        assert [text.split("?")[0] for text in page.locator(".questions > li a").all_inner_texts()] == [
            "Hotel", "Which nights", "Which tours",
        ]  # fmt: skip
        organiser.open(f"/{lang}{FORM}preview/")
        organiser.check()
        someone = visit(lang, viewport)
        form = someone.open(f"/{lang}{REGISTER}")
        tours = form.locator(".question[data-if]")
        assert tours.is_hidden()
        hotel = form.locator(".question", has_text="Hotel?").first
        hotel.locator("input[value=yes]").focus()
        form.keyboard.press("Space")
        assert tours.is_visible()
        someone.check()
        hotel.locator("input[value=no]").check()
        assert tours.is_hidden()
        plain = visit(lang, viewport, javascript=False).open(f"/{lang}{REGISTER}")
        assert plain.locator(".question[data-if]").is_visible()
        assert "Hotel?" in plain.locator(".question[data-if] .help").inner_text()
    finally:
        for _ in range(3):
            organiser.open(f"/{lang}{FORM}")
            page.locator(".questions > li").last.locator("button").last.click()
            organiser.follow(page.locator("dialog button.danger"))
