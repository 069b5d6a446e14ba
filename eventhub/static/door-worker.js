// Keeps the page of one door on the phone, so that it opens without a connection. Its scope is that page alone.

"use strict";

const SHELF = new URL("./", self.location).pathname;
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep(event.data.keep).then(() => event.source.postMessage("kept")));
});

async function keep(addresses) {
  const shelf = await caches.open(SHELF);
  const wanted = new Set();
  const take = async (address) => {
    const answer = await fetch(address, { cache: address === SHELF ? "no-store" : "default" });
    if (!answer.ok) return;
    wanted.add(new URL(address, self.location).href);
    // A module is of no use without those that it asks for.
    const text = address.includes("/vendor/") ? await answer.clone().text() : "";
    await shelf.put(address, answer);
    for (const [, other] of text.matchAll(/from '(\.\/[^']+)'/g)) await take(new URL(other, address).href);
  };
  for (const address of addresses) await take(address);
  // Files of an earlier version of the page.
  for (const request of await shelf.keys()) if (!wanted.has(request.url)) await shelf.delete(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && address.pathname === SHELF) event.respondWith(page(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
});

// The page as it is now, or as it was when the site last answered.
async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout?.(PATIENCE) });
    if (answer.status === 404) await caches.delete(SHELF);
    return answer;
  } catch {
    return (await caches.match(SHELF)) ?? Response.error();
  }
}

// A file's address changes with the file, so that the one we have is the right one.
async function file(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(SHELF)).put(request, answer.clone());
  return answer;
}
