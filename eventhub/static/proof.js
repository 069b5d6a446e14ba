// Solves, while a form is being filled in, the challenge that comes with it. Whoever is faster waits the rest of a moment;
// where it cannot be solved the form goes without, and its page then asks a question instead.

"use strict";

for (const field of document.querySelectorAll("input[name=proof][data-challenge]")) {
  const form = field.form;
  const challenge = JSON.parse(field.dataset.challenge);
  let isDone = false;

  const solved = new Promise((resolve) => {
    try {
      const worker = new Worker(field.dataset.worker);
      worker.addEventListener("message", (event) => {
        if (event.data !== null) {
          const { algorithm, challenge: wanted, salt, signature } = challenge;
          field.value = btoa(JSON.stringify({ algorithm, challenge: wanted, number: event.data, salt, signature }));
        }
        resolve();
      });
      worker.addEventListener("error", resolve);
      worker.postMessage({ ...challenge, maxnumber: challenge.maxnumber ?? challenge.maxNumber });
    } catch {
      resolve();
    }
  }).then(() => {
    isDone = true;
  });

  // Before all others that listen: to them the form is sent once, when it is complete.
  document.addEventListener(
    "submit",
    async (event) => {
      if (event.target !== form || isDone) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      if (button?.getAttribute("aria-disabled") === "true") return;
      button?.setAttribute("aria-disabled", "true");
      const said = document.createElement("span");
      said.setAttribute("role", "status");
      said.className = "soft";
      button?.after(said);
      said.textContent = field.dataset.wait;
      await solved;
      said.remove();
      button?.removeAttribute("aria-disabled");
      form.requestSubmit(button);
    },
    true,
  );
}
