"""The doors of an event in two browsers, one of which loses its connection; and a phone without scripts."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, WIDE, Line, Site, Visit

PRIMARY = "main form button.primary"
# How a code is read out of a picture of a page, by the same reader that the door uses.
READ = """async ({picture, reader}) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const drawn = canvas.getContext("2d");
  drawn.drawImage(image, 0, 0);
  const { default: decode } = await import(reader);
  return decode(drawn.getImageData(0, 0, canvas.width, canvas.height));
}"""


def sign_in(someone: Visit) -> Page:
    """Sign in as the demo's organiser."""
    page = someone.open("/en/sign-in/")
    page.fill('[name="address"]', "organiser@example.org")
    page.fill('[name="password"]', "eventhub-demo")
    someone.follow(PRIMARY)
    return page


@pytest.fixture
def organiser(visit: Callable[..., Visit]) -> Visit:
    """The demo's organiser, signed in."""
    found = visit("en", WIDE)
    sign_in(found)
    return found


@pytest.fixture
def slug(organiser: Visit) -> str:
    """A published event of its own with thirty places in person, a session, and four people who have a place."""
    page = organiser.open("/en/organise/events/next-workshop/copy/")
    for part in page.locator('main form input[type="checkbox"]').all():
        part.check()
    organiser.follow(PRIMARY)
    found = re.search(r"/organise/events/([^/]+)/", page.url)
    assert found
    slug = found[1]
    organiser.open(f"/en/organise/events/{slug}/publish/")
    organiser.follow(PRIMARY)
    for name in ("张伟", "王芳", "欧阳明远"):
        organiser.open(f"/en/organise/events/{slug}/registrations/new/")
        page.check('[name="pool"][value="in_person"]', force=True)
        page.fill('[name="name"]', name)
        organiser.follow(PRIMARY)
    return slug


def ticket(visit: Callable[..., Visit], slug: str, name: str) -> str:
    """Register somebody, follow their letter to their ticket, and read its code off the page."""
    someone = visit("zh", PHONE)
    page = someone.open(f"/zh/events/{slug}/register/")
    page.check('[name="pool"][value="in_person"]', force=True)
    page.fill('[name="name"]', name)
    address = f"{name.split(maxsplit=1)[0].lower()}-{slug}@example.org"
    page.fill('[name="address"]', address)
    page.check('[name="consent"]')
    someone.follow(PRIMARY)
    for _ in range(80):
        entries = someone.open("/mailbox/").locator(".entry", has_text=address)
        if entries.count():
            break
        time.sleep(0.25)
    someone.follow(entries.first.locator("a"))
    someone.follow('.letter-text a[href*="/registrations/"]')
    someone.check()
    someone.follow(page.get_by_role("link", name="放大显示凭证").last)
    someone.check()
    picture = base64.b64encode(page.locator(".ticket-code").screenshot()).decode()
    code = page.evaluate(READ, {"picture": picture, "reader": "/static/vendor/qr-reader.js"})
    assert re.fullmatch("[A-Z2-7]{149}", code)
    return str(code)


def admit(organiser: Visit, slug: str, name: str) -> str:
    """Admit a device; the address of its door."""
    page = organiser.open(f"/en/organise/events/{slug}/door/")
    page.fill('main [name="name"]', name)
    organiser.follow("main form.form button.primary")
    organiser.check()
    return page.input_value("#door-address")


def stand_at(door: Visit, address: str, lang: str) -> Page:
    """Open a door, and wait until it holds the names."""
    page = door.open(urlsplit(address).path.replace("/en/", f"/{lang}/", 1))
    is_at(page, "online")
    # From now on the page opens without a connection.
    expect(page.locator("#line")).to_have_attribute("data-kept", "yes", timeout=15000)
    return page


def is_at(page: Page, state: str, waiting: int | None = None) -> None:
    """Wait until the line at the top says how the connection is."""
    expect(page.locator("#line")).to_have_attribute("data-state", state, timeout=15000)
    if waiting is not None:
        expect(page.locator("#line")).to_have_attribute("data-waiting", str(waiting))


def scan(page: Page, code: str) -> None:
    """What the camera does with a code that it has read."""
    page.fill("#code", code)
    page.locator("#scan button").click()


def check_in_by_name(page: Page, words: str, name: str) -> None:
    """Find somebody, and let them in."""
    page.fill("#words", words)
    page.locator("#found li", has_text=name).locator("button").click()


def says(page: Page, word: str, *texts: str) -> None:
    """Wait for what the door says, in large letters."""
    expect(page.locator(f".door-outcome.{word}")).to_be_visible()
    for text in texts:
        expect(page.locator(".door-outcome")).to_contain_text(text)


def look_again(page: Page) -> None:
    """Have a door ask the site now instead of in some seconds; what it is asking already may be older."""
    page.evaluate("sync().then(sync)")


def test_a_browser_that_keeps_nothing_lets_people_in_all_the_same(visit, organiser: Visit, slug: str):
    address, someone = admit(organiser, slug, "North entrance"), visit("en", PHONE)
    refuse = "{ get() { throw new DOMException('', 'SecurityError'); } }"
    someone.page.add_init_script(f"Object.defineProperty(window, 'localStorage', {refuse});")
    page = someone.open(address)
    is_at(page, "online")
    check_in_by_name(page, "wang fang", "王芳")
    says(page, "welcome", "王芳")


def test_two_doors_agree_after_one_has_lost_its_connection(visit, line: Line, organiser: Visit, slug: str):
    code, late = ticket(visit, slug, "Amina Diallo"), ticket(visit, slug, "Ben Okoro")
    foreign = ticket(visit, "next-workshop", "Fay Elsewhere")
    addresses = [admit(organiser, slug, name) for name in ("North entrance", "South entrance")]
    phone, desk = visit("zh", PHONE, through=line), visit("en", WIDE)
    north, south = stand_at(phone, addresses[0], "zh"), stand_at(desk, addresses[1], "en")
    phone.check()
    desk.check()

    # The phone loses its connection, and lets people in all the same: by ticket, and by name in whatever script.
    phone.lose_connection()
    scan(north, code)
    says(north, "welcome", "欢迎", "Amina Diallo")
    is_at(north, "offline", 1)
    scan(north, code)
    says(north, "already", "已签到", "North entrance")
    check_in_by_name(north, "zhangwei", "张伟")
    says(north, "welcome", "张伟")
    scan(north, code[:60] + ("A" if code[60] != "A" else "B") + code[61:])
    says(north, "unreadable", "不是参会凭证")
    scan(north, foreign)
    says(north, "other_event", "非本场活动")
    north.locator("details summary").click()
    north.fill('#walk-in [name="name"]', "Without Registration")
    north.locator("#walk-in button").click()
    says(north, "welcome", "Without Registration")
    expect(north.locator("#came")).to_have_text("3")
    # Whoever switches the phone off and on again finds the page and all that was done.
    north.reload()
    is_at(north, "offline", 4)
    assert north.evaluate("import(config.reader).then((reader) => typeof reader.default)") == "function"
    expect(north.locator("#came")).to_have_text("3")
    # Whoever registers now is on no list here, and their ticket is genuine all the same.
    scan(north, ticket(visit, slug, "Newcomer Late"))
    says(north, "unlisted", "欢迎")
    scan(north, code)
    says(north, "already", "Amina Diallo")

    # Meanwhile the other door knows nothing of it, and lets the same ticket in; and somebody first.
    check_in_by_name(south, "wang fang", "王芳")
    says(south, "welcome", "王芳")
    scan(south, code)
    says(south, "welcome", "Welcome", "Amina Diallo")
    scan(south, late)
    says(south, "welcome", "Ben Okoro")
    check_in_by_name(north, "wf", "王芳")
    says(north, "welcome", "王芳")

    # The phone is back: the earlier scan counts, and each door is told of the one that it comes second in.
    phone.find_connection()
    is_at(north, "online", 0)
    expect(north.locator("#told")).to_contain_text("王芳：此前已于")
    expect(north.locator("#told")).to_contain_text("South entrance")
    assert north.locator("#told").inner_text().count("王芳：") == 1
    look_again(south)
    expect(south.locator("#told")).to_contain_text("Amina Diallo: was checked in at")
    expect(south.locator("#told")).to_contain_text("North entrance")
    for page in (north, south):
        expect(page.locator("#came")).to_have_text("6")
        expect(page.locator("#latest")).to_contain_text("Newcomer Late")

    # Undone at one door, it is undone at the other.
    north.locator("#latest li", has_text="张伟").get_by_role("button").click()
    says(north, "undone", "张伟")
    is_at(north, "online", 0)
    look_again(south)
    expect(south.locator("#came")).to_have_text("5")
    phone.complaints.clear()  # that there was no connection
    phone.check()
    desk.check()

    page = organiser.open(f"/en/organise/events/{slug}/door/")
    organiser.check()
    figures = page.inner_text(".figures")
    assert re.search(r"Came: In person\s+4", figures)
    assert re.search(r"Walk-ins\s+1", figures)
    page = organiser.open(f"/en/organise/events/{slug}/door/people/?show=came")
    organiser.check()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="Amina Diallo")).to_contain_text("North entrance")
    expect(rows.filter(has_text="王芳")).to_contain_text("South entrance")


def test_a_device_that_is_turned_out_keeps_no_name(visit, line: Line, organiser: Visit, slug: str):
    phone = visit("zh", PHONE, through=line)
    page = stand_at(phone, admit(organiser, slug, "Side door"), "zh")
    assert "张伟" in page.evaluate("JSON.stringify(localStorage)")
    phone.lose_connection()
    check_in_by_name(page, "zw", "张伟")
    says(page, "welcome", "张伟")

    desk = organiser.open(f"/en/organise/events/{slug}/door/")
    desk.get_by_role("button", name="Turn out").click()
    organiser.follow(desk.locator("dialog button.danger"))
    assert "Turned out" in desk.inner_text("main")

    phone.find_connection()
    says(page, "closed", "本设备已停用")
    expect(page.locator("body")).not_to_contain_text("张伟")
    page.wait_for_function("localStorage.length === 0")
    page.wait_for_function("caches.keys().then((names) => names.length === 0)")
    assert [text for text in phone.complaints if "Failed to load resource" not in text] == []
    assert page.goto(page.url).status == 404  # type: ignore[union-attr]


def test_the_door_works_on_a_phone_without_scripts(visit, organiser: Visit, site: Site, slug: str):
    address = admit(organiser, slug, "Main entrance")
    phone = visit("zh", PHONE, javascript=False)
    page = phone.open(address.replace("/en/", "/zh/", 1))
    page.fill("#words", "ouyang")
    phone.follow("#search button")
    phone.follow(page.locator("#found button"))
    says(page, "welcome", "欢迎", "欧阳明远")
    assert page.inner_text("#came") == "1"
    page.fill("#code", "HELLO")
    phone.follow("#scan button")
    says(page, "unreadable", "不是参会凭证")
    page.locator("details summary").click()
    page.fill('#walk-in [name="name"]', "现场来的人")
    phone.follow("#walk-in button")
    says(page, "welcome", "现场来的人")
    phone.follow(page.locator("#latest li", has_text="欧阳明远").locator("button"))
    says(page, "undone", "欧阳明远")
    page.select_option("#session", index=1)
    phone.follow("#where button")
    assert page.inner_text("#came") == "0"
    page.fill("#words", "张")
    phone.follow("#search button")
    phone.follow(page.locator("#found button"))
    says(page, "welcome", "张伟")
    assert page.inner_text("#came") == "1"
    wide: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.parametrize(("lang", "viewport"), [("zh", PHONE), ("en", WIDE)])
def test_what_is_touched_at_the_door_is_large_enough(visit, organiser: Visit, slug: str, lang, viewport):
    page = stand_at(visit(lang, viewport), admit(organiser, slug, "Main entrance"), lang)
    page.locator("details summary").click()
    page.fill("#words", "张")
    controls = page.locator("main :is(a, button, select, summary, input:not([type=hidden])):visible, header a").all()
    assert len(controls) > 8
    small = [(one.get_attribute("id"), box) for one in controls if (box := one.bounding_box()) and box["height"] < 44]
    assert small == []


def test_two_windows_of_one_door_lose_nothing(visit, line: Line, organiser: Visit, slug: str):
    phone = visit("zh", PHONE, through=line)
    page = stand_at(phone, admit(organiser, slug, "Main entrance"), "zh")
    other = phone.context.new_page()
    other.goto(page.url)
    is_at(other, "online")
    phone.lose_connection()
    check_in_by_name(page, "zw", "张伟")
    check_in_by_name(other, "wf", "王芳")
    says(page, "welcome", "张伟")
    says(other, "welcome", "王芳")
    other.close()
    page.reload()
    is_at(page, "offline", 2)
    expect(page.locator("#came")).to_have_text("2")
    phone.find_connection()
    is_at(page, "online", 0)
    expect(page.locator("#came")).to_have_text("2")
