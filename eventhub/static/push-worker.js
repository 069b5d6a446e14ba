// Shows what concerns a registrant on their device, and opens the page it is about. It watches over no page.

"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // Whatever comes must be shown, or browsers say themselves that something was hidden.
  }
  event.waitUntil(self.registration.showNotification(told.title || "EventHub", {
    body: told.line || "",
    lang: told.lang || "",
    tag: told.about || "",
    // What replaces an earlier notice is news as well.
    renotify: Boolean(told.about),
    data: { path: told.path || "/" },
  }));
});

// A browser may give the device another address, and tells nobody but us.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.newSubscription)));

async function renew(fresh) {
  // What the page has kept of the address before: browsers do not all say it here.
  const kept = await (await (await caches.open("push")).match(self.registration.scope))?.json();
  if (!kept) return;
  const subscription = fresh ?? await self.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: Uint8Array.from(kept.key),
  });
  const { endpoint, keys } = subscription.toJSON();
  const values = { registration: kept.registration, was: kept.endpoint, was_auth: kept.auth, endpoint, ...keys };
  const answer = await fetch(kept.address, { method: "POST", body: new URLSearchParams(values) });
  if (!answer.ok) return;
  const now = { ...kept, endpoint, auth: keys.auth };
  await (await caches.open("push")).put(self.registration.scope, new Response(JSON.stringify(now)));
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.path ?? "/", self.location.origin);
  event.waitUntil(open(address.origin === self.location.origin ? address.href : self.location.origin));
});

// In the window that shows it already, if there is one.
async function open(address) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
}
