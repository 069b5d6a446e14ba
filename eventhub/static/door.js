// The door of an event, on a phone that may lose its connection. It keeps the list of names, checks tickets by our
// public keys, and lets people in at once; what it did waits in a queue until the site has heard of it. Each act carries
// an id of its own, so that telling it twice is as good as once, and its age by this phone's clock, so that a clock that
// is wrong does no harm. Of two doors the earlier scan counts, and the site tells the other when and where it was.

"use strict";

const config = JSON.parse(document.body.dataset.config);
const words = JSON.parse(document.body.dataset.words);
const by = (id) => document.getElementById(id);
const EVERY = 10000;       // milliseconds between two looks at what other doors did
const PATIENCE = 2500;     // how long somebody at the door waits for the site before the phone decides
const SLOWEST = 15000;     // how long a request may take at all
const AGAIN = 4000;        // the same code in front of the camera is the same scan for so long
const SHOWN = 20;
const BATCH = 100;

// ---- What this phone keeps ------------------------------------------------

const PREFIX = `eventhub.door.${config.door}.`;
const memory = {};

function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function keep(name, value) {
  memory[name] = value;
  return store(name, value);
}

function store(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;  // private windows and full phones: the page works on as long as it is open
  }
}

function keptNames() {
  try {
    return Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)).map((one) => one.slice(PREFIX.length));
  } catch {
    return [];  // as above
  }
}

function unkeep(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // Where nothing can be kept there is nothing to forget.
  }
}

// The arrivals and the moment until which they are known are one thing: a second window may write between.
const fresh = () => ({ roll: null, ledger: { arrivals: {}, until: "" }, own: {} });
for (const [name, otherwise] of Object.entries(fresh())) memory[name] = kept(name, otherwise);

// What waits to be sent lies each under a name of its own, so that two windows of one door never write over each other;
// what both of them send does no harm.
const QUEUE = "queue.";
memory.queue = [];
requeue();

function requeue(done = new Set()) {
  for (const id of done) unkeep(QUEUE + id);
  const all = new Map(memory.queue.map((one) => [one.id, one]));
  for (const name of keptNames().filter((one) => one.startsWith(QUEUE))) {
    const one = kept(name, null);
    if (one) all.set(one.id, one);
  }
  memory.queue = [...all.values()].filter((one) => !done.has(one.id)).sort((a, b) => a.at - b.at);
}
let closed = false;

// ---- Time and texts -------------------------------------------------------

const hour = new Intl.DateTimeFormat("en-GB", { timeZone: config.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: config.zone, year: "numeric", month: "2-digit", day: "2-digit" });
const dayShown = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: config.zone, day: "numeric", month: "short" });

function moment(at) {
  const then = new Date(at);
  return dayOf.format(then) === dayOf.format(new Date()) ? hour.format(then) : `${dayShown.format(then)} ${hour.format(then)}`;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function make(tag, text = "", look = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (look) element.className = look;
  return element;
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http has no randomUUID; the numbers are as good.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function plain(text) {
  return text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
}

// ---- Who is who -----------------------------------------------------------

const people = new Map();

function learnRoll() {
  people.clear();
  for (const one of memory.roll?.people ?? []) people.set(one.id, one);
  // Walk-ins that only this phone knows so far.
  for (const one of memory.queue) if (one.do === "walk_in") people.set(one.who, walkIn(one));
  // And whom another window of this door has let in.
  for (const one of memory.queue.filter((act) => act.person)) memory.ledger.arrivals[one.id] ??= noted(one);
}

function noted(act) {
  const at = new Date(act.at).toISOString();
  return { id: act.id, who: act.person, where: act.session || config.event, at, door: config.doorName, own: true };
}

// Whom the site knows and our list does not yet.
function stranger(one) {
  return { id: one.who, name: one.name, organisation: "", pool: "", state: "", told: "", ticket: 0, keys: plain(one.name) };
}

function walkIn(act) {
  const keys = plain(`${act.name}\n${act.name.replace(/\s/g, "")}\n${act.organisation}`);
  return { id: act.who, name: act.name, organisation: act.organisation, pool: "", state: "walk_in", told: "", ticket: 0, keys };
}

function where() {
  return by("session").value || config.event;
}

function arrivalOf(who, place = where()) {
  return Object.values(memory.ledger.arrivals).find((one) => one.who === who && one.where === place);
}

// ---- Tickets --------------------------------------------------------------

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytesOf(code) {
  const bytes = [];
  let held = 0, bits = 0;
  for (const letter of code) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return null;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
    }
  }
  return new Uint8Array(bytes);
}

const asId = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

async function isSigned(said, signature) {
  // Where the browser lets nobody compute (plain http), the list has to do, and the site looks at it later.
  if (!crypto.subtle) return null;
  for (const key of memory.roll?.keys ?? []) {
    const how = { name: "ECDSA", namedCurve: "P-256" };
    const imported = await crypto.subtle.importKey("jwk", key, how, false, ["verify"]);
    if (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, said)) return true;
  }
  return false;
}

// What a code says, as far as this phone can tell: a word, and who it is.
async function readTicket(code) {
  const bytes = bytesOf(code);
  if (!bytes || bytes.length !== 93 || bytes[0] !== 1) return { word: "unreadable" };
  const isGenuine = await isSigned(bytes.slice(0, 29), bytes.slice(29));
  if (isGenuine === false) return { word: "unreadable" };
  if (asId(bytes.slice(17, 25)) !== asId(bytesOfId(config.event).slice(0, 8))) return { word: "other_event" };
  const who = asId(bytes.slice(1, 17));
  const number = new DataView(bytes.buffer).getUint32(25);
  const one = people.get(who);
  if (!one) return isGenuine ? { word: "unlisted", who } : { word: "unreadable" };
  if (!one.ticket) return { word: "no_place", who };
  // A number above the one on the list is of a ticket that was made since.
  if (number < one.ticket || (number > one.ticket && !isGenuine)) return { word: "ended", who };
  return { word: "welcome", who };
}

function bytesOfId(id) {
  return new Uint8Array(id.replaceAll("-", "").match(/../g).map((pair) => parseInt(pair, 16)));
}

function standing(one) {
  return one.state === "walk_in" ? words.is_walk_in : [one.pool, one.told].filter(Boolean).join(" · ");
}

// ---- Letting in -----------------------------------------------------------

async function decide(act) {
  let said = { word: "welcome", who: act.who };
  if (act.code) said = await readTicket(act.code);
  else if (act.do === "check_in") {
    const one = people.get(act.who);
    if (!one) said = { word: "unknown" };
    else if (one.state !== "confirmed" && one.state !== "walk_in") said = { word: "no_place", who: act.who };
  }
  const before = said.who && arrivalOf(said.who, act.session || config.event);
  if (before && ["welcome", "unlisted"].includes(said.word)) {
    said = { word: "already", who: said.who, at: before.at, door: before.door };
  }
  const one = people.get(said.who);
  return { ...said, name: one?.name ?? "", state: one ? standing(one) : "" };
}

// Do something at once: on this phone, and at the site if it answers while the person is still standing there.
async function act(what) {
  const done = { id: newId(), at: Date.now(), session: by("session").value, ...what };
  const seen = await decide(done);
  const isIn = ["welcome", "unlisted", "already"].includes(seen.word);
  if (navigator.onLine && !isIn) {
    // Only the site can know better, as of a place that was given a minute ago.
    enqueue(done);
    const answer = await Promise.race([sync().then(() => answers.get(done.id)), wait(PATIENCE)]);
    awaited.delete(done.id);
    if (!answer) drop(done.id);
    return show(answer ?? seen);
  }
  if (!isIn) return show(seen);
  if (seen.word !== "already" && seen.who) done.person = seen.who;
  enqueue(done);
  if (done.person) remember(noted(done));
  memory.own[done.id] = { name: seen.name, word: seen.word };
  keep("own", memory.own);
  show(seen);
  const answer = await Promise.race([sync().then(() => answers.get(done.id)), wait(PATIENCE)]);
  awaited.delete(done.id);
  if (!answer) return undefined;
  memory.own[done.id].word = answer.word;
  return show(answer);
}

async function undo(arrival) {
  forget(arrival.id);
  enqueue({ id: newId(), at: Date.now(), do: "undo", arrival: arrival.id });
  show({ word: "undone", name: people.get(arrival.who)?.name ?? "" });
  await sync();
}

const wait = (time) => new Promise((resolve) => { setTimeout(resolve, time); });
const answers = new Map();
const awaited = new Set();

function enqueue(done) {
  awaited.add(done.id);
  memory.queue.push(done);
  if (!store(QUEUE + done.id, done)) {
    // The list can be had again; what was done here cannot.
    unkeep("roll");
    if (!store(QUEUE + done.id, done)) tell(words.full);
  }
  line();
}

function drop(id) {
  requeue(new Set([id]));
  line();
}

function remember(arrival) {
  memory.ledger.arrivals[arrival.id] = arrival;
  keep("ledger", memory.ledger);
  redraw();
}

function forget(id) {
  delete memory.ledger.arrivals[id];
  keep("ledger", memory.ledger);
  redraw();
}

// ---- Talking to the site --------------------------------------------------

let talking = null;
let again = false;
let isOffline = false;

function sync() {
  if (closed) return Promise.resolve();
  if (talking) {
    // What came meanwhile goes with a request of its own, and whoever asked waits for that one.
    again = true;
    return talking.then(() => (memory.queue.length ? sync() : undefined));
  }
  talking = talk().finally(() => { talking = null; });
  return talking.then(() => {
    if (!again) return undefined;
    again = false;
    return memory.queue.length ? sync() : undefined;
  });
}

async function ask(address, options) {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout?.(SLOWEST), credentials: "omit", cache: "no-store" });
  if (answer.status === 404) {
    close();
    throw new Error("closed");
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function talk() {
  const sent = memory.queue.slice(0, BATCH);
  const body = new FormData();
  body.set("operations", JSON.stringify(sent.map(({ at, ...one }) => ({ ...one, age: Math.max(0, Date.now() - at) }))));
  body.set("since", memory.ledger.until);
  try {
    const told = await ask(config.sync, { method: "POST", body });
    isOffline = false;
    const done = new Set(sent.map((one) => one.id));
    requeue(done);
    if (!memory.roll || (told.revision && told.revision !== memory.roll.revision)) await learn();
    take(told.results, sent);
    merge(told.arrivals, told.until);
    if (memory.queue.length) again = true;
  } catch {
    if (!closed) isOffline = true;
  }
  line();
  redraw();
}

async function learn() {
  keep("roll", await ask(config.roll));
  learnRoll();
}

// What came of each act. Whoever still stands at the door is told there; what comes later is told beneath it.
function take(results, sent) {
  for (const one of results) {
    const done = sent.find((act) => act.id === one.id);
    answers.set(one.id, one);
    if (one.name && !people.has(one.who)) people.set(one.who, stranger(one));
    if (one.word === "welcome" || one.word === "undone") continue;
    delete memory.ledger.arrivals[one.id];
    if (awaited.has(one.id) || !done) continue;
    const name = one.name || people.get(done.who)?.name || memory.own[one.id]?.name || words.someone;
    if (one.word === "already") {
      const mine = memory.own[one.id];
      if (mine?.word !== "already") tell(fill(words.clash, { name, time: moment(one.at), door: one.door || config.desk }));
      // What the ledger says of it in the same answer would be told a second time.
      if (mine) mine.word = "already";
    } else tell(fill(words.refused_later, { name, reason: one.text || reason(one) }));
  }
}

function reason(one) {
  const [short, long] = config.outcomes[one.word] ?? config.outcomes.refused;
  return fill(long, { state: one.state ?? "" }) || short;
}

function merge(arrivals, until) {
  for (const one of arrivals) {
    if (one.counts) {
      memory.ledger.arrivals[one.id] = one;
      continue;
    }
    delete memory.ledger.arrivals[one.id];
    // We had let them in, and now an earlier scan at another door counts.
    const mine = memory.own[one.id];
    if (mine && !one.undone && ["welcome", "unlisted"].includes(mine.word)) {
      mine.word = "already";
      const first = arrivals.find((other) => other.counts && other.who === one.who && other.where === one.where) ?? arrivalOf(one.who, one.where);
      const name = people.get(one.who)?.name ?? mine.name;
      if (first && !awaited.has(one.id)) tell(fill(words.clash, { name, time: moment(first.at), door: first.door || config.desk }));
    }
  }
  memory.ledger.until = until;
  keep("ledger", memory.ledger);
  keep("own", Object.fromEntries(Object.entries(memory.own).slice(-500)));
}

// Turned out: nothing of anybody stays on this phone.
async function close() {
  closed = true;
  stopCamera();
  for (const name of keptNames()) unkeep(name);
  people.clear();
  Object.assign(memory, fresh(), { queue: [] });
  by("main").replaceChildren(outcome("closed", words.closed));
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    if (config.worker.startsWith(new URL(worker.scope).pathname)) await worker.unregister();
  }
  if (window.caches) await caches.delete(location.pathname.replace(/[^/]*$/, ""));
}

// ---- What is seen ---------------------------------------------------------

function outcome(look, ...texts) {
  const box = make("div", "", `door-outcome is-new ${look}`);
  for (const [number, text] of texts.filter(Boolean).entries()) box.append(make(number ? "span" : "strong", text));
  return box;
}

let shownAt = 0;

function show(said) {
  if (closed) return;
  const [short, long] = config.outcomes[said.word] ?? config.outcomes.refused;
  const at = said.at ? moment(said.at) : "";
  const box = outcome(said.word, short);
  if (said.name) box.append(make("span", said.name, "door-who"));
  const brings = said.brings ?? people.get(said.who)?.brings;
  if (brings) box.append(make("b", brings));
  const text = said.text || fill(long, { time: at, door: said.door || config.desk, state: said.state ?? "" });
  if (text) box.append(make("span", text));
  const pool = people.get(said.who)?.pool;
  if (pool && said.word === "welcome") box.append(make("span", pool));
  // What the site confirms is not said twice.
  if (by("outcome").textContent === box.textContent && Date.now() - shownAt < PATIENCE) return;
  shownAt = Date.now();
  by("outcome").replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
  navigator.vibrate?.(said.word === "welcome" ? 80 : [120, 80, 120]);
}

function tell(text) {
  if (closed) return;
  by("told").prepend(make("li", text));
  by("told").hidden = false;
}

function line() {
  if (closed) return;
  const waiting = memory.queue.length;
  const state = isOffline || !navigator.onLine ? "offline" : memory.roll ? (waiting ? "sending" : "online") : "loading";
  by("line").hidden = false;
  by("line").className = `door-line ${state}`;
  by("line").dataset.state = state;
  by("line").dataset.waiting = waiting;
  const text = fill(words[state], { number: waiting });
  if (by("line").textContent !== text) by("line").textContent = text;
}

function button(text, look, name, action) {
  const made = make("button", text, `button ${look}`);
  made.type = "button";
  made.setAttribute("aria-label", `${text}: ${name}`);
  made.addEventListener("click", action);
  return made;
}

function entry(name, lines, control) {
  const item = make("li");
  const text = make("div", "", "grow");
  text.append(make("b", name));
  for (const one of lines.filter(Boolean)) text.append(make("br"), make("span", one, "soft"));
  item.append(text);
  if (control) item.append(control);
  return item;
}

function redraw() {
  if (closed || !memory.roll) return;
  const here = Object.values(memory.ledger.arrivals).filter((one) => one.where === where());
  by("came").textContent = new Set(here.map((one) => one.who)).size;
  by("expected").textContent = memory.roll.people.filter((one) => one.ticket).length;
  here.sort((a, b) => (a.at < b.at ? 1 : -1));
  by("latest").replaceChildren(...here.slice(0, 10).map((one) => {
    const name = people.get(one.who)?.name ?? words.unnamed;
    return entry(name, [`${moment(one.at)} · ${one.door || config.desk}`], button(words.undo, "", name, () => undo(one)));
  }));
  find();
}

function find() {
  const wanted = plain(by("words").value.slice(0, 100)).split(/\s+/).filter(Boolean);
  const found = wanted.length ? [...people.values()].filter((one) => wanted.every((word) => one.keys.includes(word))) : [];
  const first = wanted.join("");
  const starts = (one) => one.keys.split("\n").some((key) => key.startsWith(first));
  // Of two who are called alike, the one who is awaited here: the other may take part online.
  found.sort((a, b) => starts(b) - starts(a) || (b.ticket > 0) - (a.ticket > 0));
  by("none").hidden = !wanted.length || found.length > 0;
  const items = found.slice(0, SHOWN).map((one) => {
    const arrival = arrivalOf(one.id);
    const told = arrival && fill(words.here, { time: moment(arrival.at), door: arrival.door || config.desk });
    const may = !arrival && ["confirmed", "walk_in"].includes(one.state);
    return entry(one.name, [one.brings, one.organisation, standing(one), told], may && button(words.check_in, "primary", one.name, () => act({ do: "check_in", who: one.id })));
  });
  if (found.length > SHOWN) items.push(make("li", fill(words.more, { number: SHOWN }), "soft"));
  by("found").replaceChildren(...items);
}

// ---- Forms, which the page has without this script too ---------------------

function takeOver(id, work) {
  by(id).addEventListener("submit", (event) => {
    event.preventDefault();
    work(new FormData(by(id)));
  });
}

const clean = (code) => code.replace(/\s/g, "").toUpperCase();

takeOver("scan", (form) => {
  const code = clean(form.get("code"));
  by("code").value = "";
  if (code) act({ do: "check_in", code });
});
takeOver("search", find);
by("words").addEventListener("input", find);
takeOver("where", redraw);
by("where").querySelector("button").hidden = true;
by("session").addEventListener("change", redraw);
takeOver("walk-in", (form) => {
  const name = form.get("name").trim();
  if (!name) {
    show({ word: "refused", text: words.not_kept });
    return;
  }
  const done = { do: "walk_in", who: newId(), name, organisation: form.get("organisation").trim(), pool: form.get("pool") ?? "" };
  people.set(done.who, walkIn(done));
  act(done);
  for (const field of by("walk-in").querySelectorAll('[name="name"], [name="organisation"]')) field.value = "";
});

// ---- The camera -----------------------------------------------------------

let stream = null;
let awake = null;
let lastCode = "", lastAt = 0;

async function detects() {
  const formats = (await window.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  return formats.includes("qr_code");
}

async function reader() {
  if (await detects()) {
    const native = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await native.detect(video))[0]?.rawValue;
  }
  const { default: decode } = await import(config.reader);
  const canvas = document.createElement("canvas");
  return (video) => {
    const scale = Math.min(1, 800 / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    const drawn = canvas.getContext("2d", { willReadFrequently: true });
    drawn.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decode(drawn.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return "";  // no code in this picture
    }
  };
}

async function startCamera() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    const read = await reader();
    const video = by("view");
    video.srcObject = stream;
    video.hidden = false;
    by("camera").textContent = words.camera_off;
    await video.play();
    // A phone that falls asleep lets nobody in.
    navigator.wakeLock?.request("screen").then((lock) => { awake = lock; }).catch(() => {});
    const look = async () => {
      if (!stream) return;
      const code = video.readyState >= 2 ? await Promise.resolve(read(video)).catch(() => "") : "";
      if (code && (code !== lastCode || Date.now() - lastAt > AGAIN)) await act({ do: "check_in", code: clean(code) });
      if (code) [lastCode, lastAt] = [code, Date.now()];
      setTimeout(look, 150);
    };
    look();
  } catch {
    stopCamera();
    show({ word: "refused", text: words.camera_refused });
  }
}

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  awake?.release();
  awake = null;
  if (!by("camera")) return;
  by("view").hidden = true;
  by("camera").textContent = words.camera_on;
}

if (navigator.mediaDevices?.getUserMedia) {
  by("camera").hidden = false;
  by("camera").addEventListener("click", () => (stream ? stopCamera() : startCamera()));
} else {
  // Plain http, and some browsers inside of other apps.
  by("scan").before(make("p", words.camera_none, "help"));
}

// ---- Beginning ------------------------------------------------------------

async function keepPage() {
  if (!navigator.serviceWorker || closed) return;
  navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "kept") by("line").dataset.kept = "yes"; });
  const registration = await navigator.serviceWorker.register(config.worker).catch(() => null);
  if (!registration) return;
  const worker = (await navigator.serviceWorker.ready).active;
  const files = [...document.querySelectorAll("link[rel=stylesheet], script[src], link[rel=icon]")].map((one) => one.href || one.src);
  if (!(await detects())) files.push(new URL(config.reader, location.href).href);
  worker.postMessage({ keep: [location.pathname, ...files] });
}

learnRoll();
line();
redraw();
sync().then(keepPage);
addEventListener("online", sync);
addEventListener("offline", line);
setInterval(() => { if (!document.hidden) sync(); }, EVERY);
document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
