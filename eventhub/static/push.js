// Turns notices on this device on and off. Our worker lives at an address of its own for each registration, under which
// there are no pages: it watches over none, and what is turned off for one event stays on for another.

"use strict";

const panel = document.getElementById("push");
if (panel && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) prepare();

async function prepare() {
  const { worker, scope, key, renewal } = panel.dataset;
  const form = panel.querySelector("form[data-push]");
  const [on, off] = form.querySelectorAll("button");
  const said = form.querySelector("[data-said]");
  const address = form.action;
  const token = form.elements.csrf_token.value;
  const known = new Set(panel.dataset.known.split(" ").filter(Boolean));

  const say = (name) => { said.textContent = form.querySelector(`[data-words="${name}"]`)?.content.textContent ?? name; };

  async function found() {
    const place = new URL(scope, location).href;
    return (await navigator.serviceWorker.getRegistrations()).find((one) => one.scope === place);
  }

  async function markOf(subscription) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
    return Array.from(new Uint8Array(digest).slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function show() {
    const subscription = await (await found())?.pushManager.getSubscription();
    const isOn = Boolean(subscription) && known.has(await markOf(subscription));
    const isBlocked = Notification.permission === "denied";
    on.hidden = isOn || isBlocked;
    off.hidden = !isOn;
    if (isBlocked) say("blocked");
    return isOn;
  }

  async function tell(values) {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token, ...values }) });
    if (answer.ok) return;
    const refusal = await answer.json().catch(() => ({}));
    throw new Error(refusal.error ?? "", { cause: "told" });
  }

  // For the worker, to which the browser may give another address while no page is open.
  async function keep(what) {
    const place = new URL(scope, location).href;
    try {
      const store = await caches.open("push");
      await (what ? store.put(place, new Response(JSON.stringify(what))) : store.delete(place));
    } catch {
      // Where a browser keeps nothing, notices end with the address that they were turned on for.
    }
  }

  async function turnOn() {
    if (await Notification.requestPermission() !== "granted") return "blocked";
    const registration = await navigator.serviceWorker.register(worker, { scope });
    await active(registration);
    // One that was made for another key of the site, or that the site has forgotten, is made anew.
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    let subscription;
    try {
      subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
    } catch {
      return "unreachable";
    }
    const { endpoint, keys } = subscription.toJSON();
    try {
      await tell({ deed: "on", endpoint, p256dh: keys.p256dh, auth: keys.auth });
    } catch (refusal) {
      await subscription.unsubscribe();
      throw refusal;
    }
    known.add(await markOf(subscription));
    await keep({ registration: scope.split("/").at(-2), address: renewal, key: [...bytesOf(key)], endpoint, auth: keys.auth });
    return "on";
  }

  async function turnOff() {
    const registration = await found();
    const subscription = await registration?.pushManager.getSubscription();
    if (subscription) {
      const mark = await markOf(subscription);
      await tell({ deed: "off", mark });
      known.delete(mark);
      await subscription.unsubscribe();
    }
    await registration?.unregister();
    await keep(null);
    return "off";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    on.disabled = off.disabled = true;
    let word;
    try {
      word = await (event.submitter === off ? turnOff() : turnOn());
    } catch (error) {
      word = error.cause === "told" && error.message ? error.message : "failed";
    }
    on.disabled = off.disabled = false;
    await show();
    // How many there are, was true when the page was made.
    panel.querySelector("[data-count]")?.remove();
    say(word);
    (off.hidden ? on : off).focus();
  });

  await show();
  panel.hidden = form.hidden = false;
}

function active(registration) {
  if (registration.active) return Promise.resolve();
  const worker = registration.installing ?? registration.waiting;
  return new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("redundant"));
    });
  });
}

function bytesOf(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}
