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
