// The programme's editor: the lines of the day's list as cards in a grid, to be dragged and resized.
//
// The page is whole without this: each line leads to forms that do the same. The lines are all that is known of the
// sessions; each answer of the server brings new ones, and the conflicts of the day. Hours are the wall clock of the
// event's zone, as texts like 2027-03-10T14:05: the browser's own zone never comes into it.

"use strict";

(() => {
  const page = document.getElementById("editor");
  const day = JSON.parse(page.dataset.grid);
  const words = JSON.parse(page.dataset.words);
  const list = document.getElementById("editor-list");
  const tray = document.getElementById("editor-tray");
  const conflicts = document.getElementById("editor-conflicts");
  const chosenPanel = document.getElementById("editor-chosen");
  const clash = document.getElementById("editor-clash");
  const host = document.getElementById("editor-grid");
  const ROOMLESS = "roomless";
  const SNAP = 5;  // minutes by which what stands somewhere is moved
  const QUARTER = 15;  // minutes at which what comes from the tray begins
  const HALF_HOUR = Number(page.dataset.halfHour);  // pixels
  const SHORT = 45;  // pixels; what is lower has one line for its title and its hour
  const LOW = 75;  // pixels; in what is lower a conflict is a sign before the title, and no line of its own
  const TINY = 16;  // pixels; what is lower has smaller letters as well
  const COLUMN = { 30: 5.75, 60: 7, 120: 8.5 }[HALF_HOUR];  // rem; where letters have more room, lines have too
  const AT_ONCE = 50;  // cards that are added to a grid that stands already, before the browser is let go again
  const REST = 600;  // milliseconds without an arrow key, after which a session stays where they have put it

  const cards = new Map();
  let calendar = null;
  let columns = [];
  let chosen = null;
  let drawn = [];
  let refused = null;
  let conflicted = new Set();
  let pending = null;  // where the arrow keys have put a session, as long as no answer has come
  let resting = 0;
  let refocused = null;

  // ---- Small tools

  function element(name, className, text, lang) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    if (lang) made.lang = lang;
    return made;
  }

  function say(text) {
    document.getElementById("editor-said").textContent = text;
  }

  function later(hour, seconds) {
    return new Date(Date.parse(`${hour}Z`) + seconds * 1000).toISOString().slice(0, 16);
  }

  const idOf = (line) => line.id.replace("session-", "");
  const clock = (hour) => hour.slice(11);
  const isOnDay = (card) => card.starts && card.starts < `${day.day}T24` && card.ends > `${day.day}T00:00`;
  const roomOf = (column) => (column === ROOMLESS ? "" : column);
  const addressOf = (id, what) => page.dataset[what].replace("00000000-0000-0000-0000-000000000000", id);
  const standing = (card) => (pending?.id === card.id ? { ...card, ...pending } : card);
  const lengthOf = (id) => {
    const { starts, ends, minutes } = standing(cards.get(id));
    return starts ? (Date.parse(`${ends}Z`) - Date.parse(`${starts}Z`)) / 1000 : minutes * 60;
  };
  const heightOf = (id) => (lengthOf(id) / 1800) * HALF_HOUR;
  const cardElement = (id) => host.querySelector(`[data-card="${id}"]`);

  // ---- Asking the server

  // One after the other: a session that is dragged twice in a hurry must not clash with itself.
  let turn = Promise.resolve();

  function send(address, fieldsOf) {
    settle();
    async function ask() {
      say(words.saving);
      take(await answerTo(address, { ...fieldsOf(), day: day.day }), () => send(address, fieldsOf));
    }
    turn = turn.then(ask, ask);
  }

  async function answerTo(address, fields) {
    try {
      const response = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(fields),
        headers: { Accept: "application/json", "X-CSRFToken": page.dataset.token },
      });
      if (response.headers.get("Content-Type")?.startsWith("application/json")) return await response.json();
      // A page of words: the form was too old, or led to signing in.
      return { error: { message: response.status < 500 ? words.outdated : words.unanswered } };
    } catch {
      return { error: { message: words.unanswered } };
    }
  }

  function place(id, placement) {
    send(page.dataset.place, () => {
      const card = cards.get(id);
      return { session: id, version: card.version, starts: "", ends: "", room_id: card.room ?? "", ...placement };
    });
  }

  function take(answer, again) {
    clash.hidden = true;
    refused = null;
    if (answer.error || pending?.isSent) forgetKeys();
    if (answer.error) {
      say("");
      clash.hidden = false;
      clash.firstElementChild.textContent = answer.error.message;
      refused = answer.clashes?.length ? { answer, again } : null;
      clash.lastElementChild.hidden = !refused;
      // What is cancelled or deleted cannot be put anywhere.
      clash.querySelector("[data-answer=mine]").hidden = answer.clashes?.some((one) => one.is_final) ?? false;
      // What was dragged goes back to where it stood.
      for (const card of cards.values()) show(card);
      return;
    }
    say(answer.message);
    keepFocus(() => {
      for (const form of page.querySelectorAll("[data-deed]")) {
        form.querySelector("button").disabled = !(form.dataset.deed === "undo" ? answer.undoable : answer.redoable);
      }
      believe(answer);
    });
  }

  // Whoever stood on what an answer takes away stands on what is nearest to it: a key must not lead to nowhere.
  function keepFocus(deed) {
    const had = document.activeElement;
    deed();
    // The component makes its cards anew a moment later, and gives them back their focus.
    requestAnimationFrame(() => {
      const has = document.activeElement;
      if (had === document.body || (has !== document.body && has !== had)) return;
      if (!had.disabled && had.checkVisibility()) return;
      const ownLine = had.closest("[data-session]");
      const id = ownLine ? idOf(ownLine) : had.closest("[data-card]")?.dataset.card ?? chosen;
      const link = id && document.querySelector(`#session-${CSS.escape(id)} a`);
      const other = had.closest("[data-deed]") && page.querySelector("[data-deed] button:enabled");
      (other || (!ownLine && id && cardElement(id)) || link)?.focus();
    });
  }

  function believe({ gone, sessions, conflicts: found, days }) {
    for (const id of gone) forget(id);
    for (const card of sessions) renew(card);
    tell(found);
    count(days);
    if (chosen) choose(chosen);
  }

  clash.addEventListener("click", (event) => {
    const wanted = event.target.dataset.answer;
    if (!wanted || !refused) return;
    const { answer, again } = refused;
    refused = null;
    keepFocus(() => {
      clash.hidden = true;
      believe(answer);
    });
    // With the new versions: whoever asks for this has read what the other one saved.
    if (wanted === "mine" && !answer.gone.length) again();
  });

  function count(days) {
    const tabs = document.getElementById("editor-days");
    tabs.innerHTML = days;
    const scale = new URLSearchParams(location.search).get("scale");
    for (const link of tabs.querySelectorAll("a")) if (scale) link.search += `&scale=${encodeURIComponent(scale)}`;
  }

  // ---- Lines

  function renew(card) {
    document.getElementById(`session-${card.id}`)?.remove();
    const parsed = document.createElement("template");
    parsed.innerHTML = card.line;
    const line = parsed.content.querySelector("li");
    delete card.line;
    if (!card.starts) tray.querySelector("ul").append(line);
    else if (isOnDay(card)) {
      const next = [...list.children].find((other) => cards.get(idOf(other)).starts > card.starts);
      list.insertBefore(line, next ?? null);
    }
    cards.set(card.id, card);
    show(card);
  }

  function forget(id) {
    document.getElementById(`session-${id}`)?.remove();
    calendar?.removeEventById(id);
    cards.delete(id);
    if (chosen === id) release();
  }

  // ---- Conflicts

  function tell(found) {
    const items = found.map((one) => {
      const item = element("li", one.is_accepted ? "accepted" : "");
      const here = one.sessions.find((id) => cards.has(id));
      const sentence = here ? element("a", "", one.sentence) : document.createTextNode(one.sentence);
      if (here) {
        sentence.href = addressOf(here, "sessionPlace");
        sentence.dataset.card = here;
      }
      item.append(sentence);
      if (one.is_accepted) item.append(" ", element("span", "badge", words.accepted));
      return item;
    });
    conflicts.replaceChildren(...items);
    mark(found.filter((one) => !one.is_accepted).flatMap((one) => one.sessions));
  }

  function mark(ids) {
    const before = conflicted;
    conflicted = new Set(ids);
    for (const card of cards.values()) {
      const badge = document.querySelector(`#session-${CSS.escape(card.id)} [data-mark]`);
      if (badge) badge.hidden = !conflicted.has(card.id);
      if (before.has(card.id) !== conflicted.has(card.id)) show(card);
    }
  }

  conflicts.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-card]");
    const card = link && cardElement(link.dataset.card);
    if (!card) return;
    event.preventDefault();
    card.scrollIntoView({ block: "center" });
    card.focus();
  });

  // ---- The grid

  function entry(saved) {
    const card = standing(saved);
    const height = heightOf(card.id);
    return {
      id: card.id,
      start: card.starts,
      end: card.ends,
      resourceIds: [card.room ?? ROOMLESS],
      editable: !card.is_cancelled,
      classNames: [
        "card",
        card.kind,
        card.colour ? `track-${card.colour}` : "",
        card.is_cancelled ? "cancelled" : "",
        conflicted.has(card.id) ? "in-conflict" : "",
        height < SHORT ? "short" : "",
        height < TINY ? "tiny" : "",
      ].filter(Boolean),
    };
  }

  function show(card) {
    if (!calendar) return;
    // The component may make its element anew: whoever stood on it stands on the new one.
    if (document.activeElement?.closest("#editor-grid [data-card]")?.dataset.card === card.id) {
      refocused = card.id;
      requestAnimationFrame(() => { refocused = null; });
    }
    if (!isOnDay(standing(card))) calendar.removeEventById(card.id);
    else if (calendar.getEventById(card.id)) calendar.updateEvent(entry(card));
    else calendar.addEvent(entry(card));
  }

  function contentOf({ event, timeText }) {
    if (event.display === "background") return { domNodes: [element("span", "why", event.extendedProps.why)] };
    const card = standing(cards.get(event.id) ?? event.extendedProps.card);
    const isMoving = event.display === "preview" || event.extendedProps.card;
    const isShort = heightOf(card.id) < SHORT;
    const ends = isShort ? "" : `–${clock(card.ends ?? "")}`;
    // An hour that exists twice stands in the grid once: the card says which of the two it is.
    const isStanding = pending?.id !== card.id && card.hours;
    const hours = isMoving ? timeText : isStanding || `${clock(card.starts)}${ends}`;
    // What has to be seen first comes first: of a short card the rest is cut off.
    const title = element("b", "ec-event-title", card.title, card.lang);
    const nodes = [title, " ", element("time", "ec-event-time", hours)];
    if (conflicted.has(card.id)) {
      if (heightOf(card.id) < LOW) title.prepend(conflictSign(), " ");
      else nodes.unshift(element("small", "mark attention", words.conflict), " ");
    }
    for (const mark of [card.is_cancelled && words.cancelled, card.is_remote && words.remote]) {
      if (mark) nodes.push(" ", element("small", "mark", mark));
    }
    if (card.people.length) nodes.push(" ", element("small", "", card.people.join(" · ")));
    return { domNodes: nodes };
  }

  function conflictSign() {
    const mark = element("small", "mark attention");
    const sign = element("span", "", "!");
    sign.setAttribute("aria-hidden", "true");
    mark.append(sign, element("span", "visually-hidden", words.conflict));
    mark.title = words.conflict;
    mark.lang = document.documentElement.lang;
    return mark;
  }

  // The axis has a column for each clock; what they are called stands over them.
  function axisOf(time) {
    const nodes = [element("b", "", `${String(time.getHours()).padStart(2, "0")}:00`)];
    for (const local of day.clocks) {
      const { at, weekday, is_night: isNight } = local.hours[time.getHours() - day.first];
      const cell = element("span", isNight ? "night" : "", at);
      for (const word of [weekday, isNight && words.night]) if (word) cell.append(element("small", "", word));
      nodes.push(cell);
    }
    return { domNodes: nodes };
  }

  function nameAxis() {
    // A day without a session has nothing else in it by which keys could scroll it.
    host.querySelector(".ec-main").tabIndex = 0;
    const names = [day.clock, ...day.clocks.map((local) => local.label)];
    host.querySelector(".ec-header .ec-sidebar").replaceChildren(...names.map((name) => element("span", "", name)));
  }

  function headOf({ resource }) {
    const { lang, capacity } = resource.extendedProps;
    const nodes = [element("b", "", resource.title, lang)];
    if (capacity) nodes.push(element("small", "", words.seats.replace("{number}", capacity)));
    return { domNodes: nodes };
  }

  function background(id, starts, ends, rooms, why, className) {
    return {
      id, start: starts, end: ends, resourceIds: rooms, display: "background", classNames: [className],
      extendedProps: { why },
    };
  }

  const clocks = (start, end) => [start, end]
    .map((moment) => `${String(moment.getHours()).padStart(2, "0")}:${String(moment.getMinutes()).padStart(2, "0")}`)
    .join("–");

  function begin() {
    columns = day.rooms.map(({ id, name, lang, capacity }) => ({ id, title: name, extendedProps: { lang, capacity } }));
    columns.push({ id: ROOMLESS, title: words.roomless, extendedProps: {} });
    const closed = day.closed.map((one, number) =>
      background(`closed-${number}`, one.starts, one.ends, [one.room], words.closed, "closed"));
    // Before the component measures itself: what widens or narrows it afterwards has all cards laid out twice.
    page.classList.add("with-grid");
    host.closest("section").hidden = false;
    const inSight = cardsInSight();
    calendar = EventCalendar.create(host, {
      view: "resourceTimeGridDay",
      date: day.day,
      timeZone: "UTC",
      headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false,
      columnWidth: `minmax(${COLUMN}rem, 1fr)`,
      slotMinTime: `${day.first}:00`,
      slotMaxTime: `${day.last}:00`,
      slotDuration: "00:30",
      slotLabelInterval: "01:00",
      slotHeight: HALF_HOUR,
      scrollTime: firstHour(),
      snapDuration: { minutes: SNAP },
      slotEventOverlap: false,
      editable: true,
      eventLongPressDelay: 400,
      resources: columns,
      events: [...inSight.map(entry), ...closed],
      slotLabelFormat: axisOf,
      eventTimeFormat: clocks,
      resourceLabelContent: headOf,
      eventContent: contentOf,
      eventDidMount: ({ el, event }) => {
        if (cards.has(event.id)) el.dataset.card = event.id;
        el.toggleAttribute("data-chosen", event.id === chosen);
        if (event.id === refocused) el.focus();
      },
      eventClick: ({ event }) => choose(event.id),
      eventDragStart: ({ event }) => choose(event.id),
      eventDragStop: ({ jsEvent }) => { toTray = isOver(tray, jsEvent); },
      eventDrop: dropped,
      viewDidMount: nameAxis,
      eventResize: ({ event, endDelta }) => {
        const card = cards.get(event.id);
        const ends = later(card.ends, endDelta.days * 86400 + endDelta.seconds);
        place(card.id, { starts: card.starts, ends });
      },
    });
    whenIdle(complete);
  }

  // What the window shows stands there first; a day of hundreds of sessions is not waited for.
  function cardsInSight() {
    const { top } = host.getBoundingClientRect();
    const hourAt = (height) => later(`${day.day}T${firstHour()}`, (height / HALF_HOUR) * 1800);
    const [from, until] = [hourAt(Math.max(0, -top)), hourAt(Math.max(0, window.innerHeight - top))];
    return [...cards.values()].filter((card) => isOnDay(card) && card.starts < until && card.ends > from);
  }

  // The rest of the day, some cards at a time, so that a key or a drag in between is not kept waiting.
  function complete() {
    const missing = [...cards.values()].filter((card) => isOnDay(standing(card)) && !calendar.getEventById(card.id));
    for (const card of missing.slice(0, AT_ONCE)) show(card);
    if (missing.length > AT_ONCE) whenIdle(complete);
  }

  function whenIdle(deed) {
    if (window.requestIdleCallback) requestIdleCallback(deed, { timeout: 200 });
    else setTimeout(deed);
  }

  // Half an hour before the first session: on a large grid the rest of the morning is far below the edge.
  function firstHour() {
    const starts = [...cards.values()].filter(isOnDay).map((card) => card.starts).sort()[0];
    return starts > `${day.day}T00:30` ? clock(later(starts, -1800)) : "00:00";
  }

  let toTray = false;

  function isOver(target, { clientX, clientY }) {
    const box = target.getBoundingClientRect();
    return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  }

  function dropped({ event, delta, newResource }) {
    const card = cards.get(event.id);
    const seconds = delta.days * 86400 + delta.seconds;
    if (toTray) place(card.id, {});
    else if (!seconds && !newResource) show(card);
    else {
      place(card.id, {
        starts: later(card.starts, seconds),
        ends: later(card.ends, seconds),
        room_id: newResource ? roomOf(newResource.id) : card.room ?? "",
      });
    }
    toTray = false;
  }

  host.addEventListener("focusin", (event) => {
    const id = event.target.closest("[data-card]")?.dataset.card;
    if (id) choose(id);
  });

  // ---- By keys

  // Each press is shown and told at once; it is saved when they rest, so that an hour's way is one step to undo.
  function nudge(id, { by = 0, longer = 0, aside = 0 }) {
    const card = standing(cards.get(id));
    const starts = later(card.starts, by * 60);
    const ends = later(card.ends, (by + longer) * 60);
    const [first, last] = [day.first, day.last].map((hour) => later(`${day.day}T00:00`, hour * 3600));
    const column = columns[columns.findIndex((one) => one.id === (card.room ?? ROOMLESS)) + aside];
    if (!column) say(words.noFurtherRoom);
    else if (ends <= starts) say(words.shortest);
    else if ((by < 0 && starts < first) || (by + longer > 0 && ends > last)) say(words.edge);
    else {
      pending = { id, starts, ends, room: roomOf(column.id) || null, isSent: false };
      show(cards.get(id));
      say(words.stands.replace("{hours}", `${clock(starts)}–${clock(ends)}`).replace("{room}", column.title));
      clearTimeout(resting);
      resting = setTimeout(settle, REST);
    }
  }

  function settle() {
    clearTimeout(resting);
    if (!pending || pending.isSent) return;
    pending.isSent = true;
    const { id, starts, ends, room } = pending;
    place(id, { starts, ends, room_id: room ?? "" });
  }

  function forgetKeys() {
    clearTimeout(resting);
    pending = null;
  }

  function putBack(id) {
    if (pending?.id !== id || pending.isSent) return;
    forgetKeys();
    const card = cards.get(id);
    show(card);
    const column = columns.find((one) => one.id === (card.room ?? ROOMLESS));
    say(words.stands.replace("{hours}", `${clock(card.starts)}–${clock(card.ends)}`).replace("{room}", column.title));
  }

  function enter(id) {
    settle();
    choose(id);
    if (chosenPanel.hidden) say(words.stays);
    else document.getElementById("chosen-heading").focus();
  }

  const KEYS = {
    "ArrowUp": (id) => nudge(id, { by: -SNAP }),
    "ArrowDown": (id) => nudge(id, { by: SNAP }),
    "ArrowLeft": (id) => nudge(id, { aside: -1 }),
    "ArrowRight": (id) => nudge(id, { aside: 1 }),
    "Shift+ArrowUp": (id) => nudge(id, { longer: -SNAP }),
    "Shift+ArrowDown": (id) => nudge(id, { longer: SNAP }),
    "Enter": enter,
    " ": enter,
    "Escape": putBack,
  };

  // Before the component, which takes both Enter and the space bar for a click.
  host.addEventListener("keydown", (event) => {
    const id = event.target.closest("[data-card]")?.dataset.card;
    const deed = KEYS[`${event.shiftKey && event.key.startsWith("Arrow") ? "Shift+" : ""}${event.key}`];
    if (!id || !deed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (cards.get(id).is_cancelled) say(words.stays);
    else deed(id);
  }, true);

  document.addEventListener("focusin", (event) => {
    if (pending && event.target.closest("[data-card]")?.dataset.card !== pending.id) settle();
  });

  chosenPanel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !chosen) return;
    event.preventDefault();
    (cardElement(chosen) ?? document.querySelector(`#session-${CSS.escape(chosen)} a`))?.focus();
  });

  // ---- From the tray into the grid

  function under({ clientX, clientY }, id) {
    const point = calendar.dateFromPoint(clientX, clientY);
    if (!point) return null;
    // From the place on the screen, not from the date: that one is of the browser's zone, which may skip this hour.
    const box = point.dayEl.getBoundingClientRect();
    const minutes = ((clientY - box.top) / box.height) * (day.last - day.first) * 60;
    const starts = later(`${day.day}T00:00`, (day.first * 60 + Math.floor(minutes / QUARTER) * QUARTER) * 60);
    return { starts, ends: later(starts, lengthOf(id)), room: point.resource.id };
  }

  tray.addEventListener("pointerdown", (down) => {
    const line = down.target.closest("[data-session]");
    // A finger scrolls the page, except on the grip.
    const scrolls = down.pointerType === "touch" && !down.target.closest(".grip");
    if (!calendar || !line || down.button || scrolls || down.target.closest("a")) return;
    down.preventDefault();
    const card = cards.get(idOf(line));
    choose(card.id);
    let target = null;

    const move = (event) => {
      const at = under(event, card.id);
      if (at?.starts === target?.starts && at?.room === target?.room) return;
      target = at;
      calendar.removeEventById("preview");
      if (!at) return;
      calendar.addEvent({
        id: "preview", start: at.starts, end: at.ends, resourceIds: [at.room], classNames: ["card", "preview"],
        editable: false, extendedProps: { card },
      });
    };
    const stop = (event) => {
      page.classList.remove("dragging");
      calendar.removeEventById("preview");
      for (const [name, handler] of handlers) window.removeEventListener(name, handler);
      if (event.type === "pointerup" && target) {
        place(card.id, { starts: target.starts, ends: target.ends, room_id: roomOf(target.room) });
      }
    };
    const handlers = [["pointermove", move], ["pointerup", stop], ["pointercancel", stop]];
    for (const [name, handler] of handlers) window.addEventListener(name, handler);
    page.classList.add("dragging");
  });

  // ---- The chosen session

  const chosenForm = chosenPanel.querySelector("form:not([data-act])");
  let isEndTyped = false;

  function fill(fields, hour) {
    [hour.slice(0, 10), clock(hour)].forEach((text, number) => { fields[number].value = text; });
  }

  chosenForm.addEventListener("input", (event) => { isEndTyped ||= event.target.name === "ends"; });
  chosenForm.addEventListener("change", (event) => {
    // Another start moves the session: its end follows, unless somebody has written another one.
    const starts = event.target.name === "starts" && !isEndTyped && hourOf(chosenForm.elements.starts);
    if (starts) fill(chosenForm.elements.ends, later(starts, lengthOf(chosen)));
  });

  function choose(id) {
    const card = cards.get(id);
    if (!card || !calendar) return;
    const isNew = chosen !== id;
    if (isNew) release();
    chosen = id;
    cardElement(id)?.setAttribute("data-chosen", "");
    chosenPanel.hidden = card.is_cancelled;
    const heading = document.getElementById("chosen-heading");
    heading.textContent = card.title;
    if (card.lang) heading.lang = card.lang;
    else heading.removeAttribute("lang");
    chosenPanel.querySelector("[data-link=edit]").href = addressOf(id, "sessionEdit");
    chosenPanel.querySelector("[data-link=place]").href = addressOf(id, "sessionPlace");
    const form = chosenForm;
    for (const name of ["starts", "ends"]) fill(form.elements[name], card[name] ?? "");
    isEndTyped = false;
    form.elements.room_id.value = card.room ?? "";
    for (const tool of chosenPanel.querySelectorAll("details, [data-act=unschedule]")) tool.hidden = !card.starts;
    if (isNew) {
      // When its people cannot come is drawn over all rooms, as long as it is the one that somebody looks at.
      const rooms = columns.map((column) => column.id);
      drawn = card.away.map(({ who, starts, ends }, number) =>
        background(`away-${number}`, starts, ends, rooms, words.away.replace("{who}", who), "away"));
      for (const one of drawn) calendar.addEvent(one);
    }
  }

  function release() {
    for (const other of host.querySelectorAll("[data-chosen]")) other.removeAttribute("data-chosen");
    for (const { id } of drawn) calendar.removeEventById(id);
    drawn = [];
    chosen = null;
    chosenPanel.hidden = true;
  }

  function hourOf(fields) {
    const [onDay, at] = [...fields].map((field) => field.value.trim());
    if (!onDay && !at) return "";
    return /^\d{4}-\d\d-\d\d$/.test(onDay) && /^\d\d:\d\d/.test(at) ? `${onDay}T${at.slice(0, 5)}` : null;
  }

  page.addEventListener("submit", (event) => {
    const form = event.target;
    const deed = form.dataset.deed;
    if (!deed && !form.classList.contains("chosen-form")) return;
    event.preventDefault();
    event.stopPropagation();  // the page's own script would keep a form from being sent twice
    if (deed) send(form.action, () => ({}));
    else if (form.elements.starts) {
      const [starts, ends] = [hourOf(form.elements.starts), hourOf(form.elements.ends)];
      if (starts === null || ends === null) say(words.unread);
      else {
        const until = ends || (starts && later(starts, lengthOf(chosen)));
        place(chosen, { starts, ends: until, room_id: form.elements.room_id.value });
      }
    } else {
      const id = chosen;
      const act = form.dataset.act ?? "shift";
      const fields = new FormData(form, event.submitter);
      const address = `${addressOf(id, "sessionPlace")}${act}/`;
      send(address, () => ({ ...Object.fromEntries(fields), version: cards.get(id).version }));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const deed = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
    const button = deed && page.querySelector(`[data-deed=${deed}] button`);
    if (!button) return;
    event.preventDefault();
    if (deed === "undo" && pending && !pending.isSent) putBack(pending.id);
    else if (!button.disabled) button.form.requestSubmit(button);
  });

  // ---- Beginning

  for (const line of page.querySelectorAll("[data-session]")) {
    const card = JSON.parse(line.dataset.session);
    cards.set(card.id, card);
    if (line.querySelector("[data-mark]:not([hidden])")) conflicted.add(card.id);
  }

  // The grid needs room; on a phone the list and its forms are the better editor.
  const isWide = window.matchMedia("(min-width: 48rem)");
  function beginWhereWide() {
    if (calendar || !isWide.matches || document.querySelector("script[data-component]")) return;
    const component = element("script");
    component.src = page.dataset.component;
    component.dataset.component = "";
    component.addEventListener("load", begin);
    document.head.append(component);
  }
  isWide.addEventListener("change", beginWhereWide);
  beginWhereWide();
})();
