// What scripts add to pages that are whole without them. Nothing is remembered and nothing is fetched.

"use strict";

// A copy button carries its text in data-copy, what to say afterwards in data-copied, and is
// hidden in the page: without this script it could do nothing.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return;
  } catch {
    // The clipboard interface is missing on plain http and in some in-app browsers, and refuses in others.
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("not copied");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  button.setAttribute("aria-live", "polite");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await copyText(button.dataset.copy);
    } catch {
      // Then a finger held on the chosen text has it copied.
      button.parentElement.querySelector("input, textarea")?.select();
      return;
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// Of a row of tabs that is wider than the window, the chosen one is the one to see. Once the page is laid out anyway:
// measuring it before has a long page laid out for nothing else.
requestAnimationFrame(() => {
  for (const chosen of document.querySelectorAll(".tabs [aria-current]")) {
    const row = chosen.closest(".tabs");
    row.scrollLeft += chosen.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - chosen.offsetWidth) / 2;
  }
});

// A form whose selects send it at once needs no button.
for (const select of document.querySelectorAll("select[data-autosubmit]")) {
  for (const button of select.form.querySelectorAll("button:not([name])")) button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit());
}

// What people call a zone, in the language of the page; older browsers know only its name in the database of zones.
const zoneInWords = (zone) => {
  try {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, timeZoneName: "longGeneric" });
    return format.formatToParts().find((part) => part.type === "timeZoneName").value;
  } catch {
    return zone;
  }
};

// A zone by the name that this browser has for it: some go on by a former one.
const zoneAsKnown = (zone) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return zone;
  }
};

// The clock of a device is told only where its line on the page says so, or where the page shows no other. Browsers that
// tell nobody where they are say UTC.
for (const line of document.querySelectorAll("[data-device-clock]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  if (!zone.includes("/") || zone.startsWith("Etc/")) continue;
  const box = line.querySelector("input");
  box.value = zone;
  line.querySelector("[data-zone]").textContent = zoneInWords(zone);
  box.checked = !("refused" in box.dataset);
  line.hidden = zoneAsKnown(zone) === zoneAsKnown(line.dataset.deviceClock);
}

// One box that ticks all others of a name in its form; without this script it could do nothing, and is hidden.
for (const all of document.querySelectorAll("input[data-ticks]")) {
  const boxes = [...all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.ticks}"]`)];
  const look = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  for (const box of boxes) box.addEventListener("change", look);
  look();
}

// A placeholder of the list in a form is put where somebody was writing, or at the end of the form's first long text.
for (const code of document.querySelectorAll("form code[data-placeholder]")) {
  const form = code.closest("form");
  const button = document.createElement("button");
  button.type = "button";
  code.before(button);
  button.append(code);
  for (const hint of form.querySelectorAll("[data-placeholders-pick]")) hint.hidden = false;
  button.addEventListener("click", () => {
    const field = form.querySelector("[data-written]") ?? form.querySelector("textarea");
    field.setRangeText(code.textContent, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });
}
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches("textarea, input[type=text]") || !target.form) return;
  target.form.querySelector("[data-written]")?.removeAttribute("data-written");
  target.setAttribute("data-written", "");
});

// The question repeats the button's own words, so that nobody has to choose between "OK" and "Cancel".
function ask(question, action) {
  const dialog = document.createElement("dialog");
  const text = document.createElement("p");
  text.textContent = question;
  text.id = "confirm-question";
  dialog.setAttribute("aria-labelledby", text.id);
  const choices = document.createElement("form");
  choices.method = "dialog";
  choices.className = "actions";
  for (const [value, words, look] of [["yes", action, "button danger"], ["no", document.body.dataset.back, "button"]]) {
    const button = document.createElement("button");
    button.value = value;
    button.textContent = words;
    button.className = look;
    button.autofocus = value === "no";
    choices.append(button);
  }
  dialog.append(text, choices);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

// A file that is too large is told so before it is sent: it would take minutes to leave a phone, only to be refused.
function weigh(field) {
  const id = `${field.id}-too-large`;
  document.getElementById(id)?.remove();
  field.removeAttribute("aria-invalid");
  if (![...field.files].some((file) => file.size > Number(field.dataset.mostBytes))) return true;
  const said = document.createElement("p");
  said.className = "error";
  said.id = id;
  said.setAttribute("role", "alert");
  said.textContent = field.dataset.tooLarge;
  field.before(said);
  field.setAttribute("aria-invalid", "true");
  return false;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("input[data-most-bytes]")) weigh(event.target);
});

const answered = new WeakSet();
const sent = new WeakSet();

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if ([...form.querySelectorAll("input[data-most-bytes]")].map(weigh).includes(false)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter;
  const question = button?.dataset.confirm ?? form.dataset.confirm;
  if (question && !answered.has(form)) {
    event.preventDefault();
    if (await ask(question, button.textContent.trim())) {
      answered.add(form);
      form.requestSubmit(button);
    }
    return;
  }
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  // Only marked, not disabled: a disabled button's name and value would not be sent.
  button?.setAttribute("aria-disabled", "true");
});

// A page brought back by the browser's back button may be sent again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
