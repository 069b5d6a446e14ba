"""Notices on a device, in a real browser: turned on and off by a registrant, shown when they come, and opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from eventhub.foundation import clock
from eventhub.messaging.push.words import Note

from .conftest import PHONE, Visit
from .test_paths import letter_to

# What a browser's maker would answer: this machine reaches none. All else is the browser's own.
SERVICE = """
PushManager.prototype.subscribe = async function (options) {
  if (window.__refuses) throw new DOMException("no service", "AbortError");
  const keys = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const text = (bytes) => btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const endpoint = `https://push.example.org/${crypto.randomUUID()}`;
  const told = { endpoint, keys: { p256dh: text(raw), auth: text(crypto.getRandomValues(new Uint8Array(16))) } };
  if (options.applicationServerKey.length !== 65) throw new Error("no key");
  sessionStorage.setItem("subscription", JSON.stringify(told));
  return PushManager.prototype.getSubscription.call(this);
};
PushManager.prototype.getSubscription = async function () {
  const told = JSON.parse(sessionStorage.getItem("subscription"));
  return told && { endpoint: told.endpoint, toJSON: () => told,
    unsubscribe: async () => { sessionStorage.removeItem("subscription"); return true; } };
};
"""
TOLD = {
    "en": ("Changed: Workshop <b>&", "Wednesday 7 May 2031, 09:00–17:00 Beijing time, Conference hotel"),
    "zh": ("活动变更：研讨会", "2031年5月7日 星期三 09:00–17:00（北京时间），会议酒店"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_registrant_turns_notices_on_and_reads_what_comes(visit: Callable[..., Visit], lang: str):
    someone = visit(lang, PHONE)
    someone.context.grant_permissions(["notifications"], origin=someone.address)
    someone.context.add_init_script(SERVICE)
    page = own_page(someone, lang)
    mine = page.url
    panel = page.locator("#push")
    on, off = (panel.locator(f"button[value={deed}]") for deed in ("on", "off"))
    expect(on).to_be_visible()
    expect(off).to_be_hidden()
    someone.check()
    page.evaluate("window.__refuses = true")
    on.click()
    unreachable = {"en": "could not reach its maker", "zh": "连接不上其厂商的推送服务"}[lang]
    expect(panel.get_by_role("status")).to_contain_text(unreachable)
    page.evaluate("window.__refuses = false")
    on.click()
    expect(off).to_be_focused()
    expect(panel.get_by_role("status")).to_contain_text({"en": "are shown on this device", "zh": "已开启通知"}[lang])
    someone.open(mine)
    expect(off).to_be_visible()
    someone.check()
    moved = moved_by_browser(someone)
    page.evaluate("told => sessionStorage.setItem('subscription', JSON.stringify(told))", moved)
    someone.open(mine)
    expect(off).to_be_visible()
    # What comes is what we write, as the browser hands it to our worker.
    title, line = TOLD[lang]
    path, about = f"/{lang}/events/next-workshop/", f"changes:{uuid4()}"
    for said in ("an earlier one", line):
        note = Note(title, said, path, lang, about, clock.now() + timedelta(hours=1))
        push(page, someone.address, note.message().decode())
    (shown,) = notices(page, 1)
    assert shown == {"title": title, "body": line, "lang": {"en": "en", "zh": "zh-Hans"}[lang], "tag": about}
    opened = click(someone)
    assert opened == f"{someone.address}{path}"
    assert notices(page, 0) == []
    push(page, someone.address, "this is no message of ours")
    assert [one["title"] for one in notices(page, 1)] == ["EventHub"]
    someone.context.new_page().goto(opened, wait_until="commit")
    off.click()
    expect(on).to_be_focused()
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    someone.open(mine)
    expect(on).to_be_visible()
    expect(panel.locator("[name=deed][value=none]")).to_have_count(0)


def test_whoever_blocks_notices_is_told_and_whoever_runs_no_scripts_sees_nothing(visit: Callable[..., Visit]):
    someone = visit("en")
    page = own_page(someone, "en")
    panel = page.locator("#push")
    told = {"permission": {"name": "notifications"}, "setting": "denied", "origin": someone.address}
    page.context.new_cdp_session(page).send("Browser.setPermission", told)
    panel.get_by_role("button", name="Show notices on this device").click()
    expect(panel.get_by_role("status")).to_contain_text("Your browser is set to show no notices of this site.")
    expect(panel.get_by_role("button")).to_have_count(0)
    plain = visit("en", javascript=False)
    expect(plain.open(page.url).locator("#push")).to_be_hidden()


def own_page(someone: Visit, lang: str) -> Page:
    """Register somebody, and follow their letter."""
    page = someone.open(f"/{lang}/events/next-workshop/register/")
    page.check('[name="pool"][value="online"]', force=True)
    page.fill('[name="name"]', "王芳")
    address = f"push-{uuid4().hex[:8]}@example.org"
    page.fill('[name="address"]', address)
    page.check('[name="consent"]')
    someone.follow("main form button.primary")
    letter_to(someone, address)
    return someone.follow('.letter-text a[href*="/registrations/"]')


def moved_by_browser(someone: Visit) -> Any:
    """Another address and other keys, which the browser gives to our worker alone."""
    (worker,) = someone.context.service_workers
    return worker.evaluate(
        """async () => {
          const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
          const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
          const text = (bytes) => btoa(String.fromCharCode(...bytes))
            .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
          const keys = { p256dh: text(raw), auth: text(crypto.getRandomValues(new Uint8Array(16))) };
          const told = { endpoint: `https://push.example.org/${crypto.randomUUID()}`, keys };
          await renew({ toJSON: () => told });
          return told;
        }"""
    )


def push(page: Page, origin: str, data: str) -> None:
    """Have the browser hand something to our worker as if it had come from its maker's service."""
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    for _ in range(50):
        ours = [one for one in found if "/static/push/" in one["scopeURL"] and not one["isDeleted"]]
        if ours:
            break
        page.wait_for_timeout(50)
    (ours,) = {one["registrationId"] for one in ours}
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": ours, "data": data})
    session.detach()


def notices(page: Page, number: int) -> list[dict[str, str]]:
    """What the browser shows, once there are so many."""
    ask = """() => navigator.serviceWorker.getRegistrations()
      .then((all) => Promise.all(all.map((one) => one.getNotifications())))
      .then((all) => all.flat().map(({ title, body, lang, tag }) => ({ title, body, lang, tag })))"""
    for _ in range(50):
        found: list[dict[str, str]] = page.evaluate(ask)
        if len(found) == number:
            break
        page.wait_for_timeout(50)
    return found


def click(someone: Visit) -> str:
    """Click what is shown; the address of the window that our worker asks for.

    A browser opens one on a real click alone, and without a screen there is nothing to click on.
    """
    (worker,) = (one for one in someone.context.service_workers if "push-worker" in one.url)
    opened: str = worker.evaluate("""async () => {
      const [notification] = await self.registration.getNotifications();
      return new Promise((resolve) => {
        self.clients.openWindow = async (address) => resolve(address);
        self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
      });
    }""")
    return opened
